package flow

// Why is the cause of a fault. Its Problem decides which of the fields are set.
type Why struct {
	Fault   Fault
	Problem Problem

	At          *Participant // where the problem is
	Peer        *Participant // whom At has it with
	Port        int          // of At; 0 where that does not matter
	Route       *Route
	Backend     *Backend
	Certificate *Certificate
	CA          *CA    // that At accepts
	Name        string // an SNI, a host, or the name that a certificate should have
	Path        string
	Scheme      string   // of a URL
	Address     string   // a client's
	Mine        Versions // of Peer
	Theirs      Versions // of At
	Date        string
}

// Reason is what tells two faults apart, as far as a model would be mended in another
// place: the courses of two requests that fail for one reason have equal ones.
type Reason struct {
	Problem Problem
	At      string // the ID of the participant
	Port    int
	Route   *Route
	Name    string // folded
}

// Reason returns the reason of a fault; the zero value for none.
func (w *Why) Reason() Reason {
	if w == nil {
		return Reason{}
	}
	r := Reason{Problem: w.Problem, Port: w.Port, Route: w.Route, Name: Fold(w.Name)}
	if w.At != nil {
		r.At = w.At.ID
	}
	return r
}

// Problem is the exact failure.
type Problem uint8

// The problems, each a sentence about the fields of a Why.
const (
	ProblemNotListening      Problem = iota + 1 // At does not listen on Port
	ProblemRefuses                              // At refuses connections on Port
	ProblemSilent                               // At never answers
	ProblemStops                                // At stops, as the request says
	ProblemNoHello                              // At never sends a ClientHello
	ProblemHelloToPlaintext                     // At speaks plaintext and was sent a ClientHello
	ProblemPlaintextToServer                    // At speaks TLS and was sent plaintext
	ProblemNotHTTP                              // HTTP is spoken on one side of At, and something else on the other
	ProblemOtherHTTP                            // At was sent HTTP of version Name, and reads another
	ProblemPlaintextToPort                      // At ends TLS on Port and was sent plaintext
	ProblemPlaintextNoHello                     // At waits for a ClientHello on Port and was sent plaintext
	ProblemStrayHeader                          // At was sent a PROXY header and does not accept one (on Port)
	ProblemMissingHeader                        // At expects a PROXY header (on Port) and was sent none
	ProblemNoSNI                                // At chooses by SNI on Port and there is none
	ProblemNoSNIRoute                           // no route of At has the SNI Name
	ProblemNoRoute                              // no route of At matches Name and Path
	ProblemNoPlaintext                          // the route for Name and Path does not accept plaintext
	ProblemNotAllowed                           // Address is not on the allow list of Route
	ProblemNoServer                             // no usable server for Route
	ProblemNoServerUp                           // Backend has no server that can be up
	ProblemNoVersion                            // Peer can do the versions Mine, At Theirs
	ProblemNoCertificate                        // At has no certificate for the SNI Name, "" for none, and is strict
	ProblemNoProtocol                           // At has none of the protocols that Peer offers
	ProblemNoneChosen                           // At needs one of the protocols that it offers, and Peer chose none
	ProblemNoGroup                              // At has none of the key exchange groups of Peer
	ProblemUntrusted                            // At does not trust the issuer of Certificate
	ProblemOtherCA                              // Certificate is signed by another than CA, which At accepts
	ProblemNotValid                             // Certificate is not valid on Date
	ProblemWrongName                            // Certificate does not cover Name
	ProblemNoClientCert                         // At asks for a client certificate, Peer has none
	ProblemUncertified                          // Route wants a client certificate; Peer's session with At, or its plaintext, has none
	ProblemRedirectLoop                         // At redirects to the URL of Name, Port and Path, which was asked for
	ProblemRedirectsOn                          // At redirects on and on, now to the URL of Name, Port and Path
	ProblemNoSourceRoute                        // no route of At takes connections on Port from Address, "" for one that is not stated
)
