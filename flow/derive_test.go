package flow

import "testing"

func TestDump(t *testing.T) {
	for _, m := range Modes {
		x := model(m)
		t.Log("\n" + dump(Derive(x, x.Requests[0])))
	}
}
