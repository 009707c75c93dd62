package flow

import "slices"

// balancing is how an algorithm of HAProxy chooses where a model states no
// load: one request after the other (HAProxy configuration manual, "balance").
type balancing struct {
	begin func([]serverChoice) turns
	open  bool // the choice depends on what no model states: a hash, chance
}

// balancings are the algorithms.
var balancings = map[string]balancing{
	"roundrobin": {begin: byWeight},
	"static-rr":  {begin: byScore},
	"leastconn":  {begin: oneAfterTheOther}, // measured: without load in turn, whatever the weights are
	"first":      {begin: always},           // measured: the first that has room
	"random":     {begin: byWeight, open: true},
	"source":     {begin: always, open: true}, // measured: one for an address
	"uri":        {begin: always, open: true},
	"hash":       {begin: always, open: true}, // of a part of the request that the model does not say
}

// balancingOf returns how an algorithm chooses; one that is not known, by weight
// in turn.
func balancingOf(algorithm string) balancing {
	if b, ok := balancings[algorithm]; ok {
		return b
	}
	return balancings["roundrobin"]
}

// turns is the state of a load balancer. It is a value: what a request leaves
// for those after it, each of which goes on from there.
type turns interface {
	next() (chosen int, then turns)
}

// fixed is a load balancer that always chooses the same.
type fixed int

func (f fixed) next() (int, turns) { return int(f), f }

func always([]serverChoice) turns { return fixed(0) }

// places is HAProxy's round robin by weight. Servers first wait in a list, the
// heaviest first. One that was chosen has its next place in a window of as many
// places as all weights are together, a distance of that sum by its own weight
// on; the rest of that division is saved up until it is worth a place. The
// server whose place has come is chosen, else the next that waits. One whose
// place is beyond the window waits for the next one, in which all begin anew.
// HAProxy's weights are 16 times those of its configuration, so that such a
// window is 16 rounds (lb_fwrr.c; held against sequences of HAProxy 2.6.12 in
// testdata/balance.txt).
type places struct {
	now     int // the place that is to be given away
	clock   int // counts what was put into a list: of two that are equal the one that came first is chosen
	sum     int
	servers []placed
}

type placed struct {
	weight      int
	queue       queue
	since       int // places.clock
	place, rest int
}

// queue is where a server is.
type queue int

const (
	queueNow   queue = iota + 1 // waits in this window for its first place
	queuePlace                  // has a place in this window
	queueLater                  // waits for the next window
)

// weightScale is by what HAProxy multiplies weights (BE_WEIGHT_SCALE).
const weightScale = 16

func byWeight(choices []serverChoice) turns {
	p := places{}
	for i, c := range choices {
		p.servers = append(p.servers, placed{weight: c.weight * weightScale, queue: queueNow, since: i})
		p.sum += c.weight * weightScale
	}
	p.now, p.clock = p.sum, len(choices)
	return p
}

func oneAfterTheOther(choices []serverChoice) turns {
	same := slices.Clone(choices)
	for i := range same {
		same[i].weight = 1
	}
	return byWeight(same)
}

func (p places) next() (int, turns) {
	p.servers = slices.Clone(p.servers)
	i := p.due()
	if i < 0 {
		for k := range p.servers {
			p.servers[k].queue = queueNow
		}
		p.now = p.sum
		i = p.due()
	}
	s := &p.servers[i]
	if s.queue == queueNow {
		s.place, s.rest = p.now, 0
	}
	s.place += p.sum / s.weight
	if s.rest += p.sum % s.weight; s.rest >= s.weight {
		s.rest -= s.weight
		s.place++
	}
	s.queue = queuePlace
	if s.place >= 2*p.sum {
		s.queue = queueLater
	}
	s.since = p.clock
	p.clock++
	p.now++
	return i, p
}

// due is the server whose turn it is in this window; -1 where it is over.
func (p places) due() int {
	if i := p.least(queuePlace, placed.key); i >= 0 && p.servers[i].place <= p.now {
		return i
	}
	if i := p.least(queueNow, func(s placed) int { return -s.weight }); i >= 0 {
		return i
	}
	return p.least(queuePlace, placed.key)
}

// key is the order among those that have a place: of two with the same one, the
// server that has saved up less beside its weight is first.
func (s placed) key() int { return s.place<<9 + (1<<12+s.rest-s.weight)/weightScale }

// least is the server of a queue with the least key, the oldest of several; -1
// for none.
func (p places) least(q queue, key func(placed) int) int {
	best := -1
	for i, s := range p.servers {
		if s.queue != q {
			continue
		}
		if best >= 0 {
			b := p.servers[best]
			if k := key(b); key(s) > k || key(s) == k && s.since > b.since {
				continue
			}
		}
		best = i
	}
	return best
}

// scores is HAProxy's static-rr: in each turn every server scores its weight,
// the first with the most whole rounds is chosen, and pays for one (lb_map.c;
// held against testdata/balance.txt, too).
type scores struct {
	sum    int
	scored []scored
}

type scored struct{ weight, score int }

func byScore(choices []serverChoice) turns {
	t := scores{}
	for _, c := range choices {
		t.scored = append(t.scored, scored{weight: c.weight})
		t.sum += c.weight
	}
	return t
}

func (t scores) next() (int, turns) {
	t.scored = slices.Clone(t.scored)
	best, most := 0, -1
	for i := range t.scored {
		t.scored[i].score += t.scored[i].weight
		if rounds := (t.scored[i].score + t.sum) / t.sum; rounds > most {
			best, most = i, rounds
		}
	}
	t.scored[best].score -= t.sum
	return best, t
}
