// Package haproxycfg reads HAProxy configurations: their sections, lines and words,
// with places, as HAProxy itself reads them (configuration manual, 2). It says what
// the files state in HAProxy's own terms, and nothing of what that means.
package haproxycfg

import (
	"context"
	"fmt"
	"slices"
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
	Beyond   []Beyond // what is only counted

	env     *environment
	version version
}

// Beyond are lines of one meaning that are counted and not kept, behind the first ones of a
// long configuration.
type Beyond struct {
	Effect Effect // 0 for keywords that are not known
	Lines  int
	At     source.Span // the first of them
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
	// mostKept is how many lines are kept whatever they say. Behind them those that say
	// nothing of a topology are counted.
	mostKept = 20_000
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
	acls    map[string]bool // of the section, so far
	kept    int             // lines so far
	below   []int           // comments that wait for the next line with words
}

// Full reports whether what is wrong is no longer reported, as it is too much.
func (c *Config) Full() bool { return len(c.Findings) >= mostFound }

// report reports what HAProxy refuses.
func (r *reader) report(code Code, at source.Span, help, format string, args ...any) {
	r.found(diag.Error, code, at, help, fmt.Sprintf(format, args...))
}

// warn reports what HAProxy takes in another way than it looks.
func (r *reader) warn(code Code, at source.Span, help, format string, args ...any) {
	r.found(diag.Warning, code, at, help, fmt.Sprintf(format, args...))
}

func (r *reader) found(severity diag.Severity, code Code, at source.Span, help, message string) {
	if len(r.c.Findings) < mostFound {
		r.c.Findings = append(r.c.Findings, diag.Diagnostic{Code: diag.Code(code), Severity: severity, At: at, Message: message, Help: help})
	}
}

func (r *reader) file(ctx context.Context, f *source.File) error {
	r.nested, r.below = nil, nil
	if what := contentOf(f.Text); what != nil {
		r.report(FaultSyntax, f.Span(0, what.end), what.help, "%s", what.message)
		return ctx.Err()
	}
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
	if i := strings.IndexByte(f.Text[at.Start:at.End], 0); i >= 0 && len(faults) == 0 {
		r.report(FaultSyntax, f.Span(at.Start+i, at.Start+i+1), "remove it", "the comment has a NUL byte: HAProxy refuses the file")
	}
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
	r.characters(l)
	if isSection(words[0].Text) {
		r.begin(l, words[0].Text)
		return
	}
	if r.section == nil {
		r.outside(l)
		return
	}
	if r.section.Kind == "global" && r.c.env.directive(words) {
		return
	}
	if r.kept++; r.kept <= mostKept || !r.beyond(l) {
		r.section.Lines = append(r.section.Lines, l)
	}
	r.keyword(l)
}

// beyond counts a line that says nothing of a topology; it reports whether it is one.
func (r *reader) beyond(l *Line) bool {
	if sections[r.section.Kind].letter == "" {
		return false
	}
	var effect Effect
	if k, known := l.Keyword(r.section.Kind); known {
		effect = k.Effect
	}
	if effect == EffectRead || effect == EffectRouting {
		return false
	}
	i := slices.IndexFunc(r.c.Beyond, func(b Beyond) bool { return b.Effect == effect })
	if i < 0 {
		i = len(r.c.Beyond)
		r.c.Beyond = append(r.c.Beyond, Beyond{Effect: effect, At: l.At})
	}
	r.c.Beyond[i].Lines++
	return true
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

// begin begins a section of a kind.
func (r *reader) begin(l *Line, kind string) {
	s := &Section{Kind: kind, Words: l.Words, At: l.At, Name: l.Arg(1)}
	if s.Name == "from" && kind == "defaults" {
		s.Name = ""
	}
	if sections[kind].named && s.Name == "" {
		r.report(FaultValue, l.At, fmt.Sprintf("write: %s NAME", kind), "section %s needs a name", kind)
	}
	r.head(s)
	r.section, r.acls = s, map[string]bool{}
	r.c.Sections = append(r.c.Sections, s)
}

// head reports what stands behind the name of a section, and is not "from DEFAULTS".
func (r *reader) head(s *Section) {
	letter := sections[s.Kind].letter
	if letter == "" || letter == "G" {
		return
	}
	rest := s.Words[1:]
	if s.Name != "" {
		rest = rest[1:]
	}
	switch {
	case len(rest) == 0 || rest[0].Text == "from" && len(rest) == 2:
	case rest[0].Text == "from" && len(rest) == 1:
		r.report(FaultValue, rest[0].At, "write: from NAME, or remove it", "from needs the name of a defaults section")
	case strings.Contains(rest[0].Text, ":") && s.Kind != "defaults" && s.Kind != "backend":
		r.report(FaultKeyword, rest[0].At, "remove it, and add a line: bind "+rest[0].Text, "the address %s does not belong behind the name of a section: HAProxy 2.0 and later have it in a bind line", short(rest[0].Text))
	case rest[0].Text == "from":
		r.report(FaultValue, rest[2].At, "remove it", "%q does not belong behind from %s", short(rest[2].Text), short(rest[1].Text))
	default:
		r.report(FaultValue, rest[0].At, "a section has one name, and perhaps: from DEFAULTS", "%s has a name already, and %q is behind it", strings.TrimSpace(s.Kind+" "+short(s.Name)), short(rest[0].Text))
	}
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
		if i > 0 && p.open == "{{" && text[i-1] == '$' { // of a workflow: ${{ vars.PORT }}
			i--
			p.open = "${{"
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

// marker is in each comment that means something to flowc: others are not kept.
const marker = "flowc"

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
	if !strings.Contains(f.Text[from+i:at.End], marker) {
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
