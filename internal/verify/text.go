package verify

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/source"
)

// WriteText writes a report for a terminal.
func (r *Report) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w) // which remembers the first error
	b.WriteString(r.summary() + "\n")
	for _, n := range r.Capture.Notes {
		fmt.Fprintf(b, "note: %s\n", n)
	}
	for _, n := range r.notes() {
		fmt.Fprintf(b, "note: %s\n", n)
	}
	for _, x := range r.Results {
		fmt.Fprintf(b, "\n%s\n", r.heading(x))
		for _, line := range r.lines(x) {
			fmt.Fprintf(b, "    %s\n", line)
		}
	}
	if r.Model {
		fmt.Fprintf(b, "\n%s\n", r.verdict())
	}
	return b.Flush()
}

// summary is "cap.pcap: 38 packets, 2 connections of the model, 1 other".
func (r *Report) summary() string {
	out := fmt.Sprintf("%s: %s, ", strings.Join(r.Capture.Files, ", "), amount(r.Capture.Packets, "packet", "packets"))
	if !r.Model {
		return out + amount(len(r.Capture.Conns), "connection", "connections")
	}
	out += amount(len(r.Capture.Conns)-r.Other, "connection", "connections") + " of the model"
	if r.Checks > 0 {
		out += fmt.Sprintf(", %s", amount(r.Checks, "health check", "health checks"))
	}
	if r.Other > 0 {
		out += fmt.Sprintf(", %d of other traffic", r.Other)
	}
	return out
}

// notes say what of the report is less sure than it looks.
func (r *Report) notes() []string {
	var out []string
	if r.Blind > 0 {
		out = append(out, fmt.Sprintf("%s without a readable byte and not compared", amount(r.Blind, "exchange is", "exchanges are")))
	}
	if n := len(r.Unseen); n > 0 && len(r.Results) > 0 {
		out = append(out, fmt.Sprintf("%s: %s", amount(n, "request of the model is not in the capture", "requests of the model are not in the capture"), listed(r.Unseen)))
	}
	if r.ByPort {
		out = append(out, "places without an address were found by their port alone; state addresses, or say --map NAME=ADDR")
	}
	return out
}

// maxListed is how many names a note has.
const maxListed = 8

func listed(names []string) string {
	if n := len(names) - maxListed; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), n)
	}
	return strings.Join(names, ", ")
}

func (r *Report) verdict() string {
	bad := 0
	for _, x := range r.Results {
		if len(x.Departures) > 0 {
			bad++
		}
	}
	switch {
	case r.Agrees():
		return "agrees"
	case len(r.Results) == 0 && r.Blind > 0:
		return "differs from the model: nothing could be compared"
	case len(r.Results) == 0:
		return "differs from the model: no connection of the capture ends at a place of the model"
	case len(r.Results) == 1:
		return "differs from the model"
	}
	return fmt.Sprintf("differs from the model: %d of %s", bad, amount(len(r.Results), "exchange", "exchanges"))
}

// heading is "1  checkout: 127.0.0.10:38900 > 127.0.0.20:443".
func (r *Report) heading(x *Result) string {
	client := x.Client()
	out := fmt.Sprintf("%d  ", x.N)
	if x.Lifecycle != nil {
		out += x.Lifecycle.Request.Name + ": "
	}
	return out + fmt.Sprintf("%s > %s", client.Ends[opener], client.Ends[acceptor])
}

// lines are what is said of one exchange.
func (r *Report) lines(x *Result) []string {
	var out []string
	mode := "observed " + x.Observed + resumedWords(x.Resumed)
	if x.Declared != "" {
		mode += ", declared " + x.Declared + in(x.DeclaredAt)
	}
	out = append(out, mode)
	for _, j := range x.Conns[1:] {
		out = append(out, fmt.Sprintf("%s > %s, joined by %s", j.Ends[opener], j.Ends[acceptor], j.By))
	}
	if !r.Model {
		return append(out, r.messages(x)...)
	}
	for i, d := range x.Departures {
		if i == maxDepartures {
			out = append(out, fmt.Sprintf("and %d more", len(x.Departures)-i))
			break
		}
		line := r.where(d) + ": " + d.Text + in(x.Line(d))
		if i == 0 {
			line = "differs from the model at " + line
		} else {
			line = "then at " + line
		}
		out = append(out, line)
	}
	if x.Followed > 0 {
		out = append(out, fmt.Sprintf("%s missing behind that", amount(x.Followed, "message is", "messages are")))
	}
	for _, e := range x.Exposures {
		out = append(out, r.exposure(e))
	}
	if len(x.Departures) == 0 {
		line := fmt.Sprintf("agrees: %s seen", amount(x.Seen, "message", "messages"))
		if x.Encrypted > 0 {
			line += fmt.Sprintf(", %d behind TLS", x.Encrypted)
		}
		if x.Open > 0 {
			line += fmt.Sprintf("; the capture ends before %d more", x.Open)
		}
		out = append(out, line)
	}
	return out
}

// maxDepartures is how many departures of one exchange are said; what follows
// the first is often its consequence.
const maxDepartures = 5

// in is " (shop.flow:31)", from the first place that is known.
func in(at ...source.Span) string {
	for _, s := range at {
		if s.Known() {
			return " (" + s.Line() + ")"
		}
	}
	return ""
}

func (r *Report) exposure(e exposure) string {
	conn := fmt.Sprintf("%s > %s", e.Conn.Ends[opener], e.Conn.Ends[acceptor])
	if e.Protected {
		return fmt.Sprintf("TLS on %s in frame %s, where the model says plaintext%s", conn, r.frame(e.Event.At), in(e.At))
	}
	return fmt.Sprintf("plaintext on %s in frame %s, where the model says TLS%s", conn, r.frame(e.Event.At), in(e.At))
}

// where is "frame 17 on haproxy>be/s1#1", "the end, after frame 20".
func (r *Report) where(d Departure) string {
	out := "the beginning"
	switch {
	case d.Event != nil:
		out = "frame " + r.frame(d.Event.At)
	case d.After != nil:
		out = "frame " + r.frame(d.After.At) + " or later"
	}
	if d.conn != nil {
		out += " on " + d.conn.ID
	}
	return out
}

// frame is "17", or "b.pcap:17" where there are several captures.
func (r *Report) frame(at framePlace) string {
	if len(r.Capture.Files) > 1 {
		return fmt.Sprintf("%s:%d", r.Capture.Files[at.File], at.Frame)
	}
	return fmt.Sprint(at.Frame)
}

// maxMessages is how many messages of one exchange are listed without a model.
const maxMessages = 60

// messages lists what was seen, in the order of the capture.
func (r *Report) messages(x *Result) []string {
	var out []string
	for _, e := range merged(x.Conns) {
		if len(out) == maxMessages {
			return append(out, "and more")
		}
		dir := ">"
		if e.From == acceptor {
			dir = "<"
		}
		ends := e.Conn.Ends
		line := fmt.Sprintf("%6s  %s %s %s  %s", r.frame(e.At), ends[opener], dir, ends[acceptor], e.words())
		switch {
		case e.Op == flow.OpClientHello:
			line += ", " + words.Facts(e.Op, e.Facts)
		case e.Op == flow.OpServerHello && e.Conn.TLS != nil && e.Conn.TLS.Version != 0:
			line += ", TLS " + e.Conn.TLS.Version.String()
			if e.Conn.TLS.Resumed {
				line += ", resumes a session"
			}
		case e.Layer() == flow.LayerPROXY:
			line += " " + words.Facts(e.Op, e.Facts)
		case e.Secrecy == secrecyHidden, e.Op == flow.OpData:
			line += fmt.Sprintf(", %d bytes", e.Bytes)
		}
		out = append(out, line)
	}
	return out
}

// merged are the messages of several connections in the order of the capture.
func merged(conns []*joined) []*event {
	var out []*event
	for _, j := range conns {
		out = append(out, j.Events...)
	}
	sortEvents(out)
	return out
}
