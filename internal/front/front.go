// Package front says what a front end is: what turns texts of one language into
// what they state of a topology. All that comes after it, rules and pictures
// among it, knows no language.
package front

import (
	"context"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/source"
)

// End is a front end.
type End struct {
	Name string // of the language: "flow"
	// Named reports whether a file is a model of this language by its name
	// alone, which has slashes: folders are searched for such files.
	Named func(path string) bool
	// Extensions are endings that its files may have, too, where somebody names one.
	Extensions []string
	// Owns reports whether a text is in this language, of a file that may have
	// any name.
	Owns func(path, text string) bool
	// Gathers reports whether a file in a folder belongs to a model of this language, by its
	// name and its text: all such files that are named, or are in named folders, are one
	// model. nil where each file is one.
	Gathers func(path, text string) bool
	// Codes lists what it finds in texts.
	Codes func() []diag.CodeDoc
	// Apart says that each file configures a process of its own: what two of them call alike
	// is not the same.
	Apart bool
	// Read reads a model: its entry file, and what that takes from other files.
	// The model is never nil. What is wrong with the texts is among its
	// findings; the error is that of a context which ended.
	Read func(context.Context, Input) (*Model, error)
	// Style returns a text of the language in its one style, or what keeps it
	// from that. It is nil where the language has none.
	Style func(*source.File) (string, diag.List)
}

// Input is where a front end reads a model from.
type Input struct {
	Path string   // of the entry file, with slashes
	More []string // paths of further files that are one model with it, in order
	Read func(path string) ([]byte, error)
	// Data reads a file that a model names and that is not a model: a map, a
	// certificate. nil where such files are not read.
	Data func(path string) ([]byte, error)
	// Folder lists the names of the files in a folder that a model names, in order. nil
	// where folders are not read.
	Folder func(path string) ([]string, error)
	// Named returns the name by which findings call the file at a path: that of
	// the document in which it stands. nil where that is the path.
	Named func(path string) string
	// Same returns what tells whether two paths are one file. nil where each path
	// is a file.
	Same func(path string) string
	// Others are the front ends by which files of other languages are read that the
	// model imports.
	Others []*End
	// Env are the values of environment variables that a configuration may ask for.
	Env map[string]string
	// Profile is the version of the proxy that runs a configuration; nil where nothing
	// says it.
	Profile *flow.Profile
}

// Model is a model as a front end read it. Its functions may be called more
// than once.
type Model struct {
	Name     string         // the entry file's name without folder and extension: "reencrypt"
	Sources  []*source.File // that it was read from, the entry file first
	Findings diag.List      // what is wrong with the texts, in order
	Asks     bool           // the entry file states a request
	Partial  bool           // more is wrong with the texts than the findings say: there are too many
	// Draft returns what the texts state, and what is wrong with that before any
	// name is looked up. The error is that of a context which ended.
	Draft func(context.Context) (*flow.Draft, diag.List, error)
	// Torn returns the statements of which, with what is found to be broken, it is
	// not known what they state.
	Torn func(broken []source.Span) Torn
	// Advise renders the suggestions of findings about the topology that the draft
	// became, in the words of the language: as their help, and as their fix where
	// that is safe. nil where the language has no words for them.
	Advise func(*flow.Topology, diag.List)
	// Judge returns what the rules found, less what findings of the texts explain, and
	// with the differences between the topology and what the texts say about it. nil where
	// they say nothing about it.
	Judge func(*flow.Topology, diag.List) diag.List
	// Comments returns the comments in which findings can be answered for.
	Comments func() []suppress.Comment
	// Objects returns what findings are about, by the names that a file of waivers has for
	// it. nil where nothing has a name.
	Objects func() []suppress.Object
	// Declarations returns the pieces of text that can be shown by themselves,
	// in order.
	Declarations func() []Declaration
}

// Torn is the statements of a broken text of which it is not known what they
// state.
type Torn struct {
	Places []source.Span
	// Ports are those of the places, in a proxy that stands for the rest, in which
	// it may state ports.
	Ports []source.Span
	// Reach are those in which it may state the zones that it is reached from.
	Reach []source.Span
	// Everything says that of some it is not even known what they declare: so it
	// may always say of a broken text.
	Everything bool
}

// Declaration is one declaration of a text.
type Declaration struct {
	Name  string   // as a reader finds it: "route shop"
	Words []string // with which it begins, without quotes
	At    source.Span
}
