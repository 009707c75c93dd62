package verify

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// connSide is one of the two ends of a connection, or the direction in which it
// sends.
type connSide int8

// The sides of a connection.
const (
	opener   connSide = iota // who sent the SYN
	acceptor                 // who answered it
)

// Other is the other side.
func (s connSide) Other() connSide { return 1 - s }

// conn is one TCP connection of a capture with the protocol messages that were
// seen on it.
type conn struct {
	N      int               // counts from 1 in the order of the first packets
	Ends   [2]netip.AddrPort // by Side
	Events []*event          // in the order in which their last byte came
	Middle bool              // its beginning is not in the capture
	Lost   [2]int64          // bytes that were sent and are not in the capture
	Cut    bool              // it has more messages than are kept
	Header *seenHeader       // the PROXY header, nil for none
	TLS    *session          // nil where no TLS was seen

	first int   // the order of its first message
	gaps  []gap // packets of it that were sent and are not in the capture
}

// session is what the wire shows of one TLS session.
type session struct {
	Random  string   // of the ClientHello, 32 bytes
	SNI     string   // "" for none
	Offered []string // ALPN, in the client's order
	ALPN    string   // chosen; "" for none, or where it is not visible
	Can     flow.Versions
	Version flow.Version // chosen; 0 where no ServerHello was seen
	Suite   uint16       // chosen
	Retried bool         // a HelloRetryRequest came
	Tickets bool         // the ClientHello has session_ticket: it takes tickets in TLS 1.2
	Resumed bool         // the ServerHello takes up an earlier session
	Read    bool         // with the keys, its records were read
}

// seenHeader is a PROXY header (HAProxy, proxy-protocol.txt).
type seenHeader struct {
	Version  int            // 1 or 2
	Src, Dst netip.AddrPort // invalid where it states none (UNKNOWN, LOCAL)
}

// secrecy is how much of a message an observer without the keys can tell.
type secrecy int8

// The grades of secrecy.
const (
	secrecyClear  secrecy = iota
	hiddenText            // what it is is known, what it says is not: an alert, a Finished of TLS 1.2
	secrecyHidden         // a protected record of which only the length is known
)

// event is one protocol message on a connection, or one protected record.
// There are many, so the small fields stand together.
type event struct {
	Order   int // over the whole run
	Conn    *conn
	At      framePlace // of the packet with its last byte
	Time    int64      // nanoseconds since 1970
	Op      flow.Op
	Facts   flow.Facts // what it says; nil where that cannot be read
	Bytes   int        // of a record: its length on the wire
	Count   int        // more than 1 where records were folded
	From    connSide
	Secrecy secrecy
	Inside  bool  // it is inside TLS
	Aside   bool  // a lifecycle may leave it out: flow control, an ACK that comes with bytes
	until   int   // the order of the last part, where parts were folded
	head    *head // of a request
}

// head is what the head of a request says beside its first line.
type head struct {
	host      string
	forwarded string // the last address of X-Forwarded-For
	length    int64  // Content-Length; -1 for none
	closes    bool   // Connection: close
}

// Layer is the protocol of the message.
func (e *event) Layer() flow.Layer { return e.Op.Layer() }

// limits bound what is kept of a capture.
type limits struct {
	Conns       int // connections
	Events      int // messages of all connections
	ConnEvents  int // messages of one connection
	ConnPending int // bytes of one connection that wait for a segment before them
	Pending     int // the same of all connections
	Kept        int // bytes of all connections and messages, and of what they say
	Open        int // bytes of messages that are not complete, and of tables and keys to read on with
}

// Memory is how many bytes reading takes at most, whatever the capture, where it is
// the limit of the collector, too (debug.SetMemoryLimit). Without that limit the
// heap may grow to twice of what is kept.
const Memory = 192 << 20

// defaultLimits keep a run below Memory, the collector's needs among it.
var defaultLimits = limits{
	Conns: 1 << 16, Events: 1 << 20, ConnEvents: 1 << 12, ConnPending: 1 << 20, Pending: 1 << 24, Kept: 104 << 20, Open: 1 << 24,
}

// What is kept for a connection and for a message beside the words in it, in bytes.
const (
	connCost  = 1280
	eventCost = 128
	factsCost = 64
	headCost  = 64
)

// foldRecords is how many protected records of one direction are kept one by
// one before the rest of their run is folded into the last.
const foldRecords = 64

// recorder collects the events of a run within its limits.
type recorder struct {
	limits limits
	order  int
	kept   int // bytes
	open   int // bytes
}

// room takes n bytes of what may be kept. It reports false, and takes none, where
// there is no room for them.
func (r *recorder) room(n int) bool {
	if r.kept+n > r.limits.Kept {
		return false
	}
	r.kept += n
	return true
}

// costs is how much the facts of a message take.
func costs(facts flow.Facts) int {
	n := factsCost
	switch f := facts.(type) {
	case nil:
		return 0
	case flow.RequestLine:
		n += len(f.Method) + len(f.Path) + len(f.Protocol)
	case flow.StatusLine:
		n += len(f.Protocol) + len(f.Reason)
	case flow.ProxyHeader:
		n += len(f.Client) + len(f.To)
	case flow.ClientHello:
		n += len(f.SNI)
		for _, p := range f.ALPN {
			n += 16 + len(p)
		}
	}
	return n
}

// add records an event on its connection.
func (r *recorder) add(e event) {
	c := e.Conn
	r.order++
	if n := len(c.Events); e.Secrecy == secrecyHidden && n >= foldRecords {
		if last := c.Events[n-1]; last.Secrecy == secrecyHidden && last.From == e.From && runOf(c.Events, e.From) >= foldRecords {
			last.Count++
			last.Bytes += e.Bytes
			last.until = r.order
			return
		}
	}
	switch {
	case r.order > r.limits.Events, len(c.Events) >= r.limits.ConnEvents, !r.room(eventCost + costs(e.Facts)):
		c.Cut = true
		return
	}
	e.Order, e.Count = r.order, 1
	c.Events = append(c.Events, &e)
}

// runOf is how many protected records of one direction end the list, at most
// foldRecords.
func runOf(events []*event, from connSide) int {
	n := 0
	for i := len(events) - 1; i >= 0 && n < foldRecords; i-- {
		if events[i].Secrecy != secrecyHidden || events[i].From != from {
			break
		}
		n++
	}
	return n
}

func sortEvents(events []*event) {
	slices.SortStableFunc(events, func(a, b *event) int { return cmp.Compare(a.Order, b.Order) })
}
