// Package words says what a lifecycle holds in words: the details of its steps,
// how it ends, what went wrong, and what was assumed. Words are made here and
// read by people and by the JSON contract; nothing else in this module reads
// them back.
package words

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Ending says how a request ends: 200, alert unknown_ca, close, timeout, redirect-loop.
func Ending(e flow.Ending) string {
	switch e := e.(type) {
	case flow.Answered:
		return strconv.Itoa(e.Status)
	case flow.Alerted:
		return "alert " + e.Alert.String()
	case flow.Closed:
		return "close"
	case flow.TimedOut:
		return "timeout"
	case flow.RedirectLoop:
		return "redirect-loop"
	case flow.Passed:
		return "ok"
	case flow.Unseen:
		return "not visible"
	}
	panic("words: unknown ending")
}

// Endings says each of the endings that an outcome can have.
func Endings(o flow.Outcome) []string {
	out := make([]string, len(o.Endings))
	for i, e := range o.Endings {
		out[i] = Ending(e)
	}
	return out
}

// Outcome says how a request ends, where a race decides with each ending: 502
// or 503.
func Outcome(o flow.Outcome) string { return strings.Join(Endings(o), " or ") }

// Expect says what a request expects: 200, 200 from shop/shop-1.
func Expect(e flow.Expect) string {
	if e.From != "" {
		return Ending(e.Ending) + " from " + e.From
	}
	return Ending(e.Ending)
}

// Assumed says assumptions, each in a few words.
func Assumed(list []flow.Assumption) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = assumption(a)
	}
	return out
}

func assumption(a flow.Assumption) string {
	switch a.Kind {
	case flow.AssumesALPN:
		return fmt.Sprintf("%s offers ALPN %s", a.At.ID, strings.Join(a.ALPN, ", "))
	case flow.AssumesKeepAlive:
		return "keep-alive"
	case flow.AssumesClosesFirst:
		return a.At.ID + " closes first"
	case flow.AssumesMadeBefore:
		return fmt.Sprintf("request %s was made before, and its session is resumed", a.Name)
	case flow.AssumesAllowed:
		return fmt.Sprintf("route %s allows an address that is not stated", a.Route.Name)
	case flow.AssumesOutside:
		return fmt.Sprintf("the client's address, which is not stated, is in no network of route %s", a.Route.Name)
	case flow.AssumesTurns:
		return "round robin from " + chosen(a.Server, a.Proxy)
	case flow.AssumesChosen:
		return fmt.Sprintf("balance %s chooses %s", a.Name, chosen(a.Server, a.Proxy))
	case flow.AssumesRetries:
		return fmt.Sprintf("%d retries, %g s apart", a.Count, float64(a.Interval)/1000)
	case flow.AssumesFallsBack:
		return a.At.ID + " continues without ALPN"
	case flow.AssumesNoTimeout:
		return a.At.ID + " sets no timeout server"
	case flow.AssumesClient:
		if a.Name == "" {
			return "a client"
		}
		return "client " + a.Name
	case flow.AssumesSender:
		return fmt.Sprintf("%s sends a PROXY header to ports that expect one", a.Name)
	case flow.AssumesCertificate:
		return fmt.Sprintf("%s has a client certificate for ports that require one", a.Name)
	case flow.AssumesPorts:
		return fmt.Sprintf("proxy %s on :80 and :443", a.Name)
	case flow.AssumesBackend:
		return fmt.Sprintf("backend %s of one server", a.Name)
	case flow.AssumesBackends:
		return fmt.Sprintf("%d backends of one server each", a.Count)
	case flow.AssumesSpeaks:
		return fmt.Sprintf("servers of backend %s speak %s", a.Name, a.Speaks)
	case flow.AssumesProtocol:
		return fmt.Sprintf("servers of %d backends speak what is usual at their ports", a.Count)
	case flow.AssumesRequest:
		return "a request for route " + a.Name
	case flow.AssumesRequests:
		if a.Name != "" {
			return "a connection for each route of a tcp port that relays, and a request for each route with a host"
		}
		return "a request for each route with a host"
	}
	panic("words: unknown assumption")
}

// chosen is the title of the server, or else of the proxy, that was chosen.
func chosen(s *flow.Server, p *flow.Proxy) string {
	if s != nil {
		return s.Title()
	}
	return p.Title()
}

// Refusal says why a proxy does not serve a route: refused by router:
// shop.apps.example.test belongs to namespace shop.
func Refusal(f *flow.Refusal) string {
	return fmt.Sprintf("refused by %s: %s belongs to namespace %s", f.Proxy.Name, f.Owner.HostOn(f.Proxy), f.Owner.NamespaceName())
}
