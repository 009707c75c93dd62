package flow

// Profile is how one version of a proxy behaves where protocols and
// configuration leave it a choice. It is data: what is derived reads it, so
// that another product is another table. A field stands here once something
// reads it.
type Profile struct {
	Product string // "HAProxy"
	Version string // "2.6"

	Server ServerProfile // of its ports
	Client ClientProfile // towards its backends
}

// ServerProfile is how an end behaves that takes TLS sessions. Where an alert
// is named, it is the one with which the end refuses a session.
type ServerProfile struct {
	UnknownSNI string // it is strict about the SNI and has no certificate for it
	NoALPN     string // it has none of the protocols that the client offers; "": it goes on without one

	NoCertificate12 string // it requires a client certificate and there is none, before TLS 1.3
	NoCertificate13 string // the same in TLS 1.3
	UnknownCA       string // of a client certificate
	Expired         string // a client certificate

	Tickets        int  // of TLS 1.3, after a full handshake
	TicketsResumed int  // the same after a resumed one
	TicketsLast    bool // they come after the client's Finished; false: with the first flight or later
}

// ClientProfile is how an end behaves that opens TLS sessions. Where an alert
// is named, it is the one with which the end refuses the server's certificate;
// where it is "", the end completes the handshake and closes.
type ClientProfile struct {
	UnknownCA string
	Expired   string
	WrongName string

	Resumes         bool // it resumes an earlier session
	RetriesWrongSNI bool // it tries again where the certificate does not cover the SNI that it sent
}

// haproxy26 is HAProxy 2.6 with OpenSSL, as it was measured.
var haproxy26 = Profile{
	Product: "HAProxy",
	Version: "2.6",
	Server: ServerProfile{
		UnknownSNI:      "unrecognized_name",
		NoCertificate12: "handshake_failure",
		NoCertificate13: "certificate_required",
		UnknownCA:       "unknown_ca",
		Expired:         "certificate_expired",
		Tickets:         2,
		TicketsResumed:  1,
		TicketsLast:     true,
	},
	Client: ClientProfile{
		UnknownCA: "unknown_ca",
		Expired:   "certificate_expired",
		WrongName: "internal_error",
		Resumes:   true,
	},
}

// goServer is a server of Go's net/http, with which backends were measured.
var goServer = ServerProfile{
	UnknownSNI:      "internal_error",
	NoCertificate12: "handshake_failure",
	NoCertificate13: "certificate_required",
	UnknownCA:       "unknown_ca",
	Expired:         "certificate_expired",
	Tickets:         2,
	TicketsResumed:  1,
}

// curlClient is curl, with which clients were measured: it compares the name
// when the handshake is done.
var curlClient = ClientProfile{
	UnknownCA: "unknown_ca",
	Expired:   "certificate_expired",
	Resumes:   true,
}

// HAProxy26 is the profile of a proxy that states no other. It must not be
// changed.
func HAProxy26() *Profile { return &haproxy26 }

// Behaves is the proxy's profile.
func (p *Proxy) Behaves() *Profile {
	if p.Profile == nil {
		return &haproxy26
	}
	return p.Profile
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
