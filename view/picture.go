// Package view projects a topology and its lifecycles into pictures that know
// nothing of a format. A picture says what stands where and what it means;
// how a meaning looks is the emitters' business.
package view

import "github.com/flowc-lang/flowc/flow"

// Picture is one of *Flowchart, *Sequence, *Table.
type Picture interface {
	Header() *Head
	picture()
}

// Head is what every picture has.
type Head struct {
	Title string   // model and request: "Re-encrypted route: checkout"
	Desc  string   // a paragraph for screen readers, generated from the model
	Foot  []string // what was assumed or folded: "assumed: keep-alive, browser closes first"
}

func (h *Head) Header() *Head { return h }
func (*Flowchart) picture()   {}
func (*Sequence) picture()    {}
func (*Table) picture()       {}

// Line is the kind of an arrow, a band or an edge.
type Line int

// The kinds of line. TLS and Plain are traffic.
const (
	LinePlain   Line = iota + 1 // readable on the wire: thin
	LineTLS                     // protected: thick or double, with a lock
	LineControl                 // admits, resolves, trusts: dotted, never traffic
	LineFlow                    // the order of questions or actions, nothing on a wire
)

// Mark is a finding beside the thing that it is about: its code and its message.
type Mark struct {
	Code     string // "FL203"; "" for what goes wrong in the course itself
	Gets     string // what a client gets for it: "503, inside TLS"; "" where that is not drawn
	Message  string
	Error    bool   // false for a warning
	Expected bool   // it goes wrong as the model says that it does: no fault
	Change   Change // what is marked is not in both of two models that are compared
}

// Change is how something of a picture of two models differs.
type Change int

// The changes.
const (
	Unchanged Change = iota
	Added
	Removed
	Changed
)

// Grade is what a mark says at a glance.
type Grade int

// The grades of a mark.
const (
	GradeError Grade = iota + 1
	GradeWarning
	GradeExpected
	GradeAdded
	GradeRemoved
	GradeChanged
)

// Grade returns the grade of a mark.
func (m Mark) Grade() Grade {
	switch {
	case m.Change == Added:
		return GradeAdded
	case m.Change == Removed:
		return GradeRemoved
	case m.Change == Changed:
		return GradeChanged
	case m.Expected:
		return GradeExpected
	case m.Error:
		return GradeError
	}
	return GradeWarning
}

// Flowchart is boxes in nested groups, and edges between them.
type Flowchart struct {
	Head
	Down   bool // top to bottom; else left to right
	Groups []*Group
	Edges  []*Edge
	Above  *Table // a table to read first; nil for none
	Ways   []*Way // of a topology: how Edges follow one another
	Legend []*LegendLine
}

// LegendLine says what a line of the picture means: a session with who holds its keys, or
// plaintext, or what fails.
type LegendLine struct {
	Line    Line
	Session string // of a LineTLS: "T1"
	Fails   bool   // it is what a request takes that fails
	Name    string // "T1 Browser to HAProxy"
	Text    string // "both hold the keys"
}

// Way is everything that one connection of a client leads to: its hops in order, and the sessions
// over them. Ways can share edges, and two ways can each have a T1.
type Way struct {
	Hops []Hop
	Keys []Keys
}

// Hop is one edge of a way.
type Hop struct {
	Edge *Edge
	Wire string // "port 443: encrypted by T1"
}

// Keys says which two boxes hold the keys of a session.
type Keys struct {
	Session string    // "T1"
	Title   string    // "TLS 1.3 h2"
	Ends    [2]string // ids of the boxes: the client's side, the server's side
	Relays  []string  // ids of the boxes that pass it on unread
	Up      bool      // its handshake completes
	Mutual  bool      // the client's side shows a certificate, too
}

// Group is a zone or another frame around boxes. A group with an empty ID and
// label draws no frame.
type Group struct {
	ID     string
	Label  string
	Trust  flow.Trust // of a zone; an untrusted one says so
	Boxes  []*Box
	Groups []*Group
}

// Untrusted reports whether a group is a zone that is not trusted.
func (g *Group) Untrusted() bool { return g.Trust == flow.Untrusted }

// BoxKind is the kind of a box.
type BoxKind int

// The kinds of box.
const (
	BoxClient BoxKind = iota + 1
	BoxProxy
	BoxBackend
	BoxServer
	BoxQuestion // of a decision
	BoxOutcome  // where a decision ends
	BoxFault    // an outcome that refuses or closes
	BoxNote     // "admitted by no proxy", "12 servers"
	BoxAction
)

// Box is one node: a heading, and rows that edges may end at.
type Box struct {
	ID    string
	Label string
	Name  string // what Label begins with that stands out: a mode; "" for nothing
	Sub   string // a second, smaller line: an address, a mode
	Kind  BoxKind
	Many  bool // it stands for several, as its label says: "12 servers"
	Rows  []*BoxRow
	Marks []Mark
}

// BoxRow is one row in a box: a route in a proxy's, a server in a backend's.
type BoxRow struct {
	ID    string // unique in the box; edges name it
	Noun  string // "route", "server"; "" where Text is no name
	Name  string // what Text begins with that stands out: a route's name; "" for nothing
	Text  string
	Note  string // smaller: "ends T1, starts T2"
	Port  string // of a route that relays: the port whose connections it is about; "" for all
	Down  bool   // a server that takes no requests
	Fails bool   // no route: what requests that fail here get
	Marks []Mark
}

// Edge is an arrow between two boxes, or rows of them.
type Edge struct {
	ID       string
	From, To string // box ids
	FromRow  string // row ids, "" for the box
	ToRow    string
	Label    string // one line: ":443 T1 TLS 1.3 h2"
	Note     string // smaller: "PROXY v2, both show certificates"
	Line     Line
	Share    string // "weight 90", which Label ends with; "" where a route has one target
	Session  string // "T1": the session of a LineTLS; "" for none
	Broken   bool   // the session is not established
	Fails    bool   // only requests that fail take it, and they fail where it ends
	Marks    []Mark
}

// Sequence is lifelines and what happens between them, time downwards.
type Sequence struct {
	Head
	Panels []*Panel
	// Frame are the lifelines of a picture whose panels are in one frame; nil where
	// each has its own.
	Frame []*Lifeline
	// Lifecycle is what a single-panel sequence was projected from; the JSON
	// contract is written from it, not from the rows.
	Lifecycle *flow.Lifecycle
}

// Panel is one sequence; a picture of several modes has one for each.
type Panel struct {
	Title     string // "" for a single panel
	Lifelines []*Lifeline
	Lanes     []int // their places in Sequence.Frame
	Rows      []Row
	Bands     []*Band
	Clear     []*Band         // the connections on which HTTP is in plaintext
	Foot      []string        // "no session is established"
	Course    *flow.Lifecycle // what Rows are a projection of
	Flights   bool            // rows are numbered by flight, not by step
	Frames    bool            // rows are numbered by the frames of a capture
}

// Lifeline is one participant, in the order from left to right.
type Lifeline struct {
	ID        string
	Label     string
	Sub       string // its zone or address
	Kind      flow.ParticipantKind
	Untrusted bool
	Zone      string // "" for none
	Trust     flow.Trust
}

// Row is one of *MessageRow, *ActionRow, *SpanRow, *GapRow, in time order.
// First and Last are the step numbers that it stands for, 0 where none; in the
// handshake view they are the number of the flight.
type Row interface {
	Numbers() (first, last int)
	row()
}

// messageKind is what a row of messages is for.
type messageKind int

// The kinds of row of messages.
const (
	messageOther     messageKind = iota // one message of TCP, PROXY or TLS
	messageOpen                         // a connection opens
	messageTry                          // a connection does not open
	messageHandshake                    // all or part of a TLS handshake
	messageHTTP
	messageClose // a connection closes, with its session if it has one
)

// MessageRow is an arrow from one lifeline to another. From and To are indexes
// into the panel's lifelines and differ.
type MessageRow struct {
	First, Last int
	IDs         []string // of the steps: "T2.ClientHello"
	From, To    int
	Kind        messageKind
	Text        string // "GET /cart", "ClientHello, SNI shop.shop.svc"
	Session     string // "T1"; "" for none
	Plain       int    // the number of a connection in Panel.Clear, of which this is HTTP or the close; 0 for none
	Line        Line
	Optional    bool
	Both        bool // a folded exchange that goes both ways: "TCP handshake", "T1 handshake TLS 1.3"
	Marks       []Mark
}

// ActionRow is something that happens inside a node: a note on its lifeline.
type ActionRow struct {
	First, Last int
	IDs         []string
	At          int
	Text        string
	Session     string // the session that it is about; "" for none
	Marks       []Mark
}

// SpanRow is a fold or a remark across lifelines From to To (From <= To):
// "requests 2 to 5 as 11-25, no handshake", "4 attempts, 1 s apart".
type SpanRow struct {
	First, Last int
	From, To    int
	Text        string
	Said        string // Text for those who listen, where that differs: "like steps 11 to 25"
	Session     string // the session that it is about; "" for none
	Plain       int    // the connection in Panel.Clear that it is about; 0 for none
	Marks       []Mark
}

// GapRow is time that passes: "1 s later".
type GapRow struct{ Text string }

func (r *MessageRow) Numbers() (int, int) { return r.First, r.Last }
func (r *ActionRow) Numbers() (int, int)  { return r.First, r.Last }
func (r *SpanRow) Numbers() (int, int)    { return r.First, r.Last }
func (r *GapRow) Numbers() (int, int)     { return 0, 0 }

func (*MessageRow) row() {}
func (*ActionRow) row()  {}
func (*SpanRow) row()    {}
func (*GapRow) row()     {}

// Band is a session while it is up: it spans exactly the lifelines that hold
// its keys, from the row after its handshake to the row of its close. Rows inside
// that name another session or connection are not part of it. In Panel.Clear it is
// a connection from its first HTTP on, which nobody needs keys to read.
type Band struct {
	Session  string // "T1"; "" for a connection in plaintext
	Plain    int    // the number of that; 0 for a session
	Label    string // "T1 TLS 1.3 h2", "plaintext :8080"
	From, To int    // lifelines, From < To; those between relay it
	Relays   []int  // lifelines between that pass it on unread
	First    int    // index of the first row inside
	Last     int    // index of the last row inside
	Open     bool   // it does not close in this picture
}

// Table is columns and sections of rows.
type Table struct {
	Head
	Columns  []Column
	Sections []*Section
}

// Column is one column of a table.
type Column struct {
	Title string
	Sub   string // a second, smaller line: what a proxy admits
	Right bool   // numbers
	Own   bool   // the model's own among what-ifs
}

// Heading is title and second line in one, for formats of one size.
func (c Column) Heading() string {
	if c.Sub == "" {
		return c.Title
	}
	return c.Title + ": " + c.Sub
}

// Section is rows under a heading of their own; "" for none.
type Section struct {
	Title string
	Rows  []*TableRow
}

// TableRow is one row.
type TableRow struct {
	Cells []Cell
	Wire  bool // a row about a wire, not a node: drawn indented and in italics
	Own   bool // the model's own among what-ifs
	Marks []Mark

	Session string // of a wire: "T1"; "" where it is in plaintext
}

// Tone is what a cell says at a glance, beside its text.
type Tone int

// The tones of a cell.
const (
	TonePlain Tone = iota
	ToneGood
	ToneBad // something is wrong
	ToneMuted
	ToneClear // in plaintext on a wire
)

// Cell is one cell; its text says everything, the tone only repeats it.
type Cell struct {
	Text string
	Tone Tone
}
