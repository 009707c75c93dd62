package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// shape is routes whose courses go the same way: the same kinds of nodes, the
// same sessions on the wires between them.
type shape struct {
	key    string
	modes  []string // along the way: "relay", "reencrypt"
	routes []*flow.Route
	course *flow.Lifecycle // of the first of them
}

// shapes groups the kept routes by their shape, in the order of their first.
// Routes that only stand for another's way in (a relay to a proxy) are part of
// that one's shape, and routes that no client can reach have none.
func (s *scope) shapes() []*shape {
	var out []*shape
	passed := s.passed()
	for _, r := range s.routes {
		l := s.in.meant(r)
		if l == nil || len(l.Connections) == 0 || passed[r] {
			continue
		}
		key, modes := shapeOf(l)
		i := slices.IndexFunc(out, func(x *shape) bool { return x.key == key })
		if i < 0 {
			out = append(out, &shape{key: key, modes: modes, course: l})
			i = len(out) - 1
		}
		out[i].routes = append(out[i].routes, r)
	}
	return out
}

// passed are the routes that only stand for another kept route's way in: that
// one's course passes them and ends with another route.
func (s *scope) passed() map[*flow.Route]bool {
	out := map[*flow.Route]bool{}
	for _, o := range s.routes {
		l := s.in.meant(o)
		if l == nil {
			continue
		}
		way := passages(l)
		for i, p := range way {
			if p.route != nil && p.route != o && i < len(way)-1 && p.route != way[len(way)-1].route {
				out[p.route] = true
			}
		}
	}
	return out
}

func shapeOf(l *flow.Lifecycle) (key string, modes []string) {
	var b strings.Builder
	for _, h := range hopsOf(l) {
		fmt.Fprintf(&b, "%s>%s", h.conn.From.Kind, h.conn.To.Kind)
		if h.session != nil {
			fmt.Fprintf(&b, " %s %s %t", h.session.ID, h.session.Version, h.session.ClientCert != nil)
		}
		fmt.Fprintf(&b, " %s;", h.header)
	}
	for _, p := range passages(l) {
		if p.route == nil {
			continue
		}
		m := modeOn(p.route, p.at)
		modes = append(modes, m)
		b.WriteString(m + ";")
	}
	fmt.Fprint(&b, l.Outcome.Fault)
	return b.String(), modes
}

// title is "reencrypt: shop, billing".
func (x *shape) title() string {
	var names []string
	for _, r := range x.routes {
		names = add(names, r.FullName())
	}
	modes := strings.Join(x.modes, ", then ")
	if len(names) == 1 && names[0] == modes {
		return modes // a route that is named after its mode
	}
	return modes + ": " + few(names, 6, "route")
}

// path are the participants that the first way through a course needs: no
// second server that took a later request.
func path(l *flow.Lifecycle) map[*flow.Participant]bool {
	out := map[*flow.Participant]bool{}
	for _, h := range hopsOf(l) {
		out[h.conn.From], out[h.conn.To] = true, true
	}
	return out
}
