package haproxy

import (
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// build declares what the configuration states.
func (m *model) build() {
	m.sort()
	for _, u := range m.units {
		m.binds(u)
		m.servers(u)
	}
	m.spread()
	m.upgrades()
	m.link()
	m.faults()
	b := &builder{model: m, backends: map[*unit][]part{}, proxies: map[*bind]*flow.ProxyDraft{}, decided: map[*unit]*deciding{}, folded: map[*unit]*unit{}, inner: map[*unit]*bind{},
		ports: map[*flow.ProxyDraft]map[int]*flow.ListenerDraft{}, addresses: map[*flow.ProxyDraft]map[string]bool{}, owner: map[*flow.ListenerDraft]*unit{}, answering: map[*unit]bool{}, misled: map[*unit]bool{}, ahead: map[*unit]*pending{}, picked: map[*unit][]picked{}, atPorts: map[atPort]*unit{}, spreadOver: map[*unit]bool{}}
	b.cut()
	for _, u := range m.units {
		if u.front && !u.disabled {
			b.fold(u)
		}
	}
	b.place()
	b.share()
	for _, u := range m.units {
		if u.front && !u.disabled {
			b.routes(u)
		}
	}
	b.finish()
	m.origin = b.origins()
	m.rest()
	b.led()
}

// builder puts units together to proxies, routes and backends.
type builder struct {
	*model
	backends map[*unit][]part           // backends that are declared
	proxies  map[*bind]*flow.ProxyDraft // that a bind line is a port of
	decided  map[*unit]*deciding        // of each unit, once
	order    []*flow.ProxyDraft         // in which they are declared
	listens  map[*bind]*flow.ListenerDraft
	pending  []*pending
	folded   map[*unit]*unit // second stages that are one port with a first one
	inner    map[*unit]*bind // of first stages
	general  map[*unit]int   // the place of the first route of a unit that has no host

	ports     map[*flow.ProxyDraft]map[int]*flow.ListenerDraft
	addresses map[*flow.ProxyDraft]map[string]bool
	owner     map[*flow.ListenerDraft]*unit
	leads     map[*unit]map[*unit]bool // the units behind each unit
	behind    map[*unit]bool           // the units that are behind another one
	answering map[*unit]bool           // backends that answer all that comes by one of their routes
	misled    map[*unit]bool           // backends that read requests, and get TLS

	atPorts    map[atPort]*unit   // of backends whose servers have other ports for each port of clients
	spreadOver map[*unit]bool     // these backends
	picked     map[*unit][]picked // by use-server rules, of each backend
	termed     map[string]bool    // hosts of which a route says what lines for them say
	hosts      map[string]bool    // of the routes
	secure     []*flow.RouteDraft // whose cookie is sent over TLS alone
	ahead      map[*unit]*pending // the last route of a second stage that is one port with a unit, where only some names lead there
}

// pending is a route that is made, and not declared yet.
type pending struct {
	draft *flow.RouteDraft
	unit  *unit
	back  *unit       // the section of its servers; nil for none
	led   source.Span // the rule of the frontend that leads to a rule of a backend
	binds []*bind
	plain bool     // all of its ports take plaintext
	place int      // among all
	own   bool     // flowc has written its name
	ahead *pending // a route of another unit that comes before it
	also  []*unit  // other units of which it is a route, too
}

func (b *builder) decisionsOf(u *unit) *deciding {
	if d := b.decided[u]; d != nil {
		return d
	}
	d := b.decisions(u)
	b.decided[u] = d
	return d
}
