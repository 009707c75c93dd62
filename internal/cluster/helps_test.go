package cluster_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// objects are the documents of a text, to be changed.
type objects struct{ all []*yaml.Node }

func parsed(text string) (*objects, error) {
	o := &objects{}
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		n := &yaml.Node{}
		switch err := dec.Decode(n); {
		case errors.Is(err, io.EOF):
			return o, nil
		case err != nil:
			return nil, err
		case len(n.Content) > 0:
			o.take(n.Content[0])
		}
	}
}

// take takes an object, or those of a List.
func (o *objects) take(n *yaml.Node) {
	if kind := child(n, "kind"); kind == nil || kind.Value != "List" {
		o.all = append(o.all, n)
		return
	}
	for _, item := range child(n, "items").Content {
		o.take(item)
	}
}

func (o *objects) text(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	for _, n := range o.all {
		if err := e.Encode(n); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// child is a field of a mapping; nil for none.
func child(n *yaml.Node, name string) *yaml.Node {
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// named is the object that a help line calls "Route web/shop"; nil for none.
func (o *objects) named(title string) *yaml.Node {
	kind, own, _ := strings.Cut(title, " ")
	for _, n := range o.all {
		m := child(n, "metadata")
		full := ""
		if ns := child(m, "namespace"); ns != nil {
			full = ns.Value + "/"
		}
		if child(n, "kind").Value == kind && full+child(m, "name").Value == own {
			return n
		}
	}
	return nil
}

// steps divides a path, spec.rules[0].name, into fields and numbers.
func steps(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

// reach goes down a path; what is not there is made, where that is asked for.
func reach(n *yaml.Node, path []string, making bool) *yaml.Node {
	for _, name := range path {
		if i, err := strconv.Atoi(name); err == nil && n.Kind == yaml.SequenceNode {
			if i >= len(n.Content) {
				return nil
			}
			n = n.Content[i]
			continue
		}
		next := child(n, name)
		if next == nil || next.Kind == 0 {
			if !making {
				return nil
			}
			next = &yaml.Node{Kind: yaml.MappingNode}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, next)
		}
		n = next
	}
	return n
}

// put writes a value below a node.
func put(t *testing.T, n *yaml.Node, path []string, value string) {
	t.Helper()
	v := &yaml.Node{}
	if err := yaml.Unmarshal([]byte(value), v); err != nil {
		t.Fatalf("%q: %v", value, err)
	}
	*reach(n, path, true) = *v.Content[0]
}

// drop takes a field or an item out, and reports whether it was there.
func drop(n *yaml.Node, path []string) bool {
	last := path[len(path)-1]
	n = reach(n, path[:len(path)-1], false)
	if n == nil {
		return false
	}
	if n.Kind == yaml.SequenceNode {
		i, err := strconv.Atoi(last)
		if err != nil || i >= len(n.Content) {
			return false
		}
		n.Content = slices.Delete(n.Content, i, i+1)
		return true
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == last {
			n.Content = slices.Delete(n.Content, i, i+2)
			return true
		}
	}
	return false
}

// orders are what help lines say, and what is done for it. Each begins where the last one
// ended.
var orders = []struct {
	form *regexp.Regexp
	do   func(t *testing.T, o *objects, w []string) bool
}{
	{regexp.MustCompile("^write ((?:`[^`]+`(?: and )?)+) into metadata\\.(annotations|labels) of (\\w+ \\S+) \\([^)]*\\)"), func(t *testing.T, o *objects, w []string) bool {
		n := o.named(w[3])
		for _, pair := range strings.Split(w[1], " and ") {
			key, value, _ := strings.Cut(strings.Trim(pair, "`"), ": ")
			if n == nil || value == "" {
				return false
			}
			put(t, n, []string{"metadata", w[2], key}, value)
		}
		return true
	}},
	{regexp.MustCompile("^write `([^`]+?): ([^`]+)` in (\\w+ \\S+) \\([^)]*\\)"), func(t *testing.T, o *objects, w []string) bool {
		n := o.named(w[3])
		if n != nil {
			put(t, n, steps(w[1]), w[2])
		}
		return n != nil
	}},
	{regexp.MustCompile("^write the certificate of CA (\\S+) as `ca.crt` into data of (ConfigMap) (\\S+)"), func(t *testing.T, o *objects, w []string) bool {
		n := o.named(w[2] + " " + w[3])
		if n == nil {
			namespace, own, _ := strings.Cut(w[3], "/")
			more, err := parsed(fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, namespace: %s}, data: {ca.crt: x}}", own, namespace))
			if err != nil {
				t.Fatal(err)
			}
			n = more.all[0]
			o.all = append(o.all, n)
		}
		title := map[string]string{"service-ca": "openshift-service-serving-signer@1"}[w[1]]
		child(child(n, "data"), "ca.crt").Value = certificateOf(t, title, nil, "")
		return title != ""
	}},
	{regexp.MustCompile("^put a certificate with the names (.+?) into `tls.crt` of (Secret) ([^\\s,;]+)"), func(t *testing.T, o *objects, w []string) bool {
		names := strings.Split(w[1], ", ")
		crt := base64.StdEncoding.EncodeToString([]byte(certificateOf(t, names[0], names, "")))
		if n := o.named(w[2] + " " + w[3]); n != nil {
			put(t, n, []string{"data", "tls.crt"}, crt)
			return true
		}
		namespace, own, _ := strings.Cut(w[3], "/")
		more, err := parsed(fmt.Sprintf("{apiVersion: v1, kind: Secret, metadata: {name: %s, namespace: %s}, data: {tls.crt: %s}}", own, namespace, crt))
		if err != nil {
			t.Fatal(err)
		}
		o.all = append(o.all, more.all[0])
		return true
	}},
	{regexp.MustCompile("^remove the annotation `([^`]+)` from (\\w+ \\S+) \\([^)]*\\)"), func(_ *testing.T, o *objects, w []string) bool {
		return drop(o.named(w[2]), []string{"metadata", "annotations", w[1]})
	}},
	{regexp.MustCompile("^remove `([^`]+)` from (\\w+ \\S+) \\([^)]*\\)"), func(_ *testing.T, o *objects, w []string) bool {
		return drop(o.named(w[2]), steps(w[1]))
	}},
	{regexp.MustCompile(`^remove (\w+ \S+) \([^)]*\)`), func(_ *testing.T, o *objects, w []string) bool {
		n := o.named(w[1])
		o.all = slices.DeleteFunc(o.all, func(x *yaml.Node) bool { return x == n })
		return n != nil
	}},
	{regexp.MustCompile("^add the object `([^`]+)`"), func(t *testing.T, o *objects, w []string) bool {
		more, err := parsed(w[1])
		if err != nil {
			t.Fatal(err)
		}
		o.all = append(o.all, more.all...)
		return true
	}},
}

// follow does what one way of a help line says, to the letter.
func follow(t *testing.T, text, way string) (string, bool) {
	t.Helper()
	o, err := parsed(text)
	if err != nil {
		t.Fatal(err)
	}
	for {
		i := slices.IndexFunc(orders, func(x struct {
			form *regexp.Regexp
			do   func(t *testing.T, o *objects, w []string) bool
		}) bool {
			return x.form.MatchString(way)
		})
		if i < 0 {
			return "", false
		}
		w := orders[i].form.FindStringSubmatch(way)
		if !orders[i].do(t, o, w) {
			return "", false
		}
		rest, more := strings.CutPrefix(way[len(w[0]):], ", and ")
		if !more {
			return o.text(t), rest == "" || strings.HasPrefix(rest, ", if ") || strings.HasPrefix(rest, ", with ") || strings.HasPrefix(rest, ": ")
		}
		way = rest
	}
}

// certificateOf is a certificate with a name of its own, and further ones.
func certificateOf(t *testing.T, own string, names []string, until string) string {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), zeros{})
	if err != nil {
		t.Fatal(err)
	}
	to := time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
	if until != "" {
		if to, err = time.Parse(time.DateOnly, until); err != nil {
			t.Fatal(err)
		}
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: own}, DNSNames: names, NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: to}
	der, err := x509.CreateCertificate(zeros{}, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// issued is a placeholder for the certificate of a Secret: @ISSUED name,name@.
var issued = regexp.MustCompile(`@ISSUED ([^@]+)@`)

// onTop is what only a model says that imports the objects.
var (
	onTop = regexp.MustCompile("^in a model that imports this file: add (?:the lines )?(`.*`) at its end")
	line  = regexp.MustCompile("`([^`]+)`")
	// addedLine adds to a declaration that the objects are.
	addedLine = regexp.MustCompile("^in a model that imports this file: add the line `([^`]+)` to (\\w+) \"([^\"]+)\"")
)

// ofRules are the findings of rules, those that a reader mends by what rules suggest.
func ofRules(found diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(found), func(d diag.Diagnostic) bool { return d.Code >= "FL8" })
}

// TestHelpOfFields follows the help of what rules find in objects to the letter, as a change of
// their fields: the finding is gone, and there is no new one. Each text of testdata/helps
// begins with the codes of its findings, and how many ways the help has of each:
//
//	# FL206 2, FL406 0
func TestHelpOfFields(t *testing.T) {
	paths, err := filepath.Glob("testdata/helps/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	followed := 0
	for _, p := range paths {
		archive, err := txtar.ParseFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			t.Run(strings.TrimSuffix(filepath.Base(p), ".txtar")+"/"+f.Name, func(t *testing.T) {
				text := issued.ReplaceAllStringFunc(string(f.Data), func(s string) string {
					names := strings.Split(issued.FindStringSubmatch(s)[1], ",")
					return base64.StdEncoding.EncodeToString([]byte(certificateOf(t, names[0], names, "")))
				})
				got := followAll(t, text)
				for _, of := range got {
					followed += int(of[len(of)-1] - '0')
				}
				head, _, _ := strings.Cut(string(f.Data), "\n")
				if want := strings.TrimPrefix(head, "# "); strings.Join(got, ", ") != want {
					t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
				}
			})
		}
	}
	if followed < 90 {
		t.Errorf("only %d ways", followed)
	}
}

// TestHelpOfModels does so for the other texts of testdata.
func TestHelpOfModels(t *testing.T) {
	var texts []string
	for _, pattern := range []string{"asks/*.txtar", "wants/*.txtar"} {
		paths, err := filepath.Glob("testdata/" + pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(paths, err)
		}
		for _, p := range paths {
			archive, err := txtar.ParseFile(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range archive.Files {
				texts = append(texts, string(f.Data))
			}
		}
	}
	paths, err := filepath.Glob("testdata/models/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	followed := 0
	for _, text := range texts {
		for _, of := range followAll(t, text) {
			followed += int(of[len(of)-1] - '0')
		}
	}
	t.Logf("%d texts, %d ways", len(texts), followed)
	if followed < 10 {
		t.Errorf("only %d ways", followed)
	}
}

// followAll follows each way of each help of a text, and returns the codes with the number of
// ways.
func followAll(t *testing.T, text string) []string {
	t.Helper()
	before := load(t, map[string]string{"a.yaml": text}, "a.yaml")
	var got []string
	for _, d := range ofRules(before.Findings) {
		var ways []string
		if d.Help != "" {
			ways = strings.Split(d.Help, "; or ")
		}
		got = append(got, fmt.Sprintf("%s %d", d.Code, len(ways)))
		for _, way := range ways {
			after, ok := followed(t, text, way)
			if !ok {
				t.Errorf("%s: the help cannot be followed: %s", d.Code, way)
				continue
			}
			leaves(t, before.Findings, after.Findings, d, way)
		}
	}
	return got
}

// followed is the model behind one way.
func followed(t *testing.T, text, way string) (*pipeline.Model, bool) {
	t.Helper()
	w, added := onTop.FindStringSubmatch(way), addedLine.FindStringSubmatch(way)
	if w == nil && added == nil {
		changed, ok := follow(t, text, way)
		if !ok {
			return nil, false
		}
		return load(t, map[string]string{"a.yaml": changed}, "a.yaml"), true
	}
	texts := map[string]string{"a.yaml": text, "m.flow": "import \"a.yaml\"\n"}
	if added != nil {
		texts["m.flow"] += added[2] + " " + added[3] + " {\n" + added[1] + "\n}\n"
	} else {
		for _, l := range line.FindAllStringSubmatch(w[1], -1) {
			texts["m.flow"] += l[1] + "\n"
		}
	}
	m := pipeline.Load("m.flow", func(path string) ([]byte, error) { return []byte(texts[path]), nil })
	m.Compile()
	return m, true
}

// leaves holds what is found once a way was followed against what was found before: the
// finding is gone, and no code is there more often.
func leaves(t *testing.T, before, after diag.List, d diag.Diagnostic, way string) {
	t.Helper()
	counts := map[diag.Code]int{d.Code: -1}
	for _, o := range before {
		counts[o.Code]++
	}
	for _, o := range after {
		if counts[o.Code]--; counts[o.Code] < 0 {
			t.Errorf("%s: %s\n    brings %s %s", d.Code, way, o.Code, o.Message)
		}
	}
}
