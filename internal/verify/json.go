package verify

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/source"
)

// schema names the JSON of a report.
const schema = "flowc/verify/v1"

// reportJSON is a report for scripts. Fields are added to it, never renamed.
type reportJSON struct {
	Schema    string         `json:"schema"`
	Captures  []string       `json:"captures"`
	Agrees    *bool          `json:"agrees,omitempty"` // left out without a model
	Packets   int            `json:"packets"`
	Other     int            `json:"other_connections"`
	Late      int            `json:"late,omitempty"`      // exchanges that began before the capture and were not compared
	Lacking   int            `json:"lacking,omitempty"`   // exchanges that were not compared, because packets of their time are missing
	LeftOut   int            `json:"left_out,omitempty"`  // exchanges that were not asked for
	Undecided int            `json:"undecided,omitempty"` // exchanges that cannot be told apart
	Checks    int            `json:"health_checks"`       // that agree, and that no request of the model is
	Unseen    []string       `json:"unseen"`              // requests of the model that no exchange is
	Notes     []string       `json:"notes"`               // what the capture lacks, or was left out of it
	Exchanges []exchangeJSON `json:"exchanges"`
}

// exchangeJSON is one client connection and those that were opened for it.
type exchangeJSON struct {
	Request     string           `json:"request,omitempty"` // of the model; left out without one
	Observed    string           `json:"observed"`
	Resumed     []string         `json:"resumed,omitempty"` // the sides on which a session is resumed: client, backend
	Declared    string           `json:"declared,omitempty"`
	DeclaredAt  string           `json:"declared_at,omitempty"` // "shop.flow:31"
	Connections []connectionJSON `json:"connections"`
	Departures  []departureJSON  `json:"departures"`     // in the order of the capture
	Advice      string           `json:"help,omitempty"` // the statement with which it agrees
	Exposures   []exposureJSON   `json:"exposures"`
	Undecided   *undecidedJSON   `json:"undecided,omitempty"` // whether it agrees depends on which connection is its own
	Seen        int              `json:"seen"`                // derived messages that were seen by name
	Protected   int              `json:"protected"`           // derived messages that protected records may hold
	Followed    int              `json:"followed"`            // derived messages that are missing behind a departure
	Unfinished  int              `json:"unfinished"`          // derived messages that the capture ends before
}

// undecidedJSON are the connections of which one is an exchange's, by what
// follows: "127.0.0.21:4711 > 127.0.0.30:8080".
type undecidedJSON struct {
	Agrees  []string `json:"agrees"`
	Differs []string `json:"differs"`
}

// connectionJSON is one TCP connection.
type connectionJSON struct {
	Derived  string        `json:"derived,omitempty"` // "browser>haproxy#1"
	Opener   string        `json:"opener"`            // address and port
	Acceptor string        `json:"acceptor"`
	JoinedBy string        `json:"joined_by,omitempty"`
	Or       []string      `json:"or,omitempty"`   // connections that may be the exchange's in its place: "127.0.0.21:4711 > 127.0.0.30:8080"
	Part     bool          `json:"part,omitempty"` // the rest of the connection is another exchange's
	TLS      string        `json:"tls,omitempty"`  // "1.3"
	SNI      string        `json:"sni,omitempty"`
	ALPN     string        `json:"alpn,omitempty"` // chosen, where that can be read
	Resumed  bool          `json:"resumed,omitempty"`
	Lost     int64         `json:"lost_bytes,omitempty"`
	Messages []messageJSON `json:"messages"`
}

// messageJSON is one message on a connection, or protected records.
type messageJSON struct {
	Frame  string `json:"frame"` // "17", or "b.pcap:17"
	From   string `json:"from"`  // "opener" or "acceptor"
	Layer  string `json:"layer"`
	Name   string `json:"name"` // as in a lifecycle; "record" where it is protected
	Detail string `json:"detail,omitempty"`
	Bytes  int    `json:"bytes,omitempty"`
	Step   string `json:"step,omitempty"` // the derived step that it is
}

// departureJSON is one place at which the capture departs from what is derived.
type departureJSON struct {
	Kind       string `json:"kind"` // missing, extra, early, different
	Frame      string `json:"frame,omitempty"`
	After      string `json:"after,omitempty"` // of what is missing: the frame behind which it should be; of what is early: that of what should come first
	First      string `json:"first,omitempty"` // of what is early: the derived step that should come first
	Connection string `json:"connection,omitempty"`
	Step       string `json:"step,omitempty"`
	At         string `json:"at,omitempty"` // "shop.flow:31"
	Text       string `json:"text"`
}

// exposureJSON is a hop that is plaintext where the model says TLS, or the
// other way round.
type exposureJSON struct {
	Opener   string `json:"opener"`
	Acceptor string `json:"acceptor"`
	Frame    string `json:"frame"`
	Observed string `json:"observed"` // "plaintext" or "TLS"
	At       string `json:"at,omitempty"`
}

// asJSON returns the report for scripts.
func (r *Report) asJSON() *reportJSON {
	out := &reportJSON{
		Schema: schema, Captures: r.Capture.Files, Packets: r.Capture.Packets, Other: r.Other, Late: r.Late, Lacking: r.Lacking, LeftOut: r.LeftOut, Undecided: r.Undecided(),
		Checks: r.Checks, Unseen: append([]string{}, r.Unseen...),
		Notes: append(append([]string{}, r.Capture.Notes...), r.notes()...), Exchanges: []exchangeJSON{},
	}
	if r.Model {
		agrees := r.Agrees()
		out.Agrees = &agrees
	}
	for _, x := range r.Results {
		out.Exchanges = append(out.Exchanges, r.exchangeJSON(x))
	}
	return out
}

func (r *Report) exchangeJSON(x *Result) exchangeJSON {
	out := exchangeJSON{
		Observed: x.Observed, Resumed: x.Resumed, Seen: x.Seen, Protected: x.Encrypted, Followed: x.Followed, Unfinished: x.Unfinished,
		Departures: []departureJSON{}, Exposures: []exposureJSON{}, Advice: x.Advice,
	}
	if x.Lifecycle != nil {
		out.Request = x.Lifecycle.Request.Name
	}
	if x.Declared != "" {
		out.Declared, out.DeclaredAt = x.Declared, placeText(x.DeclaredAt)
	}
	if q := x.Open; q != nil {
		out.Undecided = &undecidedJSON{namesOf(q.Agrees), namesOf(q.Departs)}
	}
	for _, j := range x.Conns {
		out.Connections = append(out.Connections, r.connectionJSON(x, j))
	}
	for _, d := range x.Departures {
		dj := departureJSON{Kind: d.Kind.String(), At: placeText(x.Line(d)), Text: r.said(d)}
		if d.first != nil {
			dj.First = d.first.ID
		}
		if d.Event != nil {
			dj.Frame = r.frame(d.Event.At)
		}
		if d.After != nil {
			dj.After = r.frame(d.After.At)
		}
		if d.conn != nil {
			dj.Connection = d.conn.ID
		}
		if d.Step != nil {
			dj.Step = d.Step.ID
		}
		out.Departures = append(out.Departures, dj)
	}
	for _, e := range x.Exposures {
		what := "plaintext"
		if e.Protected {
			what = "TLS"
		}
		out.Exposures = append(out.Exposures, exposureJSON{
			e.Conn.Ends[opener].String(), e.Conn.Ends[acceptor].String(), r.frame(e.Event.At), what, placeText(e.At),
		})
	}
	return out
}

func namesOf(conns []*joined) []string {
	out := []string{}
	for _, j := range conns {
		out = append(out, pairWords(j))
	}
	return out
}

func (r *Report) connectionJSON(x *Result, j *joined) connectionJSON {
	out := connectionJSON{
		Opener: j.Ends[opener].String(), Acceptor: j.Ends[acceptor].String(), JoinedBy: string(j.By),
		Lost: j.Lost[opener] + j.Lost[acceptor], Messages: []messageJSON{},
	}
	if x.cmp != nil && x.cmp.derived[j] != nil {
		out.Derived = x.cmp.derived[j].ID
	}
	for _, o := range j.Or {
		out.Or = append(out.Or, pairWords(o))
	}
	out.Part = j.Reused || j.Kept
	if j.TLS != nil {
		out.TLS, out.SNI, out.ALPN, out.Resumed = j.TLS.Version.String(), j.TLS.SNI, j.TLS.ALPN, j.TLS.Resumed
	}
	for _, e := range j.Events {
		m := messageJSON{
			Frame: r.frame(e.At), From: [...]string{"opener", "acceptor"}[e.From], Layer: e.Layer().String(),
			Name: e.Op.String(), Detail: words.Facts(e.Op, e.Facts), Bytes: e.Bytes,
		}
		if x.cmp != nil {
			if s := x.cmp.events[e]; s != nil {
				m.Step = s.ID
			}
		}
		out.Messages = append(out.Messages, m)
	}
	return out
}

func placeText(s source.Span) string {
	return strings.Trim(in(s), " ()")
}

// WriteJSON writes the report for scripts.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r.asJSON()); err != nil {
		return fmt.Errorf("the report: %w", err)
	}
	return nil
}

// WriteMarkdown writes the report for a ticket or a page.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", markdown(r.summary()))
	for _, n := range append(append([]string{}, r.Capture.Notes...), r.notes()...) {
		fmt.Fprintf(&b, "- note: %s\n", markdown(n))
	}
	if r.Model {
		b.WriteString("| | request | client | observed | declared | verdict |\n|---|---|---|---|---|---|\n")
	} else {
		b.WriteString("| | client | observed |\n|---|---|---|\n")
	}
	for _, x := range r.Results {
		c := x.Client()
		client := fmt.Sprintf("%s > %s", c.Ends[opener], c.Ends[acceptor])
		if !r.Model {
			fmt.Fprintf(&b, "| %d | %s | %s |\n", x.N, client, x.Observed+resumedWords(x.Resumed))
			continue
		}
		e := r.exchangeJSON(x)
		verdict := "agrees"
		if x.Open != nil {
			verdict = "cannot be told apart: " + x.Open.words()
		}
		if len(x.Departures) > 0 {
			d := x.Departures[0]
			verdict = "differs from the model at " + r.where(d) + ": " + r.said(d) + in(x.Line(d))
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s |\n", x.N, markdown(e.Request), client, x.Observed+resumedWords(x.Resumed), e.Declared, markdown(verdict))
	}
	for _, x := range r.Results {
		for _, e := range x.Exposures {
			fmt.Fprintf(&b, "\n%s\n", markdown(r.exposure(e)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdown escapes what a table or a paragraph would take for a sign.
var markdownSigns = strings.NewReplacer("|", "\\|", "<", "&lt;", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "\n", " ")

func markdown(s string) string { return markdownSigns.Replace(s) }
