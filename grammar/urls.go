package grammar

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
)

// webURL reads the URL of a request.
func webURL(text string) (ast.Value, *fault) {
	return location(text, "http", "https")
}

// endpoint reads tls://HOST:PORT or tcp://HOST:PORT.
func endpoint(text string) (ast.Value, *fault) {
	u, f := location(text, "tcp", "tls")
	if f != nil {
		return nil, f
	}
	rest := text[len("tls://"):]
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		return nil, wrong("", "an endpoint has no path").at(6+i, len(text))
	}
	if _, _, ok := splitPort(rest); !ok {
		return nil, wrong("as in tls://db.apps.example.test:5432", "%s has no port", shown(text))
	}
	return u, nil
}

// location reads SCHEME://HOST[:PORT][/PATH][?QUERY].
func location(text string, schemes ...string) (ast.URL, *fault) {
	example := schemes[len(schemes)-1] + "://shop.apps.example.test"
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		if strings.HasPrefix(text, "/") {
			return ast.URL{}, wrong("as in "+example+text, "%s has no host", shown(text))
		}
		f := wrong("write "+schemes[len(schemes)-1]+"://"+text, "%s has no scheme", shown(text))
		if len(schemes) == 1 {
			f.write = schemes[0] + "://" + text
		}
		return ast.URL{}, f
	}
	if !slices.Contains(schemes, scheme) {
		f := wrong("as in "+example, "the scheme %s is not %s", shown(scheme), orList(schemes)).at(0, len(scheme))
		if lower := strings.ToLower(scheme); slices.Contains(schemes, lower) {
			f.write = lower + "://" + rest
		}
		return ast.URL{}, f
	}
	if i := strings.IndexAny(text, "# \t\n"); i >= 0 {
		return ast.URL{}, wrong("a request has no fragment and no blank", "%s does not belong in a request's URL", shown(text[i:i+1])).at(i, i+1)
	}
	start := len(scheme) + 3
	host := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host = rest[:i]
	}
	if i := strings.IndexByte(host, '@'); i >= 0 {
		return ast.URL{}, wrong("", "a URL has no user name here").at(start, start+i+1)
	}
	address, p, hasPort := splitPort(host)
	if address == "" {
		return ast.URL{}, wrong("as in "+example, "%s has no host", shown(text))
	}
	out := ast.URL{Scheme: scheme, Port: defaultPorts[scheme]}
	var f *fault
	if out.Host, f = urlHost(address); f != nil {
		if f.end == 0 {
			f.end = len(address)
		}
		return ast.URL{}, f.within(text[:start], text[start+len(address):]).at(start+f.start, start+f.end)
	}
	if hasPort {
		if out.Port, f = port(p); f != nil {
			return ast.URL{}, f.at(start+len(address)+1, start+len(host))
		}
	}
	out.Path, f = urlPath(text)
	return out, f
}

// defaultPorts of the schemes that have one.
var defaultPorts = map[string]int{"http": 80, "https": 443, "tls": 443}

func urlHost(address string) (string, *fault) {
	if strings.Contains(address, ":") {
		return ipPart(address)
	}
	if a, err := netip.ParseAddr(address); err == nil {
		return a.String(), nil
	}
	return strings.ToLower(address), hostName(address)
}

// urlPath returns the path of a URL and its query, as they are on the wire.
func urlPath(text string) (string, *fault) {
	u, err := url.Parse(text)
	if err != nil {
		var escape url.EscapeError
		if i := strings.IndexByte(text, '%'); errors.As(err, &escape) && i >= 0 {
			i = max(i, strings.Index(text, string(escape)))
			return "", wrong("two hexadecimal digits follow a %; a % itself is written %25", "%s is not a valid escape of a URL", shown(string(escape))).at(i, min(i+len(escape), len(text)))
		}
		return "", wrong("", "%s is not a valid URL", shown(text))
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path, nil
}

// urlOrPath reads where a redirect leads: a URL, or a path with or without a query.
func urlOrPath(text string) (ast.Value, *fault) {
	if !strings.HasPrefix(text, "/") {
		return webURL(text)
	}
	if strings.HasPrefix(text, "//") {
		return nil, wrong("write https:"+text, `a path does not begin with "//"`).at(0, 2)
	}
	if i := strings.IndexAny(text, "# \n\t"); i >= 0 {
		return nil, wrong("", "%s does not belong in a path", shown(text[i:i+1])).at(i, i+1)
	}
	return nil, nil
}
