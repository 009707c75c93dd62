package resolve

import (
	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
)

// parser turns a word into a V. It reports what it cannot turn.
type parser[V any] func(r *reader, w *ast.Word) (V, bool)

// value makes a parser of a conversion of what the grammar has read. What fails
// here comes from a syntax tree that no grammar made: the grammar says better
// what is wrong with a word.
func value[A ast.Value, V any](convert func(A) V) parser[V] {
	return func(r *reader, w *ast.Word) (v V, ok bool) {
		a, ok := w.Value.(A)
		if !ok {
			r.misfit(w)
			return v, false
		}
		return convert(a), true
	}
}

// choice is a parser of the words of a table.
func choice[V any](table map[string]V) parser[V] {
	return func(r *reader, w *ast.Word) (V, bool) {
		v, ok := table[w.Text]
		if !ok {
			r.misfit(w)
		}
		return v, ok
	}
}

// text is a word that stands for itself.
func text(_ *reader, w *ast.Word) (string, bool) { return w.Text, true }

var (
	number   = value(func(n ast.Number) int { return int(n) })
	duration = value(func(t ast.Millis) int64 { return int64(t) })
	size     = value(func(n ast.Bytes) int64 { return int64(n) })
	dateTime = value(func(t ast.Instant) string { return string(t) })
	period   = value(func(p ast.Period) ast.Period { return p })
	versions = value(versionsOf)
	host     = value(func(h ast.Host) string { return string(h) })
	network  = value(func(n ast.Network) string { return string(n) })
	address  = value(func(a ast.Address) ast.Address { return a })
	url      = value(urlCall)
)

// sniOrNone is a host, or "" for none.
func sniOrNone(r *reader, w *ast.Word) (string, bool) {
	if w.Value == nil && w.Text == "none" {
		return "", true
	}
	return host(r, w)
}

func versionsOf(v ast.Versions) flow.Versions {
	return flow.Versions{Min: flow.Version(v.Min), Max: flow.Version(v.Max)}
}

// urlCall is what a URL asks for. The method is left open.
func urlCall(u ast.URL) flow.Call {
	return flow.Call{Scheme: u.Scheme, Host: u.Host, Port: u.Port, Path: u.Path}
}

// ParseVersions reads a range of TLS versions, 1.2..1.3, or one of them.
func ParseVersions(s string) (flow.Versions, bool) {
	v, ok := grammar.ParseVersions(s)
	return versionsOf(v), ok
}
