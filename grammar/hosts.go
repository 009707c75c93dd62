package grammar

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/ast"
)

// hostName accepts a name of DNS labels (RFC 1123, 2.1): letters, digits and
// hyphens, 63 a label, 253 in all. An IPv4 address is of that form, too.
func hostName(text string) *fault {
	if text == "" {
		return wrong("", "the host name is empty")
	}
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		name, path, _ := strings.Cut(rest, "/")
		f := wrong("write "+name, "a host name is expected, not a URL").at(0, len(scheme)+3)
		if path == "" {
			f.write = name
		}
		return f
	}
	if strings.HasSuffix(text, ".") {
		return wrong("", "a host name has no dot at its end").at(len(text)-1, len(text)).meant(text[:len(text)-1])
	}
	if len(text) > 253 {
		return wrong("", "the host name has %d characters, more than 253", len(text))
	}
	start := 0
	for l := range strings.SplitSeq(text, ".") {
		if f := hostLabel(l); f != nil {
			if f.end == 0 {
				f.end = len(l)
			}
			if l == "" {
				f.end = 1
			}
			return f.at(start+f.start, min(start+f.end, len(text)))
		}
		start += len(l) + 1
	}
	return nil
}

func hostLabel(l string) *fault {
	switch {
	case l == "":
		return wrong("", "a label is missing between two dots of the host name")
	case len(l) > 63:
		return wrong("", "the part %s of the host name has %d characters, more than 63", shown(l), len(l))
	case l[0] == '-' || l[len(l)-1] == '-':
		return wrong("", "the part %s of the host name begins or ends with a hyphen", shown(l))
	}
	for i, r := range l {
		switch {
		case isAlphanumeric(r) || r == '-':
		case r == '*':
			return wrong("", `a "*" is not allowed here`).at(i, i+1)
		case r == ':':
			return wrong("the port is that of the proxy: listen https :443", "a host name has no port").at(i, len(l))
		default:
			return stranger(r, "a host name is of letters, digits, - and dots", "a host name").at(i, i+len(string(r)))
		}
	}
	return nil
}

// wildcardHost accepts HOST or *.HOST: one label more (RFC 9525, 6.3).
func wildcardHost(text string) *fault {
	rest, ok := strings.CutPrefix(text, "*.")
	if !ok {
		if text == "*" {
			return wrong("a route without host is for every host", `"*" is not a valid host name`)
		}
		if f := hostName(text); f != nil && strings.Contains(text, "*") {
			f.help = "a * replaces only the whole first label, as in *.apps.example.test"
			return f
		}
		return hostName(text)
	}
	if f := hostName(rest).within("*.", ""); f != nil {
		if f.end == 0 {
			return f
		}
		return f.at(f.start+2, f.end+2)
	}
	return nil
}

// host reads a host name.
func host(text string) (ast.Value, *fault) {
	return ast.Host(strings.ToLower(text)), hostName(text)
}

// hostPattern reads HOST or *.HOST.
func hostPattern(text string) (ast.Value, *fault) {
	return ast.Host(strings.ToLower(text)), wildcardHost(text)
}

// parseAddr is netip.ParseAddr, but says nothing about what is none: nearly all of
// what is asked about are host names.
func parseAddr(text string) (netip.Addr, bool) {
	if strings.IndexByte(text, ':') < 0 && strings.Trim(text, "0123456789.") != "" {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(text)
	return a, err == nil
}

// usual is the usual spelling of an address, text itself where it is spelled so.
func usual(a netip.Addr, text string) string {
	var room [64]byte
	if spelled := a.AppendTo(room[:0]); string(spelled) != text {
		return string(spelled)
	}
	return text
}

// certificateName reads HOST, *.HOST or an address.
func certificateName(text string) (ast.Value, *fault) {
	if a, ok := parseAddr(text); ok {
		return ast.Host(usual(a, text)), nil
	}
	v, f := hostPattern(text)
	if text == "*" {
		f.help = "a certificate without names is for every host"
	}
	return v, f
}

// ipAddress reads an IP address, an IPv6 one in brackets or without.
func ipAddress(text string) (ast.Value, *fault) {
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil || strings.HasPrefix(text, "[") != strings.HasSuffix(text, "]") {
		return nil, wrong("as in 10.0.1.11 or 2001:db8::1", "%s is not a valid IP address", shown(text))
	}
	return ast.Network(a.String()), nil
}

func cidr(text string) (ast.Value, *fault) {
	p, err := netip.ParsePrefix(text)
	if err == nil {
		if m := p.Masked(); m != p { // which of the two was meant is not clear
			one := netip.PrefixFrom(p.Addr(), p.Addr().BitLen())
			return nil, wrong(fmt.Sprintf("for the network write %s, for the one address %s", m, one), "%s has bits set after its /%d", shown(text), p.Bits())
		}
		return ast.Network(p.String()), nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		network := fmt.Sprintf("%s/%d", a, a.BitLen())
		return nil, wrong("for this one address write "+network, "%s is an address, not a network", shown(text)).meant(network)
	}
	return nil, wrong("as in 10.0.0.0/8", "%s is not a valid network", shown(text))
}

func ipOrCIDR(text string) (ast.Value, *fault) {
	if strings.Contains(text, "/") {
		return cidr(text)
	}
	return ipAddress(text)
}

// splitPort splits ADDRESS:PORT, [V6]:PORT, :PORT, ADDRESS or a bare IPv6
// address. hasPort tells ":" with nothing behind it from no ":".
func splitPort(text string) (address, port string, hasPort bool) {
	if strings.HasPrefix(text, "[") {
		if end := strings.IndexByte(text, ']'); end > 0 {
			if rest := text[end+1:]; rest != "" && rest[0] != ':' {
				return text, "", false // what stands behind the bracket is neither
			}
			port, hasPort = strings.CutPrefix(text[end+1:], ":")
			return text[:end+1], port, hasPort
		}
	}
	if _, err := netip.ParseAddr(text); err == nil {
		return text, "", false
	}
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

func port(text string) (int, *fault) {
	n, err := strconv.ParseUint(text, 10, 64)
	switch {
	case !isDigits(text):
		return 0, wrong("a port is a number in 1..65535", "%s is not a valid port", shown(text))
	case err != nil || n < 1 || n > 65535:
		return 0, wrong("", "port %s is not in 1..65535", text)
	}
	return int(n), nil
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// listenAddress reads :PORT or IP:PORT.
func listenAddress(text string) (ast.Value, *fault) {
	address, p, ok := splitPort(text)
	if !ok {
		if isDigits(text) {
			return nil, wrong("write :"+text, `a ":" is missing before the port`).meant(":" + text)
		}
		return nil, wrong("as in :443, 10.0.1.1:443 or [2001:db8::1]:443", "%s has no port", shown(text))
	}
	if address == "*" {
		return nil, wrong("write :"+p+" for every address", `"*" is not a valid address`).at(0, 1).meant(":" + p)
	}
	out := ast.Address{}
	if address != "" {
		var f *fault
		if out.Host, f = ipPart(address); f != nil {
			return nil, f.at(0, len(address)).within("", ":"+p)
		}
	}
	var f *fault
	start := len(text) - len(p)
	first, last, isRange := strings.Cut(p, "-")
	if out.Port, f = port(first); f != nil || !isRange {
		return out, f.at(start, start+len(first))
	}
	if out.Last, f = port(last); f != nil {
		return out, f.at(len(text)-len(last), len(text))
	}
	switch {
	case out.Last < out.Port:
		return nil, wrong("", "the range %s ends before it begins", p).at(start, len(text))
	case out.Last == out.Port:
		out.Last = 0
	}
	return out, nil
}

// ipPart reads an IPv4 address, or an IPv6 address in brackets.
func ipPart(address string) (string, *fault) {
	bare := strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	a, err := netip.ParseAddr(bare)
	switch {
	case err != nil:
		return "", wrong("as in 10.0.1.11 or [2001:db8::1]", "%s is not a valid IP address", shown(address))
	case a.Is6() && bare == address:
		return "", wrong("write ["+bare+"]", "an IPv6 address with a port needs brackets").meant("[" + bare + "]")
	case a.Is4() && bare != address:
		return "", wrong("write "+bare, "brackets are for IPv6 addresses").meant(bare)
	}
	return a.String(), nil
}

func addressPort(text string) (ast.Value, *fault) {
	if address, _, ok := splitPort(text); !ok || address == "" {
		return nil, wrong("as in 127.0.0.1:10444", "%s is not an address with a port", shown(text))
	}
	return listenAddress(text)
}

// serverAddress reads an address, a host name with a dot or a port, or a port
// alone.
func serverAddress(text string) (ast.Value, *fault) {
	address, p, hasPort := splitPort(text)
	out := ast.Address{}
	if hasPort {
		var f *fault
		if out.Port, f = port(p); f != nil {
			return nil, f.at(len(text)-len(p), len(text))
		}
		if address == "" {
			return out, nil
		}
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	if a, ok := parseAddr(bare); ok {
		if out.Host = usual(a, bare); !hasPort && a.Is6() {
			return out, nil
		}
		_, f := ipPart(address)
		return out, f.at(0, len(address)).within("", text[len(address):])
	}
	if hostName(address) == nil && (hasPort || strings.Contains(address, ".")) && !isDigits(strings.ReplaceAll(address, ".", "")) {
		out.Host = strings.ToLower(address)
		return out, nil
	}
	return nil, wrong("as in 10.0.1.11:8443; several servers on one line are separated by commas", "%s is not a valid address", shown(address)).at(0, len(address))
}
