package words

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Why says what a fault is about: shop-internal is signed by service-ca, which
// haproxy does not trust. It is "" for nil.
func Why(w *flow.Why) string {
	if w == nil {
		return ""
	}
	switch w.Problem {
	case flow.ProblemNotListening:
		return fmt.Sprintf("%s does not listen on :%d", w.At.Label, w.Port)
	case flow.ProblemRefuses:
		return fmt.Sprintf("%s refuses connections on :%d", w.At.Label, w.Port)
	case flow.ProblemSilent:
		return w.At.Label + " never answers"
	case flow.ProblemStops:
		return w.At.Label + " stops, as the request says"
	case flow.ProblemNoHello:
		return w.At.Label + " never sends a ClientHello"
	case flow.ProblemHelloToPlaintext:
		return w.At.Label + " speaks plaintext and was sent a ClientHello"
	case flow.ProblemPlaintextToServer:
		return w.At.Label + " speaks TLS and was sent plaintext"
	case flow.ProblemNotHTTP:
		if w.At.Server != nil {
			return fmt.Sprintf("%s was sent HTTP and speaks something else", w.At.Label)
		}
		return fmt.Sprintf("%s reads HTTP and was sent something else", w.At.Label)
	case flow.ProblemOtherHTTP:
		return fmt.Sprintf("%s was sent %s and reads %s", w.At.Label, w.Name, OtherHTTP(w.Name))
	case flow.ProblemPlaintextToPort:
		return fmt.Sprintf("%s ends TLS on :%d and was sent plaintext", w.At.Label, w.Port)
	case flow.ProblemPlaintextNoHello:
		return fmt.Sprintf("%s waits for a ClientHello on :%d and was sent plaintext", w.At.Label, w.Port)
	case flow.ProblemStrayHeader:
		if w.Port == 0 {
			return w.At.Label + " was sent a PROXY header and does not expect one"
		}
		return fmt.Sprintf("%s was sent a PROXY header and does not accept one on :%d", w.At.Label, w.Port)
	case flow.ProblemMissingHeader:
		if w.Port == 0 {
			return w.At.Label + " expects a PROXY header and was sent none"
		}
		return fmt.Sprintf("%s expects a PROXY header on :%d and was sent none", w.At.Label, w.Port)
	case flow.ProblemRedirectLoop:
		return fmt.Sprintf("%s redirects back to %s, which was asked for", w.At.Label, url(w.Scheme, w.Name, w.Port, w.Path))
	case flow.ProblemRedirectsOn:
		return fmt.Sprintf("%s redirects each request to another URL, the last one to %s", w.At.Label, url(w.Scheme, w.Name, w.Port, w.Path))
	case flow.ProblemNoServer, flow.ProblemNoServerUp, flow.ProblemNoSNI, flow.ProblemNoSNIRoute, flow.ProblemNoRoute,
		flow.ProblemNoPlaintext, flow.ProblemNotAllowed, flow.ProblemNoSourceRoute:
		return notRouted(w)
	default:
		return notAgreed(w)
	}
}

// notRouted says why a proxy sends a request nowhere.
func notRouted(w *flow.Why) string {
	switch w.Problem {
	case flow.ProblemNoServer:
		return "no usable server for route " + w.Route.Name
	case flow.ProblemNoServerUp:
		return fmt.Sprintf("backend %s has no server that can be up", w.Backend.Title())
	case flow.ProblemNoSNI:
		return fmt.Sprintf("%s chooses the route by SNI on :%d, and no SNI was sent", w.At.Label, w.Port)
	case flow.ProblemNoSNIRoute:
		if w.Name == "" {
			return fmt.Sprintf("%s was sent no SNI, and no route matches without SNI", w.At.Label)
		}
		return fmt.Sprintf("no route of %s has the SNI %s", w.At.Label, Host(w.Name))
	case flow.ProblemNoRoute:
		return fmt.Sprintf("no route of %s matches %s%s", w.At.Label, Host(w.Name), w.Path)
	case flow.ProblemNoPlaintext:
		return fmt.Sprintf("the route for %s%s does not accept plaintext", Host(w.Name), w.Path)
	case flow.ProblemNotAllowed:
		return fmt.Sprintf("%s is not on the allow list of route %s", w.Address, w.Route.Name)
	case flow.ProblemNoSourceRoute:
		if w.Address == "" {
			return fmt.Sprintf("no route of %s takes connections on :%d from an address that is not stated", w.At.Label, w.Port)
		}
		return fmt.Sprintf("no route of %s takes connections on :%d from %s", w.At.Label, w.Port, w.Address)
	default:
		panic("words: unknown problem of routing")
	}
}

// notAgreed says why a handshake fails.
func notAgreed(w *flow.Why) string {
	switch w.Problem {
	case flow.ProblemNoVersion:
		return fmt.Sprintf("%s supports only TLS %s, and %s only TLS %s", w.Peer.Label, w.Mine, w.At.Label, w.Theirs)
	case flow.ProblemNoCertificate:
		if w.Name == "" {
			return fmt.Sprintf("%s was sent no SNI and has strict-sni", w.At.Label)
		}
		return fmt.Sprintf("%s has no certificate for %q and has strict-sni", w.At.Label, Host(w.Name))
	case flow.ProblemNoProtocol:
		return fmt.Sprintf("%s supports none of the ALPN protocols that %s offers", w.At.Label, w.Peer.Label)
	case flow.ProblemNoneChosen:
		return fmt.Sprintf("%s requires an ALPN protocol, and %s chooses none", w.At.Label, w.Peer.Label)
	case flow.ProblemNoGroup:
		return fmt.Sprintf("%s supports none of the key exchange groups that %s offers", w.At.Label, w.Peer.Label)
	case flow.ProblemUntrusted:
		return fmt.Sprintf("%s is signed by %s, which %s does not trust", w.Certificate.Title(), w.Certificate.Issuer.V.Title(), w.At.Label)
	case flow.ProblemOtherCA:
		return fmt.Sprintf("%s is signed by %s, and %s accepts only %s", w.Certificate.Title(), w.Certificate.Issuer.V.Title(), w.At.Label, w.CA.Title())
	case flow.ProblemNotValid:
		return fmt.Sprintf("%s is not valid on %s", w.Certificate.Title(), w.Date)
	case flow.ProblemWrongName:
		var names []string
		for _, n := range w.Certificate.Names {
			names = append(names, n.V)
		}
		return fmt.Sprintf("%s is for %s, not for %s", w.Certificate.Title(), strings.Join(names, ", "), Host(w.Name))
	case flow.ProblemNoClientCert:
		return fmt.Sprintf("%s requires a client certificate, and %s has none", w.At.Label, w.Peer.Label)
	case flow.ProblemUncertified:
		return fmt.Sprintf("route %s requires a client certificate, and %s sent none", w.Route.Name, w.Peer.Label)
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
