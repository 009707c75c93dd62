package haproxy

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// optionSet are the options of bind lines or of server lines, by how many words stand
// behind each (HAProxy configuration manual, 5.1 and 5.2, of 2.0 to 3.2).
type optionSet map[string]int

func optionsOf(none, one string) optionSet {
	out := optionSet{}
	for _, w := range strings.Fields(none) {
		out[w] = 0
	}
	for _, w := range strings.Fields(one) {
		out[w] = 1
	}
	return out
}

var bindOptions = optionsOf(
	`accept-proxy allow-0rtt defer-accept force-sslv3 force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 generate-certificates
	 no-alpn no-ca-names no-sslv3 no-strict-sni no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13 prefer-client-ciphers ssl strict-sni tfo
	 tls-tickets transparent v4v6 v6only quic-force-retry`,
	`accept-netscaler-cip alpn backlog ca-file ca-ignore-err ca-sign-file ca-sign-pass ca-verify-file cc ciphers ciphersuites client-sigalgs
	 crl-file crt crt-ignore-err crt-list curves default-crt ecdhe expose-fd gid group guid-prefix id idle-ping interface label level ktls maxconn mode mss name namespace
	 nbconn nice npn ocsp-update process proto quic-cc-algo quic-socket severity-output shards sigalgs ssl-max-ver ssl-min-ver tcp-md5sig tcp-ss tcp-ut thread tls-ticket-keys uid user verify`)

var serverOptions = optionsOf(
	`agent-check allow-0rtt backup check check-reuse-pool check-send-proxy check-ssl check-via-socks4 disabled enabled force-sslv3 force-tlsv10 force-tlsv11
	 force-tlsv12 force-tlsv13 no-agent-check no-backup no-check no-check-reuse-pool no-check-send-proxy no-check-ssl no-renegotiate no-send-proxy no-send-proxy-v2
	 no-send-proxy-v2-ssl no-send-proxy-v2-ssl-cn no-sni-auto no-ssl no-ssl-reuse no-sslv3 no-tfo no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13
	 no-verifyhost non-stick renegotiate send-proxy send-proxy-v2 send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl ssl-reuse stick strict-maxconn tfo tls-tickets`,
	`addr agent-addr agent-inter agent-port agent-send alpn ca-file cc check-alpn check-pool-conn-name check-proto check-sni ciphers ciphersuites client-sigalgs cookie crl-file crt curves downinter
	 error-limit fall fastinter guid hash-key id idle-ping init-addr init-state inter ktls log-bufsize log-proto max-reuse maxconn maxqueue minconn namespace npn observe
	 on-error on-marked-down on-marked-up pool-conn-name pool-low-conn pool-max-conn pool-purge-delay port proto proxy-v2-options redir resolve-net
	 resolve-opts resolve-prefer resolvers rise set-proxy-v2-tlv-fmt shard sigalgs slowstart sni sni-auto socks4 source ssl-max-ver ssl-min-ver tcp-md5sig tcp-ut track usesrc verify
	 verifyhost weight ws`)

// option is one option with its word, where it has one.
type option struct {
	name haproxycfg.Word
	arg  haproxycfg.Word
}

// options reads the options of a line.
func (m *model) options(known optionSet, words []haproxycfg.Word, what string) []option {
	var out []option
	for i := 0; i < len(words); i++ {
		w := words[i]
		n, ok := known[w.Text]
		if name, _, args := strings.Cut(w.Text, "("); args { // set-proxy-v2-tlv-fmt(0x20)
			n, ok = known[name]
		}
		if !ok {
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			m.report(haproxycfg.FaultKeyword, w.At, suggestion(w.Text, names, "see chapter 5 of HAProxy's configuration manual"), "HAProxy has no %s option %q", what, w.Text)
			continue
		}
		o := option{name: w}
		if n == 1 {
			if i+1 == len(words) {
				m.report(haproxycfg.FaultValue, w.At, "write: "+w.Text+" VALUE", "%s needs a value", w.Text)
				continue
			}
			i++
			o.arg = words[i]
		}
		if o.arg.Text != "" {
			for _, wrong := range haproxycfg.WrongValues(what+"/"+o.name.Text, []haproxycfg.Word{o.arg}) {
				m.findings = append(m.findings, diag.Diagnostic{
					Code: diag.Code(haproxycfg.FaultValue), Severity: wrong.Severity, At: wrong.At.At, Message: wrong.Message, Help: wrong.Help,
				})
			}
		}
		out = append(out, o)
	}
	return out
}
