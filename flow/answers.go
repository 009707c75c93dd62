package flow

import (
	"context"
	"fmt"
)

// Question is something that is asked for, and who asks: each client goes its own paths.
type Question struct {
	Ask     *Ask
	Clients []*Client
}

// Answers follows what is asked for through a topology, as FindPaths does of its own
// requests: the questions may be those of another topology (Ask.At). The paths have
// the asks of the questions. If the context ends, it returns nil.
func Answers(ctx context.Context, t *Topology, questions []Question) *Paths {
	f := newPathFinder(t)
	for _, q := range questions {
		if ctx.Err() != nil {
			return nil
		}
		if q.Ask.Request == nil {
			q.Ask.n = f.out.asked.number(q.Ask)
		}
		f.follow(q.Ask, q.Clients)
	}
	for i := range f.on {
		f.out.Handshakes[i].Paths = f.on[i]
	}
	return f.out
}

// At is the same thing asked for at a port of another topology, by a client of it.
func (a *Ask) At(l *Listener, from *Client) *Ask {
	out := *a
	out.Via, out.n = l, 0
	if a.Request != nil {
		q := *a.Request
		q.From, q.Via, q.After = from, l.Proxy, Fact[*Request]{}
		out.Request = &q
	}
	return &out
}

// What says what is asked for, but for where: two asks that ask for the same have the same
// text, be they of two topologies.
func (a *Ask) What() string {
	if a.Request == nil && len(a.fields) == 0 && a.source == "" {
		c := &a.Call // of most asks nothing else is said
		text := c.Method + " " + c.Scheme + "://" + Fold(c.Host) + c.Path
		if a.NoSNI {
			text += " without SNI"
		}
		return text
	}
	text := fmt.Sprintf("%s %s://%s%s fields %q from %q SNI %q host %q", a.Call.Method, a.Call.Scheme, Fold(a.Call.Host), a.Call.Path, a.fields, a.source, a.sni(), a.host)
	if q := a.Request; q != nil {
		text += fmt.Sprintf(" TLS %v close %v body %d upgrade %q stop %d", q.TLS.V, q.Close.V, q.Body.V, q.Upgrade.V, q.Stop.V)
	}
	return text
}

// Port is the port to which the client connects.
func (a *Ask) Port() int { return a.port() }
