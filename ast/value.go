package ast

// Value is what a word means where that is more than its text: one of Text,
// Host, Network, Address, Instance, Member, URL, Number, Millis, Bytes,
// Instant, Period, Versions, Label, Term. The grammar reads it once, by the
// kind of argument that the word is taken for; a name, and a word that the
// language has, stand for themselves and have none.
type Value interface{ value() }

type (
	// Text is free text, which the one style puts in quotes. The Text of its
	// word is all that it means.
	Text struct{}

	// Host is a host name in lower case, perhaps with *. before it, or an
	// address in its usual spelling.
	Host string

	// Network is an IP address or a CIDR, in its usual spelling.
	Network string

	// Address is where a connection goes to or is taken: an IP address or a
	// host name in lower case, "" for every address; port 0 is none. Last is the end of a
	// range of ports, 0 for one port.
	Address struct {
		Host string
		Port int
		Last int
	}

	// Instance is a name with a port of it: haproxy:443.
	Instance struct {
		Name string
		Port int
	}

	// Member is a name with the one before it that it belongs to: hr/portal.
	Member struct{ Of, Name string }

	// URL is what a request asks for. The port is the scheme's where the text
	// has none, and so is the path "/"; a query is part of the path.
	URL struct {
		Scheme, Host string
		Port         int
		Path         string
	}

	// Number is a whole number.
	Number int
	// Millis is a time, in milliseconds.
	Millis int64
	// Bytes is a size, in bytes.
	Bytes int64

	// Instant is a point in time, in UTC and as in RFC 3339: as text it sorts by age.
	Instant string

	// Period is a first and a last day, as in 2026-11-01; one may be "".
	Period struct{ From, To string }

	// Versions is a range of TLS versions, by the numbers that they have on
	// the wire: 0x0304 is 1.3 (RFC 8446, 4.1.2).
	Versions struct{ Min, Max uint16 }

	// Label is KEY=VALUE.
	Label struct{ Key, Value string }

	// Term is a condition on a label: "=" and "!=" compare its value, "exists"
	// and "absent" do not.
	Term struct{ Key, Op, Value string }
)

func (Text) value()     {}
func (Host) value()     {}
func (Network) value()  {}
func (Address) value()  {}
func (Instance) value() {}
func (Member) value()   {}
func (URL) value()      {}
func (Number) value()   {}
func (Millis) value()   {}
func (Bytes) value()    {}
func (Instant) value()  {}
func (Period) value()   {}
func (Versions) value() {}
func (Label) value()    {}
func (Term) value()     {}
