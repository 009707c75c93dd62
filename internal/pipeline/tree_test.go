package pipeline

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/roomy"
)

// shared is a model that several tests look at, compiled once. None of them may change
// it: that is held at the end (TestMain).
type shared struct {
	corpus.Model
	compiled *Model
	print    func() uint64
	judge    func() *judgement
}

// judgement is what follows of a topology: what rules find, and its paths.
type judgement struct {
	top   *flow.Topology
	found diag.List
	all   []*flow.Path
}

// judge runs the rules over a topology and finds its paths.
func judge(top *flow.Topology) *judgement {
	found, err := check.RunWith(context.Background(), check.Options{}, top, flow.NewCache(top))
	if err != nil {
		panic(err) // this context does not end
	}
	paths := flow.FindPaths(context.Background(), top, func(*flow.Request) bool { return false })
	return &judgement{top, found, paths.All}
}

func share(of corpus.Model) *shared {
	m := Load(of.Entry, of.Read)
	m.Compile()
	m.courses = nil // each test derives its own
	s := &shared{Model: of, compiled: m}
	before := printOf(m.Topology)
	s.print = func() uint64 { return before }
	s.judge = sync.OnceValue(func() *judgement { return judge(m.Topology) })
	return s
}

// model is the compiled model, with courses of its own.
func (s *shared) model() *Model {
	m := *s.compiled
	m.courses = flow.NewCache(m.Topology)
	return &m
}

// whole reports whether neither syntax nor names are broken.
func (s *shared) whole() bool { return s.compiled.Drawable() }

var (
	treeOnce sync.Once
	treeList []*shared
)

// tree is every model of this tree.
func tree(t testing.TB) []*shared {
	t.Helper()
	treeOnce.Do(func() {
		for _, x := range corpus.Models(t, filepath.Join("..", "..")) {
			treeList = append(treeList, share(x))
		}
	})
	return treeList
}

var fleetList = make([]*shared, fleets)

// aFleet is a generated model of proxies (anyFleet).
func aFleet(seed int) *shared {
	if fleetList[seed] == nil {
		text := rapid.Custom(anyFleet).Example(seed)
		read := func(string) ([]byte, error) { return []byte(text), nil }
		fleetList[seed] = share(corpus.Model{Name: fmt.Sprintf("fleet %d", seed), Entry: "m.flow", Read: read})
	}
	return fleetList[seed]
}

// text is the text of the entry file.
func (s *shared) text(t testing.TB) string {
	t.Helper()
	text, err := s.Read(s.Entry)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// printOf is a hash of what is stated of a topology, and of the courses of its requests.
func printOf(top *flow.Topology) uint64 {
	h := fnv.New64a()
	deepPrint(h, reflect.ValueOf(top), map[any]int{})
	for _, q := range top.Requests {
		l := flow.Derive(top, q)
		fmt.Fprintln(h, q.Name, l.Outcome.Fault, l.Outcome.Endings)
		for _, s := range l.Steps {
			io.WriteString(h, s.ID)
		}
	}
	return h.Sum64()
}

// deepPrint writes the exported fields of a value and of all that it points to; what
// was written already is written as its number. Unexported fields are indexes, which are
// made when they are first asked.
func deepPrint(w io.Writer, v reflect.Value, seen map[any]int) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			io.WriteString(w, "nil,")
			return
		}
		n, ok := seen[v.Interface()]
		if !ok {
			n = len(seen)
			seen[v.Interface()] = n
		}
		fmt.Fprintf(w, "&%d,", n)
		if !ok {
			deepPrint(w, v.Elem(), seen)
		}
	case reflect.Interface:
		if v.IsNil() {
			io.WriteString(w, "nil,")
			return
		}
		io.WriteString(w, v.Elem().Type().String())
		deepPrint(w, v.Elem(), seen)
	case reflect.Slice:
		fmt.Fprintf(w, "%d[", v.Len())
		for i := range v.Len() {
			deepPrint(w, v.Index(i), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				deepPrint(w, v.Field(i), seen)
			}
		}
	case reflect.Map, reflect.Func, reflect.Chan:
		panic("a topology has no " + v.Type().String())
	case reflect.String:
		fmt.Fprintf(w, "%q,", v.String())
	default:
		fmt.Fprintf(w, "%v,", v.Interface())
	}
}

// TestMain holds at the end that no test changed a model that others look at.
func TestMain(m *testing.M) {
	code := roomy.Run(m)
	for _, s := range append(treeList, fleetList...) {
		if s != nil && printOf(s.compiled.Topology) != s.print() {
			fmt.Fprintf(os.Stderr, "%s: a test has changed the model that tests share\n", s.Name)
			code = 1
		}
	}
	os.Exit(code)
}

// TestPrint: whatever is changed in a topology changes its print.
func TestPrint(t *testing.T) {
	for what, change := range map[string]func(*flow.Topology){
		"a name":       func(t *flow.Topology) { t.Backends[0].Name = "other" },
		"a fact":       func(t *flow.Topology) { t.Routes[0].Mode.V = flow.ModePassthrough },
		"a place":      func(t *flow.Topology) { t.Routes[0].Whole.End++ },
		"a slice":      func(t *flow.Topology) { t.Routes[0], t.Routes[1] = t.Routes[1], t.Routes[0] },
		"a pointer":    func(t *flow.Topology) { t.Routes[0].Targets[0].Backend = t.Backends[1] },
		"what follows": func(t *flow.Topology) { t.Routes[1].Proxies[0].Routes[0] = t.Routes[1] },
		"an interface": func(t *flow.Topology) { t.Requests[0].Expect[0].Ending = flow.Closed{} },
	} {
		top := LoadText("m.flow", two+"request more {\n get https://shop.example.test/\n expect 200\n}\n")
		top.Compile()
		top.Topology.Requests = top.Topology.Requests[2:]
		before := printOf(top.Topology)
		if printOf(top.Topology) != before {
			t.Error("two prints of one topology differ")
		}
		change(top.Topology)
		if printOf(top.Topology) == before {
			t.Errorf("%s is changed and the print is not", what)
		}
	}
}
