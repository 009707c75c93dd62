package check

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// The findings about names and structure, FL120 to FL198. Each of them means
// that the model does not say what its author meant, so no picture is drawn of
// it.
const (
	codeUnknown   diag.Code = "FL120" // a name that nothing declares
	codeDuplicate diag.Code = "FL121" // declared or stated twice
	codeCase      diag.Code = "FL122" // two names that differ only in case
	codeWrongKind diag.Code = "FL123" // a name of another kind: a backend where a proxy is wanted

	codeProxyCycle   diag.Code = "FL130" // proxies that point back to themselves
	codeRequestCycle diag.Code = "FL131" // requests that come after themselves
	codePort         diag.Code = "FL132" // a port on which a proxy does not listen
	codeNoVia        diag.Code = "FL133" // a request of which it is not clear where it goes
	codeNoDomain     diag.Code = "FL134" // a subdomain on a proxy without a domain
	codeMissing      diag.Code = "FL135" // a declaration without what it cannot do without
	codeExclusive    diag.Code = "FL136" // two statements of which only one can be

	codeTooMany diag.Code = "FL198" // more findings than are listed
)

// NameCodes lists the findings of Mistakes in the order of their codes.
var NameCodes = []diag.CodeDoc{
	{Code: codeUnknown, Name: "unknown-name", Severity: diag.Error, Doc: "a name that is not declared"},
	{Code: codeDuplicate, Name: "declared-twice", Severity: diag.Error, Doc: "a name that is declared twice, or a statement that is stated twice"},
	{Code: codeCase, Name: "differs-in-case", Severity: diag.Error, Doc: "two names that differ only in case"},
	{Code: codeWrongKind, Name: "wrong-kind", Severity: diag.Error, Doc: "a name of another kind than the statement needs, such as a backend instead of a proxy"},
	{Code: codeProxyCycle, Name: "proxy-cycle", Severity: diag.Error, Doc: "a chain of proxies that leads back to its start"},
	{Code: codeRequestCycle, Name: "request-cycle", Severity: diag.Error, Doc: "requests that come after themselves"},
	{Code: codePort, Name: "no-such-port", Severity: diag.Error, Doc: "a port on which the proxy does not listen"},
	{Code: codeNoVia, Name: "unclear-way", Severity: diag.Error, Doc: "a request that could go to several proxies"},
	{Code: codeNoDomain, Name: "no-domain", Severity: diag.Error, Doc: "a subdomain on a proxy that has no domain"},
	{Code: codeMissing, Name: "missing-statement", Severity: diag.Error, Doc: "a declaration without a required statement"},
	{Code: codeExclusive, Name: "exclusive-statements", Severity: diag.Error, Doc: "two statements that exclude each other"},
	{Code: codeTooMany, Name: "too-many-names", Severity: diag.Error, Doc: "more findings about names than flowc lists"},
}

// Mistakes puts the mistakes in the names and the structure of a draft into words, the same ones
// for every front end.
func Mistakes(mistakes []flow.Mistake) diag.List {
	list := make(diag.List, 0, len(mistakes))
	for _, p := range mistakes {
		d := diag.Diagnostic{Severity: diag.Error, At: p.At, Broken: true}
		d.Code, d.Message = nameMessage(p)
		d.Help = nameHelp(p)
		d.Related = nameRelated(p)
		d.Fix = nameFix(p)
		list = append(list, d)
	}
	return list.Sort()
}

// nameMessage says what is wrong.
func nameMessage(p flow.Mistake) (diag.Code, string) {
	say := func(code diag.Code, format string, args ...any) (diag.Code, string) {
		return code, fmt.Sprintf(format, args...)
	}
	switch p.Kind {
	case flow.MistakeUnknown, flow.MistakeUnknownParty, flow.MistakeUnknownDrawn, flow.MistakeUnknownPlace:
		return say(codeUnknown, "no %s is named %q%s", wantedKinds(p), p.Name, spell.DidYouMean(p.Name, candidates(p)))
	case flow.MistakeAddress:
		return say(codeUnknown, "no %s is named %q: it is an address", wantedKinds(p), p.Name)
	case flow.MistakeName:
		return say(codeWrongKind, "%q is not a valid name of a %s", p.Name, p.Is)
	case flow.MistakeDeclaredTwice:
		if p.Is != p.Was {
			return say(codeDuplicate, "%q is already the name of a %s", p.Name, p.Was)
		}
		return say(codeDuplicate, "%s %q is declared twice", p.Is, p.Name)
	case flow.MistakeCase:
		return say(codeCase, "%q and %q differ only in case", p.Names[0], p.Names[1])
	case flow.MistakeWrongKind:
		return say(codeWrongKind, "%q is a %s, not a %s", p.Name, p.Is, wantedKinds(p))
	case flow.MistakeSeveralServers:
		return say(codeWrongKind, "%q is the name of %d servers", p.Name, p.Count)
	case flow.MistakeBackendAnswers:
		return say(codeWrongKind, "%q is a backend, and an outcome comes from one of its servers", p.Name)
	case flow.MistakeBackendPort:
		return say(codeWrongKind, "%q is a backend, and a port belongs to its servers", p.Name)
	case flow.MistakeLinkToItself:
		return say(codeExclusive, "a link joins two zones, and both are %q", p.Name)
	case flow.MistakeLinkTwice:
		return say(codeDuplicate, "the link between %q and %q is stated twice", p.Names[0], p.Names[1])
	case flow.MistakeLabelTwice:
		return say(codeDuplicate, "label %q is stated twice", p.Name)
	case flow.MistakeTargetTwice:
		return say(codeDuplicate, "route %q leads to %q twice", p.Decl, p.Name)
	case flow.MistakeHostTwice:
		return say(codeDuplicate, "route %q has the host %s twice", p.Decl, p.Name)
	case flow.MistakeCondition:
		if p.Name != "" {
			return say(codeWrongKind, "route %q has a condition on its %s that is not a valid regular expression: %q", p.Decl, p.What, p.Name)
		}
		return say(codeWrongKind, "route %q has a condition on its %s that is none", p.Decl, p.What)
	case flow.MistakeHostAndSubdomain:
		return say(codeExclusive, `route %q states "subdomain" and "host"; only one can be`, p.Decl)
	case flow.MistakeNoTarget:
		return say(codeMissing, `route %q has no target; add "to BACKEND"`, p.Decl)
	case flow.MistakeTwoActions:
		return say(codeExclusive, "route %q states %q and %q; only one can be", p.Decl, p.Names[0], p.Names[1])
	case flow.MistakeServersAndNone:
		return say(codeExclusive, "backend %q has a server, and \"server none\" says that it has none", p.Decl)
	case flow.MistakeOtherPort:
		return say(codeExclusive, "requests on one connection go to one port, and the first goes to %s :%d", p.Name, p.Ports[0])
	case flow.MistakeNoPort:
		return say(codePort, "%s does not listen on %s", p.Name, portList(p.Ports, " or "))
	case flow.MistakeNoPortOfRoute:
		return say(codePort, "%s does not listen on %s, where the route is served", p.Name, portList(p.Ports, " or "))
	case flow.MistakeNoDomain:
		return say(codeNoDomain, "%s has no domain for the subdomain %q", p.Decl, p.Name)
	case flow.MistakeProxyCircle:
		return say(codeProxyCycle, "proxies point in a circle: %s", strings.Join(p.Names, " -> "))
	case flow.MistakeRequestCircle:
		return say(codeRequestCycle, "requests come after each other in a circle: %s", strings.Join(p.Names, " after "))
	case flow.MistakeNothingAsked:
		return say(codeMissing, "request %q asks for nothing", p.Decl)
	case flow.MistakeProxyAsks:
		return say(codeMissing, "%q is a proxy, and a proxy asks of its own only for a health check", p.Name)
	case flow.MistakeClientChecks:
		return say(codeWrongKind, "%q is a client, and a health check comes from a proxy", p.Name)
	case flow.MistakeCheckAsks:
		return say(codeExclusive, "a health check asks for what the backend's \"check\" says")
	case flow.MistakeNotChecked:
		return say(codeMissing, "backend %q does not say how it is checked", p.Name)
	case flow.MistakeCheckFrom:
		return say(codeMissing, "request %q needs \"from\": the proxy that makes the health check", p.Decl)
	case flow.MistakeUnclearWay:
		why := "no route points to any of them"
		if p.ByDomain {
			why = "the name of its host leads to each of them"
		}
		return say(codeNoVia, "request %q could go to %s: %s", p.Decl, strings.Join(p.Names, " or "), why)
	case flow.MistakeValue:
		return say(codeWrongKind, "%q is not a valid %s of %q", p.Name, p.What, p.Decl)
	case flow.MistakeTooMany:
		return say(codeTooMany, "%d more errors in names are not listed", p.Count)
	}
	panic("check: unknown kind of mistake")
}

// nameHelp says what to do about it; "" where the message says all.
func nameHelp(p flow.Mistake) string {
	switch p.Kind {
	case flow.MistakeUnknown, flow.MistakeUnknownParty, flow.MistakeUnknownDrawn, flow.MistakeUnknownPlace:
		_, near := spell.Nearest(p.Name, candidates(p))
		switch {
		case near:
			return ""
		case p.Kind == flow.MistakeUnknown && len(p.Candidates) == 0:
			return fmt.Sprintf("declare it: %s %s", wantedKinds(p), p.Name)
		}
		return "declared: " + enumerate(candidates(p))
	case flow.MistakeAddress:
		return "declare a backend with that server, and lead to it: backend NAME { server NAME " + hostPort(p.Name, p.Ports[0]) + " }"
	case flow.MistakeName:
		return `a name has letters, digits, "_", ".", and "-", and begins with neither of the last two`
	case flow.MistakeSeveralServers:
		return "say of which backend: " + strings.Join(p.Names, " or ")
	case flow.MistakeBackendPort:
		return "write to " + p.Name
	case flow.MistakeTargetTwice:
		return "to give it a larger share: to " + p.Name + " weight 2"
	case flow.MistakeOtherPort:
		return "make it a request of its own"
	case flow.MistakeNoPort, flow.MistakeNoPortOfRoute:
		return "it listens on " + portList(p.Listens, ", ")
	case flow.MistakeNoDomain:
		if len(p.Names) > 0 {
			return "give it one: domain " + p.Names[0]
		}
		return "give it one: domain apps.example.test"
	case flow.MistakeNothingAsked:
		return "say what it asks for: get https://shop.example.test/"
	case flow.MistakeProxyAsks:
		return "add what it checks: check BACKEND"
	case flow.MistakeNotChecked:
		return "add to it: check tcp, check tls or check http"
	case flow.MistakeCheckFrom:
		return "one of " + strings.Join(p.Names, ", ")
	case flow.MistakeUnclearWay:
		return "say to which: via " + p.Names[0]
	default:
		return ""
	}
}

// nameRelated is the place that explains the mistake, or none.
func nameRelated(p flow.Mistake) []diag.Related {
	does, at := "declared", p.Related
	switch p.Kind {
	case flow.MistakeUnknown:
		at = nearestPlace(p)
	case flow.MistakeLinkTwice, flow.MistakeLabelTwice, flow.MistakeTargetTwice, flow.MistakeHostTwice, flow.MistakeHostAndSubdomain, flow.MistakeTwoActions:
		does = "stated"
	case flow.MistakeOtherPort:
		return relatedTo(at, "the first request on the connection")
	case flow.MistakeCheckAsks:
		return relatedTo(at, "the health check")
	default:
	}
	if at.Known() && at.Path() == "" {
		return relatedTo(at, fmt.Sprintf("%q is %s here", at.Text(), does))
	}
	return relatedTo(at, does+" here")
}

// relatedTo is one place with its message, where there is one.
func relatedTo(at source.Span, message string) []diag.Related {
	if !at.Known() {
		return nil
	}
	return []diag.Related{{Message: message, At: at}}
}

// nearestPlace is where the name is declared that was probably meant.
func nearestPlace(p flow.Mistake) source.Span {
	if near, ok := spell.Nearest(p.Name, candidates(p)); ok {
		for _, c := range p.Candidates {
			if c.Name == near {
				return c.At
			}
		}
	}
	return source.Span{}
}

// nameFix is the edit that removes the mistake; nil where several could.
func nameFix(p flow.Mistake) *diag.Fix {
	if p.At.Path() != "" {
		return nil // of a document the text is not known
	}
	switch p.Kind {
	case flow.MistakeUnknown, flow.MistakeUnknownParty, flow.MistakeUnknownDrawn, flow.MistakeUnknownPlace:
		near, ok := spell.Typo(p.Name, candidates(p))
		// a part of a quoted word has another place; another namespace is another name of the route
		if ok && !p.PartOfName && p.At.Text() == p.Name {
			return diag.Replace(p.At, near)
		}
	case flow.MistakeBackendPort:
		if strings.HasPrefix(p.At.Text(), p.Name+":") {
			return diag.Replace(p.At, p.Name)
		}
	case flow.MistakeLinkTwice:
		if p.Same && p.Whole.Known() && !commented(p.Whole) {
			return diag.Delete(p.Whole)
		}
	default:
	}
	return nil
}

// commented reports whether a comment stands behind a statement on its line.
func commented(at source.Span) bool {
	line := at.File.LineSpan(at.File.Position(at.End).Line)
	return strings.HasPrefix(strings.TrimSpace(at.File.Text[at.End:max(at.End, line.End)]), "#")
}

// wantedKinds says what a name should be that of.
func wantedKinds(p flow.Mistake) string {
	switch p.Kind {
	case flow.MistakeUnknownParty:
		return "server, proxy or client"
	case flow.MistakeUnknownDrawn:
		return "node or route"
	case flow.MistakeUnknownPlace:
		return "node, route or zone"
	default:
	}
	words := make([]string, len(p.Wanted))
	for i, k := range p.Wanted {
		words[i] = k.String()
	}
	return strings.Join(words, " or ")
}

func candidates(p flow.Mistake) []string {
	names := make([]string, len(p.Candidates))
	for i, c := range p.Candidates {
		names[i] = c.Name
	}
	return names
}

// enumerate names at most eight.
func enumerate(names []string) string {
	if len(names) > 8 {
		return strings.Join(names[:8], ", ") + fmt.Sprintf(" and %d more", len(names)-8)
	}
	return strings.Join(names, ", ")
}

// hostPort is a server's address as it is written, with its port, 0 for none.
func hostPort(host string, port int) string {
	if port == 0 {
		return host
	}
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// portList is ":80, :443".
func portList(ports []int, separator string) string {
	words := make([]string, len(ports))
	for i, p := range ports {
		words[i] = fmt.Sprintf(":%d", p)
	}
	return strings.Join(words, separator)
}
