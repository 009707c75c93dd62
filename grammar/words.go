package grammar

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The functions of this file say what is wrong with a word of some kind, or
// return nil. They look at the word alone; what it refers to is for resolve.

func wrong(help, format string, args ...any) *fault {
	return &fault{message: clip(fmt.Sprintf(format, args...), 300), help: clip(help, 200)}
}

// meant says how the whole word is written right, where that is certain.
func (f *fault) meant(word string) *fault {
	f.write = word
	return f
}

// within says what stands before and behind the word that the fault is of.
func (f *fault) within(before, after string) *fault {
	if f != nil && f.write != "" {
		f.write = before + f.write + after
	}
	return f
}

// at narrows a fault to the bytes [start, end) of its word.
func (f *fault) at(start, end int) *fault {
	if f != nil {
		f.start, f.end = start, end
	}
	return f
}

// name accepts [A-Za-z0-9_][A-Za-z0-9_.-]*.
func name(text string) *fault {
	const help = "a name is of letters, digits, _ . and -, and begins with none of . and -"
	if text == "" {
		return wrong(help, "the name is empty")
	}
	for i, r := range text {
		switch {
		case isAlphanumeric(r), r == '_', i > 0 && (r == '.' || r == '-'):
		case r == ';' && i == len(text)-1:
			return wrong("a statement ends with its line; no ; is needed", `";" does not belong in a name`).at(i, i+1).meant(text[:i])
		case i == 0 && (r == '.' || r == '-'):
			return wrong(help, "a name does not begin with %s", shown(string(r))).at(0, 1)
		default:
			return wrong(help, "%s does not belong in a name", shown(string(r))).at(i, i+len(string(r)))
		}
	}
	return nil
}

func isAlphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// pathName accepts NAME or NAME/NAME.
func pathName(text string) *fault {
	before, after, ok := strings.Cut(text, "/")
	if !ok {
		return name(text)
	}
	if f := name(before); f != nil {
		if f.end == 0 {
			return wrong("", `nothing stands before the "/" of %s`, shown(text))
		}
		return f
	}
	f := name(after)
	if f == nil {
		return nil
	}
	if f.end == 0 {
		return wrong("", `nothing stands behind the "/" of %s`, shown(text))
	}
	return f.at(f.start+len(before)+1, f.end+len(before)+1)
}

// namePort accepts NAME or NAME:PORT.
func namePort(text string) *fault {
	before, after, ok := strings.Cut(text, ":")
	if f := name(before); f != nil {
		return f
	}
	if !ok {
		return nil
	}
	return port(after).at(len(before)+1, len(text))
}

func filePath(text string) *fault {
	switch {
	case text == "":
		return wrong("", "the path is empty")
	case strings.HasPrefix(text, "/"):
		return wrong("a path is relative to the importing file", "%s is an absolute path", shown(text))
	case strings.Contains(text, `\`):
		return wrong("folders are separated by /", `"\" does not belong in a path`)
	case strings.ContainsAny(text, "\n\x00"):
		return wrong("", "a line break does not belong in a path")
	}
	return nil
}

// plainText accepts what may stand in an HTTP field value (RFC 9110, 5.5).
func plainText(text string) *fault {
	if strings.ContainsAny(text, "\r\n") {
		return wrong("", "a value has no line break")
	}
	return nil
}

// token accepts a field name (RFC 9110, 5.6.2).
func token(text string) *fault {
	if text == "" {
		return wrong("", "the name is empty")
	}
	for i, r := range text {
		if !isAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-.^_`|~", r) {
			return wrong("", "%s does not belong in a field's name", shown(string(r))).at(i, i+len(string(r)))
		}
	}
	return nil
}

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
		return wrong("", "nothing stands between two dots of the host name")
	case len(l) > 63:
		return wrong("", "the part %s of the host name has %d characters, more than 63", shown(l), len(l))
	case l[0] == '-' || l[len(l)-1] == '-':
		return wrong("", "the part %s of the host name begins or ends with a hyphen", shown(l))
	}
	for i, r := range l {
		switch {
		case isAlphanumeric(r) || r == '-':
		case r == '*':
			return wrong("", `a "*" does not stand here`).at(i, i+1)
		case r == ':':
			return wrong("", "a host name has no port").at(i, len(l))
		default:
			return wrong("a host name is of letters, digits, - and dots", "%s does not belong in a host name", shown(string(r))).at(i, i+len(string(r)))
		}
	}
	return nil
}

// wildcardHost accepts HOST or *.HOST: one label more (RFC 9525, 6.3).
func wildcardHost(text string) *fault {
	rest, ok := strings.CutPrefix(text, "*.")
	if !ok {
		if text == "*" {
			return wrong("a route without host is for every host", `"*" is no host name`)
		}
		if f := hostName(text); f != nil && strings.Contains(text, "*") {
			f.help = "a * stands for the first label alone, as in *.apps.example.test"
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

func certificateName(text string) *fault {
	if _, err := netip.ParseAddr(text); err == nil {
		return nil
	}
	f := wildcardHost(text)
	if text == "*" {
		f.help = "a certificate without names is for every host"
	}
	return f
}

func ipAddress(text string) *fault {
	if _, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")); err != nil || strings.HasPrefix(text, "[") != strings.HasSuffix(text, "]") {
		return wrong("as in 10.0.1.11 or 2001:db8::1", "%s is no IP address", shown(text))
	}
	return nil
}

func cidr(text string) *fault {
	p, err := netip.ParsePrefix(text)
	if err == nil {
		if m := p.Masked(); m != p {
			return wrong("write "+m.String(), "%s has bits behind its /%d", shown(text), p.Bits()).meant(m.String())
		}
		return nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		network := fmt.Sprintf("%s/%d", a, a.BitLen())
		return wrong("for this one address write "+network, "%s is an address, not a network", shown(text)).meant(network)
	}
	return wrong("as in 10.0.0.0/8", "%s is no network", shown(text))
}

func ipOrCIDR(text string) *fault {
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

func port(text string) *fault {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil && (n < 1 || n > 65535) || isDigits(text) && err != nil {
		return wrong("", "port %s is not in 1..65535", text)
	} else if err != nil || !isDigits(text) {
		return wrong("a port is a number in 1..65535", "%s is no port", shown(text))
	}
	return nil
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// listenAddress accepts :PORT or IP:PORT.
func listenAddress(text string) *fault {
	address, p, ok := splitPort(text)
	if !ok {
		if isDigits(text) {
			return wrong("write :"+text, `a ":" stands before the port`).meant(":" + text)
		}
		return wrong("as in :443, 10.0.1.1:443 or [2001:db8::1]:443", "%s has no port", shown(text))
	}
	if address == "*" {
		return wrong("write :"+p+" for every address", `"*" is no address`).at(0, 1).meant(":" + p)
	}
	if address != "" {
		if f := ipPart(address); f != nil {
			return f.at(0, len(address)).within("", ":"+p)
		}
	}
	return port(p).at(len(text)-len(p), len(text))
}

// ipPart accepts an IPv4 address, or an IPv6 address in brackets.
func ipPart(address string) *fault {
	bare := strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	a, err := netip.ParseAddr(bare)
	switch {
	case err != nil:
		return wrong("as in 10.0.1.11 or [2001:db8::1]", "%s is no IP address", shown(address))
	case a.Is6() && bare == address:
		return wrong("write ["+bare+"]", "an IPv6 address with a port stands in brackets").meant("[" + bare + "]")
	case a.Is4() && bare != address:
		return wrong("write "+bare, "brackets are for IPv6 addresses").meant(bare)
	}
	return nil
}

func addressPort(text string) *fault {
	if address, _, ok := splitPort(text); !ok || address == "" {
		return wrong("as in 127.0.0.1:10444", "%s is no address with a port", shown(text))
	}
	return listenAddress(text)
}

// serverAddress accepts an address, a host name with a dot or a port, or a
// port alone.
func serverAddress(text string) *fault {
	address, p, ok := splitPort(text)
	if ok {
		if f := port(p); f != nil {
			return f.at(len(text)-len(p), len(text))
		}
		if address == "" {
			return nil
		}
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	if a, err := netip.ParseAddr(bare); err == nil {
		if !ok && a.Is6() {
			return nil
		}
		return ipPart(address).at(0, len(address)).within("", text[len(address):])
	}
	if hostName(address) == nil && (ok || strings.Contains(address, ".")) && !isDigits(strings.ReplaceAll(address, ".", "")) {
		return nil
	}
	return wrong("as in 10.0.1.11:8443; several servers on one line are separated by commas", "%s is no address", shown(address)).at(0, len(address))
}

func path(text string) *fault {
	if !strings.HasPrefix(text, "/") {
		return wrong("write /"+text, `a path begins with "/"`).meant("/" + text)
	}
	if i := strings.IndexAny(text, "?# \n\t"); i >= 0 {
		return wrong("", "%s does not belong in a path", shown(text[i:i+1])).at(i, i+1)
	}
	return nil
}

func url(text string) *fault {
	return location(text, "http", "https")
}

// endpoint accepts tls://HOST:PORT.
func endpoint(text string) *fault {
	if f := location(text, "tls"); f != nil {
		return f
	}
	rest := strings.TrimPrefix(text, "tls://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return wrong("", "an endpoint has no path").at(6+i, len(text))
	}
	if _, _, ok := splitPort(rest); !ok {
		return wrong("as in tls://db.apps.example.test:5432", "%s has no port", shown(text))
	}
	return nil
}

// location accepts SCHEME://HOST[:PORT][/PATH][?QUERY].
func location(text string, schemes ...string) *fault {
	example := schemes[len(schemes)-1] + "://shop.apps.example.test"
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		if strings.HasPrefix(text, "/") {
			return wrong("as in "+example+text, "%s has no host", shown(text))
		}
		f := wrong("write "+schemes[len(schemes)-1]+"://"+text, "%s has no scheme", shown(text))
		if len(schemes) == 1 {
			f.write = schemes[0] + "://" + text
		}
		return f
	}
	if !slices.Contains(schemes, scheme) {
		f := wrong("as in "+example, "the scheme %s is not %s", shown(scheme), orList(schemes)).at(0, len(scheme))
		if lower := strings.ToLower(scheme); slices.Contains(schemes, lower) {
			f.write = lower + "://" + rest
		}
		return f
	}
	if i := strings.IndexAny(text, "# \t\n"); i >= 0 {
		return wrong("a request has no fragment and no blank", "%s does not belong in a request's URL", shown(text[i:i+1])).at(i, i+1)
	}
	start := len(scheme) + 3
	host := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host = rest[:i]
	}
	if i := strings.IndexByte(host, '@'); i >= 0 {
		return wrong("", "a URL has no user name here").at(start, start+i+1)
	}
	address, p, hasPort := splitPort(host)
	if address == "" {
		return wrong("as in "+example, "%s has no host", shown(text))
	}
	if f := urlHost(address).within(text[:start], text[start+len(address):]); f != nil {
		if f.end == 0 {
			f.end = len(address)
		}
		return f.at(start+f.start, start+f.end)
	}
	if hasPort {
		return port(p).at(start+len(address)+1, start+len(host))
	}
	return nil
}

func urlHost(address string) *fault {
	if strings.Contains(address, ":") {
		return ipPart(address)
	}
	return hostName(address)
}

func date(text string) *fault {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return wrong("as in 2026-11-01", "%s is no date", shown(text))
	}
	return nil
}

// dates accepts DATE..DATE; either may be missing.
func dates(text string) *fault {
	from, to, ok := strings.Cut(text, "..")
	if !ok {
		return wrong("as in 2026-01-01..2026-12-31", "%s is no range of dates", shown(text))
	}
	if from != "" {
		if f := date(from); f != nil {
			return f.at(0, len(from))
		}
	}
	if to != "" {
		if f := date(to); f != nil {
			return f.at(len(from)+2, len(text))
		}
	}
	switch {
	case from == "" && to == "":
		return wrong("as in 2026-01-01..2026-12-31", "the range has no dates")
	case from != "" && to != "" && from > to:
		return wrong("the earlier date comes first", "%s is before %s", to, from)
	}
	return nil
}

// dateTime accepts RFC 3339 in UTC, as Kubernetes writes creationTimestamp.
func dateTime(text string) *fault {
	if _, err := time.Parse("2006-01-02T15:04:05Z", text); err != nil {
		return wrong("in UTC, as in 2026-11-01T09:30:00Z", "%s is no date and time", shown(text))
	}
	return nil
}

// units and sizes are what people write for a unit, in lower case, and what the
// language does: as HAProxy's, its sizes count in 1024.
var (
	units = map[string]string{
		"ms": "ms", "msec": "ms", "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
		"min": "m", "mins": "m", "minute": "m", "minutes": "m",
		"h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "d": "d", "day": "d", "days": "d",
	}
	sizes = map[string]string{"k": "k", "m": "m", "g": "g", "kb": "k", "mb": "m", "gb": "g", "kib": "k", "mib": "m", "gib": "g"}
)

func duration(text string) *fault {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	switch unit := text[digits:]; {
	case digits == 0:
		return wrong("as in 30s; units are ms, s, m, h, d", "%s is no time", shown(text))
	case unit == "":
		return wrong("units are ms, s, m, h, d", "%s has no unit", shown(text))
	case !slices.Contains([]string{"ms", "s", "m", "h", "d"}, unit):
		f := wrong("units are ms, s, m, h, d", "%s is no unit of time", shown(unit)).at(digits, len(text))
		return f.meant(units[strings.ToLower(unit)]).within(text[:digits], "")
	case digits > 9:
		return wrong("", "%s is too long", shown(text))
	}
	return nil
}

func size(text string) *fault {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	switch unit := text[digits:]; {
	case digits == 0:
		return wrong("as in 512 or 64k; units are k, m, g", "%s is no size", shown(text))
	case unit != "" && !slices.Contains([]string{"k", "m", "g"}, unit):
		f := wrong("units are k, m, g", "%s is no unit of size", shown(unit)).at(digits, len(text))
		return f.meant(sizes[strings.ToLower(unit)]).within(text[:digits], "")
	case digits > 9:
		return wrong("", "%s is too large", shown(text))
	}
	return nil
}

func number(noun string, least, most int) func(string) *fault {
	return func(text string) *fault {
		n, err := strconv.Atoi(text)
		if !isDigits(text) {
			return wrong(fmt.Sprintf("%s is a number in %d..%d", noun, least, most), "%s is no number", shown(text))
		}
		if err != nil || n < least || n > most {
			return wrong("", "%s is a number in %d..%d, not %s", noun, least, most, text)
		}
		return nil
	}
}

var tlsVersions = []string{"1.0", "1.1", "1.2", "1.3"}

// versions accepts VERSION or VERSION..VERSION.
func versions(text string) *fault {
	low, high, isRange := strings.Cut(text, "..")
	if !isRange {
		return version(text)
	}
	if bareVersion(low) != low && bareVersion(high) != high {
		right := bareVersion(low) + ".." + bareVersion(high)
		if versions(right) == nil {
			return wrong("write "+right, "%s is no range of TLS versions", shown(text)).meant(right)
		}
	}
	if f := version(low).within("", ".."+high); f != nil {
		return f.at(0, max(1, len(low)))
	}
	if f := version(high).within(low+"..", ""); f != nil {
		return f.at(min(len(low)+2, len(text)-1), len(text))
	}
	if low > high {
		right := high + ".." + low
		return wrong("write "+right, "the range %s is empty: the lower version comes first", shown(text)).meant(right)
	}
	return nil
}

func version(text string) *fault {
	if slices.Contains(tlsVersions, text) {
		return nil
	}
	f := wrong("versions are "+strings.Join(tlsVersions, ", ")+", ranges as in 1.2..1.3", "%s is no TLS version", shown(text))
	if bare := bareVersion(text); slices.Contains(tlsVersions, bare) {
		f.help, f.write = "write "+bare, bare
	}
	return f
}

// bareVersion returns a version without the name of the protocol that many
// write before it: TLSv1.2.
func bareVersion(text string) string { return strings.TrimLeft(strings.ToLower(text), "tlsv-_ ") }

// misspelt are the ALPN protocols that people write and mean another.
var misspelt = map[string]string{
	"http2": "h2", "http/2": "h2", "http/2.0": "h2", "H2": "h2", "HTTP/2": "h2",
	"http1.1": "http/1.1", "http11": "http/1.1", "http/1": "http/1.1", "h1": "http/1.1", "HTTP/1.1": "http/1.1", "http": "http/1.1",
}

// protocol accepts any ALPN protocol (RFC 7301, 3.1: up to 255 bytes).
func protocol(text string) *fault {
	switch meant := misspelt[text]; {
	case meant != "":
		return wrong("", "unknown protocol %s, did you mean %s?", shown(text), shown(meant)).meant(meant)
	case text == "none":
		return wrong("", `"none" stands alone`)
	case text == "" || len(text) > 255 || plainText(text) != nil:
		return wrong("as in h2 or http/1.1", "%s is no ALPN protocol", shown(text))
	}
	return nil
}

// label accepts KEY=VALUE as Kubernetes does.
func label(text string) *fault {
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		return wrong("as in "+text+"=true", "the label %s has no value", shown(text))
	}
	if f := labelKey(key); f != nil {
		return f.at(0, max(1, len(key)))
	}
	if f := labelValue(value); f != nil {
		return f.at(len(key)+1, len(text))
	}
	return nil
}

// labelKey accepts [PREFIX/]NAME: a host name and up to 63 characters.
func labelKey(text string) *fault {
	prefix, key, ok := strings.Cut(text, "/")
	if !ok {
		key = text
	} else if f := hostName(prefix); f != nil {
		return f
	}
	if key == "" || labelValue(key) != nil {
		return wrong("a key is of letters, digits, - _ and ., 63 at most, perhaps with a host name and / before it", "%s is no label's key", shown(text))
	}
	return nil
}

func labelValue(text string) *fault {
	ok := len(text) <= 63 && !strings.HasPrefix(text, ".") && strings.Trim(text, "-_.") == text
	for _, r := range text {
		ok = ok && (isAlphanumeric(r) || r == '-' || r == '_' || r == '.')
	}
	if !ok {
		return wrong("a value is of letters, digits, - _ and ., begins and ends with a letter or digit, 63 at most", "%s is no label's value", shown(text))
	}
	return nil
}

// term accepts KEY, !KEY, KEY=VALUE and KEY!=VALUE.
func term(text string) *fault {
	if key, ok := strings.CutPrefix(text, "!"); ok {
		return selectorKey(key)
	}
	if key, value, ok := strings.Cut(text, "!="); ok {
		return label(key+"="+value).at(0, 0)
	}
	if key, value, ok := strings.Cut(text, "=="); ok {
		return wrong("write "+key+"="+value, `"==" is written "="`).at(len(key), len(key)+2).meant(key + "=" + value)
	}
	if strings.Contains(text, "=") {
		return label(text)
	}
	return selectorKey(text)
}

// selectorKey accepts a label's key, but for the word that has a meaning of its
// own in admit.
func selectorKey(text string) *fault {
	if text == "namespaces" {
		return wrong("as in admit namespaces network=internal", `"namespaces" has no selector behind it`)
	}
	return labelKey(text)
}
