package cluster

import "github.com/flowc-lang/flowc/flow"

// origins are the objects of which the declarations of a draft are made.
type origins struct {
	routes   map[string]*route
	backends map[string]*service // nil for one that is not among the objects
	drafts   map[string]*flow.BackendDraft
}

func newOrigins() *origins {
	return &origins{routes: map[string]*route{}, backends: map[string]*service{}, drafts: map[string]*flow.BackendDraft{}}
}
