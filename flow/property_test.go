package flow

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// generated is a model drawn at random: a mode, versions, certificates, server
// states, an outer balancer, an inner stage, PROXY, repetitions.
func generated(t *rapid.T) *Topology {
	m := model(rapid.SampledFrom(Modes).Draw(t, "mode"))
	client, proxy, backend, route, request := m.Clients[0], m.Proxies[0], m.Backends[0], m.Routes[0], m.Requests[0]
	yes := func(name string) bool { return rapid.Bool().Draw(t, name) }
	versions := rapid.SampledFrom([]Versions{{TLS12, TLS12}, {TLS13, TLS13}, {TLS12, TLS13}})
	client.End.TLS = Default(versions.Draw(t, "client tls"))
	proxy.Listeners[1].End.TLS = Default(versions.Draw(t, "listener tls"))
	backend.End.TLS = Default(versions.Draw(t, "backend tls"))
	route.Upstream.End.TLS = Default(versions.Draw(t, "upstream tls"))
	if yes("h2") {
		proxy.Listeners[1].End.ALPN = Default([]string{"h2", "http/1.1"})
	}
	if yes("foreign certificate") {
		m.Certificates[rapid.IntRange(0, 1).Draw(t, "which")].Issuer = Default(m.CAs[1])
	}
	if yes("client certificate asked") {
		proxy.Listeners[1].End.ClientCertificate = Default(ClientAuth{Mode: AuthRequired})
	}
	if yes("client has a certificate") {
		client.End.Certificate = Default(m.Certificates[1])
	}
	if yes("backend asks") {
		backend.End.ClientCertificate = Default(ClientAuth{Mode: AuthRequired})
	}
	second := &Server{Decl: Decl{Name: "shop-2"}, Backend: backend, Port: 8080, Weight: Default(1)}
	backend.Servers = append(backend.Servers, second)
	for _, s := range backend.Servers {
		s.State = Default(rapid.SampledFrom([]ServerState{ServerUp, ServerUp, ServerUp, ServerDown, ServerRefuses, ServerSilent}).Draw(t, "state"))
	}
	backend.Speaks = Default(rapid.SampledFrom([]Protocol{backend.Speaks.V, backend.Speaks.V, SpeaksHTTP, SpeaksHTTPS}).Draw(t, "speaks"))
	route.SendProxy = Default(ProxyVersion(rapid.IntRange(0, 2).Draw(t, "send-proxy")))
	backend.AcceptProxy = Default(route.SendProxy.V != 0 != (rapid.IntRange(0, 5).Draw(t, "proxy mismatch") == 0))
	if yes("inner") {
		proxy.Inner = Default(Inner{On: true})
		if yes("inner address") {
			proxy.Inner.V.Address, proxy.Inner.V.Port = "127.0.0.22", 10444
		}
	}
	if yes("silent timeout") {
		proxy.Timeouts = []Timeout{{Kind: "server", Millis: 2000}}
	}
	route.Insecure = Default(Insecure(rapid.IntRange(1, 3).Draw(t, "insecure")))
	request.Times = Default(rapid.IntRange(1, 4).Draw(t, "times"))
	request.Close = Default(yes("close"))
	if yes("plaintext request") {
		request.Calls[0].Scheme, request.Calls[0].Port = "http", 80
	}
	if rapid.IntRange(0, 4).Draw(t, "no sni") == 0 {
		request.SNI = Default("")
	}
	if yes("balancer") {
		balance(m)
	}
	return m
}

// balance puts an outer TCP balancer with PROXY v2 before the proxy.
func balance(m *Topology) {
	proxy := m.Proxies[0]
	lb := &Proxy{Decl: Decl{Name: "lb"}, Retries: Default(3)}
	for _, port := range []int{80, 443} {
		l := &Listener{Proxy: lb, Kind: ListenTCP, Port: port}
		lb.Listeners = append(lb.Listeners, l)
	}
	for _, l := range proxy.Listeners {
		l.AcceptProxy = Default(true)
	}
	all := &Route{Decl: Decl{Name: "all"}, Mode: Default(ModeNone), Targets: []*Target{{Proxy: proxy, Weight: Default(1)}},
		SendProxy: Default(ProxyVersion(2)), Proxies: []*Proxy{lb}}
	all.On = []OnProxy{{Proxy: lb}}
	lb.Routes = []*Route{all}
	m.Routes[0].On = []OnProxy{{Proxy: proxy}}
	m.Proxies = append(m.Proxies, lb)
	m.Routes = append(m.Routes, all)
	m.Requests[0].Via = lb
}

// TestInvariants asserts what makes a picture true, over generated models,
// sound and faulty alike.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := generated(t)
		lc := Derive(m, m.Requests[0])
		for _, broken := range invariants(m, lc) {
			t.Errorf("%s\n%s", broken, dump(lc))
		}
	})
}

func invariants(m *Topology, lc *Lifecycle) []string {
	var broken []string
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	seen := map[*Step]bool{}
	ids := map[string]bool{}
	perSide := map[direction]map[string]int{}
	for i, s := range lc.Steps {
		if s.N != i+1 {
			say("step %s has number %d, not %d", s.ID, s.N, i+1)
		}
		if ids[s.ID] {
			say("id %s twice", s.ID)
		}
		ids[s.ID] = true
		for _, a := range s.After {
			if !seen[a] {
				say("%s comes after %s, which is listed later", s.ID, a.ID)
			}
		}
		seen[s] = true
		if s.Kind != Message {
			continue
		}
		dir := direction{s.Connection, s.From == s.Connection.From}
		if perSide[dir] == nil {
			perSide[dir] = map[string]int{}
		}
		perSide[dir][s.Name]++
		if s.Layer == LayerHTTP && s.Session != nil && !s.Protected {
			say("%s is readable inside %s", s.ID, s.Session.ID)
		}
		if s.Layer == LayerHTTP && s.Protected && s.Session == nil {
			say("%s is protected by nothing", s.ID)
		}
		if s.Layer == LayerTLS && s.Relayed && s.Name == "ClientHello" && s.From.Kind == KindProxy && !relaysFor(s.From, s.Session) {
			say("%s is relayed by %s, which is not its relay", s.ID, s.From.ID)
		}
	}
	for dir, names := range perSide {
		for _, once := range []string{"SYN", "SYN-ACK", "ACK", "FIN", "ClientHello", "ServerHello"} {
			if names[once] > 1 {
				say("%d %s on %s", names[once], once, dir.conn.ID)
			}
		}
	}
	return append(broken, modeInvariants(m, lc)...)
}

func relaysFor(p *Participant, s *Session) bool { return slices.Contains(s.RelayedBy, p) }

// modeInvariants is the invariant of the project: what each mode does with the
// client's session, and when it turns to a server.
func modeInvariants(m *Topology, lc *Lifecycle) []string {
	var broken []string
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	order := map[*Step]map[*Step]bool{}
	for _, s := range lc.Steps {
		all := map[*Step]bool{}
		for _, a := range s.After {
			all[a] = true
			for b := range order[a] {
				all[b] = true
			}
		}
		order[s] = all
	}
	route := m.Routes[0]
	decrypts := false
	for _, s := range lc.Steps {
		if s.Kind == Action && s.Name == "decrypt" && s.At.Kind != KindServer && s.Session.Ends[0].Kind == KindClient {
			decrypts = true
		}
	}
	for _, c := range lc.Connections {
		if c.Route != route || c.To.Kind != KindServer {
			continue
		}
		ses := lc.SessionOn(c)
		own := ses != nil && ses.Ends[0].Kind == KindClient
		switch route.Mode.V {
		case ModePassthrough:
			if decrypts {
				say("passthrough, and a proxy decrypts")
			}
			if ses != nil && !own {
				say("passthrough, and %s carries %s", c.ID, ses.ID)
			}
		case ModeEdge, ModeNone:
			if ses != nil {
				say("%s, and the backend hop carries %s", route.Mode.V, ses.ID)
			}
		case ModeReencrypt:
			if own {
				say("reencrypt, and the backend hop carries the client's session")
			}
		}
		broken = append(broken, trigger(lc, c, route, order)...)
	}
	return broken
}

// trigger checks that no server is connected to before its time.
func trigger(lc *Lifecycle, c *Connection, route *Route, order map[*Step]map[*Step]bool) []string {
	var syn *Step
	for _, s := range lc.Steps {
		if s.Connection == c && s.Name == "SYN" {
			syn = s
		}
	}
	want := []string{"Finished", "request"}
	switch {
	case lc.Exchanges[0].Call.Scheme == "http":
		want = []string{"request"}
	case route.Mode.V == ModePassthrough:
		want = []string{"ClientHello"}
	}
	for _, name := range want {
		some := false
		for s := range order[syn] {
			some = some || s.Kind == Message && s.From.Kind == KindClient && s.Name == name
		}
		if !some {
			return []string{fmt.Sprintf("%s opens before a %s", c.ID, name)}
		}
	}
	return nil
}

// TestTwice derives the same bytes twice.
func TestTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := generated(t)
		if a, b := dump(Derive(m, m.Requests[0])), dump(Derive(m, m.Requests[0])); a != b {
			t.Errorf("derived twice:\n%s\n%s", a, b)
		}
	})
}

// TestWhatIfs derives every mode and failure of generated models.
func TestWhatIfs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := generated(t)
		before := dump(Derive(m, m.Requests[0]))
		for _, mode := range Modes {
			InMode(m, m.Routes[0], mode)
		}
		for _, f := range Failures(m, m.Routes[0]) {
			if f.Lifecycle.Outcome.Fault == FaultNone || f.Lifecycle.Outcome.Why == "" {
				t.Errorf("%s does not fail", f.What)
			}
			f.Lifecycle.Sights()
		}
		if after := dump(Derive(m, m.Requests[0])); after != before {
			t.Errorf("a what-if bent the model:\n%s\n%s", before, after)
		}
	})
}
