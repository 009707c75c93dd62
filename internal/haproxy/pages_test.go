package haproxy_test

import (
	"os"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

// TestErrorPage takes a backend without servers for a page where it names one, whether its
// file is here or not, and not where the defaults have a page for every error.
func TestErrorPage(t *testing.T) {
	for text, answers := range map[string]bool{
		"defaults\n mode http\nfrontend web\n bind :80\n default_backend sorry\nbackend sorry\n errorfile 503 sorry.http\n":   true,
		"defaults\n mode http\n errorfile 503 sorry.http\nfrontend web\n bind :80\n default_backend sorry\nbackend sorry\n":   false,
		"defaults\n mode http\n errorfile 503 gone.http\nfrontend web\n bind :80\n default_backend sorry\nbackend sorry\n":    true,
		"defaults\n mode http\nfrontend web\n bind :80\n default_backend sorry\nbackend sorry\n errorfile 503 missing.http\n": true,
	} {
		files := map[string]string{"haproxy.cfg": text, "sorry.http": "HTTP/1.0 503 Service Unavailable\r\n\r\n", "gone.http": "HTTP/1.0 404 Not Found\r\n\r\n"}
		open := func(path string) ([]byte, error) {
			if s, ok := files[path]; ok {
				return []byte(s), nil
			}
			return nil, os.ErrNotExist
		}
		m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: open, Data: open})
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := m.Draft(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range d.Declarations {
			if r, ok := x.(*flow.RouteDraft); ok && r.Answer.IsSet() != answers {
				t.Errorf("%s\nanswers itself: %v", text, r.Answer.IsSet())
			}
		}
	}
}
