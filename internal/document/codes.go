package document

import "github.com/flowc-lang/flowc/diag"

const (
	codeMarker     = diag.Code("FL930")
	codeAttribute  = diag.Code("FL931")
	codeUnreadable = diag.Code("FL932")
)

// Codes lists what Parse reports.
var Codes = []diag.CodeDoc{
	{Code: codeMarker, Name: "region-marker", Severity: diag.Error, Doc: "the markers of a region in a document do not pair: one is missing, repeated, misspelled or in the wrong place"},
	{Code: codeAttribute, Name: "region-attribute", Severity: diag.Error, Doc: "a marker or a fence of a document has an attribute that flowc does not know, or with a wrong value"},
	{Code: codeUnreadable, Name: "unreadable-document", Severity: diag.Error, Doc: "a document cannot be read"},
}
