package view

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// manyServers is over how many servers a backend is said by their number.
const manyServers = 3

// hosts are the hosts of a route on the proxies that serve it, or what it asks
// of the SNI instead.
func hosts(r *flow.Route) []string {
	switch r.SNI.V {
	case flow.SNINone:
		return []string{"no SNI"}
	case flow.SNIAny:
		return []string{"anything else"}
	case flow.SNIHost:
	}
	var out []string
	for _, p := range r.Proxies {
		out = add(out, r.HostOn(p))
	}
	if len(r.Proxies) == 0 {
		out = add(out, r.FirstHost())
		if len(out) == 0 && r.Subdomain.V != "" {
			out = []string{r.Subdomain.V + ".…"}
		}
	}
	if len(out) == 0 {
		out = hostConditions(r)
	}
	if len(out) == 0 {
		out = []string{"any host"}
	}
	return out
}

// hostConditions are the hosts that conditions of a route name, in words.
func hostConditions(r *flow.Route) []string {
	var out []string
	for i := range r.Matches {
		if m := &r.Matches[i]; m.Kind == flow.MatchHost && !m.Not {
			out = append(out, words.HostOf(m))
		}
	}
	return out
}

// refusals say which proxies refuse a route, and why.
func refusals(r *flow.Route) []string {
	var out []string
	for i := range r.Refused {
		out = append(out, words.Refusal(&r.Refused[i]))
	}
	return out
}

// besideHosts is pathWords where the hosts are said already.
func besideHosts(r *flow.Route) string {
	var out []string
	out = add(out, r.Path.V)
	for i := range r.Matches {
		if m := &r.Matches[i]; r.Host.V != "" || r.Subdomain.V != "" || m.Kind != flow.MatchHost || m.Not {
			out = append(out, words.Match(m))
		}
	}
	return strings.Join(out, ", ")
}

// pathWords is what a route asks of a readable request beside its host:
// "/cart", "header X-Canary green".
func pathWords(r *flow.Route) string {
	var out []string
	out = add(out, r.Path.V)
	for i := range r.Matches {
		out = append(out, words.Match(&r.Matches[i]))
	}
	return strings.Join(out, ", ")
}

// targetWords is where a route leads: "shop-blue 90, shop-green 10"; or what its proxy does.
func targetWords(r *flow.Route) string {
	var to []string
	for _, t := range r.Targets {
		name := targetTitle(t)
		if len(r.Targets) > 1 || t.Weight.V == 0 {
			name = fmt.Sprintf("%s %d", name, t.Weight.V)
		}
		to = append(to, name)
	}
	switch {
	case r.AnswersItself():
		return ownWords(r)
	case len(to) == 0:
		return "nowhere"
	}
	return strings.Join(to, ", ")
}

// ownWords is what a proxy does itself with what a route takes: "answers 403"; "" where
// the route leads on.
func ownWords(r *flow.Route) string {
	switch {
	case r.Redirect.IsSet():
		return "redirects, " + words.Redirect(r.Redirect.V)
	case !r.Answer.IsSet():
		return ""
	case r.Answer.V.Status == 0:
		return "closes the connection"
	}
	return "answers " + words.Answer(r.Answer.V)
}

func targetTitle(t *flow.Target) string {
	if t.Backend != nil {
		return t.Backend.Title()
	}
	return t.Proxy.Title() + port(t.Port)
}

// serverWords are the servers behind a route's targets: "shop-1, shop-2 (down)"
// or "12 servers".
func serverWords(r *flow.Route) string {
	var words []string
	for _, t := range r.Targets {
		if t.Backend == nil {
			continue
		}
		words = append(words, backendServers(t.Backend))
	}
	return strings.Join(words, "; ")
}

func backendServers(b *flow.Backend) string {
	switch n := len(b.Servers); {
	case n == 0:
		return "no server"
	case n > manyServers:
		return count(n, "server") + downWords(b)
	}
	var names []string
	for _, s := range b.Servers {
		names = append(names, s.Title()+serverState(s))
	}
	return strings.Join(names, ", ")
}

// serverState is what is worth saying of a server: " (down)", " (weight 0)", " (backup, down)".
func serverState(s *flow.Server) string {
	var words []string
	if s.Backup.V {
		words = append(words, "backup")
	}
	switch {
	case s.State.V != flow.ServerUp:
		words = append(words, s.State.V.String())
	case s.Weight.V != 1:
		words = append(words, fmt.Sprintf("weight %d", s.Weight.V))
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

// downWords is what is said of the servers of a folded backend: ", 2 not up".
func downWords(b *flow.Backend) string {
	n := 0
	for _, s := range b.Servers {
		if s.State.V != flow.ServerUp {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d not up", n)
}

// insecureWords is what becomes of plaintext requests for a TLS route; "" for a
// plain one, which has nothing to refuse.
func insecureWords(r *flow.Route) string {
	switch {
	case r.Mode.V == flow.ModeNone:
		return ""
	case r.Insecure.V == flow.InsecureRedirect:
		return fmt.Sprintf("redirect %d", r.RedirectStatus.V)
	}
	return r.Insecure.V.String()
}

// modeNouns are the modes as picture words: a route without TLS is plain.
var modeNouns = map[flow.Mode]string{
	flow.ModeNone:        "plain",
	flow.ModeEdge:        "edge",
	flow.ModeReencrypt:   "reencrypt",
	flow.ModePassthrough: "passthrough",
}

// modeOn is a route's mode as a proxy sees it: on a tcp port without a
// certificate even a route without TLS relays whatever comes.
func modeOn(r *flow.Route, p *flow.Proxy) string {
	if r.Mode.V == flow.ModeNone {
		for _, l := range p.Listeners {
			if l.Relays(r) {
				return "relay"
			}
		}
	}
	return modeNouns[r.Mode.V]
}

// routeMode is a route's mode on the first proxy that serves it.
func routeMode(r *flow.Route) string {
	if len(r.Proxies) > 0 {
		return modeOn(r, r.Proxies[0])
	}
	return modeNouns[r.Mode.V]
}
