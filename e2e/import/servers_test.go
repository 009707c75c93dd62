//go:build linux

package import_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// serverPart is a small server that says its name: its address, what it speaks and how.
type serverPart struct {
	name, address, speaks string
	opts                  map[string]string
}

// start runs the servers; the addresses are where they listen.
func (p parts) start(t *testing.T, k *pki) map[netip.AddrPort]bool {
	t.Helper()
	out := map[netip.AddrPort]bool{}
	// a port of HAProxy may have all addresses: the more precise address wins
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		return errors.Join(c.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
		}), err)
	}}
	for _, s := range p.servers {
		l, err := lc.Listen(context.Background(), "tcp", s.address)
		if err != nil {
			t.Fatalf("server %s: %v", s.name, err)
		}
		t.Cleanup(func() { l.Close() })
		out[l.Addr().(*net.TCPAddr).AddrPort()] = true
		s.serve(t, k, l)
	}
	return out
}

// plainly are the servers that speak something within TLS.
var plainly = map[string]string{"https": "http", "tls": "lines"}

func (s serverPart) serve(t *testing.T, k *pki, l net.Listener) {
	if s.opts["proxy"] != "" {
		l = &behindProxy{l}
	}
	speaks := s.speaks
	if plain, ok := plainly[speaks]; ok {
		speaks = plain
		l = tls.NewListener(l, s.session(k))
	}
	switch speaks {
	case "http", "h2c":
		var protocols http.Protocols
		protocols.SetHTTP1(speaks == "http")
		protocols.SetHTTP2(true)
		protocols.SetUnencryptedHTTP2(speaks == "h2c")
		srv := &http.Server{Handler: s, Protocols: &protocols, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
		go srv.Serve(l)
		t.Cleanup(func() { srv.Close() })
	case "lines", "redis":
		go s.acceptLines(l)
	case "silent":
	default:
		t.Fatalf("server %s speaks %q, which is not known", s.name, s.speaks)
	}
}

func (s serverPart) session(k *pki) *tls.Config {
	c := &tls.Config{Certificates: []tls.Certificate{k.tls(s.opts["cert"])}, KeyLogWriter: k.keys}
	if alpn := s.opts["alpn"]; alpn != "" {
		c.NextProtos = strings.Split(alpn, ",")
	}
	if ca := s.opts["client"]; ca != "" {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, k.pool(ca)
	}
	return c
}

// ServeHTTP answers with what the server saw.
func (s serverPart) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	h := w.Header()
	for name, values := range r.Header {
		h.Set("X-Saw-"+name, strings.Join(values, ", "))
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	h.Set("X-Server", s.name)
	h.Set("X-Path", r.URL.RequestURI())
	h.Set("X-Host", r.Host)
	h.Set("X-Peer", host)
	h.Set("X-Proto", r.Proto)
	if r.TLS != nil {
		h.Set("X-Sni", r.TLS.ServerName)
		if len(r.TLS.PeerCertificates) > 0 {
			h.Set("X-Client", r.TLS.PeerCertificates[0].Subject.CommonName)
		}
	}
	if cookie := s.opts["cookie"]; cookie != "" {
		h.Set("Set-Cookie", cookie)
	}
	status := http.StatusOK
	if fails := s.opts["fails"]; fails != "" && strings.HasPrefix(r.URL.Path, fails) {
		status = http.StatusServiceUnavailable
	}
	if n, err := strconv.Atoi(s.opts["status"]); err == nil {
		status = n
	}
	w.WriteHeader(status)
	io.WriteString(w, "ok\n")
}

// acceptLines is a server of lines: SMTP and the like, which greets, or one as Redis,
// which waits. Each answer has the server's name and who is connected.
func (s serverPart) acceptLines(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go s.lines(c)
	}
}

func (s serverPart) lines(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	if _, err := r.Peek(0); err != nil {
		return
	}
	peer := func() string { host, _, _ := net.SplitHostPort(c.RemoteAddr().String()); return host }
	if s.speaks != "redis" {
		if h, ok := c.(interface{ Handshake() error }); ok && h.Handshake() != nil {
			return
		}
		fmt.Fprintf(c, "220 %s %s\r\n", s.name, peer())
	}
	for {
		text, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch text = strings.ToLower(strings.TrimSpace(text)); {
		case text == "quit":
			fmt.Fprintf(c, "221 %s\r\n", s.name)
			return
		case text == "ping" && s.speaks == "redis":
			fmt.Fprint(c, "+PONG\r\n")
		case strings.HasPrefix(text, "info"):
			fmt.Fprintf(c, "role:%s\r\n", s.opts["role"])
		default:
			fmt.Fprintf(c, "250 %s %s\r\n", s.name, peer())
		}
	}
}

// behindProxy takes connections that begin with a PROXY header, of either version.
type behindProxy struct{ net.Listener }

func (l *behindProxy) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	h := &headed{Conn: c, r: bufio.NewReader(c)}
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if h.source, err = proxyHeader(h.r); err != nil {
		c.Close()
		return &closed{c}, nil
	}
	c.SetReadDeadline(time.Time{})
	return h, nil
}

// closed is a connection that began with no PROXY header.
type closed struct{ net.Conn }

func (c *closed) Read([]byte) (int, error)  { return 0, io.EOF }
func (c *closed) Write([]byte) (int, error) { return 0, net.ErrClosed }

// headed is a connection behind its PROXY header, with the address that it has.
type headed struct {
	net.Conn
	r      *bufio.Reader
	source net.Addr
}

func (c *headed) Read(b []byte) (int, error) { return c.r.Read(b) }

func (c *headed) RemoteAddr() net.Addr {
	if c.source != nil {
		return c.source
	}
	return c.Conn.RemoteAddr()
}

const signature = "\r\n\r\n\x00\r\nQUIT\n"

var errNoHeader = errors.New("no PROXY header")

// proxyHeader reads one, and the source that it has (PROXY protocol, 2.1 and 2.2).
func proxyHeader(r *bufio.Reader) (net.Addr, error) {
	first, err := r.Peek(6)
	if err != nil {
		return nil, err
	}
	if string(first) == "PROXY " {
		text, err := r.ReadString('\n')
		f := strings.Fields(text)
		if err != nil || len(f) < 6 {
			return nil, err
		}
		return net.ResolveTCPAddr("tcp", net.JoinHostPort(f[2], f[4]))
	}
	if !strings.HasPrefix(signature, string(first)) {
		return nil, errNoHeader
	}
	head := make([]byte, 16)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	rest := make([]byte, int(head[14])<<8|int(head[15]))
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, err
	}
	if head[13] != 0x11 || len(rest) < 12 { // a check of HAProxy's own (LOCAL), or not TCP over IPv4
		return nil, nil
	}
	return &net.TCPAddr{IP: net.IP(rest[:4]), Port: int(rest[8])<<8 | int(rest[9])}, nil
}
