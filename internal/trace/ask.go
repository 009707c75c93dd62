package trace

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// Ask is a request that no model names, as text: a URL and the options that go with
// it. All but the URL may be left open.
type Ask struct {
	URL    string
	Method string   // default GET
	From   string   // a client; default the first
	Via    string   // a proxy; default the one to which the host leads
	SNI    string   // a name, or "none"; default the URL's host
	TLS    string   // "1.2", "1.2..1.3"; default what the client can do
	Fields []string // "Name: value"; Host is the Host field
}

// schemes are those of the URLs that can be traced.
var schemes = []string{"https", "http", "wss", "ws", "tls", "tcp"}

// webSocket are the schemes over which a WebSocket is asked for (RFC 6455, 3 and 4.1).
var webSocket = map[string]string{"wss": "https", "ws": "http"}

// Request returns the request that is asked for, in terms of a topology, and
// why it goes to the proxy that it goes to. The error says what cannot be asked
// for, to the one who asks.
func (a Ask) Request(t *flow.Topology) (q *flow.Request, entry string, err error) {
	call, err := parseURL(a.URL)
	if err != nil {
		return nil, "", err
	}
	call.Method, err = a.method(call.Scheme)
	if err != nil {
		return nil, "", err
	}
	sent, _, _ := strings.Cut(a.URL, "#")
	scheme, _, _ := strings.Cut(strings.ToLower(a.URL), "://")
	q = &flow.Request{
		Decl:         flow.Decl{Name: "trace", Label: call.Method + " " + sent},
		RequestFacts: flow.RequestFacts{Calls: []flow.Call{call}, Times: flow.Default(1)},
	}
	if q.From, err = find("client", a.From, t.Clients, func(c *flow.Client) string { return c.Name }); err != nil {
		return nil, "", err
	}
	if q.Via, entry, err = a.entry(t, call.Host); err != nil {
		return nil, "", err
	}
	if err := a.session(q); err != nil {
		return nil, "", err
	}
	if webSocket[scheme] != "" {
		q.Upgrade = stated("websocket")
	}
	for _, f := range a.Fields {
		if err := addField(q, f); err != nil {
			return nil, "", err
		}
	}
	if q.Upgrade.V != "" && call.Method != "GET" { //nolint:usestdlibvars // net/http is not linked
		return nil, "", fmt.Errorf("a WebSocket is asked for with GET (RFC 6455, 4.1); leave out %q", call.Method)
	}
	return q, entry, nil
}

// Fragment is what of the URL stays with the client, with its "#"; "" for none. It is no part of
// what is asked for (RFC 9110, 7.1).
func (a Ask) Fragment() string {
	if _, fragment, _ := strings.Cut(a.URL, "#"); fragment != "" {
		return "#" + fragment
	}
	return ""
}

// find returns what the name says, the first where it says nothing.
func find[T any](kind, name string, all []*T, nameOf func(*T) string) (*T, error) {
	var known []string
	for _, x := range all {
		if name == "" || nameOf(x) == name {
			return x, nil
		}
		known = append(known, nameOf(x))
	}
	return nil, spell.Unknown(kind, name, known)
}

// entry is the proxy to which the request goes, and why.
func (a Ask) entry(t *flow.Topology, host string) (*flow.Proxy, string, error) {
	nameOf := func(p *flow.Proxy) string { return p.Name }
	if a.Via != "" || len(t.Proxies) == 0 {
		p, err := find("proxy", a.Via, t.Proxies, nameOf)
		return p, "as --via says", err
	}
	entries, domain := t.EntryProxies(host)
	switch {
	case len(entries) == 0: // in a circle
		return t.Proxies[0], "the first", nil
	case len(entries) > 1:
		var names []string
		for _, p := range entries {
			names = append(names, p.Name)
		}
		return nil, "", fmt.Errorf("%q can go to %s; say to which with --via", host, strings.Join(names, " or "))
	case domain != "":
		return entries[0], "by its domain " + domain, nil
	case len(t.Proxies) == 1:
		return entries[0], "the only one", nil
	}
	return entries[0], "the only one in front", nil
}

// method returns the method of the request: a token (RFC 9110, 9.1), or CONNECT
// for what is no HTTP.
func (a Ask) method(scheme string) (string, error) {
	http := flow.Call{Scheme: scheme}.IsHTTP()
	switch {
	case !http && a.Method != "":
		return "", fmt.Errorf("%s:// speaks no HTTP and has no method; leave out %q", scheme, a.Method)
	case !http:
		return "CONNECT", nil
	case a.Method == "":
		return "GET", nil
	case !isToken(a.Method):
		return "", fmt.Errorf("%q is not an HTTP method; there are GET, HEAD, POST, PUT, DELETE, OPTIONS and others of letters", a.Method)
	}
	return a.Method, nil
}

// isToken reports whether s is a token of HTTP (RFC 9110, 5.6.2).
func isToken(s string) bool {
	for _, r := range s {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune("()<>@,;:\\\"/[]?={}", r) {
			return false
		}
	}
	return s != ""
}

// session sets what the client says in its ClientHello.
func (a Ask) session(q *flow.Request) error {
	call := q.Calls[0]
	for _, f := range []struct{ flag, value string }{{"--sni", a.SNI}, {"--tls", a.TLS}} {
		if f.value != "" && call.InClear() {
			return fmt.Errorf("%s:// has no TLS: leave out %s, or ask for %s://", call.Scheme, f.flag, map[bool]string{true: "https", false: "tls"}[call.IsHTTP()])
		}
	}
	q.TLS = flow.Default(q.From.End.TLS.V)
	if a.TLS != "" {
		v, ok := resolve.ParseVersions(a.TLS)
		if !ok {
			return fmt.Errorf("--tls %q is not a TLS version; there are 1.0, 1.1, 1.2, 1.3 and ranges: 1.2..1.3", a.TLS)
		}
		q.TLS = stated(v)
	}
	switch {
	case a.SNI == "none":
		q.SNI = stated("")
	case !hostName(a.SNI):
		return fmt.Errorf("--sni %q is not a valid name", a.SNI)
	case a.SNI != "":
		q.SNI = stated(strings.ToLower(a.SNI))
	case !call.InClear():
		q.SNI = flow.Default(flow.SNIOf(call.Host))
	}
	return nil
}

// stated is a fact that the command line states: no text of a model does.
func stated[T any](v T) flow.Fact[T] { return flow.State(v, source.Span{}) }

// addField adds a header field: "Name: value".
func addField(q *flow.Request, field string) error {
	name, value, ok := strings.Cut(field, ":")
	value = strings.TrimSpace(value)
	switch {
	case !ok:
		return fmt.Errorf("header %q has no colon; say -H %q", field, field+": VALUE")
	case !isToken(name):
		return fmt.Errorf("header %q begins with no name of a field; say -H \"Name: value\"", field)
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return fmt.Errorf("header %q has control characters in its value", field)
	case strings.EqualFold(name, "Host"):
		q.HostField = stated(strings.ToLower(value))
	case strings.EqualFold(name, "Upgrade") && strings.EqualFold(value, "websocket") && q.Calls[0].IsHTTP():
		q.Upgrade = stated("websocket")
	case strings.EqualFold(name, "Connection") && strings.EqualFold(value, "Upgrade"):
		// said with each upgrade (RFC 9110, 7.8)
	default:
		q.Fields = append(q.Fields, flow.HeaderField{Name: name, Value: value})
	}
	return nil
}
