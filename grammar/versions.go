package grammar

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
)

// tlsVersions in their order; the first has the number 0x0301 on the wire.
var tlsVersions = []string{"1.0", "1.1", "1.2", "1.3"}

// versions reads VERSION or VERSION..VERSION.
func versions(text string) (ast.Value, *fault) {
	low, high, isRange := strings.Cut(text, "..")
	if !isRange {
		v, f := version(text)
		return ast.Versions{Min: v, Max: v}, f
	}
	if bareVersion(low) != low && bareVersion(high) != high {
		right := bareVersion(low) + ".." + bareVersion(high)
		if _, f := versions(right); f == nil {
			return nil, wrong("write "+right, "%s is not a valid range of TLS versions", shown(text)).meant(right)
		}
	}
	least, f := version(low)
	if f != nil {
		return nil, f.within("", ".."+high).at(0, max(1, len(low)))
	}
	most, f := version(high)
	if f != nil {
		return nil, f.within(low+"..", "").at(min(len(low)+2, len(text)-1), len(text))
	}
	if least > most {
		right := high + ".." + low
		return nil, wrong("write "+right, "the range %s is empty: the lower version comes first", shown(text)).meant(right)
	}
	return ast.Versions{Min: least, Max: most}, nil
}

// ParseVersions reads VERSION or VERSION..VERSION outside of a model: in an option of a command.
func ParseVersions(text string) (ast.Versions, bool) {
	v, f := versions(text)
	if f != nil {
		return ast.Versions{}, false
	}
	return v.(ast.Versions), true
}

// version returns the number of a version on the wire.
func version(text string) (uint16, *fault) {
	if i := slices.Index(tlsVersions, text); i >= 0 {
		return 0x0301 + uint16(i), nil
	}
	f := wrong("versions are "+strings.Join(tlsVersions, ", ")+", ranges as in 1.2..1.3", "%s is not a valid TLS version", shown(text))
	if bare := bareVersion(text); slices.Contains(tlsVersions, bare) {
		f.help, f.write = "write "+bare, bare
	}
	return 0, f
}

// bareVersion returns a version without the name of the protocol that many
// write before it: TLSv1.2.
func bareVersion(text string) string { return strings.TrimLeft(strings.ToLower(text), "tlsv-_ ") }

// misspelt are the ALPN protocols that people write and mean another. Those
// without a version may mean HTTP/1.0, which has a name of its own.
var misspelt = map[string]string{
	"http2": "h2", "http/2": "h2", "http/2.0": "h2", "H2": "h2", "HTTP/2": "h2",
	"http1.1": "http/1.1", "http11": "http/1.1", "http/1": "http/1.1", "h1": "http/1.1", "HTTP/1.1": "http/1.1", "http": "http/1.1",
}

// protocol accepts any ALPN protocol (RFC 7301, 3.1: up to 255 bytes).
func protocol(text string) *fault {
	switch meant := misspelt[text]; {
	case meant != "":
		f := wrong("", "unknown protocol %s, did you mean %s?", shown(text), shown(meant))
		if text == "http" || text == "http/1" || text == "h1" {
			return f
		}
		return f.meant(meant)
	case text == "none":
		return wrong("", `"none" is not combined with other protocols`)
	case text == "" || len(text) > 255 || plainText(text) != nil:
		return wrong("as in h2 or http/1.1", "%s is not a valid ALPN protocol", shown(text))
	}
	return nil
}
