package kubeyaml

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// Value is a value of a document, or none.
type Value struct {
	file  *File
	node  *yaml.Node
	above int    // lines above its document
	path  string // "spec.tls"
	key   *yaml.Node
}

// Text is a text of a document.
type Text struct {
	V   string
	At  source.Span
	Set bool
}

// Number is a number of a document.
type Number struct {
	V   int
	At  source.Span
	Set bool
}

// Pair is one entry of a mapping of texts, such as a label.
type Pair struct{ Key, Value Text }

// Exists reports whether there is a value.
func (v Value) Exists() bool { return v.node != nil }

// At is the place of the value.
func (v Value) At() source.Span {
	if v.node == nil {
		return source.Span{}
	}
	return v.file.span(v.node, v.above)
}

// KeyAt is the place of the key before the value; that of the value where there is none.
func (v Value) KeyAt() source.Span {
	if v.key == nil {
		return v.At()
	}
	return v.file.span(v.key, v.above)
}

// Path is the value's path in its object: "spec.tls.termination".
func (v Value) Path() string { return v.path }

// Null reports whether the value is none, or said to be none.
func (v Value) Null() bool {
	n := v.target()
	return n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// target is the node, or the one that an alias stands for.
func (v Value) target() *yaml.Node {
	if v.node != nil && v.node.Kind == yaml.AliasNode {
		return v.node.Alias
	}
	return v.node
}

func (v Value) is(kind yaml.Kind) bool {
	n := v.target()
	return n != nil && n.Kind == kind
}

// what is the value in words.
func (v Value) what() string {
	n := v.target()
	if n.Kind == yaml.MappingNode {
		return "a mapping"
	}
	if n.Kind == yaml.SequenceNode {
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	}
	if n.Style == 0 && slices.Contains(switches, strings.ToLower(n.Value)) {
		return "true or false"
	}
	return "text"
}

// switches are words that Kubernetes reads as true or false where they have no quotes
// (YAML 1.1, which sigs.k8s.io/yaml reads).
var switches = []string{"yes", "no", "on", "off"}

// Items are the values of a list; none of anything else.
func (v Value) Items() []Value {
	n := v.target()
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]Value, len(n.Content))
	for i, c := range n.Content {
		out[i] = Value{file: v.file, node: c, above: v.above, path: v.path + "[" + strconv.Itoa(i) + "]"}
	}
	return out
}

// wrong reports a value of another type.
func (v Value) wrong(want string) {
	help := "write " + want + " there"
	if n := v.target(); want == "text" && n.Kind == yaml.ScalarNode && (v.key == nil || v.key.Value != "key" && !credential(v.key.Value)) {
		help = `put it in quotes: "` + n.Value + `"`
	}
	if start, _ := v.file.extent(v.node, v.above); strings.HasPrefix(v.file.index.text[start:], "{{") {
		v.file.Add(FaultSyntax, diag.Error, v.At(), renderHelp, "%s is a template, and no value", cmp.Or(v.path, "it"))
		return
	}
	v.file.Add(FaultValue, diag.Error, v.At(), help, "%s is %s, and must be %s", cmp.Or(v.path, "it"), v.what(), want)
}

// Text is the value as text.
func (v Value) Text() Text {
	n := v.target()
	switch {
	case v.Null():
		return Text{}
	case n.Kind == yaml.ScalarNode && v.what() == "text":
		return Text{n.Value, v.At(), true}
	}
	v.wrong("text")
	return Text{}
}

// Number is the value as a whole number.
func (v Value) Number() Number {
	n := v.target()
	if v.Null() {
		return Number{}
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		if i, err := strconv.ParseInt(n.Value, 0, 32); err == nil {
			return Number{int(i), v.At(), true}
		}
	}
	if n.Kind == yaml.ScalarNode && v.what() == "text" {
		if _, err := strconv.Atoi(n.Value); err == nil {
			v.file.Add(FaultValue, diag.Error, v.At(), "write "+n.Value+" without quotes", "%s is text, and must be a number", v.path)
			return Number{}
		}
	}
	v.wrong("a number")
	return Number{}
}

// Flag is the value as true or false; set is false where it is neither.
func (v Value) Flag() (on, set bool) {
	n := v.target()
	if v.Null() {
		return false, false
	}
	if n.Kind == yaml.ScalarNode && v.what() == "true or false" {
		return slices.Contains([]string{"true", "yes", "on"}, strings.ToLower(n.Value)), true
	}
	v.wrong("true or false")
	return false, false
}

// TextOrNumber is the value as text, where a number is one, too, such as a port.
func (v Value) TextOrNumber() (t Text, isNumber bool) {
	n := v.target()
	if !v.Null() && n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		return Text{n.Value, v.At(), true}, true
	}
	return v.Text(), false
}

// Map is the value as a mapping whose fields are known; ok is false for anything else.
// With no known fields, each is.
func (v Value) Map(known ...string) (m Map, ok bool) {
	if v.Null() {
		return Map{}, false
	}
	if !v.is(yaml.MappingNode) {
		v.wrong("a mapping")
		return Map{}, false
	}
	m = v.open(v.path)
	m.judge(known)
	return m, true
}

func (v Value) open(path string) Map {
	return Map{file: v.file, node: v.target(), above: v.above, path: path, at: v.At}
}

// Map is a mapping in the reading.
type Map struct {
	file  *File
	node  *yaml.Node
	above int
	path  string
	at    func() source.Span
}

// At is where the mapping begins.
func (m Map) At() source.Span {
	if m.at == nil {
		return source.Span{}
	}
	return m.at()
}

// child is the path of a field.
func (m Map) child(name string) string {
	if m.path == "" {
		return name
	}
	return m.path + "." + name
}

// judge reports fields that stand there twice, and those that are not known.
func (m Map) judge(known []string) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(m.node.Content); i += 2 {
		k := m.node.Content[i]
		at := func() source.Span { return m.file.span(k, m.above) }
		switch {
		case k.Value == "<<":
		case seen[k.Value]:
			m.file.Add(FaultValue, diag.Error, at(), "remove one of them", "%s stands there twice", m.child(k.Value))
		case len(known) > 0 && !slices.Contains(known, k.Value):
			help := "remove it, or give it another name: " + strings.Join(known, ", ")
			if near, ok := spell.Nearest(k.Value, known); ok {
				help = "did you mean " + near + "?"
			}
			m.file.Add(FaultField, diag.Warning, at(), help, "%s does not exist, and Kubernetes leaves it out", m.child(k.Value))
		}
		seen[k.Value] = true
	}
}

// maxMerged bounds mappings that take their fields from others (<<).
const maxMerged = 8

// Field is the value of a field; none where there is no such field.
func (m Map) Field(name string) Value {
	return m.field(m.node, name, 0)
}

func (m Map) field(n *yaml.Node, name string, depth int) Value {
	if n == nil || depth > maxMerged {
		return Value{}
	}
	var merged Value
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Value == name {
			return Value{file: m.file, node: v, above: m.above, path: m.child(name), key: k}
		}
		if k.Value == "<<" && !merged.Exists() {
			from := v
			if from.Kind == yaml.AliasNode {
				from = from.Alias
			}
			if from.Kind == yaml.MappingNode {
				merged = m.field(from, name, depth+1)
			}
		}
	}
	return merged
}

// Text is a field as text.
func (m Map) Text(name string) Text { return m.Field(name).Text() }

// Map is a field as a mapping whose fields are known.
func (m Map) Map(name string, known ...string) (Map, bool) { return m.Field(name).Map(known...) }

// List are the values of a field that is a list.
func (m Map) List(name string) []Value {
	v := m.Field(name)
	if !v.Null() && !v.is(yaml.SequenceNode) {
		v.wrong("a list")
	}
	return v.Items()
}

// Texts are the values of a field that is a list of texts.
func (m Map) Texts(name string) []Text {
	var out []Text
	for _, v := range m.List(name) {
		if t := v.Text(); t.Set {
			out = append(out, t)
		}
	}
	return out
}

// Pairs are the entries of a field that is a mapping of texts, such as labels.
func (m Map) Pairs(name string) []Pair {
	of, ok := m.Map(name)
	if !ok {
		return nil
	}
	var out []Pair
	for i := 0; i+1 < len(of.node.Content); i += 2 {
		k := of.node.Content[i]
		v := Value{file: m.file, node: of.node.Content[i+1], above: m.above, path: of.path + `["` + k.Value + `"]`, key: k}
		if t := v.Text(); t.Set {
			out = append(out, Pair{Text{k.Value, v.KeyAt(), true}, t})
		}
	}
	return out
}
