package haproxycfg

import "testing"

func TestTable(t *testing.T) {
	if k, ok := (&Line{Words: []Word{{Text: "tune.bufsize"}, {Text: "1"}}}).Keyword("global"); !ok || k.Effect != EffectHarmless {
		t.Error(k, ok)
	}
	if _, ok := (&Line{Words: []Word{{Text: "bind"}, {Text: ":1"}}}).Keyword("backend"); ok {
		t.Error("bind in a backend")
	}
	if k, ok := (&Line{Words: []Word{{Text: "no"}, {Text: "option"}, {Text: "httplog"}}}).Keyword("backend"); !ok || k.Name != "option httplog" {
		t.Error(k, ok)
	}
	if k, ok := (&Line{Words: []Word{{Text: "http-request"}, {Text: "lua.choose"}}}).Keyword("frontend"); !ok || k.Effect != EffectRouting {
		t.Error(k, ok)
	}
}
