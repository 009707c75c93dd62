package trace

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
)

// defaultPorts of the schemes.
var defaultPorts = map[string]int{"http": 80, "https": 443, "tls": 443, "ws": 80, "wss": 443}

// callOf reads a URL more freely than the language does: what people paste has
// a user's name, a fragment or a host that no model has. The method is left open.
func callOf(s string) (flow.Call, bool) {
	u, err := url.Parse(s)
	if err != nil || !slices.Contains(schemes, u.Scheme) || strings.ContainsFunc(s, blank) || !hostName(u.Hostname()) {
		return flow.Call{}, false
	}
	port := defaultPorts[u.Scheme]
	u.Scheme = cmp.Or(webSocket[u.Scheme], u.Scheme)
	if http := (flow.Call{Scheme: u.Scheme}).IsHTTP(); u.Hostname() == "" && (http || u.Port() == "") {
		return flow.Call{}, false // what is no HTTP may come to a port, whatever its name is: tcp://:6443
	}
	c := flow.Call{Scheme: u.Scheme, Host: strings.ToLower(u.Hostname()), Path: u.EscapedPath(), Port: port}
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

// blank reports whether a character ends a URL wherever it is pasted.
func blank(r rune) bool { return r <= ' ' || r == 0x7f }

// hostName reports whether a client can ask for a host: an address, or a name of
// letters, digits, hyphens and dots. Some have an underscore all the same.
func hostName(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !(r == '.' || r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	})
}

// parseURL reads the URL, or says where it is wrong.
func parseURL(s string) (flow.Call, error) {
	if call, ok := callOf(s); ok {
		return call, nil
	}
	at, what := wrongURL(s)
	if at < 0 {
		return flow.Call{}, fmt.Errorf("the URL %q %s", s, what)
	}
	return flow.Call{}, fmt.Errorf("the URL %q %s at column %d", s, what, len([]rune(s[:at]))+1)
}

// wrongURL finds the place of what is wrong with a URL, and says it; -1 for the
// whole.
func wrongURL(s string) (at int, what string) {
	scheme, rest, ok := strings.Cut(s, "://")
	switch {
	case s == "":
		return -1, "is empty; say https://HOST/PATH"
	case !ok:
		return -1, fmt.Sprintf("has no scheme, did you mean %q?", "https://"+strings.TrimLeft(s, "/"))
	case !slices.Contains(schemes, strings.ToLower(scheme)):
		return 0, fmt.Sprintf("has the scheme %q%s; there are %s;", scheme, spell.DidYouMean(scheme, schemes), strings.Join(schemes, ", "))
	}
	start := len(scheme) + len("://")
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	if i := strings.IndexFunc(s, blank); i >= 0 {
		return i, "has a blank or a control character"
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		start, authority = start+i+1, authority[i+1:]
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
	}
	if host == "" {
		return start, "has no host"
	}
	if u, err := url.Parse(scheme + "://" + host + "/"); err != nil || u.Hostname() == "" || !hostName(u.Hostname()) {
		return start, fmt.Sprintf("has the host %q, which is none,", host)
	}
	if _, ok := callOf("https://h:" + port + "/"); port != "" && !ok {
		return start + len(host) + 1, fmt.Sprintf("has the port %q, which is not 1 to 65535,", port)
	}
	return start + len(authority), "cannot be read"
}
