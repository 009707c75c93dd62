//go:build linux

package haproxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/http2"
)

// conversation sends requests over connections that it keeps, one for each place
// that they go to. net/http's own transport takes another connection where its
// writer was not heard of for 50 ms, and closes one that is idle when it pleases:
// on a busy machine that is another course than what the model says.
type conversation struct {
	c    *client
	kept map[string]*kept
	all  []*kept // in the order in which they were opened
}

// kept is a connection that is open.
type kept struct {
	net.Conn
	r  *bufio.Reader
	h2 *http2.ClientConn //nolint:staticcheck // nil for HTTP/1.1; net/http's own opens the connection itself
}

// RoundTrip sends a request and reads the head of its answer.
func (v *conversation) RoundTrip(req *http.Request) (*http.Response, error) {
	to := req.URL.Scheme + "://" + hostPort(req)
	k := v.kept[to]
	if k == nil {
		var err error
		if k, err = v.open(req.Context(), req.URL.Scheme, hostPort(req)); err != nil {
			return nil, err
		}
		v.kept[to] = k
	}
	if k.h2 != nil {
		return k.h2.RoundTrip(req)
	}
	k.SetDeadline(time.Now().Add(v.c.timeout))
	// an answer may come before all of a body is sent: what that fails with says less
	// than what is read
	_ = req.Write(k)
	res, err := answered(k.r, req)
	if err != nil {
		v.drop(to, k)
		return nil, err
	}
	res.Body = &ended{ReadCloser: res.Body, then: func() {
		if res.Close || req.Close {
			v.drop(to, k)
		}
	}}
	return res, nil
}

func hostPort(req *http.Request) string {
	if req.URL.Port() != "" {
		return req.URL.Host
	}
	return net.JoinHostPort(req.URL.Hostname(), map[string]string{"http": "80", "https": "443"}[req.URL.Scheme])
}

// answered reads the head of the answer behind what may announce it.
func answered(r *bufio.Reader, req *http.Request) (*http.Response, error) {
	for {
		res, err := http.ReadResponse(r, req)
		if err != nil || res.StatusCode >= 200 || res.StatusCode == http.StatusSwitchingProtocols {
			return res, err
		}
	}
}

func (v *conversation) open(ctx context.Context, scheme, addr string) (*kept, error) {
	dial := v.c.dialTLS
	if scheme == "http" {
		dial = v.c.dial
	}
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	k := &kept{Conn: conn, r: bufio.NewReader(conn)}
	v.all = append(v.all, k)
	if s, ok := conn.(*tls.Conn); ok && s.ConnectionState().NegotiatedProtocol == "h2" {
		if k.h2, err = new(http2.Transport).NewClientConn(conn); err != nil { //nolint:staticcheck // see kept
			return nil, err
		}
	}
	return k, nil
}

func (v *conversation) drop(to string, k *kept) {
	k.Close()
	delete(v.kept, to)
}

// close ends what is still open.
func (v *conversation) close() {
	for _, k := range v.all {
		k.Close()
	}
}

// ended is a body behind whose end something is done.
type ended struct {
	io.ReadCloser
	then func()
}

func (b *ended) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && b.then != nil {
		b.then()
		b.then = nil
	}
	return n, err
}
