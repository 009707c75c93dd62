package cluster

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// judge returns what the rules found, less what follows from a finding about the objects:
// that a Route has no servers whose Service does not exist, or has no such port.
func (b *builder) judge(_ *flow.Topology, found diag.List) diag.List {
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool { return d.Code == codeNoServer && b.unserved[d.At] })
}

// codeNoServer is the rule about routes without servers.
const codeNoServer diag.Code = "FL603"
