package check

import (
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
)

// A name that is a slip of the finger away from the one that the other end has is mended; no
// certificate is made for the slip.

// shownNames are the names of the certificates that the far end of a handshake has, without
// wildcards, those of the one that it shows first.
func shownNames(h flow.Handshake) []string {
	shown := []*flow.Certificate{h.Certificate}
	list := []flow.Fact[*flow.Certificate]{}
	if h.Backend != nil {
		list = h.Backend.End.Certificates
	} else if h.Listener != nil {
		list = h.Listener.End.Certificates
	}
	for _, c := range list {
		shown = append(shown, c.V)
	}
	return namesIn(shown)
}

// namesIn are the names of certificates without wildcards.
func namesIn(list []*flow.Certificate) []string {
	var out []string
	for _, c := range list {
		if c == nil {
			continue
		}
		for _, n := range c.Names {
			if !strings.HasPrefix(n.V, "*.") {
				out = append(out, n.V)
			}
		}
	}
	return out
}

// nearest is the one of several names that is most like a name; "" where none is.
func nearest(name string, among []string) string {
	near, _ := spell.Nearest(name, among)
	return near
}

// misspelt reports whether a name is a slip of the finger away from one of several.
func misspelt(name string, among []string) bool {
	_, ok := spell.Typo(name, among)
	return ok
}

// meantHost is the way to ask by the name that the far end of a client's handshake has, where
// the one that the route or the request states is a slip of it; ok is false where it is not,
// and where more than that would have to change.
func (p *Pass) meantHost(h flow.Handshake) (w diag.Suggestion, ok bool) {
	meant, ok := spell.Typo(h.Name, shownNames(h))
	if !ok || h.Route == nil {
		return w, false
	}
	r := h.Route
	if r.Host.IsSet() && r.Host.V == h.Name && len(r.Group) == 0 {
		steps := []diag.Step{change(inRoute(r), diag.FactHost, r.Host.At, []string{r.Host.V}, meant)}
		for _, o := range p.Topology.Routes {
			if o != r && flow.Fold(o.Host.V) == flow.Fold(meant) {
				return w, false
			}
		}
		for _, q := range p.model.asked().of(r.Host.V) {
			if q.HostField.IsSet() || q.SNI.IsSet() {
				return w, false
			}
			for i, call := range q.Calls {
				if call.Host == r.Host.V && !q.Derived {
					steps = append(steps, callTo(q, i, meant, call.Port))
				}
			}
		}
		return way(steps...), true
	}
	if q := h.Request; !q.Derived && len(q.Calls) == 1 && q.Calls[0].Host == h.Name && !q.HostField.IsSet() && !q.SNI.IsSet() {
		return way(callTo(q, 0, meant, q.Calls[0].Port)), true
	}
	return w, false
}
