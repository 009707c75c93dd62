package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var sequenceView = &View{
	Name:  "sequence",
	Doc:   "every message of a request, with its sessions as bands; --show opens tcp, proxy, tls, http, actions",
	Per:   PerRequest,
	Draws: &Sequence{},
	Project: func(in *Input) (Picture, string) {
		if in.Request == nil {
			return nil, "no request"
		}
		l := in.Derive(in.Request)
		if len(l.Steps) == 0 {
			return nil, "nothing is sent"
		}
		if len(in.Around) > 0 {
			if _, ok := nearby(in, l); !ok {
				return nil, "it does not pass " + strings.Join(in.Around, ", ")
			}
		}
		return sequenceOf(in, l), ""
	},
}

// longest is how many rows a sequence may have before it is folded further.
const longest = 40

func sequenceOf(in *Input, l *flow.Lifecycle) *Sequence {
	s := &Sequence{Lifecycle: l}
	s.Title = heading(in.Topology, l.Request.Title())
	s.Foot = assumed(in.Topology.Assumed, l.Assumed)
	p := newPanel(in, l, in.Show)
	rows := p.rows()
	if len(rows) > longest && in.Show == (Show{}) {
		before := len(rows)
		rows = p.foldExchanges(rows)
		if len(rows) < before {
			s.Foot = append(s.Foot, fmt.Sprintf("folded: %d rows of %d; --show http opens them", before-len(rows), before))
		}
	}
	s.Foot = append(s.Foot, p.unseen(rows)...)
	s.Panels = []*Panel{p.finish(rows)}
	s.Desc = describeSequence(l)
	return s
}

// panel projects one lifecycle to one panel.
type panel struct {
	in       *Input
	l        *flow.Lifecycle
	show     Show
	lanes    *lanes
	links    *links
	keep     func(*flow.Participant) bool
	rowOf    []Row           // the row that stands for each step, by its number; nil for none
	expected bool            // what goes wrong is what the model says
	said     map[string]bool // what is marked already: a consequence is not marked again
	clear    *clearWires
}

func newPanel(in *Input, l *flow.Lifecycle, show Show) *panel {
	keep := keeper(in, l)
	p := &panel{
		in: in, l: l, show: show, keep: keep,
		lanes: newLanes(l, keep), links: newLinks(l), expected: failsAsExpected(l),
		rowOf: make([]Row, len(l.Steps)+1), said: map[string]bool{},
	}
	p.clear = newClearWires(l, p.links)
	return p
}

// row is the row that stands for a step, nil for none and for a step behind the end of
// the panel.
func (p *panel) row(s *flow.Step) Row {
	if s == nil || s.N > len(p.l.Steps) {
		return nil
	}
	return p.rowOf[s.N]
}

// hidesHTTP reports whether the dial names layers and HTTP is not among them.
func (s Show) hidesHTTP() bool { return (s.TCP || s.PROXY || s.TLS) && !s.HTTP }

// rows are the rows of the panel in time order, findings not yet placed.
func (p *panel) rows() []Row {
	var rows []Row
	repeated := folds(p.l)
	var run *unit
	flush := func() {
		if run != nil {
			rows = append(rows, p.unitRow(run))
			run = nil
		}
	}
	for i := 0; i < len(p.l.Steps); i++ {
		s := p.l.Steps[i]
		if len(repeated) > 0 && repeated[0].first == s.N {
			flush()
			rows = append(rows, p.foldRow(repeated[0]))
			i = repeated[0].last - 1
			repeated = repeated[1:]
			continue
		}
		if !p.visible(s) {
			continue
		}
		if s.Wait > 0 {
			flush()
			rows = append(rows, &GapRow{Text: millis(s.Wait) + " later"})
		}
		if s.Kind() == flow.Action {
			flush()
			if !p.joins(rows, s) {
				rows = append(rows, p.actionRow(s))
			}
			continue
		}
		if key := p.key(s); run == nil || !run.takes(s, key) {
			flush()
			run = &unit{key: key}
		}
		run.steps = append(run.steps, s)
	}
	flush()
	return append(rows, p.leftovers()...)
}

// visible reports whether the dial shows a step. A step at which something goes
// wrong is always shown.
func (p *panel) visible(s *flow.Step) bool {
	if s.Kind() == flow.Action {
		return p.keep(s.At) && (p.show.Actions || p.decides(s) || p.faulty(s) != "")
	}
	if !p.keep(s.From) || !p.keep(s.To) {
		return false
	}
	return s.Layer() != flow.LayerHTTP || !p.show.hidesHTTP() || p.faulty(s) != ""
}

// decides reports whether an action decides where the request goes. Such
// actions stay when actions are not opened, those in a row in one line. A look
// at the SNI decides only where TLS is then relayed.
func (p *panel) decides(s *flow.Step) bool {
	if s.Op == flow.OpInspectSNI {
		next := s.N // the index of the step behind it
		return next < len(p.l.Steps) && p.l.Steps[next].Op == flow.OpChooseServer && p.l.Steps[next].At == s.At
	}
	return slices.Contains(deciding, s.Op)
}

// deciding are the operations by which a node decides where a request goes.
var deciding = []flow.Op{flow.OpRoute, flow.OpChooseServer, flow.OpRedirect, flow.OpAnswer, flow.OpReuseConnection, flow.OpTimeout}

// foldRow is the row of a stretch that repeats another.
func (p *panel) foldRow(f fold) Row {
	var who []*flow.Participant
	for _, s := range p.l.Steps[f.first-1 : f.last] {
		if s.Kind() == flow.Message {
			who = append(who, s.From, s.To)
		}
	}
	r := &SpanRow{First: f.first, Last: f.last, Text: f.text, Said: f.said}
	r.From, r.To = p.lanes.span(who...)
	if r.To < 0 { // none of them is kept: it is still said, across the picture
		r.From, r.To = 0, len(p.lanes.lines)-1
	}
	for _, s := range p.l.Steps[f.first-1 : f.last] {
		p.rowOf[s.N] = r
	}
	return r
}

func (p *panel) actionRow(s *flow.Step) Row {
	r := &ActionRow{First: s.N, Last: s.N, IDs: []string{s.ID}, At: p.lanes.index[s.At], Text: actionText(s)}
	if s.Session != nil {
		r.Session = s.Session.ID
	}
	r.Marks = p.faultMarks(s)
	p.rowOf[s.N] = r
	return r
}

// joins adds a decision to the row of the one directly before it.
func (p *panel) joins(rows []Row, s *flow.Step) bool {
	if p.show.Actions || len(rows) == 0 || !p.decides(s) {
		return false
	}
	r, ok := rows[len(rows)-1].(*ActionRow)
	if !ok || r.At != p.lanes.index[s.At] {
		return false
	}
	r.Last, r.IDs = s.N, append(r.IDs, s.ID)
	r.Text += ", " + actionText(s)
	r.Marks = append(r.Marks, p.faultMarks(s)...)
	p.rowOf[s.N] = r
	return true
}

// leftovers say what becomes of the connections that outlive the last step, one
// row for each pair of parties.
func (p *panel) leftovers() []Row {
	type pair struct {
		from, to *flow.Participant
	}
	var order []pair
	left := map[pair][]*flow.Connection{}
	for _, c := range p.l.Connections {
		if !c.Pooled || !p.keep(c.From) || !p.keep(c.To) {
			continue
		}
		k := pair{c.From, c.To}
		if left[k] == nil {
			order = append(order, k)
		}
		left[k] = append(left[k], c)
	}
	var rows []Row
	for _, k := range order {
		r := &SpanRow{Text: p.leftWords(left[k]) + ": idle pool"}
		r.From, r.To = p.lanes.span(k.from, k.to)
		if cs := left[k]; len(cs) == 1 {
			r.Plain = p.clear.number(cs[0])
			if s := p.links.sessionOn(cs[0]); s != nil && s.Up {
				r.Session = s.ID
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func (p *panel) leftWords(cs []*flow.Connection) string {
	if len(cs) > 1 {
		return count(len(cs), "connection") + " stay open"
	}
	if s := p.links.sessionOn(cs[0]); s != nil && s.Up {
		return s.ID + " stays open"
	}
	return "the connection stays open"
}

// finish places findings and bands.
func (p *panel) finish(rows []Row) *Panel {
	p.placeFindings(rows)
	return &Panel{Lifelines: p.lanes.lines, Rows: rows, Bands: p.bands(rows), Clear: p.clear.bands(rows), Course: p.l}
}

// fewRequests is up to how many requests each is said in a line of its own.
const fewRequests = 12

// laterRequests are the stretches of the requests after the first, each with
// how its connection opens, or all in one where they are many.
func laterRequests(l *flow.Lifecycle) []fold {
	own := trips(l)
	var out []fold
	var answers []string
	for i, t := range own {
		if i == 0 {
			continue
		}
		text := fmt.Sprintf("request %d: %s %s", i+1, t.x.Call.Method, t.x.Call.Path)
		if t.x.Status != 0 {
			answers = add(answers, fmt.Sprint(t.x.Status))
			text += fmt.Sprintf(", answered %d", t.x.Status)
		}
		out = append(out, fold{first: own[i-1].last + 1, last: t.last, text: text})
	}
	if len(own) <= fewRequests {
		return out
	}
	text := fmt.Sprintf("requests 2 to %d", len(own))
	if len(answers) > 0 {
		text += ", answered " + series(answers)
	}
	return []fold{{first: own[0].last + 1, last: own[len(own)-1].last, text: text}}
}

// foldExchanges says the requests of a client after the first in one line each.
func (p *panel) foldExchanges(rows []Row) []Row {
	later := laterRequests(p.l)
	var out []Row
	for i := 0; i < len(rows); {
		first, _ := rows[i].Numbers()
		for len(later) > 0 && first > later[0].last {
			later = later[1:]
		}
		j, to := i, 0
		for len(later) > 0 && first >= later[0].first && j < len(rows) {
			a, b := rows[j].Numbers()
			if b > later[0].last {
				break
			}
			if a > 0 {
				to = b
			}
			j++
		}
		if j-i < 2 || to == 0 { // one row already, or none of them
			out = append(out, rows[i])
			i++
			continue
		}
		row := p.foldRow(fold{first: first, last: to, text: later[0].text})
		for _, folded := range rows[i:j] { // what goes wrong in it is said of all
			if marks := marksOf(folded); marks != nil {
				*marksOf(row) = append(*marksOf(row), *marks...)
			}
		}
		out = append(out, row)
		i = j
	}
	return out
}

// bands are the sessions, each while it is up.
func (p *panel) bands(rows []Row) []*Band {
	at := map[Row]int{}
	for i, r := range rows {
		at[r] = i
	}
	var out []*Band
	for _, s := range p.l.Sessions {
		if !s.Up || !p.keep(s.Ends[0]) || !p.keep(s.Ends[1]) {
			continue
		}
		b := &Band{Session: s.ID, Label: s.ID + " " + s.Title(), Last: len(rows) - 1}
		b.From, b.To = p.lanes.span(s.Ends[0], s.Ends[1])
		b.Relays = p.lanes.relays(s, b)
		for _, step := range p.l.Steps {
			if step.Session != s || step.Op != flow.OpFinished {
				continue
			}
			if r := p.row(step); r != nil {
				b.First = max(b.First, at[r]+1)
			}
		}
		if r := p.row(s.Closed); r != nil {
			b.Last = at[r]
		} else {
			b.Open = true
		}
		if b.First <= b.Last && b.From < b.To {
			out = append(out, b)
		}
	}
	return out
}

// faulty returns what went wrong at a step, "" for nothing.
func (p *panel) faulty(s *flow.Step) string {
	switch {
	case s == p.l.Outcome.Cause, s.Fault != flow.FaultNone && s.Fault == p.l.Outcome.Fault:
		if p.l.Outcome.Why == nil {
			return faultWords[p.l.Outcome.Fault]
		}
		return words.Why(p.l.Outcome.Why)
	case s.Fault != flow.FaultNone:
		return faultWords[s.Fault]
	}
	return ""
}

func (p *panel) faultMarks(ss ...*flow.Step) []Mark {
	var out []Mark
	for _, s := range ss {
		if why := p.faulty(s); why != "" && !p.said[why] {
			p.said[why] = true
			out = append(out, faultMark(why, p.expected && s.Fault == p.l.Outcome.Fault || p.expected && s == p.l.Outcome.Cause))
		}
	}
	return out
}

// describeSequence is the picture in a paragraph.
func describeSequence(l *flow.Lifecycle) string {
	var b strings.Builder
	if len(l.Participants) > 0 {
		fmt.Fprintf(&b, "%s: ", l.Participants[0].Label)
	}
	var calls []string
	for _, c := range l.Request.Calls {
		calls = add(calls, callWords(c))
	}
	b.WriteString(series(calls))
	if n := l.Request.Times.V; n > 1 {
		fmt.Fprintf(&b, ", %d times", n)
	}
	b.WriteString(". ")
	for _, s := range l.Sessions {
		b.WriteString(sessionSentence(s) + " ")
	}
	if len(l.Sessions) == 0 {
		b.WriteString("Nothing is encrypted. ")
	}
	fmt.Fprintf(&b, "The outcome is %s", words.Outcome(l.Outcome))
	if l.Outcome.Why != nil {
		fmt.Fprintf(&b, ": %s", words.Why(l.Outcome.Why))
	}
	b.WriteString(".")
	return b.String()
}

// sessionSentence is who has a session's keys, in words.
func sessionSentence(s *flow.Session) string {
	if !s.Up {
		return fmt.Sprintf("%s from %s is not established.", s.ID, s.Ends[0].Label)
	}
	text := fmt.Sprintf("%s is %s between %s and %s", s.ID, s.Title(), s.Ends[0].Label, s.Ends[1].Label)
	if len(s.RelayedBy) > 0 {
		text += ", relayed unread by " + series(labels(s.RelayedBy))
	}
	return text + "."
}

func labels(ps []*flow.Participant) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Label)
	}
	return out
}

// callWords is "GET https://shop.apps.example.test/cart".
func callWords(c flow.Call) string {
	host := words.Host(c.Host)
	if strings.Contains(c.Host, ":") {
		host = "[" + c.Host + "]"
	}
	if c.Port != 0 && c.Port != schemePort[c.Scheme] {
		host = fmt.Sprintf("%s:%d", host, c.Port)
	}
	if !c.IsHTTP() {
		return c.Method + " " + c.Scheme + "://" + host
	}
	return c.Method + " " + c.Scheme + "://" + host + c.Path
}

var schemePort = map[string]int{"http": 80, "https": 443}
