//go:build linux

package haproxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/flowc-lang/flowc/flow"
)

// What net/http does not do is done by hand: a client that goes in mid-course,
// one that switches to another protocol, one that speaks none of HTTP.

// pause is how long a client waits for what may still come before it goes.
const pause = 2 * time.Second

// authority is where the request's first call goes.
func (c *client) authority() string {
	call := c.req.Calls[0]
	return net.JoinHostPort(call.Host, strconv.Itoa(call.Port))
}

// dialCall connects as the first call says, with TLS or without.
func (c *client) dialCall(ctx context.Context) (net.Conn, error) {
	if c.req.Calls[0].Scheme == "http" {
		return c.dial(ctx, c.authority())
	}
	return c.dialTLS(ctx, c.authority())
}

// stops is a client that says no more after some point. Whether it goes by
// itself or is shown out is for the derivation to say.
func (c *client) stops() saw {
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	raw, err := c.dial(ctx, c.authority())
	if err != nil {
		return saw{outcome: outcomeOf(err), err: err}
	}
	defer raw.Close()
	stop := c.req.Stop.V
	switch stop {
	case flow.StopNever, flow.StopAfterConnect:
	case flow.StopAfterHello:
		hello, err := c.clientHello()
		if err != nil {
			c.t.Fatal(err)
		}
		if _, err := raw.Write(hello); err != nil {
			return saw{outcome: outcomeOf(err), err: err}
		}
	case flow.StopAfterHandshake:
		if err := tls.Client(raw, c.config()).HandshakeContext(ctx); err != nil {
			return saw{outcome: outcomeOf(err), err: err}
		}
	}
	if c.derived.Outcome.FromID() != c.req.From.Name {
		_, err = io.Copy(io.Discard, raw)
		return saw{outcome: "close", err: err}
	}
	switch stop {
	case flow.StopAfterHandshake:
		if c.leavesUnread() {
			c.comes(raw)
		}
		time.Sleep(pause) // what comes meanwhile stays unread
	case flow.StopAfterHello:
		c.comes(raw)
		fallthrough
	case flow.StopNever, flow.StopAfterConnect:
		raw.SetReadDeadline(time.Now().Add(pause))
		io.Copy(io.Discard, raw)
	}
	return saw{outcome: "close"}
}

// leavesUnread reports whether the client is derived to end its connection with RST, and
// not with FIN: something came that it has not read.
func (c *client) leavesUnread() bool {
	ends := func(op flow.Op) bool {
		return slices.ContainsFunc(c.derived.Steps, func(s *flow.Step) bool {
			return s.Op == op && s.From.Kind == flow.KindClient
		})
	}
	return ends(flow.OpRST) && !ends(flow.OpFIN)
}

// comes waits until something has come, and leaves it unread: where the machine is busy
// a proxy takes its time.
func (c *client) comes(conn net.Conn) {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err == nil {
		conn.SetReadDeadline(time.Now().Add(limit))
		err = raw.Read(func(fd uintptr) bool {
			_, _, again := unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
			return !errors.Is(again, unix.EAGAIN)
		})
	}
	if err != nil {
		c.t.Errorf("nothing comes: %v", err)
	}
}

// clientHello is the record that the client would begin with.
func (c *client) clientHello() ([]byte, error) {
	near, far := net.Pipe()
	defer far.Close()
	go func() {
		defer near.Close()
		tls.Client(near, c.config()).Handshake()
	}()
	far.SetDeadline(time.Now().Add(limit))
	head := make([]byte, 5)
	if _, err := io.ReadFull(far, head); err != nil {
		return nil, err
	}
	body := make([]byte, int(head[3])<<8|int(head[4]))
	if _, err := io.ReadFull(far, body); err != nil {
		return nil, err
	}
	return append(head, body...), nil
}

// upgrades asks to switch, says something in the other protocol and goes when
// it came back.
func (c *client) upgrades() saw {
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	conn, err := c.dialCall(ctx)
	if err != nil {
		return saw{outcome: outcomeOf(err), err: err}
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(c.timeout))
	call := c.req.Calls[0]
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: %s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		call.Method, call.Path, call.Host, c.req.Upgrade.V)
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		return saw{outcome: outcomeOf(err), err: err}
	}
	defer res.Body.Close()
	out := saw{outcome: strconv.Itoa(res.StatusCode), from: res.Header.Get("X-Server"), header: res.Header}
	if res.StatusCode == http.StatusSwitchingProtocols {
		out.err = echoed(conn, r)
	}
	return out
}

// talks says something that is not HTTP and waits until it came back.
func (c *client) talks() saw {
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	dial := c.dialTLS
	if c.req.Calls[0].Scheme == "tcp" {
		dial = c.dial
	}
	conn, err := dial(ctx, c.authority())
	if err != nil {
		return saw{outcome: outcomeOf(err), err: err}
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(c.timeout))
	if err := echoed(conn, conn); err != nil {
		return saw{outcome: outcomeOf(err), err: err}
	}
	return saw{outcome: "200"}
}

// echoed reports whether the other end says what it hears.
func echoed(w io.Writer, r io.Reader) error {
	const said = "is anybody there?"
	if _, err := io.WriteString(w, said); err != nil {
		return err
	}
	heard := make([]byte, len(said))
	if _, err := io.ReadFull(r, heard); err != nil {
		return err
	}
	if string(heard) != said {
		return fmt.Errorf("%q came back as %q", said, heard)
	}
	return nil
}
