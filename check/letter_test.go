package check_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

// reader follows the words of a help line as a person does who has nothing else: it writes
// and takes out what stands in them in quotes, where they say.
type reader struct {
	text  string
	top   []*ast.Statement
	edits []diag.Edit
	now   map[string]string // what a statement was before the line had it replaced
}

const (
	aText  = "((?:the (?:second|third|[0-9]+th) )?`[^`]*`)"
	aPlace = `((?:the block of ` + "`[^`]*`" + ` in |server "[^"]*" of |the target "[^"]*" of )?[a-z]+ "[^"]*")`
	aLines = "(the lines? `[^`]*`(?:, `[^`]*`)*(?: and `[^`]*`)?|`[^`]*`)"
)

// instructions are what a help line can say, each with what is done then.
var instructions = []struct {
	says *regexp.Regexp
	does func(r *reader, m []string) error
}{
	{regexp.MustCompile("^add " + aLines + `(, and a line .* for each other (\w+) that the model names,)? at the end of the model`), (*reader).atTheEnd},
	{regexp.MustCompile("^add " + aLines + " to " + aPlace), (*reader).into},
	{regexp.MustCompile("^replace " + aText + "( and its block)? with " + aLines + "(?: in " + aPlace + ")?"), (*reader).instead},
	{regexp.MustCompile("^remove the block `{ … }` after " + aText + " in " + aPlace), (*reader).unblock},
	{regexp.MustCompile("^remove " + aText + "(?: and its block)? from " + aPlace), (*reader).takeOut},
	{regexp.MustCompile("^remove " + aPlace), (*reader).takeAll},
}

// byTheLetter is a text after the words of one way were followed; it is an error if they
// do not say what to write and where.
func byTheLetter(text, words string) (string, error) {
	file, _ := grammar.Parse(source.NewFile("m.flow", text))
	r := &reader{text: text, top: file.Statements(), now: map[string]string{}}
	for rest := words; ; {
		i := slices.IndexFunc(instructions, func(i struct {
			says *regexp.Regexp
			does func(r *reader, m []string) error
		}) bool {
			return i.says.MatchString(rest)
		})
		if i < 0 {
			return "", fmt.Errorf("%q says nothing that can be done", rest)
		}
		m := instructions[i].says.FindStringSubmatch(rest)
		if err := instructions[i].does(r, m); err != nil {
			return "", err
		}
		rest = rest[len(m[0]):]
		more, ok := strings.CutPrefix(rest, ", and ")
		if !ok {
			break
		}
		rest = more
	}
	slices.SortStableFunc(r.edits, func(a, b diag.Edit) int { return a.At.Start - b.At.Start })
	return edited(text, r.edits), nil
}

var quoted = regexp.MustCompile("`([^`]*)`")

// linesOf are the texts in quotes, a line each.
func linesOf(words string) string {
	var out []string
	for _, m := range quoted.FindAllStringSubmatch(words, -1) {
		out = append(out, m[1])
	}
	return strings.Join(out, "\n")
}

func (r *reader) edit(start, end int, text string) {
	r.edits = append(r.edits, diag.Edit{At: r.top[0].At.File.Span(start, end), New: text})
}

func (r *reader) atTheEnd(m []string) error {
	if m[2] != "" {
		return fmt.Errorf("%q leaves names open", m[0])
	}
	r.edit(len(r.text), len(r.text), "\n"+linesOf(m[1])+"\n")
	return nil
}

func (r *reader) into(m []string) error {
	st, err := r.find(m[2])
	if err != nil {
		return err
	}
	if st.Block == nil {
		return fmt.Errorf("%s has no block for %s", m[2], m[1])
	}
	r.edit(st.Block.At.End-1, st.Block.At.End-1, "\n"+linesOf(m[1])+"\n")
	return nil
}

func (r *reader) instead(m []string) error {
	st, err := r.stating(m[1], m[4])
	if err != nil {
		return err
	}
	r.now[linesOf(m[3])] = linesOf(m[1])
	end := headOf(st).End
	if m[2] != "" {
		end = st.Block.At.End
	}
	r.edit(headOf(st).Start, end, linesOf(m[3]))
	return nil
}

func (r *reader) unblock(m []string) error {
	st, err := r.stating(m[1], m[2])
	if err != nil {
		return err
	}
	r.edit(headOf(st).End, st.Block.At.End, "")
	return nil
}

func (r *reader) takeOut(m []string) error {
	st, err := r.stating(m[1], m[2])
	if err != nil {
		return err
	}
	r.edit(st.At.Start, st.At.End, "")
	return nil
}

func (r *reader) takeAll(m []string) error {
	st, err := r.find(m[1])
	if err != nil {
		return err
	}
	r.edit(st.At.Start, st.At.End, "")
	return nil
}

func headOf(st *ast.Statement) source.Span {
	end := st.Keyword.At.End
	if n := len(st.Args); n > 0 {
		end = st.Args[n-1].Span().End
	}
	return st.At.File.Span(st.Keyword.At.Start, end)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// stating is the statement in a place that reads as a text: the first one, or the one that
// is named. Without a place it is a declaration.
func (r *reader) stating(says, place string) (*ast.Statement, error) {
	within := r.top
	if place != "" {
		outer, err := r.find(place)
		if err != nil {
			return nil, err
		}
		within = outer.Block.Statements()
	}
	nth := 1
	if which := ordinal.FindStringSubmatch(says); which != nil {
		nth, _ = strconv.Atoi(strings.NewReplacer("second", "2", "third", "3", "th", "").Replace(which[1]))
	}
	for {
		i := reads(within, linesOf(says))
		if i < 0 {
			return nil, fmt.Errorf("no statement %s in %q", says, place)
		}
		if nth--; nth == 0 {
			return within[i], nil
		}
		within = within[i+1:]
	}
}

var ordinal = regexp.MustCompile("^the ([a-z0-9]+) `")

func reads(among []*ast.Statement, text string) int {
	return slices.IndexFunc(among, func(st *ast.Statement) bool { return st.Keyword != nil && oneLine(headOf(st).Text()) == text })
}

var aPart = regexp.MustCompile("^(?:the block of `([^`]*)` in |(server|the target) (\"[^\"]*\") of )?([a-z]+) (\"[^\"]*\")$")

// find is the statement that a place names.
func (r *reader) find(place string) (*ast.Statement, error) {
	m := aPart.FindStringSubmatch(place)
	if m == nil {
		return nil, fmt.Errorf("%q is not a place in a text", place)
	}
	named := func(among []*ast.Statement, keyword, quoted string) *ast.Statement {
		name, _ := strconv.Unquote(quoted)
		i := slices.IndexFunc(among, func(st *ast.Statement) bool {
			return st.Keyword != nil && st.Keyword.Text == keyword && len(st.Args) > 0 && strings.HasPrefix(oneLine(headOf(st).Text())+" ", keyword+" "+name+" ") ||
				keyword == "to" && st.Keyword.Text == "to" && strings.HasPrefix(st.Args[0].Span().Text(), name+":")
		})
		if i < 0 {
			return nil
		}
		return among[i]
	}
	st := named(r.top, m[4], m[5])
	if st == nil {
		return nil, fmt.Errorf("there is no %s", place)
	}
	switch {
	case m[1] != "":
		head := m[1]
		if was, ok := r.now[head]; ok {
			head = was
		}
		i := reads(st.Block.Statements(), head)
		if i < 0 {
			return nil, fmt.Errorf("there is no %s", place)
		}
		return st.Block.Statements()[i], nil
	case m[2] == "server":
		st = named(st.Block.Statements(), "server", m[3])
	case m[2] != "":
		st = named(st.Block.Statements(), "to", m[3])
	}
	if st == nil {
		return nil, fmt.Errorf("there is no %s", place)
	}
	return st, nil
}

// tokens are the words of a text, which is the same however it is broken into lines.
func tokens(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if code, _, commented := strings.Cut(line, " #"); commented {
			line = code
		}
		out = append(out, strings.Fields(strings.NewReplacer("{", " { ", "}", " } ").Replace(line))...)
	}
	return out
}
