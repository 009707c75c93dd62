package haproxy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// isMap reports whether a converter looks its input up in a file.
func isMap(name string) bool { return name == "map" || strings.HasPrefix(name, "map_") }

// entry is one line of a map.
type entry struct {
	key, value string
	at         source.Span
}

// lookup is a map as a rule uses it: which value comes of which input, in the order
// in which HAProxy looks.
type lookup struct {
	entries  []entry
	fallback string // the value where no key matches
	has      bool   // it has one
	method   string // by which keys are compared
}

// lookupOf reads the map of a converter (HAProxy configuration manual, 7.3.1, map).
func (m *model) lookupOf(conv haproxycfg.Call, at source.Span) (*lookup, bool) {
	method := "str"
	if parts := strings.Split(conv.Name, "_"); len(parts) > 1 {
		method = parts[1]
	}
	name := conv.Arg(0)
	for _, prefix := range []string{"virt@", "opt@", "file@"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if prefix != "file@" {
				return nil, false // it is filled at run time
			}
			name = rest
		}
	}
	f := m.fileOf(name, m.globalWord("default-path"))
	if f.src == nil {
		m.missing(at, name, "map")
		return nil, false
	}
	x := &lookup{method: method, fallback: conv.Arg(1), has: len(conv.Args) > 1}
	for n := 1; n <= f.src.Lines(); n++ {
		s := f.src.LineSpan(n)
		text := strings.TrimSpace(s.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		key, value, _ := strings.Cut(text, " ")
		if i := strings.IndexByte(key, '\t'); i >= 0 {
			key, value = key[:i], key[i:]+value
		}
		if value = strings.TrimSpace(value); value == "" {
			m.warn(haproxycfg.FaultValue, s, "write the key, a space, and the value", "the map has no value for %s: HAProxy gives an empty one", key)
		}
		x.entries = append(x.entries, entry{key, value, s})
	}
	switch method {
	case "beg": // the longest one wins
		slices.SortStableFunc(x.entries, func(a, b entry) int { return cmp.Compare(len(b.key), len(a.key)) })
	case "str": // of two alike the first one is found
	}
	return x, true
}

// compares are the ways in which a key of a map takes a text that is known.
var compares = map[string]func(text, key string) bool{
	"str": func(text, key string) bool { return text == key }, "beg": strings.HasPrefix, "end": strings.HasSuffix, "sub": strings.Contains,
}

// finds reports whether it is known what the map has for a text.
func (x *lookup) finds() bool { return compares[x.method] != nil }

// of is what the map has for a text, or its value for all others.
func (x *lookup) of(text string) string {
	for _, en := range x.entries {
		if compares[x.method](text, en.key) {
			return en.value
		}
	}
	return x.fallback
}

// keyTest is the condition under which an expression meets the key of a map.
func (c *conditions) keyTest(e haproxycfg.Expr, method string, en entry) (anyOf, bool) {
	f := e.Canonical().Fetch()
	if f.Name == "base" || f.Name == "hdr,path" {
		return baseTest(method, en)
	}
	on, name, ok := subjectOf(e)
	if !ok {
		return nil, false
	}
	t := &haproxycfg.Test{Expr: e, Method: method, At: en.at, AnyCase: slices.ContainsFunc(e, func(c haproxycfg.Call) bool { return c.Name == "lower" })}
	if on == onHost && method == "reg" {
		if hosts, _, ok := baseOf(en.key); ok { // a key for hosts with paths that is asked with a name
			return hostsAs(literal{on: onHost, anyCase: true, at: en.at}, hosts), true
		}
	}
	if t.AnyCase && len(c.u.m.withoutCapitals(t, []string{en.key})) == 0 {
		return never, true
	}
	if on == onHost && len(c.u.m.withoutStars(t, []string{en.key}, "write %s, and look it up with map_end")) == 0 {
		return never, true
	}
	out := compared(t, on, name, []string{en.key})
	return out, len(out.unknown()) == 0
}

// baseTest is the condition of a key that is a host with a path.
func baseTest(method string, en entry) (anyOf, bool) {
	both := func(hosts []string, path string, how manner) (anyOf, bool) {
		out := hostsAs(literal{on: onHost, anyCase: true, at: en.at}, hosts)
		if path == "" || path == "/" && how != exactly {
			return out, true
		}
		return out.and(anyOf{all{{on: onPath, how: how, values: []string{path}, at: en.at}}})
	}
	host, path, _ := strings.Cut(en.key, "/")
	if path != "" || strings.HasSuffix(en.key, "/") {
		path = "/" + path
	}
	switch method {
	case "reg":
		hosts, path, ok := baseOf(en.key)
		if !ok {
			return nil, false
		}
		return both(hosts, path, below)
	case "beg":
		if path == "" {
			return nil, false // it may end within the name
		}
		return both([]string{strings.ToLower(host)}, path, begins)
	case "str":
		return both([]string{strings.ToLower(host)}, cmp.Or(path, "/"), exactly)
	}
	return nil, false
}

// mapped is a test of what a map gives.
func (c *conditions) mapped(t *haproxycfg.Test, e haproxycfg.Expr) anyOf {
	unknown := anyOf{all{unread(t.At)}}
	x, ok := c.u.m.lookupOf(e[len(e)-1], t.At)
	if !ok {
		return unknown
	}
	holds := func(value string) bool {
		switch t.Method {
		case "found":
			return true
		case "bool":
			return value != "" && value != "0" && value != "false"
		case "int":
			return len(t.Patterns) > 0 && t.Patterns[len(t.Patterns)-1].Text == value && (len(t.Patterns) == 1 || t.Patterns[0].Text == "eq")
		case "", "str":
			return slices.ContainsFunc(t.Patterns, func(p haproxycfg.Pattern) bool { return p.Text == value })
		}
		return false
	}
	if !slices.Contains([]string{"found", "bool", "", "str", "int"}, t.Method) {
		return unknown
	}
	out := never
	before := never // keys of other values that are found first
	for _, en := range x.entries {
		when, ok := c.keyTest(e[:len(e)-1], x.method, en)
		if !ok {
			return unknown
		}
		if !holds(en.value) {
			before = before.or(when)
			continue
		}
		for _, part := range before {
			for _, own := range when {
				if meets(part, own) {
					none, ok := anyOf{part}.not()
					if ok {
						when, ok = when.and(none)
					}
					if !ok {
						return unknown
					}
				}
			}
		}
		out = append(out, when...)
	}
	if x.has && holds(x.fallback) {
		return unknown
	}
	return out.joined()
}

// meets reports whether a key that is found first can take what another one is for:
// tests of exact hosts that differ never do.
func meets(a, b all) bool {
	host := func(c all) []string {
		for _, l := range c {
			if l.on == onHost && l.how == exactly && !l.not {
				return l.values
			}
		}
		return nil
	}
	x, y := host(a), host(b)
	if x == nil || y == nil {
		wild := func(c all, names []string) bool {
			for _, l := range c {
				if l.on != onHost || l.how != oneLabel {
					continue
				}
				for _, n := range names {
					if _, rest, ok := strings.Cut(n, "."); ok && slices.Contains(l.values, rest) {
						return true
					}
				}
				return false
			}
			return true
		}
		switch {
		case x != nil:
			return wild(b, x)
		case y != nil:
			return wild(a, y)
		}
		return true
	}
	return slices.ContainsFunc(x, func(h string) bool { return slices.Contains(y, h) })
}
