package flow

import "slices"

// Visibility is what an onlooker can do with one kind of fact.
type Visibility int

// The values of Visibility.
const (
	Hidden Visibility = iota // it is not there, or it is encrypted for others
	Readable
	Changeable // reads, and may change it unnoticed
)

// Observer is one place on the way, a wire (Connection) or a node (At), and what can be read
// there. The places of a request's way alternate.
type Observer struct {
	At         *Participant // nil for a wire
	Connection *Connection  // nil for a node
	Source     string       // the address that it takes for the client's: an address, or a node's label
	Address    Visibility   // the client's own address
	SNI        Visibility
	Cert       Visibility // the server's certificate
	HostPath   Visibility
	Headers    Visibility
	Body       Visibility
	Ends       []*Session // whose keys a node holds, in the order in which they open
	Relays     []*Session // that a node passes on unread
	Session    *Session   // that a wire carries; nil for plaintext
}

// Observers returns what each place along a request's first exchange can see, from
// the client's node to the node that answers. Retries are left out.
func (lc *Lifecycle) Observers() []Observer {
	way := lc.way()
	if len(way) == 0 {
		return nil
	}
	out := []Observer{lc.node(way[0].From, way, 0)}
	for i, c := range way {
		out = append(out, lc.wire(c, way[:i+1]), lc.node(c.To, way, i+1))
	}
	return out
}

// way is the connections of the last exchange's request, from the client on.
func (lc *Lifecycle) way() []*Connection {
	if len(lc.Connections) == 0 {
		return nil
	}
	// of the client's connections, and of each node's attempts, the last counts
	next := map[*Participant]*Connection{}
	for _, c := range lc.Connections {
		next[c.From] = c
	}
	var out []*Connection
	seen := map[*Participant]bool{}
	for c := next[lc.Connections[0].From]; c != nil && !seen[c.From]; c = next[c.To] {
		seen[c.From] = true
		out = append(out, c)
	}
	return out
}

// SessionOn returns the TLS session that a connection carries; nil for plaintext.
func (lc *Lifecycle) SessionOn(c *Connection) *Session {
	for _, s := range lc.Sessions {
		if slices.Contains(s.Connections, c) {
			return s
		}
	}
	return nil
}

func (lc *Lifecycle) wire(c *Connection, before []*Connection) Observer {
	s := Observer{Connection: c, Session: lc.SessionOn(c), Source: sourceOn(before)}
	s.Address = clientAddress(before)
	if s.Session == nil {
		s.HostPath, s.Headers, s.Body = Changeable, Changeable, Changeable
		return s
	}
	s.readsHandshake(s.Session)
	return s
}

// readsHandshake is what a handshake shows to a proxy that relays it: the SNI in
// clear, the certificate up to TLS 1.2 (RFC 8446, appendix E.1.2).
func (s *Observer) readsHandshake(ses *Session) {
	if ses.SNI != "" {
		s.SNI = Readable
	}
	if ses.Version != 0 && ses.Version < TLS13 {
		s.Cert = Readable
	}
}

func (lc *Lifecycle) node(p *Participant, way []*Connection, i int) Observer {
	s := Observer{At: p}
	if i > 0 {
		s.Source, s.Address = sourceOn(way[:i]), clientAddress(way[:i])
		if way[i-1].Listener != nil && way[i-1].header != nil {
			s.Source, s.Address = addressOr(way[0]), Readable
		}
	} else {
		s.Address = Readable
	}
	for _, ses := range lc.Sessions {
		switch {
		case ses.Ends[0] == p || ses.Ends[1] == p:
			s.Ends = append(s.Ends, ses)
			if ses.SNI != "" {
				s.SNI = Readable
			}
			s.Cert = Readable
		case slices.Contains(ses.RelayedBy, p):
			s.Relays = append(s.Relays, ses)
			s.readsHandshake(ses)
		}
	}
	if len(s.Relays) > 0 || lc.relaysPlain(p) {
		return s
	}
	read := Readable
	if p.Kind != KindServer || i == 0 {
		read = Changeable
	}
	s.HostPath, s.Headers, s.Body = read, read, read
	return s
}

// relaysPlain reports whether a node passed plaintext on without reading it;
// that it could have read it is the wire's matter.
func (lc *Lifecycle) relaysPlain(p *Participant) bool {
	for _, st := range lc.Steps {
		if st.Relayed && st.From == p && st.Session == nil {
			return true
		}
	}
	return false
}

// sourceOn is the source that the last of the connections shows.
func sourceOn(way []*Connection) string { return addressOr(way[len(way)-1]) }

// clientAddress says whether the last connection shows the client's address:
// it is the client's own, or it begins with a PROXY header.
func clientAddress(way []*Connection) Visibility {
	if len(way) == 1 || way[len(way)-1].header != nil {
		return Readable
	}
	return Hidden
}
