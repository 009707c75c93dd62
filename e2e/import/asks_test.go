//go:build linux

package import_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a client waits for an answer.
const patience = 4 * time.Second

// ask is a line of asks.txt: what is sent, and what is expected.
type ask struct {
	line    int
	text    string
	method  string
	url     *url.URL
	at      string
	from    string
	opts    map[string]string
	headers []string
	outcome string
	want    [][2]string
}

// saw is what a client saw.
type saw struct {
	outcome string // a status, "answered", "close", "refused", "timeout", "alert=NAME"
	facts   map[string]string
	header  http.Header
	body    string
	err     error
}

func (s saw) String() string {
	var b strings.Builder
	b.WriteString(s.outcome)
	for _, name := range facts {
		if v := s.facts[name]; v != "" {
			fmt.Fprintf(&b, " %s=%s", name, v)
		}
	}
	if s.err != nil {
		fmt.Fprintf(&b, " (%v)", s.err)
	}
	return b.String()
}

// facts are what an outcome may say, in this order. header.NAME is a field of the
// response, saw.NAME one of the request as the server got it; body is a part of it.
var facts = []string{"server", "location", "ends", "alpn", "path", "host", "peer", "sni", "client", "proto"}

// sent are the words of the left side.
var sent = []string{"at", "from", "sni", "host", "alpn", "cert", "tls", "proxy", "times", "send", "body", "beyond"}

func readAsks(t *testing.T, file string) []*ask {
	t.Helper()
	var out []*ask
	at, from := "", "198.51.100.7"
	for _, l := range readLines(t, file) {
		switch l.words[0] {
		case "at":
			at = l.words[1]
			continue
		case "from":
			from = l.words[1]
			continue
		}
		i := slices.Index(l.words, "=>")
		if i < 2 || i+1 >= len(l.words) {
			t.Fatalf("%s:%d: METHOD URL WORDS => OUTCOME WORDS is expected", file, l.n)
		}
		u, err := url.Parse(l.words[1])
		if err != nil {
			t.Fatalf("%s:%d: %v", file, l.n, err)
		}
		a := &ask{line: l.n, text: l.text, method: l.words[0], url: u, at: at, from: from, outcome: l.words[i+1], opts: map[string]string{}}
		for _, w := range l.words[2:i] {
			name, value, _ := strings.Cut(w, "=")
			switch {
			case name == "header":
				a.headers = append(a.headers, value)
			case slices.Contains(sent, name):
				a.opts[name] = value
			default:
				t.Fatalf("%s:%d: %q is not known", file, l.n, w)
			}
		}
		for _, w := range l.words[i+2:] {
			name, value, _ := strings.Cut(w, "=")
			if !slices.Contains(facts, name) && !strings.HasPrefix(name, "header.") && !strings.HasPrefix(name, "saw.") && name != "body" {
				t.Fatalf("%s:%d: %q is not known", file, l.n, w)
			}
			a.want = append(a.want, [2]string{name, value})
		}
		a.at = first(a.opts["at"], a.at)
		a.from = first(a.opts["from"], a.from)
		out = append(out, a)
	}
	return out
}

func first(words ...string) string {
	i := slices.IndexFunc(words, func(w string) bool { return w != "" })
	return words[max(i, 0)]
}

// differs says what is other than expected. A server that answers is always named:
// where none is, HAProxy has to answer itself.
func (a *ask) differs(got saw) string {
	if !slices.Contains(strings.Split(a.outcome, "|"), got.outcome) {
		return "the outcome differs"
	}
	named := false
	for _, w := range a.want {
		name, want := w[0], w[1]
		named = named || name == "server"
		v := got.facts[name]
		if field, ok := strings.CutPrefix(name, "header."); ok {
			v = got.header.Get(field)
		} else if field, ok := strings.CutPrefix(name, "saw."); ok {
			v = got.header.Get("X-Saw-" + field)
		}
		if name == "body" && strings.Contains(got.body, want) {
			continue
		}
		if !slices.Contains(strings.Split(want, "|"), v) || name == "body" {
			return fmt.Sprintf("%s is %q", name, first(v, got.body))
		}
	}
	if s := got.facts["server"]; !named && s != "" {
		return "the server " + s + " answers, and none is expected"
	}
	return ""
}

// run sends the request as often as it says, and returns what was seen last.
func (a *ask) run(t *testing.T, k *pki) saw {
	t.Helper()
	n, err := strconv.Atoi(first(a.opts["times"], "1"))
	if err != nil {
		t.Fatal(err)
	}
	var got saw
	for range n {
		if a.url.Scheme == "tcp" || a.url.Scheme == "tls" {
			got = a.talk(k)
		} else {
			got = a.http(t, k)
		}
	}
	return got
}

// ports are those of the schemes.
var ports = map[string]string{"http": "80", "https": "443"}

// dial connects to the proxy, whatever the name of the host, and sends the PROXY
// header of a balancer in front.
func (a *ask) dial() (net.Conn, error) {
	local := a.from
	if a.opts["proxy"] != "" {
		local = "192.0.2.250" // the balancer
	}
	port := first(a.url.Port(), ports[a.url.Scheme])
	at := net.JoinHostPort(first(a.at, a.url.Hostname()), port)
	d := net.Dialer{Timeout: patience}
	if ip := net.ParseIP(local); (ip.To4() != nil) == !strings.HasPrefix(at, "[") {
		d.LocalAddr = &net.TCPAddr{IP: ip}
	}
	c, err := d.Dial("tcp", at)
	if err != nil {
		return nil, err
	}
	src, dst := net.ParseIP(a.from).To4(), c.RemoteAddr().(*net.TCPAddr)
	var head []byte
	switch a.opts["proxy"] {
	case "v1":
		head = fmt.Appendf(nil, "PROXY TCP4 %s %s 40000 %d\r\n", src, dst.IP, dst.Port)
	case "v2":
		head = append([]byte(signature), 0x21, 0x11, 0, 12)
		head = append(append(head, src...), dst.IP.To4()...)
		head = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(head, 40000), uint16(dst.Port))
	}
	_, err = c.Write(head)
	return c, err
}

// versions are those of TLS.
var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// dialTLS opens a session; it verifies nothing, and the name of the certificate is a fact.
func (a *ask) dialTLS(k *pki, got *saw) (net.Conn, error) {
	raw, err := a.dial()
	if err != nil {
		return nil, err
	}
	c := &tls.Config{ServerName: first(a.opts["sni"], a.url.Hostname()), InsecureSkipVerify: true, KeyLogWriter: k.keys}
	if c.ServerName == "none" {
		c.ServerName = ""
	}
	if alpn := a.opts["alpn"]; alpn != "" {
		c.NextProtos = strings.Split(alpn, ",")
	}
	if v := a.opts["tls"]; v != "" {
		c.MinVersion, c.MaxVersion = versions[v], versions[v]
	}
	if name := a.opts["cert"]; name != "" {
		// sent whatever CAs are asked for
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			own := k.tls(name)
			return &own, nil
		}
	}
	raw.SetDeadline(time.Now().Add(patience))
	s := tls.Client(raw, c)
	if err := s.Handshake(); err != nil {
		raw.Close()
		return nil, err
	}
	state := s.ConnectionState()
	got.facts["ends"] = state.PeerCertificates[0].Subject.CommonName
	got.facts["alpn"] = state.NegotiatedProtocol
	return s, nil
}

func (a *ask) http(t *testing.T, k *pki) saw {
	t.Helper()
	got := saw{facts: map[string]string{}}
	tr := &http.Transport{
		DialContext:    func(context.Context, string, string) (net.Conn, error) { return a.dial() },
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return a.dialTLS(k, &got) },
		Protocols:      new(http.Protocols),
	}
	h2c := a.url.Scheme == "http" && a.opts["alpn"] == "h2"
	tr.Protocols.SetHTTP1(!h2c)
	tr.Protocols.SetHTTP2(a.url.Scheme == "https")
	tr.Protocols.SetUnencryptedHTTP2(h2c)
	defer tr.CloseIdleConnections()
	req, err := http.NewRequest(a.method, a.url.String(), strings.NewReader(a.opts["body"]))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = first(a.opts["host"], req.URL.Host)
	for _, h := range a.headers {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Add(name, strings.TrimSpace(value))
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	res, err := tr.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return failed(got, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return failed(got, err)
	}
	got.outcome, got.header, got.body = strconv.Itoa(res.StatusCode), res.Header, string(body)
	for name, field := range map[string]string{
		"server": "X-Server", "location": "Location", "path": "X-Path", "host": "X-Host", "peer": "X-Peer", "sni": "X-Sni",
		"client": "X-Client", "proto": "X-Proto",
	} {
		got.facts[name] = res.Header.Get(field)
	}
	return got
}

// talk sends lines, and reads one that has a server's name: "220 NAME PEER", or an answer.
// Behind a greeting it reads what answers the lines, so that nothing is unread when it closes.
func (a *ask) talk(k *pki) saw {
	got := saw{facts: map[string]string{}}
	var c net.Conn
	var err error
	if a.url.Scheme == "tls" {
		c, err = a.dialTLS(k, &got)
	} else {
		c, err = a.dial()
	}
	if err != nil {
		return failed(got, err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, a.opts["send"]); err != nil {
		return failed(got, err)
	}
	r := bufio.NewReader(c)
	text, err := r.ReadString('\n')
	if err != nil {
		return failed(got, err)
	}
	if strings.HasPrefix(text, "220 ") {
		for range strings.Count(a.opts["send"], "\n") {
			if _, err := r.ReadString('\n'); err != nil {
				return failed(got, err)
			}
		}
	}
	got.outcome, got.body = "answered", text
	if f := strings.Fields(text); len(f) == 3 && len(f[0]) == 3 {
		got.facts["server"], got.facts["peer"] = f[1], f[2]
	}
	return got
}

// failed is an exchange without an answer.
func failed(got saw, err error) saw {
	got.err = err
	var op *net.OpError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		got.outcome = "refused"
	case errors.As(err, &op) && op.Op == "remote error":
		got.outcome = "alert=" + strings.ReplaceAll(strings.TrimPrefix(op.Err.Error(), "tls: "), " ", "_")
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		got.outcome = "timeout"
	default:
		got.outcome = "close"
	}
	return got
}
