// Package summary tells in a few lines of text what a person wants to know of
// a model: what it has, how each request ends, which sessions there are, and
// who can read it. A topology and its lifecycles go in; it knows no file, no
// view and no format.
package summary

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// Options are what a summary may be told. The zero value is right.
type Options struct {
	Brief bool // without the sessions of each request
	Full  bool // all that is not modelled, what has no effect too
	Most  int  // requests that are told; 0 means 12
}

// defaults is whose defaults hold, as the statement says it: "defaults haproxy 2.6".
func defaults(t *flow.Topology) string {
	var all []string
	for _, p := range t.Proxies {
		all = append(all, "defaults "+p.Behaves().String())
	}
	return strings.Join(distinct(all), ", ")
}

// Lines returns the summary of a model, called path, one line each:
//
//	models/reencrypt.flow: 1 client, 1 proxy, 1 route, 1 backend of 2 servers
//	  checkout  GET https://shop.apps.example.test/cart: 200, as expected
//	    T1 TLS 1.3 h2  browser - haproxy  shows wildcard
//	    T2 TLS 1.3     haproxy - shop-1   shows shop-internal; checked: service-ca, shop.shop.svc
//	    plaintext      on no wire; inside haproxy and shop-1
//	  assumed: keep-alive, browser closes first (defaults haproxy 2.6)
func Lines(path string, t *flow.Topology, derive func(*flow.Request) *flow.Lifecycle, opt Options) []string {
	out := []string{path + ": " + counts(t)}
	told := t.Requests[:min(len(t.Requests), cmp.Or(opt.Most, 12))]
	width := 0
	for _, r := range told {
		width = max(width, len(r.Name))
	}
	assumed := slices.Clone(t.Assumed)
	for _, r := range told {
		l := derive(r)
		out = append(out, fmt.Sprintf("  %-*s  %s: %s", width, r.Name, asks(r), outcome(l)))
		if !opt.Brief {
			out = append(out, sessions(l)...)
		}
		assumed = append(assumed, l.Assumed...)
	}
	if n := len(t.Requests) - len(told); n > 0 {
		out = append(out, "  and "+count(n, "more request"))
	}
	out = append(out, unmodelled(t.Unmodelled, opt)...)
	if all := distinct(words.Assumed(assumed)); len(all) > 0 && !opt.Brief {
		out = append(out, fmt.Sprintf("  assumed: %s (%s)", strings.Join(all, ", "), defaults(t)))
	}
	return out
}

// mostUnmodelled is how much of what is not modelled is told one by one.
const mostUnmodelled = 12

// unmodelled says how much of what was read the model does not express, and what. What
// has no effect on it is counted alone:
//
//	not modelled: 2 statements, 1 may change where a request goes
//	  edge.cfg:12:5  http-request lua.auth (may change where a request goes)
//	otherwise than shown: nginx answers 502 where a server fails
//	no effect on the topology: 31 statements
func unmodelled(all []flow.Unmodelled, opt Options) []string {
	const changes = "may change where a request goes"
	var told, harmless []flow.Unmodelled
	var products []string
	routing, silent, beyond := 0, 0, 0
	for _, u := range all {
		switch u.Kind {
		case flow.NoEffect:
			silent += 1 + u.More
			harmless = append(harmless, u)
			continue
		case flow.ChangesRouting:
			routing += 1 + u.More
		case flow.OtherProduct:
			if line := "  otherwise than shown: " + u.What; !slices.Contains(products, line) {
				products = append(products, line)
			}
			continue
		case flow.LosesDetail:
		}
		told = append(told, u)
		beyond += u.More
	}
	var out []string
	if len(told) > 0 {
		head := "  not modelled: " + count(len(told)+beyond, "statement")
		if routing > 0 {
			head += fmt.Sprintf(", %d %s", routing, changes)
		}
		out = append(out, head)
	}
	most := mostUnmodelled
	if opt.Full {
		most = len(all)
	}
	if !opt.Brief {
		out = append(out, listed(told, most, beyond)...)
		out = append(out, products...)
	}
	if silent > 0 {
		out = append(out, "  no effect on the topology: "+count(silent, "statement"))
	}
	if opt.Full {
		out = append(out, listed(harmless, most, 0)...)
	}
	return out
}

// listed are statements one by one, and how many there are beyond them. What may change where
// a request goes comes first.
func listed(told []flow.Unmodelled, most, beyond int) []string {
	const changes = "may change where a request goes"
	var out []string
	slices.SortStableFunc(told, func(a, b flow.Unmodelled) int { return cmp.Compare(b.Kind, a.Kind) })
	for i, u := range told {
		if i == most {
			out = append(out, "    and "+count(len(told)-i+beyond, "more statement")+" (--full lists them)")
			break
		}
		line := "    "
		if place := u.At.Place(); place != "" {
			line += place + "  "
		}
		line += u.What
		if u.Kind == flow.ChangesRouting {
			line += " (" + changes + ")"
		}
		out = append(out, line)
	}
	return out
}

// counts is "1 client, 1 proxy, 1 route, 1 backend of 2 servers".
func counts(t *flow.Topology) string {
	servers := 0
	for _, b := range t.Backends {
		servers += len(b.Servers)
	}
	joint := " of "
	if len(t.Backends) != 1 {
		joint = " with "
	}
	return strings.Join([]string{
		count(len(t.Clients), "client"),
		count(len(t.Proxies), "proxy"),
		count(flow.CountRoutes(t.Routes), "route"),
		count(len(t.Backends), "backend") + joint + count(servers, "server"),
	}, ", ")
}

// asks is what a request asks for: "GET https://shop.apps.example.test/cart".
func asks(r *flow.Request) string {
	if len(r.Calls) == 0 {
		if r.Check != nil {
			return "check of " + r.Check.Name
		}
		return "nothing"
	}
	text := r.Calls[0].Method + " " + r.Calls[0].URL()
	if n := len(r.Calls) - 1; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	if n := r.Times.V; n > 1 {
		text += fmt.Sprintf(", %d times", n)
	}
	return text
}

// outcome is how a request ends, whether that was expected, and why it fails
// where it does.
func outcome(l *flow.Lifecycle) string {
	o := l.Outcome
	text := words.Outcome(o)
	if o.Why != nil {
		text += " (" + words.Why(o.Why) + ")"
	}
	switch {
	case len(l.Request.Expect) == 0:
		return text
	case l.AsExpected():
		return text + ", as expected"
	}
	var wanted []string
	for _, e := range l.Request.Expect {
		wanted = append(wanted, words.Expect(e))
	}
	if o.From != nil {
		text += " from " + o.From.ID
	}
	return text + ", expected " + strings.Join(wanted, " or ")
}

// sessions is a line for each TLS session, aligned, and one for plaintext.
func sessions(l *flow.Lifecycle) []string {
	names := l.ShortNames()
	rows := make([][3]string, 0, len(l.Sessions)+1)
	for _, s := range l.Sessions {
		rows = append(rows, [3]string{s.ID + " " + s.Title(), names[s.Ends[0]] + " - " + names[s.Ends[1]], details(l, s, names)})
	}
	var widths [2]int
	for _, r := range rows {
		for i := range widths {
			widths[i] = max(widths[i], len(r[i]))
		}
	}
	widths[0] = max(widths[0], len("plaintext"))
	var out []string
	for _, r := range rows {
		line := fmt.Sprintf("    %-*s  %-*s  %s", widths[0], r[0], widths[1], r[1], r[2])
		out = append(out, strings.TrimRight(line, " "))
	}
	return append(out, fmt.Sprintf("    %-*s  %s", widths[0], "plaintext", plaintext(l, names)))
}

// details is what a session showed and what was checked. What a client checks
// goes without saying. One that goes on or is resumed shows nothing again.
func details(l *flow.Lifecycle, s *flow.Session, names map[*flow.Participant]string) string {
	var out []string
	if !s.Up {
		out = append(out, "is not established")
	}
	if len(s.RelayedBy) > 0 {
		var by []string
		for _, p := range s.RelayedBy {
			by = append(by, names[p])
		}
		out = append(out, "relayed by "+series(by))
	}
	if before := earlier(l, s); before != "" {
		return strings.Join(append(out, before), "; ")
	}
	if s.Certificate != nil {
		out = append(out, "shows "+s.Certificate.Name)
	}
	if s.ClientCert != nil {
		out = append(out, names[s.Ends[0]]+" shows "+s.ClientCert.Name)
	}
	switch {
	case s.Ends[0].Kind == flow.KindClient:
	case s.Up && !s.Verified:
		out = append(out, "not verified")
	case len(s.Checks) > 0:
		out = append(out, "checked: "+strings.Join(s.Checks, ", "))
	}
	return strings.Join(out, "; ")
}

// earlier says what of a session was begun before the request, and whether the
// request is sent as early data; "" where the session is a new one.
func earlier(l *flow.Lifecycle, s *flow.Session) string {
	switch {
	case s.Since != nil:
		return "open since an earlier request"
	case !s.Resumed:
		return ""
	case s.EarlyData:
		return "resumed from an earlier session, with early data"
	case l.Request.EarlyData.V && s.Ends[0].Kind == flow.KindClient:
		return "resumed from an earlier session, without early data: it is not accepted"
	}
	return "resumed from an earlier session"
}

// plaintext says on which wires HTTP can be read, and inside which nodes
// beside the client.
func plaintext(l *flow.Lifecycle, names map[*flow.Participant]string) string {
	var wires, inside []string
	for _, s := range l.Steps {
		if s.Kind() != flow.Message || s.Layer() != flow.LayerHTTP || s.Optional { // one that may be missing tells nothing
			continue
		}
		readers := []*flow.Participant{s.From, s.To}
		if s.Protected && s.Session != nil {
			readers = s.Session.Ends[:]
		} else {
			wires = append(wires, names[s.Connection.From]+" - "+names[s.Connection.To])
		}
		for _, p := range readers {
			if p.Kind != flow.KindClient {
				inside = append(inside, names[p])
			}
		}
	}
	wires, inside = distinct(wires), distinct(inside)
	switch {
	case len(wires) == 0 && len(inside) == 0:
		return "no HTTP is exchanged"
	case len(wires) == 0:
		return "on no wire; inside " + series(inside)
	}
	wire := "wire"
	if len(wires) > 1 {
		wire = "wires"
	}
	return "on the " + wire + " " + series(wires) + "; inside " + series(inside)
}

func distinct(words []string) []string {
	var out []string
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// series is "a", "a and b", "a, b and c".
func series(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// count is "1 proxy", "2 proxies".
func count(n int, one string) string {
	switch {
	case n == 1:
		return "1 " + one
	case strings.HasSuffix(one, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(one, "y"))
	}
	return fmt.Sprintf("%d %ss", n, one)
}
