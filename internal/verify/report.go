package verify

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Report is a capture held against a model, or, without one, what was seen.
type Report struct {
	Capture *Capture
	Results []*Result
	Other   int      // connections that do not end at a place of the model
	Blind   int      // exchanges whose client's bytes the capture has not
	Late    int      // exchanges that began before the capture, and of which too little is in it
	Lacking int      // exchanges that differ, perhaps for what the capture lacks
	Checks  int      // health checks that agree with what a backend states
	Unseen  []string // requests of the model that no exchange is
	ByPort  bool     // places were found by their port alone
	Model   bool
	LeftOut int  // exchanges that were not asked for
	All     bool // list every message
}

// Result is one exchange and what a model says of it.
type Result struct {
	*exchange
	Observed   string   // "plain", "edge", "reencrypt", "passthrough", or what is known: "TLS, no backend connection"
	Resumed    []string // the sides on which a session is resumed: "client", "backend"
	Declared   string   // the same word of what the model says; "" where it has no route
	DeclaredAt source.Span
	Route      *flow.Route
	Lifecycle  *flow.Lifecycle // of the request that it is most like; nil without a model
	Departures []Departure     // in the order of the capture
	Advice     string          // the statement with which the exchange agrees; "" where none is known
	Open       *openQuestion   // which connections are its own cannot be told, and the answer decides whether it agrees; nil where it can, or need not
	Exposures  []exposure
	Seen       int             // derived messages that the capture shows by name
	Encrypted  int             // derived messages that protected records may hold
	Followed   int             // derived messages that are missing behind a departure of their connection
	Unfinished int             // derived messages that the capture ends before
	begins     int             // the number of the exchange with which the client's connection begins; 0 where it is this one
	base       *flow.Lifecycle // the same as the model has it, without the sessions that the wire shows as resumed
	cmp        *comparison
}

// exposure is a hop that is plaintext where the model says TLS, or the other
// way round.
type exposure struct {
	Conn      *joined
	Event     *event // the first message that shows it
	Protected bool   // it is TLS, and the model says plaintext
	At        source.Span
}

// Agrees reports whether the capture shows what the model derives.
func (r *Report) Agrees() bool {
	return len(r.Results)+r.Checks > 0 && !slices.ContainsFunc(r.Results, func(x *Result) bool { return len(x.Departures) > 0 })
}

// Undecided is how many exchanges agree or differ with one connection or
// another, of which the capture does not say which is theirs.
func (r *Report) Undecided() int {
	n := 0
	for _, x := range r.Results {
		if x.Open != nil {
			n++
		}
	}
	return n
}

// exposures are the hops that are not protected as the model says.
func (c *comparison) exposures() []exposure {
	var out []exposure
	for _, j := range c.conns {
		conn := c.derived[j]
		if conn == nil {
			continue
		}
		tls, plain := carries(c.lc, conn)
		for _, e := range j.Events {
			readable := e.Layer() == flow.LayerHTTP && !e.Inside && e.Op != flow.OpData
			if tls && !plain && readable || plain && !tls && e.Layer() == flow.LayerTLS {
				out = append(out, exposure{Conn: j, Event: e, Protected: !readable, At: lineOfConn(c.lc, conn)})
				break
			}
		}
	}
	return out
}

// carries reports what is derived for a connection: TLS, readable HTTP, or
// both, where one end answers the other in the wrong language.
func carries(lc *flow.Lifecycle, conn *flow.Connection) (tls, plain bool) {
	for _, s := range lc.Steps {
		if s.Connection != conn {
			continue
		}
		tls = tls || s.Layer() == flow.LayerTLS
		plain = plain || s.Layer() == flow.LayerHTTP && !s.Protected
	}
	return tls, plain
}
