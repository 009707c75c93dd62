package cluster

import (
	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// namespace is a Namespace, or a Project, which is the same to a router.
type namespace struct{ *kubeyaml.Object }

func (v *inventory) namespace(o *kubeyaml.Object) {
	o.Fields("spec", "status")
	v.namespaces = append(v.namespaces, &namespace{o})
}

// namespaceLabel is the label that each namespace has, with its name (Kubernetes, Automatic
// labelling).
const namespaceLabel = "kubernetes.io/metadata.name"
