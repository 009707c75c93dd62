package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// rejection is why a router does not admit a Route that it selects.
type rejection struct {
	reason string // as status.ingress has it
	why    string
	other  *route // that has the host; nil for none
}

// The reasons of rejections (openshift/router, pkg/router/controller).
const (
	hostClaimed = "HostAlreadyClaimed"
	notAdmitted = "RouteNotAdmitted"
)

// selects reports whether a router looks at a Route.
func (b *builder) selects(x *router, r *route) bool {
	var labels []flow.Label
	if n := b.spaces[r.NamespaceName()]; n != nil {
		labels = n.Labels
	}
	return x.routes.matches(labelsOf(r.Labels)) && x.namespaces.matches(labels)
}

// hostOn is the host of a Route on a router.
func hostOn(x *router, r *route) string {
	host := r.host.V
	if host == "" {
		host = r.subdomain.V + "." + x.domain.V
	}
	if r.wildcard {
		_, domain, _ := strings.Cut(host, ".")
		host = "*." + domain
	}
	return strings.ToLower(host)
}

// contend finds the Routes that a router does not admit, of those that it selects: a wildcard
// where it allows none, and those whose host an older Route has in a way that leaves no room
// (openshift/router, hostindex, hasExistingMatch). Routes of other namespaces are flow's.
func (b *builder) contend(x *router) map[*route]*rejection {
	out := map[*route]*rejection{}
	groups := map[string][]*route{}
	var hosts []string
	for _, r := range b.routes {
		switch {
		case r.refused || !b.selects(x, r):
			continue
		case r.wildcard && !x.wildcards && x.Object != nil:
			out[r] = &rejection{reason: notAdmitted, why: "it allows no wildcards"}
			continue
		}
		host := hostOn(x, r)
		if groups[host] == nil {
			hosts = append(hosts, host)
		}
		groups[host] = append(groups[host], r)
	}
	for _, host := range hosts {
		if len(groups[host]) > 1 {
			claim(groups[host], x.shared.V != "", out)
		}
	}
	return out
}

// claim gives a host to the Routes that can have it, the oldest first.
func claim(routes []*route, shared bool, out map[*route]*rejection) {
	slices.SortStableFunc(routes, byAge)
	paths := map[string]*route{}
	var secure, relayed *route // that have it with TLS, and with passthrough
	for _, r := range routes {
		if !shared && r.NamespaceName() != routes[0].NamespaceName() {
			continue
		}
		other, why := paths[r.path.V], "has the same host and path"
		if other == nil && r.tls != nil {
			why = "has the same host, and a passthrough Route shares it with no other Route with TLS"
			other = relayed
			if other == nil && r.tls.termination.V == passthrough {
				other = secure
			}
		}
		if other != nil {
			out[r] = &rejection{reason: hostClaimed, why: fmt.Sprintf("%s, which comes first, %s", other.Title(), why), other: other}
			continue
		}
		paths[r.path.V] = r
		switch {
		case r.tls == nil:
		case r.tls.termination.V == passthrough:
			relayed = r
		default:
			secure = cmp.Or(secure, r)
		}
	}
}

// byAge compares two Routes: the older one has a host.
func byAge(a, b *route) int {
	return cmp.Or(cmp.Compare(a.age(), b.age()), cmp.Compare(a.UID.V, b.UID.V))
}

// age orders Routes: one without a date is taken for the youngest.
func (r *route) age() string {
	if isTimestamp(r.Created.V) {
		return r.Created.V
	}
	return "~"
}

// admit says on which routers a Route is, where that is not on all that select it. ok is
// false where none of those admits it.
func (b *builder) admit(r *route, d *flow.RouteDraft, routers []*router) (ok bool) {
	var admitting []*router
	var first *rejection
	var by *router
	selecting := 0
	for _, x := range routers {
		if !b.selects(x, r) {
			continue
		}
		selecting++
		if no := b.rejected[x][r]; no == nil {
			admitting = append(admitting, x)
		} else if first == nil {
			first, by = no, x
		}
	}
	if first == nil {
		if r.wildcard && routers[0].Object == nil {
			b.note(flow.LosesDetail, r.wildcardAt, r.Title()+": wildcardPolicy Subdomain counts only on routers that allow it, which is assumed")
		}
		return true
	}
	b.reject(r, by, first)
	for _, x := range admitting {
		d.On = append(d.On, flow.OnDraft{Proxy: flow.State(x.draft.Name, r.Name.At), At: r.Name.At})
	}
	return len(admitting) > 0
}

// reject reports why a router does not admit a Route.
func (b *builder) reject(r *route, x *router, no *rejection) {
	place := firstKnown(r.host.At, r.Name.At)
	help := "give one of them another host or another path"
	switch {
	case no.reason == notAdmitted:
		place = r.wildcardAt
		help = "write `spec.routeAdmission.wildcardPolicy: WildcardsAllowed` in IngressController " + x.name + ", or remove `spec.wildcardPolicy`"
	case !strings.HasSuffix(no.why, "path"):
		help = "give one of them another host"
	}
	n := len(b.findings)
	b.add(kubeyaml.FaultRefused, diag.Error, place, help, "router %s does not admit %s: %s (%s)", x.name, r.Title(), no.why, no.reason)
	if no.other != nil && len(b.findings) > n {
		b.findings[n].Related = []diag.Related{{At: firstKnown(no.other.host.At, no.other.Name.At), Message: no.other.Title() + " has it here"}}
	}
}
