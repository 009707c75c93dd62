package flow

import (
	"cmp"
	"slices"
	"strings"
)

// Head is the part of a request, or of a connection, by which a proxy chooses a route: of a
// request that it reads, the method, host, path and fields; of a connection that it relays, at
// most the SNI.
type Head struct {
	Method string // "GET"
	Host   string // of the Host field, without a port; of a connection, its SNI; "" for none
	Path   string // with the query
	Fields []HeaderField
	Source string // the client's address, as the proxy knows it; "" where none is stated
	TLS    bool   // what came to the port is TLS
}

// HeadOf is the head of a call as the client of a request sends it.
func HeadOf(q *Request, call Call) Head {
	h := Head{Method: call.Method, Host: call.Host, Path: call.Path, Fields: q.sent(), TLS: !call.InClear()}
	if q.From != nil {
		h.Source = q.From.Address.V
	}
	if q.HostField.IsSet() {
		h.Host = q.HostField.V
	}
	return h
}

// Changed is the head as the proxies of a route send it on: with the route's rewrite and its
// changes of the request's header fields, in the order in which they are written (HAProxy
// configuration manual, "http-request replace-path", "set-header", "del-header").
func (r *Route) Changed(h Head) Head {
	h.Path = r.Rewritten(h.Path)
	for _, a := range r.Headers {
		if a.On != "request" {
			continue
		}
		if strings.EqualFold(a.Name, "Host") {
			h.Host = ""
			if a.Do == "set" {
				h.Host = hostOnly(a.Value)
			}
			continue
		}
		h.Fields = slices.DeleteFunc(slices.Clone(h.Fields), func(f HeaderField) bool { return strings.EqualFold(f.Name, a.Name) })
		if a.Do == "set" {
			h.Fields = append(h.Fields, HeaderField{Name: a.Name, Value: a.Value})
		}
	}
	return h
}

// hostOnly is the host of a Host field, without a port.
func hostOnly(field string) string {
	if i := strings.LastIndexByte(field, ':'); i > strings.LastIndexByte(field, ']') {
		field = field[:i]
	}
	return strings.Trim(field, "[]")
}

// Rewritten is a path as the route's proxies send it on: its beginning, which
// is the route's path, is replaced by what rewrite says. Behind rewrite / there is
// no second slash (OpenShift, route annotation rewrite-target). The query stays.
func (r *Route) Rewritten(path string) string {
	if r.Rewrite.V == "" {
		return path
	}
	own, query, some := strings.Cut(path, "?")
	rest := own[min(len(r.prefixOf(own)), len(own)):]
	to := strings.TrimSuffix(r.Rewrite.V, "/")
	if to == "" {
		to, rest = "/", strings.TrimPrefix(rest, "/")
	}
	if some {
		rest += "?" + query
	}
	return to + rest
}

// prefixOf is the path of the route, without a slash at its end, that another one is
// below: of several the longest; "" for none.
func (r *Route) prefixOf(path string) string {
	out := strings.TrimSuffix(r.Path.V, "/")
	for _, p := range r.Prefixes() {
		if p = strings.TrimSuffix(p, "/"); len(p) > len(out) && PathMatches(p, path) {
			out = p
		}
	}
	return out
}

// Prefixes are the paths of a route that has several, or one as a whole.
func (r *Route) Prefixes() []string {
	var out []string
	for _, m := range r.Matches {
		if m.Kind == MatchPath && !m.Not && (m.How == Below || m.How == Exact) {
			out = append(out, m.Values...)
		}
	}
	return out
}

// rewrittenFrom is a path of which the route makes another one. Where it makes that
// of none, or of one that has the route's own path twice, which no client asks for,
// it is the other one itself.
func (r *Route) rewrittenFrom(path string) string {
	path, query, some := strings.Cut(path, "?")
	from := r.unrewritten(path)
	if some {
		from += "?" + query
	}
	return from
}

func (r *Route) unrewritten(path string) string {
	own, to := strings.TrimSuffix(r.Path.V, "/"), strings.TrimSuffix(r.Rewrite.V, "/")
	if all := r.Prefixes(); own == "" && len(all) > 0 {
		own = strings.TrimSuffix(all[0], "/")
	}
	rest, below := strings.CutPrefix(path, to)
	if r.Rewrite.V == "" || !below || rest != "" && rest[0] != '/' {
		return path
	}
	if again, _ := strings.CutPrefix(path, own); own != "" && again != path && (again == "" || again[0] == '/') {
		return path
	}
	return cmp.Or(own+strings.TrimSuffix(rest, "/"), "/")
}

// head is what the far end of a channel reads of the request on it. The proxy
// that sent it on may have changed it.
func (d *deriver) head(l *channel, call Call) Head {
	h := HeadOf(d.r, call)
	if l.from != nil {
		h = d.leaving(l.from, l.path[0].Route, call)
	}
	h.Path = call.Path // it is changed where the call is sent on
	h.Source, h.TLS = l.seen(), l.session != nil
	return h
}

// leaving is a request that came on a channel, as the far proxy sends it on over a route.
// A proxy that relays bytes changes nothing.
func (d *deriver) leaving(l *channel, r *Route, call Call) Head {
	h := d.head(l, call)
	if l.listener.Kind == ListenTCP || r == nil {
		return h
	}
	return r.Changed(h)
}

// HeadOn is the head of the request's first call as it travels on a connection.
func (lc *Lifecycle) HeadOn(c *Connection) Head {
	var way []*Connection // back to the client
	for at := c; at != nil && !slices.Contains(way, at); {
		way = append(way, at)
		i := slices.IndexFunc(lc.Connections, func(o *Connection) bool { return o.To == at.From })
		if i < 0 {
			break
		}
		at = lc.Connections[i]
	}
	h := HeadOf(lc.Request, lc.Request.Calls[0])
	for i := len(way) - 1; i > 0; i-- {
		l, r := way[i].Listener, way[i-1].Route
		if l != nil && r != nil && l.Kind != ListenTCP && !l.Relays(r) {
			h = r.Changed(h)
		}
	}
	h.Source = ""
	for _, w := range slices.Backward(way) { // as channel.seen has it
		if w.header == nil || w.From.Kind == KindClient {
			h.Source = w.Source
		}
	}
	h.TLS = lc.SessionOn(c) != nil
	return h
}

// sent are the fields of a request that conditions can be about: those that it states, and those of a handshake
// of WebSocket (RFC 6455, 4.1).
func (q *Request) sent() []HeaderField {
	if !q.Upgrade.IsSet() {
		return q.Fields
	}
	out := slices.Clone(q.Fields)
	for _, f := range []HeaderField{{Name: "Upgrade", Value: q.Upgrade.V}, {Name: "Connection", Value: "Upgrade"}} {
		if !slices.ContainsFunc(out, func(o HeaderField) bool { return strings.EqualFold(o.Name, f.Name) }) {
			out = append(out, f)
		}
	}
	return out
}
