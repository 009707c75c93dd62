package haproxy

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// directive is how a configuration states a fact, and in which line.
type directive struct {
	fact  diag.Fact
	in    []string // kinds of declarations with their part
	words func(*adviser, diag.Step) string
}

// directives are the facts that a configuration can state. What is not here has no
// words, and no help.
var directives = []directive{
	{diag.FactAcceptProxy, []string{"proxy listener"}, onBind(flag("accept-proxy"))},
	{diag.FactALPN, []string{"proxy listener"}, onBind(list("alpn"))},
	{diag.FactCertificates, []string{"proxy listener"}, showing},
	{diag.FactClientAuth, []string{"proxy listener"}, onBind(clientAuth)},
	{diag.FactEarlyData, []string{"proxy listener"}, onBind(flag("allow-0rtt"))},
	{diag.FactStrictSNI, []string{"proxy listener"}, onBind(flag("strict-sni"))},
	{diag.FactVersions, []string{"proxy listener"}, onBind(versionWords)},
	{diag.FactInspectDelay, []string{"proxy listener"}, inspecting},

	{diag.FactALPN, []string{"route"}, onPortsOf(list("alpn"))},
	{diag.FactCertificate, []string{"route"}, showing},
	{diag.FactClientAuth, []string{"route"}, onPortsOf(clientAuth)},

	{diag.FactALPN, []string{"route upstream"}, onServers(list("alpn"))},
	{diag.FactCertificate, []string{"route upstream"}, showingServers},
	{diag.FactCheckedName, []string{"route upstream"}, onServers(checkedName)},
	{diag.FactMode, []string{"route"}, encrypting},
	{diag.FactSendProxy, []string{"route", "route target", "backend"}, onServers(sendProxy)},
	{diag.FactSNI, []string{"route upstream"}, onServers(sniWords)},
	{diag.FactTrust, []string{"route upstream"}, onServers(authorityFile)},
	{diag.FactVerify, []string{"route upstream"}, verifying},
	{diag.FactVersions, []string{"route upstream"}, onServers(versionWords)},
	{diag.FactServer, []string{"backend"}, serving},
	{diag.FactState, []string{"backend server"}, onServer(flag("disabled"))},
	{diag.FactWeight, []string{"backend server"}, onServer(one("weight"))},

	{diag.FactNames, []string{"certificate"}, anew("for ")},
	{diag.FactValid, []string{"certificate"}, anew("that is valid from ")},

	{diag.FactCheck, []string{"backend"}, checking},
	{diag.FactHeader, []string{"route"}, ruleOf(headerRule)},
	{diag.FactHSTS, []string{"route"}, ruleOf(hstsRule)},
	{diag.FactInsecure, []string{"route"}, ruleOf(redirectRule)},
	{diag.FactWithoutCertificate, []string{"route"}, ruleOf(certificateRule)},
	{diag.FactRedirect, []string{"route"}, redirecting},
	{diag.FactHost, []string{"route"}, asking},
	{diag.FactSNIMatch, []string{"route"}, choosingBySNI},
	{diag.FactAffinity, []string{"route"}, takingOut},
	{diag.FactAnswer, []string{"route"}, takingOut},
	{diag.FactRewrite, []string{"route"}, takingOut},
	{diag.FactTimeout, []string{"proxy", "route", "backend"}, timing},
	{diag.FactRetries, []string{"proxy"}, retrying},
}

// wordless are the facts that configurations state by rules which a suggestion cannot
// name: how a route is chosen, and where it leads.
var wordless = []diag.Fact{
	diag.FactAllow, diag.FactListener, diag.FactMatch, diag.FactPath, diag.FactServedBy, diag.FactTarget, diag.FactUnmatched, diag.FactUpstream,
}

// speller is how the values of a fact are written; "" where they cannot be.
type speller func(m *model, s diag.Step, value []string) string

func flag(word string) speller { return func(*model, diag.Step, []string) string { return word } }

func one(word string) speller {
	return func(_ *model, _ diag.Step, value []string) string {
		if len(value) != 1 {
			return ""
		}
		return word + " " + value[0]
	}
}

func list(word string) speller {
	return func(_ *model, _ diag.Step, value []string) string {
		if len(value) == 0 || len(value) == 1 && value[0] == "none" {
			return ""
		}
		return word + " " + strings.Join(value, ",")
	}
}

// fileNamed is the file of a certificate or a CA; of one that the configuration does not
// have it is not known.
func fileNamed(files map[string]string, name string) string {
	if f, ok := files[name]; ok {
		return f
	}
	return "FILE"
}

func authorityFile(m *model, _ diag.Step, value []string) string {
	if len(value) != 1 {
		return "" // a server line has one ca-file
	}
	return "ca-file " + fileNamed(m.origin.cas, value[0])
}

func clientAuth(m *model, _ diag.Step, value []string) string {
	if len(value) == 0 || value[0] != "required" && value[0] != "optional" {
		return ""
	}
	file := "FILE"
	if len(value) > 1 {
		file = fileNamed(m.origin.cas, value[1])
	}
	return "ca-file " + file + " verify " + value[0]
}

// checkedName is verifyhost. The name of a service that no text has is one that flowc
// supplies, and stands for the name in the certificate.
func checkedName(m *model, _ diag.Step, value []string) string {
	if len(value) != 1 {
		return ""
	}
	name := value[0]
	if strings.HasSuffix(name, ".svc") && !slices.ContainsFunc(m.cfg.Files, func(f *source.File) bool { return strings.Contains(f.Text, name) }) {
		name = "NAME"
	}
	return "verifyhost " + name
}

func sendProxy(_ *model, _ diag.Step, value []string) string {
	switch {
	case slices.Equal(value, []string{"v1"}):
		return "send-proxy"
	case slices.Equal(value, []string{"v2"}):
		return "send-proxy-v2"
	}
	return ""
}

func sniWords(_ *model, _ diag.Step, value []string) string {
	switch {
	case len(value) != 1 || value[0] == "none":
		return ""
	case value[0] == "host":
		return "sni req.hdr(host),host_only"
	}
	return "sni str(" + value[0] + ")"
}

// versionWords are the limits of TLS versions that change: "1.2", "1.2..1.3", "1.2+".
func versionWords(_ *model, s diag.Step, value []string) string {
	if len(value) != 1 {
		return ""
	}
	to := versionLimits(value[0])
	was := [2]string{"1.2", "1.3"} // what HAProxy does by itself
	if len(s.Was) == 1 {
		was = versionLimits(s.Was[0])
	}
	var out []string
	for i, option := range []string{"ssl-min-ver", "ssl-max-ver"} {
		if to[i] != was[i] {
			out = append(out, option+" TLSv"+to[i])
		}
	}
	return strings.Join(out, " ")
}

// versionLimits are the first and the last version of a range.
func versionLimits(text string) [2]string {
	from, to, ranged := strings.Cut(text, "..")
	from, open := strings.CutSuffix(from, "+")
	switch {
	case open:
		to = "1.3"
	case !ranged:
		to = from
	}
	return [2]string{from, to}
}

// valueOf is what a step states, or stated.
func valueOf(s diag.Step) []string {
	if s.Do == diag.Remove {
		return s.Was
	}
	return s.Value
}
