package trace

import (
	"encoding/json"
	"io"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// schema names the JSON of a trace.
const schema = "flowc/trace/v1"

// traceJSON is a trace for scripts. Fields are added to it, never renamed.
type traceJSON struct {
	Schema     string       `json:"schema"`
	Model      string       `json:"model"`
	Request    requestJSON  `json:"request"`
	Outcome    outcomeJSON  `json:"outcome"`
	Path       []answerJSON `json:"path"`      // in the order of time
	WhyNot     []otherJSON  `json:"why_not"`   // the nearest first
	NotMore    int          `json:"more"`      // routes that were not taken either
	Sessions   []heldJSON   `json:"sessions"`  // in the order in which they open
	Visibility []readerJSON `json:"who_reads"` // nodes and wires, from the client on
	Assumed    []string     `json:"assumed"`
}

// requestJSON is what was asked for.
type requestJSON struct {
	Method   string   `json:"method"`
	Scheme   string   `json:"scheme"`
	Host     string   `json:"host"`
	Port     int      `json:"port"`
	Path     string   `json:"path"` // with the query
	From     string   `json:"from"`
	Via      string   `json:"via"`
	SNI      string   `json:"sni"`           // "" for none
	TLS      string   `json:"tls,omitempty"` // "1.2..1.3"
	Headers  []string `json:"headers"`       // "Name: value"
	Upgrade  string   `json:"upgrade,omitempty"`
	Fragment string   `json:"fragment,omitempty"` // of the URL, which is not sent: "#top"
}

// outcomeJSON is how the request ends.
type outcomeJSON struct {
	Client   []string `json:"client"` // as in a lifecycle; several where a race decides
	From     string   `json:"from"`
	Attempts int      `json:"attempts"`
	Reached  bool     `json:"reached"`        // whether any server was connected to
	Why      string   `json:"why,omitempty"`  // what went wrong
	Step     string   `json:"step,omitempty"` // at which the course left the good one
	Idle     string   `json:"idle,omitempty"` // which timeout ends a tunnel over which no byte goes, and when
}

// answerJSON is one question on the way.
type answerJSON struct {
	At     string `json:"at"`
	Asks   string `json:"asks"`
	Answer string `json:"answer"`
	Why    string `json:"why,omitempty"`
	Step   string `json:"step,omitempty"` // of the lifecycle
	Wrong  bool   `json:"wrong,omitempty"`
}

// otherJSON is a route that was not taken.
type otherJSON struct {
	Route    string `json:"route"`
	Proxy    string `json:"proxy,omitempty"` // that did not choose it; left out where it is on none of the way
	Mismatch string `json:"unmet"`           // none, place, relay, sni, host, path, field, mode, plaintext
	Why      string `json:"why"`
}

// heldJSON is a TLS session.
type heldJSON struct {
	ID                string    `json:"id"`
	Ends              [2]string `json:"ends"` // who holds its keys
	RelayedBy         []string  `json:"relayed_by"`
	Version           string    `json:"version"`
	ALPN              string    `json:"alpn"`
	SNI               string    `json:"sni"`
	Certificate       string    `json:"certificate"`
	ClientCertificate string    `json:"client_certificate,omitempty"`
	Checked           []string  `json:"checked"`
	Verified          bool      `json:"verified"` // false where verify none is stated
	Up                bool      `json:"up"`
}

// readerJSON is what one place on the way can see: "nothing", "reads" or
// "changes" of each.
type readerJSON struct {
	Node        string `json:"node,omitempty"`
	Wire        string `json:"wire,omitempty"` // "browser>haproxy#1"
	Address     string `json:"address"`        // the client's own
	SNI         string `json:"sni"`
	Certificate string `json:"certificate"`
	HostPath    string `json:"host_path"`
	Headers     string `json:"headers"`
	Body        string `json:"body"`
}

var mismatchNames = map[flow.Mismatch]string{
	flow.MismatchNone: "none", flow.MismatchPlace: "place", flow.MismatchRelay: "relay", flow.MismatchSNI: "sni", flow.MismatchHost: "host",
	flow.MismatchPath: "path", flow.MismatchField: "field", flow.MismatchMode: "mode", flow.MismatchPlaintext: "plaintext",
	flow.MismatchRefused: "refused",
}

var visibilityNames = map[flow.Visibility]string{flow.Hidden: "nothing", flow.Readable: "reads", flow.Changeable: "changes"}

// WriteJSON writes the trace for scripts.
func (t *Trace) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(t.asJSON())
}

// asJSON returns the trace as scripts read it.
func (t *Trace) asJSON() *traceJSON {
	q, call, o := t.Request, t.Request.Calls[0], t.Lifecycle.Outcome
	out := &traceJSON{
		Schema: schema, Model: t.Lifecycle.Topology.Name,
		Request: requestJSON{
			Method: call.Method, Scheme: call.Scheme, Host: call.Host, Port: call.Port, Path: call.Path,
			From: q.From.Name, Via: q.Via.Name, SNI: q.SNI.V, Headers: []string{}, Upgrade: q.Upgrade.V, Fragment: t.Fragment,
		},
		Outcome: outcomeJSON{Client: words.Endings(o), From: o.FromID(), Attempts: o.Attempts, Reached: o.Reached, Why: words.Why(o.Why)},
		Path:    []answerJSON{}, WhyNot: []otherJSON{}, NotMore: t.More, Sessions: []heldJSON{}, Visibility: []readerJSON{},
		Assumed: append([]string{}, t.assumed()...),
	}
	if !call.InClear() {
		out.Request.TLS = q.TLS.V.String()
	}
	if q.HostField.IsSet() {
		out.Request.Headers = append(out.Request.Headers, "Host: "+q.HostField.V)
	}
	for _, f := range q.Fields {
		out.Request.Headers = append(out.Request.Headers, f.Name+": "+f.Value)
	}
	if o.Cause != nil {
		out.Outcome.Step = o.Cause.ID
	}
	if end, ok := t.Lifecycle.IdleEnd(); ok && o.Fault == flow.FaultNone {
		out.Outcome.Idle = words.Idle(end)
	}
	for _, a := range t.Path {
		j := answerJSON{At: a.At.ID, Asks: a.Asks, Answer: a.Is, Why: a.Why, Wrong: a.Wrong}
		if a.Step != nil {
			j.Step = a.Step.ID
		}
		out.Path = append(out.Path, j)
	}
	for _, x := range t.Others {
		j := otherJSON{Route: x.Route.Name, Mismatch: mismatchNames[x.Mismatch], Why: x.Why}
		if x.Proxy != nil {
			j.Proxy = x.Proxy.Name
		}
		out.WhyNot = append(out.WhyNot, j)
	}
	for _, s := range t.Lifecycle.Sessions {
		out.Sessions = append(out.Sessions, sessionJSON(s))
	}
	for _, s := range t.Lifecycle.Observers() {
		out.Visibility = append(out.Visibility, observerJSON(s))
	}
	return out
}

func sessionJSON(s *flow.Session) heldJSON {
	j := heldJSON{
		ID: s.ID, RelayedBy: []string{}, Version: s.Version.String(), ALPN: s.ALPN, SNI: s.SNI,
		Checked: append([]string{}, s.Checks...), Verified: s.Verified, Up: s.Up,
	}
	for i, end := range s.Ends {
		if end != nil {
			j.Ends[i] = end.ID
		}
	}
	for _, p := range s.RelayedBy {
		j.RelayedBy = append(j.RelayedBy, p.ID)
	}
	if s.Certificate != nil {
		j.Certificate = s.Certificate.Name
	}
	if s.ClientCert != nil {
		j.ClientCertificate = s.ClientCert.Name
	}
	return j
}

func observerJSON(s flow.Observer) readerJSON {
	j := readerJSON{
		Address: visibilityNames[s.Address], SNI: visibilityNames[s.SNI], Certificate: visibilityNames[s.Cert],
		HostPath: visibilityNames[s.HostPath], Headers: visibilityNames[s.Headers], Body: visibilityNames[s.Body],
	}
	if s.At != nil {
		j.Node = s.At.ID
	} else {
		j.Wire = s.Connection.ID
	}
	return j
}
