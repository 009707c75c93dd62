package emit

import (
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// FlowchartJSON is a flowchart as it is shown, flowc/flowchart/v1. Groups and
// boxes are flat lists in which each names the group around it.
type FlowchartJSON struct {
	Schema string       `json:"schema"`         // "flowc/flowchart/v1"
	View   string       `json:"view,omitempty"` // "topology"
	Title  string       `json:"title"`
	Down   bool         `json:"down"`            // time or order runs downwards; else to the right
	Above  *TableJSON   `json:"above,omitempty"` // a table to read first
	Groups []groupJSON  `json:"groups"`          // outermost first
	Boxes  []boxJSON    `json:"boxes"`
	Edges  []edgeJSON   `json:"edges"`
	Legend []legendJSON `json:"legend,omitempty"` // what the lines mean, and who holds the keys of each session
	Foot   []string     `json:"foot"`             // what was assumed or folded
}

// legendJSON is what a line of a flowchart means.
type legendJSON struct {
	Line    string `json:"line"`
	Session string `json:"session,omitempty"` // "T1", of a "tls" line
	Fails   bool   `json:"fails,omitempty"`   // a request that fails takes it
	Name    string `json:"name"`              // "T1 Browser to HAProxy"
	Text    string `json:"text"`              // "both ends have the keys"
}

// groupJSON is a zone, or another frame around boxes.
type groupJSON struct {
	ID        string `json:"id"`
	Label     string `json:"label"`
	Untrusted bool   `json:"untrusted"`
	Trusted   bool   `json:"trusted,omitempty"` // the model says so
	Group     string `json:"group,omitempty"`   // the group around it
}

// boxJSON is one node.
type boxJSON struct {
	ID    string       `json:"id"`
	Kind  string       `json:"kind"` // "client", "proxy", "backend", "server", "question", "outcome", "fault", "note", "action"
	Label string       `json:"label"`
	Sub   string       `json:"sub,omitempty"`   // a second line: an address, a mode
	Group string       `json:"group,omitempty"` // the group around it
	Rows  []boxRowJSON `json:"rows,omitempty"`  // a proxy's routes, a backend's servers
	Marks []markJSON   `json:"marks,omitempty"`
}

// boxRowJSON is one row in a box.
type boxRowJSON struct {
	ID    string     `json:"id"` // unique in the box
	Text  string     `json:"text"`
	Note  string     `json:"note,omitempty"`  // "ends T1, starts T2"
	Down  bool       `json:"down,omitempty"`  // a server that takes no requests
	Fails bool       `json:"fails,omitempty"` // no route: what requests get that fail here
	Marks []markJSON `json:"marks,omitempty"`
}

// edgeJSON is an arrow.
type edgeJSON struct {
	ID      string     `json:"id,omitempty"`
	From    string     `json:"from"`               // a box
	FromRow string     `json:"from_row,omitempty"` // a row in it
	To      string     `json:"to"`
	ToRow   string     `json:"to_row,omitempty"`
	Label   string     `json:"label,omitempty"`   // ":443 T1 TLS 1.3 h2"
	Note    string     `json:"note,omitempty"`    // "PROXY v2, both show certificates"
	Line    string     `json:"line"`              // "plain", "tls": traffic; "control": admits, resolves, trusts; "flow": order
	Session string     `json:"session,omitempty"` // "T1", of a "tls" line
	Broken  bool       `json:"broken,omitempty"`  // the session of a "tls" line is not established
	Fails   bool       `json:"fails,omitempty"`   // only requests that fail take it, and they fail where it ends
	Marks   []markJSON `json:"marks,omitempty"`
}

var lineNames = map[view.Line]string{
	view.LinePlain:   "plain",
	view.LineTLS:     "tls",
	view.LineControl: "control",
	view.LineFlow:    "flow",
}

var boxKindNames = map[view.BoxKind]string{
	view.BoxClient:   "client",
	view.BoxProxy:    "proxy",
	view.BoxBackend:  "backend",
	view.BoxServer:   "server",
	view.BoxQuestion: "question",
	view.BoxOutcome:  "outcome",
	view.BoxFault:    "fault",
	view.BoxNote:     "note",
	view.BoxAction:   "action",
}

func newFlowchartJSON(pic *view.Flowchart, name string) *FlowchartJSON {
	out := &FlowchartJSON{
		Schema: SchemaFlowchart, View: name, Title: pic.Title, Down: pic.Down, Foot: notNil(pic.Foot),
		Groups: []groupJSON{}, Boxes: []boxJSON{}, Edges: []edgeJSON{},
	}
	if pic.Above != nil {
		out.Above = newTableJSON(pic.Above, "")
		out.Above.Schema = ""
	}
	for _, g := range pic.Groups {
		out.add(g, "")
	}
	for _, e := range pic.Edges {
		out.Edges = append(out.Edges, edgeJSON{
			e.ID, e.From, e.FromRow, e.To, e.ToRow, e.Label, e.Note, lineNames[e.Line], e.Session, e.Broken, e.Fails, newMarksJSON(e.Marks),
		})
	}
	for _, l := range pic.Legend {
		out.Legend = append(out.Legend, legendJSON{lineNames[l.Line], l.Session, l.Fails, l.Name, l.Text})
	}
	return out
}

// add appends a group and what it holds. One that draws no frame is left out,
// and what it holds belongs to the group around it.
func (f *FlowchartJSON) add(g *view.Group, around string) {
	inside := around
	if g.ID != "" || g.Label != "" {
		f.Groups = append(f.Groups, groupJSON{g.ID, g.Label, g.Untrusted(), g.Trust == flow.Trusted, around})
		inside = g.ID
	}
	for _, b := range g.Boxes {
		box := boxJSON{
			ID: b.ID, Kind: boxKindNames[b.Kind], Label: b.Label, Sub: b.Sub,
			Group: inside, Marks: newMarksJSON(b.Marks),
		}
		for _, r := range b.Rows {
			box.Rows = append(box.Rows, boxRowJSON{r.ID, r.Text, r.Note, r.Down, r.Fails, newMarksJSON(r.Marks)})
		}
		f.Boxes = append(f.Boxes, box)
	}
	for _, inner := range g.Groups {
		f.add(inner, inside)
	}
}

// SequenceJSON is a sequence of several panels as it is shown,
// flowc/sequence/v1. One of a single request is a LifecycleJSON.
type SequenceJSON struct {
	Schema string      `json:"schema"`         // "flowc/sequence/v1"
	View   string      `json:"view,omitempty"` // "handshake"
	Title  string      `json:"title"`
	Panels []panelJSON `json:"panels"`
	Foot   []string    `json:"foot"` // what was assumed or folded
}

// panelJSON is one of the sequences.
type panelJSON struct {
	Title     string         `json:"title"`
	Lifelines []lifelineJSON `json:"lifelines"` // from left to right
	Rows      []rowJSON      `json:"rows"`      // in time order
	Bands     []bandJSON     `json:"bands"`
	Foot      []string       `json:"foot"` // "no session is established"
}

// lifelineJSON is one participant.
type lifelineJSON struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"` // "client", "proxy", "inner", "server"
	Label     string `json:"label"`
	Sub       string `json:"sub,omitempty"` // its zone or address
	Untrusted bool   `json:"untrusted"`     // it stands in an untrusted zone
}

// rowJSON is one row: a message from one lifeline to another, an action at one,
// a fold over several from left to right, or time that passes.
type rowJSON struct {
	Row      string     `json:"row"`             // "message", "action", "fold", "gap"
	First    int        `json:"first,omitempty"` // the numbers of the first and last step that it stands for
	Last     int        `json:"last,omitempty"`
	Steps    []string   `json:"steps,omitempty"` // their ids
	From     string     `json:"from,omitempty"`
	To       string     `json:"to,omitempty"`
	At       string     `json:"at,omitempty"` // of an action
	Text     string     `json:"text"`
	Session  string     `json:"session,omitempty"` // "T1": of a message or action, and of a fold that is about one
	Line     string     `json:"line,omitempty"`    // of a message: as an edge's
	Optional bool       `json:"optional,omitempty"`
	Both     bool       `json:"both,omitempty"` // an exchange that goes both ways
	Marks    []markJSON `json:"marks,omitempty"`
}

// bandJSON is a TLS session while it is up.
type bandJSON struct {
	Session string   `json:"session"`          // "T1"
	Label   string   `json:"label"`            // "T1 TLS 1.3 h2"
	From    string   `json:"from"`             // the lifelines that hold its keys, the client side's
	To      string   `json:"to"`               // and the server side's
	Relays  []string `json:"relays,omitempty"` // the lifelines between that pass it on unread
	First   int      `json:"first"`            // the first and last row inside, counted from 0
	Last    int      `json:"last"`
}

func newSequenceJSON(pic *view.Sequence, name string) *SequenceJSON {
	out := &SequenceJSON{
		Schema: SchemaSequence, View: name, Title: pic.Title, Panels: []panelJSON{}, Foot: notNil(pic.Foot),
	}
	for _, p := range pic.Panels {
		out.Panels = append(out.Panels, newPanelJSON(p))
	}
	return out
}

func newPanelJSON(p *view.Panel) panelJSON {
	out := panelJSON{
		Title: p.Title, Foot: notNil(p.Foot),
		Lifelines: []lifelineJSON{}, Rows: []rowJSON{}, Bands: []bandJSON{},
	}
	for _, l := range p.Lifelines {
		out.Lifelines = append(out.Lifelines, lifelineJSON{l.ID, l.Kind.String(), l.Label, l.Sub, l.Untrusted})
	}
	for _, r := range p.Rows {
		out.Rows = append(out.Rows, newRowJSON(p, r))
	}
	for _, b := range p.Bands {
		band := bandJSON{
			Session: b.Session, Label: b.Label, First: b.First, Last: b.Last,
			From: p.Lifelines[b.From].ID, To: p.Lifelines[b.To].ID,
		}
		for _, i := range b.Relays {
			band.Relays = append(band.Relays, p.Lifelines[i].ID)
		}
		out.Bands = append(out.Bands, band)
	}
	return out
}

func newRowJSON(p *view.Panel, row view.Row) rowJSON {
	out := rowJSON{}
	out.First, out.Last = row.Numbers()
	switch r := row.(type) {
	case *view.MessageRow:
		out.Row, out.Steps, out.Text, out.Session = "message", r.IDs, r.Text, r.Session
		out.From, out.To, out.Line = p.Lifelines[r.From].ID, p.Lifelines[r.To].ID, lineNames[r.Line]
		out.Optional, out.Both, out.Marks = r.Optional, r.Both, newMarksJSON(r.Marks)
	case *view.ActionRow:
		out.Row, out.Steps, out.Text, out.Session = "action", r.IDs, r.Text, r.Session
		out.At, out.Marks = p.Lifelines[r.At].ID, newMarksJSON(r.Marks)
	case *view.SpanRow:
		out.Row, out.Text, out.Session = "fold", r.Text, r.Session
		out.From, out.To, out.Marks = p.Lifelines[r.From].ID, p.Lifelines[r.To].ID, newMarksJSON(r.Marks)
	case *view.GapRow:
		out.Row, out.Text = "gap", r.Text
	default:
		panic("emit: unknown row")
	}
	return out
}
