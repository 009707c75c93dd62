package paths

import (
	"encoding/json"
	"io"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// schema names the JSON of a list of paths.
const schema = "flowc/paths/v1"

// listJSON is a list for scripts. Fields are added to it, never renamed.
type listJSON struct {
	Schema  string      `json:"schema"`
	Model   string      `json:"model"`
	Paths   int         `json:"paths"`
	Failing int         `json:"failing"` // classes
	Classes []classJSON `json:"classes"` // those that fail first
	Unused  []string    `json:"unused_routes"`
}

type classJSON struct {
	Class   int         `json:"class"`
	Count   int         `json:"count"`
	Outcome []string    `json:"outcome"` // several where a race decides
	Fails   bool        `json:"fails"`
	Why     string      `json:"why,omitempty"`
	Reached bool        `json:"reached"` // whether a server was connected to
	Clients []string    `json:"clients"` // one of each kind
	Example exampleJSON `json:"example"`
}

type exampleJSON struct {
	Path    string    `json:"path"`
	Request string    `json:"request,omitempty"` // of the model; left out where flowc asks
	Expect  []string  `json:"expect,omitempty"`
	From    string    `json:"from"`
	Via     string    `json:"via"` // the proxy that the client connects to
	Method  string    `json:"method"`
	Scheme  string    `json:"scheme"`
	Host    string    `json:"host"` // "*.X" where any below X is meant; "" where any host is
	Port    int       `json:"port"`
	URLPath string    `json:"url_path"`
	Headers []string  `json:"headers"`          // "Name: value"
	Source  string    `json:"source,omitempty"` // the client's address, where flowc gives it one that counts
	NoSNI   bool      `json:"no_sni,omitempty"`
	Inside  bool      `json:"inside,omitempty"` // no proxy in front of Via leads this there
	Hops    []hopJSON `json:"hops"`
}

// hopJSON is one connection of an example, as it is where no end refuses anything.
type hopJSON struct {
	To     string `json:"to"`
	Port   int    `json:"port"`
	Route  string `json:"route,omitempty"` // over which it is opened
	TLS    bool   `json:"tls"`
	New    bool   `json:"new"`     // its opener begins a session or plaintext of its own
	Relay  bool   `json:"relayed"` // the far end passes it on unread
	Opened bool   `json:"opened"`  // it comes that far
}

// WriteJSON writes the list for scripts.
func (l *List) WriteJSON(w io.Writer) error {
	out := listJSON{
		Schema: schema, Model: l.Topology.Name, Paths: l.Count, Failing: l.failing(),
		Classes: []classJSON{}, Unused: []string{},
	}
	for _, c := range l.Classes {
		out.Classes = append(out.Classes, c.json())
	}
	for _, r := range l.Unused {
		out.Unused = append(out.Unused, r.Name)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func (c *Class) json() classJSON {
	s := &c.Summary
	out := classJSON{
		Class: c.Number, Count: c.Count, Outcome: words.Endings(flow.Outcome{Endings: s.Endings}),
		Fails: s.Fails(), Why: c.Why(), Reached: s.Reached, Clients: []string{}, Example: c.example(),
	}
	for _, from := range c.Clients {
		out.Clients = append(out.Clients, from.Name)
	}
	return out
}

func (c *Class) example() exampleJSON {
	a, call := c.Path.Ask, c.asked()
	out := exampleJSON{
		Path: words.Path(c.Path, c.Client), From: c.Client.Name, Via: a.Via.Proxy.Name, Method: call.Method,
		Scheme: call.Scheme, Host: call.Host, Port: call.Port, URLPath: call.Path,
		Headers: []string{}, Source: c.source(), NoSNI: a.NoSNI && !call.InClear(), Inside: a.Inside, Hops: []hopJSON{},
	}
	if q := a.Request; q != nil {
		out.Request, out.Expect = q.Name, expects(q)
	}
	for _, f := range c.Request().Fields {
		out.Headers = append(out.Headers, f.Name+": "+f.Value)
	}
	for i, h := range c.Path.Hops {
		hop := hopJSON{To: farEnd(h), Port: h.Port, TLS: h.TLS, New: h.Opens, Relay: h.Relayed != nil, Opened: i < c.Summary.Opened}
		if h.Route != nil {
			hop.Route = h.Route.Name
		}
		out.Hops = append(out.Hops, hop)
	}
	return out
}
