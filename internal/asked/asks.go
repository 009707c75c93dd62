package asked

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// Ask is one line of asks.txt: what is sent, and what a client sees.
type Ask struct {
	Line
	Method, At, From string
	URL              *url.URL
	Sent             map[string]string
	Headers          []string
	Outcome          string
	Seen             map[string]string
}

// AsksOf reads the asks.txt of a folder.
func AsksOf(t testing.TB, dir string) []*Ask {
	t.Helper()
	var out []*Ask
	at, from := "", "198.51.100.7"
	for _, l := range Lines(t, filepath.Join(dir, "asks.txt")) {
		switch l.Words[0] {
		case "at":
			at = l.Words[1]
			continue
		case "from":
			from = l.Words[1]
			continue
		}
		i := slices.Index(l.Words, "=>")
		u, err := url.Parse(l.Words[1])
		if err != nil || i < 0 {
			t.Fatal(l.Text, err)
		}
		a := &Ask{Line: l, Method: l.Words[0], URL: u, Sent: map[string]string{}, Seen: map[string]string{}, Outcome: l.Words[i+1]}
		for _, w := range l.Words[2:i] {
			k, v, _ := strings.Cut(w, "=")
			if k == "header" {
				a.Headers = append(a.Headers, v)
				continue
			}
			a.Sent[k] = v
		}
		for _, w := range l.Words[i+2:] {
			k, v, _ := strings.Cut(w, "=")
			a.Seen[k] = v
		}
		a.At, a.From = first(a.Sent["at"], at), first(a.Sent["from"], from)
		out = append(out, a)
	}
	return out
}

// scheme is that of the request of a model.
func (a *Ask) scheme() string {
	return a.URL.Scheme
}

// Port is the one that an ask connects to.
func (a *Ask) Port() int {
	if port, err := strconv.Atoi(a.URL.Port()); err == nil {
		return port
	}
	return map[string]int{"http": 80, "https": 443}[a.scheme()]
}

// Via is the proxy that an ask reaches; "" for none. A port of one address comes before
// that of every address.
func (a *Ask) Via(d *flow.Draft) string {
	found := ""
	for _, decl := range d.Declarations {
		p, ok := decl.(*flow.ProxyDraft)
		if !ok {
			continue
		}
		for _, l := range p.Listeners {
			switch port := a.Port(); {
			case l.Socket.IsSet():
			case port < l.Port || port > max(l.Port, l.LastPort):
			case l.Address == a.At:
				return p.Name
			case everywhere(l.Address), l.Address == "::" && strings.Contains(a.At, ":"):
				found = first(found, p.Name)
			}
		}
	}
	return found
}

// everywhere reports whether a port of IPv4 has every address.
func everywhere(address string) bool {
	ip, err := netip.ParseAddr(address)
	return address == "" || err == nil && ip.Is4() && ip.IsUnspecified()
}

// Ask adds a request, and the client whose it is; it reports whether anything listens
// where it goes.
func (a *Around) Ask(q *Ask) bool {
	via := q.Via(a.base)
	if via == "" {
		return false
	}
	call := flow.Call{Method: q.Method, Scheme: q.scheme(), Host: q.URL.Hostname(), Port: q.Port(), Path: first(q.URL.RequestURI(), "/")}
	if q.Method == "TALK" {
		call.Method, call.Path = "CONNECT", "/"
	}
	n := strconv.Itoa(q.N)
	r := &flow.RequestDraft{
		Decl:         flow.Decl{Name: "ask-" + n, Origin: flow.OriginStated},
		RequestFacts: flow.RequestFacts{Calls: []flow.Call{call}},
		From:         stated("tester-" + n), Via: stated(via),
	}
	if v, ok := q.Sent["sni"]; ok {
		r.SNI = stated(strings.Replace(v, "none", "", 1))
	}
	if v := q.Sent["host"]; v != "" {
		host, _, _ := strings.Cut(v, ":")
		r.HostField = stated(host)
	}
	for _, h := range q.Headers {
		k, v, _ := strings.Cut(h, ":")
		r.Fields = append(r.Fields, flow.HeaderField{Name: k, Value: strings.TrimSpace(v)})
	}
	if v := q.Sent["body"]; v != "" {
		r.Body = stated(int64(len(v)))
	}
	if v := q.Sent["tls"]; v != "" {
		version := map[string]flow.Version{"1.0": flow.TLS10, "1.1": flow.TLS11, "1.2": flow.TLS12, "1.3": flow.TLS13}[v]
		r.TLS = stated(flow.Versions{Min: version, Max: version})
	}
	a.client(q, "tester-"+n)
	a.add(r)
	return true
}

// client adds who asks. It verifies nothing.
func (a *Around) client(q *Ask, name string) {
	c := &flow.ClientDraft{Decl: flow.Decl{Name: name, Origin: flow.OriginStated}}
	if strings.Contains(q.From, ":") == strings.Contains(q.At, ":") { // else any that reaches it
		c.Address = stated(q.From)
	}
	c.End.Verify = stated(false)
	if cert := q.Sent["cert"]; cert != "" {
		c.End.Certificate = stated(a.declared(cert))
	}
	c.End.ALPN = stated([]string(nil)) // it offers none
	if alpn := q.Sent["alpn"]; alpn != "" {
		c.End.ALPN = stated(strings.Split(alpn, ","))
	}
	if v := q.Sent["proxy"]; v != "" {
		c.SendProxy = stated(map[string]flow.ProxyVersion{"v1": 1, "v2": 2}[v])
	}
	a.add(c)
}
