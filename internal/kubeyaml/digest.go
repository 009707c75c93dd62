package kubeyaml

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Digest tells values apart by what they state: comments, the order of fields and how a text is
// quoted are no difference. "" is that of no value.
func (v Value) Digest() string {
	if !v.Exists() {
		return ""
	}
	d := digester{known: map[*yaml.Node]string{}}
	return d.of(v.node, nil)
}

// kept are the fields of metadata that its author writes; a server writes the others.
var kept = []string{"name", "namespace", "labels", "annotations"}

// applied is the annotation in which kubectl keeps what it applied last.
const applied = "kubectl.kubernetes.io/last-applied-configuration"

// Digest tells objects apart by what their authors state.
func (o *Object) Digest() string {
	d := digester{known: map[*yaml.Node]string{}, nothing: digest(yaml.MappingNode, nil)}
	return d.of(o.node, func(path, field string) bool {
		switch path {
		case "":
			return field != "status"
		case ".metadata":
			return slices.Contains(kept, field)
		case ".metadata.annotations":
			return field != applied
		}
		return true
	})
}

// digester finds the digest of each node once: many aliases may stand for one.
type digester struct {
	known map[*yaml.Node]string
	path  string
	// nothing is the digest of a mapping without fields: annotations of which none counts are none.
	nothing string
}

// of is the digest of a node, of which some fields count.
func (d *digester) of(n *yaml.Node, counts func(path, field string) bool) string {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if known, ok := d.known[n]; ok {
		return known
	}
	d.known[n] = "" // of an alias in itself
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		path := d.path
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			if counts != nil && !counts(path, name) {
				continue
			}
			d.path = path + "." + name
			if own := d.of(n.Content[i+1], counts); counts == nil || own != d.nothing {
				parts = append(parts, d.of(n.Content[i], nil)+own)
			}
		}
		d.path = path
		slices.Sort(parts)
	case yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, d.of(item, nil))
		}
	default:
		parts = []string{n.ShortTag(), n.Value}
	}
	d.known[n] = digest(n.Kind, parts)
	return d.known[n]
}

func digest(kind yaml.Kind, parts []string) string {
	h := sha256.Sum256([]byte(string(rune(kind)) + strings.Join(parts, "\x00")))
	return base64.RawStdEncoding.EncodeToString(h[:15])
}
