package words

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Detail says what a step says beyond its operation; "" where that says all:
// GET /cart HTTP/1.1, unknown_ca, shop.
func Detail(s *flow.Step) string {
	var text string
	switch s.Op {
	case flow.OpDecrypt, flow.OpEncrypt:
		text = s.Session.ID
	case flow.OpRelay:
		text = "bytes, unread"
		if s.Session != nil {
			text = s.Session.ID + ", cannot read"
		}
	default:
		text = Facts(s.Op, s.Facts)
	}
	return text + admits(s)
}

func admits(s *flow.Step) string {
	if s.Kind() == flow.Action && s.Admits != nil && s.Admits.Address == "" {
		return ", allows an address that is not stated"
	}
	return ""
}

// Facts says what a step of an operation says; "" for nil.
func Facts(op flow.Op, facts flow.Facts) string {
	switch f := facts.(type) {
	case nil:
		return ""
	case flow.ProxyHeader:
		return proxyHeader(op, f)
	case flow.ClientHello:
		return clientHello(f)
	case flow.KeyGroup:
		return f.Name
	case flow.CertificateShown:
		if f.Certificate == nil {
			return "empty"
		}
		return f.Certificate.Title()
	case flow.AlertSent:
		return f.Alert.String()
	case flow.RequestLine:
		return earlyData(strings.TrimRight(f.Method+" "+f.Path+" "+f.Protocol, " "), f.Early)
	case flow.StatusLine:
		return statusLine(f)
	case flow.UnknownProtocol:
		return earlyData("application data", f.Early)
	case flow.Body:
		if f.Bytes == 1 {
			return "1 byte"
		}
		return fmt.Sprintf("%d bytes", f.Bytes)
	case flow.Tunnelled:
		return f.Protocol
	case flow.Unread:
		return "protected"
	default:
		return action(facts)
	}
}

// action says the facts of an action.
func action(facts flow.Facts) string {
	switch f := facts.(type) {
	case flow.PortTaken:
		return fmt.Sprintf(":%d", f.Port)
	case flow.SNIDecision:
		return orNoSNI(f.SNI) + ": " + verdict(f)
	case flow.CertificateChoice:
		switch {
		case f.Certificate != nil:
			return f.Certificate.Title()
		case f.SNI != "":
			return "one for " + Host(f.SNI)
		}
		return "the default one"
	case flow.Judgement:
		return judgement(f)
	case flow.RouteChoice:
		if f.Route == nil {
			return Why(f.Why)
		}
		return f.Route.Name
	case flow.Redirection:
		return fmt.Sprintf("%d to %s", f.Status, location(f))
	case flow.AnswerGiven:
		return Answer(f.Answer)
	case flow.ServerChoice:
		return serverChoice(f)
	case flow.Reuse:
		return f.Connection.ID
	case flow.Expiry:
		return f.Timeout
	}
	panic("words: unknown facts")
}

// location is where a redirect leads; the port of the scheme is left out.
func location(to flow.Redirection) string {
	if to.Host == "" {
		return to.Path
	}
	return url(to.Scheme, to.Host, to.Port, to.Path)
}

// url is a URL; port 0 and that of the scheme are left out.
func url(scheme, host string, port int, path string) string {
	host = Host(host)
	if port != 0 && !(scheme == "https" && port == 443) && !(scheme == "http" && port == 80) {
		host = fmt.Sprintf("%s:%d", host, port)
	}
	return scheme + "://" + host + path
}

// Answer is what a proxy answers itself: "403", "close".
func Answer(a flow.Answer) string {
	if a.Status == 0 {
		return "close"
	}
	return strconv.Itoa(a.Status)
}

// Redirect is what a route says of its redirect: "301 to https://shop.example.test/",
// "302 to https".
func Redirect(to flow.RedirectTo) string {
	switch to.Kind {
	case flow.RedirectScheme:
		return fmt.Sprintf("%d to %s", to.Status, to.To)
	case flow.RedirectPrefix:
		return fmt.Sprintf("%d to %s and the same path", to.Status, to.To)
	case flow.RedirectLocation:
		return fmt.Sprintf("%d to %s", to.Status, to.To)
	}
	panic("words: unknown kind of redirect")
}

func proxyHeader(op flow.Op, f flow.ProxyHeader) string {
	switch {
	case f.Local && op == flow.OpProxyV1:
		return "UNKNOWN"
	case f.Local:
		return "LOCAL"
	case f.To != "":
		return f.Client + " to " + f.To
	}
	return "client " + f.Client
}

func clientHello(f flow.ClientHello) string {
	if f.Again {
		return "after HelloRetryRequest"
	}
	text := "no SNI"
	if f.SNI != "" {
		text = "SNI " + Host(f.SNI)
	}
	if len(f.ALPN) > 0 {
		text += "; ALPN " + strings.Join(f.ALPN, ", ")
	}
	if f.Ticket {
		text += "; ticket"
	}
	return text
}

func statusLine(f flow.StatusLine) string {
	text := f.Protocol
	if f.Status != 0 {
		text = fmt.Sprintf("%s %d", text, f.Status)
	}
	if f.Reason != "" {
		text += " " + f.Reason
	}
	return text
}

func earlyData(text string, early bool) string {
	if early {
		text += ", early data"
	}
	return text
}

func orNoSNI(name string) string {
	if name == "" {
		return "no SNI"
	}
	return Host(name)
}

// Host is a host, an SNI or a checked name, in words; AnyHost is "any host".
func Host(name string) string {
	if name == flow.AnyHost {
		return "any host"
	}
	return name
}

// Hosts says several.
func Hosts(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = Host(n)
	}
	return out
}

// Verdict is the Detail of a look at the SNI without the SNI.
func Verdict(s *flow.Step) string {
	text := ""
	if f, ok := s.Facts.(flow.SNIDecision); ok {
		text = verdict(f)
	}
	return text + admits(s)
}

func verdict(f flow.SNIDecision) string {
	switch {
	case f.Route != nil:
		return "route " + f.Route.Name
	case f.Ends:
		return "TLS ends here"
	}
	return "no route"
}

func judgement(f flow.Judgement) string {
	if f.Why != nil {
		return Why(f.Why)
	}
	checks := strings.Join(Hosts(f.Checks), ", ")
	switch {
	case f.Certificate == nil:
		return checks
	case checks == "":
		return f.Certificate.Title()
	}
	return f.Certificate.Title() + ": " + checks
}

func serverChoice(f flow.ServerChoice) string {
	switch {
	case f.Why != nil:
		return Why(f.Why)
	case f.Server != nil && f.Server.Backup.V && f.Cookie == "":
		text := chosen(f.Server, f.Proxy)
		if f.Of > 0 {
			text += fmt.Sprintf(" of %d", f.Of)
		}
		return text + ", backup: no other server is usable"
	case f.Cookie != "":
		return chosen(f.Server, f.Proxy) + ", by cookie " + f.Cookie
	case f.Of > 0:
		return fmt.Sprintf("%s of %d", chosen(f.Server, f.Proxy), f.Of)
	}
	return chosen(f.Server, f.Proxy)
}
