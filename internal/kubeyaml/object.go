package kubeyaml

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// Object is one object of Kubernetes.
type Object struct {
	Map
	APIVersion, Group, Version, Kind string
	KindAt                           source.Span // zero for an object of a typed list
	At                               source.Span // all of it

	Name        Text
	Namespace   Text
	Created     Text
	UID         Text
	Labels      []Pair
	Annotations []Pair
}

// DefaultNamespace is the namespace of an object that states none.
const DefaultNamespace = "default"

// NamespaceName is the namespace of the object.
func (o *Object) NamespaceName() string {
	if o.Namespace.V == "" {
		return DefaultNamespace
	}
	return o.Namespace.V
}

// Title is the object in words: Route shop/web.
func (o *Object) Title() string {
	if o.Namespace.V == "" {
		return o.Kind + " " + o.Name.V
	}
	return o.Kind + " " + o.Namespace.V + "/" + o.Name.V
}

// Annotation is the value of an annotation; not set for none.
func (o *Object) Annotation(key string) Text {
	for _, p := range o.Annotations {
		if p.Key.V == key {
			return p.Value
		}
	}
	return Text{}
}

// File is the text in which the mapping stands.
func (m Map) File() *File { return m.file }

// Fields reports the fields of the object that its kind does not have.
func (o *Object) Fields(known ...string) {
	o.judge(append([]string{"apiVersion", "kind", "metadata"}, known...))
}

var metadataFields = []string{
	"name", "namespace", "labels", "annotations", "creationTimestamp", "uid", "generateName", "resourceVersion", "generation", "managedFields",
	"ownerReferences", "finalizers", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "clusterName",
}

// metadata reads what each object has.
func (o *Object) metadata() {
	m, ok := o.Map.Map("metadata", metadataFields...)
	if !ok {
		return
	}
	o.Name, o.Namespace = m.Text("name"), m.Text("namespace")
	if v := m.Field("creationTimestamp"); !v.Null() {
		o.Created = Text{v.target().Value, v.At(), true}
	}
	o.UID = m.Text("uid")
	o.Labels, o.Annotations = m.Pairs("labels"), m.Pairs("annotations")
}

// Lines are the comments of a text that are for flowc, and the places that they are about:
// behind a value its line, above one the next line, above or behind the first line of an
// object all of it.
func (f *File) Lines(wanted string) []Comment {
	if !strings.Contains(f.Source.Text, wanted) {
		return nil
	}
	var out []Comment
	for n := 1; n <= f.Source.Lines(); n++ {
		line := f.Source.LineSpan(n)
		text := line.Text()
		i := strings.Index(text, wanted)
		hash := strings.LastIndex(text[:max(i, 0)], "#")
		if i < 0 || hash < 0 || strings.TrimSpace(text[hash+1:i]) != "" || hash > 0 && !strings.ContainsAny(text[hash-1:hash], " \t") {
			continue
		}
		at := source.Span{File: f.Source, Start: line.Start + hash, End: line.End}
		covers := line
		if strings.TrimSpace(text[:hash]) == "" {
			covers = f.below(n)
		}
		around := source.Span{}
		for _, o := range f.Objects {
			if o.At.Contains(covers) || o.At.Contains(at) {
				around = o.At
			}
			if first := f.Source.Position(o.At.Start).Line; covers.Known() && first == f.Source.Position(covers.Start).Line {
				covers, around = o.At, o.At
			}
		}
		out = append(out, Comment{At: at, Covers: covers, Around: around})
	}
	return out
}

// Comment is a comment with what it is about.
type Comment struct{ At, Covers, Around source.Span }

// below is the next line after line n that is not a comment alone.
func (f *File) below(n int) source.Span {
	for n++; n <= f.Source.Lines(); n++ {
		line := f.Source.LineSpan(n)
		switch text := strings.TrimSpace(line.Text()); {
		case strings.HasPrefix(text, "#"), strings.HasPrefix(text, "---"):
			continue
		case text == "":
			return source.Span{}
		}
		return line
	}
	return source.Span{}
}

// NameFault reports an object without a name, or with one that no object can have.
func (o *Object) NameFault() bool {
	if o.Name.V != "" {
		return false
	}
	m := o.Map.Field("metadata")
	at := o.KindAt
	if m.Exists() {
		at = m.KeyAt()
	}
	if !at.Known() {
		at = o.At
		at.End = min(at.Start+1, at.End)
	}
	help := "give it one: metadata.name"
	if !m.Null() && slices.ContainsFunc(m.Keys(), func(k string) bool { return k == "generateName" }) {
		help = "generateName is for kubectl create; give it a name here: metadata.name"
	}
	o.file.Add(FaultObject, diag.Error, at, help, "this %s has no name", o.Kind)
	return true
}

// Keys are the names of the fields of a mapping.
func (v Value) Keys() []string {
	n := v.target()
	var out []string
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		out = append(out, n.Content[i].Value)
	}
	return out
}
