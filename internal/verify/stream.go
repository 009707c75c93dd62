package verify

import (
	"net/netip"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// streams puts the segments of every connection in order and hands their bytes
// to the readers of the protocols.
//
// A segment that is missing is waited for until its receiver acknowledges more
// than what is missing: then it was on the wire and only the capture lacks it.
// So loss is known as soon as it can be, and what waits stays small.
type streams struct {
	rec     recorder
	keys    *KeyLog
	server  func(netip.AddrPort) bool // known to accept connections
	conns   []*conn
	active  map[pair]*stream
	pending int // bytes that wait, of all connections
	refused int // connections beyond the limit
}

// pair is the two ends of a connection, the lower one first.
type pair [2]netip.AddrPort

func pairOf(a, b netip.AddrPort) pair {
	if b.Compare(a) < 0 {
		a, b = b, a
	}
	return pair{a, b}
}

// stream is one connection while it is read.
type stream struct {
	conn   *conn
	halves [2]half
	synced bool // a SYN-ACK was seen
	acked  bool // and the ACK that ends the handshake
	reset  bool
	open   int // bytes that its readers take
}

// half is one direction of a stream.
type half struct {
	started bool
	syn     uint32 // the sequence number of the SYN, where there was one
	hasSYN  bool
	next    uint32 // the sequence number of the next byte
	seen    uint32 // what the other side has acknowledged of this direction
	hasSeen bool
	waiting []piece // beyond next, in the order of sequence
	queued  int
	ended   bool // the FIN was reached
	rst     bool
	reader  *reader
	last    int // the order up to which nothing of it is known to be missing
}

// piece is a part of a stream with the packet that carried it.
type piece struct {
	seq    uint32
	data   []byte
	length int // on the wire
	fin    bool
	at     framePlace
	time   int64
}

func newStreams(limits limits, keys *KeyLog, server func(netip.AddrPort) bool) *streams {
	return &streams{rec: recorder{limits: limits}, keys: keys, server: server, active: map[pair]*stream{}}
}

// after is how far a lies behind b in sequence space; negative where before.
func after(a, b uint32) int { return int(int32(a - b)) }

// add takes the next segment of the capture.
func (s *streams) add(seg *segment) {
	st, from := s.stream(seg)
	if st == nil {
		return
	}
	h, other := &st.halves[from], &st.halves[from.Other()]
	if seg.acks && !seg.rst {
		s.acknowledged(st, from.Other(), seg.ack)
	}
	s.greeted(st, from, seg)
	switch {
	case seg.syn && !h.started:
		h.started, h.hasSYN, h.syn, h.next = true, true, seg.seq, seg.seq+1
		st.conn.Middle = st.conn.Middle && seg.acks
		op := flow.OpSYN
		if from == acceptor {
			op, st.synced = flow.OpSYNACK, true
		}
		s.tcp(st, from, op, seg)
	case !h.started:
		h.started, h.next = true, seg.seq
	}
	if from == opener && st.synced && !st.acked && seg.acks && !seg.syn && !seg.rst {
		st.acked = true
		s.tcp(st, from, flow.OpACK, seg)
		if seg.length > 0 {
			st.halves[from].reader.aside()
		}
	}
	if seg.rst {
		s.rst(st, from, seg)
		return
	}
	start := seg.seq
	if seg.syn {
		start++
	}
	if seg.length > 0 || seg.fin {
		s.take(st, from, piece{start, seg.payload, seg.length, seg.fin, seg.at, seg.time})
	}
	if h.ended && other.ended {
		s.forget(st)
	}
}

// stream finds or makes the stream of a segment. Only a SYN or bytes make one:
// a late ACK after the end of a connection is no connection.
func (s *streams) stream(seg *segment) (*stream, connSide) {
	key := pairOf(seg.src, seg.dst)
	st := s.active[key]
	if st != nil && seg.syn && !seg.acks && s.again(st, seg) {
		s.flush(st)
		st = nil
	}
	if st == nil {
		if !seg.syn && (seg.length == 0 || seg.rst) {
			return nil, 0
		}
		if len(s.conns) >= s.rec.limits.Conns || !s.rec.room(connCost) {
			s.refused++
			return nil, 0
		}
		st = s.open(seg)
		s.active[key] = st
	}
	if seg.src == st.conn.Ends[opener] {
		return st, opener
	}
	return st, acceptor
}

// again reports whether a SYN opens the same pair of ends anew.
func (s *streams) again(st *stream, seg *segment) bool {
	if seg.src != st.conn.Ends[opener] {
		return true
	}
	h := &st.halves[opener]
	return h.started && (!h.hasSYN || h.syn != seg.seq)
}

// open makes the stream of a segment that belongs to none.
func (s *streams) open(seg *segment) *stream {
	c := &conn{N: len(s.conns) + 1, Ends: [2]netip.AddrPort{seg.src, seg.dst}, first: s.rec.order + 1}
	if seg.syn && seg.acks || !seg.syn && s.fromAcceptor(seg) {
		c.Ends[opener], c.Ends[acceptor] = seg.dst, seg.src
	}
	c.Middle = !seg.syn || seg.acks
	s.conns = append(s.conns, c)
	st := &stream{conn: c}
	talk := &talk{conn: c, rec: &s.rec, keys: s.keys}
	for side := range st.halves {
		st.halves[side].reader = &reader{talk: talk, from: connSide(side)}
		talk.readers[side] = st.halves[side].reader
	}
	return st
}

// fromAcceptor guesses who opened a connection whose SYN is missing: by what
// is said first, else by who is known to listen, else by the lower port.
func (s *streams) fromAcceptor(seg *segment) bool {
	switch greets(seg.payload) {
	case opener:
		return false
	case acceptor:
		return true
	}
	if s.server != nil {
		if src, dst := s.server(seg.src), s.server(seg.dst); src != dst {
			return src
		}
	}
	return seg.src.Port() < seg.dst.Port()
}

func (s *streams) tcp(st *stream, from connSide, op flow.Op, seg *segment) {
	s.rec.add(event{Conn: st.conn, From: from, At: seg.at, Time: seg.time, Op: op})
}

// rst ends a stream at once. An end may send several RSTs; they say the same. One without ACK
// has the number that the segment acknowledged which it answers (RFC 9293, 3.10.7.1).
func (s *streams) rst(st *stream, from connSide, seg *segment) {
	h := &st.halves[from]
	if !h.rst {
		h.rst = true
		if h.started && !h.ended && len(h.waiting) == 0 && after(seg.seq, h.next) > 0 {
			s.gap(st, from)
		}
		if !seg.acks && h.hasSeen && after(seg.seq, h.seen) > 0 {
			s.gap(st, from.Other()) // it answers a segment: its number is what that one acknowledged
		}
		s.catchUp(st, from)
		s.tcp(st, from, flow.OpRST, seg)
		if st.halves[from.Other()].rst {
			st.halves[from].reader.aside() // it answers what came late to a connection that is gone
		}
	}
	st.reset = true
}

// take brings a piece into its place.
func (s *streams) take(st *stream, from connSide, p piece) {
	h := &st.halves[from]
	if h.ended {
		return
	}
	if after(p.seq, h.next) <= 0 {
		s.deliver(st, from, p)
		s.drain(st, from)
		return
	}
	if h.hasSeen && after(h.seen, p.seq) >= 0 {
		s.gap(st, from)
		s.skip(st, from, p.seq) // the hole before it was acknowledged
		s.deliver(st, from, p)
		s.drain(st, from)
		return
	}
	p.data = slices.Clone(p.data)
	i, _ := slices.BinarySearchFunc(h.waiting, p.seq, func(w piece, seq uint32) int { return after(w.seq, seq) })
	h.waiting = slices.Insert(h.waiting, i, p)
	s.wait(h, pieceCost+len(p.data))
	for h.queued > s.rec.limits.ConnPending || s.pending > s.rec.limits.Pending && h.queued > 0 {
		s.catchUpOne(st, from)
	}
}

// pieceCost is what a waiting piece takes beside its bytes.
const pieceCost = 96

func (s *streams) wait(h *half, n int) {
	h.queued += n
	s.pending += n
}

// acknowledged notes what one direction's receiver has, and gives up holes
// that it does not have.
func (s *streams) acknowledged(st *stream, of connSide, ack uint32) {
	h := &st.halves[of]
	if !h.hasSeen || after(ack, h.seen) > 0 {
		h.seen, h.hasSeen = ack, true
	}
	for len(h.waiting) > 0 && after(h.seen, h.waiting[0].seq) >= 0 {
		s.catchUpOne(st, of)
	}
	if after(ack, h.next) <= 0 {
		h.last = s.rec.order
	}
}

// greeted notes what a segment tells of the handshake before it that was not seen.
func (s *streams) greeted(st *stream, from connSide, seg *segment) {
	h, other := &st.halves[from], &st.halves[from.Other()]
	switch {
	case seg.rst || len(st.conn.gaps) > 0:
	case from == acceptor && seg.syn && !other.started:
		s.gap(st, opener) // the SYN
	case !seg.syn && from == acceptor && !h.started && other.hasSYN, !seg.syn && from == opener && h.hasSYN && seg.acks && !other.started:
		s.gap(st, acceptor) // the SYN-ACK
	case !seg.syn && from == acceptor && st.synced && !st.acked:
		s.gap(st, opener) // the ACK
	}
}

// gap notes that a packet of one direction is missing: it was sent since nothing
// was known to be missing.
func (s *streams) gap(st *stream, of connSide) {
	st.conn.missed(gap{int32(st.halves[of].last), int32(s.rec.order + 1)})
}

// drain delivers what waits and is next.
func (s *streams) drain(st *stream, from connSide) {
	h := &st.halves[from]
	for len(h.waiting) > 0 && after(h.waiting[0].seq, h.next) <= 0 {
		s.deliver(st, from, s.pop(h))
	}
}

func (s *streams) pop(h *half) piece {
	p := h.waiting[0]
	h.waiting[0] = piece{}
	if h.waiting = h.waiting[1:]; len(h.waiting) == 0 {
		h.waiting = nil
	}
	s.wait(h, -pieceCost-len(p.data))
	return p
}

// catchUpOne gives up the first hole; catchUp gives up all.
func (s *streams) catchUpOne(st *stream, from connSide) {
	h := &st.halves[from]
	p := s.pop(h)
	s.gap(st, from)
	s.skip(st, from, p.seq)
	s.deliver(st, from, p)
	s.drain(st, from)
}

func (s *streams) catchUp(st *stream, from connSide) {
	for len(st.halves[from].waiting) > 0 {
		s.catchUpOne(st, from)
	}
}

// skip notes bytes that the capture does not have.
func (s *streams) skip(st *stream, from connSide, to uint32) {
	h := &st.halves[from]
	n := after(to, h.next)
	if n <= 0 {
		return
	}
	st.conn.Lost[from] += int64(n)
	h.next = to
	h.reader.lose(n)
}

// deliver hands on what a piece has beyond what was delivered before.
func (s *streams) deliver(st *stream, from connSide, p piece) {
	h := &st.halves[from]
	if h.ended {
		return
	}
	known := -after(p.seq, h.next) // bytes of it that came before
	if known < len(p.data) {
		h.reader.feed(p.data[known:], p.at, p.time)
		s.weigh(st)
		if s.rec.open > s.rec.limits.Open {
			h.reader.giveUp()
			st.conn.Cut = true
			s.weigh(st)
		}
	}
	if end := p.seq + uint32(len(p.data)); after(end, h.next) > 0 {
		h.next = end
	}
	h.last = s.rec.order
	if p.length > len(p.data) {
		s.skip(st, from, p.seq+uint32(p.length))
	}
	if p.fin && after(p.seq+uint32(p.length), h.next) == 0 {
		h.next++
		h.ended = true
		h.reader.end(p.at, p.time)
		s.rec.add(event{Conn: st.conn, From: from, At: p.at, Time: p.time, Op: flow.OpFIN})
		for len(h.waiting) > 0 {
			s.pop(h)
		}
	}
}

// weigh notes how much the readers of a stream take.
func (s *streams) weigh(st *stream) {
	s.rec.open -= st.open
	st.open = 16 * cap(st.halves[opener].reader.talk.http.asked)
	for side := range st.halves {
		st.open += st.halves[side].reader.holds()
	}
	s.rec.open += st.open
}

// forget lets go of what a stream needed while it was read. It stays known, so
// that late packets make no new one.
func (s *streams) forget(st *stream) {
	for side := range st.halves {
		st.halves[side].reader.release()
	}
	s.weigh(st)
}

// flush ends a stream of which nothing more will come.
func (s *streams) flush(st *stream) {
	for side := range st.halves {
		s.catchUp(st, connSide(side))
		if h := &st.halves[side]; h.started && h.hasSeen && after(h.seen, h.next) > 0 {
			s.gap(st, connSide(side)) // its end: bytes, or the FIN
		}
	}
	s.forget(st)
}

// close ends the run.
func (s *streams) close() {
	// in the order of connections, not of the map
	ends := make(map[*conn]*stream, len(s.active))
	for _, st := range s.active {
		ends[st.conn] = st
	}
	for _, c := range s.conns {
		if st := ends[c]; st != nil {
			s.flush(st)
		}
	}
	s.active = nil
}
