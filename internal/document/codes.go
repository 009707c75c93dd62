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
	{Code: codeMarker, Name: "region-marker", Severity: diag.Error, Doc: "the markers of a region in a document do not pair: one is missing, repeated, misspelled or in the wrong place",
		Why: "flowc fills the text between flow:begin and flow:end. If a marker is missing, or is in a place where the language of the document does not read it as a separate comment, flowc cannot know what to replace, and appending would repeat the region with every run"},
	{Code: codeAttribute, Name: "region-attribute", Severity: diag.Error, Doc: "a marker or a fence of a document has an attribute that flowc does not know, or one with a wrong value",
		Why: "an attribute that is ignored would leave another picture on the page than its author wanted"},
	{Code: codeUnreadable, Name: "unreadable-document", Severity: diag.Error, Doc: "a document is not UTF-8 text",
		Why: "flowc writes the text around regions back byte for byte, and reads it as UTF-8"},
	{Code: "FL933", Name: "undrawn-region", Severity: diag.Error, Doc: "a region or a fence cannot be drawn: its model has errors, or its command fails",
		Why: "the old picture would stay on the page and no longer be what the model says. The document is not written until the model has no error, or until error= says that the document is about that error"},
	{Code: "FL934", Name: "expected-error", Severity: diag.Error, Doc: "a fence or a region that must show an error shows no error, or another one",
		Why: "error= says that the document shows a mistake. A model that is corrected, or that breaks another rule, no longer shows it"},
	{Code: "FL935", Name: "edited-region", Severity: diag.Error, Doc: "a region has text that flowc did not write, or its picture would replace another file; flowc overwrites both only with --force",
		Why: "the marker holds a checksum of what flowc wrote, and so does a picture. Where it does not match, somebody changed the text, and writing over it would lose that change"},
	{Code: "FL936", Name: "stale-region", Severity: diag.Error, Doc: "a region of a document differs from what flowc writes now",
		Why: "the model, the command or flowc changed since the region was filled, so the page shows an old state"},
	{Code: "FL937", Name: "stale-linked-picture", Severity: diag.Error, Doc: "a picture that a region links is missing, or differs from what flowc draws now",
		Why: "the model, the command or flowc changed since the picture was drawn, or the picture was deleted: the page links an old state, or nothing"},
}
