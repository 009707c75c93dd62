package flow

import "testing"

func TestDump(t *testing.T) {
	for _, m := range Modes {
		x := model(m)
		t.Log("\n" + dump(Derive(x, x.Requests[0])))
	}
}

func TestFailuresDump(t *testing.T) {
	for _, m := range Modes {
		x := model(m)
		for _, f := range Failures(x, x.Routes[0]) {
			o := f.Lifecycle.Outcome
			t.Logf("%-12s %-60s %v from %s attempts %d reached %v: %s", m, f.What, o.Client, o.From, o.Attempts, o.Reached, o.Why)
		}
	}
}
