package pipeline

import (
	"cmp"
	"slices"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/pictures"
	"github.com/flowc-lang/flowc/internal/suppress"
)

// Ranges say what the codes that begin alike are about.
var Ranges = []struct{ Prefix, About string }{
	{"FL0", "Syntax"},
	{"FL1", "Names and structure"},
	{"FL2", "TLS modes"},
	{"FL3", "Routing, and what can be seen"},
	{"FL4", "Certificates and names"},
	{"FL5", "Client certificates"},
	{"FL6", "Servers, shards, balance, timeouts"},
	{"FL7", "PROXY headers and zones"},
	{"FL9", "Limits, waivers, documents, advice"},
}

// Codes returns what findings of every phase can be about, in the order of
// their codes.
func Codes() []diag.CodeDoc {
	out := slices.Concat(check.NameCodes, suppress.Codes, emit.Codes, document.Codes, pictures.Codes)
	for _, end := range Fronts {
		out = append(out, end.Codes()...)
	}
	for _, r := range check.Rules {
		out = append(out, diag.CodeDoc{
			Code: r.Code, Name: r.Name, Severity: r.Severity, Doc: r.Doc, Why: r.Why, Wire: r.Wire, Except: r.Except,
		})
	}
	slices.SortFunc(out, func(a, b diag.CodeDoc) int { return cmp.Compare(a.Code, b.Code) })
	return out
}
