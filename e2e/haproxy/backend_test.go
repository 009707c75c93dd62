//go:build linux

package haproxy_test

import (
	"bufio"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/flow"
)

// server is a small server as a model has it.
type server struct {
	*flow.Server
	accepted atomic.Int64
	seen     chan *http.Request // what reached it, without its body
}

// startServers runs every server of a model that would answer a connection. Those that
// have the port to which the request comes listen on that of the request.
func startServers(t *testing.T, model *flow.Topology, p *pki, asked int) map[*flow.Server]*server {
	t.Helper()
	out := make(map[*flow.Server]*server)
	for _, b := range model.Backends {
		for _, s := range b.Servers {
			if s.Address != "" && s.State.V != flow.ServerRefuses {
				port := s.Port
				if s.SamePort.V {
					port = asked
				}
				out[s] = startServer(t, s, port, p)
			}
		}
	}
	return out
}

func startServer(t *testing.T, s *flow.Server, port int, p *pki) *server {
	t.Helper()
	raw, err := net.Listen("tcp", net.JoinHostPort(s.Address, strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	out := &server{Server: s, seen: make(chan *http.Request, 100)}
	var l net.Listener = &counting{raw, &out.accepted, s.Backend.AcceptProxy.V}
	if s.Backend.Speaks.V.TLS() {
		l = tls.NewListener(l, p.serverConfig(s.Backend.End))
	}
	t.Cleanup(func() { l.Close() })
	switch speaks := s.Backend.Speaks.V; {
	case s.State.V == flow.ServerSilent:
		go silent(l)
		return out
	case speaks == flow.SpeaksTCP, speaks == flow.SpeaksTLS:
		go echo(l)
		return out
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(s.Backend.Speaks.V == flow.SpeaksH2C)
	srv := &http.Server{
		Handler: out, Protocols: &protocols, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute,
	}
	srv.SetKeepAlivesEnabled(!s.Backend.ConnectionClose.V)
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return out
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	select {
	case s.seen <- r:
	default:
	}
	w.Header().Set("X-Server", s.Backend.Name+"/"+s.Name)
	if to := r.Header.Get("Upgrade"); to != "" {
		w.Header().Set("Upgrade", to)
		w.Header().Set("Connection", "Upgrade")
		// HAProxy answers 502 in place of a 101 that does not say this (RFC 6455, 4.2.2)
		key := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		w.Header().Set("Sec-WebSocket-Accept", base64.StdEncoding.EncodeToString(key[:]))
		w.WriteHeader(http.StatusSwitchingProtocols)
		if c, rw, err := http.NewResponseController(w).Hijack(); err == nil {
			io.Copy(c, rw)
			c.Close()
		}
		return
	}
	io.WriteString(w, "ok\n")
}

// echo is a server of no protocol that we know: it says what it hears.
func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			io.Copy(c, c)
			c.Close()
		}()
	}
}

// silent accepts, completes TLS, and never answers.
func silent(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go io.Copy(io.Discard, c)
	}
}

// counting counts connections, and reads the PROXY header of each where one is
// expected.
type counting struct {
	net.Listener
	n     *atomic.Int64
	proxy bool
}

func (l *counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.n.Add(1)
	if l.proxy {
		return &headed{Conn: c, r: bufio.NewReader(c)}, nil
	}
	return c, nil
}

// headed is a connection that begins with a PROXY header, of either version.
type headed struct {
	net.Conn
	r    *bufio.Reader
	read bool
}

const signature = "\r\n\r\n\x00\r\nQUIT\n"

var errNoHeader = errors.New("no PROXY header")

func (c *headed) Read(b []byte) (int, error) {
	if !c.read {
		if err := c.header(); err != nil {
			c.Conn.Close()
			return 0, err
		}
		c.read = true
	}
	return c.r.Read(b)
}

func (c *headed) header() error {
	first, err := c.r.Peek(6)
	if err != nil {
		return err
	}
	if string(first) == "PROXY " {
		_, err := c.r.ReadString('\n')
		return err
	}
	if !strings.HasPrefix(signature, string(first)) {
		return errNoHeader
	}
	head := make([]byte, 16)
	if _, err := io.ReadFull(c.r, head); err != nil {
		return err
	}
	_, err = c.r.Discard(int(binary.BigEndian.Uint16(head[14:])))
	return err
}
