package flow

import "github.com/flowc-lang/flowc/source"

// Draft is a model as a front end reads it: declarations with the facts that
// are stated of them, and what they mean by name. Nothing is looked up and
// nothing is defaulted in it: Complete does both. The zero value of every fact
// is "not stated", and a fact without a place is as good as one with a place,
// so that a draft can be written down in Go. Names of clients, proxies, backends
// and servers have letters, digits, "_", "." and "-"; those of routes and
// requests may have a namespace and a slash before them.
type Draft struct {
	Name  string // the model's: "reencrypt"
	Title string
	Date  string // "2026-11-01", or "" where no date is stated

	Profile *Profile // of the proxies that name no other; nil: see Proxy.Behaves

	Declarations []Declaration // in the order in which they are made, those of imported files first
	Unmodelled   []Unmodelled
	Lost         Lost
}

// Ref is a name that another declaration has, and the place that uses it. An
// empty name is none.
type Ref = Fact[string]

// Unmodelled is a statement that a front end read and the model cannot express.
type Unmodelled struct {
	At   source.Span
	What string // one line, such as the directive itself
	Kind UnmodelledKind
	// Leads is the backend to which it may send requests that no route sends there;
	// Anywhere says that it may be each of them.
	Leads    string
	Anywhere bool
	Of       []string // the proxies of a product that does otherwise
	More     int      // further statements of the kind, which are not listed one by one
	// Says tells apart two statements whose words are the same. It is never shown.
	Says  string
	Parts []UnmodelledPart // what it is about, one by one, where that is several things together
}

// UnmodelledPart is one of the things that a statement is about.
type UnmodelledPart struct {
	At   source.Span
	What string
	Says string
}

// UnmodelledKind says what a statement that is not modelled means for what is drawn.
type UnmodelledKind int

// The kinds, the mildest first.
const (
	NoEffect       UnmodelledKind = iota + 1 // it changes neither where requests go nor TLS: logging, tuning
	LosesDetail                              // the model lacks a detail: a rate limit, an authentication
	OtherProduct                             // a product does otherwise than the model: What says how, of all of it
	ChangesRouting                           // it may change where a request goes
)

// Lost is text that a front end could not read. No finding is based on it: a name that may be
// declared there is not unknown, and a fact that may be stated there is not missing.
type Lost struct {
	File    bool       // a file that the model imports is missing
	Names   []string   // names in what was not understood: one of them may be declared there
	Unnamed []DeclKind // kinds of which a declaration lost its name
}

// DeclKind is a kind of declaration.
type DeclKind int

// The kinds of declarations. A server is one inside of a backend.
const (
	DeclZone DeclKind = iota + 1
	DeclLink
	DeclCA
	DeclCertificate
	DeclNamespace
	DeclClient
	DeclProxy
	DeclBackend
	DeclServer
	DeclRoute
	DeclRequest
	DeclView
)

// String returns the word for a declaration of the kind.
func (k DeclKind) String() string {
	switch k {
	case DeclZone:
		return "zone"
	case DeclLink:
		return "link"
	case DeclCA:
		return "ca"
	case DeclCertificate:
		return "certificate"
	case DeclNamespace:
		return "namespace"
	case DeclClient:
		return "client"
	case DeclProxy:
		return "proxy"
	case DeclBackend:
		return "backend"
	case DeclServer:
		return "server"
	case DeclRoute:
		return "route"
	case DeclRequest:
		return "request"
	case DeclView:
		return "view"
	}
	panic("flow: unknown kind of declaration")
}

// Declaration is one declaration of a draft: one of *ZoneDraft, *LinkDraft,
// *CADraft, *CertificateDraft, *NamespaceDraft, *ClientDraft, *ProxyDraft,
// *BackendDraft, *RouteDraft, *RequestDraft, *ViewDraft.
type Declaration interface{ declares() DeclKind }

// KindOf is the kind of a declaration.
func KindOf(d Declaration) DeclKind { return d.declares() }

// ZoneDraft declares a Zone.
type ZoneDraft struct {
	Decl
	Trust Fact[Trust]
}

// LinkDraft declares the Link between two zones.
type LinkDraft struct {
	A, B    Ref
	Trust   Fact[Trust]
	At      source.Span // the whole of it
	Keyword source.Span // what a finding about it points at
}

// CADraft declares a CA.
type CADraft struct {
	Decl
	Private Fact[bool]
	Is      string // see CA
}

// CertificateDraft declares a Certificate.
type CertificateDraft struct {
	Decl
	CertificateFacts
	Issuer Ref
}

// NamespaceDraft declares a Namespace.
type NamespaceDraft struct {
	Decl
	Labels []Label
}

// ClientEndDraft is a ClientEnd by names.
type ClientEndDraft struct {
	ClientEndFacts
	Trust       []Ref
	Certificate Ref
}

// ServerEndDraft is a ServerEnd by names.
type ServerEndDraft struct {
	ServerEndFacts
	Certificates      []Ref
	ClientCertificate Fact[ClientAuthDraft]
}

// ClientAuthDraft is a ClientAuth by names.
type ClientAuthDraft struct {
	Mode AuthMode
	CA   Ref
}

// ClientDraft declares a Client.
type ClientDraft struct {
	Decl
	ClientFacts
	Zone Ref
	End  ClientEndDraft
}

// ProxyDraft declares a Proxy.
type ProxyDraft struct {
	Decl
	ProxyFacts
	Zone       Ref
	Listeners  []*ListenerDraft // none: :80 and :443
	End        ClientEndDraft
	From       []Ref
	Incomplete bool // a statement of it was not understood
}

// ListenerDraft declares a Listener of a proxy.
type ListenerDraft struct {
	ListenerFacts
	End ServerEndDraft
}

// BackendDraft declares a Backend.
type BackendDraft struct {
	Decl
	BackendFacts
	Zone       Ref
	Servers    []*ServerDraft
	NoServers  Fact[bool] // it is stated that it has none
	ServerPort int        // of the one server that is assumed; 0 for that of what it speaks
	End        ServerEndDraft
	Incomplete bool // a statement of it was not understood
	LostServer bool // a server of it was not understood
}

// ServerDraft declares a Server of a backend.
type ServerDraft struct {
	Decl
	ServerFacts
}

// RouteDraft declares a Route. Where its name has a namespace before it, that
// is looked up, if the model declares any.
//
// A route of several hosts is several routes in the topology, which differ in
// their host alone: what clients are shown, the SNI and ownership are of a name.
type RouteDraft struct {
	Decl
	RouteFacts
	Hosts             []Fact[string] // further ones, beside Host
	On                []OnDraft
	Upstream          UpstreamDraft
	Targets           []TargetDraft
	Certificate       Ref
	ClientCertificate Fact[ClientAuthDraft]
	Incomplete        bool // a statement of it was not understood
}

// OnDraft is one place of a route: a proxy, perhaps one of its ports.
type OnDraft struct {
	Proxy Ref
	Port  int         // 0: every port that fits
	At    source.Span // the proxy with its port
}

// TargetDraft is where a route leads to: a backend, or a proxy with perhaps one
// of its ports.
type TargetDraft struct {
	To     Ref
	Port   int // of a proxy; 0: the port that the request came to
	Weight Fact[int]
	// Certified is the name that the certificates of its servers must have, where that is
	// another one than the Name of the route's session.
	Certified Fact[string]
	At        source.Span // the target with its port
}

// UpstreamDraft is the Upstream of a route by names.
type UpstreamDraft struct {
	UpstreamFacts
	End ClientEndDraft
}

// RequestDraft declares a Request.
type RequestDraft struct {
	Decl
	RequestFacts
	From       Ref // a client, or the proxy of a health check
	Via        Ref
	After      Ref
	Check      Ref // the backend of a health check
	Expect     []ExpectDraft
	Incomplete bool // a statement of it was not understood
}

// ExpectDraft is one expected outcome of a request. From is a client, a proxy,
// a server or BACKEND/SERVER.
type ExpectDraft struct {
	Ending Ending
	From   Ref
	At     source.Span
}

// ViewDraft declares a view.
type ViewDraft struct {
	Decl
	ViewFacts
	Of         []Ref
	Only       []Ref // clients, proxies, backends, servers as BACKEND/SERVER, routes
	Around     []Ref // the same, and zones
	Incomplete bool  // it was not understood: its name is taken, and it is left out
}

func (*ZoneDraft) declares() DeclKind        { return DeclZone }
func (*LinkDraft) declares() DeclKind        { return DeclLink }
func (*CADraft) declares() DeclKind          { return DeclCA }
func (*CertificateDraft) declares() DeclKind { return DeclCertificate }
func (*NamespaceDraft) declares() DeclKind   { return DeclNamespace }
func (*ClientDraft) declares() DeclKind      { return DeclClient }
func (*ProxyDraft) declares() DeclKind       { return DeclProxy }
func (*BackendDraft) declares() DeclKind     { return DeclBackend }
func (*RouteDraft) declares() DeclKind       { return DeclRoute }
func (*RequestDraft) declares() DeclKind     { return DeclRequest }
func (*ViewDraft) declares() DeclKind        { return DeclView }
