package haproxycfg

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Effect is what a keyword means for a topology.
type Effect int

// The effects of keywords.
const (
	EffectRead     Effect = iota + 1 // its meaning is read
	EffectHarmless                   // it changes neither where requests go nor TLS: logging, tuning
	EffectLossy                      // a detail that a model does not say: a rate limit, an authentication
	EffectRouting                    // it may change where a request goes: Lua, a filter
)

var effects = map[string]Effect{"read": EffectRead, "harmless": EffectHarmless, "lossy": EffectLossy, "routing": EffectRouting}

// sectionKind is what is known of a kind of section.
type sectionKind struct {
	named  bool   // it needs a name
	letter string // by which the table of keywords calls it; "" where what is in it is not looked at
	effect Effect // of the section as a whole
}

var sections = map[string]sectionKind{
	"global":      {letter: "G", effect: EffectRead},
	"defaults":    {letter: "D", effect: EffectRead},
	"frontend":    {named: true, letter: "F", effect: EffectRead},
	"backend":     {named: true, letter: "B", effect: EffectRead},
	"listen":      {named: true, letter: "L", effect: EffectRead},
	"crt-store":   {effect: EffectLossy},
	"http-errors": {named: true, effect: EffectHarmless},
	"resolvers":   {named: true, effect: EffectLossy},
	"peers":       {named: true, effect: EffectLossy},
	"mailers":     {named: true, effect: EffectHarmless},
	"ring":        {named: true, effect: EffectHarmless},
	"log-forward": {named: true, effect: EffectHarmless},
	"log-profile": {named: true, effect: EffectHarmless},
	"traces":      {effect: EffectHarmless},
	"program":     {named: true, effect: EffectHarmless},
	"acme":        {named: true, effect: EffectHarmless},
	"userlist":    {named: true, effect: EffectLossy},
	"cache":       {named: true, effect: EffectLossy},
	"fcgi-app":    {named: true, effect: EffectLossy},
}

func isSection(word string) bool {
	_, known := sections[word]
	return known
}

func sectionNames() []string {
	out := make([]string, 0, len(sections))
	for name := range sections {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Looked reports whether the lines of the section are looked at one by one.
func (s *Section) Looked() bool { return sections[s.Kind].letter != "" }

// SectionEffect is what a section as a whole means for a topology.
func (s *Section) SectionEffect() Effect { return sections[s.Kind].effect }

// Keyword is one keyword of a section: one word, or two where the second says what
// it does, as in "http-request deny".
type Keyword struct {
	Name    string
	In      string // letters of the sections in which it may stand
	Effect  Effect
	Min     int    // words behind it
	Max     int    // words behind it, before a condition; -1 for any number
	Gone    string // the version that has it no more; "" where it is still there
	Instead string // what takes the place of what is gone
}

//go:embed keywords.txt
var keywordText string

// keywords are all keywords by name.
var keywords = sync.OnceValue(func() map[string][]Keyword {
	out := map[string][]Keyword{}
	for line := range strings.Lines(keywordText) {
		line, _, _ = strings.Cut(line, "#")
		line, gone, _ := strings.Cut(line, "|")
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		// IN EFFECT MIN[-MAX] KEYWORD…
		k := Keyword{Name: strings.Join(f[3:], " "), In: f[0], Effect: effects[f[1]]}
		if k.Effect == 0 {
			panic("haproxycfg: keywords.txt: " + line)
		}
		k.Min, k.Max = arity(f[2])
		k.Gone, k.Instead, _ = strings.Cut(strings.TrimSpace(gone), " ")
		out[k.Name] = append(out[k.Name], k)
	}
	return out
})

// arity reads how many words there are: "2", at least, or "2-3".
func arity(s string) (least, most int) {
	from, to, ranged := strings.Cut(s, "-")
	least, err := strconv.Atoi(from)
	most = -1
	if ranged && err == nil {
		most, err = strconv.Atoi(to)
	}
	if err != nil {
		panic("haproxycfg: invalid number of words " + s)
	}
	return least, most
}

// doubled are the keywords whose second word says what they do.
var doubled = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for name := range keywords() {
		if first, _, two := strings.Cut(name, " "); two {
			out[first] = true
		}
	}
	return out
})

// action is the second word of a keyword, without what stands in parentheses:
// set-var of "set-var(txn.host)".
func action(word string) string {
	word, _, _ = strings.Cut(word, "(")
	return word
}

// Keyword returns the keyword of a line in a section of a kind. known is false where
// HAProxy has none of this name, or none in this section.
func (l *Line) Keyword(section string) (k Keyword, known bool) {
	first := l.Arg(0)
	if first == "no" || first == "default" {
		rest := &Line{Words: l.Words[1:], At: l.At}
		if len(rest.Words) == 0 {
			return Keyword{}, false
		}
		return rest.Keyword(section)
	}
	name := first
	if doubled()[first] {
		name = first + " " + action(l.Arg(1))
	}
	all, known := keywords()[name]
	if !known {
		all, known = keywordByPrefix(name)
	}
	for _, k := range all {
		if strings.Contains(k.In, sections[section].letter) {
			return k, true
		}
	}
	if known {
		return all[0], false
	}
	return Keyword{}, false
}

// keywordByPrefix finds a keyword that stands for many: "tune.*".
func keywordByPrefix(name string) ([]Keyword, bool) {
	for i := len(name) - 1; i > 0; i-- {
		switch name[i] {
		case '.', '-':
			if k, ok := keywords()[name[:i+1]+"*"]; ok {
				return k, true
			}
		}
	}
	return nil, false
}

// keywordsIn lists the keywords of a section; those of two words by their second,
// where first is given.
func keywordsIn(section, first string) []string {
	var out []string
	for name, all := range keywords() {
		here := slices.ContainsFunc(all, func(k Keyword) bool { return strings.Contains(k.In, sections[section].letter) })
		if !here || strings.Contains(name, "*") {
			continue
		}
		head, second, two := strings.Cut(name, " ")
		switch {
		case first == "" && !slices.Contains(out, head):
			out = append(out, head)
		case first != "" && two && head == first:
			out = append(out, second)
		}
	}
	slices.Sort(out)
	return out
}
