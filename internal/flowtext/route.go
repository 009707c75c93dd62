package flowtext

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

func route(d *flow.RouteDraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclRoute, &d.Decl)
	if s == nil {
		return nil
	}
	if len(d.On) > 0 {
		s.words = append(s.words, "on")
		for _, on := range d.On {
			s.list = append(s.list, instance(on.Proxy.V, on.Port))
		}
	}
	s.takes(d)
	s.mode(d)
	s.text("certificate", d.Certificate)
	s.clientCertificate(d.ClientCertificate)
	if d.WithoutCertificate.IsSet() && d.WithoutCertificate.V != 0 {
		s.say("without-certificate", number(d.WithoutCertificate.V))
	}
	s.protocols(d.ALPN)
	s.insecure(d)
	for _, p := range stated(d.Policies) {
		s.say("policy", p)
	}
	s.answers(d)
	for _, t := range d.Targets {
		to := say("to", instance(t.To.V, t.Port))
		if t.Weight.IsSet() {
			to.words = append(to.words, "weight", number(t.Weight.V))
		}
		if t.Certified.IsSet() && t.Certified.V != "" {
			to.words = append(to.words, "name", word(t.Certified.V))
		}
		s.add(to)
	}
	s.changes(d)
	return s
}

var sniMatches = map[flow.SNIMatch]string{flow.SNINone: "none", flow.SNIAny: "any"}

// takes says which requests the route takes.
func (s *statement) takes(d *flow.RouteDraft) {
	s.hosts(d)
	s.text("subdomain", d.Subdomain)
	s.conditions(d)
	if d.SNI.IsSet() && d.SNI.V != flow.SNIHost {
		s.say("sni", one(sniMatches, d.SNI.V))
	}
	s.several(labels(d.Labels), "labels")
	s.text("created", d.Created)
	var allow []string
	for _, f := range d.Allow {
		allow = append(allow, f.V)
	}
	s.several(networks(allow, false), "allow")
}

var modes = map[flow.Mode]string{
	flow.ModeNone: "none", flow.ModeEdge: "edge", flow.ModeReencrypt: "reencrypt", flow.ModePassthrough: "passthrough",
}

// mode says where the client's TLS ends, and what is stated of the second session.
func (s *statement) mode(d *flow.RouteDraft) {
	tls := say("tls")
	u := &d.Upstream
	tls.opens = u.Origin == flow.OriginStated || u.Origin == flow.OriginImported
	tls.several(stated(u.End.Trust), "trust")
	tls.name("name", u.Name) // that none is checked is said by none
	if u.SNIHost && u.SNI.IsSet() {
		tls.say("sni", "host")
	} else {
		tls.sniOrNone(u.SNI)
	}
	end := u.End
	end.Trust = nil
	tls.clientEnd(&end)
	switch {
	case d.Mode.IsSet():
		tls.words = append(tls.words, one(modes, d.Mode.V))
		s.add(tls)
	case tls.opens || len(tls.inner) > 0: // of no mode
		tls.lost = true
		s.add(tls)
	}
}

var insecures = map[flow.Insecure]string{flow.InsecureNone: "none", flow.InsecureAllow: "allow", flow.InsecureRedirect: "redirect"}

func (s *statement) insecure(d *flow.RouteDraft) {
	switch {
	case d.Insecure.IsSet():
		words := []string{"insecure", one(insecures, d.Insecure.V)}
		if d.RedirectStatus.IsSet() {
			words = append(words, number(d.RedirectStatus.V))
		}
		s.say(words...)
	case d.RedirectStatus.IsSet():
		s.unsaid("insecure", number(d.RedirectStatus.V))
	}
}

var redirects = map[flow.RedirectKind]string{
	flow.RedirectLocation: "location", flow.RedirectPrefix: "prefix", flow.RedirectScheme: "scheme",
}

// answers says what the proxy answers itself.
func (s *statement) answers(d *flow.RouteDraft) {
	if d.Answer.IsSet() {
		if d.Answer.V.Status == 0 {
			s.say("answer", "close")
		} else {
			s.say("answer", number(d.Answer.V.Status))
		}
	}
	if to := d.Redirect.V; d.Redirect.IsSet() {
		words := []string{"redirect", one(redirects, to.Kind), word(to.To)}
		if to.Status != 0 {
			words = append(words, number(to.Status))
		}
		s.say(words...)
	}
}

// changes says what changes on the way.
func (s *statement) changes(d *flow.RouteDraft) {
	s.sendProxy(d.SendProxy)
	for _, h := range d.Headers {
		words := []string{"header", word(h.On), word(h.Do), word(h.Name)}
		if h.Do != "delete" || h.Value != "" {
			words = append(words, quote(h.Value))
		}
		if h.Computed { // a value of the language is a text
			s.remark("computed by the proxy: " + strings.Join(words, " "))
			continue
		}
		s.say(words...)
	}
	s.text("rewrite", d.Rewrite)
	if d.Affinity.IsSet() {
		s.say("affinity", "cookie", word(d.Affinity.V))
	}
	if d.HSTS.IsSet() {
		s.say("hsts", millis(d.HSTS.V))
	}
	s.text("balance", d.Balance)
	s.timeouts(d.Timeouts)
}
