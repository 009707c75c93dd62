package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// Sequence draws what was seen of an exchange, as the sequence view draws what
// is derived, with the departures marked.
func (r *Report) Sequence(x *Result, show view.Show) *view.Sequence {
	d := r.drawing(x)
	i := slices.IndexFunc(view.Views, func(v *view.View) bool { return v.Name == "sequence" })
	pic, _ := view.Views[i].Project(&view.Input{
		Topology: &flow.Topology{Title: strings.Join(r.Capture.Files, ", ")}, Request: d.lc.Request,
		Show: show, Derive: func(*flow.Request) *flow.Lifecycle { return d.lc },
	})
	s, ok := pic.(*view.Sequence)
	if !ok { // nothing was said on the exchange's connections
		return &view.Sequence{Lifecycle: d.lc, Panels: []*view.Panel{{}}}
	}
	s.Foot = r.foot(x)
	for i, dep := range x.Departures {
		if i < maxDepartures {
			d.mark(s, dep, r.where(dep)+": "+r.said(dep))
		}
	}
	if len(r.Capture.Files) == 1 {
		d.number(s)
	}
	return s
}

// number gives the rows the numbers of their frames, which are those that
// Wireshark shows.
func (d *drawing) number(s *view.Sequence) {
	frames := make([]int, len(d.lc.Steps)+1)
	for e, step := range d.steps {
		if n := frames[step.N]; n == 0 || e.At.Frame < n {
			frames[step.N] = e.At.Frame
		}
	}
	for _, p := range s.Panels {
		p.Frames = true
		for _, row := range p.Rows {
			if m, ok := row.(*view.MessageRow); ok {
				m.First, m.Last = frames[m.First], frames[m.Last]
			}
		}
	}
	s.Foot[0] += "; the numbers are frames"
}

// foot says what is observed, and what the capture lacks.
func (r *Report) foot(x *Result) []string {
	out := []string{"observed: " + x.Observed + resumedWords(x.Resumed)}
	if x.Declared != "" {
		out[0] += "; declared: " + x.Declared
	}
	return append(out, r.Capture.Notes...)
}

// drawing makes a lifecycle of what was seen.
type drawing struct {
	x        *Result
	lc       *flow.Lifecycle
	parts    map[string]*flow.Participant
	ends     map[*joined][2]*flow.Participant
	sessions map[string]*flow.Session
	steps    map[*event]*flow.Step
	begun    map[*flow.Connection]bool // the client's first protected record was seen
	spoken   map[*flow.Session]bool    // it carried data
	report   *Report
}

func (r *Report) drawing(x *Result) *drawing {
	name := fmt.Sprintf("exchange %d", x.N)
	if x.Lifecycle != nil {
		name = x.Lifecycle.Request.Name
	}
	d := &drawing{
		x: x, report: r, lc: &flow.Lifecycle{Request: &flow.Request{Decl: flow.Decl{Name: name + ", as captured"}}},
		parts: map[string]*flow.Participant{}, ends: map[*joined][2]*flow.Participant{},
		sessions: map[string]*flow.Session{}, steps: map[*event]*flow.Step{}, begun: map[*flow.Connection]bool{},
		spoken: map[*flow.Session]bool{},
	}
	of := map[*event]*flow.Connection{}
	for _, j := range x.Conns {
		c := d.connection(j)
		for _, e := range j.Events {
			of[e] = c
		}
		d.session(j, c)
	}
	for _, e := range merged(x.Conns) {
		d.step(e, of[e])
	}
	d.outcome()
	return d
}

// connection places a connection between two lifelines. The proxy that accepted
// one connection is the one that opened those that were joined to it.
func (d *drawing) connection(j *joined) *flow.Connection {
	var from *flow.Participant
	if j.From != nil {
		from = d.ends[j.From][acceptor]
	} else {
		from = d.participant(j, j.Ends[opener].Addr().String(), flow.KindClient, opener)
	}
	kind := flow.KindServer
	if slices.ContainsFunc(d.x.Conns, func(o *joined) bool { return o.From == j }) || len(d.x.Conns) == 1 {
		kind = flow.KindProxy
	}
	to := d.participant(j, j.Ends[acceptor].Addr().String(), kind, acceptor)
	d.ends[j] = [2]*flow.Participant{from, to}
	c := &flow.Connection{
		ID: fmt.Sprintf("%s>%s#%d", from.ID, to.ID, len(d.lc.Connections)+1), From: from, To: to,
		Source: j.Ends[opener].Addr().String(), Address: j.Ends[acceptor].Addr().String(), Port: int(j.Ends[acceptor].Port()), Attempt: 1,
	}
	d.lc.Connections = append(d.lc.Connections, c)
	return c
}

// participant is the lifeline of an end: the model's, where it is a place of
// the model.
func (d *drawing) participant(j *joined, addr string, kind flow.ParticipantKind, side connSide) *flow.Participant {
	name := addr
	if lc := d.x.Lifecycle; lc != nil {
		switch {
		case side == acceptor:
			name = d.place(j)
		case j.From == nil && len(lc.Connections) > 0:
			name = lc.Connections[0].From.ID
		}
		if p := d.parts[name]; p != nil {
			return p
		}
		for _, p := range lc.Participants {
			if p.ID == name {
				return d.keep(p)
			}
		}
	}
	if p := d.parts[name]; p != nil {
		return p
	}
	p := &flow.Participant{ID: name, Kind: kind, Label: name}
	if name != addr {
		p.Address = addr
	}
	return d.keep(p)
}

// place is where the model has the acceptor of a connection.
func (d *drawing) place(j *joined) string {
	if d.x.cmp != nil && d.x.cmp.derived[j] != nil {
		return d.x.cmp.derived[j].To.ID
	}
	return j.ends.name()
}

func (d *drawing) keep(p *flow.Participant) *flow.Participant {
	d.parts[p.ID] = p
	d.lc.Participants = append(d.lc.Participants, p)
	return p
}

// session is the TLS session on a connection: a new one, or the one that it
// relays.
func (d *drawing) session(j *joined, c *flow.Connection) {
	if j.TLS == nil {
		return
	}
	key := j.TLS.Random
	if key == "" {
		key = c.ID
	}
	s := d.sessions[key]
	if s == nil {
		s = &flow.Session{
			ID: fmt.Sprintf("T%d", len(d.sessions)+1), Ends: [2]*flow.Participant{c.From, c.To}, SNI: j.TLS.SNI, Offered: j.TLS.Offered,
			Version: j.TLS.Version, ALPN: j.TLS.ALPN, Verified: true, Resumed: j.TLS.Resumed,
		}
		d.sessions[key] = s
		d.lc.Sessions = append(d.lc.Sessions, s)
	} else {
		s.RelayedBy = append(s.RelayedBy, s.Ends[acceptor])
		s.Ends[acceptor] = c.To
	}
	s.Connections = append(s.Connections, c)
}

// step is a message, or what protected records may be.
func (d *drawing) step(e *event, c *flow.Connection) {
	s := &flow.Step{
		N: len(d.lc.Steps) + 1, Op: e.Op, Connection: c, From: c.From, To: c.To,
		Facts: e.Facts, Protected: e.Inside, Attempt: 1,
	}
	s.ID = fmt.Sprintf("frame-%s.%d", d.report.frame(e.At), s.N)
	if e.From == acceptor {
		s.From, s.To = s.To, s.From
	}
	for _, ses := range d.lc.Sessions {
		if slices.Contains(ses.Connections, c) && (e.Layer() == flow.LayerTLS || e.Inside) {
			s.Session = ses
			s.Relayed = len(ses.RelayedBy) > 0 && (e.From == opener) == (c != ses.Connections[0])
		}
	}
	switch {
	case e.Secrecy != secrecyClear:
		d.guess(e, s)
	case e.Op == flow.OpData:
		s.Facts = flow.Body{Bytes: int64(e.Bytes)}
	}
	if n := len(d.lc.Steps); n > 0 && e.Secrecy == secrecyHidden {
		if last := d.lc.Steps[n-1]; flow.SameMessage(last, s) && last.Connection == c && last.From == s.From {
			d.steps[e] = last // a run of records is one
			return
		}
		s.After = []*flow.Step{d.lc.Steps[n-1]}
	}
	d.phase(s)
	d.steps[e] = s
	d.lc.Steps = append(d.lc.Steps, s)
}

// guess names protected records by where they stand: those of a TLS 1.3 server
// before the client's first one end its handshake, the client's first one is
// its Finished, a short one is an alert, the others are data.
func (d *drawing) guess(e *event, s *flow.Step) {
	if d.x.cmp != nil {
		if known := d.x.cmp.events[e]; known != nil {
			s.Op, s.Facts = known.Op, known.Facts
			if known.Layer() == flow.LayerHTTP || known.Op == flow.OpAlert || known.Op == flow.OpFinished {
				d.begun[s.Connection] = d.begun[s.Connection] || e.From == opener
				return
			}
		}
	}
	if e.Secrecy == hiddenText {
		return
	}
	first := e.From == opener && !d.begun[s.Connection]
	switch {
	case e.isAlert():
		s.Op, s.Facts = flow.OpAlert, nil
	case s.Session != nil && s.Session.Version == flow.TLS13 && !d.begun[s.Connection]:
		s.Op, s.Facts = flow.OpFinished, nil
	default:
		s.Op, s.Facts = flow.OpData, flow.Unread{}
	}
	if first {
		d.begun[s.Connection] = true
	}
}

// phase notes where a session is up and where it ends: with the last Finished
// before its data, and with the alert behind which no more comes. Relays carry
// both a little later than they are sent.
func (d *drawing) phase(s *flow.Step) {
	ses := s.Session
	switch {
	case ses == nil:
	case s.Layer() == flow.LayerHTTP:
		d.spoken[ses] = true
		ses.Closed = nil
	case s.Op == flow.OpClientHello && ses.Opened == nil:
		ses.Opened = s
	case s.Op == flow.OpFinished && !d.spoken[ses]:
		ses.Established, ses.Up = s, true
	case s.Op == flow.OpAlert && ses.Closed == nil:
		ses.Closed = s
	}
}

// outcome is what the client was told, where that can be read.
func (d *drawing) outcome() {
	d.lc.Outcome.Endings = []flow.Ending{flow.Unseen{}}
	for _, e := range d.x.Client().Events {
		if e.From != acceptor {
			continue
		}
		if line, ok := e.Facts.(flow.StatusLine); ok && line.Status != 0 {
			d.lc.Outcome.Endings = []flow.Ending{flow.Answered{Status: line.Status}}
		}
	}
}

// mark puts a departure on the row of its message, or of the one after which
// something is missing.
func (d *drawing) mark(s *view.Sequence, dep Departure, text string) {
	e := dep.Event
	if e == nil {
		e = dep.After
	}
	step := d.steps[e]
	for _, p := range s.Panels {
		for _, row := range p.Rows {
			m, ok := row.(*view.MessageRow)
			if ok && (step == nil || slices.Contains(m.IDs, step.ID)) {
				m.Marks = append(m.Marks, view.Mark{Message: text, Error: true})
				return
			}
		}
	}
}
