// Package flowtext writes a draft as .flow text.
package flowtext

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// Text is a draft as text.
type Text struct {
	Text   string
	Unsaid []Unsaid // in the order of the text
}

// Unsaid is a fact that the language has no form for. It stands in the text as a
// comment.
type Unsaid struct {
	In   string // the declaration: "route shop"
	What string // as a statement
}

// Write returns what a draft states as text in the one style: what reads it makes the
// same draft of it. Lines of head stand in comments at its beginning.
//
// What is stated or imported is written; what is supplied, and defaults, are not. What
// is not modelled stands in comments at the declaration in whose text it is.
func Write(d *flow.Draft, head ...string) *Text {
	p := &page{}
	guesses := likely(d)
	for _, k := range kinds {
		p.groups = append(p.groups, group(d, k, guesses))
	}
	p.head = headOf(d)
	var lines []string
	for _, l := range head {
		lines = append(lines, comment(l))
	}
	lines = append(lines, leftOut(d, slices.Concat(p.groups...))...)
	lines = append(lines, folded(slices.Concat(p.groups...))...)
	return p.text(lines)
}

// kinds are the kinds of declarations in the order of the text. Those of one kind keep
// theirs: it may decide between them.
var kinds = []flow.DeclKind{
	flow.DeclZone, flow.DeclLink, flow.DeclCA, flow.DeclCertificate, flow.DeclNamespace,
	flow.DeclClient, flow.DeclProxy, flow.DeclBackend, flow.DeclRoute, flow.DeclRequest, flow.DeclView,
}

// headOf is what a draft states of the model as a whole.
func headOf(d *flow.Draft) []*statement {
	var out []*statement
	if d.Title != "" {
		out = append(out, say("title", quote(printable(d.Title))))
	}
	if d.Date != "" {
		out = append(out, say("date", word(d.Date)))
	}
	if d.Profile != nil {
		out = append(out, say("defaults", d.Profile.String()))
	}
	return out
}

// group is the declarations of a kind.
func group(d *flow.Draft, kind flow.DeclKind, guesses map[*flow.BackendDraft]flow.Protocol) []*statement {
	var out []*statement
	var before []flow.OnDraft
	for _, x := range d.Declarations {
		s, of := declaration(x)
		if s == nil || of != kind {
			continue
		}
		switch x := x.(type) {
		case *flow.RouteDraft:
			s.apart = len(out) > 0 && !sameProxies(before, x.On)
			before = x.On
		case *flow.BackendDraft:
			if guess, ok := guesses[x]; ok {
				s.notes = append(s.notes, comment("probably: speaks "+protocols[guess]))
			}
		}
		out = append(out, s)
	}
	return out
}

// sameProxies reports whether two routes are on the same proxies.
func sameProxies(a, b []flow.OnDraft) bool {
	all := func(of, in []flow.OnDraft) bool {
		return !slices.ContainsFunc(of, func(o flow.OnDraft) bool {
			return !slices.ContainsFunc(in, func(i flow.OnDraft) bool { return i.Proxy.V == o.Proxy.V })
		})
	}
	return all(a, b) && all(b, a)
}

// declaration is a declaration as a statement; nil where flowc supplied it.
func declaration(d flow.Declaration) (*statement, flow.DeclKind) {
	switch d := d.(type) {
	case nil:
		return nil, 0
	case *flow.ZoneDraft:
		return zone(d), flow.DeclZone
	case *flow.LinkDraft:
		return link(d), flow.DeclLink
	case *flow.CADraft:
		return ca(d), flow.DeclCA
	case *flow.CertificateDraft:
		return certificate(d), flow.DeclCertificate
	case *flow.NamespaceDraft:
		return namespace(d), flow.DeclNamespace
	case *flow.ClientDraft:
		return client(d), flow.DeclClient
	case *flow.ProxyDraft:
		return proxy(d), flow.DeclProxy
	case *flow.BackendDraft:
		return backend(d), flow.DeclBackend
	case *flow.RouteDraft:
		return route(d), flow.DeclRoute
	case *flow.RequestDraft:
		return request(d), flow.DeclRequest
	case *flow.ViewDraft:
		return view(d), flow.DeclView
	}
	panic("flowtext: unknown declaration")
}

// unlabelled are the kinds of declarations that have no label in the language. What a
// front end calls one so is a comment.
var unlabelled = []flow.DeclKind{flow.DeclCertificate, flow.DeclNamespace, flow.DeclView, flow.DeclServer}

// declare begins a declaration; nil where flowc supplied it.
func declare(kind flow.DeclKind, d *flow.Decl) *statement {
	if d.Supplied() {
		return nil
	}
	s := say(kind.String(), word(d.Name))
	switch {
	case d.Label == "", d.Label == d.Name && slices.Contains(unlabelled, kind):
	case slices.Contains(unlabelled, kind):
		s.trail = d.Label
	default:
		s.words = append(s.words, quote(printable(d.Label)))
	}
	s.at = d.Whole
	if !s.at.Known() {
		s.at = d.At
	}
	return s
}

// in adds the zone that a party is in.
func (s *statement) in(zone flow.Ref) {
	if named(zone) {
		s.words = append(s.words, "in", word(zone.V))
	}
}
