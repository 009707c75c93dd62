package view

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var decisionView = &View{
	Name:  "decision",
	Doc:   "what a proxy asks of a connection, in order, and each fallback",
	Per:   PerModel,
	Draws: &Flowchart{},
	Project: func(in *Input) (Picture, string) {
		s := newScope(in)
		if len(s.routes) == 0 {
			return nil, "no route to choose"
		}
		return decisionChart(s), ""
	},
}

// manyHosts is over how many answers a question is written as a table.
const manyHosts = 10

// manyAlike is over how many answers that lead to one place stand in a list.
const manyAlike = 4

// decision grows the questions of one proxy.
type decision struct {
	s      *scope
	chart  *Flowchart
	group  *Group
	table  []*Section // the questions whose answers were folded
	id     string     // prefix of the ids
	title  string
	at     *flow.Listener // the listener at work
	port   string         // its id, so that each has outcomes of its own
	boxes  map[string]*Box
	served []*flow.Route
	kinds  map[*Box]string // of outcomes: "edge", without where it leads
	fold   *decisionFold   // nil where nothing is folded
}

func decisionChart(s *scope) *Flowchart {
	c := &Flowchart{Down: true}
	c.Title = heading(s.in.Topology, "decisions")
	var said []string
	var sections []*Section
	fold := newDecisionFold(s)
	for _, p := range s.in.Topology.Proxies {
		if !s.node(p.Name) || len(p.Listeners) == 0 {
			continue
		}
		d := &decision{s: s, chart: &Flowchart{}, id: p.Name, title: p.Title(), boxes: map[string]*Box{}, kinds: map[*Box]string{}, fold: fold}
		d.group = &Group{ID: "proxy " + p.Name, Label: p.Title()}
		d.served = s.routesOn(p)
		says := d.proxy(p)
		d.settle()
		if fold.alike(d) {
			continue
		}
		said = append(said, says)
		c.Groups = append(c.Groups, d.group)
		c.Edges = append(c.Edges, d.chart.Edges...)
		sections = append(sections, d.table...)
	}
	if fold != nil {
		said = append(said, fold.finish(c)...)
	}
	if len(c.Groups) == 1 && len(s.in.Topology.Proxies) == 1 {
		c.Groups[0].ID, c.Groups[0].Label = "", ""
	}
	if len(sections) > 0 {
		c.Above = &Table{Columns: columns("Answer", "Then"), Sections: sections}
		c.Above.Title = c.Title
		c.Foot = append(c.Foot, fmt.Sprintf("folded: over %d answers to one question stand in the table", manyHosts))
	}
	c.Foot = append(assumed(s.in.Topology.Assumed), c.Foot...)
	c.Desc = strings.Join(said, " ")
	return c
}

// proxy is the tree of a proxy; it returns it in a sentence.
func (d *decision) proxy(p *flow.Proxy) string {
	root := d.box("start", BoxQuestion, p.Title()+": which port?", "")
	root.Marks = d.s.in.Marks(p.Whole)
	var ports []string
	for _, l := range p.Listeners {
		ports = append(ports, words.Port(l))
		d.listener(root, l)
	}
	d.port = ""
	d.edge(root, d.outcome(true, "refused: RST", "nothing listens there"), "any other port")
	return fmt.Sprintf("%s listens on %s and serves %s: %s.",
		p.Title(), series(ports), count(len(d.s.routesOn(p)), "route"), series(modeCounts(d.s.routesOn(p))))
}

// settle puts the boxes in the order in which one comes to them.
func (d *decision) settle() {
	var order []*Box
	seen := map[string]bool{}
	byID := map[string]*Box{}
	for _, b := range d.group.Boxes {
		byID[b.ID] = b
	}
	next := map[string][]string{}
	for _, e := range d.chart.Edges {
		next[e.From] = append(next[e.From], e.To)
	}
	var visit func(id string)
	visit = func(id string) {
		if seen[id] || byID[id] == nil {
			return
		}
		seen[id] = true
		order = append(order, byID[id])
		for _, to := range next[id] {
			visit(to)
		}
	}
	visit(d.id + " start")
	d.group.Boxes = order
}

// box returns the box with the id below this proxy, made once.
func (d *decision) box(id string, kind BoxKind, label, sub string) *Box {
	id = d.id + " " + id
	if b, ok := d.boxes[id]; ok {
		return b
	}
	b := &Box{ID: id, Label: label, Sub: sub, Kind: kind}
	d.boxes[id] = b
	d.group.Boxes = append(d.group.Boxes, b)
	return b
}

// again makes a box like another one.
func (d *decision) again(id string, like *Box) *Box {
	b := *like
	id = strings.TrimPrefix(id, d.id+" ")
	name := id
	for n := 2; d.boxes[d.id+" "+name] != nil; n++ {
		name = fmt.Sprintf("%s %d", id, n)
	}
	b.ID = d.id + " " + name
	d.boxes[b.ID] = &b
	d.group.Boxes = append(d.group.Boxes, &b)
	return &b
}

// outcome is where a decision ends, one box for each text and port.
func (d *decision) outcome(refuses bool, label, sub string) *Box {
	kind := BoxOutcome
	if refuses {
		kind = BoxFault
	}
	return d.box(strings.TrimSpace(d.port+" ends "+label+" "+sub), kind, label, sub)
}

// edge draws an arrow. A place to which an earlier answer of the question leads, before others, gets a
// box again: the arrows stay in the order in which the answers are tried. It returns where the arrow leads.
func (d *decision) edge(from, to *Box, label string) *Box {
	if to.Kind == BoxOutcome || to.Kind == BoxFault {
		var before []string // where the arrows from there lead
		for _, e := range d.chart.Edges {
			if e.From == from.ID {
				before = append(before, e.To)
			}
		}
		if n := len(before); slices.Contains(before, to.ID) && before[n-1] != to.ID {
			to = d.again(to.ID, to)
		}
	}
	d.chart.Edges = append(d.chart.Edges, &Edge{
		ID: fmt.Sprintf("%s > %s: %s", from.ID, to.ID, label), From: from.ID, To: to.ID, Label: label, Line: LineFlow, Fails: to.Kind == BoxFault,
	})
	return to
}

// listener is what is asked on one port.
func (d *decision) listener(from *Box, l *flow.Listener) {
	label := words.Port(l)
	at := fmt.Sprintf("%s %s:%s", l.Kind, l.Address, words.Ports(l))
	d.at, d.port = l, at
	if l.AcceptProxy.V {
		q := d.box(at+" header", BoxQuestion, "PROXY header first?", "")
		d.edge(from, q, label)
		d.edge(q, d.outcome(true, "refused: RST", "no PROXY header"), "no")
		from, label = q, "yes"
	}
	if l.Kind == flow.ListenHTTP {
		d.requests(from, label, at, l)
		return
	}
	d.connections(from, label, at, l)
}

// connections is what is asked before anything can be read: the ClientHello
// and its SNI.
func (d *decision) connections(from *Box, label, at string, l *flow.Listener) {
	rest := d.rest(l)
	if !l.Inspects() && l.OnlyRelays() && (rest != nil || len(d.byAddress(l)) > 0) {
		d.unread(from, label, at, l, rest)
		return
	}
	if l.Inspects() {
		q := d.box(at+" hello", BoxQuestion, helloWords(l), "")
		d.edge(from, q, label)
		closed, no := d.outcome(true, "connection closes", "no alert, no status"), "no"
		if rest != nil {
			d.edge(q, rest, "no, something else or a part of one")
			no = "no, nothing"
		}
		for _, a := range d.plaintext(l) {
			d.edge(q, a.then, a.text)
		}
		d.edge(q, closed, no)
		from, label = q, "yes"
	}
	var relayed []answer
	for _, r := range d.s.routesOn(l.Proxy) {
		if l.Relays(r) && (!l.TakesRest(r) || len(seen(r)) > 0) && !asks(r, false) {
			host := ""
			if r.SNI.V == flow.SNIHost {
				host = oneHost(r, l.Proxy)
			}
			relayed = append(relayed, answer{strings.Join(append(add(nil, sniWords(r, l.Proxy)), seen(r)...), ", "), d.relays(r, l), host})
		}
	}
	ending := d.hostsEnding(l)
	if len(relayed) == 0 && (rest == nil || len(ending) == 0) {
		d.others(from, label, at, l, rest)
		return
	}
	q := d.box(at+" sni", BoxQuestion, "SNI?", "")
	d.edge(from, q, label)
	d.answers(q, relayed)
	if rest != nil && len(ending) > 0 {
		d.ends(q, few(ending, 2, "host"), at, l)
	}
	d.others(q, "anything else", at, l, rest)
}

// unread is what a port does with a connection without a look at what comes: the first
// packet is enough, or the client's address.
func (d *decision) unread(from *Box, label, at string, l *flow.Listener, rest *Box) {
	some := d.byAddress(l)
	if len(some) == 0 {
		d.edge(from, rest, label)
		return
	}
	q := d.box(at+" address", BoxQuestion, "client's address?", "")
	d.edge(from, q, label)
	d.answers(q, some)
	if rest == nil {
		rest = d.outcome(true, "connection closes", "no alert, no status")
	}
	d.edge(q, rest, "anything else")
}

// byAddress are the routes of a port that are chosen by the client's address.
func (d *decision) byAddress(l *flow.Listener) []answer {
	var out []answer
	for _, r := range d.s.routesOn(l.Proxy) {
		if l.TakesRest(r) && len(seen(r)) > 0 {
			out = append(out, answer{text: strings.Join(seen(r), ", "), then: d.relays(r, l)})
		}
	}
	return out
}

// plaintext are the routes with conditions to which a port relays what is no ClientHello.
func (d *decision) plaintext(l *flow.Listener) []answer {
	var out []answer
	for _, r := range d.s.routesOn(l.Proxy) {
		if l.TakesRest(r) && len(seen(r)) > 0 && !asks(r, true) {
			words := seen(r)
			if asks(r, false) {
				words = slices.DeleteFunc(words, func(w string) bool { return w == "not tls" })
			}
			out = append(out, answer{text: strings.Join(append([]string{"no, something else"}, words...), ", "), then: d.relays(r, l)})
		}
	}
	return out
}

// seen are the conditions of a route of which a port that relays sees what they ask
// about, in words.
func seen(r *flow.Route) []string {
	var out []string
	for i := range r.Matches {
		if m := &r.Matches[i]; m.Kind.OnRelay() {
			out = append(out, words.Match(m))
		}
	}
	return out
}

// asks reports whether a route asks for TLS, or for what is none.
func asks(r *flow.Route, tls bool) bool {
	return slices.ContainsFunc(r.Matches, func(m flow.Match) bool { return m.Kind == flow.MatchTLS && m.Not != tls })
}

// helloWords is the question for a ClientHello, within the time that the port waits.
func helloWords(l *flow.Listener) string {
	if l.InspectDelay.V == 0 {
		return "whole ClientHello in the first bytes?"
	}
	return "ClientHello within " + millis(l.InspectDelay.V) + "?"
}

// others is what becomes of a connection that no route of a port has an SNI for.
func (d *decision) others(from *Box, label, at string, l *flow.Listener, rest *Box) {
	switch {
	case rest != nil:
		d.edge(from, rest, label)
	case l.OnlyRelays():
		d.edge(from, d.outcome(true, "connection closes", "no alert, no status"), label)
	default:
		d.ends(from, label, at, l)
	}
}

// rest is where a port relays what no other route of it takes; nil where it does
// not.
func (d *decision) rest(l *flow.Listener) *Box {
	var r *flow.Route
	for _, o := range l.Proxy.Routes {
		if l.TakesRest(o) && len(seen(o)) == 0 && o.RefusedBy(l.Proxy) == nil {
			r = o
			break
		}
	}
	switch {
	case r == nil || !l.Inspects() && !l.OnlyRelays():
		return nil
	case !d.s.kept[r]:
		return d.outcome(false, "another route", "takes what no other route takes")
	}
	return d.relays(r, l)
}

// relays is where a port relays the connections of a route.
func (d *decision) relays(r *flow.Route, l *flow.Listener) *Box {
	if r.AnswersItself() {
		return d.leads(r, ownWords(r), "", strings.Join(append(allowed(r), "no backend is contacted"), ", "))
	}
	sub := "TLS is relayed, " + d.itself() + " has no keys; cannot match path or header"
	if r.Mode.V == flow.ModeNone {
		sub = "relays what comes, unread"
	}
	return d.leads(r, modeOn(r, l.Proxy), " to "+targetWords(r), strings.Join(add(allowed(r), sub), ", "))
}

// redirectWords are where a port redirects what it reads for a route.
func redirectWords(l *flow.Listener, r *flow.Route) string {
	if l.RedirectsPlaintext(r) {
		return fmt.Sprintf("%d to https", r.RedirectStatus.V)
	}
	return words.Redirect(r.Redirect.V)
}

// allowed says which clients a route admits by their addresses.
func allowed(r *flow.Route) []string {
	if len(r.Allow) == 0 {
		return nil
	}
	var from []string
	for _, a := range r.Allow {
		from = append(from, a.V)
	}
	return []string{"only from " + few(from, 2, "network")}
}

// certified says what a route wants of its clients' certificates, which is asked for
// by the SNI of its host.
func certified(r *flow.Route) []string {
	auth := r.ClientCertificate.V
	if auth.Mode == flow.AuthNone {
		return nil
	}
	of := ""
	if auth.CA != nil {
		of = " of " + auth.CA.Title()
	}
	mode := "asked for"
	if auth.Mode == flow.AuthRequired {
		mode = "required"
	}
	out := []string{"client certificate" + of + " " + mode}
	if r.WithoutCertificate.V != 0 {
		out = append(out, fmt.Sprintf("%d without one", r.WithoutCertificate.V))
	}
	return out
}

// hostsEnding are the hosts whose TLS ends at a port.
func (d *decision) hostsEnding(l *flow.Listener) []string {
	var out []string
	for _, r := range d.s.routesOn(l.Proxy) {
		if l.Ends(r) {
			out = add(out, r.HostOn(l.Proxy))
		}
	}
	return out
}

// ends is the port's own TLS, and what is asked inside it.
func (d *decision) ends(from *Box, label, at string, l *flow.Listener) {
	var shown []string
	for _, c := range l.End.Certificates {
		shown = append(shown, c.V.Title())
	}
	for _, r := range d.s.routesOn(l.Proxy) {
		if l.Ends(r) && r.Certificate.V != nil {
			shown = add(shown, r.Certificate.V.Title())
		}
	}
	sub := ""
	if len(shown) > 0 {
		sub = "certificate " + few(shown, 2, "certificate")
	}
	if len(shown) > 1 {
		sub += " by SNI"
	}
	tls := d.box(at+" tls", BoxAction, "TLS ends here", sub)
	d.edge(from, tls, label)
	label = ""
	if l.End.StrictSNI.V {
		d.edge(tls, d.outcome(true, "alert unrecognized_name", "strict-sni is set"), "no certificate for the SNI")
	}
	if auth := l.End.ClientCertificate.V; auth.Mode == flow.AuthRequired {
		q := d.box(at+" auth", BoxQuestion, "client certificate?", "")
		if auth.CA != nil {
			q.Sub = "signed by " + auth.CA.Title()
		}
		d.edge(tls, q, label)
		d.edge(q, d.outcome(true, "refused: alert", "none, or of another CA"), "no")
		tls, label = q, "yes"
	}
	d.requests(tls, label, at, l)
}

// requests is what is asked of a readable request.
func (d *decision) requests(from *Box, label, at string, l *flow.Listener) {
	var out []answer
	all := false // a route takes whatever comes
	for _, r := range d.s.routesOn(l.Proxy) {
		if then := d.serves(l, r); then != nil {
			out = append(out, answer{hostPath(r, l.Proxy), then, oneHost(r, l.Proxy)})
			all = all || r.TakesAny(l.Proxy)
		}
	}
	unmatched := l.Unmatched.V
	sub := ""
	if l.Kind != flow.ListenHTTP && unmatched != "close" {
		sub = "inside TLS"
	}
	if unmatched == "close" {
		unmatched = "connection closes"
	}
	if len(out) == 0 {
		d.edge(from, d.outcome(true, unmatched, sub), label)
		return
	}
	q := d.box(at+" host", BoxQuestion, "Host and path?", "")
	d.edge(from, q, label)
	d.answers(q, out)
	if !all {
		d.edge(q, d.outcome(true, unmatched, sub), "anything else")
	}
}

// serves is what becomes of a readable request for a route on a listener; nil
// where the listener does not know the route.
func (d *decision) serves(l *flow.Listener, r *flow.Route) *Box {
	switch {
	case !r.Serves(l) || l.Relays(r):
		return nil
	case l.Redirects(r):
		b := d.outcome(false, redirectWords(l, r), "no backend is contacted")
		b.Name, _, _ = strings.Cut(b.Label, " ")
		return b
	case l.Kind == flow.ListenHTTP && r.Mode.V != flow.ModeNone && r.Insecure.V != flow.InsecureAllow,
		l.Kind == flow.ListenHTTP && r.Mode.V == flow.ModePassthrough,
		l.Kind != flow.ListenHTTP && r.Mode.V == flow.ModeNone:
		return nil
	}
	if r.Answer.IsSet() {
		return d.leads(r, ownWords(r), "", strings.Join(append(allowed(r), "no backend is contacted"), ", "))
	}
	mode := modeNouns[r.Mode.V]
	if l.Kind == flow.ListenHTTP && r.Mode.V != flow.ModeNone {
		mode += ", in the clear,"
	}
	asks := append([]string{d.means(l, r)}, allowed(r)...)
	if l.Ends(r) {
		asks = append(asks, certified(r)...)
	}
	if r.Affinity.V != "" {
		asks = append(asks, "server by cookie "+briefly(r.Affinity.V))
	}
	return d.leads(r, mode, " to "+targetWords(r), strings.Join(asks, ", "))
}

// briefly is a name whose end is left out where it is long, as those of cookies that
// a router makes up.
func briefly(name string) string {
	if utf8.RuneCountInString(name) <= maxCookie {
		return name
	}
	return string([]rune(name)[:8]) + "…"
}

const maxCookie = 24

// itself is what the proxy is called in an answer: the answers of proxies that are folded are
// alike.
func (d *decision) itself() string {
	if d.fold != nil {
		return "the proxy"
	}
	return d.title
}

// means says what the mode of a route that is read on a port means for the wires on its sides.
func (d *decision) means(l *flow.Listener, r *flow.Route) string {
	plain := l.Kind == flow.ListenHTTP
	switch r.Mode.V {
	case flow.ModeNone:
		return "no TLS on either side"
	case flow.ModeEdge:
		if plain {
			return "no TLS on either side"
		}
		return "plaintext behind " + d.itself()
	case flow.ModeReencrypt:
		if plain {
			return "TLS only behind " + d.itself()
		}
		return "a new TLS session"
	case flow.ModePassthrough:
		return "TLS is relayed, " + d.itself() + " has no keys"
	}
	panic("view: unknown mode")
}

// leads is the outcome of a route of some kind; it says so where it has nowhere to lead.
func (d *decision) leads(r *flow.Route, kind, where, sub string) *Box {
	b := d.outcome(false, kind+where, sub)
	if where != "" {
		b.Name, _, _ = strings.Cut(kind, ",")
	}
	d.kinds[b] = strings.TrimSuffix(kind, ",")
	for _, m := range d.s.in.Marks(r.Whole) {
		if !hasMark(b.Marks, m) {
			b.Marks = append(b.Marks, m)
		}
	}
	if none, ok := d.s.in.noServer(r); ok && !hasMark(b.Marks, none) {
		b.Marks = append(b.Marks, none)
	}
	return b
}

func hasMark(ms []Mark, m Mark) bool { return slices.Contains(ms, m) }
