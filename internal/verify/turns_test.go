package verify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// conversation is a connection of TLS 1.3 whose records cannot be read, "o" of
// the opener and "a" of the acceptor with their lengths, behind both hellos.
func conversation(records string, closed bool) *joined {
	c := &conn{TLS: &session{Random: "r", Version: flow.TLS13}}
	add := func(e event) {
		e.Order, e.Conn, e.Count = len(c.Events)+1, c, 1
		c.Events = append(c.Events, &e)
	}
	add(event{Op: flow.OpClientHello})
	add(event{Op: flow.OpServerHello, From: acceptor})
	for _, r := range strings.Fields(records) {
		e := event{Op: flow.OpRecord, Secrecy: secrecyHidden}
		if r[0] == 'a' {
			e.From = acceptor
		}
		fmt.Sscan(r[1:], &e.Bytes)
		add(e)
	}
	if closed {
		add(event{Op: flow.OpFIN})
	}
	return &joined{conn: c}
}

// TestTurns: what protected records say of requests and answers. 24 bytes are an
// alert, 287 a ticket here.
func TestTurns(t *testing.T) {
	for _, c := range []struct {
		name, records string
		closed        bool
		front         bool   // it ends at a proxy
		want          string // of each turn: when it was asked, when it is over, when a proxy is ready for it
	}{
		{"tickets before the request", "a32 a425 a102 a74 o74 a287 a287 o113 a143 o24 a24", true, true, "10-11 "},
		{"tickets after it", "a425 a74 o74 o113 a287 a287 a143", true, true, "6-9/8 "},
		{"one before and one after", "a425 o74 a287 o113 a287 a143", true, true, "6-8/7 "},
		{"tickets alone so far", "a425 o74 o113 a287 a287", false, true, "5-0/6 "},
		{"no tickets of a server", "a425 a144 o74 o113 a143 o113 a144", true, false, "6-7 8-9 "},
		{"three requests", "a425 o74 a287 o113 a500 a500 o113 a20 o113 a600 o24", true, true, "6-7 9-10 11-12 "},
		{"a ticket within the request", "a425 o74 o1208 a287 o447 a1069 o112 a565", true, true, "5-8/6 9-10 "},
		{"an answer as long as a ticket", "a425 o74 a287 a287 o113 a287 o112 a565", true, true, "7-8 9-10 "},
		{"tickets a block apart", "a425 o74 o113 a735 a751 a143", true, true, "5-8/7 "},
		{"tickets a block apart, the longer one first", "a425 o74 o113 a751 a735 a143", true, true, "5-8/7 "},
		{"an answer a block longer than tickets", "a425 o74 a287 a287 o113 a303 o112 a565", true, true, "7-8 9-10 "},
		{"an answer that no ticket is as long as", "a425 o74 a287 o113 a302", true, true, "6-7 "},
		{"nothing asked", "a425 o74 a287 a287 o24", true, true, ""},
		{"not answered", "a425 o74 a287 o113", true, true, "6-7 "},
	} {
		got := ""
		for _, turn := range turnsOf(conversation(c.records, c.closed), hints{front: c.front}) {
			got += fmt.Sprintf("%d-%d", turn.asked, turn.ends())
			if turn.ready > turn.asked {
				got += fmt.Sprintf("/%d", turn.ready)
			}
			got += " "
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestMutualTurns: a client that shows a certificate sends more before it asks.
func TestMutualTurns(t *testing.T) {
	j := conversation("a425 a74 o600 o150 o74 a287 o113 a143", true)
	for _, e := range j.Events[4:7] {
		e.At = framePlace{Frame: 7}
	}
	if turns := turnsOf(j, hints{mutual: true}); len(turns) != 1 || turns[0].asked != 9 {
		t.Errorf("%d turns", len(turns))
	}
}
