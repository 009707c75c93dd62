package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
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
		certificates: map[string]string{}, cas: map[string]string{}, lines: map[*source.File]map[int]placed{},
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
		if x.draft.At != x.draft.Whole {
			o.rules[x.draft.At] = append(o.rules[x.draft.At], x)
		}
	}
	for u, name := range b.backends {
		o.backends[name] = u
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
// that has no words there is left out.
func (m *model) advise(found diag.List) {
	for i := range found {
		d := &found[i]
		var ways []string
		for _, w := range d.Suggestions {
			if words := m.way(d, w); words != "" && !slices.Contains(ways, words) {
				ways = append(ways, words)
			}
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

// inModel begins what only a model can say that imports the configuration.
const inModel = "in a model that imports this configuration: "

// way is one suggestion in words; "" where a step has none.
func (m *model) way(d *diag.Diagnostic, w diag.Suggestion) string {
	var steps, stated []string
	for _, s := range w.Steps {
		if modelOnly(s) {
			words, ok := inFlow(s)
			if !ok {
				return ""
			}
			stated = append(stated, words)
			continue
		}
		words := m.step(d, s)
		if words == "" {
			return ""
		}
		if !slices.Contains(steps, words) {
			steps = append(steps, words)
		}
	}
	if len(stated) > 0 {
		steps = append(steps, inModel+strings.Join(stated, ", and "))
	}
	words := strings.Join(steps, ", and ")
	if w.If != "" && !strings.HasPrefix(w.If, "that name stands in") {
		words += ", if " + w.If
	}
	if w.Why != "" {
		words += ": " + w.Why
	}
	return words
}

// modelOnly reports whether a step is about something that no configuration says.
func modelOnly(s diag.Step) bool {
	switch s.In.Kind {
	case diag.KindZone, diag.KindLink, diag.KindNamespace, diag.KindClient, diag.KindRequest, diag.KindModel, diag.KindCertificate:
		return true
	case diag.KindProxy, diag.KindBackend, diag.KindRoute:
	}
	return slices.Contains(unstated, s.Fact)
}

// unstated are the facts that a model states, and no configuration.
var unstated = []diag.Fact{
	diag.FactAdmit, diag.FactAdmitNamespaces, diag.FactClientOf, diag.FactDate, diag.FactDomain, diag.FactExpect, diag.FactFollow, diag.FactHostField,
	diag.FactIssuer, diag.FactLabels, diag.FactName, diag.FactNames, diag.FactPolicy, diag.FactReachableFrom, diag.FactRequest, diag.FactTrusted, diag.FactValid,
	diag.FactZone, diag.FactSpeaks, diag.FactSubdomain,
}

// inFlow is a step in the words of .flow.
func inFlow(s diag.Step) (string, bool) {
	where := fmt.Sprintf("%s %q", s.In.Kind, s.In.Name)
	if s.In.Kind == diag.KindModel {
		where = "the model"
	}
	switch {
	case s.Fact == "" || s.Fact == diag.FactName || s.In.Kind == diag.KindNamespace:
		return "", false
	case s.Do == diag.Add, s.Do == diag.Change:
		return "add the line " + quoted(advice.Spell(s.Fact, s.Value)) + " to " + where, true
	}
	return "", false // nothing of it stands in the configuration
}

// step is one step in words; "" where the configuration has none for it.
func (m *model) step(d *diag.Diagnostic, s diag.Step) string {
	if s.Fact == "" {
		return m.removing(s)
	}
	for _, r := range directives {
		if r.fact == s.Fact && slices.Contains(r.in, placeOf(s.In)) {
			return r.words(m, d, s)
		}
	}
	return ""
}

// placeOf is a kind of declaration with the part that is meant: "proxy listener".
func placeOf(p diag.Place) string { return strings.TrimSpace(string(p.Kind) + " " + string(p.Part)) }

// removing takes out the section of a backend, or the rule of which a route is made,
// where it is one of its own: a rule that makes several routes stays.
func (m *model) removing(s diag.Step) string {
	if u := m.origin.backends[s.In.Name]; s.In.Kind == diag.KindBackend && u != nil && !u.front {
		return "remove the section " + sectionAt(u.section)
	}
	if s.In.Kind != diag.KindRoute || s.In.Part != diag.PartNone {
		return ""
	}
	x := m.origin.routes[s.In.Name]
	if x == nil || !x.draft.Whole.Known() || len(m.origin.rules[x.draft.Whole]) > 1 {
		return ""
	}
	at := m.lineAt(x.draft.Whole)
	if at.line == nil || at.line.At != x.draft.Whole {
		return "" // an entry of a map, or the servers of a section
	}
	return "remove " + quoted(asWritten(at.line.At)) + " from " + named(at.section, at.line.At)
}

// quoted is a text as it is written or taken out, to the letter.
func quoted(text string) string { return "`" + text + "`" }

// named is a section and a line of it: frontend web (haproxy.cfg:12).
func named(s *haproxycfg.Section, at source.Span) string {
	return fmt.Sprintf("%s (%s)", strings.TrimSpace(s.Kind+" "+s.Name), at.Line())
}

// sectionAt is a section as a place where lines are added.
func sectionAt(s *haproxycfg.Section) string { return named(s, s.At) }
