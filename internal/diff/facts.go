package diff

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// changes are the facts that are stated otherwise, by the declarations of both topologies.
type changes struct {
	p     *pairing
	all   []*Change
	of    map[any][]*Change
	at    map[*Change]int
	plans map[reflect.Type][]fieldPlan
	now   []any  // the two declarations that are compared
	is    string // what they are called
	buf   []byte
}

// changesOf compares what is stated of each declaration, and lists what is in one topology alone.
func changesOf(p *pairing, a, b *flow.Topology) *changes {
	c := &changes{p: p, of: map[any][]*Change{}, at: map[*Change]int{}, plans: map[reflect.Type][]fieldPlan{}}
	c.model(a, b)
	both(c, "zone", a.Zones, b.Zones)
	both(c, "ca", a.CAs, b.CAs)
	both(c, "certificate", a.Certificates, b.Certificates)
	both(c, "namespace", a.Namespaces, b.Namespaces)
	both(c, "client", a.Clients, b.Clients)
	both(c, "proxy", a.Proxies, b.Proxies)
	both(c, "backend", a.Backends, b.Backends)
	both(c, "route", a.Routes, b.Routes)
	return c
}

// model compares what is stated of a model as a whole.
func (c *changes) model(a, b *flow.Topology) {
	c.now, c.is = []any{a, b}, "model"
	if a.Date != b.Date {
		c.add(&Change{Fact: "date", Was: Place{Text: a.Date}, Is: Place{Text: b.Date}})
	}
	c.lists("link", reflect.ValueOf(a.Links), reflect.ValueOf(b.Links))
}

// both compares the declarations of a kind.
func both[T any](c *changes, kind string, old, is []*T) {
	for _, x := range old {
		d := declOf(x)
		c.is = kind + " " + d.Name
		y := other(c.p, x)
		if y == nil {
			if !d.Supplied() {
				c.now = []any{x}
				c.add(&Change{Was: Place{d.At, headline(d)}, topic: topicOfKind(kind)})
			}
			continue
		}
		c.now = []any{x, y}
		c.declarations(x, y)
	}
	for _, y := range is {
		if d := declOf(y); !c.p.has(y) && !d.Supplied() {
			c.now, c.is = []any{y}, kind+" "+d.Name
			c.add(&Change{Is: Place{d.At, headline(d)}, topic: topicOfKind(kind)})
		}
	}
}

func declOf(x any) *flow.Decl {
	switch x := x.(type) {
	case *flow.Zone:
		return &x.Decl
	case *flow.CA:
		return &x.Decl
	case *flow.Certificate:
		return &x.Decl
	case *flow.Namespace:
		return &x.Decl
	case *flow.Client:
		return &x.Decl
	case *flow.Proxy:
		return &x.Decl
	case *flow.Backend:
		return &x.Decl
	case *flow.Server:
		return &x.Decl
	case *flow.Route:
		return &x.Decl
	}
	panic("diff: a declaration of unknown kind")
}

// headline is the line of a declaration that names it.
func headline(d *flow.Decl) string {
	return strings.TrimSpace(strings.TrimSuffix(placeAt(d.At).Text, "{"))
}

// add notes a change of the declarations that are compared.
func (c *changes) add(x *Change) {
	x.Of, x.about = c.is, c.now
	c.at[x] = len(c.all)
	c.all = append(c.all, x)
	for _, d := range c.now {
		c.of[d] = append(c.of[d], x)
	}
}

// declarations compares two declarations of a kind.
func (c *changes) declarations(x, y any) {
	v, w := reflect.ValueOf(x).Elem(), reflect.ValueOf(y).Elem()
	c.structs(v, w)
	switch x := x.(type) {
	case *flow.Proxy:
		if a, b := x.Behaves().String(), y.(*flow.Proxy).Behaves().String(); a != b {
			c.add(&Change{Fact: "version", Was: Place{x.At, a}, Is: Place{y.(*flow.Proxy).At, b}})
		}
		parts(c, "listen", x.Listeners, y.(*flow.Proxy).Listeners, func(l *flow.Listener) source.Span { return l.At })
	case *flow.Route:
		if o := y.(*flow.Route); len(x.On)+len(o.On) > 0 && !slices.Equal(c.served(x), c.served(o)) {
			c.add(&Change{Fact: "on", Was: onPlace(x), Is: onPlace(o)})
		}
	case *flow.Backend:
		parts(c, "server", x.Servers, y.(*flow.Backend).Servers, func(s *flow.Server) source.Span { return s.At })
	}
}

// served are the ports that serve a route, whether it names them or not.
func (c *changes) served(r *flow.Route) []int32 {
	var out []int32
	for _, p := range r.Proxies {
		for _, l := range p.Listeners {
			if r.Serves(l) {
				out = append(out, c.p.idOf(l))
			}
		}
	}
	slices.Sort(out)
	return out
}

func onPlace(r *flow.Route) Place {
	if len(r.On) > 0 {
		return placeAt(r.On[0].At)
	}
	return placeAt(r.At)
}

// parts compares the ports of a proxy, or the servers of a backend.
func parts[T any](c *changes, fact string, old, is []*T, at func(*T) source.Span) {
	whole, name := c.now, c.is
	for _, x := range old {
		y := other(c.p, x)
		if y == nil {
			c.add(&Change{Fact: fact, Was: placeAt(at(x))})
			continue
		}
		if o, ok := any(x).(*flow.Server); ok && o.Supplied() && any(y).(*flow.Server).Supplied() {
			continue // its port follows from what the backend speaks
		}
		c.now = append([]any{x, y}, whole...)
		c.structs(reflect.ValueOf(x).Elem(), reflect.ValueOf(y).Elem())
		c.now, c.is = whole, name
	}
	for _, y := range is {
		if !c.p.has(y) {
			c.add(&Change{Fact: fact, Is: placeAt(at(y))})
		}
	}
}

// derived are the fields that follow from others, or that are compared by themselves, or that say
// nothing.
var derived = map[string]bool{
	"Decl": true, "Origin": true, "Routes": true, "Refused": true, "Group": true, "Proxies": true, "Proxy": true,
	"On": true, "Listeners": true, "Servers": true, "Backend": true, "Label": true, "Whole": true, "Profile": true,
	"Is": true,
}

// idle are the facts that no path shows.
var idle = map[string]bool{
	"Timeouts": true, "Balance": true, "Affinity": true, "HSTS": true, "Connection": true, "Reuse": true, "Retries": true,
	"Labels": true, "InspectDelay": true, "Policies": true, "ConnectionClose": true, "Check": true, "Created": true,
}

// sends are the facts that decide what servers are sent.
var sends = map[string]bool{"Headers": true, "Rewrite": true}

// factNames are facts whose field is called otherwise than in models.
var factNames = map[string]string{
	"Mode": "tls", "SNI": "sni", "ClientCertificate": "client-certificate", "WithoutCertificate": "without-certificate",
	"Matches": "match", "Targets": "to", "AcceptProxy": "accept-proxy", "SendProxy": "send-proxy", "TLS": "tls", "ALPN": "alpn",
	"StrictSNI": "strict-sni", "EarlyData": "early-data", "AdmitNamespaces": "admit namespaces", "Domains": "domain",
	"RedirectStatus": "insecure redirect", "Certificates": "certificate", "From": "from", "InspectDelay": "inspect-delay",
	"AllBackups": "all-backups", "ConnectionClose": "connection close", "LastPort": "port", "SNIHost": "sni host", "HSTS": "hsts",
	"To": "valid", "Min": "tls", "Max": "tls",
}

func factName(field string) string {
	if name, ok := factNames[field]; ok {
		return name
	}
	return strings.ToLower(field)
}

// fieldPlan is how a field of a struct is compared.
type fieldPlan struct {
	index    int
	kind     reflect.Kind // Invalid for a fact
	v, at    int          // the fields of a fact
	name     string       // of the fact, in words
	topic    topic
	idle     bool
	sends    bool
	versions bool
}

// planOf are the fields of a struct that are compared.
func (c *changes) planOf(t reflect.Type) []fieldPlan {
	if known, ok := c.plans[t]; ok {
		return known
	}
	var out []fieldPlan
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Type == spanType || derived[f.Name] {
			continue
		}
		p := fieldPlan{index: i, kind: f.Type.Kind(), name: factName(f.Name), topic: topicOf(f.Name), idle: idle[f.Name], sends: sends[f.Name], versions: f.Type == versionsType}
		if isFact(f.Type) {
			v, _ := f.Type.FieldByName("V")
			at, _ := f.Type.FieldByName("At")
			p.kind, p.v, p.at = reflect.Invalid, v.Index[0], at.Index[0]
		}
		out = append(out, p)
	}
	c.plans[t] = out
	return out
}

// structs compares the facts of two structs.
func (c *changes) structs(v, w reflect.Value) {
	plan := c.planOf(v.Type())
	for i := range plan {
		f := &plan[i]
		c.field(f, v.Field(f.index), w.Field(f.index))
	}
}

// field compares one field.
func (c *changes) field(f *fieldPlan, v, w reflect.Value) {
	n := len(c.all)
	switch f.kind {
	case reflect.Invalid:
		if !c.same(v.Field(f.v), w.Field(f.v)) && (isStated(v) || isStated(w)) {
			c.add(&Change{Fact: f.name, Was: factPlace(v), Is: factPlace(w)})
		}
	case reflect.Slice:
		c.lists(f.name, v, w)
	case reflect.Struct:
		c.structs(v, w)
	default:
		if !c.same(v, w) {
			c.add(&Change{Fact: f.name, Was: c.plainPlace(0, v), Is: c.plainPlace(1, w)})
		}
	}
	for _, x := range c.all[n:] {
		x.idle, x.sends, x.versions = x.idle || f.idle, x.sends || f.sends, x.versions || f.versions
		if x.topic == 0 {
			x.topic = f.topic
		}
	}
}

func isFact(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() != 3 {
		return false
	}
	_, v := t.FieldByName("V")
	_, o := t.FieldByName("Origin")
	return v && o
}

// isStated reports whether a fact is stated: one that is not follows from others.
func isStated(v reflect.Value) bool {
	o, _ := v.FieldByName("Origin").Interface().(flow.Origin)
	return o == flow.OriginStated || o == flow.OriginImported
}

// factPlace is where a fact is stated; a default has no place.
func factPlace(v reflect.Value) Place {
	at, _ := v.FieldByName("At").Interface().(source.Span)
	if !at.Known() {
		return Place{}
	}
	return placeAt(at)
}

// placeAt is a place with the line that stands there.
func placeAt(at source.Span) Place {
	text := ""
	if at.Known() {
		text = strings.TrimSpace(at.File.Line(at.File.Position(at.Start).Line))
	}
	return Place{at, text}
}

// plainPlace is where a value is stated that has no place of its own: in one of the declarations
// that are compared.
func (c *changes) plainPlace(i int, v reflect.Value) Place {
	if at := c.placeOf(i); at.Known() {
		return placeAt(at)
	}
	return Place{Text: c.words(v)}
}

// placeOf is the place of one of the declarations that are compared.
func (c *changes) placeOf(i int) source.Span {
	if i >= len(c.now) {
		return source.Span{}
	}
	v := reflect.ValueOf(c.now[i]).Elem().FieldByName("At")
	if !v.IsValid() {
		if v = reflect.ValueOf(c.now[i]).Elem().FieldByName("Decl"); !v.IsValid() {
			return source.Span{}
		}
		v = v.FieldByName("At")
	}
	at, _ := v.Interface().(source.Span)
	return at
}

// words is a plain value in words.
func (c *changes) words(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Struct:
		return ""
	default:
		return strings.TrimSpace(fmt.Sprint(v.Interface()))
	}
}

// same reports whether two values say the same, names of parties aside.
func (c *changes) same(v, w reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return v.Pointer() == w.Pointer() || c.named(v) == c.named(w)
	case reflect.Slice:
		if v.Len() != w.Len() {
			return false
		}
		for i := range v.Len() {
			if !c.same(v.Index(i), w.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		return v.IsZero() && w.IsZero() || string(c.canon(nil, v)) == string(c.canon(nil, w))
	case reflect.Interface:
		return v.Interface() == w.Interface()
	default:
		return v.Equal(w)
	}
}

// named is the number of a party that is named; 0 for none.
func (c *changes) named(v reflect.Value) int32 {
	if v.IsNil() {
		return 0
	}
	return c.p.idOf(v.Interface())
}

// lists compares two lists whose order says nothing: what is in one of them alone.
func (c *changes) lists(fact string, v, w reflect.Value) {
	if v.Len() == 0 && w.Len() == 0 {
		return
	}
	if c.sameFacts(v, w) || c.sameInOrder(v, w) {
		return
	}
	items := func(l reflect.Value) []string {
		out := make([]string, l.Len())
		for i := range out {
			out[i] = string(c.canon(nil, l.Index(i)))
		}
		return out
	}
	a, b := items(v), items(w)
	if slices.Equal(a, b) {
		return
	}
	left := map[string]int{}
	for _, x := range b {
		left[x]++
	}
	var gone, come []reflect.Value
	for i, x := range a {
		if left[x] > 0 {
			left[x]--
		} else {
			gone = append(gone, v.Index(i))
		}
	}
	for i, x := range slices.Backward(b) {
		if left[x] > 0 {
			left[x]--
			come = append(come, w.Index(i))
		}
	}
	slices.Reverse(come)
	shares := c.otherShares(v, w)
	for i := range max(len(gone), len(come)) {
		x := &Change{Fact: fact, shares: shares}
		if i < len(gone) {
			x.Was = c.itemPlace(gone[i])
		}
		if i < len(come) {
			x.Is = c.itemPlace(come[i])
		}
		c.add(x)
	}
}

// sameInOrder reports whether two lists say the same, item by item.
func (c *changes) sameInOrder(v, w reflect.Value) bool {
	if v.Len() != w.Len() {
		return false
	}
	c.buf = c.canon(c.buf[:0], v)
	n := len(c.buf)
	c.buf = c.canon(c.buf, w)
	return bytes.Equal(c.buf[:n], c.buf[n:])
}

// sameFacts reports whether two lists of facts are the same, one by one: nearly all are.
func (c *changes) sameFacts(v, w reflect.Value) bool {
	if v.Len() != w.Len() {
		return false
	}
	switch {
	case v.Type() == targetsType:
		for i := range v.Len() {
			x, y := v.Index(i).Interface().(*flow.Target), w.Index(i).Interface().(*flow.Target)
			if x.Port != y.Port || x.Weight.V != y.Weight.V || other(c.p, x.Backend) != y.Backend || other(c.p, x.Proxy) != y.Proxy {
				return false
			}
		}
		return true
	case isFact(v.Type().Elem()):
		for i := range v.Len() {
			if !c.same(v.Index(i).Field(0), w.Index(i).Field(0)) {
				return false
			}
		}
		return true
	}
	return false
}

// otherShares reports whether two lists of the same targets give them other shares of the requests.
func (c *changes) otherShares(v, w reflect.Value) bool {
	if v.Type() != targetsType || v.Len() != w.Len() {
		return false
	}
	type target struct {
		to   int32
		port int
	}
	shares := func(l reflect.Value) (of map[target]int, all int) {
		of = map[target]int{}
		for i := range l.Len() {
			t := l.Index(i).Interface().(*flow.Target)
			k := target{port: t.Port}
			if t.Backend != nil {
				k.to = c.p.idOf(t.Backend)
			} else if t.Proxy != nil {
				k.to = c.p.idOf(t.Proxy)
			}
			of[k] += t.Weight.V
			all += t.Weight.V
		}
		return of, all
	}
	was, before := shares(v)
	is, after := shares(w)
	other := len(was) != len(is)
	for k, n := range was {
		m, same := is[k]
		if !same {
			return false // other targets
		}
		other = other || n*after != m*before
	}
	return other
}

var versionsType = reflect.TypeFor[flow.Fact[flow.Versions]]()

var targetsType = reflect.TypeFor[[]*flow.Target]()

// itemPlace is where an item of a list is stated.
func (c *changes) itemPlace(v reflect.Value) Place {
	v = reflect.Indirect(v)
	if v.Kind() == reflect.Struct {
		if f := v.FieldByName("At"); f.IsValid() {
			if at, ok := f.Interface().(source.Span); ok && at.Known() {
				return placeAt(at)
			}
		}
		return Place{}
	}
	return Place{Text: c.words(v)}
}

// canon appends what a value says, names of parties aside.
func (c *changes) canon(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0)
		}
		switch v.Interface().(type) {
		case *flow.Target, *flow.Link: // no party, and no name
			return c.canon(b, v.Elem())
		}
		return appendUint(append(b, 1), uint64(c.named(v)))
	case reflect.Struct:
		if isFact(v.Type()) {
			return c.canon(b, v.FieldByName("V"))
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Type != spanType && f.Name != "Origin" {
				b = c.canon(b, v.Field(i))
			}
		}
		return b
	case reflect.Slice:
		b = append(b, byte(v.Len()))
		for i := range v.Len() {
			b = c.canon(b, v.Index(i))
		}
		return b
	default:
		return appendFacts(b, v)
	}
}
