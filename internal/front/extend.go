package front

import (
	"reflect"
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Conflict is a fact that a model states, and that a configuration which it imports
// states otherwise.
type Conflict struct {
	At, Other source.Span // in the model, and in the configuration
	Decl      string      // kind and name of the declaration
}

// Extend puts the declarations of a model behind those of a configuration that it
// imports. A declaration of a name that the configuration declares adds to that one:
// what the configuration leaves open, be it only a default.
func Extend(base, model *flow.Draft) []Conflict {
	x := &extension{}
	known := map[declKey]flow.Declaration{}
	for _, d := range base.Declarations {
		imported(d)
		known[keyOf(d)] = d
	}
	out := slices.Clone(base.Declarations)
	for _, d := range model.Declarations {
		if k := keyOf(d); k.name != "" && known[k] != nil {
			x.decl = k.kind + " " + k.name
			x.structs(reflect.ValueOf(known[k]).Elem(), reflect.ValueOf(d).Elem())
			continue
		}
		out = append(out, d)
	}
	model.Declarations = out
	model.Unmodelled = append(slices.Clone(base.Unmodelled), model.Unmodelled...)
	if model.Profile == nil {
		model.Profile = base.Profile
	}
	return x.found
}

// declKey tells declarations apart.
type declKey struct{ kind, name string }

func keyOf(d flow.Declaration) declKey {
	v := reflect.ValueOf(d).Elem()
	decl := v.FieldByName("Decl")
	if !decl.IsValid() {
		return declKey{}
	}
	return declKey{flow.KindOf(d).String(), decl.Interface().(flow.Decl).Name}
}

// imported says of a declaration that a configuration states it.
func imported(d flow.Declaration) {
	if decl := reflect.ValueOf(d).Elem().FieldByName("Decl"); decl.IsValid() {
		decl.FieldByName("Origin").Set(reflect.ValueOf(flow.OriginImported))
	}
}

// extension goes through the facts of two declarations of one name.
type extension struct {
	decl      string
	at, other source.Span // of what is compared, in the model and in the configuration
	found     []Conflict
}

var (
	spanType   = reflect.TypeFor[source.Span]()
	declType   = reflect.TypeFor[flow.Decl]()
	originType = reflect.TypeFor[flow.Origin]()
)

// structs adds the facts of one struct to those of another one.
func (x *extension) structs(into, from reflect.Value) {
	if at := placeIn(from); at.Known() {
		defer func(at, other source.Span) { x.at, x.other = at, other }(x.at, x.other)
		x.at, x.other = at, placeIn(into)
	}
	for i := range from.NumField() {
		f, t := from.Field(i), from.Type().Field(i)
		if !t.IsExported() || f.IsZero() {
			continue
		}
		if !x.field(into.Field(i), f, t) {
			x.found = append(x.found, Conflict{At: x.at, Other: x.other, Decl: x.decl})
		}
	}
}

// implied are the facts that a configuration states only of its own side: HAProxy may
// send plaintext to a server that speaks TLS, and then a model knows better.
var implied = map[string]bool{"Speaks": true}

// field adds one field; ok is false where both have another plain value.
func (x *extension) field(into, from reflect.Value, t reflect.StructField) (ok bool) {
	switch {
	case implied[t.Name] && from.FieldByName("Origin").Interface() == flow.OriginStated:
		into.Set(from)
	case t.Type == declType:
		if label := from.FieldByName("Label"); label.String() != "" {
			into.FieldByName("Label").Set(label)
		}
	case isFact(from):
		x.fact(into, from)
	case t.Type == spanType || t.Type == originType:
		if into.IsZero() {
			into.Set(from)
		}
	case from.Kind() == reflect.Slice:
		x.slice(into, from)
	case from.Kind() == reflect.Struct:
		x.structs(into, from)
	case into.IsZero():
		into.Set(from)
	default:
		return reflect.DeepEqual(into.Interface(), from.Interface())
	}
	return true
}

// isFact reports whether a value is a flow.Fact.
func isFact(v reflect.Value) bool {
	return v.Kind() == reflect.Struct && v.NumField() == 3 && v.FieldByName("V").IsValid() && v.FieldByName("Origin").IsValid()
}

func originOf(fact reflect.Value) flow.Origin {
	return fact.FieldByName("Origin").Interface().(flow.Origin)
}

func placeOf(fact reflect.Value) source.Span {
	return fact.FieldByName("At").Interface().(source.Span)
}

func (x *extension) fact(into, from reflect.Value) {
	stated := func(o flow.Origin) bool { return o == flow.OriginStated || o == flow.OriginImported }
	switch {
	case !stated(originOf(from)):
	case !stated(originOf(into)):
		into.Set(from)
	case !reflect.DeepEqual(into.FieldByName("V").Interface(), from.FieldByName("V").Interface()):
		x.found = append(x.found, Conflict{At: placeOf(from), Other: placeOf(into), Decl: x.decl})
	}
}

// slice adds a list that the configuration leaves open, and facts to the ports and servers
// of one that it states. What such a list does not have, as one more server or target, is
// not what runs.
func (x *extension) slice(into, from reflect.Value) {
	if into.Len() == 0 {
		into.Set(from)
		return
	}
	for i := range from.Len() {
		item := from.Index(i)
		switch known := x.same(into, item); {
		case known.IsValid():
			x.structs(known.Elem(), item.Elem())
		case !x.states(into, item):
			x.found = append(x.found, Conflict{At: placeIn(item), Other: placeIn(into.Index(0)), Decl: x.decl})
		}
	}
}

// states reports whether a list has an item already, wherever it is written.
func (x *extension) states(list, item reflect.Value) bool {
	for i := range list.Len() {
		if sameFacts(list.Index(i), item) {
			return true
		}
	}
	return false
}

// sameFacts reports whether two values say the same, wherever they are written.
func sameFacts(a, b reflect.Value) bool {
	switch {
	case a.Type() == spanType:
		return true
	case isFact(a):
		return sameFacts(a.FieldByName("V"), b.FieldByName("V"))
	case a.Kind() != reflect.Struct:
		return reflect.DeepEqual(a.Interface(), b.Interface())
	}
	for i := range a.NumField() {
		if a.Type().Field(i).IsExported() && !sameFacts(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}

// placeIn is where an item of a list is stated.
func placeIn(item reflect.Value) source.Span {
	item = reflect.Indirect(item)
	if item.Kind() != reflect.Struct {
		return source.Span{}
	}
	f := item.FieldByName("At")
	if !f.IsValid() {
		return source.Span{}
	}
	at, _ := f.Interface().(source.Span)
	return at
}

// same is the port or the server of a list that another one adds to.
func (x *extension) same(list, item reflect.Value) reflect.Value {
	for i := range list.Len() {
		switch have := list.Index(i).Interface().(type) {
		case *flow.ListenerDraft:
			if have.Port == item.Interface().(*flow.ListenerDraft).Port {
				return list.Index(i)
			}
		case *flow.ServerDraft:
			if have.Name == item.Interface().(*flow.ServerDraft).Name {
				return list.Index(i)
			}
		}
	}
	return reflect.Value{}
}
