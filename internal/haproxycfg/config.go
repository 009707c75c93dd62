// Package haproxycfg reads HAProxy configurations: their sections, lines and words,
// with places, as HAProxy itself reads them (configuration manual, 2). It says what
// the files state in HAProxy's own terms, and nothing of what that means.
package haproxycfg

import (
	"context"
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// Config is one configuration, of one or several files.
type Config struct {
	Files    []*source.File
	Sections []*Section // in order; what stands before the first one is in none
	Findings diag.List  // what is wrong with the texts, in order of files and places
	Comments []Comment

	env     *environment
	version version
}

// Section is one section: its first line, and the lines below it.
type Section struct {
	Kind  string // frontend
	Name  string // "" for none
	Words []Word // of its first line
	Lines []*Line
	At    source.Span // the first line's words
}

// Whole is the section with all of its lines.
func (s *Section) Whole() source.Span {
	at := s.At
	if n := len(s.Lines); n > 0 {
		at.End = s.Lines[n-1].At.End
	}
	return at
}

// Line is one line of a section.
type Line struct {
	Words []Word
	At    source.Span // from its first word to its last one
}

// Arg returns a word of the line behind its keyword, "" where there is none.
func (l *Line) Arg(n int) string {
	if n < len(l.Words) {
		return l.Words[n].Text
	}
	return ""
}

// Is reports whether the line begins with words.
func (l *Line) Is(words ...string) bool {
	if len(l.Words) < len(words) {
		return false
	}
	for i, w := range words {
		if l.Words[i].Text != w {
			return false
		}
	}
	return true
}

// From returns the words of a line from one on.
func (l *Line) From(n int) []Word {
	if n >= len(l.Words) {
		return nil
	}
	return l.Words[n:]
}

// Comment is a comment: from its "#" to the end of the line, and the place of the
// words before it, or of the next line with words.
type Comment struct {
	At     source.Span
	Covers source.Span
	Around source.Span // the section that it is in, or above
}

// Options are what reading depends on, beside the files.
type Options struct {
	Env     map[string]string
	Version string // of HAProxy, that .if asks for: "3.2"
}

// Limits of what is read: of HAProxy's own are the words of a line (MAX_LINE_ARGS).
const (
	maxWords  = 64
	maxNested = 64 // .if blocks within each other, as HAProxy
	mostFound = 200
)

// Read reads files as one configuration. The error is that of a context which ended.
func Read(ctx context.Context, files []*source.File, opt Options) (*Config, error) {
	c := &Config{Files: files, env: newEnvironment(opt.Env), version: parseVersion(opt.Version)}
	r := &reader{c: c}
	for _, f := range files {
		if err := r.file(ctx, f); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// reader reads the lines of files.
type reader struct {
	c       *Config
	section *Section
	nested  []block
	below   []int // comments that wait for the next line with words
}

func (r *reader) report(code Code, at source.Span, help, format string, args ...any) {
	if len(r.c.Findings) >= mostFound {
		return
	}
	r.c.Findings = append(r.c.Findings, diag.Diagnostic{
		Code: diag.Code(code), Severity: diag.Error, At: at, Message: fmt.Sprintf(format, args...), Help: help,
	})
}

func (r *reader) file(ctx context.Context, f *source.File) error {
	r.nested, r.below = nil, nil
	lines := f.Lines()
	for n := 1; n <= lines; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r.line(f, f.LineSpan(n), n)
	}
	for _, b := range r.nested {
		r.report(FaultCondition, b.at, `add a line ".endif"`, ".if has no .endif")
	}
	return ctx.Err()
}

// bom may begin a text; HAProxy does not know it, and editors write it.
const bom = "\ufeff"

func (r *reader) line(f *source.File, at source.Span, n int) {
	if n == 1 && strings.HasPrefix(f.Text, bom) {
		at.Start += len(bom)
	}
	for at.End > at.Start && (f.Text[at.End-1] == '\n' || f.Text[at.End-1] == '\r') {
		at.End--
	}
	words, faults := split(f, at.Start, at.End, r.c.env)
	r.comment(f, at, words)
	if len(words) == 0 && len(faults) == 0 {
		return
	}
	if directive := len(words) > 0 && strings.HasPrefix(words[0].Text, "."); directive && r.conditional(words, faults) {
		return
	}
	if r.skips() {
		return
	}
	for _, x := range faults {
		r.report(x.code, x.at, x.help, "%s", x.msg)
	}
	if len(words) == 0 || r.placeholder(f, at) {
		return
	}
	if len(words) > maxWords {
		r.report(FaultSyntax, words[maxWords].At, "split the line", "a line has at most %d words, and this one has %d", maxWords, len(words))
		words = words[:maxWords]
	}
	l := &Line{Words: words, At: f.Span(words[0].At.Start, words[len(words)-1].At.End)}
	if isSection(words[0].Text) {
		r.begin(l)
		return
	}
	if r.section == nil {
		r.outside(l)
		return
	}
	if r.section.Kind == "global" && r.c.env.directive(words) {
		return
	}
	r.section.Lines = append(r.section.Lines, l)
	r.keyword(l)
}

// keyword says of a line that HAProxy has no such keyword, or not in this section, or
// wants more words behind it.
func (r *reader) keyword(l *Line) {
	kind := r.section.Kind
	if sections[kind].letter == "" {
		return // what is in it is not looked at
	}
	k, known := l.Keyword(kind)
	first := l.Words[0]
	if !known && k.Name != "" {
		r.report(FaultKeyword, first.At, "it belongs in: "+strings.Join(sectionsOf(k), ", "), "%q does not belong in a %s section", short(k.Name), kind)
		return
	}
	if !known {
		at, word, among := first.At, first.Text, keywordsIn(kind, "")
		if (word == "no" || word == "default") && len(l.Words) > 1 {
			l = &Line{Words: l.Words[1:], At: l.At}
			at, word = l.Words[0].At, l.Words[0].Text
		}
		if doubled()[word] && len(l.Words) > 1 {
			at, among = l.Words[1].At, keywordsIn(kind, word)
			word = l.Words[1].Text
		} else if doubled()[word] {
			r.report(FaultValue, l.At, "one of: "+strings.Join(keywordsIn(kind, word), ", "), "%s needs a second word", word)
			return
		}
		help := "see the proxy keywords matrix, chapter 4.1 of HAProxy's configuration manual"
		if near, ok := spell.Nearest(action(word), among); ok {
			help = "did you mean " + near + "?"
		}
		r.report(FaultKeyword, at, help, "HAProxy has no %s %q in a %s section", nounOf(l, word), short(word), kind)
		return
	}
	if len(l.Words)-1 < k.Min {
		r.report(FaultValue, l.At, "see "+k.Name+" in HAProxy's configuration manual", "%s needs %s", k.Name, counted(k.Min-strings.Count(k.Name, " "), "argument"))
	}
}

// nounOf is what a word of a line is.
func nounOf(l *Line, word string) string {
	switch {
	case l.Words[0].Text == word:
		return "keyword"
	case l.Words[0].Text == "option", l.Words[0].Text == "timeout":
		return l.Words[0].Text
	}
	return l.Words[0].Text + " action"
}

func counted(n int, noun string) string {
	if n == 1 {
		return "an " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sectionsOf are the sections in which a keyword may stand.
func sectionsOf(k Keyword) []string {
	var out []string
	for _, name := range sectionNames() {
		if letter := sections[name].letter; letter != "" && strings.Contains(k.In, letter) {
			out = append(out, name)
		}
	}
	return out
}

// begin begins a section.
func (r *reader) begin(l *Line) {
	kind := l.Words[0].Text
	s := &Section{Kind: kind, Words: l.Words, At: l.At, Name: l.Arg(1)}
	if s.Name == "from" && kind == "defaults" {
		s.Name = ""
	}
	if sections[kind].named && s.Name == "" {
		r.report(FaultValue, l.At, fmt.Sprintf("write: %s NAME", kind), "section %s needs a name", kind)
	}
	r.section = s
	r.c.Sections = append(r.c.Sections, s)
}

// outside says of a line that it is in no section.
func (r *reader) outside(l *Line) {
	word := l.Words[0].Text
	help := "begin with a section: global, defaults, frontend, backend or listen"
	if near, ok := spell.Nearest(word, sectionNames()); ok {
		help = "did you mean " + near + "?"
	}
	r.report(FaultKeyword, l.Words[0].At, help, "%q is not in a section", short(word))
	r.section = &Section{Kind: "", At: l.At} // what follows belongs to what was meant
}

// short is a word as a message quotes it.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

// placeholder reports a line that a template engine has not filled in.
func (r *reader) placeholder(f *source.File, at source.Span) bool {
	text := f.Text[at.Start:at.End]
	if i := strings.IndexByte(text, '#'); i >= 0 && strings.TrimSpace(text[:i]) == "" {
		return false
	}
	for _, p := range []struct{ open, shut string }{{"{{", "}}"}, {"{%", "%}"}, {"<%", "%>"}, {"$((", "))"}, {"@@", "@@"}} {
		i := strings.Index(text, p.open)
		if i < 0 {
			continue
		}
		rest := strings.Index(text[i+len(p.open):], p.shut)
		if rest < 0 && p.open != "{{" && p.open != "{%" {
			continue
		}
		end := len(text)
		if rest >= 0 {
			end = i + len(p.open) + rest + len(p.shut)
		}
		r.report(FaultVariable, f.Span(at.Start+i, at.Start+end), "render the template first, and give flowc what it makes", "%s is a placeholder of a template", short(text[i:end]))
		return true
	}
	return false
}

// comment notes the comment of a line.
func (r *reader) comment(f *source.File, at source.Span, words []Word) {
	from := at.Start
	if len(words) > 0 {
		from = words[len(words)-1].At.End
	}
	covers := source.Span{}
	if len(words) > 0 {
		covers = f.Span(words[0].At.Start, from)
		for _, i := range r.below {
			r.c.Comments[i].Covers = covers
		}
		r.below = r.below[:0]
	}
	i := strings.IndexByte(f.Text[from:at.End], '#')
	if i < 0 {
		if len(words) == 0 {
			r.below = r.below[:0] // an empty line between
		}
		return
	}
	if len(words) == 0 {
		r.below = append(r.below, len(r.c.Comments))
	}
	c := Comment{At: f.Span(from+i, at.End), Covers: covers}
	if r.section != nil {
		c.Around = r.section.At
	}
	r.c.Comments = append(r.c.Comments, c)
}
