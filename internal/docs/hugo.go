package docs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// Drawing is a fence that was drawn before the engine runs, for engines that
// run no program: Hugo finds it by a hash of what its render hook is given.
type Drawing struct {
	Hash     string // of the page, the attributes and the body
	HTML     string // "" where the fence has an error
	ID       string // that the ids in HTML begin with
	Findings string // as flowc check prints them; "" for none
	Failed   bool
	Inputs   []Input // the files that the model was read from
	Result   *Result
}

// Input is a file that a drawing was made from, and what it was then.
type Input struct{ File, Hash string }

// Drawings draws each fence of a page by itself. page is how the engine names
// it: its path below the folder of the content. The findings are those of the
// document: what is wrong with a fence that could not be read.
func (b *Builder) Drawings(ctx context.Context, file, page, text string) (out []*Drawing, found diag.List, err error) {
	doc := document.Parse(file, text, document.Markdown)
	for _, f := range doc.Fences {
		if !f.Model {
			continue
		}
		t := &task{Builder: b, ctx: ctx, doc: doc, result: &Result{Document: doc}, models: make(map[string]*pipeline.Model)}
		t.files()
		t.result.Findings = nil // what is wrong with the files is said at them
		html := t.html(f)
		if t.err != nil {
			return nil, nil, t.err
		}
		t.result.Findings = t.result.Findings.Sort()
		d := &Drawing{Hash: fenceHash(page, f), ID: fenceID(file, f), Result: t.result}
		d.Failed = t.result.Findings.Count(diag.Error) > 0
		if !d.Failed {
			d.HTML = string(html)
		}
		var said bytes.Buffer
		diag.WriteText(&said, t.result.Findings, diag.TextOptions{Links: diag.NoLinks})
		d.Findings = said.String()
		slices.Sort(t.result.Inputs)
		for _, in := range slices.Compact(t.result.Inputs) {
			text, err := b.Read(in)
			if err != nil {
				continue // the findings say so
			}
			d.Inputs = append(d.Inputs, Input{in, hexHash(string(text))})
		}
		out = append(out, d)
	}
	return out, doc.Findings, nil
}

// fenceHash is the hash by which Hugo's render hook finds a fence: of the page's
// path, each attribute as KEY=VALUE in the order of their names, an empty line,
// and the body without line breaks at its end.
func fenceHash(page string, f *document.Fence) string {
	var attrs []string
	for _, a := range f.Attrs {
		attrs = append(attrs, fmt.Sprintf("%s=%s\n", a.Key, a.Value))
	}
	slices.Sort(attrs)
	return hexHash(page + "\n" + strings.Join(attrs, "") + "\n" + strings.TrimRight(f.Body, "\n"))
}

func hexHash(s string) string {
	hash := sha256.Sum256([]byte(s))
	return hex.EncodeToString(hash[:])
}
