package resolve

import (
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

// The defaults of both ends of a TLS hop: TLS 1.2 to 1.3, no ALPN, everything
// is verified, no client certificate is asked for.
var defaultVersions = flow.Versions{Min: flow.TLS12, Max: flow.TLS13}

func newClientEnd() flow.ClientEnd {
	return flow.ClientEnd{TLS: flow.Default(defaultVersions), Verify: flow.Default(true)}
}

func newServerEnd() flow.ServerEnd {
	return flow.ServerEnd{TLS: flow.Default(defaultVersions)}
}

// serverEnd is the table of the statements of a server's end of TLS, which
// stand in a listener and below a backend's speaks.
func serverEnd[T any](end func(T) *flow.ServerEnd) setters[T] {
	return setters[T]{
		"certificate": many("a certificate", findCertificate,
			func(t T) *[]flow.Stated[*flow.Certificate] { return &end(t).Certificates }),
		"tls":                one("a range of versions", versions, func(t T) *flow.Stated[flow.Versions] { return &end(t).TLS }),
		"alpn":               names("a protocol", text, func(t T) *flow.Stated[[]string] { return &end(t).ALPN }),
		"groups":             names("a group", group, func(t T) *flow.Stated[[]string] { return &end(t).Groups }),
		"client-certificate": clientCertificate(func(t T) *flow.Stated[flow.ClientAuth] { return &end(t).ClientCertificate }),
		"strict-sni":         flag(func(t T) *flow.Stated[bool] { return &end(t).StrictSNI }),
		"early-data":         flag(func(t T) *flow.Stated[bool] { return &end(t).EarlyData }),
	}
}

// names is a statement of a list that is stated as a whole: alpn h2, http/1.1.
// "none" alone is the empty list.
func names[T any](what string, parse parser[string], field func(T) *flow.Stated[[]string]) setter[T] {
	return func(l *line, into T) {
		words := l.words(what)
		if len(words) == 0 {
			return
		}
		list := flow.Stated[[]string]{At: join(words[0].At, words[len(words)-1].At)}
		if len(words) > 1 || words[0].Text != "none" {
			for _, w := range words {
				if v, ok := parse(l.r, w); ok {
					list.V = append(list.V, v)
				}
			}
		}
		*field(into) = list
	}
}

var authMode = choice([]string{"required", "optional"}, flow.AuthRequired, flow.AuthOptional)

// clientCertificate is client-certificate required|optional [CA].
func clientCertificate[T any](field func(T) *flow.Stated[flow.ClientAuth]) setter[T] {
	return func(l *line, into T) {
		mode, ok := read(l, "required or optional", authMode)
		if !ok {
			return
		}
		auth := flow.Stated[flow.ClientAuth]{V: flow.ClientAuth{Mode: mode.V}, At: mode.At}
		if w := l.next(); w != nil {
			auth.V.CA, _ = findCA(l.r, w)
			auth.At = join(auth.At, w.At)
		}
		*field(into) = auth
	}
}

func findZone(r *resolver, w *ast.Word) (*flow.Zone, bool) { return r.zones.find(r, w) }
func findCA(r *resolver, w *ast.Word) (*flow.CA, bool)     { return r.cas.find(r, w) }
func findCertificate(r *resolver, w *ast.Word) (*flow.Certificate, bool) {
	return r.certificates.find(r, w)
}

// sendProxy is send-proxy v1|v2.
func sendProxy[T any](field func(T) *flow.Stated[flow.ProxyVersion]) setter[T] {
	return one("v1 or v2", choice([]string{"v1", "v2"}, flow.ProxyVersion(1), flow.ProxyVersion(2)), field)
}

var timeoutKinds = []string{"connect", "client", "server", "tunnel", "http-request", "http-keep-alive", "queue"}

// timeout is timeout KIND TIME, once for each kind.
func timeout[T any](field func(T) *[]flow.Timeout) setter[T] {
	return func(l *line, into T) {
		kind, ok := read(l, "a kind", oneOf(timeoutKinds...))
		if !ok {
			return
		}
		time, ok := read(l, "a time", duration)
		if !ok {
			return
		}
		list := field(into)
		if i := slices.IndexFunc(*list, func(t flow.Timeout) bool { return t.Kind == kind.V }); i >= 0 {
			d := l.r.report(codeDuplicate, kind.At, "timeout %s is stated twice", kind.V)
			d.Related = declaredHere((*list)[i].At)
			return
		}
		*list = append(*list, flow.Timeout{Kind: kind.V, Millis: time.V, At: join(kind.At, time.At)})
	}
}

// labels reads the rest of a line as K=V, …
func labels(l *line, into *[]flow.Label) {
	for _, w := range l.words("a label, such as tier=gold") {
		label, ok := parseLabel(l.r, w)
		if !ok {
			continue
		}
		if i := slices.IndexFunc(*into, func(o flow.Label) bool { return o.Key == label.Key }); i >= 0 {
			d := l.r.report(codeDuplicate, w.At, "label %q is stated twice", label.Key)
			d.Related = declaredHere((*into)[i].At)
			continue
		}
		*into = append(*into, label)
	}
}
