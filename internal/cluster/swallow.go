package cluster

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// codeTaken is the rule about a passthrough route that takes the TLS of another one.
const codeTaken diag.Code = "FL305"

// swallowed is a reencrypt Route below a passthrough Route for all names of a domain.
type swallowed struct{ route, by *route }

// swallow declares what clients of a reencrypt Route without a path get whose SNI a wildcard
// passthrough Route takes: the router finds the backend of the reencrypt Route for that SNI,
// and reads the ClientHello as a request (openshift/router, os_tcp_be.map lists both; measured
// with 2.6.12: 400 in plaintext).
func (b *builder) swallow(r *route, d *flow.RouteDraft, routers []*router) {
	if d.Mode.V != flow.ModeReencrypt || r.path.V != "" || r.wildcard || r.host.V == "" {
		return
	}
	by := b.swallower(r, routers)
	if by == nil {
		return
	}
	b.swallowed[r.host.At] = swallowed{r, by}
	b.declare(&flow.RouteDraft{
		Decl: flow.Decl{Name: d.Name + "-by-sni", Label: "the SNI of " + r.Title(), Origin: flow.OriginStated, At: by.wildcardAt, Whole: by.wildcardAt},
		RouteFacts: flow.RouteFacts{
			Host: d.Host, Labels: d.Labels, Created: d.Created, Mode: flow.State(flow.ModePassthrough, by.tls.termination.At), Answer: flow.State(flow.Answer{}, by.wildcardAt),
		},
		On: d.On,
	})
}

// swallower is the wildcard passthrough Route that takes the SNI of another Route on a
// router; nil for none.
func (b *builder) swallower(r *route, routers []*router) *route {
	for _, x := range routers {
		admits := func(o *route) bool { return !o.refused && b.selects(x, o) && b.rejected[x][o] == nil }
		if !admits(r) {
			continue
		}
		for _, o := range b.passwilds {
			if admits(o) && flow.HostMatches(hostOn(x, o), hostOn(x, r)) && (x.shared.V != "" || o.NamespaceName() == r.NamespaceName()) {
				return o
			}
		}
	}
	return nil
}

// passWildcards are the passthrough Routes for all names of a domain.
func (v *inventory) passWildcards() []*route {
	return slices.DeleteFunc(slices.Clone(v.routes), func(r *route) bool { return !r.wildcard || r.tls == nil || r.tls.termination.V != passthrough })
}

// explainSwallowed says of Routes that a wildcard swallows what their clients get.
func (b *builder) explainSwallowed(found diag.List) {
	for i := range found {
		d := &found[i]
		s, ok := b.swallowed[d.At]
		if d.Code != codeTaken || !ok {
			continue
		}
		d.Message = fmt.Sprintf("clients of %s get no TLS: passthrough %s takes their SNI, and the router reads the ClientHello as a request, and answers it with 400 in plaintext", s.route.Title(), s.by.Title())
		d.Suggestions = nil
		d.Help = "remove " + at(s.by.Object) + ": then TLS of other hosts of its domain ends at the router"
		d.Related = []diag.Related{{At: s.by.host.At, Message: s.by.Title() + " has all names of the domain"}}
	}
}
