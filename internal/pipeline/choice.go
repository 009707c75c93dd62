package pipeline

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/view"
)

// Choice is what somebody wants to see of one or several models. The zero
// Choice is every view of every request.
type Choice struct {
	Views    []string // of view.Views, or views that a model declares
	Requests []string
	Route    string // for the views of one route
	Show     view.Show
	Only     []string      // nodes and routes to keep
	Around   []string      // nodes, routes and zones to keep with what they are connected to
	Extract  *view.Extract // of the model, in place of Only
	Full     bool          // nothing is folded for being many
}

// Layers are the words of Show, in the order of the stack.
var Layers = []string{"tcp", "proxy", "tls", "http", "actions"}

// ParseShow turns layers into the dial of a sequence.
func ParseShow(layers []string) (view.Show, error) {
	var show view.Show
	for _, l := range layers {
		switch l {
		case "tcp":
			show.TCP = true
		case "proxy":
			show.PROXY = true
		case "tls":
			show.TLS = true
		case "http":
			show.HTTP = true
		case "actions":
			show.Actions = true
		default:
			return show, spell.Unknown("layer", l, Layers)
		}
	}
	return show, nil
}

// Validate returns an error for the first name that none of the models knows.
func (c Choice) Validate(models []*Model) error {
	for _, check := range []struct {
		what  string
		given []string
		known func(*Model) []string
	}{
		{"view", c.Views, viewNames},
		{"request", c.Requests, requestNames},
		{"route", one(c.Route), routeNames},
		{"node, server or route", c.Only, placeNames},
		{"node, server, route or zone", c.Around, aroundNames},
	} {
		if len(check.given) == 0 {
			continue
		}
		var known []string
		for _, m := range models {
			for _, name := range check.known(m) {
				if !slices.Contains(known, name) {
					known = append(known, name)
				}
			}
		}
		for _, name := range check.given {
			if !slices.Contains(known, name) {
				return spell.Unknown(check.what, name, known)
			}
		}
	}
	return nil
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func viewNames(m *Model) []string {
	var out []string
	for _, v := range view.Views {
		out = append(out, v.Name)
	}
	for _, v := range m.Topology.Views {
		out = append(out, v.Name)
	}
	return out
}

func requestNames(m *Model) []string {
	return names(m.Topology.Requests, func(r *flow.Request) string { return r.Name })
}

func routeNames(m *Model) []string {
	first := slices.DeleteFunc(slices.Clone(m.Topology.Routes), func(r *flow.Route) bool { return !r.IsFirst() })
	return names(first, func(r *flow.Route) string { return r.FullName() })
}

func placeNames(m *Model) []string {
	t := m.Topology
	return slices.Concat(
		names(t.Clients, func(c *flow.Client) string { return c.Name }),
		names(t.Proxies, func(p *flow.Proxy) string { return p.Name }),
		names(t.Backends, func(b *flow.Backend) string { return b.Name }),
		routeNames(m),
		serverNames(t),
	)
}

func aroundNames(m *Model) []string {
	return slices.Concat(placeNames(m), names(m.Topology.Zones, func(z *flow.Zone) string { return z.Name }))
}

func serverNames(t *flow.Topology) []string {
	var out []string
	for _, b := range t.Backends {
		out = append(out, names(b.Servers, func(s *flow.Server) string { return b.Name + "/" + s.Name })...)
	}
	return out
}

func names[T any](all []T, name func(T) string) []string {
	out := make([]string, len(all))
	for i, x := range all {
		out[i] = name(x)
	}
	return out
}
