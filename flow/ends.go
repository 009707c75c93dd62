package flow

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

// Versions is the range of TLS versions that an end supports, both ends included.
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
type ProxyVersion int8

// ClientEnd is the client's side of a TLS hop: a client's own, or a proxy's
// towards a backend.
type ClientEnd struct {
	ClientEndFacts
	Trust       []Fact[*CA] // empty: every CA that is not private
	Certificate Fact[*Certificate]
}

// ClientEndFacts are the facts of a client's side that refer to no other declaration.
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

	names *nameIndex // of Certificates, see Topology.index
}

// ServerEndFacts are the facts of a server's side that refer to no other declaration.
type ServerEndFacts struct {
	TLS       Fact[Versions]
	ALPN      Fact[[]string] // V nil: none is chosen
	Groups    Fact[[]string]
	StrictSNI Fact[bool]
	EarlyData Fact[bool]
}

// ClientAuth is whether a server end requests the client's certificate (CertificateRequest, RFC
// 8446, 4.3.2), and the CA whose signature it accepts.
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
