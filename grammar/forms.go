package grammar

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// item is one step of a form: one of the alternatives, or an optional group.
type item struct {
	literals []string // words that stand for themselves
	kinds    []*Kind
	group    []item // "[…]", where there are neither literals nor kinds
	list     bool   // "…, …"
}

// compiled is what is made of the tables when the first text is parsed.
type compiled struct {
	signatures map[string]map[string]*Signature // by place and keyword
	places     map[string][]string              // by keyword, in the order of the table
}

// readForms is forms as they are read when they are first needed: most texts have few
// of the statements.
type readForms struct {
	once sync.Once
	all  [][]item
}

func (r *readForms) of(forms []string) [][]item {
	r.once.Do(func() {
		for _, f := range forms {
			r.all = append(r.all, formItems(f))
		}
	})
	return r.all
}

// items are the forms of the statement, read.
func (s *Signature) items() [][]item { return s.read.of(s.Forms) }

// items are the forms of the kind, read.
func (k *Kind) items() [][]item { return k.forms.of(k.Forms) }

// formItems reads a form.
func formItems(form string) []item {
	r := &formReader{rest: form}
	return r.sequence()
}

// longestKinds are the kinds with the longest names first.
var longestKinds = sync.OnceValue(func() []*Kind {
	kinds := slices.Clone(Kinds)
	slices.SortStableFunc(kinds, func(a, b *Kind) int { return len(b.Name) - len(a.Name) })
	return kinds
})

var tables = sync.OnceValue(func() *compiled {
	c := &compiled{
		signatures: make(map[string]map[string]*Signature),
		places:     make(map[string][]string),
	}
	for _, s := range Statements {
		for _, place := range s.In {
			if c.signatures[place] == nil {
				c.signatures[place] = make(map[string]*Signature)
			}
			c.signatures[place][s.Keyword] = s
			c.places[s.Keyword] = append(c.places[s.Keyword], place)
		}
	}
	return c
})

// lookup returns the statement of that keyword in that place, or nil.
func lookup(place, keyword string) *Signature { return tables().signatures[place][keyword] }

// Lookup returns the statement of that keyword in that place of Signature.In,
// or nil.
func Lookup(place, keyword string) *Signature { return lookup(place, keyword) }

// keywords returns the statements that may stand in the place, in the order of
// the table.
func keywords(place string) []string {
	var out []string
	for _, s := range Statements {
		if slices.Contains(s.In, place) {
			out = append(out, s.Keyword)
		}
	}
	return out
}

// formReader reads a form of the tables. The tables are ours: a form that
// cannot be read is a panic, and a test reads them all.
type formReader struct{ rest string }

func (r *formReader) sequence() []item {
	var out []item
	for {
		r.rest = strings.TrimLeft(r.rest, " ")
		if r.rest == "" || strings.HasPrefix(r.rest, "]") {
			return out
		}
		out = append(out, r.item())
	}
}

func (r *formReader) item() item {
	var it item
	if r.kind() == nil && strings.HasPrefix(r.rest, "[") {
		r.rest = r.rest[1:]
		it.group = r.sequence()
		r.skip("]")
		return it
	}
	for {
		if k := r.kind(); k != nil {
			r.rest = r.rest[len(k.Name):]
			it.kinds = append(it.kinds, k)
		} else {
			n := strings.IndexAny(r.rest+" ", " |],")
			if n == 0 {
				panic("grammar: a form cannot be read: " + r.rest)
			}
			it.literals = append(it.literals, r.rest[:n])
			r.rest = r.rest[n:]
		}
		if !strings.HasPrefix(r.rest, "|") {
			break
		}
		r.rest = r.rest[1:]
	}
	if strings.HasPrefix(r.rest, ",") {
		r.skip(", …")
		it.list = true
	}
	return it
}

// kind returns the kind that the rest begins with, or nil.
func (r *formReader) kind() *Kind {
	if r.rest == "" || 'a' <= r.rest[0] && r.rest[0] <= 'z' { // no kind is in small letters
		return nil
	}
	for _, k := range longestKinds() {
		after, ok := strings.CutPrefix(r.rest, k.Name)
		if !ok {
			continue
		}
		if next, _ := utf8.DecodeRuneInString(after); after == "" || strings.ContainsRune(" |],", next) {
			return k
		}
	}
	return nil
}

func (r *formReader) skip(s string) {
	rest, ok := strings.CutPrefix(r.rest, s)
	if !ok {
		panic("grammar: a form lacks " + s + ": " + r.rest)
	}
	r.rest = rest
}
