package emit

import (
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// LifecycleJSON is the lifecycle of one request: the contract for scripts,
// flowc/lifecycle/v1. The steps are one course that their partial order
// allows; what --show opens or folds in pictures changes nothing here.
type LifecycleJSON struct {
	Schema       string            `json:"schema"`       // "flowc/lifecycle/v1"
	Model        string            `json:"model"`        // the entry file's name without ".flow"
	Request      string            `json:"request"`      // the request's name
	Outcome      outcomeJSON       `json:"outcome"`      // how it ends
	Assumed      []string          `json:"assumed"`      // what the derivation used and nothing states
	Participants []participantJSON `json:"participants"` // in order of appearance
	Connections  []connectionJSON  `json:"connections"`  // in the order in which they open
	Sessions     []sessionJSON     `json:"sessions"`     // in the order in which they open
	Steps        []stepJSON        `json:"steps"`        // in one order that "after" allows
}

// outcomeJSON is how a request ends.
type outcomeJSON struct {
	Client   []string `json:"client"`   // what the client sees: "200", "alert unknown_ca", "close", "timeout"; several where a race decides
	Attempts int      `json:"attempts"` // connections that a proxy tried for it at most; 0 where no backend was tried
}

// participantJSON is one node, or one stage of it.
type participantJSON struct {
	ID      string `json:"id"`      // "browser", "haproxy", "haproxy/inner", "shop/shop-1"
	Kind    string `json:"kind"`    // "client", "proxy", "inner", "server"
	Label   string `json:"label"`   // what pictures call it
	Zone    string `json:"zone"`    // the zone's name; "" where none is stated
	Address string `json:"address"` // without port; "" where none is stated
}

// connectionJSON is one TCP connection. A retry is one of its own.
type connectionJSON struct {
	ID      string `json:"id"`             // "browser>haproxy#1"
	From    string `json:"from"`           // the participant that opens it
	To      string `json:"to"`             // the participant that accepts it
	Source  string `json:"source"`         // the opener's address; "" where none is stated
	Address string `json:"address"`        // the address connected to; "" where none is stated
	Port    int    `json:"port"`           // the port connected to
	Kept    bool   `json:"kept,omitempty"` // an earlier request opened it (after R); it does not open here
}

// sessionJSON is one TLS session.
type sessionJSON struct {
	ID          string    `json:"id"`                   // "T1", "T2", … in the order in which they open
	Ends        [2]string `json:"ends"`                 // the participants that hold its keys: the client's side, the server's
	Version     string    `json:"version"`              // "1.3"; "" where the ends share none
	ALPN        string    `json:"alpn"`                 // the protocol chosen; "" for none
	SNI         string    `json:"sni"`                  // the name in the ClientHello; "" for none
	Certificate string    `json:"certificate"`          // the server's, by name; "" where it is not stated
	RelayedBy   []string  `json:"relayed_by"`           // the participants between that pass it on unread
	Resumed     bool      `json:"resumed,omitempty"`    // its handshake resumes an earlier session
	EarlyData   bool      `json:"early_data,omitempty"` // the request came in its first flight
	Kept        bool      `json:"kept,omitempty"`       // an earlier request opened it (after R); it has no handshake here
}

// stepJSON is one message on a connection, or one action inside a node. A
// field that does not apply is left out.
type stepJSON struct {
	N          int      `json:"n"`                    // counts all steps from 1
	ID         string   `json:"id"`                   // "T2.ClientHello"; survives edits of the model
	Step       string   `json:"step"`                 // "message" or "action"
	Connection string   `json:"connection,omitempty"` // of a message: the connection it crosses
	From       string   `json:"from,omitempty"`       // of a message: the participant that sends it
	To         string   `json:"to,omitempty"`         // of a message: the participant that receives it
	At         string   `json:"at,omitempty"`         // of an action: the participant that does it
	Layer      string   `json:"layer,omitempty"`      // of a message: "tcp", "proxy", "tls", "http"
	Name       string   `json:"name"`                 // "SYN", "ClientHello", "request", "route", …
	Detail     string   `json:"detail,omitempty"`     // "GET /cart HTTP/1.1", "unknown_ca", "shop"
	Session    string   `json:"session,omitempty"`    // the TLS session that carries it, or that an action is about
	Protected  *bool    `json:"protected,omitempty"`  // of a message: whether an observer on its connection cannot read it
	After      []string `json:"after,omitempty"`      // ids of the steps that must come directly before it
	Optional   bool     `json:"optional,omitempty"`   // may be missing on the wire
	Instead    string   `json:"instead,omitempty"`    // id of a step that may come in its place; of the two at least one is on the wire
	Attempt    int      `json:"attempt,omitempty"`    // 2 and more: it belongs to a retry
}

// newLifecycleJSON returns the contract's form of a lifecycle.
func newLifecycleJSON(l *flow.Lifecycle) *LifecycleJSON {
	out := &LifecycleJSON{
		Schema:       SchemaLifecycle,
		Outcome:      outcomeJSON{words.Endings(l.Outcome), l.Outcome.Attempts},
		Assumed:      words.Assumed(l.Assumed),
		Participants: []participantJSON{},
		Connections:  []connectionJSON{},
		Sessions:     []sessionJSON{},
		Steps:        []stepJSON{},
	}
	if l.Topology != nil {
		out.Model = l.Topology.Name
	}
	if l.Request != nil {
		out.Request = l.Request.Name
	}
	for _, p := range l.Participants {
		j := participantJSON{ID: p.ID, Kind: p.Kind.String(), Label: p.Label, Address: p.Address}
		if p.Zone != nil {
			j.Zone = p.Zone.Name
		}
		out.Participants = append(out.Participants, j)
	}
	for _, c := range l.Connections {
		out.Connections = append(out.Connections, connectionJSON{c.ID, c.From.ID, c.To.ID, c.Source, c.Address, c.Port, c.Since != nil})
	}
	for _, s := range l.Sessions {
		out.Sessions = append(out.Sessions, newSessionJSON(s))
	}
	for _, s := range l.Steps {
		out.Steps = append(out.Steps, newStepJSON(s))
	}
	return out
}

func newSessionJSON(s *flow.Session) sessionJSON {
	j := sessionJSON{
		ID: s.ID, Ends: [2]string{s.Ends[0].ID, s.Ends[1].ID},
		Version: s.Version.String(), ALPN: s.ALPN, SNI: words.Host(s.SNI), RelayedBy: []string{},
		Resumed: s.Resumed && s.Since == nil, EarlyData: s.EarlyData && s.Since == nil, Kept: s.Since != nil,
	}
	if s.Certificate != nil {
		j.Certificate = s.Certificate.Name
	}
	for _, p := range s.RelayedBy {
		j.RelayedBy = append(j.RelayedBy, p.ID)
	}
	return j
}

func newStepJSON(s *flow.Step) stepJSON {
	j := stepJSON{N: s.N, ID: s.ID, Step: s.Kind().String(), Name: s.Op.String(), Detail: words.Detail(s), Optional: s.Optional}
	switch s.Kind() {
	case flow.Message:
		j.Connection, j.From, j.To = s.Connection.ID, s.From.ID, s.To.ID
		j.Layer, j.Protected = s.Layer().String(), &s.Protected
	case flow.Action:
		j.At = s.At.ID
	}
	if s.Session != nil {
		j.Session = s.Session.ID
	}
	if s.Instead != nil {
		j.Instead = s.Instead.ID
	}
	if s.Attempt > 1 {
		j.Attempt = int(s.Attempt)
	}
	for _, before := range s.After {
		j.After = append(j.After, before.ID)
	}
	return j
}
