package flow

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/flowc-lang/flowc/source"
)

// MostRetries is how often a proxy retries at most: each retry is derived.
const MostRetries = 100

// maxTimes is how often a request repeats at most.
const maxTimes = 1000

// selectorOps are the operators of a SelectorTerm.
var selectorOps = []string{"=", "!=", "exists", "absent", "in", "notin"}

// absent reports whether a declaration is nil.
func absent(d Declaration) bool { return d == nil || reflect.ValueOf(d).IsNil() }

// within takes a value out that is none of its type, and reports it. No text
// has one: only who writes a draft down can do so.
func within[T ~int | ~int8](c *completion, name, what string, f *Fact[T], least, most T) {
	if isWithin(f, least, most) {
		return
	}
	c.noValue(f.At, name, what, fmt.Sprintf("%d", int(f.V)))
	*f = Fact[T]{}
}

func isWithin[T ~int | ~int8](f *Fact[T], least, most T) bool {
	return f.V == 0 && f.Origin == OriginNone || least <= f.V && f.V <= most
}

func (c *completion) noValue(at source.Span, decl, what, value string) {
	c.report(Mistake{Kind: MistakeValue, At: at, Decl: decl, Name: value, What: what})
}

// proper returns a declaration without the values that are none, and without
// parts that are nil. It is the same one, or a copy.
func (c *completion) proper(d Declaration) Declaration {
	switch d := d.(type) {
	case *ZoneDraft:
		x := *d
		within(c, x.Name, "trust", &x.Trust, TrustUnstated, Untrusted)
		return &x
	case *LinkDraft:
		x := *d
		within(c, x.A.V, "trust", &x.Trust, TrustUnstated, Untrusted)
		return &x
	case *ClientDraft:
		x := *d
		within(c, x.Name, "PROXY version", &x.SendProxy, 0, 2)
		return &x
	case *ProxyDraft:
		return c.properProxy(*d)
	case *BackendDraft:
		return c.properBackend(d)
	case *RouteDraft:
		x, before := &c.route, len(c.mistakes)
		*x = *d
		within(c, x.Name, "mode", &x.Mode, ModeNone, ModePassthrough)
		within(c, x.Name, "answer without a client certificate", &x.WithoutCertificate, 400, 499)
		within(c, x.Name, "way to match the SNI", &x.SNI, SNIHost, SNIAny)
		within(c, x.Name, "policy for plaintext", &x.Insecure, InsecureNone, InsecureRedirect)
		within(c, x.Name, "PROXY version", &x.SendProxy, 0, 2)
		c.properAnswer(x)
		x.ClientCertificate = c.properAuth(x.Name, x.ClientCertificate)
		if len(c.mistakes) == before {
			return d // as nearly all of thousands
		}
		mended := *x
		return &mended
	case *RequestDraft:
		return c.properRequest(*d)
	default:
		return d
	}
}

// properAnswer leaves out an answer and a redirect that no proxy can give.
func (c *completion) properAnswer(x *RouteDraft) {
	if s := x.Answer.V.Status; x.Answer.IsSet() && s != 0 && (s < 200 || s > 599) {
		c.noValue(x.Answer.At, x.Name, "answer", fmt.Sprintf("%d", s))
		x.Answer = Fact[Answer]{}
	}
	if !x.Redirect.IsSet() {
		return
	}
	to := x.Redirect.V
	switch {
	case !to.valid():
		c.noValue(x.Redirect.At, x.Name, "redirect", to.To)
		x.Redirect = Fact[RedirectTo]{}
	case to.Status != 0 && !isRedirectStatus(to.Status):
		c.noValue(x.Redirect.At, x.Name, "status of a redirect", fmt.Sprintf("%d", to.Status))
		x.Redirect.V.Status = 0
	}
}

func (c *completion) properAuth(name string, f Fact[ClientAuthDraft]) Fact[ClientAuthDraft] {
	if m := f.V.Mode; m < AuthNone || m > AuthRequired {
		c.noValue(f.At, name, "mode of client authentication", fmt.Sprintf("%d", int(m)))
		return Fact[ClientAuthDraft]{}
	}
	return f
}

func (c *completion) properProxy(x ProxyDraft) *ProxyDraft {
	within(c, x.Name, "order of routes", &x.Order, ByPrecedence, AsWritten)
	within(c, x.Name, "number of retries", &x.Retries, 0, MostRetries)
	x.Admit = c.properSelectors(x.Name, x.Admit)
	x.AdmitNamespaces = c.properSelectors(x.Name, x.AdmitNamespaces)
	var ports []*ListenerDraft
	for _, l := range x.Listeners {
		if l == nil {
			continue
		}
		port := *l
		if port.Kind < 0 || port.Kind > ListenTCP {
			c.noValue(port.At, x.Name, "kind of port", fmt.Sprintf("%d", int(port.Kind)))
			port.Kind = 0
		}
		if port.LastPort != 0 && (port.LastPort <= port.Port || port.LastPort > 65535) {
			c.noValue(port.At, x.Name, "last port of a range", fmt.Sprintf("%d", port.LastPort))
			port.LastPort = 0
		}
		port.End.ClientCertificate = c.properAuth(x.Name, port.End.ClientCertificate)
		ports = append(ports, &port)
	}
	x.Listeners = ports
	return &x
}

// properSelectors leaves out terms with an operator that there is not.
func (c *completion) properSelectors(name string, all []Selector) []Selector {
	out := slices.Clone(all)
	for i, s := range out {
		out[i].Terms = nil
		for _, term := range s.Terms {
			if slices.Contains(selectorOps, term.Op) {
				out[i].Terms = append(out[i].Terms, term)
			} else {
				c.noValue(term.At, name, "operator of a selector", term.Op)
			}
		}
	}
	return out
}

func (c *completion) properBackend(d *BackendDraft) *BackendDraft {
	x, before := &c.backend, len(c.mistakes)
	*x = *d
	within(c, x.Name, "protocol", &x.Speaks, SpeaksHTTP, SpeaksTLS)
	x.End.ClientCertificate = c.properAuth(x.Name, x.End.ClientCertificate)
	sound := func(s *ServerDraft) bool { return s != nil && isWithin(&s.State, ServerUp, ServerSilent) }
	if len(c.mistakes) == before && !slices.ContainsFunc(x.Servers, func(s *ServerDraft) bool { return !sound(s) }) {
		return d // as nearly all of thousands
	}
	mended := *x
	mended.Servers = nil
	for _, s := range x.Servers {
		if s == nil {
			continue
		}
		server := *s
		within(c, server.Name, "state", &server.State, ServerUp, ServerSilent)
		mended.Servers = append(mended.Servers, &server)
	}
	return &mended
}

func (c *completion) properRequest(x RequestDraft) *RequestDraft {
	within(c, x.Name, "number of times", &x.Times, 0, maxTimes)
	within(c, x.Name, "point at which it stops", &x.Stop, StopNever, StopAfterHandshake)
	x.Expect = slices.DeleteFunc(slices.Clone(x.Expect), func(e ExpectDraft) bool { return e.Ending == nil })
	return &x
}
