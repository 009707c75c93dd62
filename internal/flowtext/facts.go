package flowtext

import "github.com/flowc-lang/flowc/flow"

// name says a name, if it is stated.
func (s *statement) name(keyword string, f flow.Ref) {
	if named(f) {
		s.say(keyword, word(f.V))
	}
}

// text says a word, if it is stated.
func (s *statement) text(keyword string, f flow.Fact[string]) {
	if f.IsSet() {
		s.say(keyword, word(f.V))
	}
}

// flag says a word alone, if it holds.
func (s *statement) flag(keyword string, f flow.Fact[bool]) {
	if is(f) {
		s.say(keyword)
	}
}

// sniOrNone says a host, or that there is none. A host that is called none cannot be
// told from that.
func (s *statement) sniOrNone(f flow.Fact[string]) {
	switch {
	case !f.IsSet():
	case f.V == "":
		s.say("sni", "none")
	case f.V == "none" || f.V == "host":
		s.unsaid("sni", quote(f.V))
	default:
		s.say("sni", word(f.V))
	}
}

func (s *statement) versions(f flow.Fact[flow.Versions]) {
	if f.IsSet() {
		s.say("tls", word(f.V.String()))
	}
}

// protocols says a list that is stated as a whole, none among it.
func (s *statement) protocols(f flow.Fact[[]string]) {
	switch {
	case !f.IsSet():
	case len(f.V) == 0:
		s.say("alpn", "none")
	case len(f.V) == 1 && f.V[0] == "none":
		s.unsaid("alpn", quote("none"))
	default:
		s.several(words(f.V), "alpn")
	}
}

func (s *statement) groups(f flow.Fact[[]string]) {
	if f.IsSet() {
		s.several(words(f.V), "groups")
	}
}

var proxyVersions = map[flow.ProxyVersion]string{1: "v1", 2: "v2"}

func (s *statement) sendProxy(f flow.Fact[flow.ProxyVersion]) {
	if f.IsSet() && f.V != 0 {
		s.say("send-proxy", one(proxyVersions, f.V))
	}
}

var authModes = map[flow.AuthMode]string{flow.AuthOptional: "optional", flow.AuthRequired: "required"}

func (s *statement) clientCertificate(f flow.Fact[flow.ClientAuthDraft]) {
	if !f.IsSet() || f.V.Mode == flow.AuthNone {
		return
	}
	words := []string{"client-certificate", one(authModes, f.V.Mode)}
	if named(f.V.CA) {
		words = append(words, word(f.V.CA.V))
	}
	s.say(words...)
}

func (s *statement) timeouts(all []flow.Timeout) {
	for _, t := range all {
		s.say("timeout", word(t.Kind), millis(t.Millis))
	}
}

// clientEnd says what is stated of the client's end of TLS.
func (s *statement) clientEnd(end *flow.ClientEndDraft) {
	s.several(stated(end.Trust), "trust")
	s.name("certificate", end.Certificate)
	s.versions(end.TLS)
	s.protocols(end.ALPN)
	s.groups(end.Groups)
	if end.Verify.IsSet() && !end.Verify.V {
		s.say("verify", "none")
	}
}

// serverEnd says what is stated of the server's end of TLS.
func (s *statement) serverEnd(end *flow.ServerEndDraft) {
	s.several(stated(end.Certificates), "certificate")
	s.versions(end.TLS)
	s.protocols(end.ALPN)
	s.groups(end.Groups)
	s.clientCertificate(end.ClientCertificate)
	s.flag("strict-sni", end.StrictSNI)
	s.flag("early-data", end.EarlyData)
}
