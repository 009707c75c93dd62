package front_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/source"
)

// machine is the configuration of a proxy that leads to some servers: each is an address
// with a port, 0 for the port that came, and perhaps w=WEIGHT, down or backup behind it.
func machine(name, listens string, port int, servers ...string) *flow.Draft {
	at := source.NewFile(name+".cfg", name).Span(0, 1)
	decl := func(name string) flow.Decl { return flow.Decl{Name: name, Origin: flow.OriginImported, At: at} }
	p := &flow.ProxyDraft{Decl: decl(name)}
	p.Listeners = []*flow.ListenerDraft{{ListenerFacts: flow.ListenerFacts{Kind: flow.ListenTCP, Address: listens, Port: port, LastPort: port + 1}}}
	b := &flow.BackendDraft{Decl: decl("behind")}
	for i, s := range servers {
		words := strings.Fields(s)
		d := &flow.ServerDraft{Decl: decl(fmt.Sprintf("s%d", i+1))}
		d.Address = words[0]
		fmt.Sscan(words[1], &d.Port)
		d.SamePort = flow.State(d.Port == 0, at)
		for _, w := range words[2:] {
			switch w {
			case "down":
				d.State = flow.State(flow.ServerDown, at)
			case "backup":
				d.Backup = flow.State(true, at)
			default:
				n := 0
				fmt.Sscanf(w, "w=%d", &n)
				d.Weight = flow.State(n, at)
			}
		}
		b.Servers = append(b.Servers, d)
	}
	r := &flow.RouteDraft{Decl: decl("all"), On: []flow.OnDraft{{Proxy: flow.State(name, at)}}, Targets: []flow.TargetDraft{{To: flow.State("behind", at)}}}
	return &flow.Draft{Declarations: []flow.Declaration{p, b, r}, Unmodelled: []flow.Unmodelled{{Leads: "behind"}}}
}

// TestLink holds where routes of several configurations lead that name each other's addresses.
func TestLink(t *testing.T) {
	for _, tc := range []struct {
		name     string
		machines []*flow.Draft
		want     string // of each route: proxy > targets with port and weight
	}{
		{
			"a port, and one that follows",
			[]*flow.Draft{machine("a", "10.0.0.1", 80, "10.0.0.2 81", "10.0.0.2 0"), machine("b", "10.0.0.2", 80, "10.0.0.9 80")},
			"a > b:81*1 b:0*1 | b > behind-2(s1)",
		},
		{
			"some of the servers, and what they weigh",
			[]*flow.Draft{machine("a", "10.0.0.1", 80, "10.0.0.2 80 w=3", "10.0.0.8 80 w=2", "10.0.0.7 80"), machine("b", "10.0.0.2", 80, "10.0.0.9 80")},
			"a > behind(s2,s3)*3 b:80*3 | b > behind-2(s1)",
		},
		{"another port", []*flow.Draft{machine("a", "10.0.0.1", 80, "10.0.0.2 82"), machine("b", "10.0.0.2", 80)}, "a > behind(s1) | b > behind-2()"},
		{"every address is none", []*flow.Draft{machine("a", "10.0.0.1", 80, "10.0.0.2 80"), machine("b", "", 80)}, "a > behind(s1) | b > behind-2()"},
		{"the machine itself", []*flow.Draft{machine("a", "127.0.0.1", 81, "127.0.0.1 80"), machine("b", "127.0.0.1", 80)}, "a > behind(s1) | b > behind-2()"},
		{
			"a server that is down, and a backup",
			[]*flow.Draft{machine("a", "10.0.0.1", 80, "10.0.0.2 80 down", "10.0.0.2 80 backup"), machine("b", "10.0.0.2", 80)},
			"a > behind(s1,s2) | b > behind-2()",
		},
		{
			"a circle ends at a server",
			[]*flow.Draft{machine("a", "10.0.0.1", 80, "10.0.0.2 80"), machine("b", "10.0.0.2", 80, "10.0.0.1 80")},
			"a > b:80*1 | b > behind-2(s1)",
		},
		{
			"names of a third one",
			[]*flow.Draft{machine("a", "10.0.0.1", 80), machine("b", "10.0.0.2", 80, "10.0.0.3 80"), machine("a", "10.0.0.3", 80, "10.0.0.9 80")},
			"a > behind() | b > a-2:80*1 | a-2 > behind-3(s1)",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			all := &flow.Draft{}
			for _, d := range tc.machines {
				front.Apart(all, d)
				all.Declarations = append(all.Declarations, d.Declarations...)
				if b := d.Declarations[1].(*flow.BackendDraft); d.Unmodelled[0].Leads != b.Name {
					t.Errorf("what is not modelled leads to %s, and the backend is %s", d.Unmodelled[0].Leads, b.Name)
				}
			}
			front.Link(all)
			if got := leading(all); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// leading is where routes lead.
func leading(d *flow.Draft) string {
	servers := map[string]string{}
	for _, x := range d.Declarations {
		if b, ok := x.(*flow.BackendDraft); ok {
			var names []string
			for _, s := range b.Servers {
				names = append(names, s.Name)
			}
			servers[b.Name] = "(" + strings.Join(names, ",") + ")"
		}
	}
	var out []string
	for _, x := range d.Declarations {
		r, ok := x.(*flow.RouteDraft)
		if !ok {
			continue
		}
		line := r.On[0].Proxy.V + " >"
		for _, to := range r.Targets {
			line += " " + to.To.V
			if of, ok := servers[to.To.V]; ok {
				line += of
			} else {
				line += fmt.Sprintf(":%d", to.Port)
			}
			if to.Weight.IsSet() {
				line += fmt.Sprintf("*%d", to.Weight.V)
			}
		}
		out = append(out, line)
	}
	return strings.Join(out, " | ")
}

// TestApartCertificates gives another name to a certificate of which another file says other
// facts, and none to one of which nothing is known.
func TestApartCertificates(t *testing.T) {
	at := source.NewFile("a.cfg", "a").Span(0, 1)
	config := func(name string, to string) *flow.Draft {
		c := &flow.CertificateDraft{Decl: flow.Decl{Name: name, At: at}}
		if to != "" {
			c.Valid, c.To = flow.State(true, at), to
		}
		l := &flow.ListenerDraft{}
		l.End.Certificates = []flow.Ref{flow.State(name, at)}
		return &flow.Draft{Declarations: []flow.Declaration{c, &flow.ProxyDraft{Listeners: []*flow.ListenerDraft{l}}}}
	}
	for _, tc := range []struct{ first, second, want string }{
		{"2027-01-01", "2027-01-01", "site"}, {"2027-01-01", "2028-01-01", "site-2"}, {"2027-01-01", "", "site"}, {"", "2028-01-01", "site"},
	} {
		d := config("site", tc.second)
		front.Apart(config("site", tc.first), d)
		shown := d.Declarations[1].(*flow.ProxyDraft).Listeners[0].End.Certificates
		if got := d.Declarations[0].(*flow.CertificateDraft).Name; got != tc.want || !slices.ContainsFunc(shown, func(r flow.Ref) bool { return r.V == tc.want }) {
			t.Errorf("%+v: %s, and the port shows %s", tc, got, shown[0].V)
		}
	}
}
