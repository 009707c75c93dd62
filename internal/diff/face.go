package diff

import (
	"fmt"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// face is what the lifecycle of a class of paths shows, names and addresses aside.
type face struct {
	id      int32 // equal faces have one number
	outcome string
	ok      bool // no client fails, and no answer is a refusal
	unled   bool // no route takes what is asked for
	hops    []hopFace
}

// hopFace is what is seen of one hop.
type hopFace struct {
	crossed  bool // a request crosses it
	tls      bool
	verified bool // its opener verifies the certificate of the far end
	named    bool // and its name
	asked    bool // the far end asks for a certificate
	versions flow.Versions
	wire     seen // what can be read on it
	far      seen // what its far end reads
	stands   bool // the far end is among the places where that is known
}

// seen is what can be read at a place.
type seen struct{ address, sni, certificate, url, headers, body flow.Visibility }

// reads reports whether requests can be read there.
func (s seen) reads() bool {
	return s.url > flow.Hidden || s.headers > flow.Hidden || s.body > flow.Hidden
}

func seenBy(o *flow.Observer) seen {
	return seen{o.Address, o.SNI, o.Cert, o.HostPath, o.Headers, o.Body}
}

// faces finds the face of each class once.
type faces struct {
	of      map[*flow.Class]*face
	numbers map[string]int32
}

func newFaces() *faces { return &faces{of: map[*flow.Class]*face{}, numbers: map[string]int32{}} }

func (f *faces) face(c *flow.Class) *face {
	if known := f.of[c]; known != nil {
		return known
	}
	out := faceOf(c)
	text := fmt.Sprintf("%s %v %+v", out.outcome, out.ok, out.hops)
	n, ok := f.numbers[text]
	if !ok {
		n = int32(len(f.numbers)) + 1
		f.numbers[text] = n
	}
	out.id = n
	f.of[c] = out
	return out
}

// faceOf reads a class's lifecycle.
func faceOf(c *flow.Class) *face {
	lc := c.Lifecycle()
	s := &c.Summary
	out := &face{outcome: words.Outcome(flow.Outcome{Endings: s.Endings}), ok: !s.Fails(), hops: make([]hopFace, len(c.Path.Hops))}
	for _, e := range s.Endings {
		out.ok = out.ok && !flow.Fails(e)
	}
	out.unled = s.Fault == flow.FaultNoRoute || s.Fault == flow.FaultNoListener || s.Fault == flow.FaultStrictSNI
	at := c.Path.HopsOf(lc)
	for i, h := range c.Path.Hops {
		out.hops[i].tls = h.TLS
	}
	for conn, i := range at {
		ses := lc.SessionOn(conn)
		if ses == nil {
			continue
		}
		h := &out.hops[i]
		h.verified, h.asked, h.versions = ses.Verified, ses.Requested, ses.Shared
		checks := len(ses.Checks)
		if k := ses.Certificate; k != nil && k.Issuer.V != nil {
			checks--
		}
		h.named = ses.Verified && checks > 0
	}
	for _, st := range lc.Steps {
		if i, ok := at[st.Connection]; ok && (st.Op == flow.OpRequest || st.Op == flow.OpData) {
			out.hops[i].crossed = true
		}
	}
	observers := lc.Observers()
	for j := range observers {
		o := &observers[j]
		i, ok := at[o.Connection]
		if o.Connection == nil || !ok {
			continue
		}
		out.hops[i].wire = seenBy(o)
		if j+1 < len(observers) {
			out.hops[i].far, out.hops[i].stands = seenBy(&observers[j+1]), true
		}
	}
	return out
}
