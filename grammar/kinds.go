package grammar

import (
	"slices"

	"github.com/flowc-lang/flowc/ast"
)

// Kind is a kind of argument: a placeholder of the forms.
type Kind struct {
	Name    string // as the forms spell it
	Noun    string // as messages call it: "a host name"
	Example string
	Words   []string // the words that it has, where they are few
	Others  []string // words of that kind that the language lacks and others have: no slips of Words
	Forms   []string // what it consists of, where that is several words
	// Refers names the declarations that it refers to: "zone". Resolution, not
	// the grammar, knows whether there is one.
	Refers string
	// Names says that it gives its name to what the statement declares.
	Names bool

	forms  readForms
	read   reader // nil where the words are few and mean their text
	quoted bool   // it must stand in quotes
	parens bool   // words in parentheses, each of which is read

	reserved []string // words that are none of it unless they stand in quotes
}

// Kinds is every kind of argument.
var Kinds = []*Kind{
	{Name: "NAME", Noun: "a name", Example: "shop", Names: true, read: plain(name)},
	{Name: "ROUTE", Noun: "a name", Example: "shop or hr/portal", Names: true, read: pathName},
	{Name: "LABEL", Noun: "a label in quotes", Example: `"Shop"`, quoted: true, read: free(anyText)},
	{Name: "VALUE", Noun: "a value", Example: `"green"`, read: free(plainText)},
	{Name: "TEXT", Noun: "a value", Example: `"green"`, reserved: comparing, read: free(plainText)},
	{Name: "REGEX", Noun: "a regular expression", Example: `"^/v[0-9]+/"`, reserved: []string{"any-case"}, read: free(regularExpression)},
	{Name: "METHOD", Noun: "a method", Example: "GET", read: plain(method)},
	{Name: "FILE", Noun: "the path of a file", Example: `"lib/names.flow"`, read: free(filePath)},

	{Name: "ZONE", Noun: "the name of a zone", Example: "cluster", Refers: "zone", read: plain(name)},
	{Name: "CA", Noun: "the name of a ca", Example: "public-ca", Refers: "ca", read: plain(name)},
	{Name: "CERTIFICATE", Noun: "the name of a certificate", Example: "wildcard", Refers: "certificate", read: plain(name)},
	{Name: "CLIENT", Noun: "the name of a client", Example: "browser", Refers: "client", read: plain(name)},
	{Name: "PROXY", Noun: "the name of a proxy", Example: "haproxy", Refers: "proxy", read: plain(name)},
	{Name: "PROXY[:PORT]", Noun: "the name of a proxy, with or without a port", Example: "haproxy:443", Refers: "proxy", read: namePort},
	{Name: "BACKEND", Noun: "the name of a backend", Example: "shop", Refers: "backend", read: plain(name)},
	{Name: "TARGET[:PORT]", Noun: "the name of a backend or proxy", Example: "shop", Refers: "backend", read: namePort},
	{Name: "REQUEST", Noun: "the name of a request", Example: "checkout", Refers: "request", read: pathName},
	{Name: "NODE", Noun: "the name of a node", Example: "shop/shop-1", Refers: "node", read: pathName},
	{Name: "PLACE", Noun: "the name of a node, a route or a zone", Example: "haproxy", Refers: "node", read: pathName},

	{Name: "HOST", Noun: "a host name", Example: "shop.apps.example.test", read: host},
	{Name: "HOST|*.HOST", Noun: "a host name", Example: "*.apps.example.test", read: hostPattern},
	{Name: "HOST|*.HOST|IP", Noun: "a host name or an address", Example: "*.apps.example.test", read: certificateName},
	{Name: "IP", Noun: "an IP address", Example: "10.0.1.11", read: ipAddress},
	{Name: "CIDR", Noun: "a network", Example: "10.0.0.0/8", read: cidr},
	{Name: "IP|CIDR", Noun: "an IP address or network", Example: "192.0.2.0/24", read: ipOrCIDR},
	{Name: "[ADDRESS]:PORT[-PORT]", Noun: "a port", Example: ":443", read: listenAddress},
	{Name: "ADDRESS:PORT", Noun: "an address with a port", Example: "127.0.0.1:10444", read: addressPort},
	{Name: "ADDRESS[:PORT]", Noun: "an address", Example: "10.0.1.11:8443", read: serverAddress},
	{Name: "URL", Noun: "a URL", Example: "https://shop.apps.example.test/cart", read: webURL},
	{Name: "ENDPOINT", Noun: "an endpoint", Example: "tls://db.apps.example.test:5432", read: endpoint},
	{Name: "URL|PATH", Noun: "a URL or a path", Example: "https://shop.apps.example.test/cart", read: urlOrPath},
	{Name: "PATH", Noun: "a path", Example: "/cart", read: plain(path)},

	{Name: "DATE", Noun: "a date", Example: "2026-11-01", read: plain(date)},
	{Name: "DATE..DATE", Noun: "two dates", Example: "2026-01-01..2026-12-31", read: dates},
	{Name: "DATE-TIME", Noun: "a date and time", Example: "2026-11-01T09:30:00Z", read: dateTime},
	{Name: "TIME", Noun: "a time with its unit", Example: "30s", read: duration},
	{Name: "SIZE", Noun: "a size", Example: "64k", read: size},
	{Name: "WEIGHT", Noun: "a weight", Example: "100", read: number("a weight", 0, 256)},
	{Name: "PORT", Noun: "a port", Example: "8080", read: number("a port", 1, 65535)},
	{Name: "OFFSET", Noun: "an offset", Example: "100", read: offset},
	{Name: "RETRIES", Noun: "a number", Example: "3", read: number("a number of retries", 0, 100)},
	{Name: "TIMES", Noun: "a number", Example: "2", read: number("a number of times", 1, 1000)},
	{Name: "STATUS", Noun: "a status", Example: "200", read: number("a status", 100, 599)},
	{Name: "ANSWER", Noun: "a status", Example: "403", read: number("a status", 200, 599)},
	{Name: "REDIRECT", Noun: "a redirect status", Example: "302", Words: []string{"301", "302", "303", "307", "308"}, read: number("a redirect status", 301, 308)},

	{Name: "VERSION..VERSION", Noun: "a TLS version or a range of them", Example: "1.2..1.3", read: versions},
	{Name: "PROTOCOL", Noun: "an ALPN protocol", Example: "h2", read: plain(protocol)},
	// TLS Supported Groups, IANA registry of RFC 8446 and RFC 8447.
	{Name: "GROUP", Noun: "a key exchange group", Example: "x25519", Words: []string{
		"x25519", "secp256r1", "secp384r1", "secp521r1", "x448", "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192",
		"X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024"}, Others: []string{"secp256k1"}},
	// Alert descriptions: RFC 8446, 6; no_renegotiation RFC 5246, 7.2.
	{Name: "ALERT", Noun: "an alert", Example: "unknown_ca", Words: []string{
		"close_notify", "unexpected_message", "bad_record_mac", "record_overflow", "handshake_failure", "bad_certificate",
		"unsupported_certificate", "certificate_revoked", "certificate_expired", "certificate_unknown", "illegal_parameter",
		"unknown_ca", "access_denied", "decode_error", "decrypt_error", "protocol_version", "insufficient_security",
		"internal_error", "inappropriate_fallback", "user_canceled", "no_renegotiation", "missing_extension",
		"unsupported_extension", "unrecognized_name", "bad_certificate_status_response", "unknown_psk_identity",
		"certificate_required", "no_application_protocol"}},
	{Name: "OUTCOME", Noun: "an outcome", Example: "200 from shop/shop-1", Forms: []string{
		"STATUS [from NODE]", "alert ALERT [from NODE]", "close [from NODE]", "timeout", "redirect-loop [from NODE]", "ok"}},

	{Name: "KEY=VALUE", Noun: "a label", Example: "sharded=true", read: label},
	{Name: "KEY", Noun: "a condition on a label", Example: "tier", read: plain(selectorKey)},
	{Name: "TERM", Noun: "a condition on a label", Example: "sharded!=true", read: term},
	{Name: "(VALUE, …)", Noun: "values in parentheses", Example: "(a, b)", read: plain(labelValue), parens: true},
	{Name: "SELECTOR", Noun: "a selector", Example: "tier in (a, b)", Forms: []string{"KEY in|notin (VALUE, …)", "TERM"}},

	{Name: "FIELD", Noun: "a field name", Example: "X-Canary", read: plain(token)},
	{Name: "ALGORITHM", Noun: "a balancing algorithm", Example: "roundrobin", Words: []string{
		"roundrobin", "static-rr", "leastconn", "first", "source", "uri", "hash", "random"}},
	{Name: "TIMEOUT", Noun: "a kind of timeout", Example: "server", Words: []string{
		"connect", "client", "server", "tunnel", "http-request", "http-keep-alive", "queue"}},
	{Name: "VIEW", Noun: "a kind of view", Example: "sequence", Words: []string{
		"topology", "stages", "handshake", "decision", "sequence", "shards", "visibility", "modes", "failures", "routes", "certificates"}},
	{Name: "LAYER", Noun: "a layer", Example: "tls", Words: []string{"tcp", "proxy", "tls", "http", "actions"}},
	{Name: "FOLD", Noun: "a group to fold", Example: "servers", Words: []string{"servers", "routes"}},
	{Name: "WIDTH", Noun: "a width in pixels", Example: "600", read: number("a width", 320, 4000)},
	{Name: "THEME", Noun: "a theme", Example: "print", Words: []string{"default", "high-contrast", "print"}},
}

// value returns what the argument means, or what is wrong with it.
func (k *Kind) value(a ast.Arg) (ast.Value, *fault) {
	g, isGroup := a.(*ast.Group)
	if isGroup != k.parens {
		return nil, &fault{}
	}
	if isGroup {
		return nil, k.group(g)
	}
	w := a.(*ast.Word)
	switch {
	case k.quoted && !w.Quoted:
		return nil, &fault{message: unquotedLabel, label: true}
	case !w.Quoted && slices.Contains(k.reserved, w.Text):
		return nil, &fault{}
	case k.Words != nil && !slices.Contains(k.Words, w.Text):
		return nil, &fault{}
	case k.read == nil:
		return nil, nil
	}
	return k.read(w.Text)
}

// group reads words in parentheses.
func (k *Kind) group(g *ast.Group) *fault {
	for _, w := range g.Words {
		v, f := k.read(w.Text)
		if f != nil {
			return &fault{message: f.message, help: f.help, start: w.At.Start - g.At.Start, end: w.At.End - g.At.Start}
		}
		w.Value = v
	}
	return nil
}
