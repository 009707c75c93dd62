// Package trace explains one request to a model: which way it takes and why,
// question by question, why it takes no other route, what sessions there are,
// and who reads what. A topology, a request and its lifecycle go in, a value
// comes out, with writers for a terminal, for scripts, and for a shell in which
// to try it. It decides nothing about where a request goes: what
// the derivation did is read from its steps, and why a route was not taken is
// asked of what chooses routes (flow.Mismatch).
package trace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// Trace is one request, explained.
type Trace struct {
	Request   *flow.Request
	Lifecycle *flow.Lifecycle
	Path      []Answer // the questions that decided, in the order of time
	Others    []other  // routes that were not taken, the nearest first
	More      int      // how many of them are not listed
	Fragment  string   // of the URL, which is not sent: "#top"; "" for none
}

// Answer is one question on the way of the request, and how it was decided.
type Answer struct {
	At    *flow.Participant // where it was decided
	Asks  string            // "which route?"
	Is    string            // "shop"
	Why   string            // "host shop.apps.example.test, path /cart"; "" where the answer says all
	Step  *flow.Step        // at which that happened; nil for the choice of the first proxy
	Wrong bool              // here the course leaves the good one
}

// Of explains a request. entry says why it goes to its first proxy (Ask.Request).
func Of(t *flow.Topology, q *flow.Request, lc *flow.Lifecycle, entry string) *Trace {
	p := &path{lc: lc, on: map[*flow.Participant]*flow.Connection{}, routed: map[*flow.Participant]bool{}}
	p.walk(q, entry)
	out := &Trace{Request: q, Lifecycle: lc, Path: p.answers}
	out.Others, out.More = others(t, q, lc)
	return out
}

// path collects the answers.
type path struct {
	lc      *flow.Lifecycle
	answers []Answer
	on      map[*flow.Participant]*flow.Connection // the connection by which each node was reached
	routed  map[*flow.Participant]bool             // a route was chosen there
}

func (p *path) walk(q *flow.Request, entry string) {
	steps := p.lc.Steps
	if len(steps) == 0 {
		return
	}
	via := q.Via.Name
	p.answers = append(p.answers, Answer{At: p.lc.Participants[0], Asks: "which proxy?", Is: via, Why: entry})
	for _, s := range steps {
		if s.Kind() == flow.Message && !s.Relayed && p.on[s.To] == nil && s.To == s.Connection.To {
			p.on[s.To] = s.Connection
		}
		if s.Attempt > 1 || s.Optional {
			continue
		}
		before := len(p.answers)
		if explain := explanations[s.Op]; explain != nil {
			explain(p, s)
		}
		if s.Fault != flow.FaultNone && !p.wrongSince(before) {
			p.fault(s)
		}
	}
}

func (p *path) wrongSince(n int) bool {
	for _, a := range p.answers[n:] {
		if a.Wrong {
			return true
		}
	}
	return false
}

func (p *path) add(s *flow.Step, at *flow.Participant, asks, is, why string) *Answer {
	p.answers = append(p.answers, Answer{At: at, Asks: asks, Is: is, Why: why, Step: s})
	return &p.answers[len(p.answers)-1]
}

// explanations say what a step decided. Steps that decide nothing
// have none.
var explanations = map[flow.Op]func(*path, *flow.Step){
	flow.OpAccept:            (*path).port,
	flow.OpReadProxy:         (*path).headerRead,
	flow.OpProxyV1:           (*path).headerSent,
	flow.OpProxyV2:           (*path).headerSent,
	flow.OpClientHello:       (*path).hello,
	flow.OpInspectSNI:        (*path).passthrough,
	flow.OpChooseCertificate: (*path).certificate,
	flow.OpVerifyCertificate: (*path).verified,
	flow.OpRelay:             (*path).relayed,
	flow.OpDecrypt:           (*path).decrypted,
	flow.OpRequest:           (*path).request,
	flow.OpRoute:             (*path).route,
	flow.OpRedirect:          (*path).redirected,
	flow.OpAnswer:            (*path).answered,
	flow.OpChooseServer:      (*path).server,
	flow.OpResponse:          (*path).response,
}

var kinds = map[flow.ListenKind]string{
	flow.ListenHTTP:  "it reads HTTP, without TLS",
	flow.ListenHTTPS: "it accepts only TLS",
	flow.ListenTCP:   "any protocol",
}

func (p *path) port(s *flow.Step) {
	c := p.on[s.At]
	if s.At.Kind == flow.KindInner {
		p.add(s, s.At, "which port?", words.Detail(s), "the second stage of "+s.At.Proxy.Name+" itself")
		return
	}
	if c.OverSocket() {
		p.add(s, s.At, "which port?", c.Listener.Socket.V, "a unix socket")
		return
	}
	p.add(s, s.At, "which port?", fmt.Sprintf("%s:%d", c.Listener.Kind, c.Port), kinds[c.Listener.Kind])
}

func (p *path) headerRead(s *flow.Step) {
	p.add(s, s.At, "PROXY header?", "yes: "+words.Detail(s), "the port requires one")
}

func (p *path) headerSent(s *flow.Step) {
	p.add(s, s.From, "PROXY header?", fmt.Sprintf("sends v%d: ", s.Op.ProxyVersion())+words.Detail(s), "")
}

// hello is a ClientHello as it leaves a node that starts a session of its own,
// or comes to one that looks into it.
func (p *path) hello(s *flow.Step) {
	sni := s.Session.SNI
	if sni == "" {
		sni = "none"
	}
	switch {
	case s.From == s.Session.Ends[0] && s.From.Kind != flow.KindClient:
		p.add(s, s.From, "TLS to it?", "yes: starts "+s.Session.ID, "SNI "+sni)
	case s.To.Kind == flow.KindProxy && !p.routed[s.To]:
		why := "read in the clear"
		if sni == "none" {
			why = "the ClientHello has no name"
		}
		p.add(s, s.To, "which SNI?", sni, why)
	}
}

// passthrough is a listener that decides by the SNI whether TLS ends there.
func (p *path) passthrough(s *flow.Step) {
	switch verdict, _ := s.Facts.(flow.SNIDecision); {
	case verdict.Route != nil:
		p.routed[s.At] = true
		p.add(s, s.At, "passthrough?", "yes: route "+verdict.Route.Name, because(p.on[s.At].Listener, verdict.Route))
		p.allowed(s)
	case !verdict.Ends:
		p.add(s, s.At, "passthrough?", "no route", "no TLS ends on this port").Wrong = true
	case p.on[s.At].Listener.Fallback() != nil:
		p.add(s, s.At, "passthrough?", "no: TLS ends here", "a route whose TLS ends here has it")
	default:
		p.add(s, s.At, "passthrough?", "no: TLS ends here", "no passthrough route has it")
	}
}

// because is why a port relays a connection to a route.
func because(l *flow.Listener, r *flow.Route) string {
	if l.TakesRest(r) && l.Inspects() {
		return "takes what no other route takes"
	}
	return "it requires " + wantsSNI(l, r)
}

// wantsSNI is what a route that is passed through wants.
func wantsSNI(l *flow.Listener, r *flow.Route) string {
	switch r.SNI.V {
	case flow.SNINone:
		return "no SNI"
	case flow.SNIAny:
		return "any SNI"
	case flow.SNIHost:
	}
	if host := r.HostOn(l.Proxy); host != "" {
		return "SNI " + host
	}
	return "any SNI"
}

func (p *path) certificate(s *flow.Step) {
	sni := s.Session.SNI
	c, fits := p.on[s.At].Listener.CertificateFor(sni)
	why := "it covers the SNI"
	switch {
	case c == nil:
		p.add(s, s.At, "which certificate?", "a matching one", "none is stated")
		return
	case sni == "":
		why = "the default: there is no SNI"
	case !fits:
		why = "the default: none covers the SNI"
	case len(c.Names) == 0:
		why = "its names are not stated"
	}
	p.add(s, s.At, "which certificate?", c.Name, why)
}

// verified is what an end made of the other's certificate.
func (p *path) verified(s *flow.Step) {
	verdict, _ := s.Facts.(flow.Judgement)
	asks := "trusts it?"
	if s.At != s.Session.Ends[0] {
		asks = "client certificate?"
	}
	switch {
	case verdict.Refused:
		// a client that looks at the name last has trusted the issuer before
		p.answers = slices.DeleteFunc(p.answers, func(a Answer) bool {
			return a.At == s.At && a.Asks == asks && a.Step.Session == s.Session
		})
		p.add(s, s.At, asks, "no", words.Why(p.lc.Outcome.Why)).Wrong = true
	case len(s.Session.Checks) == 0 || s.At != s.Session.Ends[0]:
		p.add(s, s.At, asks, "yes", words.Detail(s))
	default:
		p.add(s, s.At, asks, "yes", "checked: "+strings.Join(s.Session.Checks, ", "))
	}
}

func (p *path) relayed(s *flow.Step) {
	if s.Session == nil {
		p.add(s, s.At, "readable?", "not looked at", "it relays bytes")
		return
	}
	p.add(s, s.At, "readable?", "no: relays "+s.Session.ID, "the keys are at its two ends")
}

func (p *path) decrypted(s *flow.Step) {
	if s.Session.Ends[1] == s.At && !p.said(s.At, "readable?") {
		p.add(s, s.At, "readable?", "yes: "+s.Session.ID+" ends here", s.Session.Title())
	}
}

// request is plaintext that comes to a node that can read it, or goes out from
// one that opened no session.
func (p *path) request(s *flow.Step) {
	if s.Session != nil {
		return
	}
	if s.From.Kind != flow.KindClient && !s.Relayed {
		p.add(s, s.From, "TLS to it?", "no: in plaintext", "")
	}
	if c := s.Connection; c.Listener == nil || c.Listener.Kind == flow.ListenHTTP {
		p.add(s, s.To, "readable?", "yes: plaintext", "anyone on the network can read it")
	}
}

func (p *path) said(at *flow.Participant, asks string) bool {
	for _, a := range p.answers {
		if a.At == at && a.Asks == asks {
			return true
		}
	}
	return false
}

// route is a choice by host, path and header fields.
func (p *path) route(s *flow.Step) {
	choice, _ := s.Facts.(flow.RouteChoice)
	if choice.Route == nil {
		p.add(s, s.At, "which route?", "none", words.Why(choice.Why)).Wrong = true
		return
	}
	p.routed[s.At] = true
	p.add(s, s.At, "which route?", choice.Route.Name, wants(p.on[s.At].Listener, choice.Route))
	p.allowed(s)
	p.uncertified(s, choice.Route)
}

// uncertified is a route that requires a client certificate, and was chosen for a
// request that came without one: the SNI decided what was asked for.
func (p *path) uncertified(s *flow.Step, r *flow.Route) {
	if a := r.ClientCertificate; !a.IsSet() || a.V.Mode != flow.AuthRequired || s.Fault != flow.FaultNone {
		return
	}
	i := slices.IndexFunc(p.lc.Sessions, func(x *flow.Session) bool { return x.Ends[1] == s.At })
	if i < 0 {
		p.add(s, s.At, "client certificate?", "none", "no certificate was asked for: the request is in plaintext")
		return
	}
	x := p.lc.Sessions[i]
	sni := "its SNI is " + x.SNI
	if x.SNI == "" {
		sni = "it has no SNI"
	}
	switch {
	case x.ClientCert != nil:
	case x.Requested || x.Resumed:
		p.add(s, s.At, "client certificate?", "none", "the session has none: "+sni)
	default:
		p.add(s, s.At, "client certificate?", "none", "no certificate was asked for: "+sni)
	}
}

// wants is what a route asks of a request that can be read.
func wants(l *flow.Listener, r *flow.Route) string {
	out := []string{"any host"}
	if host := r.HostOn(l.Proxy); host != "" {
		out[0] = "host " + host
	}
	if r.Path.V != "" {
		out = append(out, "path "+r.Path.V)
	}
	for i := range r.Matches {
		out = append(out, words.Match(&r.Matches[i]))
	}
	return strings.Join(out, ", ")
}

// allowed is the route's allow list, where it is asked: a redirect comes before
// it.
func (p *path) allowed(s *flow.Step) {
	switch {
	case s.Fault == flow.FaultDenied:
		p.add(s, s.At, "allowed?", "no", words.Why(p.lc.Outcome.Why)).Wrong = true
	case s.Admits == nil:
	case s.Admits.Address == "":
		p.add(s, s.At, "allowed?", "assumed", "the client's address is not stated")
	default:
		p.add(s, s.At, "allowed?", "yes", s.Admits.Address)
	}
}

func (p *path) redirected(s *flow.Step) {
	by := "insecure redirect"
	if r := s.Exchange.Route; !p.on[s.At].Listener.RedirectsPlaintext(r) {
		by = "redirect " + r.Redirect.V.Kind.String()
	}
	a := p.add(s, s.At, "which answer?", words.Detail(s), by+"; no backend is contacted")
	if s.Fault != flow.FaultNone {
		a.Why, a.Wrong = by+": "+words.Why(p.lc.Outcome.Why), true
	}
}

// answered is a proxy that answers itself, as the route states.
func (p *path) answered(s *flow.Step) {
	if r := s.Exchange.Route; !p.routed[s.At] {
		p.routed[s.At] = true
		p.add(s, s.At, "which route?", r.Name, because(p.on[s.At].Listener, r))
	}
	p.add(s, s.At, "which answer?", words.Detail(s), "the route states it; no backend is contacted")
}

// server is the choice of a server, or of another proxy. A relay that looks at
// nothing, and a tcp port that ends TLS, have chosen a route without saying so.
func (p *path) server(s *flow.Step) {
	if r := p.routeOut(s.At); r != nil && !p.routed[s.At] {
		p.routed[s.At] = true
		why := "it has no host to look for"
		if l := p.on[s.At].Listener; r.HostOn(s.At.Proxy) != "" || l.Inspects() {
			why = because(l, r)
		}
		p.add(s, s.At, "which route?", r.Name, why)
	}
	if s.Fault != flow.FaultNone {
		p.add(s, s.At, "which server?", "none", words.Detail(s)).Wrong = true
		return
	}
	p.add(s, s.At, "which server?", words.Detail(s), "")
}

// routeOut is the route by which a node opened its first connection.
func (p *path) routeOut(at *flow.Participant) *flow.Route {
	for _, c := range p.lc.Connections {
		if c.From == at && c.Route != nil {
			return c.Route
		}
	}
	for _, x := range p.lc.Exchanges {
		if x.Route != nil && slices.Contains(at.Proxy.Routes, x.Route) {
			return x.Route
		}
	}
	return nil
}

// response is the answer, where it is made.
func (p *path) response(s *flow.Step) {
	if s.Fault != flow.FaultNone || s.Relayed || s.From != p.lc.Outcome.From || p.said(s.From, "which answer?") {
		return
	}
	p.add(s, s.From, "which answer?", answered(s), "")
}

// answered is a response without the version that goes without saying.
func answered(s *flow.Step) string {
	line, ok := s.Facts.(flow.StatusLine)
	if ok && line.Protocol == "HTTP/1.1" {
		return strings.TrimSpace(fmt.Sprintf("%d %s", line.Status, line.Reason))
	}
	return words.Detail(s)
}

// faults say what was asked where something goes wrong that no action is about.
var faults = map[flow.Fault]string{
	flow.FaultNoListener:        "which port?",
	flow.FaultProtocol:          "TLS?",
	flow.FaultProxyHeader:       "PROXY header?",
	flow.FaultNoSNI:             "which answer?",
	flow.FaultNoRoute:           "which answer?",
	flow.FaultNoServer:          "which server?",
	flow.FaultRefused:           "connects?",
	flow.FaultSilent:            "which answer?",
	flow.FaultVersion:           "TLS version?",
	flow.FaultALPN:              "ALPN?",
	flow.FaultGroup:             "key exchange?",
	flow.FaultStrictSNI:         "which certificate?",
	flow.FaultUnknownCA:         "trusts it?",
	flow.FaultWrongName:         "trusts it?",
	flow.FaultExpired:           "trusts it?",
	flow.FaultClientCertificate: "client certificate?",
	flow.FaultUncertified:       "client certificate?",
	flow.FaultDenied:            "allowed?",
	flow.FaultInsecure:          "which route?",
	flow.FaultRedirectLoop:      "which answer?",
	flow.FaultAborted:           "which answer?",
}

// fault is a step at which something goes wrong. What only follows from an
// answer that was given already is not told again.
func (p *path) fault(s *flow.Step) {
	at := s.At
	if s.Kind() == flow.Message {
		at = s.From
		if s.Op == flow.OpRequest || s.Op == flow.OpClientHello {
			at = s.To
		}
	}
	is, asks, why := "no", faults[s.Fault], words.Why(p.lc.Outcome.Why)
	switch s.Op {
	case flow.OpFIN:
		is = "the connection closes"
	case flow.OpRST:
		is = "the connection is reset"
	case flow.OpAlert:
		is = "alert " + words.Detail(s)
	case flow.OpRequest:
		is = "none"
	default: // the question is answered with no
	}
	if p.answers[len(p.answers)-1].Wrong {
		asks, why = "which answer?", ""
		if s.Op == flow.OpAlert {
			asks, is = "which alert?", words.Detail(s)
		}
	}
	p.add(s, at, asks, is, why).Wrong = true
}
