package trace

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// TextOptions says how a trace is written for a person.
type TextOptions struct {
	Color bool // with ANSI colours, for a terminal
	Width int  // columns; 0 means 100
}

// The ANSI styles, by what they are for.
const (
	styleHead   = "1"
	styleNode   = "1"
	styleAnswer = "36"
	styleGood   = "1;32"
	styleBad    = "1;31"
	styleQuiet  = "2"
)

type textWriter struct {
	strings.Builder
	color bool
	width int
	names map[*flow.Participant]string
}

// WriteText writes the trace for a terminal.
func (t *Trace) WriteText(w io.Writer, opt TextOptions) error {
	x := &textWriter{color: opt.Color, width: opt.Width, names: t.Lifecycle.ShortNames()}
	if x.width <= 0 || x.width > 100 {
		x.width = 100
	}
	x.width = max(x.width, 60)
	x.line(x.paint(styleHead, clean(t.Request.Title())))
	x.wrapped("", asked(t.Request))
	if t.Fragment != "" {
		x.wrapped("", clean(t.Fragment)+" is not sent: the fragment of a URL stays with the client")
	}
	x.path(t.Path)
	x.outcome(t.Lifecycle)
	x.others(t)
	x.sessions(t.Lifecycle)
	x.sees(t.Lifecycle)
	if list := t.assumed(); len(list) > 0 {
		x.line("")
		x.wrapped("", "assumed: "+strings.Join(list, ", "))
	}
	_, err := io.WriteString(w, x.String())
	return err
}

// assumed is what the topology and the course take for granted; that the model
// names no request is not among it.
func (t *Trace) assumed() []string {
	list := slices.Concat(t.Lifecycle.Topology.Assumed, t.Lifecycle.Assumed)
	list = slices.DeleteFunc(list, func(a flow.Assumption) bool {
		return a.Kind == flow.AssumesRequest || a.Kind == flow.AssumesRequests
	})
	var out []string
	for _, text := range words.Assumed(list) {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// asked is what the request says beside its URL.
func asked(q *flow.Request) string {
	words := []string{"from " + q.From.Name}
	if !q.Calls[0].InClear() {
		words = append(words, "TLS "+q.TLS.V.String(), "SNI "+orNone(q.SNI.V))
	}
	if q.HostField.IsSet() {
		words = append(words, "Host "+q.HostField.V)
	}
	for _, f := range q.Fields {
		words = append(words, f.Name+": "+f.Value)
	}
	return strings.Join(words, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// path writes the questions in columns: who asks, what, the answer, why.
func (x *textWriter) path(all []Answer) {
	if len(all) == 0 {
		return
	}
	x.heading("path")
	var who, asks, is int
	for _, a := range all {
		who, asks = max(who, columns(x.name(a.At))), max(asks, columns(a.Asks))
		if n := columns(a.Is); n <= mostAnswer {
			is = max(is, n)
		}
	}
	var last *flow.Participant
	for _, a := range all {
		name := x.name(a.At)
		if a.At == last {
			name = ""
		}
		last = a.At
		x.WriteString("  " + x.paint(styleNode, pad(name, who)) + "  " + pad(a.Asks, asks) + "  ")
		x.answer(a, 2+who+2+asks+2, is)
	}
}

const (
	mostAnswer = 28 // up to how many columns answers make a column of their own
	leastWhy   = 24 // columns that reasons need beside it
)

// answer writes an answer from a column on, and beside it or under it why.
func (x *textWriter) answer(a Answer, from, is int) {
	style := styleAnswer
	if a.Wrong {
		style = styleBad
	}
	left := []string{clean(a.Is)}
	if columns(left[0]) > x.width-from {
		left = wrap(left[0], x.width-from)
	}
	at := from + is + 2
	if x.width-at < leastWhy {
		at = from
	}
	why := wrap(clean(a.Why), x.width-at)
	last := len(left) - 1
	for i, l := range left {
		if i > 0 {
			x.WriteString(strings.Repeat(" ", from))
		}
		x.WriteString(x.paint(style, l))
		if i == last && len(why) > 0 && from+columns(l)+2 <= at {
			x.WriteString(strings.Repeat(" ", at-from-columns(l)) + x.paint(styleQuiet, why[0]))
			why = why[1:]
		}
		x.line("")
	}
	for _, l := range why {
		x.line(strings.Repeat(" ", at) + x.paint(styleQuiet, l))
	}
}

// name is the short name of a participant.
func (x *textWriter) name(p *flow.Participant) string {
	if p == nil {
		return "?"
	}
	return x.names[p]
}

func (x *textWriter) outcome(lc *flow.Lifecycle) {
	x.heading("outcome")
	o := lc.Outcome
	style := styleGood
	if o.Fault != flow.FaultNone {
		style = styleBad
	}
	x.line("  " + x.paint(style, words.Outcome(o)) + by(o) + attempts(o))
	if o.Why != nil {
		x.wrapped("  ", words.Why(o.Why))
	}
	if o.Cause != nil {
		x.wrapped("  ", fmt.Sprintf("it differs from a successful request from step %d on, %s", o.Cause.N, o.Cause.ID))
	}
	if end, ok := lc.IdleEnd(); ok && o.Fault == flow.FaultNone {
		x.wrapped("  ", words.Idle(end))
	}
}

// by says whom an outcome comes from.
func by(o flow.Outcome) string {
	switch {
	case o.From == nil:
		return ""
	case o.Only(flow.Closed{}):
		return " by " + o.From.ID
	case o.Only(flow.TimedOut{}):
		return ": nothing comes from " + o.From.ID
	}
	return " from " + o.From.ID
}

func attempts(o flow.Outcome) string {
	switch {
	case o.Attempts > 1:
		return fmt.Sprintf(", after %d attempts", o.Attempts)
	case !o.Reached:
		return ", no connection to a backend"
	}
	return ""
}

// others writes why the request took no other route.
func (x *textWriter) others(t *Trace) {
	if len(t.Others) == 0 {
		return
	}
	x.heading("why not")
	width := 0
	for _, o := range t.Others {
		width = max(width, columns(o.Route.Name))
	}
	for _, o := range t.Others {
		lead := "  " + pad(o.Route.Name, width) + "  "
		x.hanging(lead, o.Why)
	}
	if t.More > 0 {
		x.line(x.paint(styleQuiet, fmt.Sprintf("  and %d more", t.More)))
	}
}

// sessions writes what each TLS session is, and who has its keys.
func (x *textWriter) sessions(lc *flow.Lifecycle) {
	x.heading("sessions")
	if len(lc.Sessions) == 0 {
		x.line("  none: nothing is encrypted")
	}
	ends := func(s *flow.Session) string { return x.name(s.Ends[0]) + " - " + x.name(s.Ends[1]) }
	var title, width int
	for _, s := range lc.Sessions {
		title, width = max(title, columns(s.Title())), max(width, columns(ends(s)))
	}
	for _, s := range lc.Sessions {
		lead := "  " + s.ID + "  " + pad(s.Title(), title) + "  " + pad(ends(s), width) + "  "
		x.hanging(lead, strings.Join(x.sessionWords(s), ", "))
	}
}

// sessionWords are the facts of a session beside its ends and version.
func (x *textWriter) sessionWords(s *flow.Session) []string {
	out := []string{"SNI " + orNone(s.SNI)}
	if len(s.RelayedBy) > 0 {
		var by []string
		for _, p := range s.RelayedBy {
			by = append(by, x.name(p))
		}
		out = append(out, "relayed by "+strings.Join(by, ", "))
	}
	if s.Certificate != nil {
		out = append(out, "shows "+s.Certificate.Name)
	}
	if s.ClientCert != nil {
		out = append(out, x.name(s.Ends[0])+" shows "+s.ClientCert.Name)
	}
	switch {
	case !s.Up:
		out = append(out, "is not established")
	case !s.Verified:
		out = append(out, "not verified")
	case len(s.Checks) > 0:
		out = append(out, "checked: "+strings.Join(s.Checks, " and "))
	}
	return out
}

var visibilityWords = map[flow.Visibility]string{flow.Hidden: "-", flow.Readable: "reads", flow.Changeable: "changes"}

// sees writes who can read what: nodes and wires along the way.
func (x *textWriter) sees(lc *flow.Lifecycle) {
	rows := [][]string{{"", "address", "SNI", "certificate", "host, path", "headers", "body"}}
	for _, s := range lc.Observers() {
		rows = append(rows, []string{
			x.place(s), visibilityWords[s.Address], visibilityWords[s.SNI], visibilityWords[s.Cert],
			visibilityWords[s.HostPath], visibilityWords[s.Headers], visibilityWords[s.Body],
		})
	}
	if len(rows) == 1 {
		return
	}
	x.heading("who reads what")
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], columns(c))
		}
	}
	for n, r := range rows {
		var b strings.Builder
		for i, c := range r {
			b.WriteString(pad(c, widths[i]) + "  ")
		}
		text := "  " + strings.TrimRight(b.String(), " ")
		if n == 0 || strings.HasPrefix(r[0], " ") {
			text = x.paint(styleQuiet, text)
		}
		x.line(text)
	}
}

// place names a node, or a wire by its port and what it carries.
func (x *textWriter) place(s flow.Observer) string {
	if s.At != nil {
		return x.name(s.At)
	}
	carries := "plain"
	if s.Session != nil {
		carries = s.Session.ID
	}
	if s.Connection.OverSocket() {
		return "  socket " + carries
	}
	return fmt.Sprintf("  :%d %s", s.Connection.Port, carries)
}

func (x *textWriter) heading(s string) {
	x.line("")
	x.line(x.paint(styleHead, s))
}

func (x *textWriter) line(s string) { x.WriteString(strings.TrimRight(s, " ") + "\n") }

// wrapped writes text in lines that begin alike.
func (x *textWriter) wrapped(lead, s string) {
	for _, l := range wrap(clean(s), x.width-columns(lead)) {
		x.line(lead + x.paint(styleQuiet, l))
	}
}

// hanging writes text whose later lines stand under its beginning.
func (x *textWriter) hanging(lead, s string) {
	room := x.width - columns(lead)
	if room < 24 {
		x.line(lead)
		lead, room = "      ", x.width-6
	}
	for _, l := range wrap(clean(s), room) {
		x.line(lead + l)
		lead = strings.Repeat(" ", columns(lead))
	}
}

func (x *textWriter) paint(style, s string) string {
	if !x.color || strings.TrimSpace(s) == "" {
		return s
	}
	text := strings.TrimRight(s, " ")
	return "\x1b[" + style + "m" + text + "\x1b[0m" + s[len(text):]
}

// wrap breaks a text at blanks into lines of at most width columns. A word that
// is longer stays whole: names and URLs are there to be copied.
func wrap(s string, width int) []string {
	var out []string
	line := ""
	for _, w := range strings.Fields(s) {
		switch {
		case line == "":
			line = w
		case columns(line)+1+columns(w) <= width:
			line += " " + w
		default:
			out = append(out, line)
			line = w
		}
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-columns(s))) }

// columns counts runes: names are ASCII, and what is not stands at the end of
// its line.
func columns(s string) int { return utf8.RuneCountInString(s) }

// clean turns what would steer a terminal into a sign that does not.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}
