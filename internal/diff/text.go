package diff

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/flowc-lang/flowc/flow/words"
)

// What the text tells at most; the JSON tells all.
const (
	mostTold    = 40
	mostStated  = 10 // of those that change nothing
	mostAsks    = 3
	mostChanges = 12 // of one difference
	mostLeft    = 12
)

// Heading is the line that sums up a comparison: "2 breaking, 1 safe".
func (r *Result) Heading() string {
	var out []string
	for _, g := range Grades {
		if n := r.Count(g); n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, g))
		}
	}
	if len(out) == 0 {
		return "no difference"
	}
	return strings.Join(out, ", ")
}

// WriteText writes the differences of two models, called old and is, for a person:
//
//	old.flow > new.flow: 1 breaking, 1 safe
//
//	breaking: a hop became plaintext: TLS, now plaintext
//	    GET https://shop.example.test/ from browser, edge > shop
//	    was browser > edge:443 > shop
//	    is  browser > edge:443 > shop
//	    - old.flow:12  tls reencrypt
//	    + new.flow:12  tls edge
func (r *Result) WriteText(w io.Writer, old, is string) error {
	var b strings.Builder
	line := func(format string, args ...any) { b.WriteString(printable(fmt.Sprintf(format, args...)) + "\n") }
	line("%s > %s: %s", old, is, r.Heading())
	told, stated := 0, 0
	for _, d := range r.Differences {
		if told == mostTold || d.Kind == Stated && stated == mostStated {
			continue
		}
		told++
		if d.Kind == Stated {
			stated++
		}
		line("")
		for _, l := range d.lines() {
			line("%s", l)
		}
	}
	if n := len(r.Differences) - told; n > 0 {
		line("")
		line("and %d more; --format json lists all", n)
	}
	if len(r.Left) > 0 {
		line("")
		line("not compared:")
	}
	for _, l := range r.Left[:min(len(r.Left), mostLeft)] {
		line("    %s", l)
	}
	if n := len(r.Left) - mostLeft; n > 0 {
		line("    and %d more; --format json lists all", n)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Title says what a difference is: "a hop became plaintext: TLS, now plaintext".
func (d *Difference) Title() string {
	text := d.Kind.Text()
	if s := d.Subjects; len(s) == 1 && s[0].Asks == "" && s[0].Where != "" {
		text = s[0].Where + ": " + text
	}
	switch {
	case d.Was != "" && d.Is != "":
		return text + ": " + d.Was + ", now " + d.Is
	case d.Is != "":
		return text + ": now " + d.Is
	case d.Was != "":
		return text + ": no longer " + d.Was
	}
	return text
}

// lines are what is told of a difference.
func (d *Difference) lines() []string {
	out := []string{d.Grade().String() + ": " + d.Title()}
	told := 0
	for _, s := range d.Subjects[:min(len(d.Subjects), mostAsks)] {
		text := "    " + s.String()
		if s.Asks == "" || slices.Contains(out, text) { // several clients that no model states ask alike
			continue
		}
		told++
		out = append(out, text)
		if told == 1 {
			out = append(out, s.ways()...)
		}
	}
	if n := len(d.Subjects) - mostAsks; n > 0 && told > 0 {
		out = append(out, fmt.Sprintf("    and %d more", n))
	}
	for _, c := range d.Causes[:min(len(d.Causes), mostChanges)] {
		out = append(out, c.lines()...)
	}
	if n := len(d.Causes) - mostChanges; n > 0 {
		out = append(out, fmt.Sprintf("    and %d more changes", n))
	}
	return out
}

// String is "GET https://shop.example.test/ from browser, edge > shop".
func (s Subject) String() string {
	text := s.Asks + " from " + s.From
	if s.Where != "" {
		text += ", " + s.Where
	}
	return text
}

// ways are the paths of a subject.
func (s Subject) ways() []string {
	was, is := wayOf(s.Old), wayOf(s.New)
	if was == is {
		return []string{"    " + is}
	}
	var out []string
	if was != "" {
		out = append(out, "    was "+was)
	}
	if is != "" {
		out = append(out, "    is  "+is)
	}
	return out
}

func wayOf(c Course) string {
	if c.Path == nil {
		return ""
	}
	return words.Path(c.Path, c.Client)
}

// lines are where a change is stated, in both texts.
func (c *Change) lines() []string {
	var out []string
	for _, p := range []struct {
		sign  string
		place Place
	}{{"-", c.Was}, {"+", c.Is}} {
		if text := p.place.String(); text != "" {
			out = append(out, fmt.Sprintf("    %s %s", p.sign, text))
		}
	}
	if len(out) == 0 {
		return []string{"    " + strings.TrimSpace(c.Of+" "+c.Fact)}
	}
	return out
}

// String is "old.flow:12  tls edge".
func (p Place) String() string {
	switch {
	case !p.At.Known():
		return p.Text
	case p.Text == "":
		return p.At.Line()
	}
	return p.At.Line() + "  " + p.Text
}

// printable turns what would steer a terminal into a sign that does not.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
