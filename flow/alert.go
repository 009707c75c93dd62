package flow

import "fmt"

// Alert is the description of a TLS alert: one more than its code (RFC 8446, 6;
// RFC 5246, 7.2), so that the zero Alert is none.
type Alert uint16

// The alerts with which the derivation ends sessions.
const (
	AlertCloseNotify           Alert = 1 + 0
	AlertBadRecordMAC          Alert = 1 + 20
	AlertHandshakeFailure      Alert = 1 + 40
	AlertCertificateExpired    Alert = 1 + 45
	AlertUnknownCA             Alert = 1 + 48
	AlertProtocolVersion       Alert = 1 + 70
	AlertInternalError         Alert = 1 + 80
	AlertUnrecognizedName      Alert = 1 + 112
	AlertCertificateRequired   Alert = 1 + 116
	AlertNoApplicationProtocol Alert = 1 + 120
)

// alertNames are the names of the alerts by their codes.
var alertNames = [...]string{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
	22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
	42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
	46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
	51: "decrypt_error", 60: "export_restriction", 70: "protocol_version", 71: "insufficient_security",
	80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation",
	109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
	113: "bad_certificate_status_response", 115: "unknown_psk_identity", 116: "certificate_required",
	120: "no_application_protocol",
}

// AlertOf returns the alert of a code.
func AlertOf(code byte) Alert { return 1 + Alert(code) }

// ParseAlert returns the alert of a name: unknown_ca.
func ParseAlert(name string) (a Alert, ok bool) {
	for code, n := range alertNames {
		if n == name && n != "" {
			return 1 + Alert(code), true
		}
	}
	return 0, false
}

// String returns the name of RFC 8446: unknown_ca; that of a code without a
// name is alert_199.
func (a Alert) String() string {
	if a == 0 {
		return ""
	}
	if code := int(a - 1); code < len(alertNames) && alertNames[code] != "" {
		return alertNames[code]
	}
	return fmt.Sprintf("alert_%03d", a-1)
}
