package flow

import (
	"github.com/flowc-lang/flowc/source"
)

// Call is one method line of a request: get https://shop.apps.example.test/cart.
// Scheme is http, https or tls (connect tls://HOST:PORT).
type Call struct {
	Method string // "GET"; "CONNECT" for what is not HTTP
	Scheme string
	Host   string // without port
	Port   int
	Path   string // with query; "/" where the URL has none
	At     source.Span
}

// StopAfter is where a request is abandoned.
type StopAfter int8

// The values of StopAfter.
const (
	StopNever StopAfter = iota
	StopAfterConnect
	StopAfterHello
	StopAfterHandshake
)

// Request is one exchange to follow.
type Request struct {
	Decl
	RequestFacts
	From      *Client // nil for a health check
	FromProxy *Proxy  // a health check is from a proxy
	Check     *Backend
	Via       *Proxy      // the proxy it goes to; nil only for a health check
	ViaAt     source.Span // where via is stated
	ViaStated bool        // else Via follows from the host
	Derived   bool        // flowc's own, because the model has none
	bySource  bool        // it is for a route that is chosen by the client's address
	After     Fact[*Request]
	Expect    []Expect

	// ResumedOn are the connections, by their IDs, on which a session opens that
	// resumes an earlier one, whatever the request states: a capture shows it.
	ResumedOn []string

	entry *Listener // of a Path: the port at which it comes in
	forks []fork    // and where its proxies send it
}

// RequestFacts are the facts of a request that name nothing else.
type RequestFacts struct {
	Calls     []Call
	SNI       Fact[string] // "" sends none. Default: the URL's host, none for an address
	HostField Fact[string] // the Host field, where it is not the URL's host
	Fields    []HeaderField
	TLS       Fact[Versions]
	Times     Fact[int]    // default 1
	Close     Fact[bool]   // Connection: close
	Body      Fact[int64]  // bytes
	Upgrade   Fact[string] // "websocket"
	Follow    Fact[bool]
	Resume    Fact[string] // "client", "backend"
	EarlyData Fact[bool]
	Stop      Fact[StopAfter]
}

// HeaderField is header NAME "V" of a request.
type HeaderField struct{ Name, Value string }

// Expect is one ending that a request says it has.
type Expect struct {
	Ending Ending
	From   string // the participant after from, by its ID: "shop/shop-1", "haproxy"; "" where none is stated
	At     source.Span
}

// IsHTTP reports whether the call is one of HTTP, and not of a protocol that
// flowc does not know.
func (c Call) IsHTTP() bool { return c.Scheme == "http" || c.Scheme == "https" }

// InClear reports whether the client opens no TLS session for the call.
func (c Call) InClear() bool { return c.Scheme == "http" || c.Scheme == "tcp" }
