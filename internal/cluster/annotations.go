package cluster

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/internal/spell"
)

// annotationPrefix begins the annotations that the router's template reads, most of them.
const annotationPrefix = "haproxy.router.openshift.io/"

// annotation is one that a router reads from a Route (openshift/router,
// images/router/haproxy/conf/haproxy-config.template).
type annotation struct {
	name   string
	fits   func(value string) bool // what the template takes
	wanted string                  // that, in words
	effect flow.UnmodelledKind     // of one that the model does not hold; 0 for one that it does
}

var annotations = []annotation{
	{annotationPrefix + "timeout", isTime, "a time, such as 30s", 0},
	{annotationPrefix + "timeout-tunnel", isTime, "a time, such as 1h", 0},
	{annotationPrefix + "balance", one("roundrobin", "leastconn", "source", "random"), "roundrobin, leastconn, source or random", 0},
	{annotationPrefix + "disable_cookies", isFlag, "true or false", 0},
	{annotationPrefix + "ip_allowlist", nil, "", 0},
	{annotationPrefix + "ip_whitelist", nil, "", 0},
	{annotationPrefix + "hsts_header", like(hstsForm), "max-age=SECONDS, with ;includeSubDomains and ;preload", 0},
	{annotationPrefix + "rewrite-target", like(rewriteForm), "a path", 0},
	{annotationPrefix + "rate-limit-connections", isFlag, "true or false", flow.LosesDetail},
	{annotationPrefix + "rate-limit-connections.concurrent-tcp", isInteger, "a number", flow.LosesDetail},
	{annotationPrefix + "rate-limit-connections.rate-tcp", isInteger, "a number", flow.LosesDetail},
	{annotationPrefix + "rate-limit-connections.rate-http", isInteger, "a number", flow.LosesDetail},
	{annotationPrefix + "pod-concurrent-connections", isInteger, "a number", flow.LosesDetail},
	{annotationPrefix + "set-forwarded-headers", one("append", "replace", "if-none", "never"), "append, replace, if-none or never", flow.LosesDetail},
	{annotationPrefix + "h1-adjust-case", isFlag, "true or false", flow.NoEffect},
	{"router.openshift.io/cookie_name", like(cookieForm), "letters, digits, - and _", 0},
	{"router.openshift.io/cookie-same-site", one("Lax", "Strict", "None"), "Lax, Strict or None", flow.NoEffect},
	{"router.openshift.io/haproxy.health.check.interval", isTime, "a time, such as 5s", flow.NoEffect},
}

var (
	hstsForm    = lazy.Regexp(`(?i)^(?:(?:includeSubDomains|preload)\s*[;]\s*)*max-age\s*=\s*(?:\d+|"\d+")(?:\s*[;]\s*(?:includeSubDomains|preload))*$`)
	rewriteForm = lazy.Regexp(`^/.*$`)
	cookieForm  = lazy.Regexp(`^[a-zA-Z0-9_-]+$`)
	integerForm = lazy.Regexp(`^[0-9]+$`)
)

func like(form *lazy.Pattern) func(string) bool {
	return func(v string) bool { return form.Get().MatchString(v) }
}

func one(words ...string) func(string) bool {
	return func(v string) bool { return slices.Contains(words, v) }
}

func isTime(v string) bool { _, ok := routerTime(v); return ok }

func isFlag(v string) bool { _, ok := flags[v]; return ok }

func isInteger(v string) bool { return integerForm.Get().MatchString(v) }

// flags are the words that the template takes for true and false (strconv.ParseBool).
var flags = map[string]bool{
	"1": true, "t": true, "T": true, "TRUE": true, "true": true, "True": true, "0": false, "f": false, "F": false, "FALSE": false, "false": false, "False": false,
}

// annotationNames are the names of all annotations.
func annotationNames() []string {
	out := make([]string, len(annotations))
	for i, a := range annotations {
		out[i] = a.name
	}
	return out
}

// meantForRouter reports whether an annotation is meant for a router.
func meantForRouter(key string) bool {
	return strings.HasPrefix(key, annotationPrefix) || strings.HasPrefix(key, "router.openshift.io/") || strings.HasPrefix(key, "haproxy-router.openshift.io/") ||
		strings.HasPrefix(key, "haproxy.router.openshift.com/") || strings.HasPrefix(key, "haproxy.openshift.io/")
}

// annotate reports annotations of a Route that a router does not know, or whose value it
// ignores, and lists those that a model does not hold.
func (b *builder) annotate(r *route) {
	for _, p := range r.Annotations {
		if !meantForRouter(p.Key.V) {
			continue
		}
		i := slices.IndexFunc(annotations, func(a annotation) bool { return a.name == p.Key.V })
		if i < 0 {
			unknownAnnotation(r, p)
			continue
		}
		a := annotations[i]
		switch {
		case a.fits != nil && !a.fits(p.Value.V):
			help := "write " + a.wanted
			if near, ok := spell.Nearest(p.Value.V, wordsOf(a.wanted)); ok {
				help = "did you mean " + near + "?"
			}
			r.File().Add(kubeyaml.FaultAnnotation, diag.Warning, p.Value.At, help, "the router ignores annotation %s of %s: %q is not %s", a.name, r.Title(), p.Value.V, a.wanted)
		case a.effect != 0:
			b.note(a.effect, p.Key.At, a.name+": "+p.Value.V)
		}
	}
}

// wordsOf are the words of a list in words.
func wordsOf(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == ',' })
}

func unknownAnnotation(r *route, p kubeyaml.Pair) {
	help := "remove it; the annotations of a Route are in the documentation of OpenShift, Route-specific annotations"
	_, own, _ := strings.Cut(p.Key.V, "/")
	for _, a := range annotations {
		if _, known, _ := strings.Cut(a.name, "/"); known == own {
			help = "did you mean " + a.name + "?"
		}
	}
	if near, ok := spell.Nearest(p.Key.V, annotationNames()); ok && !strings.HasPrefix(help, "did") {
		help = "did you mean " + near + "?"
	}
	r.File().Add(kubeyaml.FaultAnnotation, diag.Warning, p.Key.At, help, "no router reads annotation %s of %s", p.Key.V, r.Title())
}

// effective is the value of an annotation of which the template takes the value.
func (r *route) effective(name string) kubeyaml.Text {
	t := r.Annotation(name)
	i := slices.IndexFunc(annotations, func(a annotation) bool { return a.name == name })
	if !t.Set || i >= 0 && annotations[i].fits != nil && !annotations[i].fits(t.V) {
		return kubeyaml.Text{}
	}
	return t
}

// allowed are the addresses that an allow list of a Route has. The router leaves out what is no
// address, and the whole list where nothing is left, or it begins or ends with a blank
// (openshift/router, parseIPList).
func (b *builder) allowed(r *route) []flow.Fact[string] {
	t := r.Annotation(annotationPrefix + "ip_allowlist")
	if t.V == "" {
		t = r.Annotation(annotationPrefix + "ip_whitelist")
	}
	if t.V == "" {
		return nil
	}
	warn := func(help, format string, args ...any) {
		r.File().Add(kubeyaml.FaultAnnotation, diag.Warning, t.At, help, format, args...)
	}
	if strings.TrimSpace(t.V) != t.V {
		warn("remove the blank", "the allow list of %s begins or ends with a blank: the router ignores it, and each address may use the Route", r.Title())
		return nil
	}
	var out []flow.Fact[string]
	for _, word := range strings.Fields(t.V) {
		if !isAddress(word) {
			warn("write addresses and networks with blanks between them: 192.0.2.0/24 198.51.100.7", "the router leaves %q out of the allow list of %s", word, r.Title())
			continue
		}
		out = append(out, flow.State(word, t.At))
	}
	if len(out) == 0 {
		warn("write addresses and networks with blanks between them: 192.0.2.0/24 198.51.100.7", "the allow list of %s has no address: the router ignores it, and each address may use the Route", r.Title())
	}
	return out
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	if err != nil {
		_, err = netip.ParsePrefix(s)
	}
	return err == nil
}
