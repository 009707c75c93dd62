package flow

import (
	"iter"
	"slices"
	"strings"
)

// crowd is how many routes are tried one after another. Those of a host that
// has more are found by path and match, too.
const crowd = 8

// requestIndex finds, among many routes that a host can lead to, those that can
// match a request: by their path, and by one of their matches. It has a part
// for each of the lists of a hostIndex.
type requestIndex [3]crowdIndex

// crowdIndex is a requestIndex of lists of one kind.
type crowdIndex struct {
	by     groups[requestKey]
	begins bool // some route is for paths that begin with something
}

// requestKey is what a request must have for a route to match it.
type requestKey struct {
	list   int32  // that the route is in: its first position
	path   string // without a slash at its end
	begins bool   // the path is the beginning of one, wherever that ends
	match  matchKey
}

// matchKey is a match statement for one value; its zero value is none.
type matchKey struct {
	cookie      bool
	name, value string // of a field, the name folded; of a cookie, NAME=VALUE
}

func newRequestIndex(p *Proxy, hosts *hostIndex) *requestIndex {
	return &requestIndex{
		newCrowdIndex(p, func(yield func([]int32) bool) { yield(hosts.open) }),
		newCrowdIndex(p, hosts.exact.lists),
		newCrowdIndex(p, hosts.wildcard.lists),
	}
}

func newCrowdIndex(p *Proxy, lists iter.Seq[[]int32]) crowdIndex {
	var in []int32 // of each route in a crowd, the first position of its list + 1
	counts := map[requestKey]int{}
	for l := range lists {
		if len(l) <= crowd {
			continue
		}
		if in == nil {
			in = make([]int32, len(p.Routes))
		}
		for _, i := range l {
			in[i] = l[0] + 1
			for _, m := range p.Routes[i].Matches {
				if own := m.key(); own != (matchKey{}) {
					counts[requestKey{list: l[0], match: own}]++
				}
			}
		}
	}
	var x crowdIndex
	var keys []requestKey
	var of []int32 // the route of each key
	for i := range in {
		if in[i] == 0 {
			continue
		}
		r := p.Routes[i]
		match := rarest(r, in[i]-1, counts)
		first := len(keys)
		for _, at := range r.pathKeys() {
			at.list, at.match = in[i]-1, match
			if !slices.Contains(keys[first:], at) {
				keys, of = append(keys, at), append(of, int32(i))
			}
			x.begins = x.begins || at.begins
		}
	}
	x.by = grouped(len(keys), func(i int) (requestKey, bool) { return keys[i], true })
	for i, k := range x.by.order {
		x.by.order[i] = of[k]
	}
	return x
}

// rarest is the match of a route that tells most in a list.
func rarest(r *Route, list int32, counts map[requestKey]int) (out matchKey) {
	least := 0
	for _, m := range r.Matches {
		own := m.key()
		if own == (matchKey{}) {
			continue // it leaves nothing out that could be looked up
		}
		if n := counts[requestKey{list: list, match: own}]; least == 0 || n < least {
			least, out = n, own
		}
	}
	return out
}

// mostKeys is under how many paths a route is found.
const mostKeys = 64

// pathKeys are the paths of which a request must be below one, or begin with it, for a
// route to match it; "" where there is nothing to look up.
func (r *Route) pathKeys() []requestKey {
	own := []requestKey{{path: strings.TrimSuffix(r.Path.V, "/")}}
	if own[0].path != "" {
		return own
	}
	for i := range r.Matches {
		m := &r.Matches[i]
		if m.Kind != MatchPath || m.Not || m.AnyCase || len(m.Values) > mostKeys || m.How != Exact && m.How != Below && m.How != Begins {
			continue
		}
		var out []requestKey
		for _, v := range m.Values {
			if m.How == Begins {
				out = append(out, requestKey{path: v, begins: true})
			} else {
				out = append(out, requestKey{path: strings.TrimSuffix(v, "/")})
			}
		}
		return out
	}
	return own
}

// key is none of a condition that is not for one value of a header field or cookie, and
// none where the name of a field has more than ASCII: strings.EqualFold
// knows more of such letters than lower case does.
func (m Match) key() matchKey {
	if m.Not || m.AnyCase || m.How != Exact || len(m.Values) != 1 {
		return matchKey{}
	}
	switch {
	case m.Kind == MatchCookie:
		return matchKey{cookie: true, name: m.Name + "=" + m.Values[0]}
	case m.Kind == MatchHeader && ascii(m.Name):
		return matchKey{name: strings.ToLower(m.Name), value: m.Values[0]}
	}
	return matchKey{}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// narrow returns lists of which those with many routes hold only routes that
// can match the request.
func (x *requestIndex) narrow(lists [3][]int32, path string, fields []HeaderField) [][]int32 {
	out := make([][]int32, 0, len(lists))
	var matches []matchKey
	for kind, l := range lists {
		if len(l) <= crowd {
			out = append(out, l)
			continue
		}
		if matches == nil {
			var ok bool
			if matches, ok = matchKeys(fields); !ok {
				return lists[:]
			}
		}
		out = x[kind].add(out, l[0], path, matches)
	}
	return out
}

// add appends the routes of a list by each path that the request is below.
func (x *crowdIndex) add(out [][]int32, list int32, path string, matches []matchKey) [][]int32 {
	path, _, _ = strings.Cut(path, "?")
	by := func(prefix string, begins bool) {
		for _, m := range matches {
			if found := x.by.of(requestKey{list, prefix, begins, m}); found != nil {
				out = append(out, found)
			}
		}
	}
	by("", false)
	for i := 1; i < len(path); i++ {
		if path[i] == '/' {
			by(path[:i], false)
		}
	}
	if path != "" {
		by(path, false)
	}
	for i := 0; x.begins && i <= len(path); i++ {
		by(path[:i], true)
	}
	return out
}

// matchKeys are the matches that the fields meet, none among them; ok is false
// where they cannot be listed.
func matchKeys(fields []HeaderField) (keys []matchKey, ok bool) {
	keys = append(keys, matchKey{})
	for _, f := range fields {
		if !ascii(f.Name) {
			return nil, false
		}
		name := strings.ToLower(f.Name)
		keys = append(keys, matchKey{name: name, value: f.Value})
		if name == "cookie" {
			for c := range strings.SplitSeq(f.Value, ";") {
				keys = append(keys, matchKey{cookie: true, name: strings.TrimSpace(c)})
			}
		}
	}
	return keys, true
}
