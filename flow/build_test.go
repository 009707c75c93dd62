package flow

import (
	"fmt"
	"strings"
)

// model is a topology with one client, one proxy on :80 and :443, and one
// route, in a mode; tests bend it.
func model(mode Mode) *Topology {
	versions := Default(Versions{TLS12, TLS13})
	ca := &CA{Decl: Decl{Name: "ca"}}
	other := &CA{Decl: Decl{Name: "other"}, Private: Default(true)}
	front := &Certificate{Decl: Decl{Name: "front"}, Names: []Fact[string]{Default("*.apps.example.test")}, Issuer: Default(ca)}
	back := &Certificate{Decl: Decl{Name: "back"}, Names: []Fact[string]{Default("shop.svc"), Default("shop.apps.example.test")}, Issuer: Default(ca)}
	client := &Client{Decl: Decl{Name: "client"}, End: ClientEnd{TLS: versions, Verify: Default(true)}}
	proxy := &Proxy{Decl: Decl{Name: "haproxy"}, End: ClientEnd{TLS: versions, Verify: Default(true)}, Retries: Default(3),
		Connection: Default("keep-alive"), Reuse: Default("safe")}
	for _, l := range []*Listener{{Kind: ListenHTTP, Port: 80}, {Kind: ListenHTTPS, Port: 443}} {
		l.Proxy = proxy
		l.End.TLS = versions
		l.InspectDelay = Default[int64](5000)
		l.Unmatched = Default("503")
		proxy.Listeners = append(proxy.Listeners, l)
	}
	proxy.Listeners[1].End.Certificates = []Fact[*Certificate]{Default(front)}
	backend := &Backend{Decl: Decl{Name: "shop"}, Speaks: Default(SpeaksHTTP), End: ServerEnd{TLS: versions}}
	if mode == ModeReencrypt || mode == ModePassthrough {
		backend.Speaks = Default(SpeaksHTTPS)
		backend.End.Certificates = []Fact[*Certificate]{Default(back)}
	}
	server := &Server{Decl: Decl{Name: "shop-1"}, Backend: backend, Port: 8080, Weight: Default(1)}
	backend.Servers = []*Server{server}
	route := &Route{
		Decl: Decl{Name: "shop"}, Host: Default("shop.apps.example.test"), Mode: Default(mode), Insecure: Default(InsecureNone),
		RedirectStatus: Default(302), Targets: []*Target{{Backend: backend, Weight: Default(1)}},
		Upstream: Upstream{End: ClientEnd{TLS: versions, Verify: Default(true)}, Name: Default("shop.svc"), SNI: Default("shop.svc")},
		Proxies:  []*Proxy{proxy},
	}
	proxy.Routes = []*Route{route}
	call := Call{Method: "GET", Scheme: "https", Host: "shop.apps.example.test", Port: 443, Path: "/a"}
	if mode == ModeNone {
		call.Scheme, call.Port = "http", 80
	}
	request := &Request{Decl: Decl{Name: "r"}, From: client, Via: proxy, Calls: []Call{call},
		SNI: Default(call.Host), Times: Default(1)}
	return &Topology{
		Name: "m", CAs: []*CA{ca, other}, Certificates: []*Certificate{front, back}, Clients: []*Client{client},
		Proxies: []*Proxy{proxy}, Backends: []*Backend{backend}, Routes: []*Route{route}, Requests: []*Request{request},
	}
}

// dump writes a lifecycle as one line a step.
func dump(lc *Lifecycle) string {
	var b strings.Builder
	for _, s := range lc.Steps {
		var after []string
		for _, a := range s.After {
			after = append(after, fmt.Sprint(a.N))
		}
		mark := ""
		if s.Optional {
			mark += "?"
		}
		if s.Protected {
			mark += "*"
		}
		if s.Fault != FaultNone {
			mark += "!"
		}
		if s.Wait > 0 {
			mark += fmt.Sprintf("+%dms", s.Wait)
		}
		if s.Kind() == Action {
			fmt.Fprintf(&b, "%3d %s [%s] %s %s < %s\n", s.N, s.ID, s.At.ID, said.Detail(s), mark, strings.Join(after, " "))
			continue
		}
		fmt.Fprintf(&b, "%3d %s %s>%s %s%s %s < %s\n", s.N, s.ID, s.From.ID, s.To.ID, s.Op, mark, said.Detail(s), strings.Join(after, " "))
	}
	o := lc.Outcome
	fmt.Fprintf(&b, "outcome %s from %s, %d attempts, fault %d: %s\n", said.Outcome(o), o.FromID(), o.Attempts, o.Fault, said.Why(o.Why))
	fmt.Fprintf(&b, "assumed %s\n", strings.Join(said.Assumed(lc.Assumed), "; "))
	return b.String()
}

// Words are those of package words, which a test of this package cannot import.
type Words struct {
	Detail  func(*Step) string
	Outcome func(Outcome) string
	Why     func(*Why) string
	Assumed func([]Assumption) []string
}

var said Words

// SetWords lets the tests of this package say what they see.
func SetWords(w Words) Words {
	said = w
	return w
}
