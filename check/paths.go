package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// ways are the paths of a model by the routes over which they lead.
type ways struct {
	*flow.Paths
	over map[*flow.Route][]*flow.Path
	of   map[*flow.Request][]*flow.Path // of the model's requests
	// wanted are the paths of what flowc asks for each route.
	wanted map[*flow.Route][]*flow.Path
	// opened are the handshakes that proxies open, by the routes for which they do.
	opened map[*flow.Route][]*flow.Handshake
}

func newWays(all *flow.Paths) *ways {
	w := &ways{
		Paths: all, over: map[*flow.Route][]*flow.Path{}, of: map[*flow.Request][]*flow.Path{},
		wanted: map[*flow.Route][]*flow.Path{}, opened: map[*flow.Route][]*flow.Handshake{},
	}
	for i := range all.Handshakes {
		if h := &all.Handshakes[i]; h.Opened != nil {
			w.opened[h.Opened] = append(w.opened[h.Opened], h)
		}
	}
	for _, p := range all.All {
		if q := p.Ask.Request; q != nil {
			w.of[q] = append(w.of[q], p)
		} else {
			w.wanted[p.Ask.Wanted] = append(w.wanted[p.Ask.Wanted], p)
		}
		for i, h := range p.Hops {
			if h.Route != nil && (i == 0 || p.Hops[i-1].Route != h.Route) {
				w.over[h.Route] = append(w.over[h.Route], p)
			}
		}
		if p.Route != nil && p.Hops[len(p.Hops)-1].Route != p.Route {
			w.over[p.Route] = append(w.over[p.Route], p)
		}
	}
	return w
}

// over calls f for every path that leads over a route, nothing of which is in
// doubt, until it returns false.
func (p *Pass) over(r *flow.Route, f func(*flow.Path) bool) {
	for _, path := range p.model.paths().over[r] {
		if !p.model.doubt.path(path) && !f(path) {
			return
		}
	}
}

// failingBy calls f for every path and client whose course goes wrong in one way: the
// members of a class have it in common, and can lead over other routes to other servers.
func (p *Pass) failingBy(problem flow.Problem, f func(*flow.Class)) {
	for _, path := range p.model.paths().All {
		for i, c := range path.Classes {
			if c.Summary.Problem == problem {
				f(path.Member(i))
			}
		}
	}
}

// meets reports whether a request meets one of the faults, whichever servers it is
// sent to.
func (p *Pass) meets(q *flow.Request, faults ...flow.Fault) bool {
	return slices.Contains(faults, p.course(q).outcome.Fault) || slices.ContainsFunc(p.model.paths().of[q], func(path *flow.Path) bool {
		return slices.ContainsFunc(path.Classes, func(c *flow.Class) bool { return slices.Contains(faults, c.Summary.Fault) })
	})
}

// blame is what a finding says already: that a fault is met at a route, any fault where
// none is named, or that a handshake fails.
type blame struct {
	route *flow.Route
	fault flow.Fault
	far   any // of a handshake: *flow.Listener or *flow.Backend
}

// explainMeeting notes that a finding says why a handshake fails, in all requests
// and paths that meet it.
func (p *Pass) explainMeeting(h flow.Handshake) {
	p.model.blames[blame{route: h.Opened, far: farOf(h)}] = true
	p.explain(h.Request)
	for _, path := range h.Paths {
		q := path.Ask.Request
		if q == nil || q == h.Request {
			continue
		}
		if _, ok := h.FailsIn(path, p.course(q).outcome.Fault); ok {
			p.explain(q)
		}
	}
}

func farOf(h flow.Handshake) any {
	if h.Backend != nil {
		return h.Backend
	}
	return h.Listener
}

// blamed reports whether a finding says already that something is wrong with a
// route.
func (p *Pass) blamed(r *flow.Route, faults ...flow.Fault) bool {
	return p.model.blames[blame{route: r}] || slices.ContainsFunc(faults, func(f flow.Fault) bool { return p.model.blames[blame{route: r, fault: f}] })
}

// pathBlamed reports whether a finding says already why a path fails as it does.
func (p *Pass) pathBlamed(path *flow.Path, fault flow.Fault) bool {
	var opened *flow.Route
	for _, h := range path.Hops {
		if h.Opens {
			opened = h.Route
		}
		var far any = h.Listener
		if h.Server != nil {
			far = h.Server.Backend
		}
		if p.model.blames[blame{route: opened, far: far}] {
			return true
		}
		for _, r := range []*flow.Route{h.Route, path.Route} {
			if r != nil && p.blamed(r, fault) {
				return true
			}
		}
	}
	w := path.Ask.Wanted
	return w != nil && p.blamed(w)
}

// clientsGet is what clients of a route get where they meet one of the faults,
// as it is derived: "clients get 503"; "" where no path shows it.
func (p *Pass) clientsGet(r *flow.Route, faults ...flow.Fault) (get string) {
	p.over(r, func(path *flow.Path) bool {
		for _, c := range path.Classes {
			if slices.Contains(faults, c.Summary.Fault) && !c.Summary.Leaves {
				get = inWords(c.Summary.Endings)
			}
		}
		return get == ""
	})
	return get
}

// askersGet is what clients get that ask for the host and path of a route which they do not
// reach: a failure, or the response of another route; "" where nothing shows it.
func (p *Pass) askersGet(r *flow.Route) string {
	for _, q := range p.model.asked().of(r.FirstHost()) {
		if c := p.course(q); !q.Derived && r.FirstHost() != "" && flow.PathMatches(r.Path.V, q.Calls[0].Path) && p.sound(q, c) && !slices.Contains(c.taken, r) {
			return p.gets(c)
		}
	}
	for _, path := range p.model.paths().wanted[r] {
		if p.model.doubt.path(path) || path.Takes(r) {
			continue
		}
		if s := &path.Classes[0].Summary; s.Fails() {
			return inWords(s.Endings)
		}
		if path.Route != nil {
			return fmt.Sprintf("route %q answers instead", path.Route.Name)
		}
	}
	return ""
}

// openersGet is what clients get where a handshake fails with one of the
// faults; "" where no path shows it.
func (p *Pass) openersGet(h flow.Handshake, faults ...flow.Fault) string {
	for _, path := range h.Paths {
		if c, ok := h.FailsIn(path, faults...); ok && !c.Summary.Leaves && !p.model.doubt.path(path) {
			return inWords(c.Summary.Endings)
		}
	}
	return ""
}

// wayOf names the first of several paths, where it leads over more than one proxy
// or others share what is found on it.
func wayOf(on []*flow.Path) *diag.Way {
	if len(on) == 0 {
		return nil
	}
	all := map[[8]any]bool{} // by the far ends of the first hops
	for _, p := range on {
		var ends [8]any
		for i, h := range p.Hops[:min(len(p.Hops), len(ends))] {
			if ends[i] = h.Listener; h.Server != nil {
				ends[i] = h.Server.Backend
			}
		}
		all[ends] = true
	}
	if len(all) == 1 && on[0].Proxies() < 2 {
		return nil
	}
	return &diag.Way{Path: words.Path(on[0], on[0].Clients[0]), Others: len(all) - 1}
}

// path reports whether a path passes something doubtful. The client of a
// request that flowc derived is left out: the model does not state it.
func (d *doubt) path(p *flow.Path) bool {
	if d == nil {
		return false
	}
	if q := p.Ask.Request; q != nil && (d.request(q) || d.of[q.From]) {
		return true
	}
	if p.Route == nil && p.At != nil && slices.ContainsFunc(p.At.Proxy.Routes, d.isTorn) || d.of[p.Route] {
		return true
	}
	return slices.ContainsFunc(p.Hops, func(h flow.Hop) bool {
		at := h.Listener
		switch {
		case d.of[h.Route], h.Server != nil && d.of[h.Server.Backend], at != nil && (d.of[at] || d.of[at.Proxy]):
			return true
		}
		return at == nil && h.Target != nil && h.Target.Proxy != nil && d.portless[h.Target.Proxy]
	})
}

// inWords says what clients get: "clients get 502 or 503", "the connection is
// closed".
func inWords(endings []flow.Ending) string {
	var status []int
	for _, e := range endings {
		switch e := e.(type) {
		case flow.Closed:
			return "the connection is closed"
		case flow.Alerted:
			return "the handshake fails"
		case flow.TimedOut:
			return "clients get no answer"
		case flow.RedirectLoop:
			return "clients get a redirect loop"
		case flow.Answered:
			status = append(status, e.Status)
		case flow.Passed, flow.Unseen: // of a health check, and of a capture
		}
	}
	slices.Sort(status)
	var out []string
	for _, s := range status {
		out = append(out, strconv.Itoa(s))
	}
	get := "clients get " + strings.Join(out, " or ")
	if len(out) > 1 {
		get += ", and timing decides which"
	}
	return get
}
