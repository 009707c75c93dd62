package resolve

import "github.com/flowc-lang/flowc/flow"

// serverEnd is the table of the statements of a server's end of TLS, which
// stand in a listener and below a backend's speaks.
func serverEnd[T any](end func(T) *flow.ServerEndDraft) setters[T] {
	return setters[T]{
		"certificate": names(
			func(t T) *[]flow.Ref { return &end(t).Certificates }),
		"tls":                one(versions, func(t T) *flow.Fact[flow.Versions] { return &end(t).TLS }),
		"alpn":               words(func(t T) *flow.Fact[[]string] { return &end(t).ALPN }),
		"groups":             words(func(t T) *flow.Fact[[]string] { return &end(t).Groups }),
		"client-certificate": clientCertificate(func(t T) *flow.Fact[flow.ClientAuthDraft] { return &end(t).ClientCertificate }),
		"strict-sni":         flag(func(t T) *flow.Fact[bool] { return &end(t).StrictSNI }),
		"early-data":         flag(func(t T) *flow.Fact[bool] { return &end(t).EarlyData }),
	}
}

// words is a statement of a list that is stated as a whole: alpn h2, http/1.1.
// "none" alone is the empty list.
func words[T any](field func(T) *flow.Fact[[]string]) setter[T] {
	return func(l *line, into T) {
		words := l.words()
		if len(words) == 0 {
			return
		}
		list := flow.State[[]string](nil, join(words[0].At, words[len(words)-1].At))
		if len(words) > 1 || words[0].Text != "none" {
			for _, w := range words {
				list.V = append(list.V, w.Text)
			}
		}
		*field(into) = list
	}
}

var authMode = choice(map[string]flow.AuthMode{"required": flow.AuthRequired, "optional": flow.AuthOptional})

// clientCertificate is client-certificate required|optional [CA].
func clientCertificate[T any](field func(T) *flow.Fact[flow.ClientAuthDraft]) setter[T] {
	return func(l *line, into T) {
		mode, ok := read(l, authMode)
		if !ok {
			return
		}
		auth := flow.State(flow.ClientAuthDraft{Mode: mode.V}, mode.At)
		if w := l.next(); w != nil {
			auth.V.CA = flow.State(w.Text, w.At)
			auth.At = join(auth.At, w.At)
		}
		*field(into) = auth
	}
}

// verify is verify none.
func verify[T any](field func(T) *flow.Fact[bool]) setter[T] {
	return one(choice(map[string]bool{"none": false}), field)
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
