package document

import "github.com/flowc-lang/flowc/diag"

const (
	codeMarker     = diag.Code("FL930")
	codeAttribute  = diag.Code("FL931")
	codeUnreadable = diag.Code("FL932")
)

// Codes lists what can be wrong with a document: with its markers, which Parse
// reports, and with what is to stand between them.
var Codes = []diag.CodeDoc{
	{Code: codeMarker, Name: "region-marker", Severity: diag.Error, Doc: "the markers of a region in a document do not pair: one is missing, repeated, misspelled or in the wrong place"},
	{Code: codeAttribute, Name: "region-attribute", Severity: diag.Error, Doc: "a marker or a fence of a document has an attribute that flowc does not know, or one with a wrong value"},
	{Code: codeUnreadable, Name: "unreadable-document", Severity: diag.Error, Doc: "a document is not UTF-8 text"},
	{Code: "FL933", Name: "undrawn-region", Severity: diag.Error, Doc: "what a region or a fence of a document shows cannot be made: its model has errors, or its command fails"},
	{Code: "FL934", Name: "expected-error", Severity: diag.Error, Doc: "a fence or a region that must show an error shows none, or another one"},
	{Code: "FL935", Name: "edited-region", Severity: diag.Error, Doc: "a region holds what flowc did not write, or its picture would take the place of another file; flowc writes over it only with --force"},
	{Code: "FL936", Name: "stale-region", Severity: diag.Error, Doc: "a region of a document is not what flowc writes now"},
	{Code: "FL937", Name: "stale-linked-picture", Severity: diag.Error, Doc: "a picture that a region links is missing, or is not what flowc draws now"},
}
