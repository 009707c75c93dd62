// Package paths lists the classes of paths that flow finds in a model: how each
// ends, an example, and who goes it. It judges nothing: what it says is in the
// summary of a class, in the hops of its example, or in the example's lifecycle.
package paths

import (
	"context"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// List is every path of a model that no hostile client takes, in classes.
type List struct {
	Topology *flow.Topology
	Count    int           // of the paths, each with a kind of client
	Classes  []*Class      // those that fail first
	Unused   []*flow.Route // over which no path leads
}

// Class is a class of paths, and who goes them.
type Class struct {
	*flow.Class
	Number  int            // from 1, in the order of the list
	Clients []*flow.Client // one of each kind, in the order of the paths

	why *flow.Why
}

// Of lists the paths of a topology; nil where the context ends before.
func Of(ctx context.Context, t *flow.Topology) *List {
	found := flow.FindPaths(ctx, t, func(*flow.Request) bool { return false })
	if found == nil {
		return nil
	}
	out := &List{Topology: t}
	of := map[*flow.Class]*Class{}
	for _, c := range found.Classes {
		of[c] = &Class{Class: c}
		out.Classes = append(out.Classes, of[c])
		out.Count += c.Count
	}
	used := map[*flow.Route]bool{}
	for _, p := range found.All {
		used[p.Route] = true
		for _, h := range p.Hops {
			used[h.Route] = true
		}
		for i, c := range p.Clients {
			cl := of[p.Classes[i]]
			if !slices.Contains(cl.Clients, c) {
				cl.Clients = append(cl.Clients, c)
			}
		}
	}
	for _, r := range t.Routes {
		anyUsed := used[r] || slices.ContainsFunc(r.Group, func(o *flow.Route) bool { return used[o] })
		if !anyUsed && r.IsFirst() {
			out.Unused = append(out.Unused, r)
		}
	}
	slices.SortStableFunc(out.Classes, func(a, b *Class) int { return rank(a) - rank(b) })
	for i, c := range out.Classes {
		c.Number = i + 1
		if c.Summary.Fails() {
			c.why = c.Lifecycle().Outcome.Why
		}
	}
	return out
}

func rank(c *Class) int {
	if c.Summary.Fails() {
		return 0
	}
	return 1
}

// failing is how many of the classes fail.
func (l *List) failing() int {
	n := 0
	for _, c := range l.Classes {
		n += 1 - rank(c)
	}
	return n
}

// Channel is what is spoken from end to end over the opened hops of a path: a TLS
// session, or plaintext.
type Channel struct {
	TLS      bool
	From, To string
	Relayed  []string // the proxies between, which pass it on unread
}

// Channels are those of the class's example that are opened, from the client on. A
// connection that is not accepted carries none.
func (c *Class) Channels() []Channel {
	var out []Channel
	last := c.Client.Name
	s := &c.Summary
	hops := c.Path.Hops[:s.Opened]
	if (s.Fault == flow.FaultRefused || s.Fault == flow.FaultNoListener) && s.At == s.Opened-1 {
		hops = hops[:s.At]
	}
	for i, h := range hops {
		if h.Opens {
			out = append(out, Channel{TLS: h.TLS, From: last})
		}
		ch := &out[len(out)-1]
		ch.To, last = farEnd(h), farEnd(h)
		if h.Relayed != nil && i+1 < len(hops) {
			ch.Relayed = append(ch.Relayed, ch.To)
		}
	}
	return out
}

// farEnd names who is at the far end of a hop.
func farEnd(h flow.Hop) string {
	switch {
	case h.Server != nil:
		return h.Server.Backend.Name
	case h.Listener != nil:
		return h.Listener.Proxy.Name
	}
	return h.Target.Name()
}

// asked is what the class's example asks for. A host that flowc made up is the
// pattern that it stands for, or "" where any host does.
func (c *Class) asked() flow.Call {
	a := c.Path.Ask
	call := a.Call
	if a.Placeholder() {
		call.Host = a.Pattern()
	}
	return call
}

// host is the host that the class's example asks for, in words where flowc made it up:
// "(any host)", "(any).example.test", or "(other host)" where no route at the end takes it.
func (c *Class) host() string {
	host := c.asked().Host
	if !c.Path.Ask.Placeholder() {
		return host
	}
	which := "any"
	if c.Path.End == flow.EndNoRoute {
		which = "other"
	}
	if host == "" && !c.Path.Ask.Call.IsHTTP() {
		return "" // of a connection, the port is all that counts
	}
	if host == "" {
		return "(" + which + " host)"
	}
	return strings.Replace(host, "*", "("+which+")", 1)
}

// Why says what the fault of the class's example is about; "" where it does not fail.
func (c *Class) Why() string {
	if c.why == nil {
		return ""
	}
	w := *c.why
	if a := c.Path.Ask; a.Placeholder() && w.Name == a.Call.Host {
		w.Name = c.host()
	}
	return words.Why(&w)
}
