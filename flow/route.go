package flow

import (
	"slices"

	"github.com/flowc-lang/flowc/source"
)

// Mode is the place where the client's TLS terminates.
type Mode int8

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
	Name    Fact[string] // the name that the server's certificate must have; "" checks none, with SNIHost the request's host
	SNI     Fact[string] // what is sent; "" sends none. Default: Name
	SNIHost bool         // sni host: the request's host is sent
	Within  bool         // the session stays within the machine, over loopback or a socket
}

// Checked is the name that must stand in the certificate of a server to which an
// SNI was sent, "" where no name is checked: the SNI, and Name only where none was
// (HAProxy configuration manual, 5.2, verifyhost: "when no SNI was used"; measured
// with 2.6.12, also of checks with check-sni).
func (u *Upstream) Checked(sni string) string {
	switch sni {
	case "":
		return u.Name.V
	case AnyHost:
		return "" // whatever the host is, a certificate may have it
	}
	return sni
}

// TargetOf is the target of a route that is a backend; nil for none.
func (r *Route) TargetOf(b *Backend) *Target {
	if i := slices.IndexFunc(r.Targets, func(t *Target) bool { return b != nil && t.Backend == b }); i >= 0 {
		return r.Targets[i]
	}
	return nil
}

// CheckedAt is Checked for one target of the route, which may state a name of its own.
func (u *Upstream) CheckedAt(t *Target, sni string) string {
	if t != nil && t.Certified.IsSet() && sni == "" {
		return t.Certified.V
	}
	return u.Checked(sni)
}

// IsSet reports whether anything is stated of the session.
func (u *Upstream) IsSet() bool { return u.Origin != OriginNone }

// SNIMatch is how a route matches the SNI.
type SNIMatch int8

// The values of SNIMatch.
const (
	SNIHost SNIMatch = iota // the route's host
	SNINone                 // sni none: a ClientHello without SNI
	SNIAny                  // sni any: whatever it says
)

// Insecure is what happens to plaintext requests for a TLS route.
type Insecure int8

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

// HeaderAction is header request|response set|delete NAME ["V"].
type HeaderAction struct {
	On, Do, Name, Value string
	Computed            bool // Value is an expression that the proxy evaluates, and no text
	At                  source.Span
}

// Target is one `to` of a route: a backend, or another proxy.
type Target struct {
	Backend *Backend // nil where Proxy is set
	Proxy   *Proxy
	Port    int       // of a proxy; 0: the port that the request came to
	Weight  Fact[int] // default 1
	// Certified is the name that the certificates of its servers must have, where that is
	// another one than the Name of the route's session.
	Certified Fact[string]
	At        source.Span
}

// Name returns the name of the backend or proxy.
func (t *Target) Name() string {
	if t.Backend != nil {
		return t.Backend.Name
	}
	return t.Proxy.Name
}

// Route is the rule of a proxy for a host. Its name may have a namespace before it: hr/portal.
type Route struct {
	Decl
	RouteFacts
	Namespace *Namespace // nil where the name has none, or it is not declared
	On        []OnProxy  // stated places; empty: the only proxy, or those that admit it
	Upstream  Upstream
	Targets   []*Target

	Certificate       Fact[*Certificate]
	ClientCertificate Fact[ClientAuth]

	Group   []*Route  // those that are declared as one, of which each has another host, in their order; none where it is the only one
	Proxies []*Proxy  // that serve it, by On or by admission
	Refused []Refusal // by proxies that would serve it otherwise
}

// RouteFacts are the facts of a route that name nothing else.
type RouteFacts struct {
	Host      Fact[string] // "*.X" for a wildcard; "" matches every host
	Subdomain Fact[string] // the host is this below the proxy's domain
	Path      Fact[string] // "" matches every path
	Matches   []Match      // further conditions: all must hold
	SNI       Fact[SNIMatch]
	Labels    []Label
	Created   Fact[string] // "2026-01-01T00:00:00Z"
	Mode      Fact[Mode]   // default none
	ALPN      Fact[[]string]

	Answer   Fact[Answer]     // what the proxy answers itself; such a route has no targets
	Redirect Fact[RedirectTo] // where the proxy redirects all that it takes; likewise

	WithoutCertificate Fact[int] // the status that a request gets without a verified client certificate; 0: it is served

	Insecure       Fact[Insecure] // default none
	RedirectStatus Fact[int]      // default 302

	Headers   []HeaderAction
	Affinity  Fact[string] // the cookie's name
	HSTS      Fact[int64]  // milliseconds
	Rewrite   Fact[string]
	Allow     []Fact[string] // CIDRs
	Timeouts  []Timeout
	Balance   Fact[string] // in place of the proxy's
	SendProxy Fact[ProxyVersion]
	Policies  []Fact[string] // every-hop-encrypted, proxy-cannot-read
}

// OnProxy is one place of a route's on: PROXY[:PORT].
type OnProxy struct {
	Proxy *Proxy
	Port  int // 0: every port that fits
	At    source.Span
}

// IsFirst reports whether a route is the first of those that are declared as one.
func (r *Route) IsFirst() bool { return len(r.Group) == 0 || r.Group[0] == r }

// CountRoutes is how many declarations routes are of.
func CountRoutes(routes []*Route) int {
	n := 0
	seen := map[*Route]bool{}
	for _, r := range routes {
		first := r
		if len(r.Group) > 0 {
			first = r.Group[0]
		}
		if len(r.Group) == 0 || !seen[first] {
			n++
		}
		if len(r.Group) > 0 {
			seen[first] = true
		}
	}
	return n
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

// FirstHost is the host of the route on the first proxy that serves it, or
// refuses to; its own where none does.
func (r *Route) FirstHost() string {
	switch {
	case len(r.Proxies) > 0:
		return r.HostOn(r.Proxies[0])
	case len(r.Refused) > 0:
		return r.HostOn(r.Refused[0].Proxy)
	}
	return r.Host.V
}
