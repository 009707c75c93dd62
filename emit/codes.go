package emit

import "github.com/flowc-lang/flowc/diag"

const (
	codeMermaidLimit   = diag.Code("FL911")
	codeLayoutLimit    = diag.Code("FL912")
	codeLayoutDeadline = diag.Code("FL913")
	codePageLimit      = diag.Code("FL914")
)

// Codes lists what a format may find of a picture, in order.
var Codes = []diag.CodeDoc{
	{Code: codeMermaidLimit, Name: "mermaid-limit", Severity: diag.Error, Doc: "a picture is larger than Mermaid can draw"},
	{Code: codeLayoutLimit, Name: "layout-limit", Severity: diag.Error, Doc: "a picture has more boxes or arrows than flowc passes to Graphviz"},
	{Code: codeLayoutDeadline, Name: "layout-deadline", Severity: diag.Error, Doc: "Graphviz takes too long to lay out a picture"},
	{Code: codePageLimit, Name: "page-limit", Severity: diag.Error, Doc: "a picture is too large for a PNG or PDF"},
}
