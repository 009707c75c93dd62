package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// meaning compares what a message says with what is derived, as far as it can
// be read.
func (c *comparison) meaning(j *joined, s *flow.Step, e *event) {
	for _, m := range meanings {
		if m.op != s.Op || m.op == flow.OpClientHello && e.again() {
			continue
		}
		if wrong := m.compare(c, j, s, e); wrong != "" {
			c.depart(Departure{Kind: factDifferent, Step: s, Event: e, conn: s.Connection, side: e.From, order: e.Order, Text: wrong})
		}
	}
}

// meanings are what a message can say otherwise than derived. Each
// returns what is wrong, or "".
var meanings = []struct {
	op      flow.Op
	compare func(c *comparison, j *joined, s *flow.Step, e *event) string
}{
	{flow.OpProxyV1, (*comparison).wrongSource},
	{flow.OpProxyV2, (*comparison).wrongSource},
	{flow.OpClientHello, (*comparison).wrongSNI},
	{flow.OpClientHello, (*comparison).wrongOffer},
	{flow.OpServerHello, (*comparison).wrongVersion},
	{flow.OpServerHello, (*comparison).wrongResumption},
	{flow.OpServerHello, (*comparison).wrongALPN},
	{flow.OpEncryptedExtensions, (*comparison).wrongALPN},
	{flow.OpRequest, (*comparison).wrongRequest},
	{flow.OpResponse, (*comparison).wrongStatus},
	{flow.OpData, (*comparison).wrongSize},
}

// wrongSource: a PROXY header names the client, as the one before it does or
// its own connection shows, unless it is for a check.
func (c *comparison) wrongSource(j *joined, s *flow.Step, _ *event) string {
	if j.Header == nil || j.From == nil || s.Connection.Check {
		return ""
	}
	client := j.From.Ends[opener]
	if h := j.From.Header; h != nil && h.Src.IsValid() {
		client = h.Src
	}
	switch {
	case !j.Header.Src.IsValid():
		return fmt.Sprintf("the PROXY header names no client, expected %s", client)
	case j.Header.Src.Addr().Is4() != client.Addr().Is4():
		return "" // the address was translated on the way
	case j.Header.Src != client:
		return fmt.Sprintf("the PROXY header names %s, expected the client, %s", j.Header.Src, client)
	}
	return ""
}

func (c *comparison) wrongSNI(j *joined, s *flow.Step, _ *event) string {
	if s.Session == nil || j.TLS == nil || j.TLS.SNI == strings.ToLower(s.Session.SNI) {
		return ""
	}
	return fmt.Sprintf("the ClientHello has %s, expected %s", sni(j.TLS.SNI), sni(s.Session.SNI))
}

func sni(name string) string {
	if name == "" {
		return "no SNI"
	}
	return "SNI " + name
}

// wrongOffer is about the ALPN of a client that states one, and of a proxy: a
// client that states none offers what it likes.
func (c *comparison) wrongOffer(j *joined, s *flow.Step, _ *event) string {
	if s.Session == nil || j.TLS == nil || sameALPN(j.TLS.Offered, s.Session.Offered) {
		return ""
	}
	if client := s.Session.Ends[0].Client; client != nil && !client.End.ALPN.IsSet() {
		return ""
	}
	return fmt.Sprintf("the ClientHello offers %s, expected %s", alpn(j.TLS.Offered...), alpn(s.Session.Offered...))
}

func (c *comparison) wrongVersion(j *joined, s *flow.Step, _ *event) string {
	if s.Session == nil || j.TLS == nil || j.TLS.Version == 0 || s.Session.Version == 0 || j.TLS.Version == s.Session.Version {
		return ""
	}
	return fmt.Sprintf("the ServerHello chooses TLS %s, expected TLS %s", j.TLS.Version, s.Session.Version)
}

// wrongResumption is about a session that is full where the model states that it
// is resumed, or that is resumed where that cannot be derived.
func (c *comparison) wrongResumption(j *joined, s *flow.Step, _ *event) string {
	switch {
	case s.Session == nil || j.TLS == nil || s.Session.Resumed == j.TLS.Resumed:
		return ""
	case j.TLS.Resumed:
		return "the ServerHello resumes a session, expected a full handshake"
	}
	return "the ServerHello resumes no session, expected a resumed one"
}

// wrongALPN is about what the server end chose: in TLS 1.2 the ServerHello says
// it, in TLS 1.3 EncryptedExtensions (RFC 7301, 3.1; RFC 8446, 4.3.1).
func (c *comparison) wrongALPN(j *joined, s *flow.Step, _ *event) string {
	if s.Session == nil || j.TLS == nil || s.Op == flow.OpServerHello && j.TLS.Version >= flow.TLS13 ||
		sameALPN([]string{j.TLS.ALPN}, []string{s.Session.ALPN}) {
		return ""
	}
	return fmt.Sprintf("the %s chooses %s, expected %s", s.Op, alpn(j.TLS.ALPN), alpn(s.Session.ALPN))
}

// sameALPN: http/1.1 alone is what is spoken without ALPN, too, so that it makes
// no difference which of both an end says.
func sameALPN(a, b []string) bool {
	plain := func(l []string) bool { return len(l) == 0 || len(l) == 1 && (l[0] == "http/1.1" || l[0] == "") }
	return slices.Equal(a, b) || plain(a) && plain(b)
}

func alpn(protocols ...string) string {
	if out := strings.Join(protocols, ", "); out != "" {
		return "ALPN " + out
	}
	return "no ALPN"
}

// again reports whether a message is a client's second ClientHello.
func (e *event) again() bool {
	hello, _ := e.Facts.(flow.ClientHello)
	return hello.Again
}

// wrongRequest is about the method and the path.
func (c *comparison) wrongRequest(_ *joined, s *flow.Step, e *event) string {
	got, read := e.Facts.(flow.RequestLine)
	want, derived := s.Facts.(flow.RequestLine)
	if !read || !derived || !strings.HasPrefix(got.Protocol, "HTTP/") {
		return ""
	}
	got.Path = pathOf(got.Path)
	if got.Method == want.Method && got.Path == want.Path {
		return ""
	}
	return fmt.Sprintf("the request is %s %s, expected %s %s", got.Method, got.Path, want.Method, want.Path)
}

// pathOf is the path of a request's target; of a URL, as a client may send it to
// a proxy, it is the path in it (RFC 9112, 3.2.2).
func pathOf(target string) string {
	if _, rest, isURL := strings.Cut(target, "://"); isURL && !strings.HasPrefix(target, "/") {
		_, rest, _ = strings.Cut(rest, "/")
		return "/" + rest
	}
	return target
}

// wrongStatus lets pass what the derivation leaves to a race.
func (c *comparison) wrongStatus(_ *joined, s *flow.Step, e *event) string {
	got, _ := e.Facts.(flow.StatusLine)
	want, _ := s.Facts.(flow.StatusLine)
	if got.Status == 0 || want.Status == 0 || got.Status == want.Status || c.lc.Outcome.Ends(flow.Answered{Status: got.Status}) {
		return ""
	}
	return fmt.Sprintf("the response is %d, expected %d", got.Status, want.Status)
}

// wrongSize is about a body that is all there: an answer came, and nothing is
// missing.
func (c *comparison) wrongSize(j *joined, s *flow.Step, e *event) string {
	want, derived := s.Facts.(flow.Body)
	if !derived || j.Lost[e.From] > 0 || j.Cut {
		return ""
	}
	got, answered := int64(0), false
	for _, o := range j.Events {
		answered = answered || o.From == acceptor && o.Op == flow.OpResponse
		if o.From == e.From && o.Op == flow.OpData && o.Order >= e.Order && !answered {
			got += int64(o.Bytes)
		}
	}
	if !answered || got == want.Bytes {
		return ""
	}
	return fmt.Sprintf("the body has %d bytes, expected %d", got, want.Bytes)
}

// relayed compares which connections carry one session: a relay passes on the
// client's own ClientHello, whoever ends TLS sends another one.
func (c *comparison) relayed() {
	for _, j := range c.conns {
		if j.From == nil || c.derived[j] == nil || c.derived[j.From] == nil || !j.hello() || !j.From.hello() {
			continue
		}
		s, o := sessionOn(c.lc, c.derived[j]), sessionOn(c.lc, c.derived[j.From])
		same := j.TLS.Random == j.From.TLS.Random
		if s == nil || o == nil || (s == o) == same {
			continue
		}
		for _, e := range j.Events {
			if e.Op != flow.OpClientHello {
				continue
			}
			text := "the ClientHello is the client's own, relayed; one of the proxy's is expected"
			if !same {
				text = "the ClientHello is one of the proxy's; the client's own, relayed, is expected"
			}
			c.depart(Departure{Kind: factDifferent, Step: c.events[e], Event: e, conn: c.derived[j], side: opener, order: e.Order, Text: text})
			break
		}
	}
}

// hello reports whether the connection's ClientHello was read.
func (c *conn) hello() bool { return c.TLS != nil && c.TLS.Random != "" }

// sessionOn is the first TLS session that a connection carries.
func sessionOn(lc *flow.Lifecycle, conn *flow.Connection) *flow.Session {
	for _, s := range lc.Steps {
		if s.Connection == conn && s.Layer() == flow.LayerTLS && s.Session != nil {
			return s.Session
		}
	}
	return nil
}

// words name a message of the capture.
func (e *event) words() string {
	if e.Secrecy == secrecyHidden {
		return "a protected record"
	}
	if e.Op == flow.OpAlert && e.alert() == 0 {
		return "a protected alert"
	}
	return messageWords(e.Op, e.Facts, e.Inside)
}

// stepWords name a derived message.
func stepWords(s *flow.Step) string { return messageWords(s.Op, s.Facts, s.Protected) }

func messageWords(op flow.Op, facts flow.Facts, protected bool) string {
	switch {
	case op == flow.OpAlert:
		return "alert " + words.Facts(op, facts)
	case op.Layer() != flow.LayerHTTP || facts == nil:
		return op.String()
	case !protected:
		return "plaintext " + words.Facts(op, facts)
	}
	return words.Facts(op, facts)
}
