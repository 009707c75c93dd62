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
	fmt.Fprintln(b, r.summary())
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
		out += amount(len(r.Capture.Conns), "connection", "connections")
		if r.LeftOut > 0 {
			out += fmt.Sprintf(", %s left out", amount(r.LeftOut, "exchange", "exchanges"))
		}
		return out
	}
	out += amount(len(r.Capture.Conns)-r.Other, "connection", "connections") + " of the model"
	if r.LeftOut > 0 {
		out += fmt.Sprintf(", %s left out", amount(r.LeftOut, "exchange", "exchanges"))
	}
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
	if r.Late > 0 {
		out = append(out, fmt.Sprintf("%s not compared: too much is before it", amount(r.Late, "exchange that began before the capture is", "exchanges that began before the capture are")))
	}
	if r.Lacking > 0 {
		out = append(out, fmt.Sprintf("%s not compared: packets that were sent at the time are not in the capture", amount(r.Lacking, "exchange is", "exchanges are")))
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
	switch open := r.Undecided(); {
	case r.Agrees() && open > 0:
		return fmt.Sprintf("agrees, but %d of %s cannot be told apart", open, amount(len(r.Results), "exchange", "exchanges"))
	case r.Agrees():
		return "agrees"
	case len(r.Results) == 0 && r.Blind+r.Late+r.Lacking > 0:
		return "differs from the model: nothing could be compared"
	case len(r.Results) == 0 && r.LeftOut > 0:
		return "nothing is compared: no exchange of the capture is the one that was asked for"
	case len(r.Results) == 0:
		return "differs from the model: no connection of the capture ends at a place of the model"
	case len(r.Results) == 1:
		return "differs from the model"
	}
	out := fmt.Sprintf("differs from the model: %d of %s", bad, amount(len(r.Results), "exchange", "exchanges"))
	if open := r.Undecided(); open > 0 {
		out += fmt.Sprintf("; %d cannot be told apart", open)
	}
	return out
}

// heading is "1  checkout: 127.0.0.10:38900 > 127.0.0.20:443".
func (r *Report) heading(x *Result) string {
	client := x.Client()
	out := fmt.Sprintf("%d  ", x.N)
	if x.Lifecycle != nil {
		out += x.Lifecycle.Request.Name + ": "
	}
	out += fmt.Sprintf("%s > %s", client.Ends[opener], client.Ends[acceptor])
	if x.begins > 0 && x.begins != x.N {
		out += fmt.Sprintf(", a later request on the connection of %d", x.begins)
	}
	return out
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
		out = append(out, fmt.Sprintf("%s > %s, joined by %s%s", j.Ends[opener], j.Ends[acceptor], j.By, orWords(j)))
	}
	if !r.Model {
		return append(out, r.messages(x)...)
	}
	for i, d := range x.Departures {
		if i == maxDepartures {
			out = append(out, fmt.Sprintf("and %d more", len(x.Departures)-i))
			break
		}
		line := r.where(d) + ": " + r.said(d) + in(x.Line(d))
		if i == 0 {
			line = "differs from the model at " + line
		} else {
			line = "then at " + line
		}
		out = append(out, line)
	}
	if x.Followed > 0 {
		out = append(out, fmt.Sprintf("%s missing after that", amount(x.Followed, "message is", "messages are")))
	}
	for _, e := range x.Exposures {
		out = append(out, r.exposure(e))
	}
	if x.Advice != "" {
		out = append(out, "help: "+x.Advice)
	}
	if x.Open != nil {
		return append(out, "cannot be told apart: "+x.Open.words())
	}
	if len(x.Departures) == 0 {
		line := fmt.Sprintf("agrees: %s seen", amount(x.Seen, "message", "messages"))
		if x.Encrypted > 0 {
			line += fmt.Sprintf(", %d behind TLS", x.Encrypted)
		}
		if x.Unfinished > 0 {
			line += fmt.Sprintf("; the capture ends before %d more", x.Unfinished)
		}
		out = append(out, line)
	}
	return out
}

// orWords name the connections that may be the exchange's in place of one.
func orWords(j *joined) string {
	if len(j.Or) == 0 {
		return ""
	}
	return "; as likely is " + either(j.Or)
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

// said is what differs. Of a message that comes too early it names the one that
// should be first, with its connection and frame.
func (r *Report) said(d Departure) string {
	if d.first == nil || d.After == nil {
		return d.Text
	}
	return fmt.Sprintf("%s on %s (frame %s), which is expected first", d.Text, d.first.Connection.ID, r.frame(d.After.At))
}

// frame is "17", or "b.pcap:17" where there are several captures.
func (r *Report) frame(at framePlace) string {
	if len(r.Capture.Files) > 1 {
		return fmt.Sprintf("%s:%d", r.Capture.Files[at.File], at.Frame)
	}
	return fmt.Sprint(at.Frame)
}

// maxMessages is how many messages of one exchange are listed without a model,
// unless all are asked for.
const maxMessages = 60

// messages lists what was seen, in the order of the capture.
func (r *Report) messages(x *Result) []string {
	var out []string
	all := merged(x.Conns)
	for i, e := range all {
		if i == maxMessages && !r.All {
			return append(out, fmt.Sprintf("and %s; --all lists them", amount(len(all)-i, "more message", "more messages")))
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
