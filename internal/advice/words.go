package advice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
)

// Words are the ways to remove the cause of a finding in one line: "add
// accept-proxy to the listen https :443 block of proxy "p"; or remove send-proxy v2 from route "r"".
func (r *Renderer) Words(ways []diag.Suggestion) string {
	var out []string
	for _, w := range ways {
		out = append(out, r.way(w))
	}
	return strings.Join(out, "; or ")
}

func (r *Renderer) way(w diag.Suggestion) string {
	var steps []string
	for i, s := range w.Steps {
		if i > 0 && sameMove(w.Steps[i-1], s) {
			last := len(steps) - 1
			steps[last] = strings.TrimSuffix(steps[last], r.connect(s)) + " and " + spell(s.Fact, s.Value) + r.connect(s)
			continue
		}
		steps = append(steps, r.step(s))
	}
	words := strings.Join(steps, ", and ")
	if w.If != "" {
		words += ", if " + w.If
	}
	if w.Why != "" {
		words += ": " + w.Why
	}
	return words
}

// sameMove reports whether two steps add facts to one place.
func sameMove(a, b diag.Step) bool {
	return a.Do == diag.Add && b.Do == diag.Add && a.In == b.In && a.In.At.Known() && !lacksPart(a.In)
}

func (r *Renderer) connect(s diag.Step) string { return " to " + r.place(s.In) }

func (r *Renderer) step(s diag.Step) string {
	switch s.Do {
	case diag.Declare:
		return "declare " + declaration(s)
	case diag.Add:
		return r.adding(s)
	case diag.Change:
		if s.Fact == diag.FactName {
			return fmt.Sprintf("rename %s to %q", r.place(s.In), s.Value[0])
		}
		if !forms()[s.Fact].inline && r.stating(s) == nil {
			return r.adding(s)
		}
		if s.Fact == diag.FactListener {
			s.In.Part = diag.PartNone
		}
		return fmt.Sprintf("replace %s with %s in %s", r.today(s), r.changed(s), r.place(s.In))
	case diag.Remove:
		switch s.Fact {
		case "":
			if s.In.Part != diag.PartNone {
				return fmt.Sprintf("remove %s from %s %q", head(r.statementOf(s.In)).Text(), s.In.Kind, s.In.Name)
			}
			return "remove " + r.place(s.In)
		case diag.FactUpstream:
			return "remove " + r.place(s.In)
		default:
			return fmt.Sprintf("remove %s from %s", r.today(s), r.place(s.In))
		}
	}
	panic("advice: unknown action")
}

// today is the statement of a fact as the model has it.
func (r *Renderer) today(s diag.Step) string {
	if forms()[s.Fact].inline {
		return spell(s.Fact, s.Was)
	}
	return strings.Join(strings.Fields(head(r.stating(s)).Text()), " ")
}

// changed is what becomes of that statement.
func (r *Renderer) changed(s diag.Step) string {
	if forms()[s.Fact].inline {
		return spell(s.Fact, s.Value)
	}
	return spell(s.Fact, changedList(r.stating(s), s))
}

// adding is a fact that is added, with what is not there yet to hold it.
func (r *Renderer) adding(s diag.Step) string {
	statement := spell(s.Fact, s.Value)
	for _, w := range s.With {
		statement += " { " + spell(w.Fact, w.Value) + " }"
	}
	switch {
	case s.In.Kind == diag.KindModel:
		return "add " + statement
	case !s.In.At.Known():
		others := ""
		if len(r.supplied(s.In.Kind)) > 1 {
			others = fmt.Sprintf(", like every other %s that the model names", s.In.Kind)
		}
		return fmt.Sprintf("declare %s %s with %s%s%s", s.In.Kind, s.In.Name, r.inPart(s.In, statement), r.besides(s), others)
	case lacksPart(s.In), s.Fact == diag.FactListener:
		return fmt.Sprintf("add %s%s to %s %q", r.inPart(s.In, statement), r.besides(s), s.In.Kind, s.In.Name)
	}
	return "add " + statement + r.connect(s)
}

// besides are the ports that a proxy has without stating one, which it has to
// state with the first one: " and listen http :80".
func (r *Renderer) besides(s diag.Step) string {
	words := ""
	if s.In.Part == diag.PartListener || s.Fact == diag.FactListener {
		for _, l := range r.listeners(s.In) {
			if l != r.partHead(s.In) {
				words += " and " + l
			}
		}
	}
	return words
}

// lacksPart reports whether the part of a place has no statement yet that could
// hold another one.
func lacksPart(p diag.Place) bool {
	return p.Part != diag.PartNone && p.Part != diag.PartUpstream && !p.PartAt.Known()
}

// inPart is a statement within the part of a place.
func (r *Renderer) inPart(p diag.Place, statement string) string {
	if p.Part == diag.PartNone {
		return statement
	}
	return r.partHead(p) + " { " + statement + " }"
}

// declaration is a new declaration with what it states: "certificate shop with
// names shop.example.test and issuer public-ca".
func declaration(s diag.Step) string {
	words := fmt.Sprintf("%s %s", s.In.Kind, s.In.Name)
	var with []string
	for _, w := range s.With {
		if forms()[w.Fact].inline {
			words += " " + spell(w.Fact, w.Value)
			continue
		}
		with = append(with, spell(w.Fact, w.Value)+within(w.With))
	}
	if len(with) > 0 {
		words += " with " + strings.Join(with, " and ")
	}
	return words
}

// within is what stands in the block of a statement: " { trust ca name shop.svc }".
func within(with []diag.Setting) string {
	if len(with) == 0 {
		return ""
	}
	var inner []string
	for _, w := range with {
		inner = append(inner, spell(w.Fact, w.Value))
	}
	return " { " + strings.Join(inner, "; ") + " }"
}

// place is a declaration or its part in words: the listen https :443 block of proxy "haproxy".
func (r *Renderer) place(p diag.Place) string {
	whole := fmt.Sprintf("%s %q", p.Kind, p.Name)
	switch p.Part {
	case diag.PartNone:
		return whole
	case diag.PartListener:
		port := r.partHead(p)
		if p.PartAt.Known() {
			port = strings.Join(strings.Fields(head(r.statementOf(p)).Text()), " ")
		}
		return "the " + port + " block of " + whole
	case diag.PartUpstream:
		return "the tls reencrypt block of " + whole
	case diag.PartServing:
		return "the speaks block of " + whole
	case diag.PartServer:
		return fmt.Sprintf("server %q of %s", p.Key, whole)
	case diag.PartTarget:
		return fmt.Sprintf("the target %q of %s", p.Key, whole)
	}
	panic("advice: unknown part")
}

// supplied are the names of the declarations of a kind that the model does not
// make itself: as soon as it makes one, it has to make them all.
func (r *Renderer) supplied(kind diag.Kind) []string {
	var out []string
	add := func(name string, supplied bool) {
		if supplied && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	switch kind {
	case diag.KindClient:
		for _, c := range r.topology.Clients {
			add(c.Name, c.Supplied())
		}
	case diag.KindProxy:
		for _, p := range r.topology.Proxies {
			add(p.Name, p.Supplied())
		}
	case diag.KindBackend:
		for _, b := range r.topology.Backends {
			add(b.Name, b.Supplied())
		}
	default: // nothing else is supplied
	}
	return out
}
