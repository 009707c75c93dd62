//go:build linux

package haproxy_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/flow"
)

// openssl is a client that sends early data, which crypto/tls does over QUIC
// alone. It keeps its session between two requests.
type openssl struct {
	t   *testing.T
	pki *pki
	dir string
}

func newOpenSSL(t *testing.T, p *pki) *openssl {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal(err)
	}
	return &openssl{t: t, pki: p, dir: t.TempDir()}
}

func (o *openssl) file(name string) string { return filepath.Join(o.dir, name) }

// ask sends the first call of a request, as early data where it says so, and
// waits for the end of the answer before it closes.
func (o *openssl) ask(q *flow.Request) saw {
	o.t.Helper()
	call := q.Calls[0]
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", call.Method, call.Path, call.Host)
	_, trusted := o.pki.pool(q.From.End.Trust)
	for name, content := range map[string][]byte{"ca.pem": trusted, "request": []byte(text)} {
		if err := os.WriteFile(o.file(name), content, 0o600); err != nil {
			o.t.Fatal(err)
		}
	}
	to := q.Via.Listens(call.Port)
	args := []string{
		"s_client", "-connect", net.JoinHostPort(to.Address, strconv.Itoa(to.Port)), "-bind", q.From.Address.V + ":0",
		"-servername", q.SNI.V, "-CAfile", o.file("ca.pem"), "-verify_return_error", "-keylogfile", o.pki.log,
		"-tls1_3", "-sess_out", o.file("session"),
	}
	if q.Resume.IsSet() || q.EarlyData.V {
		args = append(args, "-sess_in", o.file("session"))
	}
	if q.EarlyData.V {
		args = append(args, "-early_data", o.file("request"))
	}
	if q.EarlyData.V && to.End.EarlyData.V { // else its ticket says that it takes none
		text = ""
	}
	return o.run(args, text)
}

func (o *openssl) run(args []string, text string) saw {
	cmd := exec.Command("openssl", args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	dead := time.AfterFunc(limit, func() { cmd.Process.Kill() })
	defer dead.Stop()
	if _, err := in.Write([]byte(text)); err != nil {
		return saw{outcome: "close", err: err}
	}
	got := saw{outcome: "close"}
	for s := bufio.NewScanner(out); s.Scan(); {
		if f := strings.Fields(s.Text()); len(f) > 1 && strings.HasPrefix(f[0], "HTTP/1.1") {
			got.outcome = f[1]
		}
		if name, value, ok := strings.Cut(s.Text(), ": "); ok && strings.EqualFold(name, "X-Server") {
			got.from = value
		}
		if strings.TrimSpace(s.Text()) == "ok" { // the body, and the end of the answer
			in.Close()
		}
	}
	if err := cmd.Wait(); err != nil {
		got.err = fmt.Errorf("%w: %s", err, stderr.String())
	}
	return got
}
