package grammar

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/flowc-lang/flowc/ast"
)

// Users who know haproxy.cfg, nginx.conf or YAML write its words here.
// The help says what says the same here.

// loan is words of other languages that are no statements of this one.
type loan struct {
	words []string // in lower case, without the ":" of YAML
	in    []string // the places where they are written; nil for all
	help  string
}

const (
	isRoute   = "that is a route: route NAME { host HOST }, with to BACKEND in its block"
	isBackend = "that is a backend: backend NAME { server NAME ADDRESS:PORT }"
	isPort    = "a port is written listen https :443, in a proxy; its certificate is stated in the block of listen: certificate NAME"
	isYAML    = "flowc does not read YAML: a declaration is written route NAME { host HOST }, and each statement of a block is on a line of its own, without : and -"
	isMode    = "a proxy relays bytes on a port that is written listen tcp :PORT, and for a route with tls passthrough; what servers expect is written speaks, in a backend"
)

// loans are looked through in order.
var loans = []loan{
	{words: []string{"frontend"}, help: "that is a proxy: proxy NAME { listen https :443 }, with routes that lead to backends"},
	{words: []string{"listen"}, help: "it belongs in a proxy: proxy NAME { listen https :443 }"},
	{words: []string{"upstream", "service", "deployment", "pod", "endpoint", "endpoints", "cluster"}, in: in(contextFile), help: isBackend},
	{words: []string{"location", "virtualhost", "vhost", "virtualservice", "httproute", "use_backend", "default_backend"}, in: in(contextFile), help: isRoute},
	{words: []string{"ingress", "gateway", "ingresscontroller", "router"}, help: "a controller is a proxy: proxy NAME { listen https :443 }; a rule of it is a route: route NAME { host HOST }, with to BACKEND in its block"},
	{words: []string{"mode"}, help: isMode},
	{words: []string{"bind", "port", "ports"}, in: in(contextFile, contextProxy, contextListen), help: isPort},
	{words: []string{"default_backend"}, help: "a route without host takes the requests that no other route takes: route NAME on PROXY { to BACKEND }"},
	{words: []string{"use_backend", "use-server", "proxy_pass"}, in: in(contextProxy, contextListen), help: "a route states which requests go to a backend: route NAME on PROXY { host HOST }, with to BACKEND in its block"},
	{words: []string{"acl", "if", "unless"}, help: "a condition belongs in a route: host HOST, path /PATH, or match header FIELD VALUE"},
	{words: []string{"http-request", "http-response", "return", "rewrite"},
		help: "in a route: answer and redirect are what the proxy does itself, header request set FIELD VALUE sets a field"},
	{words: []string{"ssl", "crt", "cert", "key", "ssl_certificate", "tls-certificate", "cacertificate", "destinationcacertificate"},
		help: "a certificate is declared, certificate NAME { names HOST }, and named where it is shown: certificate NAME, in the block of listen or in a route; the CA that a reencrypt route trusts is written trust CA in its tls block"},
	{words: []string{"termination", "tlstermination", "ssl_termination"}, help: "where the client's TLS ends is written tls edge, tls reencrypt, tls passthrough or tls none, in a route"},
	{words: []string{"hostname", "hosts", "server_name", "servername", "vhost", "domain", "domains"}, help: "hosts are written host HOST, HOST, in a route"},
	{words: []string{"insecureedgeterminationpolicy"}, help: "what plaintext requests get is written insecure redirect, insecure allow or insecure none, in a route"},
	{words: []string{"wildcardpolicy"}, help: "a wildcard is written host *.HOST, in a route"},
	{words: []string{"backend", "backends", "service", "services", "target", "targets", "proxy_pass", "upstream", "use_backend", "alternatebackends"}, in: in(contextRoute), help: "the target of a route is written to BACKEND, with weight NUMBER where there are several"},
	{words: []string{"port", "ports", "targetport"}, help: "the port is that of a server, in a backend: server NAME ADDRESS:PORT; that of a proxy is written listen https :443, in the proxy"},
	{words: []string{"option", "healthcheck", "livenessprobe", "readinessprobe", "http-check", "httpchk"}, help: "a health check belongs in a backend: check http /PATH, check tcp or check tls"},
	{words: []string{"servers", "address", "addresses", "endpoints", "default-server", "host", "ip"}, in: in(contextBackend), help: "a server is written server NAME ADDRESS:PORT"},
	{words: []string{"protocol", "scheme", "proto"}, in: in(contextBackend), help: "what servers expect is written speaks http, speaks https, speaks h2c, speaks tcp or speaks tls"},
	{words: []string{"global"}, help: "each proxy states what differs from HAProxy's defaults, in its block: timeout client 30s, retries 3, balance roundrobin"},
	{words: []string{"include", "source", "use"}, in: in(contextFile), help: `another file is written import "FILE"`},
	{words: []string{"apiversion", "kind", "metadata", "spec", "status", "items", "name", "-", "---", "annotations", "routes", "proxies", "clients"}, help: isYAML},
}

// borrowed returns what says here what a word of another language says there; "" for
// a word of none. value is the word behind it.
func borrowed(keyword, context, value string) string {
	word := strings.ToLower(strings.TrimRight(keyword, ":=;"))
	for _, l := range loans {
		if slices.Contains(l.words, word) && (l.in == nil || slices.Contains(l.in, context)) {
			return l.help
		}
	}
	if word != keyword && word != "" && strings.HasSuffix(keyword, ":") {
		return fmt.Sprintf(`no ":" is needed after a word: %s %s`, clip(word, 60), cmp.Or(value, "VALUE"))
	}
	return ""
}

// settings are what follows a server in haproxy.cfg.
var settings = map[string]string{
	"check":      "a health check is a line of the backend: check tcp, check tls or check http /PATH",
	"ssl":        "TLS to the servers is written speaks https in the backend, and tls reencrypt in its routes",
	"verify":     "the server's certificate is verified unless the route says otherwise: tls reencrypt { verify none }",
	"sni":        "the SNI is written in the route: tls reencrypt { sni host }",
	"ca-file":    "the CA that the proxy trusts is written in the route: tls reencrypt { trust CA }",
	"send-proxy": "a PROXY header is written in the route, send-proxy v1, and in the backend that expects it, accept-proxy", "send-proxy-v2": "a PROXY header is written in the route, send-proxy v2, and in the backend that expects it, accept-proxy",
	"cookie": "a cookie is written in the route: affinity cookie NAME",
	"alpn":   "ALPN is written in the route, tls reencrypt { alpn h2 }, and in the backend, speaks https { alpn h2 }",
	"port":   "the port follows the address: server NAME ADDRESS:PORT",
}

// slip returns what helps where the arguments of a statement are those of another
// language; "" where they are not.
func (m *matcher) slip() string {
	if help := m.twoStatements(); help != "" {
		return help
	}
	if m.furthest >= len(m.args) {
		return ""
	}
	w, ok := m.args[m.furthest].(*ast.Word)
	if !ok || w.Quoted {
		return ""
	}
	switch help := settings[w.Text]; {
	case foreign(w.Text) != "":
		return foreign(w.Text)
	case strings.HasSuffix(w.Text, ";"):
		return "a statement ends with its line; no ; is needed"
	case strings.HasPrefix(w.Text, "'"), strings.HasPrefix(w.Text, "`"):
		return `the quotes of the language are "`
	case m.keyword.Text == "server" && m.furthest == 0 && isAddress(w.Text):
		return "the name comes first: server NAME " + clip(w.Text, 60)
	case m.keyword.Text == "server" && help != "":
		return help
	case m.keyword.Text == "server" && isDigits(w.Text):
		return settings["port"]
	case m.keyword.Text == "to" && m.furthest == 0 && (isAddress(w.Text) || strings.Contains(w.Text, "://")):
		return "a route leads to a backend by its name: backend NAME { server NAME ADDRESS:PORT }"
	case m.keyword.Text == "host" && m.furthest == 0 && strings.Contains(w.Text, "/") && !strings.Contains(w.Text, "://"):
		_, path, _ := strings.Cut(w.Text, "/")
		return "the path is a statement of its own: path " + clip("/"+path, 60)
	case m.keyword.Text == "certificate" && strings.Contains(w.Text, "/"):
		return "a certificate is named, and not its file: certificate NAME { names HOST }"
	case m.keyword.Text == "listen" && m.furthest == 0 && isListenPort(w.Text):
		return "the protocol comes first: " + m.listening(w.Text)
	}
	return ""
}

// twoStatements tells of another statement that stands behind a comma.
func (m *matcher) twoStatements() string {
	for i, a := range m.args {
		w, ok := a.(*ast.Word)
		if ok && i > 0 && m.commas[i-1] && i+1 < len(m.args) && !m.commas[i] && tables().places[w.Text] != nil {
			return fmt.Sprintf("write each statement on a line of its own: %s", m.text(i, len(m.args)))
		}
	}
	return ""
}

// listening is a port as it is written, with what the line says of it.
func (m *matcher) listening(port string) string {
	speaks := "https"
	if m.furthest+1 < len(m.args) {
		if w, ok := m.args[m.furthest+1].(*ast.Word); ok && slices.Contains([]string{"http", "https", "tcp"}, w.Text) {
			speaks = w.Text
		}
	} else if strings.HasSuffix(port, "80") {
		speaks = "http"
	}
	if isDigits(port) {
		port = ":" + port
	}
	return "listen " + speaks + " " + strings.TrimPrefix(port, "*")
}

func isListenPort(text string) bool {
	_, f := listenAddress(strings.TrimPrefix(text, "*"))
	return f == nil || isDigits(text)
}

func isAddress(text string) bool {
	address, _, _ := splitPort(text)
	_, err := netip.ParseAddr(strings.Trim(address, "[]"))
	return err == nil
}

// likeLatin are letters of other scripts that are shown like Latin ones.
var likeLatin = map[rune]rune{
	'а': 'a', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'і': 'i', 'ј': 'j', 'о': 'o', 'р': 'p', 'ѕ': 's', 'у': 'y', 'х': 'x', 'ԛ': 'q', 'ԝ': 'w', 'ѵ': 'v',
	'А': 'A', 'В': 'B', 'С': 'C', 'Е': 'E', 'Н': 'H', 'І': 'I', 'Ј': 'J', 'К': 'K', 'М': 'M', 'О': 'O', 'Р': 'P', 'Ѕ': 'S', 'Т': 'T', 'У': 'Y', 'Х': 'X',
	'α': 'a', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'υ': 'u', 'Α': 'A', 'Β': 'B', 'Ε': 'E', 'Ζ': 'Z', 'Η': 'H', 'Ι': 'I', 'Κ': 'K', 'Μ': 'M',
	'Ν': 'N', 'Ο': 'O', 'Ρ': 'P', 'Τ': 'T', 'Υ': 'Y', 'Χ': 'X',
}

// lookalike says of a letter that it is not the one that it looks like; "" for
// others.
func lookalike(r rune) string {
	latin, ok := likeLatin[r]
	if !ok {
		return ""
	}
	script := "Greek"
	if unicode.Is(unicode.Cyrillic, r) {
		script = "Cyrillic"
	}
	return fmt.Sprintf("U+%04X is a %s letter that looks like the Latin %c", r, script, latin)
}
