package view

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// actionWords are the words before an action's detail. Those that are not here
// are said by their name.
var actionWords = map[string]string{
	"accept":             "accept",
	"read-proxy":         "read the PROXY header",
	"inspect-sni":        "look at the SNI",
	"choose-certificate": "choose certificate",
	"verify-certificate": "verify",
	"decrypt":            "decrypt",
	"route":              "route",
	"choose-server":      "choose",
	"encrypt":            "encrypt",
	"relay":              "relay",
	"redirect":           "redirect",
	"reuse-connection":   "reuse the connection",
	"retry":              "retry",
	"timeout":            "timeout", // server
}

// actionText is an action in words: "route shop", "decrypt T1".
func actionText(s *flow.Step) string {
	if s.Fault != flow.FaultNone {
		return faultWords[s.Fault] // the mark says which and why
	}
	text, ok := actionWords[s.Name]
	if !ok {
		text = s.Name
	}
	switch s.Name {
	case "inspect-sni": // the ClientHello's row has said the SNI
		verdict := s.Detail[strings.LastIndex(s.Detail, ": ")+1:]
		return text + ": " + strings.TrimSpace(verdict)
	case "decrypt", "encrypt":
		if s.Session != nil {
			text += " " + s.Session.ID
		}
		return text
	}
	if s.Detail != "" {
		text += " " + s.Detail
	}
	return text
}

// faultWords are the faults in a few words, where nothing more exact is known.
var faultWords = map[flow.Fault]string{
	flow.FaultNoListener:        "nothing listens on the port",
	flow.FaultProtocol:          "TLS meets plaintext",
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
	flow.FaultDenied:            "the client is not on the allow list",
	flow.FaultInsecure:          "plaintext is not allowed",
	flow.FaultAborted:           "the client stops",
}
