package docs

import "github.com/flowc-lang/flowc/diag"

// The findings that a document meets while it is filled. document.Codes
// describes them.
const (
	codeAttribute = diag.Code("FL931") // as document's: the value is wrong
	codeUndrawn   = diag.Code("FL933")
	codeExpected  = diag.Code("FL934")
	codeEdited    = diag.Code("FL935")
	codeStale     = diag.Code("FL936")
	codePicture   = diag.Code("FL937")
)
