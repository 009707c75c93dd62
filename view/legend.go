package view

import (
	"slices"
	"strings"
)

// manySessions is over how many lines of a legend are folded.
const manySessions = 8

// mostEnds is how many ends of sessions, or routes, a line of a legend names.
const mostEnds = 3

// legendSessions is a line of a legend while it grows: sessions of one name.
type legendSessions struct {
	session  string
	relayed  string // what tells the relays apart
	mutual   bool
	relays   *wordSet // labels of boxes
	from, to *wordSet
	routes   *wordSet
}

// wordSet is words without repetition, in the order in which they came.
type wordSet struct {
	list []string
	has  map[string]bool
}

func wordsOf(list ...string) *wordSet {
	w := &wordSet{has: map[string]bool{}}
	w.add(list)
	return w
}

func (w *wordSet) add(list []string) {
	for _, s := range list {
		if !w.has[s] {
			w.has[s] = true
			w.list = append(w.list, s)
		}
	}
}

// legend says of each session of the picture where it begins and ends, and who holds its
// keys; and what the other lines mean.
func (g *structure) legend() {
	all := g.sessions()
	all = joined(all, func(l *legendSessions) string { return strings.Join(l.from.list, "\n") })
	all = joined(all, func(l *legendSessions) string { return strings.Join(l.to.list, "\n") })
	if len(all) > manySessions {
		all = joined(all, func(*legendSessions) string { return "" })
	}
	if len(all) > manySessions {
		for _, l := range all {
			l.relayed = strings.Repeat("relayed", min(len(l.relays.list), 1))
		}
		all = joined(all, func(*legendSessions) string { return "" })
	}
	slices.SortStableFunc(all, func(a, b *legendSessions) int { return strings.Compare(a.session, b.session) })
	for _, l := range all {
		g.chart.Legend = append(g.chart.Legend, l.line())
	}
	g.chart.Legend = append(g.chart.Legend, otherLines(g.chart.Edges)...)
}

// sessions are those that come up, a line each.
func (g *structure) sessions() []*legendSessions {
	labels, routes := map[string]string{}, map[[2]string]string{}
	for _, group := range g.chart.Groups {
		for _, b := range group.Boxes {
			labels[b.ID] = b.Label
			for _, r := range b.Rows {
				if r.Noun == "route" {
					routes[[2]string{b.ID, r.ID}] = r.Name
				}
			}
		}
	}
	label := func(id string) string {
		if known, ok := labels[id]; ok {
			return known
		}
		return id // in words, of what is not drawn
	}
	var out []*legendSessions
	for _, w := range g.chart.Ways {
		for _, k := range w.Keys {
			if !k.Up {
				continue
			}
			l := &legendSessions{
				session: k.Session, relayed: strings.Join(k.Relays, "\n"), mutual: k.Mutual,
				from: wordsOf(label(k.Ends[0])), to: wordsOf(label(k.Ends[1])), relays: wordsOf(), routes: wordsOf(),
			}
			for _, r := range k.Relays {
				l.relays.add([]string{label(r)})
			}
			at := "" // the route that ends the session, or the last one that relays it
			for _, h := range w.Hops {
				route, ok := routes[[2]string{h.Edge.To, h.Edge.ToRow}]
				if ok && (h.Edge.To == k.Ends[1] || slices.Contains(k.Relays, h.Edge.To)) {
					at = route
				}
			}
			if at != "" {
				l.routes.add([]string{at})
			}
			out = append(out, l)
		}
	}
	return out
}

// joined makes one line of lines of one session that say the same of their relays, and have
// one key.
func joined(all []*legendSessions, key func(*legendSessions) string) []*legendSessions {
	type group struct {
		session, relayed, key string
		mutual                bool
	}
	at := map[group]*legendSessions{}
	var out []*legendSessions
	for _, l := range all {
		of := group{l.session, l.relayed, key(l), l.mutual}
		o := at[of]
		if o == nil {
			at[of] = l
			out = append(out, l)
			continue
		}
		o.relays.add(l.relays.list)
		o.from.add(l.from.list)
		o.to.add(l.to.list)
		o.routes.add(l.routes.list)
	}
	return out
}

func (l *legendSessions) line() *LegendLine {
	out := &LegendLine{Line: LineTLS, Session: l.session}
	out.Name = l.session + " " + few(l.from.list, mostEnds, "client") + " to " + few(l.to.list, mostEnds, "place")
	var text []string
	if n := len(l.routes.list); n > 0 && n <= mostEnds {
		text = append(text, strings.Join(l.routes.list, ", "))
	}
	switch relays := l.relays.list; len(relays) {
	case 0:
		text = append(text, "both ends have the keys")
	case 1:
		text = append(text, relays[0]+" relays it and has no keys")
	default:
		text = append(text, few(relays, mostEnds, "proxy")+" relay it and have no keys")
	}
	if l.mutual {
		text = append(text, "both show certificates")
	}
	out.Text = strings.Join(text, "; ")
	return out
}

// otherLines are what the lines of a picture mean that are no sessions.
func otherLines(edges []*Edge) []*LegendLine {
	has := func(is func(*Edge) bool) bool { return slices.ContainsFunc(edges, is) }
	var out []*LegendLine
	if has(func(e *Edge) bool { return e.Line == LinePlain && !e.Fails }) {
		out = append(out, &LegendLine{Line: LinePlain, Name: "plaintext", Text: "no TLS: whoever is on the wire can read it"})
	}
	if has(func(e *Edge) bool { return e.Fails }) {
		out = append(out, &LegendLine{Line: LineTLS, Fails: true, Name: "fails", Text: "the request gets no further than the cross"})
	}
	return out
}
