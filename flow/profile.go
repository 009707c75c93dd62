package flow

import "strings"

// Profile is the behaviour of one version of a proxy where protocols and configuration leave it a
// choice. It is data that the derivation reads, so that another product is another table. It has
// only fields that are read.
type Profile struct {
	Product string // "HAProxy"
	Version string // "2.6"

	Server   ServerProfile // of its ports
	Client   ClientProfile // towards its backends
	Defaults Defaults

	BuffersBody  bool         // it reads a request's body whole before it connects
	UpstreamHTTP string       // the version in which it speaks to HTTP/1 backends
	StageHeader  ProxyVersion // by which its second stage is told the client's address

	RetryInterval int64 // milliseconds
	Unreached     int   // the status where no server can be asked: none is usable, refused, TLS failed
	Broken        int   // where the server's connection ended behind the request
	Silent        int   // where the server's timeout passed

	Plaintext      Reply // to plaintext on a port where TLS ends
	StrayHeader    Reply // to a PROXY header that the port does not accept
	TakesPreface   bool  // a port on which HTTP/1.1 is spoken takes the preface of HTTP/2, too
	NothingAsked   Reply // to a client that closes before it asked for anything
	ResetsNoHeader bool  // it resets a connection that lacks the PROXY header; false: it closes

	ResetsOnTimeout bool  // it ends a server's connection with RST when its timeout is over; false: with FIN
	PoolPurge       int64 // milliseconds after which it may end a connection of its idle pool
	PoolResets      bool  // such an end is RST in plaintext; false: FIN
	PoolNotifies    bool  // and in TLS a close_notify goes before it

	AnswersNotify bool // it answers a client's close_notify with its own; false: with FIN alone
	LosesAlert    bool // over a socket to its second stage it may lose an alert that crosses the client's request
	RelaysReset   bool // it passes a client's RST on as RST; false: as FIN

	CheckAcknowledges bool // a tcp check completes the connection before it ends it
}

// Defaults are the facts that hold for a proxy if the model states none.
type Defaults struct {
	Order        RouteOrder
	Connection   string
	Reuse        string
	Retries      int
	Redirect     int    // the status
	Unmatched    string // of a port that can answer
	InspectDelay int64  // milliseconds
	Timeouts     []Timeout
}

// Reply is the HTTP response to bytes that are not a request of the port. The zero Reply closes
// the connection without a response.
type Reply struct {
	Protocol string // "HTTP/1.1"
	Status   int
	Reason   string // "Bad request"
}

func (r Reply) line() StatusLine {
	return StatusLine(r)
}

// ServerProfile is the behaviour of an end that accepts TLS sessions. The alerts are those with
// which the end refuses a session.
type ServerProfile struct {
	TLS  Versions // that it can do
	ALPN []string // of a port, or a server, that reads HTTP and states none; nil: it knows none

	ClientHello Reply // to a ClientHello on a plaintext port

	UnknownSNI Alert // has strict-sni and no certificate for the SNI
	NoALPN     Alert // it has none of the protocols that the client offers; 0: it goes on without one
	FallsBack  bool  // with h2 alone it goes on without one where the client offers http/1.1, whatever NoALPN is

	NoCertificate12 Alert // it requires a client certificate and there is none, before TLS 1.3
	NoCertificate13 Alert // the same in TLS 1.3
	UnknownCA       Alert // of a client certificate
	Expired         Alert // a client certificate

	Tickets        int  // of TLS 1.3, after a full handshake
	TicketsResumed int  // the same after a resumed one
	TicketsLast    bool // they come after the client's Finished; false: with the first flight or later
}

// ClientProfile is the behaviour of an end that opens TLS sessions. The alerts are those with
// which the end refuses the server's certificate; if one is 0, the end completes the handshake and
// closes.
type ClientProfile struct {
	TLS  Versions // that it can do
	ALPN []string // that it offers

	UnknownCA Alert
	Expired   Alert
	WrongName Alert

	NeedsALPN       bool // without HTTP/1.1 among what it offers, it ends a session for which nothing was chosen
	Resumes         bool // it resumes an earlier session
	RetriesWrongSNI bool // it tries again where the certificate does not cover the SNI that it sent
}

// haproxy26 is HAProxy 2.6 with OpenSSL, as it was measured.
var haproxy26 = Profile{
	Product: "HAProxy",
	Version: "2.6",
	Defaults: Defaults{
		Order:        ByPrecedence,
		Connection:   "keep-alive",
		Reuse:        "safe",
		Retries:      3,
		Redirect:     302,
		Unmatched:    "503",
		InspectDelay: 5000,
	},
	Server: ServerProfile{
		TLS:             Versions{TLS12, TLS13},
		ClientHello:     Reply{"HTTP/1.1", 400, "Bad request"},
		UnknownSNI:      AlertUnrecognizedName,
		NoCertificate12: AlertHandshakeFailure,
		NoCertificate13: AlertCertificateRequired,
		UnknownCA:       AlertUnknownCA,
		Expired:         AlertCertificateExpired,
		Tickets:         2,
		TicketsResumed:  1,
		TicketsLast:     true,
	},
	Client: ClientProfile{
		TLS:       Versions{TLS12, TLS13},
		UnknownCA: AlertUnknownCA,
		Expired:   AlertCertificateExpired,
		WrongName: AlertInternalError,
		Resumes:   true,
	},
	UpstreamHTTP:    "HTTP/1.1",
	StageHeader:     1,
	RetryInterval:   1000,
	Unreached:       503,
	Broken:          502,
	Silent:          504,
	TakesPreface:    true,
	NothingAsked:    Reply{"HTTP/1.1", 400, "Bad request"},
	ResetsNoHeader:  true,
	ResetsOnTimeout: true,
	PoolPurge:       5000,
	PoolResets:      true,
	PoolNotifies:    true,
	AnswersNotify:   true,
	RelaysReset:     true,
}

// haproxy32 is HAProxy 3.2 with OpenSSL 3.6, measured by the same cases as 2.6. It
// differs where it states none: since 2.8 a port that ends TLS and reads HTTP offers h2
// (HAProxy 3.2 configuration manual, 5.1, "alpn" and "no-alpn"; a tcp port offers none:
// measured). Where a second stage over a unix socket refuses a client of TLS 1.3 whose
// request is on its way, 4 of 14 clients saw the connection end without the alert, and 9
// of 300; none of 600 with 2.6, and none over loopback.
var haproxy32 = newer(haproxy26, "3.2", func(p *Profile) {
	p.Server.ALPN = []string{"h2", "http/1.1"}
	p.LosesAlert = true
})

// newer is another version of a product.
func newer(p Profile, version string, differs func(*Profile)) Profile {
	p.Version = version
	differs(&p)
	return p
}

// String is how the language names a profile: "haproxy 3.2".
func (p *Profile) String() string { return strings.ToLower(p.Product) + " " + p.Version }

// profiles are those that a model can name, the oldest version of a product first.
var profiles = []*Profile{&haproxy26, &haproxy32}

// FindProfile is the profile of a version of a product, as the language names them:
// "haproxy", "3.2"; nil where there is none. It must not be changed.
func FindProfile(product, version string) *Profile {
	for _, p := range profiles {
		if p.String() == product+" "+version {
			return p
		}
	}
	return nil
}

// goServer is a server of Go's net/http, with which backends were measured. Where it
// shares no protocol with its client it refuses, as OpenSSL's servers do; but a
// client of http/1.1 may come to one of h2 alone (crypto/tls, negotiateALPN; OpenSSL
// refuses that, too).
var goServer = ServerProfile{
	TLS:             Versions{TLS12, TLS13},
	ClientHello:     Reply{"HTTP/1.1", 400, "Bad Request"},
	UnknownSNI:      AlertInternalError,
	NoALPN:          AlertNoApplicationProtocol,
	FallsBack:       true,
	NoCertificate12: AlertHandshakeFailure,
	NoCertificate13: AlertCertificateRequired,
	UnknownCA:       AlertUnknownCA,
	Expired:         AlertCertificateExpired,
	Tickets:         2,
	TicketsResumed:  1,
}

// curlClient is curl, with which clients were measured: it compares the name
// when the handshake is done. One that offers h2 alone has nothing else to speak
// (grpc-go).
var curlClient = ClientProfile{
	TLS:       Versions{TLS12, TLS13},
	UnknownCA: AlertUnknownCA,
	Expired:   AlertCertificateExpired,
	NeedsALPN: true,
	Resumes:   true,
}

// HAProxy26 is the profile of a proxy for which the model states no other one. It must not be
// changed.
func HAProxy26() *Profile { return &haproxy26 }

// Behaves is the proxy's profile.
func (p *Proxy) Behaves() *Profile {
	if p.Profile == nil {
		return &haproxy26
	}
	return p.Profile
}

// behaves is the profile of the first proxy that serves the route.
func (r *Route) behaves() *Profile {
	if len(r.Proxies) == 0 {
		return &haproxy26
	}
	return r.Proxies[0].Behaves()
}

// serves is how a participant behaves as the server's end of TLS.
func (p *Participant) serves() *ServerProfile {
	if p.Proxy != nil {
		return &p.Proxy.Behaves().Server
	}
	return &goServer
}

// opens is how a participant behaves as the client's end of TLS.
func (p *Participant) opens() *ClientProfile {
	if p.Proxy != nil {
		return &p.Proxy.Behaves().Client
	}
	return &curlClient
}
