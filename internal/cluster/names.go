package cluster

import (
	"strconv"
	"strings"
)

// names are the names that declarations have.
type names struct {
	nodes, certificates, cas map[string]bool
}

func newNames() *names {
	return &names{nodes: map[string]bool{}, certificates: map[string]bool{}, cas: map[string]bool{}}
}

// plainName is a name with the characters that a model's names have.
func plainName(s, otherwise string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	if out := strings.Trim(b.String(), "-."); out != "" {
		return out
	}
	return otherwise
}

// free takes a name that nothing else has, whatever the case of its letters.
func (n *names) free(in map[string]bool, want, otherwise string) string {
	base := plainName(want, otherwise)
	own := base
	for i := 2; in[strings.ToLower(own)]; i++ {
		own = base + "-" + strconv.Itoa(i)
	}
	in[strings.ToLower(own)] = true
	return own
}
