package hear

import (
	"fmt"
	"strings"
)

// Account is what a text says of a sequence, or of the ways of a topology.
type Account struct {
	Title   string
	Parties []string // "client Browser", "proxy HAProxy", in the order in which they are named
	Way              // a sequence's own
	Outcome string   // "200", "502 or 503"
	From    string   // the party that it comes from
	Reason  string   // why it failed
	Events  []Event
	Ways    []*Way // a topology's
}

// Way is sessions and hops.
type Way struct {
	Sessions []Session
	Hops     []Hop
	Plain    bool // it is said that nothing is encrypted
}

// Session is one TLS session.
type Session struct {
	ID         string
	Start, End string
	Up         bool
	Holders    []string // of its keys
	Relays     []string
	Shows      []string // certificates, each with the party that shows it: "proxy HAProxy: wildcard"
}

// Hop is what one wire carries.
type Hop struct {
	From, To string
	Port     string   // "" where it is not said
	Header   string   // "PROXY v2"
	State    string   // "encrypted by T1", "T1 is not established", "plaintext", "nothing is sent"
	Note     string   // "4 connections", "weight 90"
	Like     []string // sessions that do the same, each on a connection of its own
	There    string   // "route shop edge"
}

// EventKind is what happens in a step.
type EventKind int

// The kinds of event.
const (
	Sent   EventKind = iota + 1 // from one party to another
	Inside                      // within one party
	Folded                      // said in short, between two parties
	Wait                        // time passes
	Wrong                       // an error or a warning
)

// Event is one sentence of what happens, with the numbers of its steps; 0 for
// none.
type Event struct {
	Kind        EventKind
	First, Last int
	From, To    string // To is "" for one party
	Both        bool   // it goes both ways
	Optional    bool
	Does        string // "sends to", "exchange", "connects to"
	State       string // "encrypted by T1", "in plaintext", "for T1", "ending T1"; "" for none
	Text        string
}

// Parse reads a text. Its first line is the title; a sentence that nobody could
// understand is an error.
func Parse(text string) (*Account, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	a := &Account{Title: lines[0]}
	for _, l := range lines {
		if m := introduces.FindStringSubmatch(l); m != nil {
			a.Parties = append(a.Parties, m[1])
		}
	}
	grammar := grammarOf(a.Parties)
	r := &reader{Account: a, way: &a.Way}
	for i, l := range lines[1:] {
		if l == "" {
			continue
		}
		if err := grammar.read(r, l); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
	}
	return a, nil
}

// reader is an account while it is read.
type reader struct {
	*Account
	way *Way // that sessions and hops belong to
}

// session returns a session that was introduced.
func (r *reader) session(id string) (*Session, error) {
	for i := range r.way.Sessions {
		if r.way.Sessions[i].ID == id {
			return &r.way.Sessions[i], nil
		}
	}
	return nil, fmt.Errorf("%s was not introduced", id)
}
