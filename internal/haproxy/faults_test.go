package haproxy_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/asked"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

// faultsIn are the findings of a text.
func faultsIn(t *testing.T, text string) diag.List {
	t.Helper()
	c := malformed{files: map[string]string{"haproxy.cfg": text}}
	return c.read(t)
}

// TestNoFaults reads the configurations that HAProxy takes without a warning: nothing
// is wrong with their texts.
func TestNoFaults(t *testing.T) {
	dirs, err := filepath.Glob(configurations + "/*/haproxy.cfg")
	if err != nil || len(dirs) < 20 {
		t.Fatal(len(dirs), err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		m, err := haproxy.End.Read(t.Context(), front.Input{Path: file, Read: os.ReadFile, Data: os.ReadFile, Env: asked.PartsOf(t, dir).Env})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Draft(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(m.Findings) > 0 {
			t.Errorf("%s:\n%s", dir, listing(m.Findings))
		}
	}
}

// head begins each small configuration.
const head = `defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
`

// TestTaken reads what HAProxy 2.6.12 and 3.2 take (haproxy -c), and that looks like a
// fault: no finding is an error, and what is said is said as a warning.
func TestTaken(t *testing.T) {
	for _, c := range []struct{ name, lines, back, says string }{
		{"or at the beginning", "use_backend app if or { path /a }", "", `side of "or"`},
		{"a negation alone", "use_backend app if !", "", "no test stands behind"},
		{"possessive", "acl a path_reg a++", "", ""},
		{"look-ahead", "acl a path_reg ^/(?!api)", "", ""},
		{"a short network", "use_backend app if { src 10/8 }", "", ""},
		{"a network with a mask", "use_backend app if { src 10.0.0.0/255.0.0.0 }", "", ""},
		{"a number with letters", "maxconn 1k", "", "HAProxy reads 1 of"},
		{"a unit with letters", "", "server b 10.0.0.2:80 check inter 2secs", "for 2s"},
		{"balance in a frontend", "balance roundrobin", "", "ignores"},
		{"a server with options of 3.x", "", "server b 10.0.0.2:80 check-reuse-pool idle-ping 5s", ""},
		{"a pattern with a dash", "acl a int(0) -- -1", "", ""},
		{"an expression in words", "http-request set-header X-A %[req.hdr(host),lower,regsub(a,b)]", "", ""},
		{"a percent sign", "http-request set-header X-A 100%%[x", "", ""},
		{"a return with a status of its own", "http-request return status 418", "", ""},
		{"an address of IPv6", "bind [::1]:8443", "", ""},
		{"an address of IPv6 without brackets", "bind ::1:8443", "", ""},
		{"every address", "bind :::8081 v6only", "", ""},
		{"a name with a scheme", "http-request redirect location https://www.example.test/ code 301 if !{ ssl_fc }", "", ""},
		{"negated", "http-request deny unless { src 10.0.0.0/8 } || { path /open }", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := head + "frontend web\n    bind :8080\n    " + c.lines + "\n    default_backend app\nbackend app\n    server a 10.0.0.1:80\n    " + c.back + "\n"
			var said []string
			for _, d := range faultsIn(t, text) {
				if d.Severity == diag.Error {
					t.Errorf("an error: %s [%s]", d.Message, d.Help)
				}
				said = append(said, d.Message)
			}
			switch all := strings.Join(said, "\n"); {
			case c.says == "" && all != "":
				t.Errorf("said: %s", all)
			case !strings.Contains(all, c.says):
				t.Errorf("%q is not said, but: %s", c.says, all)
			}
		})
	}
}

// TestFileOfAnotherMachine names files with absolute paths: that they are not here says
// nothing of where HAProxy runs.
func TestFileOfAnotherMachine(t *testing.T) {
	open := func(path string) ([]byte, error) {
		if path != "haproxy.cfg" {
			return nil, fs.ErrNotExist
		}
		return []byte(head + "listen web\n    bind :443 ssl crt /etc/haproxy/site.pem\n    errorfile 503 /etc/haproxy/503.http\n    server a 10.0.0.1:443 ssl verify required ca-file /etc/ssl/ca.pem\n"), nil
	}
	m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: open, Data: open})
	if err != nil || len(m.Findings) > 0 {
		t.Errorf("%v\n%s", err, listing(m.Findings))
	}
}
