package words

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Selector says what a selector selects: sharded=true, tier in (a, b).
func Selector(s flow.Selector) string {
	if s.All {
		return "all"
	}
	terms := make([]string, len(s.Terms))
	for i, t := range s.Terms {
		terms[i] = term(t)
	}
	return strings.Join(terms, ", ")
}

func term(t flow.SelectorTerm) string {
	switch t.Op {
	case "exists":
		return t.Key
	case "absent":
		return "!" + t.Key
	case "=", "!=":
		return t.Key + t.Op + strings.Join(t.Values, "")
	case "in", "notin":
		return fmt.Sprintf("%s %s (%s)", t.Key, t.Op, strings.Join(t.Values, ", "))
	}
	panic("words: unknown selector")
}

// admitLine says an admit line as it is stated: admit namespaces network=internal.
func admitLine(s flow.Selection) string {
	if s.OfNamespace {
		return "admit namespaces " + Selector(s.Selector)
	}
	return "admit " + Selector(s.Selector)
}

// Selection says what an admit line makes of a route: "admit tier=web does not
// match: route "shop" has no label tier".
func Selection(s flow.Selection, r *flow.Route) string {
	if len(s.Unmet) == 0 {
		return admitLine(s) + " matches"
	}
	return admitLine(s) + " does not match: " + unmet(s, r)
}

// Admission says what an admit line states and makes of a route: admit tier=web, and route
// "shop" has no label tier.
func Admission(s flow.Selection, r *flow.Route) string {
	if len(s.Unmet) == 0 {
		return admitLine(s) + ", which matches"
	}
	return admitLine(s) + ", and " + unmet(s, r)
}

// unmet says which labels an admit line misses, or does not want: route "shop" has
// no label tier; "" where it matches.
func unmet(s flow.Selection, r *flow.Route) string {
	if len(s.Unmet) == 0 {
		return ""
	}
	who := fmt.Sprintf("route %q", r.Name)
	if s.OfNamespace {
		switch name := r.NamespaceName(); {
		case name == "":
			return who + " has no namespace"
		case r.Namespace == nil:
			return fmt.Sprintf("namespace %q is not declared, so it has no labels", name)
		default:
			who = fmt.Sprintf("namespace %q", name)
		}
	}
	var has []string
	for _, t := range s.Unmet {
		if t.Label == nil {
			has = append(has, "no label "+t.Key)
			continue
		}
		has = append(has, fmt.Sprintf("%s=%s", t.Label.Key, t.Label.Value))
	}
	return who + " has " + strings.Join(has, " and ")
}

// UnmetBriefly says which labels an admit line misses where the route is known: "without tier".
func UnmetBriefly(s flow.Selection) string {
	who := ""
	if s.OfNamespace {
		who = "namespace "
	}
	has := make([]string, len(s.Unmet))
	for i, t := range s.Unmet {
		has[i] = who + "without " + t.Key
		if t.Label != nil {
			has[i] = who + t.Label.Key + "=" + t.Label.Value
		}
	}
	return strings.Join(has, ", ")
}

// NotSelected says which admit lines of a proxy keep a route out, and which match;
// "" where another reason does, or none.
func NotSelected(p *flow.Proxy, r *flow.Route) string {
	if p.NotServed(r) != flow.NotServedSelected {
		return ""
	}
	var out []string
	for _, s := range p.Selections(r) {
		out = append(out, Selection(s, r))
	}
	return strings.Join(out, "; ")
}
