package haproxy

import (
	"regexp/syntax"
	"strings"
)

// mostHosts is how many names a regular expression of a host may stand for.
const mostHosts = 64

// hostsOf are the hosts that a regular expression of a host matches, "*.X" for one
// label before X; ok is false where it matches others, too.
func hostsOf(expr string) (hosts []string, ok bool) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, false
	}
	x := &enumeration{}
	out, ok := x.of(re)
	if !ok || !x.begins || !x.ends {
		return nil, false
	}
	for _, h := range out {
		h = strings.ToLower(h)
		if strings.Contains(strings.TrimPrefix(h, "*"), "*") || h == "" {
			return nil, false
		}
		hosts = append(hosts, h)
	}
	return hosts, true
}

// enumeration lists what a regular expression matches. It must say where it begins
// and where it ends.
type enumeration struct{ begins, ends bool }

func (x *enumeration) of(re *syntax.Regexp) ([]string, bool) {
	switch re.Op {
	case syntax.OpBeginText, syntax.OpBeginLine:
		x.begins = true
		return []string{""}, true
	case syntax.OpEndText, syntax.OpEndLine:
		x.ends = true
		return []string{""}, true
	case syntax.OpEmptyMatch:
		return []string{""}, true
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, true
	case syntax.OpCapture:
		return x.of(re.Sub[0])
	case syntax.OpQuest:
		out, ok := x.of(re.Sub[0])
		return append(out, ""), ok
	case syntax.OpAlternate:
		var out []string
		for _, sub := range re.Sub {
			some, ok := x.of(sub)
			if !ok {
				return nil, false
			}
			out = append(out, some...)
		}
		return out, len(out) <= mostHosts
	case syntax.OpConcat:
		out := []string{""}
		for _, sub := range re.Sub {
			some, ok := x.of(sub)
			if !ok || len(out)*len(some) > mostHosts {
				return nil, false
			}
			var next []string
			for _, a := range out {
				for _, b := range some {
					next = append(next, a+b)
				}
			}
			out = next
		}
		return out, true
	case syntax.OpPlus, syntax.OpStar:
		if isLabel(re.Sub[0]) {
			return []string{"*"}, true
		}
	case syntax.OpCharClass:
		return classOf(re)
	case syntax.OpNoMatch, syntax.OpAnyCharNotNL, syntax.OpAnyChar, syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpRepeat:
	}
	return nil, false
}

// isLabel reports whether a class of characters takes what stands in a label of a
// host, and no dot.
func isLabel(re *syntax.Regexp) bool {
	if re.Op == syntax.OpCapture {
		return isLabel(re.Sub[0])
	}
	if re.Op != syntax.OpCharClass {
		return false
	}
	has := func(c rune) bool {
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] <= c && c <= re.Rune[i+1] {
				return true
			}
		}
		return false
	}
	return has('a') && has('z') && has('0') && has('9') && !has('.')
}

func classOf(re *syntax.Regexp) ([]string, bool) {
	var out []string
	for i := 0; i+1 < len(re.Rune); i += 2 {
		if re.Rune[i+1]-re.Rune[i] > mostHosts {
			return nil, false
		}
		for c := re.Rune[i]; c <= re.Rune[i+1]; c++ {
			out = append(out, string(c))
		}
	}
	return out, len(out) <= mostHosts
}

// portOfHost is how an OpenShift router writes, in the keys of its maps, the dot of the
// root and the port that may stand behind a host.
const portOfHost = `\.?(:[0-9]+)?`

// baseOf divides a regular expression of a host with a path, as an OpenShift router
// writes it, into hosts and the path below which all is meant.
func baseOf(expr string) (hosts []string, path string, ok bool) {
	host, rest, ok := strings.Cut(expr, portOfHost)
	if !ok {
		return nil, "", false
	}
	path, ok = strings.CutSuffix(rest, "(/.*)?$")
	if !ok {
		return nil, "", false
	}
	if path, ok = plain(path); !ok {
		return nil, "", false
	}
	hosts, ok = hostsOf(host + "$")
	return hosts, path, ok
}

// plain is the text that a regular expression without operators matches.
func plain(expr string) (string, bool) {
	re, err := syntax.Parse(expr, syntax.Perl)
	switch {
	case err != nil:
		return "", false
	case re.Op == syntax.OpEmptyMatch:
		return "", true
	case re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0:
		return string(re.Rune), true
	}
	return "", false
}

// pathBelow is the path of a regular expression that takes it and all behind a slash:
// ^/api(/.*)?$ or ^/api(/|$).
func pathBelow(expr string) (string, bool) {
	rest, ok := strings.CutPrefix(expr, "^")
	if !ok {
		return "", false
	}
	for _, end := range []string{"(/.*)?$", "(/.*|$)", "(/|$)", "($|/)", "(?:/.*)?$", "(?:/|$)"} {
		if path, ok := strings.CutSuffix(rest, end); ok {
			return plain(path)
		}
	}
	return "", false
}
