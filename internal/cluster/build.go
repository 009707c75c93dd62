package cluster

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/source"
)

// builder makes a draft of an inventory.
type builder struct {
	*inventory
	draft        *flow.Draft
	names        *names
	certificates map[string]string // names by what is in them
	authorities  map[string]string
	cas          map[string]*flow.CADraft // by their names
	backends     map[backendKey]*flow.BackendDraft
	spaces       map[string]*flow.NamespaceDraft // that are declared
	listed       []flow.Unmodelled
	origin       *origins
	routers      []*router // of OpenShift
	rejected     map[*router]map[*route]*rejection
	shows        map[hostKey]*route // whose certificate a router shows
	certified    map[*router]map[string]int
	verdicts     map[*gatewayRoute][]verdict
	unserved     map[source.Span]bool      // targets without servers, which a finding explains
	fresh        []string                  // the names of a certificate that a suggestion makes
	passwilds    []*route                  // see passWildcards
	swallowed    map[source.Span]swallowed // by the host of the Route
}

// backendKey tells the servers of one port of a Service from others.
type backendKey struct {
	service name
	port    string // as a Route writes it; "" for all ports
}

// build makes the draft of an inventory.
func build(v *inventory, stem string, profile *flow.Profile) *builder {
	b := &builder{
		inventory: v, draft: &flow.Draft{Name: stem, Profile: profile}, names: newNames(), certificates: map[string]string{}, authorities: map[string]string{}, cas: map[string]*flow.CADraft{},
		backends: map[backendKey]*flow.BackendDraft{}, spaces: map[string]*flow.NamespaceDraft{}, origin: newOrigins(), swallowed: map[source.Span]swallowed{}, unserved: map[source.Span]bool{}, rejected: map[*router]map[*route]*rejection{}, shows: map[hostKey]*route{}, certified: map[*router]map[string]int{}, verdicts: map[*gatewayRoute][]verdict{},
	}
	b.passwilds = v.passWildcards()
	for _, part := range parts {
		part(b)
	}
	b.yieldGuesses()
	b.draft.Unmodelled = slices.Concat(v.listed, b.listed)
	return b
}

// note lists what the draft does not hold.
func (b *builder) note(kind flow.UnmodelledKind, at source.Span, what string) {
	b.noteSaying(kind, at, what, "")
}

// noteSaying lists what the draft does not hold, and what tells it from others of the same words.
func (b *builder) noteSaying(kind flow.UnmodelledKind, at source.Span, what, says string) {
	b.listed = append(b.listed, flow.Unmodelled{At: at, What: what, Kind: kind, Says: says})
}

// declare adds a declaration.
func (b *builder) declare(d flow.Declaration) { b.draft.Declarations = append(b.draft.Declarations, d) }

// decl is the head of a declaration that an object is.
func decl(o *kubeyaml.Object, own, label string) flow.Decl {
	d := flow.Decl{Name: own, Origin: flow.OriginStated, At: o.Name.At, Whole: o.At}
	if label != own {
		d.Label = label
	}
	return d
}

// declareNamespaces declares the namespaces of some routes, with their labels. All of them
// have one with their name.
func (b *builder) declareNamespaces(used []string, chosen bool) {
	known := map[string]*namespace{}
	for _, n := range b.namespaces {
		known[n.Name.V] = n
	}
	for _, own := range used {
		if b.spaces[own] != nil {
			continue
		}
		d := &flow.NamespaceDraft{Decl: flow.Decl{Name: own, Origin: flow.OriginStated}}
		b.spaces[own] = d
		if n := known[own]; n != nil {
			d.Decl = decl(n.Object, own, own)
			b.origin.namespaces[own] = n
			for _, l := range n.Labels {
				d.Labels = append(d.Labels, flow.Label{Key: l.Key.V, Value: l.Value.V, At: l.Value.At})
			}
		} else if chosen {
			b.note(flow.ChangesRouting, source.Span{}, "Namespace "+own+" is not given: its labels are not known, and a namespaceSelector looks at them")
		}
		if !slices.ContainsFunc(d.Labels, func(l flow.Label) bool { return l.Key == namespaceLabel }) {
			d.Labels = append(d.Labels, flow.Label{Key: namespaceLabel, Value: own})
		}
		b.declare(d)
	}
}

// matches reports whether labels meet a selector; nil selects everything.
func (s *selector) matches(labels []flow.Label) bool {
	if s == nil {
		return true
	}
	for _, t := range s.terms {
		i := slices.IndexFunc(labels, func(l flow.Label) bool { return l.Key == t.Key })
		among := i >= 0 && slices.Contains(t.Values, labels[i].Value)
		holds := map[string]bool{"=": among, "in": among, "notin": !among, "exists": i >= 0, "absent": i < 0}[t.Op]
		if !holds {
			return false
		}
	}
	return true
}

// labelsOf are the labels of an object.
func labelsOf(pairs []kubeyaml.Pair) []flow.Label {
	out := make([]flow.Label, len(pairs))
	for i, p := range pairs {
		out[i] = flow.Label{Key: p.Key.V, Value: p.Value.V, At: p.Value.At}
	}
	return out
}
