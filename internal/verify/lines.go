package verify

import (
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Line returns the place of the model that a departure is about; zero where
// the model states none.
func (r *Result) Line(d Departure) source.Span {
	if d.Step != nil {
		return lineOf(r.Lifecycle, d.Step)
	}
	if d.conn != nil {
		return lineOfConn(r.Lifecycle, d.conn)
	}
	return requestAt(r.Lifecycle)
}

// lineOf is the place of a model that decides a step.
func lineOf(lc *flow.Lifecycle, s *flow.Step) source.Span {
	switch {
	case s.Kind() != flow.Message:
		return requestAt(lc)
	case s.Layer() == flow.LayerPROXY && s.Connection.Route != nil:
		if at := s.Connection.Route.SendProxy.At; at.Known() {
			return at
		}
	case s.Op == flow.OpRequest && s.Connection.From.Kind == flow.KindClient && s.Exchange != nil:
		if at := s.Exchange.Call.At; at.Known() {
			return at
		}
	}
	return lineOfConn(lc, s.Connection)
}

// lineOfConn is the place that decides what a connection carries: the mode of
// the route behind the proxy, else of the request's route, else where it ends.
func lineOfConn(lc *flow.Lifecycle, c *flow.Connection) source.Span {
	routes := []*flow.Route{c.Route}
	if c.Route == nil && lc != nil {
		for _, x := range lc.Exchanges {
			routes = append(routes, x.Route)
		}
	}
	for _, r := range routes {
		switch {
		case r == nil:
		case r.Mode.At.Known():
			return r.Mode.At
		case r.At.Known():
			return r.At
		}
	}
	switch {
	case c.Listener != nil && c.Listener.At.Known():
		return c.Listener.At
	case c.To.Server != nil && c.To.Server.At.Known():
		return c.To.Server.At
	}
	return requestAt(lc)
}

func requestAt(lc *flow.Lifecycle) source.Span {
	if lc == nil || lc.Request == nil {
		return source.Span{}
	}
	return lc.Request.At
}
