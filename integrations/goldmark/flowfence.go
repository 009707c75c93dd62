// Package flowfence draws the flow fences of a Markdown document while goldmark
// renders it. A model that cannot be drawn makes Convert fail with the findings
// of flowc, in the lines of the document.
package flowfence

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A Fence is a flow fence and its place.
type Fence struct {
	Info     string // the info string after the word flow
	Model    string // the body, without the prefixes of lists and quotes
	Document string // the path of the document
	Line     int    // how many lines of the document are before the body
	Column   int    // how many columns of prefix each line of the body had
}

// Draw returns the HTML of a fence, as one block.
type Draw func(context.Context, Fence) (html string, err error)

// Extender is an extension of goldmark. Its zero value runs the command flowc.
type Extender struct {
	Draw Draw // nil is Command of $FLOWC or flowc, with warnings on standard error
}

// Extend implements goldmark.Extender.
func (e *Extender) Extend(m goldmark.Markdown) {
	draw := e.Draw
	if draw == nil {
		draw = Command(cmp.Or(os.Getenv("FLOWC"), "flowc"), os.Stderr)
	}
	m.Parser().AddOptions(parser.WithASTTransformers(util.Prioritized(transformer{}, 500)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(drawer{draw}, 500)))
}

// WithDocument is the option of Convert that says which document is converted:
// findings name its path, and imports are relative to its folder. linesBefore
// is how many of its lines, such as front matter, Convert is not handed. Without
// this option the document is document.md in the working directory.
//
// An option that replaces goldmark's context must stand before this one.
func WithDocument(ctx context.Context, path string, linesBefore int) parser.ParseOption {
	return func(c *parser.ParseConfig) {
		if c.Context == nil {
			c.Context = parser.NewContext()
		}
		c.Context.Set(documentKey, document{ctx, path, linesBefore})
	}
}

var documentKey = parser.NewContextKey()

type document struct {
	ctx         context.Context
	path        string
	linesBefore int
}

// Command returns a Draw that runs flowc, given by its name in PATH or by its
// path, and writes the warnings of models that are drawn.
func Command(flowc string, warnings io.Writer) Draw {
	return func(ctx context.Context, f Fence) (string, error) {
		cmd := exec.CommandContext(ctx, flowc, "render", "-", "--fence", f.Info, "--stdin-name", f.Document,
			"--line-offset", strconv.Itoa(f.Line), "--column-offset", strconv.Itoa(f.Column))
		cmd.Stdin = strings.NewReader(f.Model)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case errors.As(err, &exit) && stderr.Len() > 0:
			return "", errors.New(strings.TrimRight(stderr.String(), "\n"))
		case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
			return "", fmt.Errorf("%s:%d: %w: install flowc with \"go install ./cmd/... in a clone of https://github.com/flowc-lang/flowc\", or name it in the environment variable FLOWC", f.Document, f.Line, err)
		case err != nil:
			return "", fmt.Errorf("%s:%d: %s: %w", f.Document, f.Line, flowc, err)
		}
		if _, err := warnings.Write(stderr.Bytes()); err != nil {
			return "", err
		}
		return stdout.String(), nil
	}
}

// kind is that of a flow fence in the tree, which the parser knows as code.
var kind = ast.NewNodeKind("FlowFence")

// A block keeps its context, because goldmark hands none to a renderer.
type block struct {
	ast.BaseBlock
	ctx   context.Context
	fence Fence
}

func (b *block) Kind() ast.NodeKind { return kind }

func (b *block) Dump(source []byte, level int) {
	ast.DumpHelper(b, source, level, map[string]string{"Info": b.fence.Info}, nil)
}

type transformer struct{}

// flow is an info string of which the first word is flow.
var flow = regexp.MustCompile(`^flow(?:$|[^\w-].*)`)

func (transformer) Transform(root *ast.Document, r text.Reader, pc parser.Context) {
	doc, ok := pc.Get(documentKey).(document)
	if !ok {
		doc = document{ctx: context.Background(), path: "document.md"}
	}
	var fences []*ast.FencedCodeBlock
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if code, ok := n.(*ast.FencedCodeBlock); ok && entering && code.Info != nil && flow.Match(code.Info.Segment.Value(r.Source())) {
			fences = append(fences, code)
		}
		return ast.WalkContinue, nil
	})
	for _, code := range fences {
		code.Parent().ReplaceChild(code.Parent(), code, &block{ctx: doc.ctx, fence: fenceOf(code, r.Source(), doc)})
	}
}

func fenceOf(code *ast.FencedCodeBlock, source []byte, doc document) Fence {
	f := Fence{
		Info:     strings.TrimSpace(strings.TrimPrefix(string(code.Info.Segment.Value(source)), "flow")),
		Model:    string(code.Lines().Value(source)),
		Document: doc.path,
		Line:     doc.linesBefore + bytes.Count(source[:code.Info.Segment.Start], []byte("\n")) + 1,
	}
	if code.Lines().Len() > 0 {
		start := code.Lines().At(0).Start
		f.Column = start - (bytes.LastIndexByte(source[:start], '\n') + 1)
	}
	return f
}

type drawer struct{ draw Draw }

func (d drawer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kind, d.render)
}

func (d drawer) render(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	b := n.(*block)
	html, err := d.draw(b.ctx, b.fence)
	if err != nil {
		return ast.WalkStop, err
	}
	_, err = w.WriteString(html)
	return ast.WalkSkipChildren, err
}
