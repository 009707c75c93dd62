package resolve_test

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/source"
)

// dump writes a topology as lines of the form
//
//	route shop: Upstream.SNI ~shop.shop.svc
//
// in the order of declaration. "~" marks a default, "+" before the colon what
// was supplied; zero values are left out unless they are stated.
func dump(t *flow.Topology) []string {
	d := &dumper{}
	d.subject = "model"
	d.field("Name", reflect.ValueOf(t.Name))
	d.field("Title", reflect.ValueOf(t.Title))
	d.field("Date", reflect.ValueOf(t.Date))
	for _, a := range words.Assumed(t.Assumed) {
		d.line("assumed", a)
	}
	all(d, "zone", t.Zones, func(z *flow.Zone) flow.Decl { return z.Decl })
	for _, l := range t.Links {
		d.subject = "link " + l.A.Name + " " + l.B.Name
		d.field("Trust", reflect.ValueOf(l.Trust))
	}
	all(d, "ca", t.CAs, func(c *flow.CA) flow.Decl { return c.Decl })
	all(d, "certificate", t.Certificates, func(c *flow.Certificate) flow.Decl { return c.Decl })
	all(d, "namespace", t.Namespaces, func(n *flow.Namespace) flow.Decl { return n.Decl })
	all(d, "client", t.Clients, func(c *flow.Client) flow.Decl { return c.Decl })
	all(d, "proxy", t.Proxies, func(p *flow.Proxy) flow.Decl { return p.Decl })
	all(d, "backend", t.Backends, func(b *flow.Backend) flow.Decl { return b.Decl })
	all(d, "route", t.Routes, func(r *flow.Route) flow.Decl { return r.Decl })
	all(d, "request", t.Requests, func(q *flow.Request) flow.Decl { return q.Decl })
	all(d, "view", t.Views, func(v *flow.ViewSpec) flow.Decl { return v.Decl })
	return d.lines
}

func all[T any](d *dumper, kind string, list []*T, decl func(*T) flow.Decl) {
	for _, v := range list {
		h := decl(v)
		d.subject = kind + " " + h.Name
		if h.Supplied() {
			d.subject += " +"
		}
		before := len(d.lines)
		d.fields("", reflect.ValueOf(v).Elem())
		if len(d.lines) == before {
			d.lines = append(d.lines, d.subject)
		}
	}
}

type dumper struct {
	subject string
	lines   []string
}

func (d *dumper) line(path, value string) {
	d.lines = append(d.lines, d.subject+": "+path+" "+value)
}

func (d *dumper) fields(prefix string, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case f.Name == "Decl":
			decl := v.Field(i).Interface().(flow.Decl)
			d.field(prefix+"Label", reflect.ValueOf(decl.Label))
			d.field(prefix+"Imported", reflect.ValueOf(decl.Imported()))
		case f.Type == reflect.TypeFor[source.Span](), f.Type == reflect.TypeFor[flow.Origin](), !f.IsExported():
		case f.Anonymous:
			d.fields(prefix, v.Field(i))
		case d.back(v, f.Name):
		default:
			d.field(prefix+f.Name, v.Field(i))
		}
	}
}

// back reports whether a field points back to what the dump came from.
func (d *dumper) back(v reflect.Value, field string) bool {
	switch v.Interface().(type) {
	case flow.Listener:
		return field == "Proxy"
	case flow.Server:
		return field == "Backend"
	}
	return false
}

func (d *dumper) field(path string, v reflect.Value) {
	if s, ok := stated(v); ok {
		if s.said || !v.Field(0).IsZero() {
			d.line(path, map[bool]string{true: "", false: "~"}[s.said]+plain(v.Field(0)))
		}
		return
	}
	if v.IsZero() {
		return
	}
	if p, ok := v.Interface().(*flow.Profile); ok {
		d.line(path, p.String())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if _, ok := v.Interface().(fmt.Stringer); !ok {
			d.fields(path+".", v)
			return
		}
	case reflect.Slice:
		d.slice(path, v)
		return
	}
	d.line(path, plain(v))
}

// slice writes listeners, servers and targets as subjects of their own, the
// rest in one line.
func (d *dumper) slice(path string, v reflect.Value) {
	outer := d.subject
	defer func() { d.subject = outer }()
	for i := range v.Len() {
		switch e := v.Index(i).Interface().(type) {
		case *flow.Listener:
			d.subject = fmt.Sprintf("%s, listen %s %s:%d", outer, e.Kind, e.Address, e.Port)
			if e.Supplied() {
				d.subject += " +"
			}
			d.fields("", reflect.ValueOf(*e))
		case *flow.Server:
			d.subject = outer + ", server " + e.Name
			if e.Supplied() {
				d.subject += " +"
			}
			d.fields("", reflect.ValueOf(*e))
		case *flow.Target:
			d.subject = outer + ", to " + e.Name()
			d.fields("", reflect.ValueOf(*e))
		default:
			d.line(path, plain(v))
			return
		}
	}
}

type stating struct{ said bool }

// stated tells a flow.Fact[…] and whether it is said.
func stated(v reflect.Value) (stating, bool) {
	if v.Kind() != reflect.Struct || !strings.HasPrefix(v.Type().Name(), "Fact[") {
		return stating{}, false
	}
	return stating{flow.Origin(v.FieldByName("Origin").Uint()) == flow.OriginStated}, true
}

// plain writes a value on one line; what has a name is that name.
func plain(v reflect.Value) string {
	if _, ok := stated(v); ok {
		return plain(v.Field(0))
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "nil"
		}
		return v.Elem().FieldByName("Name").String()
	}
	switch x := v.Interface().(type) {
	case flow.Ending:
		return plain(reflect.ValueOf(words.Ending(x)))
	case fmt.Stringer:
		return x.String()
	}
	switch v.Kind() {
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = plain(v.Index(i))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			f := v.Field(i)
			if f.Type() != reflect.TypeFor[source.Span]() && !f.IsZero() && v.Type().Field(i).IsExported() {
				parts = append(parts, v.Type().Field(i).Name+"="+plain(f))
			}
		}
		return "{" + strings.Join(parts, " ") + "}"
	case reflect.String:
		if s := v.String(); s == "" || strings.ContainsAny(s, " \n") {
			return fmt.Sprintf("%q", s)
		}
	}
	return fmt.Sprint(v.Interface())
}

// write writes findings as lines: the code, the place with what stands there,
// the message, and indented what explains it.
func write(l diag.List) string {
	var b strings.Builder
	for _, d := range l {
		fmt.Fprintf(&b, "%s %s: %s\n", d.Code, place(d.At), d.Message)
		for _, r := range d.Related {
			fmt.Fprintf(&b, "    %s: %s\n", place(r.At), r.Message)
		}
		if d.Help != "" {
			fmt.Fprintf(&b, "    help: %s\n", d.Help)
		}
	}
	return b.String()
}

func place(s source.Span) string {
	if !s.Known() {
		return "nowhere"
	}
	p := s.File.Position(s.Start)
	first, _, _ := strings.Cut(s.Text(), "\n")
	return fmt.Sprintf("%s:%d:%d `%s`", s.File.Name, p.Line, p.Column, first)
}
