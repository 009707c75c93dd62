// Package diag holds what flowc has to say about a model: findings as values,
// their order, and the ways to write them. It knows nothing of the language.
package diag

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/source"
)

// Code is the permanent name of a kind of finding. FL0xx syntax, FL1xx names and structure, FL2xx
// TLS modes, FL3xx routing and what can be seen, FL4xx certificates and names, FL5xx client
// certificates, FL6xx servers, shards, balance, timeouts, FL7xx PROXY and zones, FL9xx limits,
// waivers, advice.
type Code string

// URL returns where the code is explained: its page among the documents.
func (c Code) URL() string {
	return "https://github.com/flowc-lang/flowc/blob/main/docs/rules/" + string(c) + ".md"
}

// explained says where the code is explained: offline, and on its page.
func (c Code) explained() string { return "flowc explain " + string(c) + ", or " + c.URL() }

// CodeDoc describes the findings with a code.
type CodeDoc struct {
	Code     Code
	Name     string // a few words with hyphens: "passthrough-path"
	Severity Severity
	Doc      string // one line
	Why      string // why it must be so, and who says it; "" where Doc says all
	Wire     string // what happens on the wire; "" for codes that are no rules
	Except   string // when to ignore a finding; "" where there is no such case
}

// Severity says what a finding does to the exit code.
type Severity int

// The severities, mildest first.
const (
	Warning Severity = iota + 1 // exit 0 unless -W
	Error                       // exit 1
)

// String returns "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	panic("diag: unknown severity")
}

// Diagnostic is one finding. Message, Related and Help are lower case without
// a full stop and quote the user's own words.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Message  string
	At       source.Span // the smallest wrong span; zero only for what has no place (an unreadable file)
	Related  []Related
	Way      *Way   // on which path it is found; nil where that says no more than At does
	Help     string // one line: what to do, what is allowed, or the nearest match
	Fix      *Fix   // where there is exactly one right edit
	// Suggestions are the ways to remove the cause, the best first. A front end
	// renders them as Help, and the first as Fix where it is safe.
	Suggestions []Suggestion
	// Broken marks a broken syntax or name: no picture is drawn of the model.
	Broken bool
}

// Way is a path on which a finding is found.
type Way struct {
	Path   string // "browser > cdn:443 > ingress:8443 > shop"
	Others int    // how many other paths share the finding
}

// String returns the path, and how many share it.
func (w Way) String() string {
	switch w.Others {
	case 0:
		return w.Path
	case 1:
		return w.Path + ", and 1 other path"
	}
	return fmt.Sprintf("%s, and %d other paths", w.Path, w.Others)
}

// Related is a second place that explains the first: "declared here".
type Related struct {
	Message string
	At      source.Span
}

// Fix is the one edit that removes a finding and changes nothing else in the meaning of the model.
// If several edits are possible, there is no fix, only a help line.
type Fix struct {
	Message string // what it does: "replace \"hots\" by \"host\""
	Edits   []Edit // of the files of the model, without overlap
}

// Edit replaces a span with a text; an empty span inserts.
type Edit struct {
	At  source.Span
	New string
}

// List is a set of findings; Sort puts it into the order in which it is read.
type List []Diagnostic

// Sort orders by file name, place and code, and drops repetitions, also those of
// a file that several models import. Findings of one code in one place stay in
// the order in which they were found, which is that of the declarations: names
// in a message must not decide.
func (l List) Sort() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(name(a), name(b)),
			compare(a.At, b.At),
			cmp.Compare(a.Code, b.Code),
		)
	})
	return withoutRepetitions(out)
}

// withoutRepetitions drops the findings of a sorted list that are there already.
func withoutRepetitions(sorted List) List {
	out := sorted[:0]
	first := 0 // of those in out that have the place and the code of the last
	for _, d := range sorted {
		if len(out) > 0 && !(name(out[first]) == name(d) && compare(out[first].At, d.At) == 0 && out[first].Code == d.Code) {
			first = len(out)
		}
		if !slices.ContainsFunc(out[first:], func(o Diagnostic) bool { return o.Message == d.Message }) {
			out = append(out, d)
		}
	}
	return out
}

// compare orders two places of files of one name. The models of a document are
// texts of their own, and are ordered by where they stand in it.
func compare(a, b source.Span) int {
	if a.File == b.File || a.File == nil || b.File == nil {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	}
	from, to := a.File.Position(a.Start), b.File.Position(b.Start)
	return cmp.Or(
		cmp.Compare(from.Line, to.Line), cmp.Compare(from.Column, to.Column),
		cmp.Compare(a.End-a.Start, b.End-b.Start),
	)
}

// Count returns how many findings have the severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Broken reports whether any finding stops pictures.
func (l List) Broken() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Broken })
}

func name(d Diagnostic) string {
	if d.At.File == nil {
		return ""
	}
	return d.At.File.Name
}
