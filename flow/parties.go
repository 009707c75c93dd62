package flow

import (
	"github.com/flowc-lang/flowc/source"
)

// Client opens connections.
type Client struct {
	Decl
	ClientFacts
	Zone *Zone // nil where none is stated
	End  ClientEnd
}

// ClientFacts are the facts of a client that name nothing else.
type ClientFacts struct {
	Address   Fact[string]
	Tickets   Fact[bool] // offers session tickets in TLS 1.2
	SendProxy Fact[ProxyVersion]
}

// SendsProxy is the version of the PROXY header that the client sends to a port, 0 for
// none. A client that is supplied stands for whoever connects there, a balancer included:
// it sends one where the port expects one.
func (c *Client) SendsProxy(l *Listener) ProxyVersion {
	if c.Supplied() && l.AcceptProxy.V {
		return 2
	}
	return c.SendProxy.V
}

// Shows is the client certificate with which the client comes to an end that asks for one. A
// client that is supplied stands for whoever connects there: it has one of the CA that is
// required.
func (c *Client) Shows(asked ClientAuth) Fact[*Certificate] {
	if c.Supplied() && !c.End.Certificate.IsSet() && asked.Mode == AuthRequired {
		own := &Certificate{Decl: Decl{Name: c.Name, Origin: OriginSupplied}}
		own.Issuer.V = asked.CA
		return Default(own)
	}
	return c.End.Certificate
}

// Proxy accepts connections and opens others.
type Proxy struct {
	Decl
	ProxyFacts
	Zone      *Zone
	Listeners []*Listener
	End       ClientEnd // towards backends, unless a route says otherwise
	From      []Fact[*Zone]

	// Routes are those that this proxy serves, in the order of evaluation: see
	// Compare.
	Routes  []*Route
	Refused []*Route // that it would serve, if their hosts belonged to their namespaces

	index *proxyIndex // of Routes, see Topology.index
}

// ProxyFacts are the facts of a proxy that name nothing else.
type ProxyFacts struct {
	Source          Fact[string] // its address towards backends
	Domains         []Fact[string]
	Admit           []Selector // every one must match; empty: none stated
	AdmitNamespaces []Selector
	Order           Fact[RouteOrder] // default by precedence
	SharedHosts     Fact[bool]       // routes of several namespaces may have one host
	Balance         Fact[string]
	Connection      Fact[string] // keep-alive, server-close, close
	Reuse           Fact[string] // never, safe, aggressive, always
	Retries         Fact[int]
	Timeouts        []Timeout
	Inner           Fact[Inner]
	Profile         *Profile // nil: HAProxy 2.6's; see Behaves
}

// RouteOrder is the order in which a proxy tries its routes.
type RouteOrder int

// The orders of routes.
const (
	ByPrecedence RouteOrder = iota + 1 // the more exact route first, as OpenShift's router orders them
	AsWritten                          // the route declared first: the first that matches is taken
)

// Inner is a second stage of the same process in which TLS ends: OpenShift's
// public_ssl (first) and fe_sni (second).
type Inner struct {
	On      bool
	Address string // "" for a unix socket: no packets
	Port    int
}

// Timeout is timeout KIND TIME: connect, client, server, tunnel, http-request,
// http-keep-alive, queue.
type Timeout struct {
	Kind   string
	Millis int64
	At     source.Span
}

// Selector selects labels: sharded=true, tier in (a, b). All terms hold.
type Selector struct {
	All   bool // admit all
	Terms []SelectorTerm
	At    source.Span
}

// SelectorTerm is one condition on a label.
type SelectorTerm struct {
	Key    string
	Op     string // "=", "!=", "exists", "absent", "in", "notin"
	Values []string
	At     source.Span
}

// ListenKind is what a port speaks: http, https or tcp.
type ListenKind int

// The kinds of listener.
const (
	ListenHTTP ListenKind = iota + 1
	ListenHTTPS
	ListenTCP
)

// String returns the word of the language.
func (k ListenKind) String() string {
	switch k {
	case ListenHTTP:
		return "http"
	case ListenHTTPS:
		return "https"
	case ListenTCP:
		return "tcp"
	}
	panic("flow: unknown listener kind")
}

// Listener is a port of a proxy: listen https :443.
type Listener struct {
	ListenerFacts
	Proxy *Proxy
	End   ServerEnd

	facts *portFacts // see Topology.index
}

// ListenerFacts are the facts of a listener that name nothing else.
type ListenerFacts struct {
	Kind         ListenKind
	Address      string // "" for every address
	Port         int
	LastPort     int         // of a range that begins with Port; 0 for one port
	Origin       Origin      // stated or supplied; in a Draft, none is stated
	At           source.Span // the statement's words
	Whole        source.Span
	AcceptProxy  Fact[bool]
	InspectDelay Fact[int64]  // milliseconds
	Unmatched    Fact[string] // "503", "404", "close"
	// Socket is the unix socket that it is: "abns@stage". Proxies of the same machine alone
	// reach it, and Port is but how routes name it.
	Socket   Fact[string]
	Timeouts []Timeout // client, http-request, http-keep-alive: in place of the proxy's
}

// Has reports whether the listener takes connections on a port.
func (l *Listener) Has(port int) bool {
	return l.Port == port || l.Port < port && port <= l.LastPort
}

// Ports is how many ports the listener has.
func (l *Listener) Ports() int { return max(l.LastPort-l.Port, 0) + 1 }

// Supplied reports whether flowc supplied the port.
func (l *Listener) Supplied() bool { return l.Origin == OriginSupplied }

// Terminates reports whether TLS ends at this port for routes that do not pass
// it through: an https port, or a tcp port with a certificate.
func (l *Listener) Terminates() bool {
	return l.Kind == ListenHTTPS || l.Kind == ListenTCP && len(l.End.Certificates) > 0
}

// Protocol is what a backend speaks.
type Protocol int8

// The protocols of a backend.
const (
	SpeaksHTTP Protocol = iota + 1
	SpeaksHTTPS
	SpeaksH2C
	SpeaksTCP
	SpeaksTLS
)

// String returns the word of the language.
func (p Protocol) String() string {
	switch p {
	case SpeaksHTTP:
		return "http"
	case SpeaksHTTPS:
		return "https"
	case SpeaksH2C:
		return "h2c"
	case SpeaksTCP:
		return "tcp"
	case SpeaksTLS:
		return "tls"
	}
	panic("flow: unknown protocol")
}

// TLS reports whether the servers end TLS.
func (p Protocol) TLS() bool { return p == SpeaksHTTPS || p == SpeaksTLS }

// Backend is a set of servers that serve the same requests: an OpenShift Service and
// its pods.
type Backend struct {
	Decl
	BackendFacts
	Zone    *Zone
	Servers []*Server
	End     ServerEnd // where Speaks is https or tls
}

// BackendFacts are the facts of a backend that name nothing else.
type BackendFacts struct {
	Speaks          Fact[Protocol] // unstated: what its routes expect
	AcceptProxy     Fact[bool]
	Check           Fact[Check]
	ConnectionClose Fact[bool]
	AllBackups      Fact[bool] // of several usable backup servers all are used, and not the first one alone
}

// HTTP10 is the version of HTTP in which a proxy asks that does not send a Host.
const HTTP10 = "HTTP/1.0"

// Check is a health check of a backend's servers.
type Check struct {
	Kind     string // "tcp", "tls", "http"; "" for none
	Method   string // of http; "" for GET
	Path     string
	Protocol string // of http: HTTP10; "" for what the proxy speaks to its servers
	SNI      string
	Plain    bool // http without TLS, whatever the backend speaks
	Port     int  // of its own; 0 for that of the server
}

// ChecksTLS reports whether the backend's check opens a TLS session.
func (b *Backend) ChecksTLS() bool {
	c := b.Check.V
	return c.Kind == "tls" || c.Kind == "http" && !c.Plain && b.Speaks.V.TLS()
}

// ServerState is the behaviour of a server when a proxy connects to it.
type ServerState int8

// The states of a server.
const (
	ServerUp      ServerState = iota // answers
	ServerDown                       // known to be down: never tried
	ServerRefuses                    // answers RST
	ServerSilent                     // accepts, completes TLS, and never answers
)

// String returns the word of the language; "up" for ServerUp, which has none.
func (s ServerState) String() string {
	switch s {
	case ServerUp:
		return "up"
	case ServerDown:
		return "down"
	case ServerRefuses:
		return "refuses"
	case ServerSilent:
		return "silent"
	}
	panic("flow: unknown server state")
}

// Server is one server of a backend; its full name is backend/server.
type Server struct {
	Decl
	ServerFacts
	Backend *Backend
}

// ServerFacts are the facts of a server that name nothing else.
type ServerFacts struct {
	Address  string     // "" where none is stated
	Port     int        // where none is stated: 80, or 443 where the backend speaks TLS
	SamePort Fact[bool] // its port is the one to which the request came at the proxy
	Offset   Fact[int]  // with SamePort: what is added to that port
	Weight   Fact[int]  // default 1
	State    Fact[ServerState]
	Backup   Fact[bool] // it is used only while no other server of its routes is usable
	Labels   []Label
}

// fullName is the name of the server behind that of its backend: shop/shop-1.
func (s *Server) fullName() string { return s.Backend.Name + "/" + s.Name }

// Usable reports whether a load balancer would try the server.
func (s *Server) Usable() bool { return s.State.V != ServerDown && s.Weight.V > 0 }
