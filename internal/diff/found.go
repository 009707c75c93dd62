package diff

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// rules are those whose findings are about ways that no path shows, with what it means that
// there is one more.
var rules = []struct {
	code diag.Code
	kind Kind
}{
	{"FL214", Shared},      // servers that may insist on ALPN
	{"FL303", Shared},      // a route that another one shadows
	{"FL304", Shared},      // a host that another namespace owns
	{"FL306", Shared},      // a relay that takes a route's requests
	{"FL310", Shared},      // two listeners of one port
	{"FL311", Shared},      // connections that are used for another host
	{"FL504", Uncertified}, // another host's session
	{"FL505", Uncertified}, // plaintext
	{"FL506", Shared},      // a header field that names the client
	{"FL507", Uncertified}, // a second way
	{"FL612", Shared},      // a timeout that is over before the retries behind it are
}

// Rules are the codes of the rules whose findings are compared.
func Rules() []diag.Code {
	var out []diag.Code
	for _, r := range rules {
		out = append(out, r.code)
	}
	return out
}

// findings compares what the rules find: a finding is the same where it is about the same
// parties.
func (c *comparison) findings(old, is diag.List) {
	if len(old) == 0 && len(is) == 0 {
		return
	}
	before, after := newPlaces(c.pairs, c.result.Old), newPlaces(c.pairs, c.result.New)
	known := map[string]int{}
	for i := range old {
		known[before.key(&old[i])]++
	}
	for i := range is {
		d := &is[i]
		k := after.key(d)
		if known[k] > 0 {
			known[k]--
			continue
		}
		for _, r := range rules {
			if r.code != d.Code {
				continue
			}
			c.note(r.kind, "", said(d), Subject{}, []*Change{{Is: placeAt(d.At)}})
		}
	}
	for i := range old {
		d := &old[i]
		if k := before.key(d); known[k] > 0 {
			known[k]--
			c.note(Unshared, said(d), "", Subject{}, []*Change{{Was: placeAt(d.At)}})
		}
	}
}

func said(d *diag.Diagnostic) string { return fmt.Sprintf("%s, %s", d.Code, d.Message) }

// places finds the declarations that stand at places of texts.
type places struct {
	p   *pairing
	all map[*source.File][]placed
}

// placed is a declaration with its place.
type placed struct {
	start, end int
	is         any
	kind       byte
	outer      int // the next one around it; -1 for none
}

func newPlaces(p *pairing, t *flow.Topology) *places {
	out := &places{p: p, all: map[*source.File][]placed{}}
	for _, d := range declarations(t) {
		if at := declOf(d.is).Whole; at.Known() {
			out.all[at.File] = append(out.all[at.File], placed{at.Start, at.End, d.is, d.kind, -1})
		}
	}
	for _, list := range out.all {
		slices.SortStableFunc(list, func(a, b placed) int {
			return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
		})
		for i := range list {
			o := i - 1
			for o >= 0 && list[o].end < list[i].end {
				o = list[o].outer
			}
			list[i].outer = o
		}
	}
	return out
}

// key is a finding's code, and the parties that it is about, whatever they are called.
func (x *places) key(d *diag.Diagnostic) string {
	b := appendUint([]byte(d.Code), uint64(x.at(d.At)))
	for _, r := range d.Related {
		b = appendUint(b, uint64(x.at(r.At)))
	}
	return string(b)
}

// at is the number of the party that is declared around a place; 0 for none.
func (x *places) at(at source.Span) int32 {
	if d := x.around(at); d != nil {
		return x.p.idOf(d.is)
	}
	return 0
}

// around is the innermost declaration around a place; nil for none.
func (x *places) around(at source.Span) *placed {
	list := x.all[at.File]
	i, _ := slices.BinarySearchFunc(list, at.Start+1, func(p placed, start int) int { return cmp.Compare(p.start, start) })
	for i--; i >= 0; i = list[i].outer {
		if at.End <= list[i].end {
			return &list[i]
		}
	}
	return nil
}
