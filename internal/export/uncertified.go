package export

import (
	"strconv"

	"github.com/flowc-lang/flowc/flow"
)

// uncertified answers whoever comes without a verified client certificate: in
// plaintext, or in a session that another host's SNI began. What the SNI was tells
// nothing, as HAProxy 2.6.12 resumes a session of TLS 1.3 with another one, and then
// has the first one's certificate or none (measured).
func (x *proxyExport) uncertified(s *section, r *flow.Route, l *flow.Listener) {
	if g := r.WithoutCertificate; g.V != 0 {
		s.add(g.At, "http-request", "deny", "deny_status", strconv.Itoa(g.V), "unless", "{", "ssl_c_used", "}", "{", "ssl_c_verify", "0", "}")
	}
	auth := r.ClientCertificate
	if !auth.IsSet() || auth.V.Mode != flow.AuthRequired || !l.Ends(r) {
		return
	}
	by, around := l.Bypass(r, x.askedFor(l))
	switch {
	case around && r.WithoutCertificate.V != 0:
		accepts := "the port"
		if by.Route != nil {
			accepts = "route " + by.Route.FullName()
		}
		x.note(LeftOut, auth.At, "whose certificate route %s requires: one that %s accepts opens it as well", r.FullName(), accepts)
	case around:
		x.note(LeftOut, auth.At, "the client certificate of route %s, for requests with another SNI than its host: HAProxy asks by the SNI, and serves them unless without-certificate 421 is stated",
			r.FullName())
	}
}

// askedFor is what sessions of a port are asked for, found once.
func (x *proxyExport) askedFor(l *flow.Listener) []flow.Asked {
	out, known := x.asked[l]
	if !known {
		out = l.AskedFor()
		x.asked[l] = out
	}
	return out
}
