package haproxycfg

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/flowc-lang/flowc/diag"
)

//go:embed values.txt
var valueText string

// valueKind is how a value is checked.
type valueKind int

const (
	valueNumber   valueKind = iota + 1 // HAProxy reads the digits that it begins with
	valuePositive                      // above 0
	valueTime                          // with a unit, or in milliseconds
	valueOne                           // one of some words
	valueOptions                       // each word from here on, with the words that belong to it
)

var valueKinds = map[string]valueKind{"number": valueNumber, "positive": valuePositive, "time": valueTime, "one": valueOne, "options": valueOptions}

// value is what stands in one place of a line.
type value struct {
	at    int // of which word behind the keyword
	kind  valueKind
	words []string
}

// values are the checked values by keyword.
var values = sync.OnceValue(func() map[string][]value {
	out := map[string][]value{}
	for line := range strings.Lines(valueText) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		at, err := strconv.Atoi(f[1])
		kind := valueKinds[f[2]]
		if err != nil || kind == 0 {
			panic("haproxycfg: values.txt: " + line)
		}
		out[f[0]] = append(out[f[0]], value{at, kind, f[3:]})
	}
	return out
})

// Wrong is a value that HAProxy refuses, or takes in another way than it looks.
type Wrong struct {
	Problem
	At       Word
	Severity diag.Severity
}

// WrongValues are the values of a keyword or of an option ("server/rise") that are not
// what they have to be. words are those behind it.
func WrongValues(key string, words []Word) []Wrong {
	var out []Wrong
	for _, v := range values()[key] {
		switch {
		case len(words) < v.at:
		case v.kind == valueOptions:
			out = append(out, v.options(key, words[v.at-1:])...)
		default:
			if w := v.wrong(key, words[v.at-1]); w != nil {
				out = append(out, *w)
			}
		}
	}
	return out
}

func (v value) wrong(key string, w Word) *Wrong {
	name := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(key, "bind/"), "server/"), "/", " ")
	refuse := func(message, help string) *Wrong { return &Wrong{Problem{message, help}, w, diag.Error} }
	switch v.kind {
	case valueNumber, valuePositive:
		n := digits(w.Text)
		number, err := strconv.Atoi(w.Text[:n])
		switch {
		case n == 0 || err != nil:
			return refuse("invalid number "+quoted(w.Text)+" of "+name, "write digits")
		case v.kind == valuePositive && number == 0:
			return refuse(name+" has to be above 0", "write "+name+" 1, or more")
		case n < len(w.Text):
			return &Wrong{Problem{name + " is a number: HAProxy reads " + w.Text[:n] + " of " + quoted(w.Text), "write digits alone"}, w, diag.Warning}
		}
	case valueTime:
		return timeWrong(name, w)
	case valueOne:
		return v.among(name, w)
	case valueOptions:
		panic("haproxycfg: options are several words")
	}
	return nil
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// timeWrong checks a time. Behind a unit HAProxy warns of more, and takes the time.
func timeWrong(name string, w Word) *Wrong {
	const units = "write a number with us, ms, s, m, h or d"
	n := digits(w.Text)
	rest := w.Text[n:]
	if n == 0 {
		return &Wrong{Problem{"invalid time " + quoted(w.Text) + " of " + name, units}, w, diag.Error}
	}
	for _, u := range []string{"us", "ms", "s", "m", "h", "d"} {
		if behind, ok := strings.CutPrefix(rest, u); ok && behind == "" {
			return nil
		} else if ok {
			return &Wrong{Problem{"HAProxy takes the time " + quoted(w.Text) + " of " + name + " for " + w.Text[:n] + u + ", and warns", units}, w, diag.Warning}
		}
	}
	if rest == "" {
		return nil
	}
	return &Wrong{Problem{"invalid unit of the time " + quoted(w.Text) + " of " + name, units}, w, diag.Error}
}

// among checks that a word is one of those that are allowed.
func (v value) among(name string, w Word) *Wrong {
	own, arguments, has := strings.Cut(w.Text, "(")
	for _, allowed := range v.words {
		word, needs := strings.CutSuffix(allowed, "()")
		if word != own {
			continue
		}
		if needs && (!has || arguments == ")") {
			return &Wrong{Problem{name + " " + own + " needs an argument", "write: " + name + " " + own + "(NAME)"}, w, diag.Error}
		}
		return nil
	}
	plain := slices.Clone(v.words)
	for i := range plain {
		plain[i] = strings.TrimSuffix(plain[i], "()")
	}
	help := "one of: " + strings.Join(plain, ", ")
	if near, ok := nearest(own, plain); ok && len(plain) > 6 {
		help = "did you mean " + near + "?"
	}
	return &Wrong{Problem{"invalid value " + quoted(w.Text) + " of " + name, help}, w, diag.Error}
}

// options checks words that are options with their own words.
func (v value) options(key string, words []Word) []Wrong {
	name := strings.ReplaceAll(key, "/", " ")
	arguments, known := map[string]int{}, []string(nil)
	for _, allowed := range v.words {
		word, more, _ := strings.Cut(allowed, "+")
		n, _ := strconv.Atoi(more)
		arguments[word] = n
		known = append(known, word)
	}
	var out []Wrong
	for i := 0; i < len(words); i++ {
		n, ok := arguments[words[i].Text]
		switch {
		case !ok:
			help := "one of: " + strings.Join(known, ", ")
			if near, ok := nearest(words[i].Text, known); ok {
				help = "did you mean " + near + "?"
			}
			out = append(out, Wrong{Problem{name + " has no option " + quoted(words[i].Text), help}, words[i], diag.Error})
		case i+n >= len(words):
			out = append(out, Wrong{Problem{name + ": " + words[i].Text + " needs a value", "write: " + words[i].Text + " VALUE"}, words[i], diag.Error})
		}
		i += n
	}
	return out
}
