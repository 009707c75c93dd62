package cluster

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/source"
)

// routeFilter is a filter of a rule.
type routeFilter struct {
	kind     string
	at       source.Span
	headers  []headerChange
	scheme   kubeyaml.Text // RequestRedirect
	hostname kubeyaml.Text // and URLRewrite
	port     kubeyaml.Number
	status   kubeyaml.Number
	path     *pathModifier
}

// headerChange is one change of a RequestHeaderModifier or a ResponseHeaderModifier.
type headerChange struct {
	do          string // set, add, remove
	name, value kubeyaml.Text
	at          source.Span
}

// pathModifier is the path that a filter makes.
type pathModifier struct {
	prefix bool // ReplacePrefixMatch
	to     kubeyaml.Text
	at     source.Span
}

// headerForm is a name of a header field (RFC 9110, 5.6.2).
var headerForm = lazy.Regexp("^[A-Za-z0-9!#$%&'*+\\-.^_`|~]+$")

// The filters of rules, and the field of each.
var httpFilters = []filterKind{
	{"RequestHeaderModifier", "requestHeaderModifier"}, {"ResponseHeaderModifier", "responseHeaderModifier"}, {"RequestMirror", "requestMirror"},
	{"RequestRedirect", "requestRedirect"}, {"URLRewrite", "urlRewrite"}, {"CORS", "cors"}, {"ExternalAuth", "externalAuth"}, {"ExtensionRef", "extensionRef"},
}

var grpcFilters = []filterKind{
	{"RequestHeaderModifier", "requestHeaderModifier"}, {"ResponseHeaderModifier", "responseHeaderModifier"}, {"RequestMirror", "requestMirror"}, {"ExtensionRef", "extensionRef"},
}

type filterKind struct{ name, field string }

// repeatable are the filters of which a rule may have several.
var repeatable = []string{"RequestMirror", "ExtensionRef"}

// readFilters reads the filters of a rule.
func (rule *routeRule) readFilters(of kubeyaml.Map, allowed []filterKind) {
	known, names := []string{"type"}, []string(nil)
	for _, k := range allowed {
		known, names = append(known, k.field), append(names, k.name)
	}
	for _, v := range of.List("filters") {
		m, ok := v.Map(known...)
		if !ok {
			continue
		}
		t := word(m, "type", names...)
		if t.V == "" {
			if !m.Field("type").Exists() {
				invalid(of.File(), m.At(), "write type: "+strings.Join(names, ", "), v.Path()+".type", "is required")
			}
			continue
		}
		f := &routeFilter{kind: t.V, at: t.At}
		for _, k := range allowed {
			switch own := m.Field(k.field); {
			case k.name == t.V && own.Null():
				invalid(of.File(), t.At, "write "+k.field, v.Path()+"."+k.field, "must be specified for %s filter.type", t.V)
			case k.name != t.V && own.Exists():
				invalid(of.File(), own.KeyAt(), "remove it, or write type: "+k.name, v.Path()+"."+k.field, "must be nil if the filter.type is not %s", k.name)
			case k.name == t.V:
				f.read(rule, own)
			}
		}
		if slices.ContainsFunc(rule.filters, func(o *routeFilter) bool { return o.kind == f.kind }) && !slices.Contains(repeatable, f.kind) {
			invalid(of.File(), t.At, "put both into one filter", v.Path(), "%s filter cannot be repeated", f.kind)
			continue
		}
		rule.filters = append(rule.filters, f)
	}
}

// read reads what a filter does.
func (f *routeFilter) read(rule *routeRule, v kubeyaml.Value) {
	switch f.kind {
	case "RequestHeaderModifier", "ResponseHeaderModifier":
		f.readHeaders(v)
	case "RequestRedirect":
		f.readRedirect(v)
	case "URLRewrite":
		if m, ok := v.Map("hostname", "path"); ok {
			f.hostname = f.preciseHost(m)
			f.readPath(m)
		}
	case "RequestMirror":
		rule.list(f.at, v, true, "filter RequestMirror: a second Service gets a copy of each request")
	case "CORS":
		rule.list(f.at, v, false, "filter CORS: the proxy answers preflight requests itself")
	case "ExternalAuth":
		rule.list(f.at, v, true, "filter ExternalAuth: another server decides about each request")
	case "ExtensionRef":
		rule.list(f.at, v, true, "filter ExtensionRef: what it does is in an object of the implementation")
	}
}

func (f *routeFilter) readHeaders(v kubeyaml.Value) {
	m, ok := v.Map("set", "add", "remove")
	if !ok {
		return
	}
	for _, do := range []string{"set", "add"} {
		for _, item := range m.List(do) {
			hm, ok := item.Map("name", "value")
			if !ok {
				continue
			}
			h := headerChange{do: do, name: hm.Text("name"), value: hm.Text("value"), at: hm.At()}
			h.at = firstKnown(h.name.At, h.at)
			f.header(m.File(), h, item.Path())
		}
	}
	for _, t := range m.Texts("remove") {
		f.header(m.File(), headerChange{do: "remove", name: t, at: t.At}, v.Path()+".remove")
	}
}

// header takes one change. Of several for a name the first counts (HTTPHeaderFilter).
func (f *routeFilter) header(file *kubeyaml.File, h headerChange, path string) {
	if !headerForm.Get().MatchString(h.name.V) {
		invalid(file, h.at, "write a name of a header field, such as X-Team", path+".name", "is no name of a header field")
		return
	}
	if slices.ContainsFunc(f.headers, func(o headerChange) bool { return o.do == h.do && strings.EqualFold(o.name.V, h.name.V) }) {
		return
	}
	f.headers = append(f.headers, h)
}

func (f *routeFilter) preciseHost(m kubeyaml.Map) kubeyaml.Text {
	t := m.Text("hostname")
	if t.V == "" {
		return t
	}
	if why := hostnameFault(t.V, false); why != "" {
		invalid(m.File(), t.At, "write a name such as shop.example.com", m.Field("hostname").Path(), "%s", why)
		return kubeyaml.Text{}
	}
	return t
}

var redirectStatuses = []int{301, 302, 303, 307, 308}

func (f *routeFilter) readRedirect(v kubeyaml.Value) {
	m, ok := v.Map("scheme", "hostname", "path", "port", "statusCode")
	if !ok {
		return
	}
	f.scheme = word(m, "scheme", "http", "https")
	f.hostname = f.preciseHost(m)
	f.port, f.status = m.Field("port").Number(), m.Field("statusCode").Number()
	if f.status.Set && !slices.Contains(redirectStatuses, f.status.V) {
		invalid(m.File(), f.status.At, "write 301, 302, 303, 307 or 308", v.Path()+".statusCode", "must be 301, 302, 303, 307 or 308")
	}
	if f.port.Set && (f.port.V < 1 || f.port.V > 65535) {
		invalid(m.File(), f.port.At, "write a port from 1 to 65535", v.Path()+".port", "must be from 1 to 65535")
	}
	f.readPath(m)
}

func (f *routeFilter) readPath(of kubeyaml.Map) {
	m, ok := of.Map("path", "type", "replaceFullPath", "replacePrefixMatch")
	if !ok {
		return
	}
	t := word(m, "type", "ReplaceFullPath", "ReplacePrefixMatch")
	field := map[string]string{"ReplaceFullPath": "replaceFullPath", "ReplacePrefixMatch": "replacePrefixMatch"}[t.V]
	path := of.Field("path").Path()
	if t.V == "" {
		if !m.Field("type").Exists() {
			invalid(of.File(), m.At(), "write type: ReplaceFullPath or ReplacePrefixMatch", path+".type", "is required")
		}
		return
	}
	to := m.Text(field)
	if !m.Field(field).Exists() {
		invalid(of.File(), t.At, "write "+field, path+"."+field, "must be specified when type is set to '%s'", t.V)
		return
	}
	f.path = &pathModifier{prefix: t.V == "ReplacePrefixMatch", to: to, at: firstKnown(to.At, t.At)}
}

// judge is what the API server checks of a rule as a whole.
func (rule *routeRule) judge(m kubeyaml.Map) {
	file := m.File()
	kindOf := func(kind string) *routeFilter {
		if i := slices.IndexFunc(rule.filters, func(f *routeFilter) bool { return f.kind == kind }); i >= 0 {
			return rule.filters[i]
		}
		return nil
	}
	redirect, rewrite := kindOf("RequestRedirect"), kindOf("URLRewrite")
	if redirect != nil && rewrite != nil {
		invalid(file, rewrite.at, "leave one of them out", rule.path+".filters", "may have RequestRedirect or URLRewrite, but not both")
	}
	if redirect != nil && len(rule.backends) > 0 {
		invalid(file, redirect.at, "remove backendRefs: the proxy answers with a redirect", rule.path, "has a RequestRedirect filter, which must not be used together with backendRefs")
	}
	for _, f := range []*routeFilter{redirect, rewrite} {
		if f == nil || f.path == nil || !f.path.prefix {
			continue
		}
		if len(rule.matches) > 1 || len(rule.matches) == 1 && rule.matches[0].how != "PathPrefix" {
			invalid(file, f.path.at, "leave one match with a path of type PathPrefix", rule.path, "has path.replacePrefixMatch: exactly one PathPrefix match must be specified")
		}
	}
}
