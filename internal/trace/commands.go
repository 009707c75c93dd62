package trace

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// Command is a line of a shell that tries one hop.
type Command struct {
	Hop   string   // "haproxy > shop-1 :8443, T2"
	Notes []string // where the command does something else than the model says
	Line  string
}

// Placeholder is a shell variable for what the model does not state.
type Placeholder struct{ Name, Means string }

// commands writes the commands of a trace.
type commands struct {
	t     *Trace
	names map[*flow.Participant]string
	means []Placeholder
}

// Commands returns a command for each hop of the way, as its opener would run
// it, and the variables in them. Nothing is run. Every word from a model or a
// command line is quoted.
func (t *Trace) Commands() ([]Command, []Placeholder) {
	c := &commands{t: t, names: t.Lifecycle.ShortNames()}
	var out []Command
	for _, s := range t.Lifecycle.Observers() {
		if s.Connection != nil && !s.Connection.OverSocket() {
			out = append(out, c.hop(s.Connection, c.meant(s.Connection, s.Session)))
		}
	}
	return out, c.means
}

// WriteCommands writes the commands as a script.
func (t *Trace) WriteCommands(w io.Writer) error {
	list, means := t.Commands()
	var b strings.Builder
	o := t.Lifecycle.Outcome
	fmt.Fprintf(&b, "# %s from %s\n", clean(t.Request.Title()), t.Request.From.Name)
	fmt.Fprintf(&b, "# derived: %s\n", clean(words.Outcome(o)+by(o)))
	if len(means) > 0 {
		b.WriteString("#\n# to be set, as the model does not say:\n")
	}
	width := 0
	for _, p := range means {
		width = max(width, len(p.Name))
	}
	for _, p := range means {
		fmt.Fprintf(&b, "#   $%-*s  %s\n", width, p.Name, clean(p.Means))
	}
	for _, c := range list {
		fmt.Fprintf(&b, "\n# %s\n", clean(c.Hop))
		for _, n := range c.Notes {
			fmt.Fprintf(&b, "# note: %s\n", clean(n))
		}
		b.WriteString(c.Line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// hop is the command for one connection. curl speaks HTTP and PROXY headers;
// where a session is to be tried by itself, or says another name than the URL,
// it is openssl.
func (c *commands) hop(conn *flow.Connection, s *flow.Session) Command {
	call := c.t.Request.Calls[0]
	out := Command{Hop: fmt.Sprintf("%s > %s :%d", c.names[conn.From], c.names[conn.To], conn.Port)}
	if s != nil {
		out.Hop += ", " + s.ID
	}
	version := c.header(conn)
	if version == 2 {
		out.Notes = append(out.Notes, "curl sends PROXY v1, the model PROXY v2")
	}
	first := conn.From.Kind == flow.KindClient
	switch {
	case call.Scheme == "tcp" && s == nil:
		out.Line = "curl -v --max-time 10 telnet://" + c.address(conn) + fmt.Sprintf(":%d </dev/null", conn.Port)
		if version != 0 {
			out.Notes = []string{"curl sends no PROXY header here, which this hop has"}
		}
	case !call.IsHTTP():
		out.Line = c.openssl(conn, s, "")
		if version != 0 {
			out.Notes = []string{"openssl sends no PROXY header, which this hop has"}
		}
	case s != nil && s.Ends[0].Kind == flow.KindClient && !c.plainName(s):
		out.Line = c.openssl(conn, s, c.spoken())
		if version != 0 {
			out.Notes = []string{"openssl sends no PROXY header, which this hop has"}
		}
	case s != nil && !first && version == 0:
		out.Line = c.openssl(conn, s, "")
	default:
		out.Line = c.curl(conn, s, version)
	}
	return out
}

// meant is the session that a connection carries, or would carry if it were not
// refused; nil for plaintext.
func (c *commands) meant(conn *flow.Connection, s *flow.Session) *flow.Session {
	q := c.t.Request
	r := conn.Route
	switch {
	case s != nil:
	case conn.From.Kind == flow.KindClient && !q.Calls[0].InClear():
		return &flow.Session{ID: "TLS", Ends: [2]*flow.Participant{conn.From}, SNI: q.SNI.V, Offered: q.From.End.ALPN.V}
	case r == nil:
	case r.Mode.V == flow.ModeReencrypt:
		end := r.UpstreamEnd(conn.From.Proxy)
		s = &flow.Session{ID: "TLS", Ends: [2]*flow.Participant{conn.From}, SNI: r.Upstream.SNI.V, Offered: end.ALPN.V}
		if r.Upstream.SNIHost {
			s.SNI = c.t.Lifecycle.HeadOn(conn).Host
		}
	default:
		for _, in := range c.t.Lifecycle.Connections {
			if in.To == conn.From && in.Listener != nil && in.Listener.Relays(r) {
				return c.t.Lifecycle.SessionOn(in)
			}
		}
	}
	return s
}

// header is the version of the PROXY header on a connection; 0 for none.
func (c *commands) header(conn *flow.Connection) int {
	for _, s := range c.t.Lifecycle.Steps {
		if v := s.Op.ProxyVersion(); s.Connection == conn && v != 0 {
			return int(v)
		}
	}
	return 0
}

// plainName reports whether the client's SNI is what curl sends for the URL.
func (c *commands) plainName(s *flow.Session) bool {
	host := c.t.Request.Calls[0].Host
	_, err := netip.ParseAddr(host)
	return s.SNI == host || err == nil && s.SNI == ""
}

// curl tries a hop with the request itself.
func (c *commands) curl(conn *flow.Connection, s *flow.Session, header int) string {
	q := c.t.Request
	call := q.Calls[0]
	host, port, scheme := call.Host, call.Port, "http"
	words := []string{"curl", "-v", "--max-time", "10"}
	if s != nil {
		scheme = "https"
		if s.Ends[0].Kind != flow.KindClient {
			host, port = s.SNI, 443
			if host == "" {
				host = call.Host
			}
		}
		words = append(words, c.curlTLS(s, conn)...)
	} else if conn.From.Kind != flow.KindClient {
		port = 80
	}
	if s == nil && conn.To.Server != nil && conn.To.Server.Backend.Speaks.V == flow.SpeaksH2C {
		words = append(words, "--http2-prior-knowledge")
	}
	if header != 0 {
		words = append(words, "--haproxy-protocol")
	}
	words = append(words, "--connect-to", quote(fmt.Sprintf("%s:%d:", bracketed(host), port))+c.address(conn)+fmt.Sprintf(":%d", conn.Port))
	if word, ok := methodWords[call.Method]; ok {
		words = append(words, word...)
	} else {
		words = append(words, "--request", quote(call.Method))
	}
	head := c.t.Lifecycle.HeadOn(conn)
	if head.Host != host {
		words = append(words, "-H", quote("Host: "+head.Host))
	}
	for _, f := range head.Fields {
		field := f.Name + ": " + f.Value
		if f.Value == "" {
			field = f.Name + ";" // curl's word for an empty one
		}
		words = append(words, "-H", quote(field))
	}
	if q.Upgrade.V != "" { // with the key that RFC 6455, 1.3, has as its example
		words = append(words, "--http1.1", "-H", "'Connection: Upgrade'", "-H", "'Upgrade: websocket'",
			"-H", "'Sec-WebSocket-Version: 13'", "-H", "'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='")
	}
	if strings.Contains(head.Path, "/.") {
		words = append(words, "--path-as-is")
	}
	url := scheme + "://" + bracketed(host) + defaultPort(scheme, port) + head.Path
	if strings.ContainsAny(url, "[]{}") {
		words = append(words, "--globoff")
	}
	return strings.Join(append(words, quote(url)), " ")
}

// methodWords are the methods for which curl has words of its own.
var methodWords = map[string][]string{"GET": nil, "HEAD": {"--head"}}

func defaultPort(scheme string, port int) string {
	if scheme == "http" && port == 80 || scheme == "https" && port == 443 {
		return ""
	}
	return fmt.Sprintf(":%d", port)
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// curlTLS are curl's words for the session's client end.
func (c *commands) curlTLS(s *flow.Session, conn *flow.Connection) []string {
	end, versions := c.end(s, conn)
	var words []string
	if versions.Min != 0 && versions.Min != flow.TLS12 {
		words = append(words, "--tlsv"+versions.Min.String())
	}
	if versions.Max != 0 && versions.Max < flow.TLS13 {
		words = append(words, "--tls-max", versions.Max.String())
	}
	switch {
	case len(s.Offered) == 0:
		words = append(words, "--no-alpn")
	case !slices.Contains(s.Offered, "h2"):
		words = append(words, "--http1.1")
	}
	if !end.Verify.V {
		words = append(words, "--insecure")
	} else if file := c.trust(s, end); file != "" {
		words = append(words, "--cacert", file)
	}
	if cert := end.Certificate.V; cert != nil {
		words = append(words, "--cert", c.file(cert.Name, "CERT", "the certificate "+cert.Name), "--key", c.file(cert.Name, "KEY", "the key of "+cert.Name))
	}
	return words
}

// openssl tries a session by itself; spoken is what is said inside it.
func (c *commands) openssl(conn *flow.Connection, s *flow.Session, spoken string) string {
	words := []string{"openssl", "s_client", "-connect", c.address(conn) + fmt.Sprintf(":%d", conn.Port)}
	if s == nil {
		return strings.Join(append(words, "</dev/null"), " ")
	}
	if s.SNI == "" {
		words = append(words, "-noservername")
	} else {
		words = append(words, "-servername", quote(s.SNI))
	}
	end, versions := c.end(s, conn)
	if versions.Min != 0 && versions.Min != flow.TLS12 {
		words = append(words, "-min_protocol", "TLSv"+strings.TrimSuffix(versions.Min.String(), ".0"))
	}
	if versions.Max != 0 && versions.Max < flow.TLS13 {
		words = append(words, "-max_protocol", "TLSv"+strings.TrimSuffix(versions.Max.String(), ".0"))
	}
	if len(s.Offered) > 0 {
		words = append(words, "-alpn", quote(strings.Join(s.Offered, ",")))
	}
	if end.Verify.V {
		if file := c.trust(s, end); file != "" {
			words = append(words, "-CAfile", file)
		}
		if name := c.checked(s, conn); name != "" {
			words = append(words, "-verify_hostname", quote(name))
		}
		words = append(words, "-verify_return_error")
	}
	if cert := end.Certificate.V; cert != nil {
		words = append(words, "-cert", c.file(cert.Name, "CERT", "the certificate "+cert.Name), "-key", c.file(cert.Name, "KEY", "the key of "+cert.Name))
	}
	if spoken == "" {
		return strings.Join(append(words, "</dev/null"), " ")
	}
	return spoken + " | " + strings.Join(append(words, "-quiet"), " ")
}

// spoken prints the request as HTTP/1.1.
func (c *commands) spoken() string {
	q := c.t.Request
	words := []string{"printf", `'%s\r\n'`, quote(q.Calls[0].Method + " " + q.Calls[0].Path + " HTTP/1.1"), quote("Host: " + flow.HeadOf(q, q.Calls[0]).Host)}
	for _, f := range q.Fields {
		words = append(words, quote(f.Name+": "+f.Value))
	}
	return strings.Join(append(words, quote("Connection: close"), "''"), " ")
}

// end is the client end of a session, and the versions that it can do.
func (c *commands) end(s *flow.Session, conn *flow.Connection) (flow.ClientEnd, flow.Versions) {
	if s.Ends[0].Kind == flow.KindClient {
		return c.t.Request.From.End, c.t.Request.TLS.V
	}
	r := openedBy(s, conn)
	if r == nil {
		return s.Ends[0].Proxy.End, s.Ends[0].Proxy.End.TLS.V
	}
	end := r.UpstreamEnd(s.Ends[0].Proxy)
	return end, end.TLS.V
}

// openedBy is the route by which a proxy opened a session, which others may
// relay; of one that was refused, the connection's.
func openedBy(s *flow.Session, conn *flow.Connection) *flow.Route {
	if len(s.Connections) > 0 {
		return s.Connections[0].Route
	}
	return conn.Route
}

// checked is the name that the server's certificate must have.
func (c *commands) checked(s *flow.Session, conn *flow.Connection) string {
	switch {
	case s.Ends[0].Kind == flow.KindClient:
		host := c.t.Request.Calls[0].Host
		if _, err := netip.ParseAddr(host); err == nil {
			return "" // -verify_ip is another word
		}
		return host
	case openedBy(s, conn) != nil:
		r := openedBy(s, conn)
		var b *flow.Backend
		if to := s.Ends[1].Server; to != nil {
			b = to.Backend
		}
		return r.Upstream.CheckedAt(r.TargetOf(b), s.SNI)
	}
	return s.SNI
}

// trust is the file of the authorities that a client end states; "" where it
// states none and the machine's own are meant.
func (c *commands) trust(s *flow.Session, end flow.ClientEnd) string {
	switch len(end.Trust) {
	case 0:
		return ""
	case 1:
		ca := end.Trust[0].V.Name
		return c.file(ca, "FILE", "the certificate of "+ca+", in PEM")
	}
	var names []string
	for _, ca := range end.Trust {
		names = append(names, ca.V.Name)
	}
	return c.file(s.Ends[0].ID, "CA_FILE", "the certificates of "+strings.Join(names, " and ")+" in one file, in PEM")
}

// address is where a connection leads: stated, or a variable.
func (c *commands) address(conn *flow.Connection) string {
	if a := conn.Address; a != "" {
		if ip, err := netip.ParseAddr(strings.Trim(a, "[]")); err != nil || !ip.IsUnspecified() {
			return quote(bracketed(strings.Trim(a, "[]")))
		}
	}
	return c.file(conn.To.ID, "ADDRESS", "the address of "+conn.To.ID)
}

// file is a variable for something of a name's: "$HAPROXY_ADDRESS".
func (c *commands) file(name, what, means string) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name) + "_" + what
	if id[0] >= '0' && id[0] <= '9' {
		id = "_" + id
	}
	for n, base := 2, id; ; n++ {
		i := slices.IndexFunc(c.means, func(p Placeholder) bool { return p.Name == id })
		if i < 0 {
			c.means = append(c.means, Placeholder{id, means})
			break
		}
		if c.means[i].Means == means {
			break
		}
		id = fmt.Sprintf("%s_%d", base, n)
	}
	return `"$` + id + `"`
}

// plain are the characters that no shell reads as anything else.
const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-"

// quote makes one word of a shell of any text (POSIX.1-2024, 2.2: single quotes,
// and dollar-single-quotes for what would steer a terminal).
func quote(s string) string {
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	if clean(s) == s {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c >= ' ' && c < 0x7f:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	return "$'" + b.String() + "'"
}
