package flowtext

import (
	"strings"

	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

// statement is one statement of the text.
type statement struct {
	words []string // as they stand in the text
	list  []string // behind the words, separated by commas
	inner []*statement
	notes []string // comments at the beginning of its block, or above it where it has none
	trail string   // a comment behind its line
	apart bool     // a blank line comes before it
	opens bool     // it has a block, even an empty one
	lost  bool     // no form of the language says it
	at    source.Span
}

// say is a statement of some words.
func say(words ...string) *statement { return &statement{words: words} }

// add puts a statement into the block.
func (s *statement) add(inner *statement) *statement {
	s.inner = append(s.inner, inner)
	return inner
}

// say puts a statement of some words into the block.
func (s *statement) say(words ...string) { s.add(say(words...)) }

// several puts a statement with a list into the block, if the list has elements.
func (s *statement) several(list []string, words ...string) {
	if len(list) > 0 {
		s.add(&statement{words: words, list: list})
	}
}

// unsaid puts a statement into the block that the language has no form for.
func (s *statement) unsaid(words ...string) { s.add(&statement{words: words, lost: true}) }

// remark puts a comment into the block.
func (s *statement) remark(text string) { s.add(&statement{trail: text}) }

// isRemark reports whether a statement is a comment alone.
func (s *statement) isRemark() bool { return len(s.words) == 0 }

// line is the statement up to its block on one line.
func (s *statement) line() string {
	out := strings.Join(s.words, " ")
	if len(s.list) > 0 {
		out += " " + strings.Join(s.list, ", ")
	}
	return out
}

// page is the text of a draft as statements.
type page struct {
	head   []*statement
	groups [][]*statement
	unsaid []Unsaid
}

// text is the page in the one style, behind comments.
func (p *page) text(head []string) *Text {
	all := append([][]*statement{p.head}, p.groups...)
	file, broken := parse(all, head)
	if broken {
		for _, g := range all {
			for _, s := range g {
				p.settle(s)
			}
		}
		if file, broken = parse(all, head); broken {
			panic("flowtext: the text has mistakes that no statement of it has")
		}
	}
	return &Text{Text: file, Unsaid: p.unsaid}
}

// parse returns the text of statements in the one style; broken says that it is none.
func parse(groups [][]*statement, head []string) (text string, broken bool) {
	r := &raw{}
	for _, l := range head {
		r.put(0, nil, l)
	}
	r.blankNext = len(head) > 0
	for _, g := range groups {
		for _, s := range g {
			if s.apart {
				r.blankNext = true
			}
			r.statement(0, s)
		}
		r.blankNext = r.blankNext || len(g) > 0
	}
	file, found := grammar.Parse(source.NewFile("model.flow", r.String()))
	if len(found) > 0 {
		return "", true
	}
	return grammar.Format(file), false
}

// settle marks what of a declaration the language has no form for.
func (p *page) settle(top *statement) {
	for {
		r := &raw{}
		r.statement(0, top)
		file := source.NewFile("model.flow", r.String())
		_, found := grammar.Parse(file)
		if len(found) == 0 {
			break
		}
		some := false
		for _, d := range found {
			s := top
			if d.At.Known() {
				s = r.of[file.Position(d.At.Start).Line-1]
			}
			some = some || s != nil && !s.lost
			if s != nil {
				s.lost = true
			}
		}
		top.lost = top.lost || !some
	}
	p.note(top, top)
}

// note lists what no form of the language says.
func (p *page) note(top, s *statement) {
	if s.lost {
		p.unsaid = append(p.unsaid, Unsaid{In: top.line(), What: s.line()})
		return
	}
	for _, inner := range s.inner {
		p.note(top, inner)
	}
}
