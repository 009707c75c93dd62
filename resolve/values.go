package resolve

import (
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
)

// value makes a parser of a function that returns, as its error, what the word
// is not: "a port (1 to 65535)".
func value[V any](f func(string) (V, string)) parser[V] {
	return func(r *resolver, w *ast.Word) (V, bool) {
		v, isNot := f(w.Text)
		if isNot != "" {
			r.report(codeValue, w.At, "%q is not %s", w.Text, isNot)
		}
		return v, isNot == ""
	}
}

// choice is a parser of the words of a table. The words are listed in messages
// in the order given.
func choice[V any](words []string, values ...V) parser[V] {
	return func(r *resolver, w *ast.Word) (V, bool) {
		for i, word := range words {
			if w.Text == word {
				return values[i], true
			}
		}
		d := r.report(codeChoice, w.At, "%q is not allowed here%s", w.Text, spell.DidYouMean(w.Text, words))
		d.Help = "one of " + strings.Join(words, ", ")
		var none V
		return none, false
	}
}

// oneOf is a choice of words that stand for themselves.
func oneOf(words ...string) parser[string] { return choice(words, words...) }

// text is a word that may be anything but nothing.
var text = value(func(s string) (string, string) {
	if s == "" {
		return "", "a value: it is empty"
	}
	return s, ""
})

// number is a whole number between two bounds, both allowed.
func number(low, high int) parser[int] {
	return value(func(s string) (int, string) {
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high || s[0] == '+' {
			return low, fmt.Sprintf("a number from %d to %d", low, high)
		}
		return n, ""
	})
}

var port = value(func(s string) (int, string) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 65535 || s[0] == '+' {
		return 0, "a port (1 to 65535)"
	}
	return n, ""
})

// units of times, in milliseconds.
var timeUnits = []struct {
	suffix string
	millis int64
}{{"ms", 1}, {"s", 1000}, {"m", 60_000}, {"h", 3_600_000}, {"d", 86_400_000}}

// duration is a time with its unit, in milliseconds: 30s.
var duration = value(func(s string) (int64, string) {
	const isNot = "a time with its unit, such as 30s (ms, s, m, h, d)"
	for _, u := range timeUnits {
		digits, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 63)
		if err != nil {
			continue
		}
		if int64(n) > math.MaxInt64/u.millis {
			return 0, "a time that flowc can count"
		}
		return int64(n) * u.millis, ""
	}
	return 0, isNot
})

// size is a number of bytes: 1500, 64k, 2m, 1g, in units of 1024.
var size = value(func(s string) (int64, string) {
	shift, digits := 0, s
	for i, unit := range []string{"k", "m", "g"} {
		if d, ok := strings.CutSuffix(strings.ToLower(s), unit); ok {
			shift, digits = 10*(i+1), d
		}
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || int64(n) > math.MaxInt64>>shift {
		return 0, "a size, such as 64k (k, m, g)"
	}
	return int64(n) << shift, ""
})

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

var date = value(func(s string) (string, string) {
	if !isDate(s) {
		return "", "a date, such as 2026-11-01"
	}
	return s, ""
})

// dateTime is a point in time, normalised to UTC: 2026-01-01T00:00:00Z. A date
// alone is its midnight.
var dateTime = value(func(s string) (string, string) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Format(time.RFC3339), ""
		}
	}
	return "", "a date and time, such as 2026-01-31T09:00:00Z"
})

// period is DATE..DATE, each end included; one of them may be left open.
var period = value(func(s string) ([2]string, string) {
	from, to, ok := strings.Cut(s, "..")
	switch {
	case !ok || from == "" && to == "" || from != "" && !isDate(from) || to != "" && !isDate(to):
		return [2]string{}, "a period, such as 2026-01-01..2026-12-31"
	case from != "" && to != "" && from > to:
		return [2]string{}, "a period: it ends before it begins"
	}
	return [2]string{from, to}, ""
})

var versionOf = map[string]flow.Version{"1.0": flow.TLS10, "1.1": flow.TLS11, "1.2": flow.TLS12, "1.3": flow.TLS13}

// versions is a range of TLS versions, 1.2..1.3, or one of them.
var versions = value(func(s string) (flow.Versions, string) {
	low, high, ok := strings.Cut(s, "..")
	if !ok {
		high = low
	}
	v := flow.Versions{Min: versionOf[low], Max: versionOf[high]}
	switch {
	case v.Min == 0 || v.Max == 0:
		return v, "a range of TLS versions, such as 1.2..1.3 (1.0, 1.1, 1.2, 1.3)"
	case v.Min > v.Max:
		return v, "a range of TLS versions: the lower one comes first"
	}
	return v, ""
})

// hostFault says what is wrong with a host name: a name, in ASCII, without
// port. Whether DNS allows it is a rule's question. Names have no case: see
// hostName.
func hostFault(s string) string {
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return ""
	}
	switch {
	case s == "":
		return "a host: it is empty"
	case strings.Contains(s, "://"):
		return "a host: it is a URL"
	case strings.Contains(s, "/"):
		return "a host: a path is a statement of its own"
	case strings.Contains(s, ":"):
		return "a host: a port belongs to the listener or the URL"
	case len(s) > 253:
		return "a host: it has more than 253 characters"
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if fault := labelFault(label); fault != "" {
			return fault
		}
	}
	return ""
}

func labelFault(label string) string {
	if label == "" {
		return "a host: nothing stands between two dots"
	}
	for _, c := range label {
		switch {
		case c == '*':
			return `a host: "*" can only be its first label`
		case c > 127:
			return "a host in ASCII (write its xn-- form)"
		case !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'):
			return "a host"
		}
	}
	return ""
}

func lowerHost(s string) string { return strings.ToLower(strings.TrimSuffix(s, ".")) }

// hostName is a host without a wildcard.
var hostName = value(func(s string) (string, string) { return lowerHost(s), hostFault(s) })

// hostPattern is a host, or *.HOST.
var hostPattern = value(func(s string) (string, string) {
	return lowerHost(s), hostFault(strings.TrimPrefix(s, "*."))
})

// hostField is a Host field: a host, perhaps with a port.
var hostField = value(func(s string) (string, string) {
	host, digits, found := strings.Cut(s, ":")
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err != nil && found {
		if n, err := strconv.Atoi(digits); err != nil || n < 1 || n > 65535 {
			return "", "a host with a port (1 to 65535)"
		}
		return lowerHost(host) + ":" + digits, hostFault(host)
	}
	return lowerHost(s), hostFault(s)
})

// urlPath is the path of a route.
var urlPath = value(func(s string) (string, string) {
	switch {
	case !strings.HasPrefix(s, "/"):
		return "", `a path: it begins with "/"`
	case strings.ContainsAny(s, "?# \t\n"):
		return "", `a path: it has no "?", "#" or blank`
	}
	return s, ""
})

// ip is an address without a mask.
var ip = value(func(s string) (string, string) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return "", "an IP address"
	}
	return a.String(), ""
})

// network is an address or a CIDR.
var network = value(func(s string) (string, string) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String(), ""
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return "", "an IP address or a CIDR, such as 10.0.0.0/8"
	}
	return p.String(), ""
})

// endpoint is [ADDR]:PORT. The address is an IP address, a host, or "" for
// every address ("*", too).
type endpoint struct {
	address string
	port    int
}

var listenAt = value(func(s string) (endpoint, string) {
	e, ok := parseEndpoint(s)
	if !ok || e.port == 0 {
		return endpoint{}, "an address to listen on, such as :443 or 10.0.0.1:443"
	}
	return e, ""
})

// parseEndpoint reads ADDR, ADDR:PORT or :PORT; port is 0 where there is none.
// An IPv6 address with a port is in brackets.
func parseEndpoint(s string) (endpoint, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return endpoint{address: a.String()}, true
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return endpoint{address: lowerHost(s)}, hostFault(s) == ""
	}
	n, err := strconv.Atoi(s[i+1:])
	if err != nil || n < 1 || n > 65535 {
		return endpoint{}, false
	}
	host := s[:i]
	if host == "" || host == "*" {
		return endpoint{port: n}, true
	}
	if strings.HasPrefix(host, "[") != strings.Contains(host, ":") {
		return endpoint{}, false
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return endpoint{a.String(), n}, true
	}
	return endpoint{lowerHost(host), n}, hostFault(host) == ""
}

// defaultPorts of the schemes that have one.
var defaultPorts = map[string]int{"http": 80, "https": 443, "tls": 443}

// callURL reads the URL of a method line. The fragment is not sent (RFC 9110,
// 7.1) and is left out.
func callURL(schemes ...string) parser[flow.Call] {
	return value(func(s string) (flow.Call, string) {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" {
			return flow.Call{}, fmt.Sprintf("a URL, such as %s://shop.example.test/", schemes[0])
		}
		c := flow.Call{Scheme: u.Scheme, Host: lowerHost(u.Hostname()), Path: u.EscapedPath()}
		if !contains(schemes, c.Scheme) {
			return c, "a URL that fits here: its scheme must be " + strings.Join(schemes, " or ")
		}
		if u.User != nil {
			return c, "a URL that fits here: it has no user"
		}
		if fault := hostFault(u.Hostname()); fault != "" {
			return c, "a URL: its host is not " + fault
		}
		if c.Path == "" {
			c.Path = "/"
		}
		if u.RawQuery != "" {
			c.Path += "?" + u.RawQuery
		}
		c.Port = defaultPorts[c.Scheme]
		if p := u.Port(); p != "" {
			c.Port, _ = strconv.Atoi(p)
		}
		if c.Port < 1 || c.Port > 65535 {
			return c, "a URL with a port (1 to 65535)"
		}
		return c, ""
	})
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// isAddress reports whether a URL's host is a literal address.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// groups are the key exchange groups (IANA, TLS Supported Groups) by the names
// in use for them.
var groupOf = map[string]string{
	"x25519": "x25519", "x448": "x448",
	"secp256r1": "secp256r1", "p-256": "secp256r1", "prime256v1": "secp256r1",
	"secp384r1": "secp384r1", "p-384": "secp384r1",
	"secp521r1": "secp521r1", "p-521": "secp521r1",
	"ffdhe2048": "ffdhe2048", "ffdhe3072": "ffdhe3072", "ffdhe4096": "ffdhe4096",
	"ffdhe6144": "ffdhe6144", "ffdhe8192": "ffdhe8192",
	"x25519mlkem768": "X25519MLKEM768", "secp256r1mlkem768": "SecP256r1MLKEM768",
	"secp384r1mlkem1024": "SecP384r1MLKEM1024",
}

// groupNames are the words for messages, one for each group.
var groupNames = []string{
	"x25519", "x448", "secp256r1", "secp384r1", "secp521r1",
	"ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192",
	"X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024",
}

func group(r *resolver, w *ast.Word) (string, bool) {
	if g, ok := groupOf[strings.ToLower(w.Text)]; ok {
		return g, true
	}
	return oneOf(groupNames...)(r, w)
}

// token is a name of an HTTP field or cookie (RFC 9110, 5.6.2).
var fieldName = value(func(s string) (string, string) {
	for _, c := range s {
		if c <= ' ' || c > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c) {
			return "", "a name of a header or cookie"
		}
	}
	if s == "" {
		return "", "a name: it is empty"
	}
	return s, ""
})

// fieldValue is the value of an HTTP field: plain text.
var fieldValue = value(func(s string) (string, string) {
	for _, c := range s {
		if c < ' ' && c != '\t' || c == 0x7f {
			return "", "a header's value: it has a control character"
		}
	}
	return s, ""
})
