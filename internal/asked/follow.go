package asked

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// Ways are the ways of a help line about a configuration.
func Ways(help string) []string { return strings.Split(help, "; or ") }

// InModel begins what only a model says that imports a configuration.
const InModel = "in a model that imports this configuration: "

// Edited is what a way makes of a configuration.
type Edited struct {
	Text   string
	Stated string              // what a model has to say; "" for nothing
	Files  map[string][]string // certificates that are put there, by path: the names that they are for
}

// given is the file of which a way says what it has to hold.
const given = "/etc/haproxy/given.pem"

// Follow edits a configuration as one way of a help line says, and nothing else.
func Follow(text, way string) (*Edited, error) {
	f := &follower{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n"), below: map[int][]string{}, above: map[int][]string{}}
	out := &Edited{Files: map[string][]string{given: nil}}
	if m := holds.Get().FindStringSubmatch(way); m != nil {
		out.Files[given] = strings.Split(m[1], " and ")
	}
	way = strings.NewReplacer("FILE", given, "NAME", "given.example.test", "ADDRESS:PORT", "192.0.2.77:80").Replace(way)
	for _, step := range strings.Split(further.Get().ReplaceAllString(way, "\x00$1"), "\x00") {
		if stated, ok := strings.CutPrefix(step, InModel); ok {
			out.Stated = stated
			continue
		}
		if m := another.Get().FindStringSubmatch(step); m != nil {
			out.Files[m[1]] = nil
			if m[2] != "" {
				out.Files[m[1]] = strings.Split(m[2], " and ")
			}
			continue
		}
		if err := f.step(step); err != nil {
			return nil, err
		}
	}
	out.Text = f.text()
	return out, nil
}

// follower is a text that is edited line by line.
type follower struct {
	lines        []string
	above, below map[int][]string // new lines
}

var (
	holds      = lazy.Regexp(`FILE holds a certificate and its key for ((?:[^ ,:;]+ and )*[^ ,:;]+)`)
	another    = lazy.Regexp(`^replace the certificate in ([^ ]+) with one (?:for ((?:[^ ,:;]+ and )*[^ ,:;]+)|that is valid)`)
	each       = lazy.Regexp(` (?:in|from) each server line of [^,]*\([^()]*:(\d+)\) that has it`)
	addsWords  = lazy.Regexp("^add the words `([^`]*)` to [^,]*\\(([^()]*):(\\d+)\\)")
	addsLine   = lazy.Regexp("^add the line `([^`]*)` to [^,]*\\(([^()]*):(\\d+)\\)")
	addsAbove  = lazy.Regexp("^add the line `([^`]*)` above `([^`]*)` in [^,]*\\(([^()]*):(\\d+)\\)")
	replaces   = lazy.Regexp("^replace `([^`]*)` with `([^`]*)` in [^,]*\\(([^()]*):(\\d+)\\)")
	removes    = lazy.Regexp("^remove `([^`]*)` from [^,]*\\(([^()]*):(\\d+)\\)")
	removesAll = lazy.Regexp(`^remove the section [^,]*\([^()]*:(\d+)\)`)
	moves      = lazy.Regexp("^move `([^`]*)` \\(([^()]*):(\\d+)\\) above `([^`]*)` \\(([^()]*):(\\d+)\\)")
	further    = lazy.Regexp(`, and (add|replace|remove|move|in a model)`)
)

func (f *follower) step(step string) error {
	at := func(n string) int {
		i, err := strconv.Atoi(n)
		if err != nil || i > len(f.lines) {
			panic(step)
		}
		return i - 1
	}
	swap := func(i int, was, is string) error {
		if !strings.Contains(squeezed(f.lines[i]), squeezed(was)) {
			return fmt.Errorf("%q does not stand in %q", was, f.lines[i])
		}
		if !strings.Contains(f.lines[i], was) {
			f.lines[i] = squeezed(f.lines[i])
		}
		f.lines[i] = strings.Replace(f.lines[i], was, is, 1)
		return nil
	}
	if m := each.Get().FindStringSubmatch(step); m != nil {
		return f.inEach(at(m[1]), strings.TrimSuffix(step, " that has it"), m[0])
	}
	if m := addsAbove.Get().FindStringSubmatch(step); m != nil {
		i := at(m[4])
		f.above[i] = append(f.above[i], "    "+m[1])
		return nil
	}
	if m := addsLine.Get().FindStringSubmatch(step); m != nil {
		i := at(m[3])
		f.below[i] = append(f.below[i], "    "+m[1])
		return nil
	}
	if m := addsWords.Get().FindStringSubmatch(step); m != nil {
		f.lines[at(m[3])] += " " + m[1]
		return nil
	}
	if m := replaces.Get().FindStringSubmatch(step); m != nil {
		return swap(at(m[4]), m[1], m[2])
	}
	if m := moves.Get().FindStringSubmatch(step); m != nil {
		from, to := at(m[3]), at(m[6])
		line := f.lines[from]
		if !strings.Contains(squeezed(line), squeezed(m[1])) || !strings.Contains(squeezed(f.lines[to]), squeezed(m[4])) {
			return fmt.Errorf("nothing like that is to be moved: %s", step)
		}
		f.above[to] = append(f.above[to], line)
		f.lines[from] = ""
		return nil
	}
	if m := removesAll.Get().FindStringSubmatch(step); m != nil {
		first := at(m[1])
		for i := first; i < len(f.lines) && (i == first || strings.HasPrefix(f.lines[i], " ") || f.lines[i] == ""); i++ {
			f.lines[i] = ""
		}
		return nil
	}
	if m := removes.Get().FindStringSubmatch(step); m != nil {
		return swap(at(m[3]), m[1], "")
	}
	return fmt.Errorf("nobody can follow this: %s", step)
}

// inEach follows a step in each server line of a section in which it can be followed.
func (f *follower) inEach(head int, step, place string) error {
	word, _, _ := strings.Cut(strings.TrimSpace(place), " ")
	some := false
	for i := head + 1; i < len(f.lines) && (strings.HasPrefix(f.lines[i], " ") || f.lines[i] == ""); i++ {
		if !strings.HasPrefix(strings.TrimSpace(f.lines[i]), "server") {
			continue
		}
		one := fmt.Sprintf("%s %s server (x:%d)", strings.TrimSuffix(step, strings.TrimSuffix(place, " that has it")), word, i+1)
		some = f.step(one) == nil || some
	}
	if !some {
		return fmt.Errorf("in no line: %s", step)
	}
	return nil
}

// squeezed is a line with one space between its words.
func squeezed(line string) string { return strings.Join(strings.Fields(line), " ") }

func (f *follower) text() string {
	var b strings.Builder
	for i, l := range f.lines {
		for _, n := range f.above[i] {
			b.WriteString(n + "\n")
		}
		b.WriteString(l + "\n")
		for _, n := range f.below[i] {
			b.WriteString(n + "\n")
		}
	}
	return b.String()
}
