package resolve

import (
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
		"certificate": many(findCertificate,
			func(t T) *[]flow.Fact[*flow.Certificate] { return &end(t).Certificates }),
		"tls":                one(versions, func(t T) *flow.Fact[flow.Versions] { return &end(t).TLS }),
		"alpn":               names(text, func(t T) *flow.Fact[[]string] { return &end(t).ALPN }),
		"groups":             names(text, func(t T) *flow.Fact[[]string] { return &end(t).Groups }),
		"client-certificate": clientCertificate(func(t T) *flow.Fact[flow.ClientAuth] { return &end(t).ClientCertificate }),
		"strict-sni":         flag(func(t T) *flow.Fact[bool] { return &end(t).StrictSNI }),
		"early-data":         flag(func(t T) *flow.Fact[bool] { return &end(t).EarlyData }),
	}
}

// names is a statement of a list that is stated as a whole: alpn h2, http/1.1.
// "none" alone is the empty list.
func names[T any](parse parser[string], field func(T) *flow.Fact[[]string]) setter[T] {
	return func(l *line, into T) {
		words := l.words()
		if len(words) == 0 {
			return
		}
		list := flow.Fact[[]string]{Origin: flow.OriginStated, At: join(words[0].At, words[len(words)-1].At)}
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

var authMode = choice(map[string]flow.AuthMode{"required": flow.AuthRequired, "optional": flow.AuthOptional})

// clientCertificate is client-certificate required|optional [CA].
func clientCertificate[T any](field func(T) *flow.Fact[flow.ClientAuth]) setter[T] {
	return func(l *line, into T) {
		mode, ok := read(l, authMode)
		if !ok {
			return
		}
		auth := flow.State(flow.ClientAuth{Mode: mode.V}, mode.At)
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
func sendProxy[T any](field func(T) *flow.Fact[flow.ProxyVersion]) setter[T] {
	return one(choice(map[string]flow.ProxyVersion{"v1": 1, "v2": 2}), field)
}

// timeout is timeout KIND TIME.
func timeout[T any](field func(T) *[]flow.Timeout) setter[T] {
	return func(l *line, into T) {
		kind, ok := read(l, text)
		if !ok {
			return
		}
		if time, ok := read(l, duration); ok {
			*field(into) = append(*field(into), flow.Timeout{Kind: kind.V, Millis: time.V, At: join(kind.At, time.At)})
		}
	}
}
