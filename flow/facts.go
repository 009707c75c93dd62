package flow

import "slices"

// Facts is what a step says beyond its operation; nil where that says all. It
// is one of ProxyHeader, ClientHello, KeyGroup, CertificateShown, AlertSent,
// RequestLine, StatusLine, UnknownProtocol, Body, Tunnelled and Unread of
// messages, and of PortTaken, SNIDecision, CertificateChoice, Judgement,
// RouteChoice, Redirection, AnswerGiven, ServerChoice, Reuse and Expiry of actions.
type Facts interface{ facts() }

// ProxyHeader is what a PROXY header says, sent or read.
type ProxyHeader struct {
	Client string // its address, or the name of who sends the header; "" for none
	To     string // the address that the client connected to, where a capture shows it
	Local  bool   // a health check's: there is no client
}

// ClientHello is what a ClientHello shows.
type ClientHello struct {
	SNI    string   // "" for none
	ALPN   []string // offered
	Ticket bool     // it offers to resume a session
	Again  bool     // the second one, after a HelloRetryRequest, in a capture
}

// KeyGroup is the key exchange group that a HelloRetryRequest asks for.
type KeyGroup struct{ Name string }

// CertificateShown is what a Certificate message carries.
type CertificateShown struct{ Certificate *Certificate } // nil: none, where one was asked for

// AlertSent is what an alert says.
type AlertSent struct{ Alert Alert }

// RequestLine begins a request.
type RequestLine struct {
	Method, Path, Protocol string // "GET", "/cart", "HTTP/1.1"
	Early                  bool   // it is sent as early data
}

// StatusLine begins a response.
type StatusLine struct {
	Protocol string // "HTTP/1.1"
	Status   int
	Reason   string // "OK"; "" for none
}

// UnknownProtocol represents a request and a response of a protocol that flowc does not know.
type UnknownProtocol struct {
	Early bool // it is sent as early data
}

// Body is the length of a body.
type Body struct{ Bytes int64 }

// Tunnelled is the protocol of bytes that follow an upgrade.
type Tunnelled struct{ Protocol string }

// Unread is data of a capture that could not be decrypted.
type Unread struct{}

// PortTaken is the port that takes a connection.
type PortTaken struct{ Port int }

// SNIDecision is what a port does with a connection by its SNI.
type SNIDecision struct {
	SNI   string // "" for none
	Route *Route // to which the connection is relayed; nil where it is not
	Ends  bool   // TLS ends here; false with no Route: the connection is closed
}

// CertificateChoice is the certificate that an end shows for an SNI.
type CertificateChoice struct {
	Certificate *Certificate // nil where none is stated
	SNI         string
}

// Judgement is the verdict of an end about the certificate of the other end.
type Judgement struct {
	Certificate *Certificate
	Checks      []string // a CA, a name
	Refused     bool
	Why         *Why // of a refusal that no check lists
}

// RouteChoice is the route by which a proxy sends a request on.
type RouteChoice struct {
	Route *Route
	Why   *Why // where there is none
}

// Redirection is where a proxy sends the client.
type Redirection struct {
	Status       int
	Scheme, Host string // of a URL; "" where the proxy sends a path alone
	Path         string // with the query
	Port         int    // of the URL; 0 for that of the scheme
}

// AnswerGiven is what a proxy answers by a route itself.
type AnswerGiven struct{ Answer Answer }

// ServerChoice is where a proxy sends a request.
type ServerChoice struct {
	Server *Server
	Proxy  *Proxy // where it is another proxy
	Of     int    // among how many that take turns; 0 where there is no choice
	Cookie string // that binds the client to it; "" for none
	Why    *Why   // where there is none
}

// Reuse is the connection that is used again.
type Reuse struct{ Connection *Connection }

// Expiry is the timeout that is over: server.
type Expiry struct{ Timeout string }

func (ProxyHeader) facts()       {}
func (ClientHello) facts()       {}
func (KeyGroup) facts()          {}
func (CertificateShown) facts()  {}
func (AlertSent) facts()         {}
func (RequestLine) facts()       {}
func (StatusLine) facts()        {}
func (UnknownProtocol) facts()   {}
func (Body) facts()              {}
func (Tunnelled) facts()         {}
func (Unread) facts()            {}
func (PortTaken) facts()         {}
func (SNIDecision) facts()       {}
func (CertificateChoice) facts() {}
func (Judgement) facts()         {}
func (RouteChoice) facts()       {}
func (Redirection) facts()       {}
func (AnswerGiven) facts()       {}
func (ServerChoice) facts()      {}
func (Reuse) facts()             {}
func (Expiry) facts()            {}

// SameMessage reports whether two messages are the same operation and say the
// same.
func SameMessage(a, b *Step) bool {
	if a.Op != b.Op {
		return false
	}
	x, isHello := a.Facts.(ClientHello)
	y, both := b.Facts.(ClientHello)
	if isHello && both {
		return x.SNI == y.SNI && x.Ticket == y.Ticket && x.Again == y.Again && slices.Equal(x.ALPN, y.ALPN)
	}
	return isHello == both && a.Facts == b.Facts
}

// Alert is the alert that a step sends; 0 for none, and for one that a capture
// does not show.
func (s *Step) Alert() Alert {
	a, _ := s.Facts.(AlertSent)
	return a.Alert
}

// early are the facts of a request that is sent as early data.
func early(f Facts) Facts {
	switch f := f.(type) {
	case RequestLine:
		f.Early = true
		return f
	case UnknownProtocol:
		f.Early = true
		return f
	default:
		panic("flow: early data that is no request")
	}
}
