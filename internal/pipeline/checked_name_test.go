package pipeline

import "testing"

// TestNoNameHasNoEffect holds that a configuration which names no server, and sends an
// SNI, has no name without effect.
func TestNoNameHasNoEffect(t *testing.T) {
	const text = `global
frontend www
    mode http
    bind :80
    default_backend app
backend app
    mode http
    server a 10.0.0.1:443 ssl verify required ca-file ca.pem sni str(app.test)%s
`
	for more, want := range map[string]int{"": 0, "verifyhost other.test": 1} {
		m := LoadText("haproxy.cfg", text[:len(text)-len("%s\n")]+" "+more+"\n")
		m.Compile()
		found := 0
		for _, d := range m.Findings {
			if d.Code == "FL410" {
				found++
			}
		}
		if found != want {
			t.Errorf("%q: FL410 %d times, want %d: %v", more, found, want, m.Findings)
		}
	}
}
