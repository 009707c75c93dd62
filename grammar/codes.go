package grammar

import "github.com/flowc-lang/flowc/diag"

const (
	codeNotText = diag.Code("FL001")
	codeStrange = diag.Code("FL002")
	codeQuote   = diag.Code("FL003")
	codeEscape  = diag.Code("FL004")
	codeBrace   = diag.Code("FL005")
	codeLine    = diag.Code("FL006")
	codeParen   = diag.Code("FL007")
	codeComma   = diag.Code("FL008")
	codeShape   = diag.Code("FL009")

	codeUnknown  = diag.Code("FL101")
	codePlace    = diag.Code("FL102")
	codeTwice    = diag.Code("FL103")
	codeMissing  = diag.Code("FL104")
	codeExtra    = diag.Code("FL105")
	codeArgument = diag.Code("FL106")
	codeBlock    = diag.Code("FL107")

	codeTooLarge     = diag.Code("FL901")
	codeTooDeep      = diag.Code("FL902")
	codeTooManyWords = diag.Code("FL903")
	codeTooMany      = diag.Code("FL904")
)

// Codes lists what Parse reports, in order.
var Codes = []diag.CodeDoc{
	{Code: codeNotText, Name: "not-text", Severity: diag.Error, Doc: "the file is not UTF-8 text"},
	{Code: codeStrange, Name: "strange-character", Severity: diag.Error, Doc: "a control character or an invisible one stands where a blank was meant"},
	{Code: codeQuote, Name: "quote", Severity: diag.Error, Doc: "a quote is not closed, or not set off by blanks"},
	{Code: codeEscape, Name: "escape", Severity: diag.Error, Doc: "a backslash in quotes is followed by something else than a quote, a backslash or an n"},
	{Code: codeBrace, Name: "brace", Severity: diag.Error, Doc: "a brace is not balanced, or stands where no block can"},
	{Code: codeLine, Name: "two-on-a-line", Severity: diag.Error, Doc: "two statements stand on one line"},
	{Code: codeParen, Name: "parenthesis", Severity: diag.Error, Doc: "a parenthesis is not balanced, or stands where no values can"},
	{Code: codeComma, Name: "comma", Severity: diag.Error, Doc: "a comma has nothing before or behind it"},
	{Code: codeShape, Name: "no-statement", Severity: diag.Error, Doc: "a line is no statement: it does not begin with a word"},
	{Code: codeUnknown, Name: "unknown-statement", Severity: diag.Error, Doc: "a statement that the language does not have"},
	{Code: codePlace, Name: "misplaced-statement", Severity: diag.Error, Doc: "a statement stands where it means nothing"},
	{Code: codeTwice, Name: "stated-twice", Severity: diag.Error, Doc: "something that can be stated once is stated twice"},
	{Code: codeMissing, Name: "missing-argument", Severity: diag.Error, Doc: "a statement lacks an argument"},
	{Code: codeExtra, Name: "extra-argument", Severity: diag.Error, Doc: "a statement has an argument too many"},
	{Code: codeArgument, Name: "wrong-argument", Severity: diag.Error, Doc: "an argument is not of the kind that stands there"},
	{Code: codeBlock, Name: "unwanted-block", Severity: diag.Error, Doc: "a statement has a block that takes none"},
	{Code: codeTooLarge, Name: "too-large", Severity: diag.Error, Doc: "the file is larger than flowc reads"},
	{Code: codeTooDeep, Name: "too-deep", Severity: diag.Error, Doc: "blocks are nested deeper than flowc reads"},
	{Code: codeTooManyWords, Name: "too-many-words", Severity: diag.Error, Doc: "the file has more words than flowc reads"},
	{Code: codeTooMany, Name: "too-many-errors", Severity: diag.Error, Doc: "the file has more errors than are listed"},
}
