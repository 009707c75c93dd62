package flow

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/source"
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
	second := &Server{Decl: Decl{Name: "shop-2"}, Backend: backend, ServerFacts: ServerFacts{Port: 8080, Weight: Default(1)}}
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
	generateConnections(t, m)
	generateCourse(t, m)
	if yes("balancer") {
		balance(m)
	}
	return m
}

// generateConnections draws how connections and sessions are kept and agreed on.
func generateConnections(t *rapid.T, m *Topology) {
	client, proxy, backend, route := m.Clients[0], m.Proxies[0], m.Backends[0], m.Routes[0]
	proxy.Reuse = Default(rapid.SampledFrom([]string{"never", "safe", "aggressive", "always"}).Draw(t, "reuse"))
	proxy.Connection = Default(rapid.SampledFrom([]string{"keep-alive", "keep-alive", "server-close", "close"}).Draw(t, "connection"))
	backend.ConnectionClose = Default(rapid.IntRange(0, 4).Draw(t, "backend closes") == 0)
	groups := rapid.SampledFrom([][]string{nil, {"x25519"}, {"secp384r1"}, {"x25519", "secp384r1"}})
	client.End.Groups = Default(groups.Draw(t, "client groups"))
	for _, end := range []*ServerEnd{&proxy.Listeners[1].End, &backend.End} {
		end.Groups = Default(groups.Draw(t, "server groups"))
		end.EarlyData = Default(rapid.Bool().Draw(t, "takes early data"))
		end.StrictSNI = Default(rapid.IntRange(0, 5).Draw(t, "strict") == 0)
	}
	if rapid.IntRange(0, 3).Draw(t, "upstream sni") == 0 {
		route.Upstream.SNI = Default("")
	}
	backend.Check = Default(Check{Kind: rapid.SampledFrom([]string{"tcp", "tls", "http"}).Draw(t, "check"), Path: "/healthz"})
}

// generateCourse draws what the requests do beyond asking: the last of them may
// come after others, resume their sessions, carry a body, become a tunnel, or
// be given up.
func generateCourse(t *rapid.T, m *Topology) {
	for n := rapid.IntRange(0, 2).Draw(t, "requests before"); n > 0; n-- {
		q := *m.Requests[0]
		q.After = Default(m.Requests[0])
		m.Requests = append([]*Request{&q}, m.Requests...)
	}
	for i, q := range m.Requests {
		q.Name = fmt.Sprintf("r%d", i)
		q.Resume = Default(rapid.SampledFrom([]string{"", "", "client", "backend"}).Draw(t, "resume"))
		if q.Resume.V != "" {
			q.Resume.Origin = OriginStated
		}
		q.EarlyData = Default(rapid.Bool().Draw(t, "early data"))
		q.Body = Default(int64(rapid.SampledFrom([]int{0, 0, 65536}).Draw(t, "body")))
		switch rapid.IntRange(0, 9).Draw(t, "ending") {
		case 0:
			q.Upgrade = State("websocket", source.Span{})
		case 1:
			q.Stop = Default(StopAfter(rapid.IntRange(1, 3).Draw(t, "stop")))
		case 2:
			q.From, q.Via, q.Calls, q.FromProxy, q.Check = nil, nil, nil, m.Proxies[0], m.Backends[0]
		}
	}
}

// balance puts an outer TCP balancer with PROXY v2 before the proxy.
func balance(m *Topology) {
	proxy := m.Proxies[0]
	lb := &Proxy{Decl: Decl{Name: "lb"}, ProxyFacts: ProxyFacts{Retries: Default(3)}}
	for _, port := range []int{80, 443} {
		l := &Listener{Proxy: lb, ListenerFacts: ListenerFacts{Kind: ListenTCP, Port: port}}
		lb.Listeners = append(lb.Listeners, l)
	}
	for _, l := range proxy.Listeners {
		l.AcceptProxy = Default(true)
	}
	all := &Route{Decl: Decl{Name: "all"}, Targets: []*Target{{Proxy: proxy, Weight: Default(1)}}, Proxies: []*Proxy{lb},
		RouteFacts: RouteFacts{Mode: Default(ModeNone), SendProxy: Default(ProxyVersion(2))}}
	all.On = []OnProxy{{Proxy: lb}}
	lb.Routes = []*Route{all}
	m.Routes[0].On = []OnProxy{{Proxy: proxy}}
	m.Proxies = append(m.Proxies, lb)
	m.Routes = append(m.Routes, all)
	for _, q := range m.Requests {
		if q.Via != nil {
			q.Via = lb
		}
	}
}

// TestInvariants asserts what makes a picture true, over generated models,
// sound and faulty alike.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := generated(t)
		for lc := Derive(m, m.Requests[0]); lc != nil; lc = lc.Before {
			for _, broken := range slices.Concat(invariants(m, lc), endings(lc), Unknowable(lc)) {
				t.Errorf("%s\n%s", broken, dump(lc))
			}
			lc.Observers()
		}
	})
}

// direction is one direction of a connection.
type direction struct {
	conn       *Connection
	fromClient bool
}

func invariants(m *Topology, lc *Lifecycle) []string {
	var broken []string
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	seen := map[*Step]bool{}
	ids := map[string]bool{}
	perSide := map[direction]map[Op]int{}
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
		if s.Kind() != Message {
			continue
		}
		dir := direction{s.Connection, s.From == s.Connection.From}
		if perSide[dir] == nil {
			perSide[dir] = map[Op]int{}
		}
		perSide[dir][s.Op]++
		if s.Layer() == LayerHTTP && s.Session != nil && !s.Protected {
			say("%s is readable inside %s", s.ID, s.Session.ID)
		}
		if s.Layer() == LayerHTTP && s.Protected && s.Session == nil {
			say("%s is protected by nothing", s.ID)
		}
		if s.Layer() == LayerTLS && s.Relayed && s.Op == OpClientHello && s.From.Kind == KindProxy && !relaysFor(s.From, s.Session) {
			say("%s is relayed by %s, which is not its relay", s.ID, s.From.ID)
		}
	}
	for dir, names := range perSide {
		for _, once := range []Op{OpSYN, OpSYNACK, OpACK, OpFIN, OpClientHello, OpServerHello} {
			if names[once] > 1 && (once != OpClientHello || perSide[direction{dir.conn, false}][OpHelloRetryRequest] == 0) {
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
		if s.Kind() == Action && s.Op == OpDecrypt && s.At.Kind != KindServer && s.Session.Ends[0].Kind == KindClient {
			decrypts = true
		}
	}
	for _, c := range lc.Connections {
		if c.Route != route || c.To.Kind != KindServer || c.Check {
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
		if c.Since == nil {
			broken = append(broken, trigger(lc, c, route, order)...)
		}
	}
	return broken
}

// trigger checks that no server is connected to before its time.
func trigger(lc *Lifecycle, c *Connection, route *Route, order map[*Step]map[*Step]bool) []string {
	var syn *Step
	for _, s := range lc.Steps {
		if s.Connection == c && s.Op == OpSYN {
			syn = s
		}
	}
	want := []Op{OpFinished, OpRequest}
	switch {
	case lc.Exchanges[0].Call.Scheme == "http":
		want = []Op{OpRequest}
	case route.Mode.V == ModePassthrough:
		want = []Op{OpClientHello}
	}
	if lc.Request.Stop.V == StopAfterConnect {
		return []string{fmt.Sprintf("%s opens for a client that says nothing", c.ID)}
	}
	for _, op := range want {
		some := false
		for s := range order[syn] {
			some = some || s.Kind() == Message && s.From.Kind == KindClient && s.Op == op
		}
		if !some {
			return []string{fmt.Sprintf("%s opens before a %s", c.ID, op)}
		}
	}
	return nil
}

// endings checks how connections and sessions begin and end: what goes on from
// an earlier lifecycle does not open here, a resumed session shows no
// certificate, and each connection is closed or left to a pool, unless nobody
// ever answers.
func endings(lc *Lifecycle) []string {
	var broken []string
	say := func(format string, args ...any) { broken = append(broken, fmt.Sprintf(format, args...)) }
	names := func(steps []*Step, of func(*Step) bool) map[Op]int {
		out := map[Op]int{}
		for _, s := range steps {
			if s.Kind() == Message && of(s) {
				out[s.Op]++
			}
		}
		return out
	}
	silent := slices.ContainsFunc(lc.Steps, func(s *Step) bool { return s.Fault == FaultSilent })
	for _, c := range lc.Connections {
		on := names(lc.Steps, func(s *Step) bool { return s.Connection == c })
		later := names(lc.Later, func(s *Step) bool { return s.Connection == c })
		if opens := on[OpSYN] > 0; opens == (c.Since != nil) {
			say("%s opens: %v, goes on: %v", c.ID, opens, c.Since != nil)
		}
		ends := on[OpFIN]+on[OpRST] > 0
		if ends == c.Pooled && !silent {
			say("%s ends: %v, pooled: %v", c.ID, ends, c.Pooled)
		}
		if len(later) > 0 && !c.Pooled {
			say("%s ends later and is not left", c.ID)
		}
	}
	for _, ses := range lc.Sessions {
		in := names(lc.Steps, func(s *Step) bool { return s.Session == ses })
		if ses.Ends[0] == nil || ses.Ends[1] == nil || len(ses.Connections) == 0 {
			say("%s has no two ends", ses.ID)
		}
		over := slices.ContainsFunc(lc.Steps, func(s *Step) bool {
			return (ses.Established == nil || s.N > ses.Established.N) && (s.Session == ses && s.Op == OpAlert ||
				slices.Contains(ses.Connections, s.Connection) && (s.Op == OpFIN || s.Op == OpRST))
		})
		if ses.Up && over != (ses.Closed != nil) {
			say("%s is over: %v, closed by %v", ses.ID, over, ses.Closed)
		}
		if ses.Since != nil && in[OpClientHello]+in[OpFinished] > 0 {
			say("%s goes on and has a handshake", ses.ID)
		}
		if ses.Resumed && in[OpCertificate]+in[OpCertificateVerify]+in[OpServerKeyExchange] > 0 {
			say("%s is resumed and shows a certificate", ses.ID)
		}
		if ses.EarlyData && (!ses.Resumed || ses.Version != TLS13 || in[OpEndOfEarlyData] == 0) {
			say("%s has early data and is not a resumed one of TLS 1.3", ses.ID)
		}
		if ses.Resumed && !resumable(lc, ses) {
			say("%s resumes nothing", ses.ID)
		}
	}
	return broken
}

// resumable reports whether an earlier session had the same ends.
func resumable(lc *Lifecycle, ses *Session) bool {
	if lc.Before == nil {
		return lc.Request.Resume.IsSet() || lc.Request.EarlyData.V
	}
	for at := lc.Before; at != nil; at = at.Before {
		for _, s := range at.Sessions {
			if s.Up && s.Version == ses.Version && s.Ends[0].ID == ses.Ends[0].ID && s.Ends[1].ID == ses.Ends[1].ID {
				return true
			}
		}
	}
	return false
}

// TestBefore derives a request the same alone and as the one before another,
// and chains that are circles.
func TestBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := generated(t)
		for lc := Derive(m, m.Requests[0]); lc != nil; lc = lc.Before {
			if alone := dump(Derive(m, lc.Request)); alone != dump(lc) {
				t.Errorf("derived before another:\n%s\nderived alone:\n%s", dump(lc), alone)
			}
		}
		last := m.Requests[len(m.Requests)-1]
		last.After = Default(m.Requests[0])
		if Derive(m, last).Request != last {
			t.Errorf("a circle derives another request")
		}
	})
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
		for f := range Failures(m, m.Routes[0]) {
			if o := f.Lifecycle.Outcome; !f.Past && (o.Fault == FaultNone || o.Why == nil) {
				t.Errorf("%s does not fail", f.What)
			}
			f.Lifecycle.Observers()
		}
		if after := dump(Derive(m, m.Requests[0])); after != before {
			t.Errorf("a what-if bent the model:\n%s\n%s", before, after)
		}
	})
}
