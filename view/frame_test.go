package view_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// Handshakes of several modes are in one frame: each client and proxy once, in the
// order of the ways through them, then one lifeline for whichever server is chosen.
func TestOneFrame(t *testing.T) {
	for name, want := range map[string][]string{
		"handshakes":            {"Browser", "HAProxy", "chosen server"},
		"network-load-balancer": {"Laptop", "Network load balancer", "HAProxy", "chosen server"},
		"sharding":              {"Browser", "Default controller", "Sharded controller", "chosen server"},
		"reencrypt":             nil, // one mode
	} {
		s := project(t, model(t, name), "handshake", "").(*view.Sequence)
		var got []string
		for _, l := range s.Frame {
			got = append(got, l.Label)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the frame has %q, want %q", name, got, want)
		}
		for _, p := range s.Panels {
			for i, l := range p.Lifelines {
				if len(s.Frame) == 0 {
					continue
				}
				if at := s.Frame[p.Lanes[i]]; at.Kind != l.Kind || at.Label != l.Label && at.Label != "chosen server" {
					t.Errorf("%s: %s stands at %s in %q", name, l.Label, at.Label, p.Title)
				}
			}
		}
	}
}

// Each session that is established has a band from the row that says who holds its keys,
// which names those that relay it.
func TestKeysInHandshakes(t *testing.T) {
	s := project(t, model(t, "handshakes"), "handshake", "").(*view.Sequence)
	want := []string{
		"T1 0..2 relays [1] keys of T1: Browser and vault-1",
		"T1 0..1 relays [] keys of T1: Browser and HAProxy",
		"T1 0..1 relays [] keys of T1: Browser and HAProxy",
		"T2 1..2 relays [] keys of T2: HAProxy and billing-1",
	}
	var got []string
	for _, p := range s.Panels {
		for _, b := range p.Bands {
			got = append(got, fmt.Sprintf("%s %d..%d relays %v %s", b.Session, b.From, b.To, b.Relays, p.Rows[b.First].(*view.SpanRow).Text))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
