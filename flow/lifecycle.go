package flow

// Lifecycle is what happens for one request: the ordered messages on every
// connection and the actions inside each node, up to the outcome. Steps is one
// course that the partial order allows; After is that order.
type Lifecycle struct {
	Topology     *Topology
	Request      *Request
	Outcome      Outcome
	Assumed      []Assumption // what the derivation used and nothing states, in the order of use
	Participants []*Participant
	Connections  []*Connection
	Sessions     []*Session
	Exchanges    []*Exchange
	Steps        []*Step

	// Before is the lifecycle of the request that this one comes after (after
	// R); nil for none. Its steps are over before the first one here.
	Before *Lifecycle

	// Later is what happens to connections after the outcome, unless a later
	// request uses them: a proxy ends those that idle in its pool. Its steps
	// are numbered on from Steps.
	Later []*Step

	over *carryOver
}

// ParticipantKind is the kind of a lifeline.
type ParticipantKind int

// The kinds of participant.
const (
	KindClient ParticipantKind = iota + 1
	KindProxy
	KindInner // the second stage of a proxy, where it has an address of its own
	KindServer
)

// String returns the word of the JSON contract.
func (k ParticipantKind) String() string {
	switch k {
	case KindClient:
		return "client"
	case KindProxy:
		return "proxy"
	case KindInner:
		return "inner"
	case KindServer:
		return "server"
	}
	panic("flow: unknown participant kind")
}

// Participant is one lifeline. Exactly one of Client, Proxy and Server is set
// (Proxy for an inner stage, too).
type Participant struct {
	ID      string // "browser", "haproxy", "haproxy/inner", "shop/shop-1"
	Kind    ParticipantKind
	Label   string
	Zone    *Zone
	Address string // without port; "" where none is stated
	Client  *Client
	Proxy   *Proxy
	Server  *Server
}

// Connection is one TCP connection. A retry is a connection of its own.
type Connection struct {
	ID       string // "browser>haproxy#1"
	From, To *Participant
	Source   string // the client side's address, "" where unstated
	Address  string
	Port     int
	Listener *Listener // at To, where To is a proxy
	Attempt  int       // 1 unless it is a retry
	Check    bool      // a health check's
	header   *Step     // the PROXY header that it begins with; nil for none
	place    int       // among those of its lifecycle, while that is derived

	// Since is the connection of Before, or of what came before that, that goes
	// on here: it idled in a proxy's pool. nil for one that opens here.
	Since *Connection
	// Pooled says that the proxy keeps it for reuse beyond the last step; else it
	// is closed by then.
	Pooled bool
	// Route is the route that the opener had chosen when it opened it; nil for
	// the client's own connection.
	Route *Route
}

// OverSocket reports whether it is one of a unix socket: no packet shows it.
func (c *Connection) OverSocket() bool { return c.Listener != nil && c.Listener.Socket.IsSet() }

// Session is one TLS session. The same session on both sides of a node means
// that the node relays it and cannot read it.
type Session struct {
	ID          string          // "T1", "T2", … in the order in which they open
	Ends        [2]*Participant // client's side, server's side: they hold its keys
	RelayedBy   []*Participant
	Connections []*Connection // the path from client end to server end
	Version     Version       // 0 where the ends share none
	Shared      Versions      // the range that both ends can do
	ALPN        string        // chosen; "" for none
	Offered     []string      // ALPN
	SNI         string        // "" for none
	Certificate *Certificate  // the server's; nil where it is not stated
	ClientCert  *Certificate  // the client's, where it shows one
	Requested   bool          // the server asked for a client certificate
	Checks      []string      // what the client end verified: "service-ca", "shop.shop.svc"
	Verified    bool          // false where verify none is stated
	Resumed     bool
	EarlyData   bool
	Up          bool     // the handshake completed on both ends
	Since       *Session // of an earlier lifecycle, whose connection goes on here; nil for one that opens here
	Opened      *Step    // its ClientHello; nil with Since
	Established *Step    // the last Finished; nil with Since
	Closed      *Step    // the first close_notify, fatal alert, or the FIN or RST that ended it; nil while it stays
	takesEarly  bool     // a ticket of it allows early data
	unusable    bool     // the client end needs a protocol that was not chosen
}

// Exchange is one request of the client and its answer, through however many
// proxies. Every step between belongs to it (Step.Exchange).
type Exchange struct {
	Call   Call
	Index  int     // 0 for the first on its connection
	Route  *Route  // the last one chosen on the way; nil where none was
	Server *Server // that was asked; nil where none was
	Status int     // 0 where no HTTP answer came
}

// StepKind is message or action.
type StepKind int

// The kinds of step.
const (
	Message StepKind = iota + 1 // crosses a connection
	Action                      // happens inside a node
)

// String returns the word of the JSON contract.
func (k StepKind) String() string {
	switch k {
	case Message:
		return "message"
	case Action:
		return "action"
	}
	panic("flow: unknown step kind")
}

// Layer is the protocol of a message.
type Layer int

// The layers of a message; actions have none.
const (
	LayerTCP Layer = iota + 1
	LayerPROXY
	LayerTLS
	LayerHTTP
)

// String returns the word of the JSON contract.
func (l Layer) String() string {
	switch l {
	case LayerTCP:
		return "tcp"
	case LayerPROXY:
		return "proxy"
	case LayerTLS:
		return "tls"
	case LayerHTTP:
		return "http"
	}
	panic("flow: unknown layer")
}

// Admission is an address that an allow list allows.
type Admission struct {
	Address string // that the proxy takes for the client's; "" where none is stated
}

// Step is one message or action.
type Step struct {
	N          int          // counts all steps from 1
	ID         string       // "T2.ClientHello", "haproxy.choose-server"; survives edits of the model
	At         *Participant // of an action
	Connection *Connection  // of a message
	From, To   *Participant // of a message
	Facts      Facts        // what it says beyond Op; nil where that says all
	Session    *Session     // the TLS session that carries it, or that an action is about; nil for none
	Exchange   *Exchange
	After      []*Step
	Instead    *Step // that may come in its place: of the two at least one is on the wire; nil for none
	Wait       int64 // milliseconds that pass before it: 1000 before a retry, the timeout before timeout

	// Small fields stand together: a large model has millions of steps.
	Attempt   int32 // 1; 2 and more for retries
	Op        Op
	Flight    Flight     // the handshake flight that it belongs to; 0 for none
	Fault     Fault      // set on the step where something goes wrong
	Protected bool       // an observer on this hop cannot read it
	Relayed   bool       // From passes it on without understanding more than a ClientHello's SNI
	Optional  bool       // may be missing on the wire: a TLS 1.3 ChangeCipherSpec, tickets, the RST tail
	Admits    *Admission // by an allow list that is asked in it; nil where none is, or where it refuses
}

// Flight is what one end of a handshake sends without waiting.
type Flight uint8

// The flights of a handshake.
const (
	FlightClientHello Flight = iota + 1
	FlightRetry              // HelloRetryRequest
	FlightServer
	FlightClientFinished
	FlightServerFinished // of TLS 1.2
	FlightTickets        // of TLS 1.3
)

// Fault is the kind of failure of a request.
type Fault uint8

// The faults that a derivation can meet.
const (
	FaultNone              Fault = iota
	FaultNoListener              // nothing listens on the port
	FaultProtocol                // plaintext to a TLS end, or TLS to a plaintext one
	FaultProxyHeader             // a PROXY header expected and not sent, or the other way round
	FaultNoSNI                   // a relay had to choose by SNI and there is none
	FaultNoRoute                 // no route matches
	FaultNoServer                // the route has no usable server
	FaultRefused                 // every attempt was answered with RST
	FaultSilent                  // the server never answered
	FaultVersion                 // no TLS version in common
	FaultALPN                    // no application protocol in common, where an end insists
	FaultGroup                   // no key exchange group in common
	FaultStrictSNI               // the listener is strict and has no certificate for the name
	FaultUnknownCA               // a certificate whose issuer the verifier does not trust
	FaultWrongName               // a certificate that does not cover the name
	FaultExpired                 // a certificate outside its validity
	FaultClientCertificate       // required and not sent, or of another CA
	FaultUncertified             // a route answers those without a client certificate itself
	FaultDenied                  // an allow list that the client is not on
	FaultInsecure                // a plaintext request for a TLS route that does not allow it
	FaultRedirectLoop            // a redirect to the URL that was asked for
	FaultAborted                 // the client stopped, as the request says
)
