package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/source"
)

// What a suggestion is about: declarations and their parts, and the steps that
// rules have in common.

// way is a suggestion of steps that belong together, if what they say of the world is so.
func way(steps ...diag.Step) diag.Suggestion {
	return diag.Suggestion{Steps: steps, If: conditionsOf(steps)}
}

// because adds to a suggestion what its steps achieve or rest on.
func because(w diag.Suggestion, format string, args ...any) diag.Suggestion {
	w.Why = fmt.Sprintf(format, args...)
	return w
}

// given adds to a suggestion what must hold for its steps to be right.
func given(w diag.Suggestion, format string, args ...any) diag.Suggestion {
	condition := fmt.Sprintf(format, args...)
	if w.If == "" || w.If == condition {
		w.If = condition
	} else {
		w.If = condition + " and " + w.If
	}
	return w
}

// safe marks a suggestion as one that cannot change what the model means.
func safe(w diag.Suggestion) diag.Suggestion {
	w.Safe = true
	return w
}

func inDecl(kind diag.Kind, d *flow.Decl) diag.Place {
	return diag.Place{Kind: kind, Name: d.Name, At: d.At}
}

func inModel() diag.Place                          { return diag.Place{Kind: diag.KindModel} }
func inCertificate(c *flow.Certificate) diag.Place { return inDecl(diag.KindCertificate, &c.Decl) }
func inNamespace(n *flow.Namespace) diag.Place     { return inDecl(diag.KindNamespace, &n.Decl) }
func inClient(c *flow.Client) diag.Place           { return inDecl(diag.KindClient, &c.Decl) }
func inProxy(p *flow.Proxy) diag.Place             { return inDecl(diag.KindProxy, &p.Decl) }
func inBackend(b *flow.Backend) diag.Place         { return inDecl(diag.KindBackend, &b.Decl) }
func inRoute(r *flow.Route) diag.Place             { return inDecl(diag.KindRoute, &r.Decl) }
func inRequest(q *flow.Request) diag.Place         { return inDecl(diag.KindRequest, &q.Decl) }

// part is a part of a declaration.
func part(p diag.Place, which diag.Part, key string, at source.Span) diag.Place {
	p.Part, p.Key, p.PartAt = which, key, at
	return p
}

// inListener is a port of a proxy.
func inListener(l *flow.Listener) diag.Place {
	return part(inProxy(l.Proxy), diag.PartListener, socketOf(l), l.At)
}

// socketOf is how a port is stated: ":443", "192.0.2.1:443".
func socketOf(l *flow.Listener) string {
	if strings.Contains(l.Address, ":") {
		return fmt.Sprintf("[%s]:%s", l.Address, words.Ports(l))
	}
	return fmt.Sprintf("%s:%s", l.Address, words.Ports(l))
}

// inUpstream is the session that a proxy opens to the servers of a route.
func inUpstream(r *flow.Route) diag.Place {
	return part(inRoute(r), diag.PartUpstream, "", r.Mode.At)
}

// inServing is what the servers of a backend speak.
func inServing(b *flow.Backend) diag.Place {
	return part(inBackend(b), diag.PartServing, "", b.Speaks.At)
}

func inServer(s *flow.Server) diag.Place {
	return part(inBackend(s.Backend), diag.PartServer, s.Name, s.At)
}

func inTarget(r *flow.Route, t *flow.Target) diag.Place {
	return part(inRoute(r), diag.PartTarget, t.Name(), t.At)
}

// stated is where a fact is stated, the zero Place where it is not: it tells
// facts apart that no text states.
func stated[T any](f flow.Fact[T], in diag.Place) diag.Place {
	if !f.IsSet() {
		return diag.Place{}
	}
	return in
}

// add is the step that adds a fact to a place.
func add(in diag.Place, fact diag.Fact, value ...string) diag.Step {
	return diag.Step{Do: diag.Add, In: in, Fact: fact, Value: value}
}

// remove is the step that takes a fact out of the place where it stands.
func remove(in diag.Place, fact diag.Fact, at source.Span, was ...string) diag.Step {
	return diag.Step{Do: diag.Remove, In: in, Fact: fact, At: at, Was: was}
}

// removeAll is the step that takes a whole declaration, or part of it, out.
func removeAll(in diag.Place) diag.Step { return diag.Step{Do: diag.Remove, In: in} }

// state is the step by which a fact has a value: it is changed where it is
// stated, else added.
func state[T any](in diag.Place, fact diag.Fact, stated flow.Fact[T], was []string, value ...string) diag.Step {
	if !stated.IsSet() {
		return add(in, fact, value...)
	}
	return change(in, fact, stated.At, was, value...)
}

// change is the step that changes a fact which is stated.
func change(in diag.Place, fact diag.Fact, at source.Span, was []string, value ...string) diag.Step {
	return diag.Step{Do: diag.Change, In: in, Fact: fact, At: at, Was: was, Value: value}
}

// declare is the step that makes a new declaration.
func declare(kind diag.Kind, name string, with ...diag.Setting) diag.Step {
	return diag.Step{Do: diag.Declare, In: diag.Place{Kind: kind, Name: name}, With: with}
}

func setting(fact diag.Fact, value ...string) diag.Setting {
	return diag.Setting{Fact: fact, Value: value}
}

// valuesOf are the values of facts of one word each.
func valuesOf(list []flow.Fact[string]) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.V)
	}
	return out
}

// expectsSuccess reports whether a request expects a status that is neither a
// failure nor a redirect.
func expectsSuccess(q *flow.Request) bool {
	if len(q.Expect) == 0 || expectsFailure(q) {
		return false
	}
	first, ok := q.Expect[0].Ending.(flow.Answered)
	return ok && first.Status < 300
}

// freeName is a name that no declaration of a kind has: base, or base-2, ….
func freeName[T any](base string, declared []T, nameOf func(T) string) string {
	for n, name := 2, base; ; n++ {
		if !slices.ContainsFunc(declared, func(d T) bool { return strings.EqualFold(nameOf(d), name) }) {
			return name
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
}
