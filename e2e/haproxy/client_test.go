//go:build linux

package haproxy_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/flow"
)

// saw is what a client saw of its request.
type saw struct {
	outcome string      // as Lifecycle.Outcome spells it
	from    string      // the server that answered last: "shop/shop-1"; "" for none
	header  http.Header // of the last answer
	err     error       // behind an outcome that is no status
}

// client sends a model's request.
type client struct {
	t       *testing.T
	req     *flow.Request
	pki     *pki
	derived *flow.Lifecycle
	timeout time.Duration
	anyName bool // the host that is asked for is made up: no certificate need have it
	last    *tls.Conn
	// tickets are what this client can resume; nil where it resumes nothing
	tickets tls.ClientSessionCache
}

func (c *client) run() saw {
	switch o := c.derived.Outcome; {
	case c.req.Stop.V != flow.StopNever:
		return c.stops()
	case c.req.Upgrade.IsSet():
		return c.upgrades()
	case c.req.Calls[0].Scheme == "tls", c.req.Calls[0].Scheme == "tcp":
		return c.talks()
	case o.FromID() == c.req.From.Name && (o.Fault == flow.FaultUnknownCA || o.Fault == flow.FaultExpired):
		// Go sends bad_certificate for whatever it dislikes; OpenSSL says why
		return c.curl()
	}
	return c.golang()
}

var (
	errName = errors.New("the certificate does not cover the name")
)

// golang sends the calls with net/http over connections of our own making.
func (c *client) golang() saw {
	talk := &conversation{c: c, kept: map[string]*kept{}}
	defer talk.close()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	hc := &http.Client{Transport: talk, Jar: jar, Timeout: c.timeout}
	if !c.req.Follow.V {
		hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	var last saw
	for range max(c.req.Times.V, 1) {
		for _, call := range c.req.Calls {
			if last = c.call(hc, call); last.err != nil {
				return last
			}
		}
	}
	return last
}

func (c *client) call(hc *http.Client, call flow.Call) saw {
	host := call.Host
	if (call.Scheme == "https") != (call.Port == 443) || (call.Scheme == "http") != (call.Port == 80) {
		host = net.JoinHostPort(call.Host, strconv.Itoa(call.Port))
	}
	var body io.Reader
	if n := c.req.Body.V; n > 0 {
		body = bytes.NewReader(make([]byte, n))
	}
	req, err := http.NewRequest(call.Method, call.Scheme+"://"+host+call.Path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.req.HostField.IsSet() {
		req.Host = c.req.HostField.V
	}
	for _, f := range c.req.Fields {
		req.Header.Add(f.Name, f.Value)
	}
	req.Close = c.req.Close.V
	res, err := hc.Do(req)
	if err != nil {
		return c.failed(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return saw{outcome: outcomeOf(err), err: err}
	}
	return saw{outcome: strconv.Itoa(res.StatusCode), from: res.Header.Get("X-Server"), header: res.Header}
}

// failed is a call without an answer. What net/http says of HTTP/2 does not have
// the alert by which the other end refused a session that was complete for the
// client: the session itself keeps it.
func (c *client) failed(err error) saw {
	out := saw{outcome: outcomeOf(err), err: err}
	if out.outcome == "close" && c.last != nil && c.last.ConnectionState().HandshakeComplete {
		if _, why := c.last.Read(make([]byte, 1)); why != nil && strings.HasPrefix(outcomeOf(why), "alert") {
			return saw{outcome: outcomeOf(why), err: why}
		}
	}
	return out
}

// dial connects to the proxy that the request goes to, whatever the name.
func (c *client) dial(ctx context.Context, addr string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	to := c.req.Via.Listeners[0].Address
	if l := c.req.Via.Listens(n); l != nil {
		to = l.Address
	}
	d := net.Dialer{}
	if ip, err := netip.ParseAddr(c.req.From.Address.V); err == nil {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 0))
	}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(to, port))
	if err != nil {
		return nil, err
	}
	_, err = conn.Write(proxyHeader(c.req.From.SendProxy.V, conn))
	return conn, err
}

// proxyHeader is the header of a connection between IPv4 addresses (PROXY
// protocol, 2.1 and 2.2).
func proxyHeader(v flow.ProxyVersion, conn net.Conn) []byte {
	src, dst := conn.LocalAddr().(*net.TCPAddr), conn.RemoteAddr().(*net.TCPAddr)
	switch v {
	case 1:
		return fmt.Appendf(nil, "PROXY TCP4 %s %s %d %d\r\n", src.IP, dst.IP, src.Port, dst.Port)
	case 2:
		b := append([]byte(signature), 0x21, 0x11, 0, 12)
		b = append(append(b, src.IP.To4()...), dst.IP.To4()...)
		b = binary.BigEndian.AppendUint16(b, uint16(src.Port))
		return binary.BigEndian.AppendUint16(b, uint16(dst.Port))
	}
	return nil
}

// dialTLS ends in a session, or in a client that found something wrong with it.
func (c *client) dialTLS(ctx context.Context, addr string) (net.Conn, error) {
	raw, err := c.dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(addr)
	cfg := c.config()
	if !c.req.SNI.IsSet() && host != c.req.Calls[0].Host {
		cfg.ServerName = flow.SNIOf(host) // a redirect sent it there
	}
	conn := tls.Client(unmoved{raw}, cfg)
	c.last = conn
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	if c.req.From.End.Verify.V && !c.anyName && conn.ConnectionState().PeerCertificates[0].VerifyHostname(host) != nil {
		conn.Close() // after the handshake, as curl does it
		return nil, errName
	}
	return conn, nil
}

// unmoved is a connection whose writes do not fail where the other end has reset it.
// That end may have sent an alert before, which Linux keeps to be read, but Go's
// HTTP/2 reads no more once a write has failed.
type unmoved struct{ net.Conn }

func (l unmoved) Write(p []byte) (int, error) {
	n, err := l.Conn.Write(p)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return len(p), nil
	}
	return n, err
}

// config is the client's end of its sessions.
func (c *client) config() *tls.Config {
	from := c.req.From
	versions := from.End.TLS.V
	if c.req.TLS.IsSet() {
		versions = c.req.TLS.V
	}
	low, high := tlsVersions(versions)
	pool, _ := c.pki.pool(from.End.Trust)
	cfg := &tls.Config{
		ServerName: c.req.SNI.V, MinVersion: low, MaxVersion: high, NextProtos: c.offered(),
		CurvePreferences:   groups(c.groups()),
		ClientSessionCache: c.tickets,
		KeyLogWriter:       c.pki.keys,
		InsecureSkipVerify: true, // checked below: what is asked for need not be the SNI
		VerifyConnection: func(s tls.ConnectionState) error {
			if !from.End.Verify.V {
				return nil
			}
			_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool})
			return err
		},
	}
	if cert := from.End.Certificate.V; cert != nil {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			t := c.pki.certs[cert].tls()
			return &t, nil
		}
	}
	return cfg
}

// groups are those of the client, or, where it states none, of the end of its
// session: what a model leaves out fits.
func (c *client) groups() []string {
	if own := c.req.From.End.Groups; own.IsSet() {
		return own.V
	}
	for _, s := range c.derived.Sessions {
		if s.Ends[0] == nil || s.Ends[0].Client != c.req.From {
			continue
		}
		if far := s.Connections[len(s.Connections)-1]; far.Listener != nil {
			return far.Listener.End.Groups.V
		} else if far.To.Server != nil {
			return far.To.Server.Backend.End.Groups.V
		}
	}
	return nil
}

// groups are key exchange groups in crypto/tls; nil are its own.
func groups(names []string) []tls.CurveID {
	var out []tls.CurveID
	for _, n := range names {
		out = append(out, map[string]tls.CurveID{
			"x25519": tls.X25519, "secp256r1": tls.CurveP256, "secp384r1": tls.CurveP384, "secp521r1": tls.CurveP521,
		}[n])
	}
	return out
}

// offered is the ALPN that the derivation says the client offers.
func (c *client) offered() []string {
	for _, s := range c.derived.Sessions {
		if s.Ends[0] != nil && s.Ends[0].Client == c.req.From {
			return s.Offered
		}
	}
	return nil
}

// alerts are the words of crypto/tls for what RFC 8446 (6.2) calls otherwise.
var alerts = map[string]string{
	"unknown certificate authority": "unknown_ca", "handshake failure": "handshake_failure", "certificate required": "certificate_required",
	"unrecognized name": "unrecognized_name", "protocol version not supported": "protocol_version", "bad certificate": "bad_certificate",
	"expired certificate": "certificate_expired", "no application protocol": "no_application_protocol", "internal error": "internal_error",
	"unknown certificate": "certificate_unknown", "decrypt error": "decrypt_error", "access denied": "access_denied",
	"unexpected message": "unexpected_message", "bad record MAC": "bad_record_mac",
}

// outcomeOf is an error in the words of an outcome.
func outcomeOf(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		text := strings.TrimPrefix(op.Err.Error(), "tls: ")
		if name, ok := alerts[text]; ok {
			return "alert " + name
		}
		return "alert (" + text + ")"
	}
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "timeout"
	}
	return "close"
}

// curl sends the one call of a request with curl, for what it says of
// certificates.
func (c *client) curl() saw {
	call := c.req.Calls[0]
	dir := c.t.TempDir()
	_, trusted := c.pki.pool(c.req.From.End.Trust)
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), trusted, 0o600); err != nil {
		c.t.Fatal(err)
	}
	l := c.req.Via.Listens(call.Port)
	args := []string{
		"-sS", "-o", os.DevNull, "-D", "-", "-w", "%{http_code}", "--max-time", strconv.Itoa(int(c.timeout.Seconds())),
		"--connect-to", fmt.Sprintf("%s:%d:%s:%d", call.Host, call.Port, l.Address, l.Port),
		"--interface", c.req.From.Address.V, "--cacert", filepath.Join(dir, "ca.pem"), "--no-alpn",
		"https://" + net.JoinHostPort(call.Host, strconv.Itoa(call.Port)) + call.Path,
	}
	if c.req.TLS.IsSet() {
		args = append([]string{"--tls-max", c.req.TLS.V.Max.String(), "--tlsv" + c.req.TLS.V.Min.String()}, args...)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("curl", args...)
	cmd.Env = append(os.Environ(), "SSLKEYLOGFILE="+c.pki.log)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err == nil {
		return saw{outcome: string(out[len(out)-3:])}
	}
	text := strings.TrimSpace(stderr.String())
	for _, m := range []struct{ says, outcome string }{
		{"unable to get local issuer", "alert unknown_ca"},
		{"self-signed certificate", "alert unknown_ca"},
		{"certificate has expired", "alert certificate_expired"},
	} {
		if strings.Contains(text, m.says) {
			return saw{outcome: m.outcome, err: errors.New(text)}
		}
	}
	return saw{outcome: "close", err: errors.New(text)}
}
