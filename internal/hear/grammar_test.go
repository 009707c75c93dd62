package hear

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// introduces is the sentence in which a party is named first.
var introduces = regexp.MustCompile(`^(?:Party \d+ is|(?:In .+, there|There) is) ((?:client|proxy|backend|server|group) (?:"[^"]+"|[^,;]+))(?:[,;] .+)?\.$`)

// form is one form of sentence. In its pattern @ is a party, # a session and %
// the numbers of steps.
type form struct {
	pattern string
	take    func(r *reader, m []string) error // m[0] is the first group
}

const state = `(, for #|, encrypted by #|, ending #|, in plaintext|)`

var forms = []form{
	{introduces.String(), nothing},
	{`^@ has: .+\.$`, nothing},
	{`^@ asks: .+\.$`, nothing},
	{`^(#) starts at (@) and (ends at|fails towards) (@): .+\.$`, starts},
	{`^(#(?:(?:, | and )#)*) (?:is another session|are other sessions) like (#), (?:each )?with keys of its own\.$`, alike},
	{`^Only (@) and (@) hold the keys of (#)\.$`, holds},
	{`^(@) relays (#) and cannot read it\.$`, relays},
	{`^In (#), (@) shows (?:client )?certificate ([^;]+?)(?:; @ (?:checks .+|does not verify it))?\.$`, shows},
	{`^Nothing is encrypted: there is no TLS session\.$`, func(r *reader, _ []string) error { r.way.Plain = true; return nil }},
	{`^Hop (\d+), (@) to (@), (?:port (\d+)|some port): ` +
		`(encrypted by #|# is not established|plaintext|nothing is sent)(?:, after a (PROXY v[12]) header)?(?:[,;] (\d+ connections|weight \d+|likewise #(?:(?:, | and )#)*))?(?:; there: (.+))?\.$`, hop},
	{`^The outcome is (.+?)(?:, from (@))?\.$`, func(r *reader, m []string) error { r.Outcome, r.From = m[0], m[1]; return nil }},
	{`^The reason is: (.+)\.$`, func(r *reader, m []string) error { r.Reason = m[0]; return nil }},
	{`^Way (\d+): @(?: to @)+$`, way},
	{`^%(, optional)?: (@) (sends to|connects to|tries to connect to|closes with) (@)` + state + `: (.+)\.$`, sent},
	{`^%(, optional)?: (@) and (@) (exchange|close)` + state + `: (.+)\.$`, exchanged},
	{`^%, inside (@): (.+)\.$`, inside},
	{`^(?:%|Then), (?:between (@) and|at) (@): (.+)\.$`, folded},
	{`^Then: (.+) later\.$`, func(r *reader, m []string) error { return r.event(Event{Kind: Wait, Text: m[0]}, "", "") }},
	{`^(?:Error|Warning|Expected) at (?:%|this point|.+?): (.+)[.?]$`, wrong},
	{`^(?:Assumed|Folded|Not shown): .+\.$`, nothing},
}

// grammar is the forms with the names of the parties in them.
type grammar struct {
	patterns []*regexp.Regexp
	parties  []string
}

// grammars are those made so far: the texts of a model name the same parties, and
// compiling the patterns takes longer than reading a text.
var grammars = map[string]*grammar{}

func grammarOf(parties []string) *grammar {
	key := strings.Join(parties, "\n") // they are of one line each
	g, ok := grammars[key]
	if !ok {
		g = newGrammar(parties)
		grammars[key] = g
	}
	return g
}

func newGrammar(parties []string) *grammar {
	longest := slices.Clone(parties)
	slices.SortFunc(longest, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var names []string
	for _, n := range longest { // one that begins a sentence has a capital
		names = append(names, "(?i:"+regexp.QuoteMeta(n[:1])+")"+regexp.QuoteMeta(n[1:]))
	}
	if len(names) == 0 {
		names = []string{`\b\B`} // no party, no match
	}
	in := strings.NewReplacer(
		"@", "(?:"+strings.Join(names, "|")+")", "#", `T\d+`, "%", `(?:Steps? |steps? )(\d+)(?: to (\d+))?`)
	g := &grammar{parties: parties}
	for _, f := range forms {
		g.patterns = append(g.patterns, regexp.MustCompile(in.Replace(f.pattern)))
	}
	return g
}

// read takes the first form that fits a line.
func (g *grammar) read(r *reader, line string) error {
	for i, p := range g.patterns {
		m := p.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for j := range m {
			m[j] = g.named(m[j])
		}
		return forms[i].take(r, m[1:])
	}
	return fmt.Errorf("nobody could understand %q", line)
}

// named is the name that a party was introduced by.
func (g *grammar) named(s string) string {
	for _, n := range g.parties {
		if len(n) == len(s) && n[1:] == s[1:] && strings.EqualFold(n[:1], s[:1]) {
			return n
		}
	}
	return s
}

func nothing(*reader, []string) error { return nil }

func way(r *reader, m []string) error {
	if m[0] != strconv.Itoa(len(r.Ways)+1) {
		return fmt.Errorf("way %s comes after %d ways", m[0], len(r.Ways))
	}
	r.way = &Way{}
	r.Ways = append(r.Ways, r.way)
	return nil
}

func starts(r *reader, m []string) error {
	r.way.Sessions = append(r.way.Sessions, Session{ID: m[0], Start: m[1], Up: m[2] == "ends at", End: m[3]})
	return nil
}

// ids are the sessions that a series of them names.
var ids = regexp.MustCompile(`T\d+`)

func alike(r *reader, m []string) error {
	s, err := r.session(m[1])
	if err != nil {
		return err
	}
	for _, id := range ids.FindAllString(m[0], -1) {
		other := *s
		other.ID = id
		r.way.Sessions = append(r.way.Sessions, other)
		s, _ = r.session(m[1])
	}
	return nil
}

func holds(r *reader, m []string) error {
	s, err := r.session(m[2])
	if err == nil {
		s.Holders = m[:2]
	}
	return err
}

func relays(r *reader, m []string) error {
	s, err := r.session(m[1])
	if err == nil {
		s.Relays = append(s.Relays, m[0])
	}
	return err
}

func shows(r *reader, m []string) error {
	s, err := r.session(m[0])
	if err == nil {
		s.Shows = append(s.Shows, m[1]+": "+m[2])
	}
	return err
}

func hop(r *reader, m []string) error {
	if m[0] != strconv.Itoa(len(r.way.Hops)+1) {
		return fmt.Errorf("hop %s comes after %d hops", m[0], len(r.way.Hops))
	}
	h := Hop{From: m[1], To: m[2], Port: m[3], State: m[4], Header: m[5], Note: m[6], There: m[7]}
	if others, ok := strings.CutPrefix(h.Note, "likewise "); ok {
		h.Note, h.Like = "", ids.FindAllString(others, -1)
	}
	r.way.Hops = append(r.way.Hops, h)
	return nil
}

// event appends an event with the numbers of its steps.
func (r *reader) event(e Event, first, last string) error {
	if first != "" {
		var err error
		if e.First, err = strconv.Atoi(first); err != nil {
			return err
		}
		if e.Last, err = strconv.Atoi(cmp.Or(last, first)); err != nil {
			return err
		}
	}
	e.State = strings.TrimPrefix(e.State, ", ")
	r.Events = append(r.Events, e)
	return nil
}

func sent(r *reader, m []string) error {
	return r.event(Event{Kind: Sent, Optional: m[2] != "", From: m[3], Does: m[4], To: m[5], State: m[6], Text: m[7]}, m[0], m[1])
}

func exchanged(r *reader, m []string) error {
	return r.event(Event{Kind: Sent, Both: true, Optional: m[2] != "", From: m[3], To: m[4], Does: m[5], State: m[6], Text: m[7]}, m[0], m[1])
}

func inside(r *reader, m []string) error {
	return r.event(Event{Kind: Inside, From: m[2], Text: m[3]}, m[0], m[1])
}

func folded(r *reader, m []string) error {
	e := Event{Kind: Folded, From: m[2], To: m[3], Text: m[4]}
	if e.From == "" {
		e.From, e.To = e.To, ""
	}
	return r.event(e, m[0], m[1])
}

func wrong(r *reader, m []string) error {
	return r.event(Event{Kind: Wrong, Text: m[2]}, m[0], m[1])
}
