package flowtext

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// leftOut puts what is not modelled into comments at the declarations in whose text it
// is, and returns the comments about the rest: what comes before all declarations, and
// how much of it says nothing of a topology.
func leftOut(d *flow.Draft, all []*statement) []string {
	marks := marksOf(all)
	names := namesOf(d)
	often := oftenLeft(d)
	var head notes
	at := map[*statement]*notes{}
	var order []*statement
	harmless := map[string]int{} // by file
	var files []string
	for _, u := range d.Unmodelled {
		file := names[u.At.File]
		if u.Kind == flow.NoEffect {
			if harmless[file] == 0 {
				files = append(files, file)
			}
			harmless[file]++
			continue
		}
		s := marks.of(u.At)
		if s == nil || often[said{u.What, u.Kind, u.At.File}] > mostRemarks {
			head.add(u, file)
			continue
		}
		if at[s] == nil {
			at[s] = &notes{}
			order = append(order, s)
		}
		at[s].add(u, file)
	}
	for _, s := range order {
		for _, n := range at[s].all {
			s.notes = append(s.notes, n.String())
		}
	}
	var out []string
	for _, file := range files {
		out = append(out, comment(fmt.Sprintf("%s%s with no effect on the topology", of(file), count(harmless[file], "statement"))))
	}
	for _, n := range head.all {
		out = append(out, n.String())
	}
	return out
}

func of(file string) string {
	if file == "" {
		return ""
	}
	return file + ": "
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// said is what is left out of a file, wherever it is.
type said struct {
	what string
	kind flow.UnmodelledKind
	file *source.File
}

// oftenLeft is how often the same is left out: what many declarations have is said once.
func oftenLeft(d *flow.Draft) map[said]int {
	out := map[said]int{}
	for _, u := range d.Unmodelled {
		if u.Kind != flow.NoEffect {
			out[said{u.What, u.Kind, u.At.File}]++
		}
	}
	return out
}

// namesOf are the names of the files of what is left out: without their folders where
// that tells them apart.
func namesOf(d *flow.Draft) map[*source.File]string {
	out := map[*source.File]string{}
	of := map[string]*source.File{}
	for _, u := range d.Unmodelled {
		f := u.At.File
		if f == nil || out[f] != "" {
			continue
		}
		base := path.Base(f.Name)
		out[f] = base
		if other := of[base]; other != nil {
			out[f], out[other] = f.Name, other.Name
		}
		of[base] = f
	}
	return out
}

// note is what is not modelled, on one line or on several that say the same.
type note struct {
	what  string
	kind  flow.UnmodelledKind
	file  string
	lines []int
}

// notes are notes in their order: what is said again of a file is said once.
type notes struct {
	all []note
	at  map[said]int
}

func (n *notes) add(u flow.Unmodelled, file string) {
	key := said{u.What, u.Kind, u.At.File}
	i, known := n.at[key]
	if !known {
		if n.at == nil {
			n.at = map[said]int{}
		}
		i = len(n.all)
		n.at[key] = i
		n.all = append(n.all, note{what: u.What, kind: u.Kind, file: file})
	}
	if u.At.Known() {
		n.all[i].lines = append(n.all[i].lines, u.At.File.Position(u.At.Start).Line)
	}
}

// mostWhat is how much of a line is repeated, in characters.
const mostWhat = 120

// mostLines is how many lines are named that say the same.
const mostLines = 8

func (n note) String() string {
	what := []rune(n.what)
	if len(what) > mostWhat && n.kind != flow.OtherProduct {
		what = append(what[:mostWhat], '…')
	}
	place := n.file
	if len(n.lines) > 0 {
		var lines []string
		for _, l := range n.lines[:min(len(n.lines), mostLines)] {
			lines = append(lines, number(l))
		}
		place += ":" + strings.Join(lines, ",")
		if more := len(n.lines) - len(lines); more > 0 {
			place += fmt.Sprintf(" and %s", count(more, "more line"))
		}
	}
	says := "not modelled: "
	switch n.kind {
	case flow.ChangesRouting:
		says = "not modelled, and may change where a request goes: "
	case flow.OtherProduct:
		says = "otherwise than modelled: "
	case flow.NoEffect, flow.LosesDetail:
	}
	return comment(strings.TrimSpace(place + " " + says + string(what)))
}

// marks are the places of declarations in texts, in order.
type marks map[*source.File][]mark

type mark struct {
	start, end int
	of         *statement
	inner      []mark // ports and servers
}

// noted are the declarations whose text others stand in.
var noted = []string{"client", "proxy", "backend", "route", "request"}

func marksOf(all []*statement) marks {
	out := marks{}
	for _, s := range all {
		if !s.at.Known() || !slices.Contains(noted, s.words[0]) {
			continue
		}
		m := mark{start: s.at.Start, end: s.at.End, of: s}
		for _, inner := range s.inner {
			if inner.at.Known() && inner.at.File == s.at.File {
				m.inner = append(m.inner, mark{start: inner.at.Start, end: inner.at.End, of: inner})
			}
		}
		byStart(m.inner)
		out[s.at.File] = append(out[s.at.File], m)
	}
	for _, list := range out {
		byStart(list)
	}
	return out
}

func byStart(list []mark) {
	slices.SortStableFunc(list, func(a, b mark) int { return a.start - b.start })
}

// of is the declaration nearest before a place in its file, or the port or server of it
// in whose text that is; nil for none.
func (m marks) of(at source.Span) *statement {
	if !at.Known() {
		return nil
	}
	near, ok := before(m[at.File], at.Start)
	if !ok {
		return nil
	}
	if inner, ok := before(near.inner, at.Start); ok && at.Start < inner.end {
		return inner.of
	}
	return near.of
}

// before is the last mark that begins at an offset or before it.
func before(list []mark, offset int) (mark, bool) {
	i := sort.Search(len(list), func(i int) bool { return list[i].start > offset }) - 1
	if i < 0 {
		return mark{}, false
	}
	return list[i], true
}

// mostRemarks is how often a comment is written where it belongs.
const mostRemarks = 3

// folded takes the comments out of declarations that many of them have, and returns one
// for each.
func folded(all []*statement) []string {
	count := map[string]int{}
	var order []string
	for _, s := range all {
		for _, inner := range s.inner {
			if inner.isRemark() {
				if count[inner.trail]++; count[inner.trail] == 1 {
					order = append(order, inner.trail)
				}
			}
		}
	}
	for _, s := range all {
		s.inner = slices.DeleteFunc(s.inner, func(inner *statement) bool { return inner.isRemark() && count[inner.trail] > mostRemarks })
	}
	var out []string
	for _, text := range order {
		if n := count[text]; n > mostRemarks {
			out = append(out, comment(fmt.Sprintf("in %d routes, %s", n, text)))
		}
	}
	return out
}
