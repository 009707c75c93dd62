package view

import (
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// actionWords are the words before an action's detail.
var actionWords = map[flow.Op]string{
	flow.OpAccept:            "accept",
	flow.OpReadProxy:         "read the PROXY header",
	flow.OpInspectSNI:        "look at the SNI",
	flow.OpChooseCertificate: "choose certificate",
	flow.OpVerifyCertificate: "verify",
	flow.OpDecrypt:           "decrypt",
	flow.OpRoute:             "route",
	flow.OpChooseServer:      "choose",
	flow.OpEncrypt:           "encrypt",
	flow.OpRelay:             "relay",
	flow.OpRedirect:          "redirect",
	flow.OpAnswer:            "answer",
	flow.OpReuseConnection:   "reuse the connection",
	flow.OpTimeout:           "timeout", // server
}

// actionText is an action in words: "route shop", "decrypt T1".
func actionText(s *flow.Step) string {
	if s.Fault != flow.FaultNone {
		return faultWords[s.Fault] // the mark says which and why
	}
	text := actionWords[s.Op]
	switch s.Op {
	case flow.OpInspectSNI: // the ClientHello's row has said the SNI
		return text + ": " + words.Verdict(s)
	case flow.OpDecrypt, flow.OpEncrypt:
		if s.Session != nil {
			text += " " + s.Session.ID
		}
		return text
	default:
		if detail := words.Detail(s); detail != "" {
			text += " " + detail
		}
		return text
	}
}

// faultWords are the faults in a few words, where nothing more exact is known.
var faultWords = map[flow.Fault]string{
	flow.FaultNoListener:        "nothing listens on the port",
	flow.FaultProtocol:          "wrong protocol",
	flow.FaultProxyHeader:       "a PROXY header on one side only",
	flow.FaultNoSNI:             "no SNI to choose by",
	flow.FaultNoRoute:           "no route matches",
	flow.FaultNoServer:          "no usable server",
	flow.FaultRefused:           "the server refuses",
	flow.FaultSilent:            "the server never answers",
	flow.FaultVersion:           "no TLS version in common",
	flow.FaultALPN:              "no application protocol in common",
	flow.FaultGroup:             "no key exchange group in common",
	flow.FaultStrictSNI:         "no certificate for the name",
	flow.FaultUnknownCA:         "unknown CA",
	flow.FaultWrongName:         "wrong name",
	flow.FaultExpired:           "certificate not valid on the day",
	flow.FaultClientCertificate: "client certificate missing or not accepted",
	flow.FaultUncertified:       "without a client certificate",
	flow.FaultDenied:            "the client is not on the allow list",
	flow.FaultInsecure:          "plaintext is not allowed",
	flow.FaultRedirectLoop:      "a redirect to the URL that was asked for",
	flow.FaultAborted:           "the client stops",
}
