package flow

// Op is what a step does: the message that crosses a connection, or the action
// of a node.
type Op uint8

// The operations. Those from OpHelloRequest to OpRecord stand in captures and
// in no derived lifecycle.
const (
	OpSYN Op = iota + 1
	OpSYNACK
	OpACK
	OpFIN
	OpRST
	OpConnect // to a unix socket: connect(2), which no packet shows

	OpProxyV1 // a PROXY header of version 1
	OpProxyV2

	OpClientHello
	OpHelloRetryRequest
	OpServerHello
	OpEncryptedExtensions
	OpCertificateRequest
	OpCertificate
	OpCertificateVerify
	OpServerKeyExchange
	OpServerHelloDone
	OpClientKeyExchange
	OpChangeCipherSpec
	OpEndOfEarlyData
	OpFinished
	OpNewSessionTicket
	OpAlert

	OpHelloRequest
	OpCertificateStatus
	OpKeyUpdate
	OpCompressedCertificate
	OpHandshake // a handshake message of which the type is not known
	OpRecord    // a protected record of which only the length is known

	OpPreface // of HTTP/2
	OpSettings
	OpSettingsAck
	OpRequest
	OpResponse
	OpData // a body, or bytes that are no message of a known protocol

	OpAccept
	OpReadProxy // the PROXY header
	OpInspectSNI
	OpChooseCertificate
	OpVerifyCertificate
	OpDecrypt
	OpEncrypt
	OpRelay
	OpRoute // choose a route
	OpRedirect
	OpAnswer // the route says which
	OpChooseServer
	OpReuseConnection
	OpTimeout
)

// ops are the words of the operations in the JSON contract, the layers of the
// messages, and which of them both ends can send: the ids of these say which
// end did.
var ops = [...]struct {
	word  string
	layer Layer // 0 for an action
	both  bool
}{
	OpSYN:    {"SYN", LayerTCP, false},
	OpSYNACK: {"SYN-ACK", LayerTCP, false},
	OpACK:    {"ACK", LayerTCP, false},
	OpFIN:    {"FIN", LayerTCP, true},
	OpRST:    {"RST", LayerTCP, true},

	OpConnect: {"connect", LayerTCP, false},

	OpProxyV1: {"PROXY v1", LayerPROXY, false},
	OpProxyV2: {"PROXY v2", LayerPROXY, false},

	OpClientHello:         {"ClientHello", LayerTLS, false},
	OpHelloRetryRequest:   {"HelloRetryRequest", LayerTLS, false},
	OpServerHello:         {"ServerHello", LayerTLS, false},
	OpEncryptedExtensions: {"EncryptedExtensions", LayerTLS, false},
	OpCertificateRequest:  {"CertificateRequest", LayerTLS, false},
	OpCertificate:         {"Certificate", LayerTLS, true},
	OpCertificateVerify:   {"CertificateVerify", LayerTLS, true},
	OpServerKeyExchange:   {"ServerKeyExchange", LayerTLS, false},
	OpServerHelloDone:     {"ServerHelloDone", LayerTLS, false},
	OpClientKeyExchange:   {"ClientKeyExchange", LayerTLS, false},
	OpChangeCipherSpec:    {"ChangeCipherSpec", LayerTLS, true},
	OpEndOfEarlyData:      {"EndOfEarlyData", LayerTLS, false},
	OpFinished:            {"Finished", LayerTLS, true},
	OpNewSessionTicket:    {"NewSessionTicket", LayerTLS, false},
	OpAlert:               {"Alert", LayerTLS, true},

	OpHelloRequest:          {"HelloRequest", LayerTLS, false},
	OpCertificateStatus:     {"CertificateStatus", LayerTLS, false},
	OpKeyUpdate:             {"KeyUpdate", LayerTLS, true},
	OpCompressedCertificate: {"CompressedCertificate", LayerTLS, true},
	OpHandshake:             {"Handshake", LayerTLS, true},
	OpRecord:                {"record", LayerTLS, true},

	OpPreface:     {"preface", LayerHTTP, true},
	OpSettings:    {"SETTINGS", LayerHTTP, true},
	OpSettingsAck: {"SETTINGS-ACK", LayerHTTP, true},
	OpRequest:     {"request", LayerHTTP, false},
	OpResponse:    {"response", LayerHTTP, false},
	OpData:        {"data", LayerHTTP, true},

	OpAccept:            {word: "accept"},
	OpReadProxy:         {word: "read-proxy"},
	OpInspectSNI:        {word: "inspect-sni"},
	OpChooseCertificate: {word: "choose-certificate"},
	OpVerifyCertificate: {word: "verify-certificate"},
	OpDecrypt:           {word: "decrypt"},
	OpEncrypt:           {word: "encrypt"},
	OpRelay:             {word: "relay"},
	OpRoute:             {word: "route"},
	OpRedirect:          {word: "redirect"},
	OpAnswer:            {word: "answer"},
	OpChooseServer:      {word: "choose-server"},
	OpReuseConnection:   {word: "reuse-connection"},
	OpTimeout:           {word: "timeout"},
}

// String returns the word of the JSON contract: "SYN", "ClientHello", "route".
func (o Op) String() string {
	if o == 0 || int(o) >= len(ops) {
		panic("flow: unknown operation")
	}
	return ops[o].word
}

// Layer is the protocol of a message; 0 for an action.
func (o Op) Layer() Layer { return ops[o].layer }

// Kind says whether the operation is a message or an action.
func (o Op) Kind() StepKind {
	if ops[o].layer == 0 {
		return Action
	}
	return Message
}

// ProxyVersion is the version of a PROXY header; 0 for what is none.
func (o Op) ProxyVersion() ProxyVersion {
	switch o {
	case OpProxyV1:
		return 1
	case OpProxyV2:
		return 2
	default:
		return 0
	}
}

// Kind says whether the step is a message or an action.
func (s *Step) Kind() StepKind { return s.Op.Kind() }

// Layer is the protocol of a message; 0 for an action.
func (s *Step) Layer() Layer { return s.Op.Layer() }
