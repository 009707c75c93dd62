package flowtext

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/flowc-lang/flowc/flow"
)

// quote puts a text in quotes.
func quote(text string) string { return `"` + escapes.Replace(text) + `"` }

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// word is a word, in quotes where it may need them. The formatter takes them off where
// it does not.
func word(text string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-/:*=!~?&+%@$;", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return quote(text)
}

func words(all []string) []string {
	out := make([]string, len(all))
	for i, w := range all {
		out[i] = word(w)
	}
	return out
}

// stated are the values of facts that are stated.
func stated(facts []flow.Fact[string]) []string {
	var out []string
	for _, f := range facts {
		if named(f) {
			out = append(out, word(f.V))
		}
	}
	return out
}

// named reports whether a name is stated, or imported.
func named(f flow.Ref) bool {
	return f.V != "" && f.Origin != flow.OriginDefault && f.Origin != flow.OriginSupplied
}

// is reports whether a flag is stated.
func is(f flow.Fact[bool]) bool { return f.IsSet() && f.V }

func number(n int) string { return strconv.Itoa(n) }

// unit is one of a time or of a size, and how much it is.
type unit struct {
	name string
	is   int64
}

var times = []unit{{"d", 86_400_000}, {"h", 3_600_000}, {"m", 60_000}, {"s", 1000}}

// millis is a time in the largest unit that it is a multiple of: 30s.
func millis(n int64) string {
	if n == 0 {
		return "0s"
	}
	return inUnits(n, times, "ms")
}

var sizes = []unit{{"g", 1 << 30}, {"m", 1 << 20}, {"k", 1 << 10}}

// bytes is a size: 64k.
func bytes(n int64) string {
	if n == 0 {
		return "0"
	}
	return inUnits(n, sizes, "")
}

func inUnits(n int64, units []unit, smallest string) string {
	for _, u := range units {
		if n%u.is == 0 {
			return strconv.FormatInt(n/u.is, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + smallest
}

// address is HOST:PORT; port 0 is none.
func address(host string, port int) string { return addresses(host, port, 0) }

// addresses is ADDRESS:PORT-LAST; last 0 is none.
func addresses(host string, port, last int) string {
	switch {
	case port == 0:
		return word(host)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	text := fmt.Sprintf("%s:%d", host, port)
	if last != 0 {
		text = fmt.Sprintf("%s-%d", text, last)
	}
	return word(text)
}

// instance is NAME:PORT; port 0 is none.
func instance(name string, port int) string {
	if port != 0 {
		name = fmt.Sprintf("%s:%d", name, port)
	}
	return word(name)
}

// networks are networks whose bits are all in their prefix: the others say nothing. Where
// an address does for one of them is for the statement to say.
func networks(all []string, addresses bool) []string {
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = word(network(n, addresses))
	}
	return out
}

func network(text string, addresses bool) string {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked().String()
	}
	if a, err := netip.ParseAddr(text); err == nil && !addresses {
		return fmt.Sprintf("%s/%d", a, a.BitLen())
	}
	return text
}

// printable is a text that somebody reads. What a .flow text cannot hold becomes a
// question mark.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t' || r == '\r':
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

// comment is a line as a comment.
func comment(text string) string {
	clean := strings.ReplaceAll(printable(text), "\n", " ")
	if strings.HasPrefix(strings.TrimSpace(clean), "flowc:") {
		clean = "./" + strings.TrimSpace(clean) // else it would be for flowc
	}
	return strings.TrimRight("# "+clean, " ")
}
