package resolve

import (
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

// parser turns a word into a V. It reports what it cannot turn.
type parser[V any] func(r *resolver, w *ast.Word) (V, bool)

// value makes a parser of a conversion. The grammar has looked at every word
// and says better what is wrong with one; what fails here comes from a syntax
// tree that no grammar made.
func value[V any](convert func(string) (V, bool)) parser[V] {
	return func(r *resolver, w *ast.Word) (V, bool) {
		v, ok := convert(w.Text)
		if !ok {
			r.misfit(w)
		}
		return v, ok
	}
}

func (r *resolver) misfit(w *ast.Word) {
	r.report(codeForm, w.At, "%q does not fit here", w.Text)
}

// choice is a parser of the words of a table.
func choice[V any](table map[string]V) parser[V] {
	return value(func(s string) (V, bool) { v, ok := table[s]; return v, ok })
}

// text is a word that stands for itself.
var text = value(func(s string) (string, bool) { return s, true })

var number = value(func(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0
})

var port = value(func(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && n <= 65535
})

// timeUnits are in milliseconds, those first that another one ends with.
var timeUnits = []struct {
	suffix string
	millis int64
}{{"ms", 1}, {"s", 1000}, {"m", 60_000}, {"h", 3_600_000}, {"d", 86_400_000}}

// duration is a time with its unit, in milliseconds: 30s.
var duration = value(func(s string) (int64, bool) {
	for _, u := range timeUnits {
		if digits, ok := strings.CutSuffix(s, u.suffix); ok {
			n, err := strconv.ParseInt(digits, 10, 64)
			return n * u.millis, err == nil && n >= 0 && n <= math.MaxInt64/u.millis
		}
	}
	return 0, false
})

// size is a number of bytes: 1500, 64k, 2m, 1g, in units of 1024 as HAProxy
// counts them.
var size = value(func(s string) (int64, bool) {
	shift, digits := 0, s
	for i, unit := range []string{"k", "m", "g"} {
		if d, ok := strings.CutSuffix(s, unit); ok {
			shift, digits = 10*(i+1), d
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n << shift, err == nil && n >= 0 && n <= math.MaxInt64>>shift
})

// dateTime is a point in time in UTC: 2026-01-01T00:00:00Z. As text it sorts
// by age.
var dateTime = value(func(s string) (string, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC().Format(time.RFC3339), err == nil
})

// period is DATE..DATE, each end included; one of them may be left open.
var period = value(func(s string) ([2]string, bool) {
	from, to, ok := strings.Cut(s, "..")
	return [2]string{from, to}, ok
})

var versionOf = map[string]flow.Version{"1.0": flow.TLS10, "1.1": flow.TLS11, "1.2": flow.TLS12, "1.3": flow.TLS13}

// versions is a range of TLS versions, 1.2..1.3, or one of them.
var versions = value(ParseVersions)

// ParseVersions reads a range of TLS versions, 1.2..1.3, or one of them.
func ParseVersions(s string) (flow.Versions, bool) {
	low, high, ok := strings.Cut(s, "..")
	if !ok {
		high = low
	}
	v := flow.Versions{Min: versionOf[low], Max: versionOf[high]}
	return v, v.Min != 0 && v.Min <= v.Max
}

// host is a host name, perhaps with a wildcard. Hosts have no case.
var host = value(func(s string) (string, bool) { return strings.ToLower(s), s != "" })

// sniOrNone is a host, or "" for none.
var sniOrNone = value(func(s string) (string, bool) {
	if s == "none" {
		return "", true
	}
	return strings.ToLower(s), s != ""
})

// network is an address or a CIDR, in the usual spelling.
var network = value(func(s string) (string, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.String(), true
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.String(), err == nil
})

// endpoint is an address and a port. The address is an IP address or a host;
// "" is every address, 0 no port.
type endpoint struct {
	address string
	port    int
}

// address is ADDR, ADDR:PORT or :PORT, an IPv6 address with a port being in
// brackets.
var address = value(func(s string) (endpoint, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return endpoint{address: a.String()}, true
	}
	before, after, found := strings.Cut(s, ":")
	if i := strings.LastIndexByte(s, ':'); found {
		before, after = s[:i], s[i+1:]
	}
	e := endpoint{address: strings.ToLower(strings.Trim(before, "[]"))}
	if a, err := netip.ParseAddr(e.address); err == nil {
		e.address = a.String()
	}
	if !found {
		return e, s != ""
	}
	n, err := strconv.Atoi(after)
	e.port = n
	return e, err == nil && n >= 1 && n <= 65535
})

// defaultPorts of the schemes that have one.
var defaultPorts = map[string]int{"http": 80, "https": 443, "tls": 443}

// callURL reads the URL of a method line, whose scheme is one of those given.
func callURL(schemes ...string) parser[flow.Call] {
	return value(func(s string) (flow.Call, bool) { return ParseURL(s, schemes...) })
}

// ParseURL reads the URL of a request, whose scheme is one of those given: a
// host, perhaps a port, a path and a query. The method is left open.
func ParseURL(s string, schemes ...string) (flow.Call, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || !slices.Contains(schemes, u.Scheme) {
		return flow.Call{}, false
	}
	c := flow.Call{Scheme: u.Scheme, Host: strings.ToLower(u.Hostname()), Path: u.EscapedPath(), Port: defaultPorts[u.Scheme]}
	if a, err := netip.ParseAddr(c.Host); err == nil {
		c.Host = a.String()
	}
	if c.Path == "" {
		c.Path = "/"
	}
	if u.RawQuery != "" {
		c.Path += "?" + u.RawQuery
	}
	if p := u.Port(); p != "" {
		c.Port, err = strconv.Atoi(p)
	}
	return c, err == nil && c.Port >= 1 && c.Port <= 65535
}

// isAddress reports whether a URL's host is a literal address.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
