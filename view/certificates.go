package view

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var certificatesView = &View{
	Name:  "certificates",
	Doc:   "every certificate: names, issuer, until when, shown to whom, where its key is",
	Per:   PerModel,
	Draws: &Table{},
	Project: func(in *Input) (Picture, string) {
		t := in.Topology
		if len(t.Certificates) == 0 {
			return nil, "no certificate is stated"
		}
		return certificatesTable(newScope(in)), ""
	},
}

func certificatesTable(s *scope) *Table {
	t := &Table{Columns: columns("Certificate", "Names", "Issuer", "Valid until", "Shown to", "For", "Key in")}
	t.Title = heading(s.in.Topology, "certificates")
	section := &Section{}
	for _, c := range s.in.Topology.Certificates {
		uses := certificateUses(s, c)
		if len(uses) == 0 && (s.nodes != nil) {
			continue
		}
		section.Rows = append(section.Rows, certificateRow(s, c, uses))
	}
	t.Sections = []*Section{section}
	t.Foot = assumed(s.in.Topology.Assumed)
	t.dropEmpty()
	t.Desc = fmt.Sprintf("A table of %s.", count(t.rows(), "certificate"))
	return t
}

func certificateRow(s *scope, c *flow.Certificate, uses []certificateUse) *TableRow {
	var shown, what, keys []string
	for _, u := range uses {
		shown = add(shown, u.to)
		what = add(what, u.what)
		keys = add(keys, u.key)
	}
	names := strings.Join(names(c), ", ")
	if names == "" {
		names = "any (not stated)"
	}
	issuer := ""
	if c.Issuer.V != nil {
		issuer = c.Issuer.V.Title()
		if c.Issuer.V.Private.V {
			issuer += " (private)"
		}
	}
	row := &TableRow{Marks: s.in.Marks(c.Whole), Cells: cells(
		c.Title(), names, issuer, c.To,
		strings.Join(shown, "; "), strings.Join(what, "; "), strings.Join(keys, "; "))}
	if len(uses) == 0 {
		row.Cells[4] = Cell{Text: "none", Tone: ToneMuted}
	}
	if date := s.in.Topology.Date; !c.ValidOn(date) {
		row.Cells[3] = Cell{Text: fmt.Sprintf("%s: not valid on %s", c.To, date), Tone: ToneBad}
	}
	return row
}

// certificateUse is one place where a certificate is shown.
type certificateUse struct{ to, what, key string }

// certificateUses finds every place where a certificate is shown, in the order
// clients, proxies, backends.
func certificateUses(s *scope, c *flow.Certificate) []certificateUse {
	var out []certificateUse
	for _, x := range s.in.Topology.Clients {
		if x.End.Certificate.V == c && s.node(x.Name) {
			out = append(out, certificateUse{"servers that request it", "as client certificate", x.Title()})
		}
	}
	for _, p := range s.in.Topology.Proxies {
		if s.node(p.Name) {
			out = append(out, proxyUses(s, p, c)...)
		}
	}
	for _, b := range s.in.Topology.Backends {
		if s.node(b.Name) {
			out = append(out, backendUses(s, b, c)...)
		}
	}
	return out
}

func proxyUses(s *scope, p *flow.Proxy, c *flow.Certificate) []certificateUse {
	var out []certificateUse
	for _, l := range p.Listeners {
		if what := listenerHosts(s, l, c); what != "" {
			out = append(out, certificateUse{"clients on " + p.Title() + " " + words.Port(l), what, p.Title()})
		}
	}
	for _, r := range s.routesOn(p) {
		if r.Mode.V != flow.ModeReencrypt {
			continue
		}
		if own := r.Upstream.End.Certificate; own.V == c || own.V == nil && p.End.Certificate.V == c {
			for _, t := range r.Targets {
				out = append(out, certificateUse{targetTitle(t), "as client certificate of " + p.Title(), p.Title()})
			}
		}
	}
	return out
}

// listenerHosts are the hosts for which a listener shows a certificate: "" where
// it never does, "default" where it is the one for names that nothing covers.
func listenerHosts(s *scope, l *flow.Listener, c *flow.Certificate) string {
	var words []string
	stated := false
	for i, own := range l.End.Certificates {
		if own.V == c {
			stated = true
			if i == 0 && len(l.End.Certificates) > 1 {
				words = append(words, "default")
			}
		}
	}
	for _, r := range s.routesOn(l.Proxy) {
		if !r.Serves(l) || l.Relays(r) || r.Mode.V != flow.ModeEdge && r.Mode.V != flow.ModeReencrypt || !l.Terminates() {
			continue
		}
		host := r.HostOn(l.Proxy)
		if got, _ := l.CertificateFor(sample(host)); got == c {
			words = add(words, host)
		}
	}
	switch {
	case len(words) > 0:
		return few(words, 3, "host")
	case stated:
		return "no route's host"
	}
	return ""
}

// sample is a name that a host pattern matches.
func sample(host string) string {
	if rest, ok := strings.CutPrefix(host, "*."); ok {
		return "any." + rest
	}
	return host
}

func backendUses(s *scope, b *flow.Backend, c *flow.Certificate) []certificateUse {
	shows := false
	for _, own := range b.End.Certificates {
		shows = shows || own.V == c
	}
	if !shows {
		return nil
	}
	keys := backendServers(b)
	var out []certificateUse
	for _, r := range s.routes {
		for _, t := range r.Targets {
			if t.Backend == b {
				out = append(out, routeUse(r, t, keys)...)
			}
		}
	}
	if len(out) == 0 {
		out = append(out, certificateUse{"none", "", keys})
	}
	return out
}

// routeUse says who meets a backend's certificate by way of a route.
func routeUse(r *flow.Route, t *flow.Target, keys string) []certificateUse {
	switch r.Mode.V {
	case flow.ModePassthrough:
		return []certificateUse{{"clients, through " + proxyTitles(r), strings.Join(hosts(r), ", "), keys}}
	case flow.ModeReencrypt:
		name := r.Upstream.CheckedAt(t, r.Upstream.SNI.V)
		if r.Upstream.SNIHost {
			name = strings.Join(hosts(r), ", ")
		}
		if name != "" {
			name = "checked as " + name
		}
		return []certificateUse{{proxyTitles(r), name, keys}}
	case flow.ModeNone, flow.ModeEdge:
		return nil
	}
	panic("view: unknown mode")
}

func proxyTitles(r *flow.Route) string {
	var out []string
	for _, p := range r.Proxies {
		out = append(out, p.Title())
	}
	if len(out) == 0 {
		return "no proxy"
	}
	return strings.Join(out, ", ")
}
