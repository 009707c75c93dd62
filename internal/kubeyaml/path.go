package kubeyaml

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FieldAt is the path of the field that a place in the text is in, from its object on, as
// in spec.ports[0].name; "" for none. The text is read once more where its syntax was
// released.
func (f *File) FieldAt(offset int) string {
	if f.again == nil {
		// The signs that hide a secret would be aliases that nothing declares.
		f.again, _ = Read(context.Background(), f.Source.Name, strings.ReplaceAll(f.Source.Text, "*", "x"))
	}
	objects := f.again.Objects
	n, found := slices.BinarySearchFunc(objects, offset, func(o *Object, offset int) int { return o.At.Start - offset })
	if !found {
		n--
	}
	if n < 0 || offset > objects[n].At.End {
		return ""
	}
	m := objects[n].Map
	return f.again.pathAt(m.node, m.above, offset)
}

// pathAt goes down from a node to a place.
func (f *File) pathAt(n *yaml.Node, above, offset int) string {
	path := ""
	starts := func(n *yaml.Node) bool { return f.index.offset(n.Line+above, n.Column) <= offset }
	for {
		next := (*yaml.Node)(nil)
		for i, c := range n.Content {
			switch {
			case !starts(c):
			case n.Kind == yaml.SequenceNode:
				next = c
			case n.Kind == yaml.MappingNode && i%2 == 0:
				next = n.Content[i+1]
			}
		}
		if next == nil {
			return path
		}
		i := slices.Index(n.Content, next)
		if n.Kind == yaml.SequenceNode {
			path += "[" + strconv.Itoa(i) + "]"
		} else {
			path = strings.TrimPrefix(path+"."+n.Content[i-1].Value, ".")
		}
		n = next
	}
}
