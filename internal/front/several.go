package front

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/flow"
)

// Apart gives what a configuration declares another name where an earlier one of other
// machines declares something of that name: the second of two that are called shop is shop-2.
func Apart(earlier, draft *flow.Draft) {
	nodes, routes := map[string]bool{}, map[string]bool{}
	for _, d := range earlier.Declarations {
		if names, decl := kindOfName(d, nodes, routes); decl != nil {
			names[decl.Name] = true
		}
	}
	own := map[bool]map[string]bool{true: {}, false: {}} // of nodes, and of routes
	for _, d := range draft.Declarations {
		if names, decl := kindOfName(d, own[true], own[false]); decl != nil {
			names[decl.Name] = true
		}
	}
	called := map[string]string{}
	certificates(earlier, draft)
	for _, d := range draft.Declarations {
		taken, decl := kindOfName(d, nodes, routes)
		if decl == nil || !taken[decl.Name] {
			continue
		}
		mine, _ := kindOfName(d, own[true], own[false])
		was, name := decl.Name, decl.Name
		for i := 2; taken[name] || mine[name]; i++ {
			name = was + "-" + strconv.Itoa(i)
		}
		mine[name] = true
		decl.Name, decl.Label = name, cmp.Or(decl.Label, was)
		if _, route := d.(*flow.RouteDraft); !route {
			called[was] = name
		}
	}
	rename(draft, called)
}

// certificates gives those of which files say other facts than of earlier ones of their name
// another one.
func certificates(earlier, draft *flow.Draft) {
	known, taken := map[string]*flow.CertificateDraft{}, map[string]bool{}
	for _, d := range slices.Concat(earlier.Declarations, draft.Declarations) {
		if c, ok := d.(*flow.CertificateDraft); ok {
			taken[c.Name] = true
			if known[c.Name] == nil {
				known[c.Name] = c
			}
		}
	}
	called := map[string]string{}
	for _, d := range draft.Declarations {
		c, ok := d.(*flow.CertificateDraft)
		if !ok || !known[c.Name].Valid.IsSet() || !c.Valid.IsSet() || sameCertificate(known[c.Name], c) {
			continue
		}
		was, name := c.Name, c.Name
		for i := 2; taken[name]; i++ {
			name = was + "-" + strconv.Itoa(i)
		}
		taken[name], called[was] = true, name
		c.Name, c.Label = name, cmp.Or(c.Label, was)
	}
	recall := func(refs ...*flow.Ref) {
		for _, r := range refs {
			r.V = cmp.Or(called[r.V], r.V)
		}
	}
	for _, d := range draft.Declarations {
		switch d := d.(type) {
		case *flow.ProxyDraft:
			recall(&d.End.Certificate)
			for _, l := range d.Listeners {
				for i := range l.End.Certificates {
					recall(&l.End.Certificates[i])
				}
			}
		case *flow.RouteDraft:
			recall(&d.Certificate, &d.Upstream.End.Certificate)
		}
	}
}

func sameCertificate(a, b *flow.CertificateDraft) bool {
	return a.From == b.From && a.To == b.To && slices.EqualFunc(a.Names, b.Names, func(x, y flow.Fact[string]) bool { return x.V == y.V })
}

// kindOfName is the one of two sets that has names of the kind of a declaration, and what
// names it; nil for those whose names are the same everywhere.
func kindOfName(d flow.Declaration, nodes, routes map[string]bool) (map[string]bool, *flow.Decl) {
	switch d := d.(type) {
	case *flow.ProxyDraft:
		return nodes, &d.Decl
	case *flow.BackendDraft:
		return nodes, &d.Decl
	case *flow.ClientDraft:
		return nodes, &d.Decl
	case *flow.RouteDraft:
		return routes, &d.Decl
	}
	return nil, nil
}

// rename writes the names of nodes where routes, and what is not modelled, say them.
func rename(draft *flow.Draft, called map[string]string) {
	for _, d := range draft.Declarations {
		r, ok := d.(*flow.RouteDraft)
		if !ok {
			continue
		}
		for i := range r.On {
			r.On[i].Proxy.V = cmp.Or(called[r.On[i].Proxy.V], r.On[i].Proxy.V)
		}
		for i := range r.Targets {
			r.Targets[i].To.V = cmp.Or(called[r.Targets[i].To.V], r.Targets[i].To.V)
		}
	}
	for i := range draft.Unmodelled {
		u := &draft.Unmodelled[i]
		u.Leads = cmp.Or(called[u.Leads], u.Leads)
		for j, of := range u.Of {
			u.Of[j] = cmp.Or(called[of], of)
		}
	}
}

// Link leads routes of imported configurations to the ports of other proxies whose
// addresses their servers have: a configuration knows no more of the next proxy. An address
// of the machine itself is one of each machine.
func Link(draft *flow.Draft) {
	x := &linking{ports: map[string][]port{}, leads: map[string][]string{}, from: map[string][]string{}, linked: map[*flow.ServerDraft]port{}}
	for _, d := range draft.Declarations {
		switch d := d.(type) {
		case *flow.ProxyDraft:
			for _, l := range d.Listeners {
				x.ports[l.Address] = append(x.ports[l.Address], port{d, l})
			}
		case *flow.RouteDraft:
			for _, t := range d.Targets {
				for _, on := range d.On {
					if !slices.Contains(x.from[t.To.V], on.Proxy.V) {
						x.from[t.To.V] = append(x.from[t.To.V], on.Proxy.V)
					}
				}
			}
		}
	}
	backends := map[string]*flow.BackendDraft{}
	for _, d := range draft.Declarations {
		if b, ok := d.(*flow.BackendDraft); ok && b.Origin == flow.OriginImported && x.backend(b) {
			backends[b.Name] = b
		}
	}
	for _, d := range draft.Declarations {
		if r, ok := d.(*flow.RouteDraft); ok {
			r.Targets = x.targets(r.Targets, backends)
		}
	}
	for _, b := range backends {
		b.Servers = slices.DeleteFunc(b.Servers, x.isLinked)
	}
	draft.Declarations = slices.DeleteFunc(draft.Declarations, func(d flow.Declaration) bool {
		b, ok := d.(*flow.BackendDraft)
		return ok && backends[b.Name] == b && len(b.Servers) == 0
	})
}

// linking finds the servers that are ports of proxies.
type linking struct {
	ports  map[string][]port   // by address
	from   map[string][]string // the proxies whose routes lead to each backend
	leads  map[string][]string // the proxies behind each proxy
	linked map[*flow.ServerDraft]port
}

// port is a port of a proxy.
type port struct {
	proxy *flow.ProxyDraft
	l     *flow.ListenerDraft
}

func (x *linking) isLinked(s *flow.ServerDraft) bool { return x.linked[s].proxy != nil }

// backend finds the servers of a backend that are ports, and reports whether there are some.
func (x *linking) backend(b *flow.BackendDraft) bool {
	some := false
	for _, s := range b.Servers {
		p, ok := x.portOf(s, x.from[b.Name])
		if !ok {
			continue
		}
		some, x.linked[s] = true, p
		for _, from := range x.from[b.Name] {
			if !slices.Contains(x.leads[from], p.proxy.Name) {
				x.leads[from] = append(x.leads[from], p.proxy.Name)
			}
		}
	}
	return some
}

// portOf is the port that a server is, to which some proxies lead; ok is false for none. A
// server that is down or a backup stays one: a proxy is none of both. So does one from which
// requests would come here again.
func (x *linking) portOf(s *flow.ServerDraft, from []string) (port, bool) {
	if a, err := netip.ParseAddr(s.Address); err != nil || a.IsLoopback() || s.State.IsSet() || s.Backup.V || len(from) == 0 {
		return port{}, false
	}
	for _, p := range x.ports[s.Address] {
		has := s.Port == 0 && s.SamePort.V && s.Offset.V == 0 || p.l.Port <= s.Port && s.Port <= max(p.l.Port, p.l.LastPort)
		if has && !p.l.Socket.IsSet() && !slices.ContainsFunc(from, func(first string) bool { return x.reaches(p.proxy.Name, first) }) {
			return p, true
		}
	}
	return port{}, false
}

// reaches reports whether requests go from a proxy to another one, or are there already.
func (x *linking) reaches(from, to string) bool {
	seen := map[string]bool{from: true}
	for left := []string{from}; len(left) > 0; left = left[1:] {
		if left[0] == to {
			return true
		}
		for _, next := range x.leads[left[0]] {
			if !seen[next] {
				seen[next] = true
				left = append(left, next)
			}
		}
	}
	return false
}

// targets are those of a route, with the ports in place of servers.
func (x *linking) targets(of []flow.TargetDraft, backends map[string]*flow.BackendDraft) []flow.TargetDraft {
	var out []flow.TargetDraft
	for _, t := range of {
		b := backends[t.To.V]
		if b == nil {
			out = append(out, t)
			continue
		}
		left, some := 0, false // the weights of servers that stay
		var behind []flow.TargetDraft
		for _, s := range b.Servers {
			p, weight := x.linked[s], flow.State(1, s.At)
			if s.Weight.IsSet() {
				weight = s.Weight
			}
			twice := slices.IndexFunc(behind, func(o flow.TargetDraft) bool { return p.proxy != nil && o.To.V == p.proxy.Name && o.Port == s.Port })
			switch {
			case p.proxy == nil:
				left, some = left+weight.V, true
			case twice >= 0: // by two addresses
				behind[twice].Weight = flow.State(behind[twice].Weight.V+weight.V, s.At)
			default:
				behind = append(behind, flow.TargetDraft{To: flow.State(p.proxy.Name, s.At), Port: s.Port, Weight: weight, At: s.At})
			}
		}
		if some {
			if !t.Weight.IsSet() {
				t.Weight = flow.State(left, t.At)
			}
			out = append(out, t)
		}
		out = append(out, behind...)
	}
	return out
}
