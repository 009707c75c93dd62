package verify

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// A proxy resumes the sessions of its servers, and clients theirs, without being
// told: HAProxy keeps the last session of each server line and thread
// (ssl-reuse; "no-ssl-reuse" in its configuration manual). A model need not say
// so. What the ServerHello shows is taken for a fact, and the lifecycle with
// that fact is what the exchange is held against.

// courses derives lifecycles, and those of them with resumed sessions.
type courses struct {
	derive  func(*flow.Request) *flow.Lifecycle
	resumed map[resumption]*flow.Lifecycle
	closed  map[*flow.Lifecycle]*flow.Lifecycle // with a request that asks for the connection to be closed
}

// resumption is a lifecycle in which sessions are resumed, and on which
// connections: their IDs, joined.
type resumption struct {
	lc *flow.Lifecycle
	on string
}

func newCourses(derive func(*flow.Request) *flow.Lifecycle) *courses {
	return &courses{derive: derive, resumed: map[resumption]*flow.Lifecycle{}, closed: map[*flow.Lifecycle]*flow.Lifecycle{}}
}

// compare holds connections against a lifecycle, with the sessions resumed that
// the wire shows as resumed.
func (k *courses) compare(lc *flow.Lifecycle, conns []*joined) *comparison {
	c := compare(lc, conns)
	if on := c.resumedOn(); len(on) > 0 {
		c = compare(k.resume(lc, on), conns)
	}
	k.beginnings(c)
	return c
}

// resume derives a lifecycle with resumed sessions on connections.
func (k *courses) resume(lc *flow.Lifecycle, on []string) *flow.Lifecycle {
	key := resumption{lc, strings.Join(on, "\n")}
	out := k.resumed[key]
	if out == nil {
		r := *lc.Request
		r.ResumedOn = on
		out = k.derive(&r)
		k.resumed[key] = out
	}
	return out
}

// resumedOn are the connections whose session is resumed and derived as a full
// one, in the order of the lifecycle.
func (c *comparison) resumedOn() []string {
	var out []string
	more := false
	for _, d := range c.lc.Connections {
		s := sessionOn(c.lc, d)
		if s == nil {
			continue
		}
		j := c.joined[d]
		shows := j != nil && j.TLS != nil && j.TLS.Resumed
		if !shows && !s.Resumed {
			continue
		}
		more = more || shows && !s.Resumed
		for _, on := range s.Connections { // a relay has it on both sides
			if !slices.Contains(out, on.ID) {
				out = append(out, on.ID)
			}
		}
	}
	if !more {
		return nil
	}
	return out
}

// resumedSides are the sides of a proxy on which an exchange's sessions are
// resumed: "client" and "backend", in this order. A session that is relayed is
// the client's.
func resumedSides(conns []*joined) []string {
	var client, backend bool
	for _, j := range conns {
		switch {
		case j.TLS == nil || !j.TLS.Resumed:
		case j.From == nil && !j.ends.has(hopServer), j.From == nil && len(conns) > 1, j.By == byHello:
			client = true
		default:
			backend = true
		}
	}
	var out []string
	if client {
		out = append(out, "client")
	}
	if backend {
		out = append(out, "backend")
	}
	return out
}

// resumedWords are " (client and backend session resumed)"; "" where none is.
func resumedWords(sides []string) string {
	if len(sides) == 0 {
		return ""
	}
	return " (" + strings.Join(sides, " and ") + " session resumed)"
}
