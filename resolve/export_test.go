package resolve

import (
	"maps"
	"slices"
)

// Tables are the keywords that each place of the language is read with, under
// the grammar's names of the places.
var Tables = map[string][]string{
	"file":        keys(declarations),
	"ca":          keys(caStatements),
	"certificate": keys(certificateStatements),
	"namespace":   keys(namespaceStatements),
	"client":      keys(clientStatements),
	"proxy":       keys(proxyStatements),
	"listen":      keys(listenStatements),
	"backend":     keys(backendStatements),
	"speaks":      keys(speaksStatements),
	"route":       keys(routeStatements),
	"reencrypt":   keys(upstreamStatements),
	"request":     keys(requestStatements),
	"view":        keys(viewStatements),
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// CodeForm is the code of what the grammar should not have let through.
const CodeForm = codeForm
