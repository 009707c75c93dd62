package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// unsaid are the kinds of a difference in what flowc does not model.
var unsaid = map[flow.UnmodelledKind]Kind{
	flow.ChangesRouting: Unsaid,
	flow.LosesDetail:    UnsaidDetail,
	flow.OtherProduct:   UnsaidDetail,
	flow.NoEffect:       UnsaidIdle,
}

// statement is one that a topology does not express.
type statement struct {
	flow.Unmodelled
	of    *placed // the declaration around it; nil for none
	whole bool    // it is an object of its own: another name is another object
}

// unsaidKey tells statements apart: a place in a text is no difference, the declaration is.
type unsaidKey struct {
	kind       flow.UnmodelledKind
	what, says string
	party      int32
	more       int
}

// unmodelled compares what the two texts state and the topologies do not express.
func (c *comparison) unmodelled() {
	old, is := statements(c.pairs, c.result.Old), statements(c.pairs, c.result.New)
	if len(old) == 0 && len(is) == 0 {
		return
	}
	key := func(s *statement) unsaidKey {
		return unsaidKey{kind: s.Kind, what: s.What, says: s.Says, more: s.More, party: c.around(s)}
	}
	gone, come := apart(old, is, key, key)
	if len(gone)+len(come) == 0 {
		return
	}
	if names := c.renamed(); len(names) > 0 {
		gone, come = apart(gone, come, func(s *statement) unsaidKey {
			k := key(s)
			k.what = renamedWords(k.what, names)
			return k
		}, key)
	}
	// what is worded otherwise is in the same declaration, and begins alike
	type alike struct {
		head  string
		party int32
	}
	like := func(s *statement) alike {
		head, _, _ := strings.Cut(s.What, " ")
		if s.whole {
			head = s.What
		}
		return alike{head, c.around(s)}
	}
	left := map[alike][]*statement{}
	for _, is := range come {
		left[like(is)] = append(left[like(is)], is)
	}
	changed := map[*statement]bool{}
	out := unsaidGroups{result: &c.result, stated: c.statedLines(), of: map[unsaidGroup]*Difference{}}
	for _, was := range gone {
		same := left[like(was)]
		if len(same) == 0 {
			out.add(was, nil)
			continue
		}
		left[like(was)], changed[same[0]] = same[1:], true
		out.add(was, same[0])
	}
	for _, is := range come {
		if !changed[is] {
			out.add(nil, is)
		}
	}
	c.result.Differences = append(c.result.Differences, out.all...)
}

// around is the number of the declaration around a statement; 0 for none. A proxy may stand for
// several sections of a configuration, of which one is its place.
func (c *comparison) around(s *statement) int32 {
	if s.of == nil || s.of.kind == 'p' {
		return 0
	}
	return c.pairs.idOf(s.of.is)
}

// apart are the statements of two lists that are in one of them alone.
func apart(old, is []*statement, ofOld, ofNew func(*statement) unsaidKey) (gone, come []*statement) {
	there, here := map[unsaidKey]int{}, map[unsaidKey]int{}
	for _, s := range is {
		there[ofNew(s)]++
	}
	for _, s := range old {
		k := ofOld(s)
		if here[k]++; here[k] > there[k] {
			gone = append(gone, s)
		}
	}
	for _, s := range is {
		k := ofNew(s)
		if here[k]--; here[k] < 0 {
			come = append(come, s)
		}
	}
	return gone, come
}

// statements are what a topology does not express, one by one, with the declarations around it.
func statements(p *pairing, t *flow.Topology) []*statement {
	if len(t.Unmodelled) == 0 {
		return nil
	}
	around := &places{p: p}
	if slices.ContainsFunc(t.Unmodelled, func(u flow.Unmodelled) bool { return u.At.Known() }) {
		around = newPlaces(p, t)
	}
	var out []*statement
	for _, u := range t.Unmodelled {
		if len(u.Parts) == 0 {
			out = append(out, &statement{Unmodelled: u, of: around.around(u.At)})
		}
		for _, part := range u.Parts {
			one := flow.Unmodelled{At: part.At, What: part.What, Says: part.Says, Kind: u.Kind}
			out = append(out, &statement{Unmodelled: one, of: around.around(part.At), whole: true})
		}
	}
	return out
}

// renamed are the names of the old topology that are others in the new one.
func (c *comparison) renamed() map[string]string {
	out := map[string]string{}
	for _, d := range declarations(c.result.Old) {
		name := declOf(d.is).Name
		if to := c.result.NewName(d.is); to != "" && to != name {
			out[name] = to
		}
	}
	return out
}

// renamedWords is a text in which names are others.
func renamedWords(text string, names map[string]string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		name := strings.Trim(w, ",;:()")
		if to := names[name]; to != "" {
			words[i] = strings.Replace(w, name, to, 1)
		}
	}
	return strings.Join(words, " ")
}

// kindWords are the words of kinds of declarations.
var kindWords = map[byte]string{
	'z': "zone", 'a': "ca", 'k': "certificate", 'n': "namespace", 'c': "client", 'p': "proxy", 'b': "backend", 'r': "route",
}

// unsaidGroups are the differences in what is not modelled, one for each declaration and kind.
type unsaidGroups struct {
	result *Result
	stated map[string]bool
	of     map[unsaidGroup]*Difference
	all    []*Difference
}

type unsaidGroup struct {
	kind Kind
	of   string
}

// add notes a statement that was, and what is in its place; nil for nothing.
func (g *unsaidGroups) add(was, is *statement) {
	ch, kind := &Change{}, flow.UnmodelledKind(0)
	if was != nil {
		ch.Was, kind = Place{was.At, was.What}, was.Kind
		if was.of != nil {
			ch.about = append(ch.about, was.of.is)
			ch.Of = kindWords[was.of.kind] + " " + cmp.Or(g.result.NewName(was.of.is), declOf(was.of.is).Name)
		}
	}
	if is != nil {
		ch.Is, kind = Place{is.At, is.What}, max(kind, is.Kind)
		if is.of != nil {
			ch.about = append(ch.about, is.of.is)
			ch.Of = kindWords[is.of.kind] + " " + declOf(is.of.is).Name
		}
	}
	if kind != flow.ChangesRouting && g.stated[ch.Was.At.Line()] && g.stated[ch.Is.At.Line()] {
		return // the lines state something else otherwise, and that is said; or no text states it
	}
	key := unsaidGroup{unsaid[kind], ch.Of}
	if g.of[key] == nil {
		g.of[key] = &Difference{Kind: key.kind, Subjects: []Subject{{Where: ch.Of}}}
		g.all = append(g.all, g.of[key])
	}
	g.of[key].Causes = append(g.of[key].Causes, ch)
}

// statedLines are the lines in which a fact is stated otherwise; "", of no text, is one.
func (c *comparison) statedLines() map[string]bool {
	out := map[string]bool{"": true}
	for _, ch := range c.changes.all {
		out[ch.Was.At.Line()], out[ch.Is.At.Line()] = true, true
	}
	return out
}
