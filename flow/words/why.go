package words

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Why says what a fault is about, as briefly as beside a picture: shop-internal is signed by
// service-ca, which haproxy does not trust. It is "" for nil.
func Why(w *flow.Why) string { return brief.why(w) }

// Cause says the same to somebody who has nothing else to look at: certificate
// "shop-internal" is signed by CA "service-ca", which proxy "haproxy" does not trust.
func Cause(w *flow.Why) string { return full.why(w) }

// naming is how declarations are named.
type naming struct {
	end         func(*flow.Participant) string
	certificate func(*flow.Certificate) string
	ca          func(*flow.CA) string
	backend     func(*flow.Backend) string
	route       func(*flow.Route) string
}

var brief = naming{
	end:         func(p *flow.Participant) string { return p.Label },
	certificate: func(c *flow.Certificate) string { return c.Title() },
	ca:          func(ca *flow.CA) string { return ca.Title() },
	backend:     func(b *flow.Backend) string { return "backend " + b.Title() },
	route:       func(r *flow.Route) string { return "route " + r.Name },
}

var full = naming{
	end:         Party,
	certificate: func(c *flow.Certificate) string { return fmt.Sprintf("certificate %q", c.Name) },
	ca:          func(ca *flow.CA) string { return fmt.Sprintf("CA %q", ca.Name) },
	backend:     func(b *flow.Backend) string { return fmt.Sprintf("backend %q", b.Name) },
	route:       func(r *flow.Route) string { return fmt.Sprintf("route %q", r.Name) },
}

// Party is an end of a connection with its kind: client "browser", server "shop-1" of backend
// "shop".
func Party(p *flow.Participant) string {
	switch {
	case p.Client != nil:
		return fmt.Sprintf("client %q", p.Client.Name)
	case p.Server != nil:
		return fmt.Sprintf("server %q of backend %q", p.Server.Name, p.Server.Backend.Name)
	case p.Kind == flow.KindInner:
		return fmt.Sprintf("the inner stage of proxy %q", p.Proxy.Name)
	}
	return fmt.Sprintf("proxy %q", p.Proxy.Name)
}

func (n naming) why(w *flow.Why) string {
	if w == nil {
		return ""
	}
	switch w.Problem {
	case flow.ProblemNotListening:
		return fmt.Sprintf("%s does not listen on :%d", n.end(w.At), w.Port)
	case flow.ProblemRefuses:
		return fmt.Sprintf("%s refuses connections on :%d", n.end(w.At), w.Port)
	case flow.ProblemSilent:
		return n.end(w.At) + " never answers"
	case flow.ProblemStops:
		return n.end(w.At) + " stops, as the request says"
	case flow.ProblemNoHello:
		return n.end(w.At) + " never sends a ClientHello"
	case flow.ProblemHelloToPlaintext:
		return n.end(w.At) + " speaks plaintext and was sent a ClientHello"
	case flow.ProblemPlaintextToServer:
		return n.end(w.At) + " speaks TLS and was sent plaintext"
	case flow.ProblemNotHTTP:
		if w.At.Server != nil {
			return fmt.Sprintf("%s was sent HTTP and speaks something else", n.end(w.At))
		}
		return fmt.Sprintf("%s reads HTTP and was sent something else", n.end(w.At))
	case flow.ProblemOtherHTTP:
		return fmt.Sprintf("%s was sent %s and reads %s", n.end(w.At), w.Name, OtherHTTP(w.Name))
	case flow.ProblemPlaintextToPort:
		return fmt.Sprintf("%s ends TLS on :%d and was sent plaintext", n.end(w.At), w.Port)
	case flow.ProblemPlaintextNoHello:
		return fmt.Sprintf("%s waits for a ClientHello on :%d and was sent plaintext", n.end(w.At), w.Port)
	case flow.ProblemStrayHeader:
		if w.Port == 0 {
			return n.end(w.At) + " was sent a PROXY header and does not expect one"
		}
		return fmt.Sprintf("%s was sent a PROXY header and does not accept one on :%d", n.end(w.At), w.Port)
	case flow.ProblemMissingHeader:
		if w.Port == 0 {
			return n.end(w.At) + " expects a PROXY header and was sent none"
		}
		return fmt.Sprintf("%s expects a PROXY header on :%d and was sent none", n.end(w.At), w.Port)
	case flow.ProblemRedirectLoop:
		return fmt.Sprintf("%s redirects back to %s, which was asked for", n.end(w.At), url(w.Scheme, w.Name, w.Port, w.Path))
	case flow.ProblemRedirectsOn:
		return fmt.Sprintf("%s redirects each request to another URL, the last one to %s", n.end(w.At), url(w.Scheme, w.Name, w.Port, w.Path))
	case flow.ProblemNoServer, flow.ProblemNoServerUp, flow.ProblemNoSNI, flow.ProblemNoSNIRoute, flow.ProblemNoRoute,
		flow.ProblemNoPlaintext, flow.ProblemNotAllowed, flow.ProblemNoSourceRoute:
		return n.notRouted(w)
	default:
		return n.notAgreed(w)
	}
}

// notRouted says why a proxy sends a request nowhere.
func (n naming) notRouted(w *flow.Why) string {
	switch w.Problem {
	case flow.ProblemNoServer:
		return "no usable server for " + n.route(w.Route)
	case flow.ProblemNoServerUp:
		return n.backend(w.Backend) + " has no server that can be up"
	case flow.ProblemNoSNI:
		return fmt.Sprintf("%s chooses the route by SNI on :%d, and no SNI was sent", n.end(w.At), w.Port)
	case flow.ProblemNoSNIRoute:
		if w.Name == "" {
			return fmt.Sprintf("%s was sent no SNI, and no route matches without SNI", n.end(w.At))
		}
		return fmt.Sprintf("no route of %s has the SNI %s", n.end(w.At), Host(w.Name))
	case flow.ProblemNoRoute:
		return fmt.Sprintf("no route of %s matches %s%s", n.end(w.At), Host(w.Name), w.Path)
	case flow.ProblemNoPlaintext:
		return fmt.Sprintf("the route for %s%s does not accept plaintext", Host(w.Name), w.Path)
	case flow.ProblemNotAllowed:
		return fmt.Sprintf("%s is not on the allow list of %s", w.Address, n.route(w.Route))
	case flow.ProblemNoSourceRoute:
		if w.Address == "" {
			return fmt.Sprintf("no route of %s takes connections on :%d from an address that is not stated", n.end(w.At), w.Port)
		}
		return fmt.Sprintf("no route of %s takes connections on :%d from %s", n.end(w.At), w.Port, w.Address)
	default:
		panic("words: unknown problem of routing")
	}
}

// notAgreed says why a handshake fails.
func (n naming) notAgreed(w *flow.Why) string {
	switch w.Problem {
	case flow.ProblemNoVersion:
		return fmt.Sprintf("%s supports only TLS %s, and %s only TLS %s", n.end(w.Peer), w.Mine, n.end(w.At), w.Theirs)
	case flow.ProblemNoCertificate:
		if w.Name == "" {
			return fmt.Sprintf("%s was sent no SNI and has strict-sni", n.end(w.At))
		}
		return fmt.Sprintf("%s has no certificate for %q and has strict-sni", n.end(w.At), Host(w.Name))
	case flow.ProblemNoProtocol:
		return fmt.Sprintf("%s supports none of the ALPN protocols that %s offers", n.end(w.At), n.end(w.Peer))
	case flow.ProblemNoneChosen:
		return fmt.Sprintf("%s requires an ALPN protocol, and %s chooses none", n.end(w.At), n.end(w.Peer))
	case flow.ProblemNoGroup:
		return fmt.Sprintf("%s supports none of the key exchange groups that %s offers", n.end(w.At), n.end(w.Peer))
	case flow.ProblemUntrusted:
		return fmt.Sprintf("%s is signed by %s, which %s does not trust", n.certificate(w.Certificate), n.ca(w.Certificate.Issuer.V), n.end(w.At))
	case flow.ProblemOtherCA:
		return fmt.Sprintf("%s is signed by %s, and %s accepts only %s", n.certificate(w.Certificate), n.ca(w.Certificate.Issuer.V), n.end(w.At), n.ca(w.CA))
	case flow.ProblemNotValid:
		return fmt.Sprintf("%s is not valid on %s", n.certificate(w.Certificate), w.Date)
	case flow.ProblemWrongName:
		var names []string
		for _, n := range w.Certificate.Names {
			names = append(names, n.V)
		}
		return fmt.Sprintf("%s is for %s, not for %s", n.certificate(w.Certificate), strings.Join(names, ", "), Host(w.Name))
	case flow.ProblemNoClientCert:
		return fmt.Sprintf("%s requires a client certificate, and %s has none", n.end(w.At), n.end(w.Peer))
	case flow.ProblemUncertified:
		return fmt.Sprintf("%s requires a client certificate, and %s sent none", n.route(w.Route), n.end(w.Peer))
	default:
		panic("words: unknown problem")
	}
}

// OtherHTTP is the version of HTTP that an end reads if it cannot read the given one.
func OtherHTTP(version string) string {
	if version == "HTTP/2" {
		return "HTTP/1.1"
	}
	return "HTTP/2"
}
