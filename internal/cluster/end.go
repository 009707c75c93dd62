// Package cluster is the front end of Kubernetes objects: what a cluster's Routes, Services
// and the like state of a topology, and what of them it does not hold.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/source"
)

// End is the front end of Kubernetes objects.
var End = &front.End{
	Name:       "kubernetes",
	Named:      func(string) bool { return false }, // not every YAML is of a cluster
	Extensions: extensions,
	Owns:       owns,
	Gathers:    gathers,
	Codes: func() []diag.CodeDoc {
		return kubeyaml.Codes
	},
	Read: read,
}

var extensions = []string{".yaml", ".yml", ".json"}

// owns reports whether a text is one of Kubernetes objects: it names an apiVersion and a
// kind where a document or an item begins, or is called .yaml.
func owns(file, text string) bool {
	ext := path.Ext(file)
	if ext == ".flow" || ext == ".cfg" {
		return false
	}
	return hasObject(text) || ext == ".yaml" || ext == ".yml"
}

// gathers reports whether a file in a folder is one of Kubernetes objects that are read.
func gathers(file, text string) bool {
	if !slices.Contains(extensions, path.Ext(file)) || !hasObject(text) {
		return false
	}
	for line := range strings.Lines(text) {
		word := strings.Trim(strings.TrimLeft(line, " -{\t"), "\",\r\n ")
		if !strings.HasPrefix(word, "kind") {
			continue
		}
		_, value, _ := strings.Cut(word, ":")
		value = strings.Trim(value, "\", ")
		if value == "List" || slices.ContainsFunc(kinds, func(k kind) bool { return k.name == strings.TrimSuffix(value, "List") }) {
			return true
		}
	}
	return strings.Count(text, "\n") < 3 // JSON on one line
}

// hasObject reports whether a text has lines of an object in its first thousand ones.
func hasObject(text string) bool {
	version, kind := false, false
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > 1000 {
			break
		}
		line = strings.TrimPrefix(line, "\ufeff")
		word := strings.TrimLeft(line, " -{\t")
		version = version || strings.HasPrefix(word, "apiVersion:") || strings.HasPrefix(word, `"apiVersion":`) || strings.HasPrefix(word, "apiVersion :")
		kind = kind || strings.HasPrefix(word, "kind:") || strings.HasPrefix(word, `"kind":`) || strings.HasPrefix(word, "kind :")
		if strings.HasPrefix(word, `"`) || strings.HasPrefix(line, "{") { // JSON may be on one line
			version = version || strings.Contains(line, `"apiVersion"`)
			kind = kind || strings.Contains(line, `"kind"`)
		}
		if version && kind {
			return true
		}
	}
	return false
}

// read reads objects.
func read(ctx context.Context, in front.Input) (*front.Model, error) {
	var files []*kubeyaml.File
	var sources []*source.File
	var unread diag.List
	for _, file := range append([]string{in.Path}, in.More...) {
		data, err := in.Read(file)
		if err != nil {
			unread = append(unread, diag.Diagnostic{
				Code: diag.Code(kubeyaml.FaultSyntax), Severity: diag.Error, Broken: true,
				Message: fmt.Sprintf("%q cannot be read: %s", file, reason(err)),
			})
		}
		called := file
		if in.Named != nil {
			called = in.Named(file)
		}
		f, err := kubeyaml.Read(ctx, called, string(data))
		if err != nil {
			return nil, err
		}
		f.Source.Path = file
		files, sources = append(files, f), append(sources, f.Source)
	}
	stem := plainName(stemOf(in), "cluster")
	v := newInventory(files)
	b := build(v, stem, in.Profile)
	v.release()
	draft := b.draft
	broken := unread != nil || slices.ContainsFunc(files, func(f *kubeyaml.File) bool { return f.Broken })
	return &front.Model{
		Name: stem, Sources: sources, Findings: marked(slices.Concat(unread, v.collect())),
		Partial: len(b.findings) >= mostFound || slices.ContainsFunc(files, (*kubeyaml.File).Full),
		Draft: func(ctx context.Context) (*flow.Draft, diag.List, error) {
			d := draft
			if d == nil {
				d = build(v, stem, in.Profile).draft // whoever has the first one may have changed it
			}
			draft = nil
			return d, nil, ctx.Err()
		},
		Advise:       func(_ *flow.Topology, found diag.List) { b.advise(found) },
		Judge:        b.judge,
		Torn:         func(places []source.Span) front.Torn { return front.Torn{Places: places, Everything: broken} },
		Comments:     func() []suppress.Comment { return comments(files) },
		Objects:      func() []suppress.Object { return objects(files) },
		Declarations: func() []front.Declaration { return declarations(files) },
	}, nil
}

// stemOf is what a model is called: like its file, or the folder of its files.
func stemOf(in front.Input) string {
	stem := strings.TrimSuffix(path.Base(in.Path), path.Ext(in.Path))
	if len(in.More) == 0 {
		return stem
	}
	folder := path.Dir(in.Path)
	for folder != "." && folder != "/" && slices.ContainsFunc(in.More, func(f string) bool { return !strings.HasPrefix(f, folder+"/") }) {
		folder = path.Dir(folder)
	}
	if base := path.Base(folder); base != "." && base != "/" && base != ".." {
		return base
	}
	return stem
}

// reason is what kept a file from being read, without its path.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

// marked marks what leaves open what the texts say: no picture is drawn of them. An object
// that Kubernetes refuses is left out, as in a cluster.
func marked(found diag.List) diag.List {
	for i, d := range found {
		if d.Code == diag.Code(kubeyaml.FaultSyntax) {
			found[i].Broken = true
		}
	}
	return found
}

// comments are those in which findings may be answered for.
func comments(files []*kubeyaml.File) []suppress.Comment {
	var out []suppress.Comment
	for _, f := range files {
		for _, c := range f.Lines("flowc:") {
			text := c.At
			text.Start += len("#")
			out = append(out, suppress.Comment{Text: text, At: c.At, Covers: c.Covers, Around: c.Around})
		}
	}
	return out
}

// objects are what a file of waivers can name, with the paths of their fields.
func objects(files []*kubeyaml.File) []suppress.Object {
	var out []suppress.Object
	for _, f := range files {
		for _, o := range f.Objects {
			out = append(out, suppress.Object{Name: o.Title(), At: o.At, Field: func(at source.Span) string { return f.FieldAt(at.Start) }})
		}
	}
	return out
}

// declarations are the objects.
func declarations(files []*kubeyaml.File) []front.Declaration {
	var out []front.Declaration
	for _, f := range files {
		for _, o := range f.Objects {
			out = append(out, front.Declaration{Name: o.Title(), Words: strings.Fields(o.Title()), At: o.At})
		}
	}
	return out
}
