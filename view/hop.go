package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// hop is one connection of a course with what it carries.
type hop struct {
	conn    *flow.Connection
	session *flow.Session // nil: plaintext
	header  string        // "PROXY v2" before everything else; "" for none
	http    bool          // plaintext HTTP was on it
}

// ways are the connections of a lifecycle, one list for each that its client
// opened: that, and those behind it.
func ways(l *flow.Lifecycle) [][]*flow.Connection {
	var out [][]*flow.Connection
	for _, c := range l.Connections {
		if len(out) == 0 || c.From.Kind == flow.KindClient && c.Attempt < 2 {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], c)
	}
	return out
}

// hopsOf returns the hops along a lifecycle's first way.
func hopsOf(l *flow.Lifecycle) []*hop {
	all := ways(l)
	if len(all) == 0 {
		return nil
	}
	return hopsAlong(l, all[0])
}

// hopsAlong returns one hop for each pair of nodes: retries, repeated requests
// and other servers of a backend are the same hop. Where a relay sends a retry to
// another target, that is the retry's way, and not this one.
func hopsAlong(l *flow.Lifecycle, way []*flow.Connection) []*hop {
	links := newLinks(l)
	pairs := map[string]bool{}
	retried := map[*flow.Connection]bool{}
	var kept []*flow.Connection
	for _, c := range way {
		if c.Attempt > 1 {
			retried[links.root(c)] = true
		}
		pair := node(c.From) + ">" + node(c.To) + " " + inner(c.To)
		if c.Check || pairs[pair] || retried[links.root(c)] {
			continue
		}
		pairs[pair] = true
		kept = append(kept, c)
	}
	return carried(l, links, kept)
}

// carried is what each connection carries.
func carried(l *flow.Lifecycle, links *links, conns []*flow.Connection) []*hop {
	by := map[*flow.Connection]*hop{}
	var out []*hop
	for _, c := range conns {
		h := &hop{conn: c, session: links.sessionOn(c)}
		by[c] = h
		out = append(out, h)
	}
	for _, s := range l.Steps {
		h := by[s.Connection]
		if s.Kind() != flow.Message || h == nil {
			continue
		}
		switch s.Layer() {
		case flow.LayerPROXY:
			h.header = s.Op.String()
		case flow.LayerHTTP:
			h.http = h.http || !s.Protected
		case flow.LayerTLS:
			if h.session == nil {
				h.session = s.Session
			}
		case flow.LayerTCP:
		}
	}
	return out
}

// node is the name of the box that a participant is drawn as: a server's is its
// backend's, an inner stage's its proxy's.
func node(p *flow.Participant) string {
	switch {
	case p.Server != nil:
		return p.Server.Backend.Name
	case p.Proxy != nil:
		return p.Proxy.Name
	}
	return p.Client.Name
}

func inner(p *flow.Participant) string {
	if p.Kind == flow.KindInner {
		return "inner"
	}
	return ""
}

// id is the hop's session, "" for none.
func (h *hop) id() string {
	if h.session == nil {
		return ""
	}
	return h.session.ID
}

// line is how the hop is drawn.
func (h *hop) line() Line {
	if h.session != nil {
		return LineTLS
	}
	return LinePlain
}

// state is what the wire carries without numbers: "TLS 1.3 h2", "plaintext".
func (h *hop) state() string {
	if h.session != nil {
		return h.session.Title()
	}
	return plaintextWord
}

// plaintextWord is written on a wire that has no TLS session.
const plaintextWord = "plaintext"

// clear reports whether anyone on the wire can read it.
func (h *hop) clear() bool { return h.session == nil }

// broken reports whether the hop is to carry a TLS session that is not established.
func (h *hop) broken() bool { return h.session != nil && !h.session.Up }

// label is what the hop carries in one line.
func (h *hop) label() string {
	w := &wireStates{first: h}
	w.add(h)
	return w.after(h.header)
}

// wireStates is what the hops that one arrow stands for carry.
type wireStates struct {
	first    *hop
	versions []string            // "TLS 1.3"; "plaintext" where there is no session
	alpn     map[string][]string // of each version, in the order in which they came
	ports    map[int]bool        // to which the hops lead
}

// add notes what a hop carries, and reports whether that is new.
func (w *wireStates) add(h *hop) bool {
	again := w.ports[h.conn.Port]
	if !again {
		if w.ports == nil {
			w.ports = map[int]bool{}
		}
		w.ports[h.conn.Port] = true
	}
	version, alpn := plaintextWord, ""
	if s := h.session; s != nil {
		alpn = s.ALPN
		bare := *s
		bare.ALPN = ""
		version = bare.Title()
	}
	if slices.Contains(w.alpn[version], alpn) {
		return !again
	}
	if w.alpn == nil {
		w.alpn = map[string][]string{}
	}
	w.versions = add(w.versions, version)
	w.alpn[version] = append(w.alpn[version], alpn)
	return true
}

// label is one line for an arrow: ":443 T1 TLS 1.3 h2", ":8080 plaintext",
// "PROXY v2 + T1 TLS 1.3", ":443 T1 TLS 1.3 h2 or http/1.1".
func (w *wireStates) label() string { return w.after("") }

// after is the label with a PROXY header before what it carries.
func (w *wireStates) after(header string) string {
	h := w.first
	words := []string{leadsTo(h.conn)}
	if n := len(w.ports); n > 1 {
		words[0] = count(n, "port")
	}
	if header != "" {
		words = append(words, header+" +")
	}
	if h.session != nil {
		words = append(words, h.session.ID)
	}
	var states []string
	for _, v := range w.versions {
		states = append(states, v+alpnWords(w.alpn[v]))
	}
	return strings.TrimSpace(strings.Join(append(words, strings.Join(states, " or ")), " "))
}

// note is what else there is to say of the wire: "PROXY v2, both show
// certificates".
func (h *hop) note(t *flow.Topology) string {
	var out []string
	if h.header != "" {
		out = append(out, h.header)
	}
	if h.session != nil && h.session.ClientCert != nil {
		out = append(out, "both show certificates")
	}
	from, to := h.conn.From.Zone, h.conn.To.Zone
	trusted := func(z *flow.Zone) bool { return z == nil || z.Trust.V != flow.Untrusted }
	if _, open := t.Untrusted(from, to); open && trusted(from) && trusted(to) { // else its zone says so
		out = append(out, "untrusted network")
	}
	return strings.Join(out, ", ")
}

// leadsTo is where a connection leads: ":443", or "unix socket".
func leadsTo(c *flow.Connection) string {
	if c.OverSocket() {
		return "unix socket"
	}
	return port(c.Port)
}

// alpnWords are the protocols that sessions of one version agree on: " h2", " h2 or
// no ALPN".
func alpnWords(protocols []string) string {
	if len(protocols) == 1 && protocols[0] == "" {
		return ""
	}
	var out []string
	for _, p := range protocols {
		out = append(out, cmp.Or(p, "no ALPN"))
	}
	return " " + strings.Join(out, " or ")
}

// wire is the hop in words, with the name of its session: "port 443: encrypted
// by T1", "port 80: plaintext, after a PROXY v2 header".
func (h *hop) wire(session string) string {
	var state string
	switch {
	case h.session != nil && h.session.Up:
		state = "encrypted by " + session
	case h.session != nil:
		state = session + " is not established"
	case h.http:
		state = "plaintext"
	default:
		state = "nothing is sent"
	}
	if h.header != "" {
		state += ", after a " + h.header + " header"
	}
	switch {
	case h.conn.OverSocket():
		return "unix socket: " + state
	case h.conn.Port == 0:
		return "some port: " + state
	}
	return fmt.Sprintf("port %d: %s", h.conn.Port, state)
}
