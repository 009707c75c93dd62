package diff_test

import (
	"context"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/diff"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/roomy"
)

func TestMain(m *testing.M) { os.Exit(roomy.Run(m)) }

// draftOf is what a model states; nil where it is broken.
func draftOf(t testing.TB, m *pipeline.Model) *flow.Draft {
	t.Helper()
	if err := m.Resolve(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !m.Drawable() {
		return nil
	}
	d, _, err := m.Draft(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func topology(d *flow.Draft) *flow.Topology {
	out, _ := flow.Complete(d)
	return out
}

// text is what is said of the differences of two topologies.
func text(old, is *flow.Topology) string {
	var b strings.Builder
	r := diff.Of(context.Background(), diff.Side{Topology: old}, diff.Side{Topology: is})
	if len(r.Differences) == 0 {
		return ""
	}
	if err := r.WriteText(&b, "old", "new"); err != nil {
		panic(err)
	}
	return b.String()
}

// TestNoDifference: a model differs neither from itself, nor from itself in another order, nor
// where everything in it has another name.
func TestNoDifference(t *testing.T) {
	models := 0
	for i, m := range corpus.Models(t, "../..") {
		d := draftOf(t, pipeline.Load(m.Entry, m.Read))
		if d == nil {
			continue
		}
		models++
		old := topology(d)
		for name, other := range map[string]*flow.Draft{
			"itself":   d,
			"in order": permuted(d, rand.New(rand.NewPCG(uint64(i), 1))),
			"renamed":  renamed(d),
			"both":     renamed(permuted(d, rand.New(rand.NewPCG(uint64(i), 2)))),
		} {
			if got := text(old, topology(other)); got != "" {
				t.Errorf("%s, %s: %s", m.Name, name, got)
			}
		}
	}
	if models < 500 {
		t.Errorf("only %d models", models)
	}
}

// permuted is a draft in another order, but for the order of routes and clients, which may say
// something.
func permuted(d *flow.Draft, rnd *rand.Rand) *flow.Draft {
	out := *d
	out.Declarations = slices.Clone(d.Declarations)
	rnd.Shuffle(len(out.Declarations), func(i, j int) {
		out.Declarations[i], out.Declarations[j] = out.Declarations[j], out.Declarations[i]
	})
	inOrder := func(kind flow.DeclKind) {
		var was []flow.Declaration
		for _, x := range d.Declarations {
			if flow.KindOf(x) == kind {
				was = append(was, x)
			}
		}
		for i, x := range out.Declarations {
			if flow.KindOf(x) == kind {
				out.Declarations[i], was = was[0], was[1:]
			}
		}
	}
	inOrder(flow.DeclRoute)
	inOrder(flow.DeclClient)
	inOrder(flow.DeclRequest)
	return &out
}

// refs are the fields of drafts that name declarations.
var refs = map[string]bool{
	"Zone": true, "Trust": true, "Certificate": true, "Certificates": true, "Issuer": true, "From": true, "Via": true, "After": true,
	"Check": true, "To": true, "Proxy": true, "CA": true, "A": true, "B": true, "Of": true, "Only": true,
}

// renamed is a draft in which every declaration has another name.
func renamed(d *flow.Draft) *flow.Draft { return mapped(d, other) }

// mapped is a copy of a draft in which names are others.
func mapped(d *flow.Draft, name func(string) string) *flow.Draft {
	out := *d
	out.Declarations = nil
	for _, x := range d.Declarations {
		v := reflect.ValueOf(x)
		own := reflect.New(v.Elem().Type())
		own.Elem().Set(clone(v.Elem(), "", name))
		out.Declarations = append(out.Declarations, own.Interface().(flow.Declaration))
	}
	return &out
}

// other is a name in place of another one, which does not keep the order of names.
func other(name string) string {
	if name == "" {
		return ""
	}
	parts := strings.Split(name, "/")
	for i, p := range parts {
		b := []byte(p)
		slices.Reverse(b)
		parts[i] = "q" + string(b) + "x"
	}
	return strings.Join(parts, "/")
}

var (
	refType    = reflect.TypeFor[flow.Ref]()
	declType   = reflect.TypeFor[flow.Decl]()
	expectType = reflect.TypeFor[flow.ExpectDraft]()
)

// clone copies a part of a draft, in which names are others.
func clone(v reflect.Value, field string, name func(string) string) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch {
	case v.Type() == declType:
		out.FieldByName("Name").SetString(name(v.FieldByName("Name").String()))
	case v.Type() == refType:
		if refs[field] {
			out.FieldByName("V").SetString(name(v.FieldByName("V").String()))
		}
	case v.Type() == expectType:
		r := out.FieldByName("From")
		r.Set(clone(v.FieldByName("From"), "From", name))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				out.Field(i).Set(clone(v.Field(i), f.Name, name))
			}
		}
	case v.Kind() == reflect.Slice && !v.IsNil():
		list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			list.Index(i).Set(clone(v.Index(i), field, name))
		}
		out.Set(list)
	case v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().Kind() == reflect.Struct && field != "Profile" && field != "File":
		p := reflect.New(v.Elem().Type())
		p.Elem().Set(clone(v.Elem(), field, name))
		out.Set(p)
	}
	return out
}

// TestLetIn: what kept clients out, or in TLS, and does no more, is breaking, however it is stated.
func TestLetIn(t *testing.T) {
	const web = "route a {\nhost a.test\ntls edge\nto s\n}\nbackend s\n"
	route := func(line string) string { return strings.Replace(web, "tls edge\n", "tls edge\n"+line+"\n", 1) }
	two := func(line string) string {
		return strings.Replace(route(line), "to s\n", "to s weight 90\nto z weight 10\n", 1) + "backend z\n"
	}
	for _, c := range []struct {
		name, old, is string
		want          diff.Kind
	}{
		{"an allow list goes", route("allow 10.0.0.0/8"), web, diff.Opened},
		{"an allow list of everybody", route("allow 10.0.0.0/8"), route("allow 0.0.0.0/0"), diff.Opened},
		{"an allow list of both halves", route("allow 10.0.0.0/8"), route("allow 0.0.0.0/1, 128.0.0.0/1"), diff.Opened},
		{"one network more", route("allow 10.0.0.0/8"), route("allow 10.0.0.0/8, 203.0.113.0/24"), diff.Mended},
		{"a path that is denied", web + "route b {\nhost a.test\npath /admin\ntls edge\nanswer 403\n}\n", web, diff.Opened},
		{"a path that is closed", web + "route b {\nhost a.test\npath /admin\ntls edge\nanswer close\n}\n", web, diff.Opened},
		{"a path that is not there", web + "route b {\nhost a.test\npath /admin\ntls edge\nanswer 404\n}\n", web, diff.Mended},
		{"a path denied to others", web + "route b {\nhost a.test\npath /admin\ntls edge\nmatch not source 10.0.0.0/8\nanswer 403\n}\n", web, diff.Opened},
		{"plaintext in place of a redirect", route("insecure redirect"), route("insecure allow"), diff.Plaintext},
		{"the same to two backends", two("insecure redirect"), two("insecure allow"), diff.Plaintext},
	} {
		r := compare(t, c.old, c.is)
		if len(r.Differences) == 0 || r.Differences[0].Kind != c.want {
			var b strings.Builder
			if err := r.WriteText(&b, "old", "new"); err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s: want %v\n%s", c.name, c.want, b.String())
		}
	}
}
