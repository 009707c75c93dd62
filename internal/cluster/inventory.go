package cluster

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// name is the name of an object in its namespace.
type name struct{ namespace, name string }

func (n name) String() string { return n.namespace + "/" + n.name }

func nameOf(o *kubeyaml.Object) name { return name{o.NamespaceName(), o.Name.V} }

// inventory is the objects of a model, in the order of their texts.
type inventory struct {
	files    []*kubeyaml.File
	findings diag.List
	listed   []flow.Unmodelled

	routes      []*route
	controllers []*ingressController
	config      *ingressConfig
	namespaces  []*namespace
	gatewayObjects
	ingressObjects
	services    map[name]*service
	pods        map[string][]*pod     // by namespace
	endpointsOf map[name][]*endpoints // by Service, from EndpointSlices and Endpoints
	secrets     map[name]*secret
	secretsIn   map[string]bool // namespaces

	serviceNames map[string][]string // by namespace

	byName map[objectKey]*kubeyaml.Object
	unread map[string]*unread // kinds that are not read
	order  []*unread
}

// objectKey tells objects apart.
type objectKey struct {
	group, kind string
	name        name
}

// unread are the objects of a kind that is not read.
type unread struct {
	kind  string
	first *kubeyaml.Object
	count int
	parts []flow.UnmodelledPart
}

func newInventory(files []*kubeyaml.File) *inventory {
	v := &inventory{files: files, endpointsOf: map[name][]*endpoints{}, secrets: map[name]*secret{}, secretsIn: map[string]bool{}, services: map[name]*service{}, pods: map[string][]*pod{}, serviceNames: map[string][]string{}, byName: map[objectKey]*kubeyaml.Object{}, unread: map[string]*unread{}}
	for _, f := range files {
		for _, o := range f.Objects {
			v.object(o)
		}
	}
	for _, u := range v.order {
		what := fmt.Sprintf("kind %s is not read", u.kind)
		if u.count > 1 {
			what = fmt.Sprintf("kind %s (%d objects) is not read", u.kind, u.count)
		}
		v.listed = append(v.listed, flow.Unmodelled{At: headOf(u.first), What: what, Kind: effectOf(u.kind), Parts: u.parts})
	}
	return v
}

// object takes one object.
func (v *inventory) object(o *kubeyaml.Object) {
	k := kindOf(o.Group, o.Kind)
	if k == nil {
		v.notRead(o)
		return
	}
	if o.NameFault() {
		return
	}
	key := objectKey{o.Group, o.Kind, nameOf(o)}
	if k.global {
		key.name.namespace = ""
	}
	if other := v.byName[key]; other != nil {
		f := o.File()
		f.Add(kubeyaml.FaultTwice, diag.Error, o.Name.At, "remove one of them, or give it another name", "%s is there already, in %s", o.Title(), placeOf(other, f))
		if n := len(f.Findings); n > 0 && f.Findings[n-1].At == o.Name.At {
			f.Findings[n-1].Related = []diag.Related{{At: other.Name.At, Message: "the first one"}}
		}
		return
	}
	v.byName[key] = o
	k.read(v, o)
}

// placeOf is the line of an object, with its file where that is another one.
func placeOf(o *kubeyaml.Object, from *kubeyaml.File) string {
	line := fmt.Sprintf("line %d", o.Name.At.File.Position(o.Name.At.Start).Line)
	if o.File() != from {
		line += " of " + o.Name.At.File.Name
	}
	return line
}

// notRead notes an object of a kind that is not read. One whose kind is a slip of the
// finger is a mistake.
func (v *inventory) notRead(o *kubeyaml.Object) {
	for i := range kinds {
		k := &kinds[i]
		if k.slip(o) {
			o.File().Add(kubeyaml.FaultObject, diag.Error, headOf(o), fmt.Sprintf("did you mean apiVersion: %s and kind: %s?", versionOf(k), k.name),
				"no kind %q is in %q", o.Kind, o.APIVersion)
			return
		}
	}
	of := o.Group + "/" + o.Kind
	u := v.unread[of]
	if u == nil {
		u = &unread{kind: o.Kind, first: o}
		v.unread[of] = u
		v.order = append(v.order, u)
	}
	u.count++
	if effectOf(o.Kind) != flow.NoEffect {
		u.parts = append(u.parts, flow.UnmodelledPart{At: headOf(o), What: o.Title() + " is not read", Says: o.Digest()})
	}
}

// slip reports whether an object of no kind that is read is meant for this one: its kind is a
// slip of the finger, or its group is, or another one of OpenShift.
func (k *kind) slip(o *kubeyaml.Object) bool {
	_, kindSlip := spell.Typo(o.Kind, []string{k.name})
	_, groupSlip := spell.Typo(o.Group, []string{k.group})
	switch {
	case k.name == o.Kind:
		return k.group != "" && (groupSlip || strings.HasSuffix(k.group, "openshift.io") && strings.HasSuffix(o.Group, "openshift.io"))
	case k.group == o.Group:
		return kindSlip
	}
	return false
}

// versionOf is the apiVersion of a kind.
func versionOf(k *kind) string {
	if k.group == "" {
		return "v1"
	}
	return k.group + "/v1"
}

// headOf is the place of an object as a whole: its kind.
func headOf(o *kubeyaml.Object) source.Span {
	if o.KindAt.Known() {
		return o.KindAt
	}
	return o.At
}

// list notes a value that was read and is not in the model.
func (v *inventory) list(kind flow.UnmodelledKind, value kubeyaml.Value, what string) {
	v.listed = append(v.listed, flow.Unmodelled{At: value.KeyAt(), What: what, Kind: kind, Says: value.Digest()})
}

// servicesOf are the names of the Services in a namespace.
func (v *inventory) servicesOf(namespace string) []string { return v.serviceNames[namespace] }

// collect are the findings about all objects.
func (v *inventory) collect() diag.List {
	var out diag.List
	for _, f := range v.files {
		out = append(out, f.Findings...)
	}
	return append(out, v.findings...)
}

// release forgets the syntax of the texts.
func (v *inventory) release() {
	for _, f := range v.files {
		f.Release()
	}
}
