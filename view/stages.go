package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

var stagesView = &View{
	Name:  "stages",
	Doc:   "what happens inside each party, a lane each, the request down and the response back",
	Per:   PerModel,
	Draws: &Sequence{},
	Project: func(in *Input) (Picture, string) {
		shapes := newScope(in).shapes()
		if len(shapes) == 0 {
			return nil, "no route that a client can reach"
		}
		return stagesOf(in, shapes), ""
	},
}

func stagesOf(in *Input, shapes []*shape) *Sequence {
	s := &Sequence{}
	s.Title = heading(in.Topology, "stages")
	lists := [][]flow.Assumption{in.Topology.Assumed}
	var words []string
	for _, x := range shapes {
		s.Panels = append(s.Panels, stagesPanel(in, x))
		lists = append(lists, x.course.Assumed)
		words = append(words, x.title()+". "+describeSequence(x.course))
	}
	s.frame()
	if len(s.Panels) == 1 {
		s.Lifecycle = shapes[0].course
	}
	s.Foot = assumed(lists...)
	s.Desc = strings.Join(words, " ")
	return s
}

// stagesPanel is the first request of a course with its actions, up to the
// answer: how connections close is the sequence's matter.
func stagesPanel(in *Input, x *shape) *Panel {
	chosen := *in
	chosen.Only, chosen.Around = nil, nil
	p := newPanel(&chosen, firstTrip(x.course), Show{Actions: true})
	p.expected = in.expects(x.routes[0], x.course)
	onPath := path(x.course)
	p.keep = func(a *flow.Participant) bool { return onPath[a] }
	p.lanes = newLanes(x.course, p.keep)
	rows := slices.DeleteFunc(p.rows(), func(r Row) bool {
		s, ok := r.(*SpanRow)
		return ok && s.First == 0
	})
	for _, s := range x.course.Sessions {
		if r, ok := p.row(s.Established).(*MessageRow); ok {
			r.Text = "up, TLS " + s.Version.String()
		}
	}
	p.sayReadable()
	out := p.finish(rows)
	out.Title = x.title()
	return out
}

// firstTrip is a lifecycle cut behind the answer to its first request, or
// whole where there is none.
func firstTrip(l *flow.Lifecycle) *flow.Lifecycle {
	ts := trips(l)
	if len(ts) == 0 {
		return l
	}
	end := ts[0].last
	for end < len(l.Steps) && l.Steps[end].Kind() == flow.Action {
		end++
	}
	cut := *l
	cut.Steps = l.Steps[:end]
	return &cut
}

// sayReadable says at the first decryption inside each proxy that from there
// on the proxy reads what was sent.
func (p *panel) sayReadable() {
	said := map[*flow.Participant]bool{}
	for _, s := range p.l.Steps {
		if s.Op != flow.OpDecrypt || s.At.Proxy == nil || said[s.At] {
			continue
		}
		said[s.At] = true
		if r, ok := p.row(s).(*ActionRow); ok {
			r.Text += fmt.Sprintf(": readable inside %s from here", s.At.Label)
		}
	}
}
