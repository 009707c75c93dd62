package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// coalesced are the certificates by which requests for one host may come to a proxy on
// a connection for another one, in the order in which they are found.
type coalesced struct {
	on       *flow.Proxy
	doubtful func(a, b *flow.Route) bool
	list     []*sharing
	known    map[coalescedKey]*sharing
}

// coalescedKey is one fault: what is mended at once.
type coalescedKey struct {
	by   *flow.Certificate
	asks bool // what is missing is a client certificate
}

// sharing is a certificate that covers several hosts, and the requests that may come on
// a connection for another host because of it.
type sharing struct {
	coalescedKey
	on     *flow.Proxy
	at     source.Span      // of the first of its hosts by name, whatever the order of declarations
	first  string           // that host
	routes [2][]*flow.Route // whose requests they are, and for which connections are opened
	hosts  [2][]string      // of these
	ends   []hostEnd        // what happens, each once
	seen   [3]map[*flow.Route]bool
	more   []*flow.Route // for which connections may be opened as well
}

// hostEnd is what happens to requests for a host.
type hostEnd struct{ host, end string }

const unaskedThere = "no client certificate is requested there"

// missed is what happens to requests that a proxy reads and does not relay.
func missed(r *flow.Route) string { return fmt.Sprintf("they do not reach route %q", r.Name) }

// note adds that requests for one route may come on a connection for another one. It is
// said at one of the two.
func (x *coalesced) note(at source.Span, of *flow.Route, by *flow.Certificate, requests, opened *flow.Route, end string, asks bool) {
	if x.doubtful(requests, opened) {
		return
	}
	key := coalescedKey{by, asks}
	s := x.known[key]
	if s == nil {
		s = &sharing{coalescedKey: key, on: x.on, at: at, first: of.HostOn(x.on), seen: [3]map[*flow.Route]bool{{}, {}, {}}}
		x.known[key], x.list = s, append(x.list, s)
	}
	if host := of.HostOn(x.on); host < s.first {
		s.at, s.first = at, host
	}
	for i, r := range []*flow.Route{requests, opened} {
		if s.seen[i][r] {
			continue
		}
		s.seen[i][r] = true
		s.routes[i] = append(s.routes[i], r)
		s.hosts[i] = append(s.hosts[i], r.HostOn(x.on))
	}
	if len(s.ends) < mostEnds && !slices.ContainsFunc(s.ends, func(o hostEnd) bool { return o.end == end }) {
		s.ends = append(s.ends, hostEnd{requests.HostOn(x.on), end})
	}
}

// few is how many declarations a help line changes one by one.
const few = 4

// mostEnds is how many different ends are looked through: two are said.
const mostEnds = 8

// openers adds the other routes whose clients get the certificates at a port with HTTP/2.
func (x *coalesced) openers(shown *shownWithH2) {
	for _, s := range x.list {
		for _, r := range shown.by[s.by] {
			if !s.seen[1][r] && !s.seen[2][r] {
				s.seen[2][r] = true
				s.more = append(s.more, r)
			}
		}
	}
}

// reportShared reports the requests that may come on a connection for another host.
func (p *Pass) reportShared(s *sharing) {
	fors, opened := s.routes[0], s.routes[1]
	var d *diag.Diagnostic
	slices.SortFunc(s.ends, func(a, b hostEnd) int { return cmp.Compare(a.host, b.host) })
	end := s.ends[0].end
	if len(s.ends) > 1 {
		end += ", or " + s.ends[1].end
		if strings.HasPrefix(end, "they do not reach") {
			end = "they do not reach their routes"
		}
	}
	for i, hosts := range s.hosts {
		slices.Sort(hosts)
		s.hosts[i] = slices.Compact(hosts)
	}
	all := union(s.hosts[1], s.hosts[0])
	slices.Sort(all)
	switch {
	case len(all) < len(s.hosts[0])+len(s.hosts[1]):
		other := "another of them"
		if len(all) == 2 {
			other = "the other"
		}
		d = p.Report(s.at, "browsers may send requests for one of %s on an HTTP/2 connection for %s: %s", listed(all), other, end)
	case len(s.hosts[1]) > 1:
		d = p.Report(s.at, "browsers may send requests for %s on HTTP/2 connections for %s: %s", listed(s.hosts[0]), listed(s.hosts[1]), end)
	default:
		d = p.Report(s.at, "browsers may send requests for %s on an HTTP/2 connection for %s: %s", listed(s.hosts[0]), s.hosts[1][0], end)
	}
	said := map[source.Span]bool{s.at: true}
	place := func(r *flow.Route, what string) {
		if at := hostAt(r); !said[at] && len(d.Related) < 4 {
			said[at] = true
			related(d, at, "%s", what)
		}
	}
	for i := range max(len(fors), len(opened)) {
		if i < len(opened) {
			place(opened[i], fmt.Sprintf("the connection is for the host of route %q", opened[i].Name))
		}
		if i < len(fors) {
			place(fors[i], fmt.Sprintf("the requests are for the host of route %q", fors[i].Name))
		}
	}
	related(d, known(s.by.Names[0].At, s.by.At), "certificate %q covers %s", s.by.Name, bothOrAll(len(union(s.hosts[0], s.hosts[1]))))
	d.Suggest(p.apartOnH2(s)...)
}

func bothOrAll(n int) string {
	if n == 2 {
		return "both hosts"
	}
	return "all of them"
}

// listed names a few of many, and counts the others: "a, b, c and 4 others".
func listed(names []string) string {
	switch n := len(names); {
	case n == 1:
		return names[0]
	case n > 4:
		return fmt.Sprintf("%s and %d others", strings.Join(names[:3], ", "), n-3)
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// union are the names of two lists, each once.
func union(a, b []string) []string {
	var out []string
	first := once[string]()
	for _, name := range slices.Concat(a, b) {
		if first(name) {
			out = append(out, name)
		}
	}
	return out
}

// apartOnH2 are the ways to keep requests on connections of their own: no HTTP/2 is
// agreed on for the connections that could carry others, or the certificates of these
// cover one of the hosts each.
func (p *Pass) apartOnH2(s *sharing) []diag.Suggestion {
	openers := slices.Concat(s.routes[1], s.more)
	var out []diag.Suggestion
	insists := func(client *flow.Client) bool {
		return len(client.End.ALPN.V) > 0 && !slices.Contains(client.End.ALPN.V, "http/1.1")
	}
	if !slices.ContainsFunc(p.Topology.Clients, insists) {
		without := newSteps()
		for _, r := range openers {
			without.add(withoutH2(s.on, r, len(openers) > few)...)
		}
		out = append(out, because(way(without.list...), "HTTP/2 is then not negotiated"))
	}
	if len(openers) > few && len(out) > 0 || s.overlaps(openers) {
		return out // a certificate for the wildcard is one for the other host
	}
	own := newSteps()
	for _, r := range openers {
		if !own.add(p.ownCertificate(s.on, r, s.by)...) {
			return out
		}
	}
	return append(out, because(way(own.list...), "each host then has a certificate of its own"))
}

// overlaps reports whether a certificate for the host of an opened connection would
// cover one of the others as well.
func (s *sharing) overlaps(openers []*flow.Route) bool {
	for _, o := range openers {
		host := o.HostOn(s.on)
		if !strings.HasPrefix(host, "*.") && !slices.ContainsFunc(s.hosts[0], func(h string) bool { return strings.HasPrefix(h, "*.") }) {
			continue
		}
		for _, r := range s.routes[0] {
			other := r.HostOn(s.on)
			if r != o && (flow.HostMatches(host, flow.OneHost(other)) || flow.HostMatches(other, flow.OneHost(host))) {
				return true
			}
		}
	}
	return false
}

// steps are steps of several routes that belong together, each once.
type steps struct {
	list []diag.Step
	at   map[stepAt][]string
}

type stepAt struct {
	do   diag.Action
	in   diag.Place
	fact diag.Fact
}

func newSteps() *steps { return &steps{at: map[stepAt][]string{}} }

// add adds those that are not there yet; it reports whether none contradicts another.
func (s *steps) add(more ...diag.Step) bool {
	for _, step := range more {
		key := stepAt{step.Do, step.In, step.Fact}
		if was, known := s.at[key]; known {
			if !slices.Equal(was, step.Value) {
				return false
			}
			continue
		}
		s.at[key] = step.Value
		s.list = append(s.list, step)
	}
	return true
}
