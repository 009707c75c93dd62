package flowtext_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/flowtext"
)

// TestAnySamples draws declarations that have some of the facts that there are: the text
// says all of them.
func TestAnySamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &flow.Draft{}
		for range rapid.IntRange(0, 6).Draw(t, "declarations") {
			d.Declarations = append(d.Declarations, sampled(t))
		}
		text := flowtext.Write(d)
		if len(text.Unsaid) > 0 {
			t.Errorf("not said: %v in\n%s", text.Unsaid, text.Text)
		}
		tt := &testing.T{}
		again := read(tt, "drawn", text.Text)
		if diff := cmp.Diff(facts(d), facts(again)); diff != "" || tt.Failed() {
			t.Errorf("drawn (-) and read back (+) of\n%s\n%s", text.Text, diff)
		}
		if twice := flowtext.Write(again).Text; twice != text.Text {
			t.Errorf("written once more:\n%s", cmp.Diff(text.Text, twice))
		}
	})
}

// sampled is a declaration with some samples for its fields.
func sampled(t *rapid.T) flow.Declaration {
	d := rapid.SampledFrom(bases).Draw(t, "kind")()
	owner := reflect.TypeOf(d).Elem().Name()
	fill(t, reflect.ValueOf(d).Elem(), owner)
	switch d := d.(type) {
	case *flow.ProxyDraft:
		for _, l := range d.Listeners {
			fill(t, reflect.ValueOf(l).Elem(), "ListenerDraft")
		}
	case *flow.BackendDraft:
		for _, s := range d.Servers {
			fill(t, reflect.ValueOf(s).Elem(), "ServerDraft")
		}
		if !reflect.ValueOf(d.End).IsZero() {
			d.Speaks = is(flow.SpeaksTLS) // no other has an end of TLS
		}
	case *flow.RouteDraft:
		if !d.Path.IsSet() && rapid.Bool().Draw(t, "several paths") {
			d.Path = is("")
			d.Matches = append(d.Matches, flow.Match{Kind: flow.MatchPath, How: flow.Below, Values: []string{"/x", "/y"}})
		}
		if d.Upstream.SNIHost {
			d.Upstream.SNI = is("")
		}
	}
	return d
}

// fill sets some fields to samples.
func fill(t *rapid.T, v reflect.Value, owner string) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key := v.Type().Name() + "." + field.Name
		_, never := unwritten[key]
		_, notHere := unwritten[owner+"."+field.Name]
		switch {
		case !field.IsExported(), never, notHere:
		case samples[key] != nil:
			if rapid.Bool().Draw(t, key) {
				v.Field(i).Set(copied(reflect.ValueOf(rapid.SampledFrom(samples[key]).Draw(t, "value"))))
			}
		case field.Type.Kind() == reflect.Struct && field.Type != spanType:
			fill(t, v.Field(i), owner)
		}
	}
}

// copied is a sample whose pointers are its own.
func copied(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Pointer {
		return v
	}
	out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		own := reflect.New(v.Type().Elem().Elem())
		own.Elem().Set(v.Index(i).Elem())
		out.Index(i).Set(own)
	}
	return out
}

// TestOddDrafts draws drafts with values that no text can have: the text has no mistakes
// all the same, and what it does not say is listed.
func TestOddDrafts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &flow.Draft{Title: odd.Draw(t, "title"), Date: odd.Draw(t, "date")}
		for range rapid.IntRange(0, 5).Draw(t, "declarations") {
			kind := reflect.TypeOf(rapid.SampledFrom(bases).Draw(t, "kind")())
			x := reflect.Zero(kind)
			if rapid.IntRange(0, 9).Draw(t, "nil") > 0 {
				x = reflect.New(kind.Elem())
				anything(t, x.Elem())
			}
			d.Declarations = append(d.Declarations, x.Interface().(flow.Declaration))
		}
		for range rapid.IntRange(0, 3).Draw(t, "left out") {
			d.Unmodelled = append(d.Unmodelled, flow.Unmodelled{What: odd.Draw(t, "what"), Kind: flow.UnmodelledKind(rapid.IntRange(1, 3).Draw(t, "kind"))})
		}
		tt := &testing.T{}
		text := flowtext.Write(d, odd.Draw(t, "head"))
		again := read(tt, "odd", text.Text)
		if tt.Failed() {
			t.Errorf("not .flow in the one style:\n%s", text.Text)
		}
		if twice := flowtext.Write(again); len(twice.Unsaid) > 0 {
			t.Errorf("what was read is not said: %v of\n%s", twice.Unsaid, text.Text)
		}
	})
}

var odd = rapid.SampledFrom([]string{
	"", "a", "b-1", "hr/a", "none", "host", "all", "/", "/a b", "api", "*", "*.a.test", "a.test", "my_host", "10.0.0.1", "10.0.0.1/8", "2001:db8::1",
	"http", "tls", "GET", "get", "begins", "any-case", "200", `"`, `\`, "{", "}", ",", "#", "# x", "flowc:ignore", "a\nb", "\t", "\x00", "\u202e", "\xff", "[a", "in", "not", "server", "2026-01-01",
})

var endings = []flow.Ending{
	nil, flow.Answered{Status: 200}, flow.Answered{Status: -1}, flow.Alerted{}, flow.Alerted{Alert: flow.AlertUnknownCA},
	flow.Closed{}, flow.TimedOut{}, flow.RedirectLoop{}, flow.Passed{}, flow.Unseen{},
}

// anything fills a value with whatever its type can hold.
func anything(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(odd.Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.SampledFrom([]int64{0, 1, 2, 3, -1, 77, 443, 1_000_000}).Draw(t, "number"))
	case reflect.Uint8, reflect.Uint16:
		v.SetUint(rapid.SampledFrom([]uint64{0, 1, 2, 3, 4, 5, 6, 7, 9, 200}).Draw(t, "number"))
	case reflect.Slice:
		for range rapid.IntRange(0, 2).Draw(t, "elements") {
			e := reflect.New(v.Type().Elem()).Elem()
			anything(t, e)
			v.Set(reflect.Append(v, e))
		}
	case reflect.Pointer:
		switch {
		case rapid.IntRange(0, 9).Draw(t, "nil") == 0:
		case v.Type() == reflect.TypeFor[*flow.Profile]():
			v.Set(reflect.ValueOf(flow.HAProxy26()))
		default:
			v.Set(reflect.New(v.Type().Elem()))
			anything(t, v.Elem())
		}
	case reflect.Interface:
		if e := rapid.SampledFrom(endings).Draw(t, "ending"); e != nil {
			v.Set(reflect.ValueOf(e))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && f.Type != spanType && !slices.Contains(unread, f.Name) && rapid.IntRange(0, 3).Draw(t, f.Name) > 0 {
				anything(t, v.Field(i))
			}
		}
	}
}
