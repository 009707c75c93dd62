package export

import (
	"fmt"
	"strings"
)

// maxName bounds a name in bytes.
const maxName = 100

// safe is a text as HAProxy takes a name: letters, digits and -_.: (and a
// file system, less the colon). The slash of a route becomes a colon.
func safe(text string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.', r == ':':
			return r
		case r == '/':
			return ':'
		}
		return '_'
	}, text)
	if len(s) > maxName {
		s = s[:maxName]
	}
	if strings.Trim(s, ".") == "" {
		s = "_" + s
	}
	return s
}

// names gives each thing a name that no other has, case aside.
type names struct {
	taken map[string]bool
	of    map[any]string
	mark  string // before a number that keeps two names apart
}

func newNames(mark string) *names {
	return &names{taken: make(map[string]bool), of: make(map[any]string), mark: mark}
}

// name returns the name of a thing: the wanted one, or that with a number.
func (n *names) name(thing any, wanted string) string {
	if name, ok := n.of[thing]; ok {
		return name
	}
	base := safe(wanted)
	name := base
	for i := 2; n.taken[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s%s%d", base, n.mark, i)
	}
	n.taken[strings.ToLower(name)] = true
	n.of[thing] = name
	return name
}

// variable is a text as the name of an environment variable.
func variable(texts ...string) string {
	return "FLOWC_" + strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, strings.Join(texts, "_"))
}
