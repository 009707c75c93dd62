package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/advice"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// origins are the lines of which the declarations of a model are made.
type origins struct {
	binds        map[string][]*bind // by proxy and port
	routes       map[string]*pending
	rules        map[source.Span][]*pending // by the place of the rule, and of what names the backend
	backends     map[string]*unit
	proxies      map[string][]*unit
	certificates map[string]string // files by the names of certificates
	cas          map[string]string
	lines        map[*source.File]map[int]placed
	pending      []*pending
	inner        map[*unit]*bind // in which TLS ends that comes to a unit
}

// placed is a line with its section.
type placed struct {
	section *haproxycfg.Section
	line    *haproxycfg.Line
}

// origins notes the lines of all declarations.
func (b *builder) origins() *origins {
	o := &origins{
		binds: map[string][]*bind{}, routes: map[string]*pending{}, rules: map[source.Span][]*pending{}, backends: map[string]*unit{}, proxies: map[string][]*unit{},
		certificates: map[string]string{}, cas: map[string]string{}, lines: map[*source.File]map[int]placed{}, inner: b.inner, pending: b.pending,
	}
	for _, u := range b.units {
		for _, x := range u.binds {
			p, l := b.proxies[x], b.listens[x]
			if p == nil {
				continue
			}
			key := portKey(p.Name, l.Port)
			o.binds[key] = append(o.binds[key], x)
			if !slices.Contains(o.proxies[p.Name], u) {
				o.proxies[p.Name] = append(o.proxies[p.Name], u)
			}
		}
	}
	for _, x := range b.pending {
		o.routes[x.draft.Name] = x
		o.rules[x.draft.Whole] = append(o.rules[x.draft.Whole], x)
		if x.led.Known() {
			o.rules[x.led] = append(o.rules[x.led], x)
		}
		if x.draft.At != x.draft.Whole {
			o.rules[x.draft.At] = append(o.rules[x.draft.At], x)
		}
	}
	for u, parts := range b.backends {
		for _, x := range parts {
			o.backends[x.name] = u
		}
	}
	for file, name := range b.certs {
		o.certificates[name] = file
	}
	for file, name := range b.cas {
		o.cas[name] = file
	}
	return o
}

func portKey(proxy string, port int) string { return fmt.Sprintf("%s:%d", proxy, port) }

// lineAt is the line that has a place; nil for none.
func (m *model) lineAt(at source.Span) placed {
	if !at.Known() {
		return placed{}
	}
	of := m.origin.lines[at.File]
	if of == nil {
		of = map[int]placed{}
		for _, s := range m.cfg.Sections {
			for _, l := range s.Lines {
				if l.At.File == at.File {
					of[at.File.Position(l.At.Start).Line] = placed{s, l}
				}
			}
		}
		m.origin.lines[at.File] = of
	}
	return of[at.File.Position(at.Start).Line]
}

// advise renders the suggestions of findings in the words of a configuration. A way
// that has no words there is left out, and so is one that only a model states where the
// configuration can do without.
func (m *model) advise(t *flow.Topology, found diag.List) {
	for i := range found {
		d := &found[i]
		a := &adviser{model: m, topology: t, d: d}
		var ways, stated []string
		if words := a.moving(); words != "" {
			ways = append(ways, words)
		}
		for _, w := range d.Suggestions {
			if len(ways) > 0 && a.leadsToStage(w) {
				continue // what ends there would go astray
			}
			words, only := a.way(w)
			switch {
			case words == "" || slices.Contains(ways, words):
			case only:
				stated = append(stated, words)
			default:
				ways = append(ways, words)
			}
		}
		if len(ways) == 0 {
			ways = stated
		}
		if len(ways) == 0 {
			continue
		}
		words := strings.Join(ways, "; or ")
		if d.Help != "" {
			words = d.Help + "; " + words
		}
		d.Help = words
	}
}

// judge leaves out what the text says already: that timeouts are missing, of all sections
// with the same defaults at once.
func (m *model) judge(_ *flow.Topology, found diag.List) diag.List {
	if !m.timeless {
		return found
	}
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool { return d.Code == "FL609" })
}

// adviser puts the suggestions of one finding into words.
type adviser struct {
	*model
	topology *flow.Topology
	d        *diag.Diagnostic
	steps    []diag.Step // of the way that is put into words
}

// inModel begins what only a model can say that imports the configuration.
const inModel = "in a model that imports this configuration: "

// way is one suggestion in words; "" where a step has none. only is true where nothing of
// it is done in the configuration.
func (a *adviser) way(w diag.Suggestion) (words string, only bool) {
	a.steps = w.Steps
	var steps, stated []string
	for _, s := range w.Steps {
		if a.absorbed(s) {
			continue
		}
		if modelOnly(s) {
			words, ok := inFlow(s)
			if !ok {
				return "", false
			}
			stated = append(stated, words)
			continue
		}
		words := a.step(s)
		if words == "" {
			return "", false
		}
		if !slices.Contains(steps, words) {
			steps = append(steps, words)
		}
	}
	only = len(steps) == 0
	if len(stated) > 0 {
		steps = append(steps, inModel+strings.Join(stated, ", and "))
	}
	words = strings.Join(steps, ", and ")
	if w.If != "" && !a.saysIf(w.If) {
		words += ", if " + w.If
	}
	if w.Why != "" {
		words += ": " + w.Why
	}
	return words, only
}

// saysIf reports whether the words of a way say its condition already: what the file of a
// certificate has to hold, and whom the redirect is not for.
func (a *adviser) saysIf(condition string) bool {
	return strings.HasPrefix(condition, "that name stands in") || strings.Contains(condition, "is issued") ||
		a.has(diag.Remove, diag.FactRedirect) && !a.has(diag.Declare, "")
}

// has reports whether a step of the way does something to a fact.
func (a *adviser) has(do diag.Action, fact diag.Fact) bool {
	return slices.ContainsFunc(a.steps, func(s diag.Step) bool { return s.Do == do && s.Fact == fact })
}

// absorbed reports whether another step of the way says in a configuration what a step
// does, too.
func (a *adviser) absorbed(s diag.Step) bool {
	switch {
	case s.In.Kind == diag.KindCertificate && s.Do == diag.Declare: // by where it is shown
		return true
	case s.In.Kind == diag.KindRoute && s.Fact == diag.FactAnswer && s.Do == diag.Add: // what no rule redirects goes on to the next one
		return a.has(diag.Remove, diag.FactRedirect)
	case s.In.Kind == diag.KindRoute && s.Fact == diag.FactHost && s.Do == diag.Remove:
		return a.has(diag.Add, diag.FactSNIMatch)
	case s.Fact == diag.FactCheckedName && s.Do == diag.Remove && slices.Equal(s.Was, []string{""}): // none stands there
		return true
	case s.In.Part == diag.PartUpstream && s.Do == diag.Add: // in the words of the mode
		return slices.ContainsFunc(a.steps, func(o diag.Step) bool { return o.Fact == diag.FactMode && o.In.Name == s.In.Name })
	}
	return false
}

// modelOnly reports whether a step is about something that no configuration says.
func modelOnly(s diag.Step) bool {
	switch s.In.Kind {
	case diag.KindZone, diag.KindLink, diag.KindNamespace, diag.KindClient, diag.KindRequest, diag.KindModel:
		return true
	case diag.KindCertificate:
		return s.Fact != diag.FactNames && s.Fact != diag.FactValid
	case diag.KindProxy, diag.KindBackend, diag.KindRoute:
	}
	return s.In.Part == diag.PartServing || slices.Contains(unstated, s.Fact)
}

// unstated are the facts that a model states, and no configuration.
var unstated = []diag.Fact{
	diag.FactAdmit, diag.FactAdmitNamespaces, diag.FactClientOf, diag.FactDate, diag.FactDomain, diag.FactExpect, diag.FactFollow, diag.FactHostField,
	diag.FactIssuer, diag.FactLabels, diag.FactName, diag.FactPolicy, diag.FactReachableFrom, diag.FactRequest, diag.FactTrusted,
	diag.FactZone, diag.FactSpeaks, diag.FactSubdomain,
}

// inFlow is a step in the words of .flow.
func inFlow(s diag.Step) (string, bool) {
	where := fmt.Sprintf("%s %q", s.In.Kind, s.In.Name)
	if s.In.Kind == diag.KindModel {
		where = "the model"
	}
	switch {
	case s.Do == diag.Declare && s.In.Kind != diag.KindNamespace:
		return "add " + advice.Declaration(s) + " at its end", true
	case s.Fact == "" || s.Fact == diag.FactName || s.In.Kind == diag.KindNamespace:
		return "", false
	case s.Do == diag.Add, s.Do == diag.Change:
		return "add the line " + quoted(advice.Spell(s.Fact, s.Value)) + " to " + where, true
	}
	return "", false // nothing of it stands in the configuration
}

// step is one step in words; "" where the configuration has none for it.
func (a *adviser) step(s diag.Step) string {
	if s.Fact == "" {
		return a.removing(s)
	}
	for _, r := range directives {
		if r.fact == s.Fact && slices.Contains(r.in, placeOf(s.In)) {
			return r.words(a, s)
		}
	}
	return ""
}

// placeOf is a kind of declaration with the part that is meant: "proxy listener".
func placeOf(p diag.Place) string { return strings.TrimSpace(string(p.Kind) + " " + string(p.Part)) }

// quoted is a text as it is written or taken out, to the letter.
func quoted(text string) string { return "`" + text + "`" }

// named is a section and a line of it: frontend web (haproxy.cfg:12).
func named(s *haproxycfg.Section, at source.Span) string {
	return fmt.Sprintf("%s (%s)", strings.TrimSpace(s.Kind+" "+s.Name), at.Line())
}

// sectionAt is a section as a place where lines are added.
func sectionAt(s *haproxycfg.Section) string { return named(s, s.At) }
