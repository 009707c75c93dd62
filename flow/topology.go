// Package flow is the waist of flowc: what a front end states goes in as a
// Draft, a Topology comes of it (Complete), and of that what really happens on
// its wires (Derive). It knows no syntax, no rule and no picture.
package flow

import "github.com/flowc-lang/flowc/source"

// Topology is a model in which every name is a pointer and every default is
// filled in. All slices are in the order of declaration. Complete makes every
// one, and then it is immutable.
type Topology struct {
	Name  string // the entry file's name without folder and ".flow": "reencrypt"
	Title string
	Date  string // "2026-11-01", or "" where no date is stated: every certificate is valid

	Zones        []*Zone
	Links        []*Link
	CAs          []*CA
	Certificates []*Certificate
	Namespaces   []*Namespace
	Clients      []*Client
	Proxies      []*Proxy
	Backends     []*Backend
	Routes       []*Route // of all proxies
	Requests     []*Request
	Views        []*ViewSpec

	Assumed    []Assumption // what was supplied or defaulted for the model as a whole
	Unmodelled []Unmodelled // what a front end read and could not express

	// Unresolved are the places of names that nothing declares as far as is known:
	// what could not be read may do it.
	Unresolved []source.Span

	into map[*Proxy][]*Route // see index
}

// Decl is what every declaration has: its name and label, where it comes from,
// the place of its name and that of the whole of it. Both places are zero where
// no text has it.
type Decl struct {
	Name   string
	Label  string // "" where none is stated; see Title
	Origin Origin // stated, imported or supplied; in a Draft, none is stated
	At     source.Span
	Whole  source.Span
}

// Title is the label, or else the name.
func (d *Decl) Title() string {
	if d.Label != "" {
		return d.Label
	}
	return d.Name
}

// Supplied reports whether flowc supplied the declaration.
func (d *Decl) Supplied() bool { return d.Origin == OriginSupplied }

// Imported reports whether a file declares it that the model imports.
func (d *Decl) Imported() bool { return d.Origin == OriginImported }

// Trust says whether a zone or link is said to be trusted.
type Trust int

// The values of Trust.
const (
	TrustUnstated Trust = iota
	Trusted
	Untrusted
)

// Zone is a place: zone internet untrusted.
type Zone struct {
	Decl
	Trust Fact[Trust]
}

// Link is the network between two zones: link dmz cluster untrusted.
type Link struct {
	A, B  *Zone
	Trust Fact[Trust]
	At    source.Span
}

// CA signs certificates. A private one is trusted only where trust names it.
type CA struct {
	Decl
	Private Fact[bool]
}

// Certificate is a certificate with what is stated of it. An unstated fact
// fits: Names nil covers every name, Issuer nil is trusted by everyone.
type Certificate struct {
	Decl
	CertificateFacts
	Issuer Fact[*CA]
}

// CertificateFacts are the facts of a certificate that name nothing else.
type CertificateFacts struct {
	Names    []Fact[string]
	Valid    Fact[bool] // whether a validity is stated
	From, To string     // "2026-01-01", inclusive; "" open
}

// Namespace is a Kubernetes namespace with its labels.
type Namespace struct {
	Decl
	Labels []Label
}

// Label is one K=V pair.
type Label struct {
	Key, Value string
	At         source.Span
}

// Version is a TLS version: 0x0301 is 1.0 … 0x0304 is 1.3 (RFC 8446, 4.1.2).
type Version uint16

// The TLS versions of the language.
const (
	TLS10 Version = 0x0301 + iota
	TLS11
	TLS12
	TLS13
)

// String returns "1.3" for TLS13.
func (v Version) String() string {
	switch v {
	case TLS10:
		return "1.0"
	case TLS11:
		return "1.1"
	case TLS12:
		return "1.2"
	case TLS13:
		return "1.3"
	}
	return ""
}

// Versions is the range of TLS versions that an end can do, both inclusive.
type Versions struct{ Min, Max Version }

// Shared returns the range that both can do; ok is false where there is none.
func (v Versions) Shared(o Versions) (shared Versions, ok bool) {
	shared = Versions{max(v.Min, o.Min), min(v.Max, o.Max)}
	return shared, shared.Min <= shared.Max
}

// String returns "1.2..1.3", or "1.3" where both are the same.
func (v Versions) String() string {
	if v.Min == v.Max {
		return v.Min.String()
	}
	return v.Min.String() + ".." + v.Max.String()
}

// ProxyVersion is the version of a PROXY protocol header; 0 sends none.
type ProxyVersion int

// ClientEnd is the client's side of a TLS hop: a client's own, or a proxy's
// towards a backend.
type ClientEnd struct {
	ClientEndFacts
	Trust       []Fact[*CA] // empty: every CA that is not private
	Certificate Fact[*Certificate]
}

// ClientEndFacts are the facts of a client's side that name nothing else.
type ClientEndFacts struct {
	TLS    Fact[Versions]
	ALPN   Fact[[]string] // V nil: none is offered
	Groups Fact[[]string]
	Verify Fact[bool] // default true; false where verify none is stated
}

// ServerEnd is the server's side of a TLS hop: a listener's, or that of a
// backend's servers.
type ServerEnd struct {
	ServerEndFacts
	Certificates      []Fact[*Certificate] // the first is the default one; empty: one that fits
	ClientCertificate Fact[ClientAuth]
}

// ServerEndFacts are the facts of a server's side that name nothing else.
type ServerEndFacts struct {
	TLS       Fact[Versions]
	ALPN      Fact[[]string] // V nil: none is chosen
	Groups    Fact[[]string]
	StrictSNI Fact[bool]
	EarlyData Fact[bool]
}

// ClientAuth is whether a server end asks for the client's certificate
// (CertificateRequest, RFC 8446, 4.3.2) and whose signature it accepts.
type ClientAuth struct {
	Mode AuthMode
	CA   *CA // nil where none is stated
}

// AuthMode is none, optional or required.
type AuthMode int

// The modes of client authentication.
const (
	AuthNone AuthMode = iota
	AuthOptional
	AuthRequired
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

// Proxy takes connections and opens others.
type Proxy struct {
	Decl
	ProxyFacts
	Zone      *Zone
	Listeners []*Listener
	End       ClientEnd // towards backends, unless a route says otherwise
	From      []Fact[*Zone]

	// Routes are those that this proxy serves, in the order of evaluation: see
	// Compare.
	Routes []*Route

	index *hostIndex // of Routes, see Topology.index
}

// ProxyFacts are the facts of a proxy that name nothing else.
type ProxyFacts struct {
	Source          Fact[string] // its address towards backends
	Domains         []Fact[string]
	Admit           []Selector // every one must match; empty: none stated
	AdmitNamespaces []Selector
	Order           Fact[RouteOrder] // default by precedence
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
	Origin       Origin      // stated or supplied; in a Draft, none is stated
	At           source.Span // the statement's words
	Whole        source.Span
	AcceptProxy  Fact[bool]
	InspectDelay Fact[int64]  // milliseconds
	Unmatched    Fact[string] // "503", "404", "close"
}

// Supplied reports whether flowc supplied the port.
func (l *Listener) Supplied() bool { return l.Origin == OriginSupplied }

// Terminates reports whether TLS ends at this port for routes that do not pass
// it through: an https port, or a tcp port with a certificate.
func (l *Listener) Terminates() bool {
	return l.Kind == ListenHTTPS || l.Kind == ListenTCP && len(l.End.Certificates) > 0
}

// Protocol is what a backend speaks.
type Protocol int

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

// Backend is a set of servers that serve the same: an OpenShift Service and
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
}

// Check is a health check of a backend's servers.
type Check struct {
	Kind string // "tcp", "tls", "http"; "" for none
	Path string
	SNI  string
}

// ServerState is what a server does when it is connected to.
type ServerState int

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
	Address string    // "" where none is stated
	Port    int       // where none is stated: 80, or 443 where the backend speaks TLS
	Weight  Fact[int] // default 1
	State   Fact[ServerState]
	Labels  []Label
}

// fullName is the name of the server behind that of its backend: shop/shop-1.
func (s *Server) fullName() string { return s.Backend.Name + "/" + s.Name }

// Usable reports whether a load balancer would try the server.
func (s *Server) Usable() bool { return s.State.V != ServerDown && s.Weight.V > 0 }

// Mode is where the client's TLS ends.
type Mode int

// The modes of a route.
const (
	ModeNone Mode = iota + 1 // plaintext on both hops
	ModeEdge
	ModeReencrypt
	ModePassthrough
)

// String returns the word of the language: none, edge, reencrypt, passthrough.
func (m Mode) String() string {
	switch m {
	case ModeNone:
		return "none"
	case ModeEdge:
		return "edge"
	case ModeReencrypt:
		return "reencrypt"
	case ModePassthrough:
		return "passthrough"
	}
	panic("flow: unknown mode")
}

// Modes lists the modes in the order in which pictures show them.
var Modes = []Mode{ModeNone, ModeEdge, ModeReencrypt, ModePassthrough}

// Upstream is the second session of a reencrypt route: tls reencrypt { … }.
type Upstream struct {
	UpstreamFacts
	End ClientEnd // Trust and Certificate fall back to the proxy's
}

// UpstreamFacts are the facts of a second session that name nothing else.
type UpstreamFacts struct {
	Origin  Origin       // none where nothing is stated of the session
	At      source.Span  // the block
	Name    Fact[string] // the name that must stand in the server's certificate; "" checks none, with SNIHost the request's host
	SNI     Fact[string] // what is sent; "" sends none. Default: Name
	SNIHost bool         // sni host: the request's host is sent
}

// IsSet reports whether anything is stated of the session.
func (u *Upstream) IsSet() bool { return u.Origin != OriginNone }

// SNIMatch is how a route matches the SNI.
type SNIMatch int

// The values of SNIMatch.
const (
	SNIHost SNIMatch = iota // the route's host
	SNINone                 // sni none: a ClientHello without SNI
	SNIAny                  // sni any: whatever it says
)

// Insecure is what happens to plaintext requests for a TLS route.
type Insecure int

// The policies of insecure.
const (
	InsecureNone Insecure = iota + 1
	InsecureAllow
	InsecureRedirect
)

// String returns the word of the language.
func (i Insecure) String() string {
	switch i {
	case InsecureNone:
		return "none"
	case InsecureAllow:
		return "allow"
	case InsecureRedirect:
		return "redirect"
	}
	panic("flow: unknown insecure policy")
}

// Match is match header|cookie NAME "V".
type Match struct {
	Kind, Name, Value string
	At                source.Span
}

// HeaderAction is header request|response set|delete NAME ["V"].
type HeaderAction struct {
	On, Do, Name, Value string
	At                  source.Span
}

// Target is one `to` of a route: a backend, or another proxy.
type Target struct {
	Backend *Backend // nil where Proxy is set
	Proxy   *Proxy
	Port    int       // of a proxy; 0: the port that the request came to
	Weight  Fact[int] // default 1
	At      source.Span
}

// Name returns the name of the backend or proxy.
func (t *Target) Name() string {
	if t.Backend != nil {
		return t.Backend.Name
	}
	return t.Proxy.Name
}

// Route is what a proxy does with a host. Its name may have a namespace before
// it: hr/portal.
type Route struct {
	Decl
	RouteFacts
	Namespace *Namespace // nil where the name has none, or it is not declared
	On        []OnProxy  // stated places; empty: the only proxy, or those that admit it
	Upstream  Upstream
	Targets   []*Target

	Certificate       Fact[*Certificate]
	ClientCertificate Fact[ClientAuth]

	Proxies []*Proxy // that serve it, by On or by admission
}

// RouteFacts are the facts of a route that name nothing else.
type RouteFacts struct {
	Host      Fact[string] // "*.X" for a wildcard; "" matches every host
	Subdomain Fact[string] // the host is this below the proxy's domain
	Path      Fact[string] // "" matches every path
	Matches   []Match
	SNI       Fact[SNIMatch]
	Labels    []Label
	Created   Fact[string] // "2026-01-01T00:00:00Z"
	Mode      Fact[Mode]   // default none
	ALPN      Fact[[]string]

	Insecure       Fact[Insecure] // default none
	RedirectStatus Fact[int]      // default 302

	Headers   []HeaderAction
	Affinity  Fact[string] // the cookie's name
	HSTS      Fact[int64]  // milliseconds
	Rewrite   Fact[string]
	Allow     []Fact[string] // CIDRs
	Timeouts  []Timeout
	SendProxy Fact[ProxyVersion]
	Policies  []Fact[string] // every-hop-encrypted, proxy-cannot-read
}

// OnProxy is one place of a route's on: PROXY[:PORT].
type OnProxy struct {
	Proxy *Proxy
	Port  int // 0: every port that fits
	At    source.Span
}

// FullName returns the route's name, with its namespace where it has one.
func (r *Route) FullName() string { return r.Name }

// HostOn returns the host that the route serves on a proxy: its own, or its
// subdomain below the proxy's first domain.
func (r *Route) HostOn(p *Proxy) string {
	if r.Subdomain.V != "" && len(p.Domains) > 0 {
		return r.Subdomain.V + "." + p.Domains[0].V
	}
	return r.Host.V
}

// FirstHost is the host of the route on the first proxy that serves it; its own
// where none does.
func (r *Route) FirstHost() string {
	if len(r.Proxies) == 0 {
		return r.Host.V
	}
	return r.HostOn(r.Proxies[0])
}

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
type StopAfter int

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
	After     Fact[*Request]
	Expect    []Expect
	Derived   bool // flowc's own, because the model has none
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

// ViewSpec is view NAME KIND: a picture worth keeping under its own name.
type ViewSpec struct {
	Decl
	ViewFacts
	Of   []*Request
	Only []string
}

// ViewFacts are the facts of a view that name nothing else.
type ViewFacts struct {
	Kind     string
	Show     []string
	Collapse []string
}
