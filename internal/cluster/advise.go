package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/advice"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/source"
)

// origins are the objects of which the declarations of a draft are made.
type origins struct {
	routes     map[string]*route
	routers    map[string]*router
	namespaces map[string]*namespace
	services   map[string]backendKey // by backends
	drafts     map[string]*flow.BackendDraft
	holders    map[string]holder // of certificates

	gateways      map[string]*gateway
	gatewayRoutes map[string]*gatewayOrigin
	ingressRoutes map[string]*ingressOrigin
	nginx         map[string]bool // proxies that are ingress-nginx
	secrets       map[string]name // of which certificates are
}

// holder is the object that has a certificate, and the field with it.
type holder struct {
	*kubeyaml.Object
	path string
}

func newOrigins() *origins {
	return &origins{
		routes: map[string]*route{}, routers: map[string]*router{}, namespaces: map[string]*namespace{}, services: map[string]backendKey{}, drafts: map[string]*flow.BackendDraft{}, holders: map[string]holder{},
		gateways: map[string]*gateway{}, gatewayRoutes: map[string]*gatewayOrigin{}, ingressRoutes: map[string]*ingressOrigin{}, nginx: map[string]bool{}, secrets: map[string]name{},
	}
}

// advise renders the suggestions of findings as fields of objects. A way that has no
// field is left out.
func (b *builder) advise(found diag.List) {
	for i := range found {
		d := &found[i]
		var ways []string
		for _, w := range d.Suggestions {
			if words := b.way(w); words != "" && !slices.Contains(ways, words) {
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

// inModel begins what only a model can say that imports the objects.
const inModel = "in a model that imports this file: "

// alreadySo stands for a step that needs no field: a router does it by itself.
const alreadySo = "-"

// way is one suggestion in words; "" where a step has none.
func (b *builder) way(w diag.Suggestion) string {
	var steps, stated []string
	b.fresh = nil
	for i, s := range w.Steps {
		if names := freshNames(s); names != nil && i+1 < len(w.Steps) && w.Steps[i+1].Fact == diag.FactCertificate {
			b.fresh = names // the next step says where it goes
			continue
		}
		words := b.step(s)
		if words == "" {
			model, ok := inFlow(s)
			if !ok {
				return ""
			}
			stated = append(stated, model)
			continue
		}
		if words == alreadySo {
			continue
		}
		if !slices.Contains(steps, words) {
			steps = append(steps, words)
		}
	}
	if len(stated) > 0 {
		steps = append(steps, inModel+strings.Join(stated, ", and "))
	}
	if len(steps) == 0 {
		return ""
	}
	words := strings.Join(steps, ", and ")
	if w.If != "" && !strings.Contains(words, ", if ") {
		words += ", if " + w.If
	}
	if w.Why != "" {
		words += ": " + w.Why
	}
	return words
}

// freshNames are the names of a certificate that a step declares; nil for another step.
func freshNames(s diag.Step) []string {
	if s.Do != diag.Declare || s.In.Kind != diag.KindCertificate {
		return nil
	}
	for _, set := range s.With {
		if set.Fact == diag.FactNames {
			return set.Value
		}
	}
	return nil
}

// unstated are the facts that a model states, and no object.
var unstated = []diag.Fact{
	diag.FactClientOf, diag.FactDate, diag.FactExpect, diag.FactFollow, diag.FactHostField, diag.FactIssuer, diag.FactNames, diag.FactPolicy,
	diag.FactReachableFrom, diag.FactRequest, diag.FactSpeaks, diag.FactState, diag.FactTrusted, diag.FactValid, diag.FactZone,
}

// wordless are the facts that objects state in a way that a suggestion cannot name, or that
// no object has: which router a Route is on follows from labels, and what servers do is in
// their programs.
var wordless = []diag.Fact{
	diag.FactALPN, diag.FactCheck, diag.FactDomain, diag.FactEarlyData, diag.FactListener, diag.FactMatch, diag.FactName, diag.FactRetries,
	diag.FactServedBy, diag.FactServer, diag.FactSNIMatch, diag.FactStrictSNI, diag.FactUnmatched, diag.FactUpstream, diag.FactWithoutCertificate,
}

// inFlow is a step in the words of .flow, of what only a model says.
func inFlow(s diag.Step) (string, bool) {
	where := fmt.Sprintf("%s %q", s.In.Kind, s.In.Name)
	if s.In.Kind == diag.KindModel {
		where = "the model"
	}
	kinds := []diag.Kind{diag.KindZone, diag.KindLink, diag.KindClient, diag.KindRequest, diag.KindModel, diag.KindCertificate}
	if !slices.Contains(kinds, s.In.Kind) && !slices.Contains(unstated, s.Fact) || s.In.Part == diag.PartServer {
		return "", false
	}
	if s.Do == diag.Declare {
		return "add " + advice.Declaration(s) + " at its end", true
	}
	if s.Fact != "" && s.Fact != diag.FactName && (s.Do == diag.Add || s.Do == diag.Change) {
		return "add the line " + quoted(advice.Spell(s.Fact, s.Value)) + " to " + where, true
	}
	return "", false
}

// quoted is a text as it is written or taken out, to the letter.
func quoted(text string) string { return "`" + text + "`" }

// step is one step in words; "" where objects have no field for it.
func (b *builder) step(s diag.Step) string {
	in := strings.TrimSpace(string(s.In.Kind) + " " + string(s.In.Part))
	if s.Fact == "" {
		return b.removing(s)
	}
	for _, rows := range [][]field{fields, gatewayFields, ingressFields} { // an object is one of one of them
		for _, f := range rows {
			if f.fact == s.Fact && f.in == in {
				if words := f.words(b, s); words != "" {
					return words
				}
			}
		}
	}
	return ""
}

// removing takes out a route, or one target of it. A Service may stay: without a route it is
// no backend.
func (b *builder) removing(s diag.Step) string {
	if s.Do != diag.Remove {
		return ""
	}
	_, service := b.origin.services[s.In.Name]
	gateway, ingress := b.origin.gatewayRoutes[s.In.Name], b.origin.ingressRoutes[s.In.Name]
	switch r := b.origin.routes[s.In.Name]; {
	case s.In.Kind == diag.KindBackend && s.In.Part == diag.PartNone && service:
		return alreadySo
	case s.In.Kind != diag.KindRoute:
	case s.In.Part == diag.PartTarget && gateway != nil:
		return gateway.withoutTarget(b, s.In.Key)
	case s.In.Part != diag.PartNone:
	case r != nil:
		return "remove " + at(r.Object)
	case gateway != nil:
		return gateway.without()
	case ingress != nil:
		return ingress.without()
	}
	return ""
}

// fieldAt is the path of the field that states something, as spec.rules[0].filters[0].
func fieldAt(o *kubeyaml.Object, at source.Span) string {
	if !at.Known() || at.File != o.At.File {
		return ""
	}
	return o.File().FieldAt(at.Start)
}

// at is an object with its place: Route web/shop (shop.yaml:12).
func at(o *kubeyaml.Object) string { return fmt.Sprintf("%s (%s)", o.Title(), o.Name.At.Line()) }

// set writes a field of an object, and unset takes it out.
func set(o *kubeyaml.Object, path, value string) string {
	return "write " + quoted(path+": "+value) + " in " + at(o)
}

func unset(o *kubeyaml.Object, path string) string {
	return "remove " + quoted(path) + " from " + at(o)
}

// annotated writes annotations of an object: keys, each with its value.
func annotated(o *kubeyaml.Object, pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, quoted(pairs[i]+": "+quotedValue(pairs[i+1])))
	}
	return "write " + strings.Join(out, " and ") + " into metadata.annotations of " + at(o)
}

// quotedValue is a text as YAML: in quotes where it would be something else without.
func quotedValue(v string) string {
	words := []string{"", "true", "false", "on", "off", "yes", "no", "null", "~"}
	if slices.Contains(words, strings.ToLower(v)) || strings.ContainsAny(v, ":#{}[]%@`\"' ") || strings.Trim(v, "0123456789.") == "" {
		return fmt.Sprintf("%q", v)
	}
	return v
}

// isRemoved reports whether a step takes a fact out.
func isRemoved(s diag.Step) bool { return s.Do == diag.Remove }

// labelWords writes the labels of an object.
func labelWords(o *kubeyaml.Object, labels []string) string {
	var out []string
	for _, l := range labels {
		key, value, ok := strings.Cut(l, "=")
		if !ok {
			return ""
		}
		out = append(out, quoted(key+": "+quotedValue(value)))
	}
	if len(out) == 0 {
		return ""
	}
	return "write " + strings.Join(out, " and ") + " into metadata.labels of " + at(o)
}
