// Package baseline lets a tree be adopted as it is: a list of what was found in
// it once, which is not said again. It reads and writes no file.
package baseline

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
)

// schema names the form of the list; another one has another name.
const schema = "flowc/baseline/v1"

// List is a baseline. Its findings are sorted.
type List struct {
	Schema   string  `json:"schema"`
	Findings []entry `json:"findings"`
}

// entry is what was found of one kind in one file. It says no line, so that it
// stays true when lines move.
type entry struct {
	File    string    `json:"file"` // with slashes, relative to the baseline's folder
	Code    diag.Code `json:"code"`
	Message string    `json:"message"`
	Count   int       `json:"count"` // how often
}

// key is what an entry and a finding are compared by: an entry without count.
func key(d diag.Diagnostic, name func(string) string) entry {
	e := entry{Code: d.Code, Message: d.Message}
	if d.At.Known() {
		e.File = name(d.At.File.Name)
	}
	return e
}

func order(a, b entry) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
}

// Of lists what is found, but for what stops pictures: that is never hidden.
// name turns a finding's file into an entry's.
func Of(found diag.List, name func(string) string) *List {
	l := &List{Schema: schema, Findings: []entry{}}
	for k, n := range counted(found, name) {
		k.Count = n
		l.Findings = append(l.Findings, k)
	}
	slices.SortFunc(l.Findings, order)
	return l
}

func counted(found diag.List, name func(string) string) map[entry]int {
	counts := make(map[entry]int)
	for _, d := range found {
		if !d.Broken {
			counts[key(d, name)]++
		}
	}
	return counts
}

// Hide returns the findings that are not listed, and how many of the entries
// are gone: their findings occur less often, in a file that was looked at.
// Where one occurs more often than is listed, it cannot be told which is new,
// and all are returned.
func (l *List) Hide(found diag.List, name func(string) string, lookedAt func(file string) bool) (left diag.List, gone int) {
	counts := counted(found, name)
	listed := make(map[entry]int)
	for _, e := range l.Findings {
		n := e.Count
		e.Count = 0
		listed[e] = n
		if counts[e] < n && lookedAt(e.File) {
			gone++
		}
	}
	for _, d := range found {
		if k := key(d, name); d.Broken || counts[k] > listed[k] {
			left = append(left, d)
		}
	}
	return left, gone
}

// Parse reads what Bytes writes.
func Parse(text []byte) (*List, error) {
	l := &List{}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(l); err != nil || d.More() {
		return nil, fmt.Errorf("it is not the JSON of a baseline")
	}
	if l.Schema != schema {
		return nil, fmt.Errorf("its schema is %q, not %q", l.Schema, schema)
	}
	seen := make(map[entry]bool)
	for _, e := range l.Findings {
		n := e.Count
		e.Count = 0
		switch {
		case e.File == "" || e.Code == "" || e.Message == "" || n < 1:
			return nil, fmt.Errorf("an entry lacks its file, code, message or count")
		case seen[e]:
			return nil, fmt.Errorf("%s %q of %s is listed twice", e.Code, e.Message, e.File)
		}
		seen[e] = true
	}
	return l, nil
}

// Bytes returns the list as JSON, an entry to a few lines, so that a difference
// can be read.
func (l *List) Bytes() []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(l); err != nil {
		panic("baseline: " + err.Error()) // strings and numbers
	}
	return out.Bytes()
}
