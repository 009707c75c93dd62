package flow

import "slices"

// Assumption is a fact that nothing states and that a derivation, or the completion of a model,
// used. Its kind decides which of the fields are set.
type Assumption struct {
	Kind AssumptionKind

	Name     string // of a declaration
	At       *Participant
	Route    *Route
	Server   *Server // where turns begin; or Proxy
	Proxy    *Proxy
	ALPN     []string
	Count    int
	Interval int64 // milliseconds
	Speaks   Protocol
}

// AssumptionKind is what is assumed.
type AssumptionKind uint8

// The kinds of assumption: those of a lifecycle, then those of a model.
const (
	AssumesALPN        AssumptionKind = iota + 1 // At offers ALPN
	AssumesKeepAlive                             // connections are kept alive
	AssumesClosesFirst                           // At closes first
	AssumesMadeBefore                            // request Name was made before, and its session is resumed
	AssumesAllowed                               // Route allows an address that is not stated
	AssumesTurns                                 // round robin from Server or Proxy
	AssumesRetries                               // Count retries, Interval apart
	AssumesFallsBack                             // At goes on without a protocol of its own, in HTTP/1.1
	AssumesNoTimeout                             // At sets no timeout server
	AssumesChosen                                // algorithm Name chooses Server or Proxy
	AssumesOutside                               // an address that is not stated is in no network that Route is for

	AssumesClient      // client Name; "" for one that flowc names
	AssumesSender      // client Name sends a PROXY header to ports that expect one
	AssumesCertificate // client Name has a certificate for ends that require one
	AssumesPorts       // proxy Name on :80 and :443
	AssumesBackend     // backend Name of one server
	AssumesBackends    // Count backends of one server each
	AssumesSpeaks      // the servers of backend Name speak Speaks, as their ports make likely
	AssumesProtocol    // the same of Count backends
	AssumesRequest     // a request for route Name
	AssumesRequests    // a request for each route with a host; with Name tcp, a connection for the others of a tcp port, too
)

func (a Assumption) same(b Assumption) bool {
	return a.Kind == b.Kind && a.Name == b.Name && a.At == b.At && a.Route == b.Route && a.Server == b.Server &&
		a.Proxy == b.Proxy && slices.Equal(a.ALPN, b.ALPN) && a.Count == b.Count && a.Interval == b.Interval && a.Speaks == b.Speaks
}
