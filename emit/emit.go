// Package emit turns pictures into bytes, one file a format. It decides how a
// meaning looks and never what a picture says.
package emit

import (
	"context"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// Options are the settings of a format. The zero value is the default.
type Options struct {
	ASCII  bool   // text: no character outside ASCII is drawn by flowc itself
	Width  int    // text: columns of the terminal; 0 means 100
	Name   string // stable prefix of ids in a page: "reencrypt.topology"
	View   string // the view's name, for JSON
	Layout Layout // for Graphviz; nil where none was injected

	Scheme  Scheme  // svg: one palette only, "" for both; png and pdf: "" means light
	Theme   string  // svg, png and pdf: the name of one of Themes; "" means the first
	Page    int     // svg, graphviz, png and pdf: pixels of the column that a picture is read in; 0 means DefaultPage
	Scale   float64 // png: pixels for one pixel of the SVG; 0 means DefaultScale
	Convert Convert // for png and pdf; nil where none was injected
}

// Layout turns DOT into Graphviz's SVG. Its error is for people; a diagnostic
// code comes with those that are about the graph (too large, too slow).
type Layout func(ctx context.Context, dot []byte) (svg []byte, err error)

// Scheme is a palette: of a light page or of a dark one.
type Scheme string

// The schemes.
const (
	Light = Scheme("light")
	Dark  = Scheme("dark")
	// OfPage is both, for an SVG inside a page: it follows the page (the CSS
	// property color-scheme), where an SVG by itself follows the reader's system.
	// A page that stays light keeps a light picture.
	OfPage = Scheme("page")
)

// Schemes lists the schemes of one palette, as they are named to people.
var Schemes = []Scheme{Light, Dark}

// Convert turns an SVG of one scheme into another format. Its error is for
// people.
type Convert func(ctx context.Context, svg []byte, page Page) ([]byte, error)

// Page is the size and the look of what a converter makes of an SVG.
type Page struct {
	Format        string  // "png" or "pdf"
	Width, Height int     // of the SVG, in its own pixels
	Scale         float64 // png: pixels for one pixel of the SVG
	Paper         string  // the colour behind the SVG, #rrggbb
}

// Format is one way to write a picture.
type Format struct {
	Name string // as --format spells it
	Ext  string // without dot
	Doc  string // one line
	// Binary tells that it is not text: not for a terminal.
	Binary bool
	Fits   func(view.Picture) bool
	Emit   func(ctx context.Context, pic view.Picture, opt Options) ([]byte, diag.List, error)
}
