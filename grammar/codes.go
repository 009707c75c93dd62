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
	{Code: codeStrange, Name: "strange-character", Severity: diag.Error, Doc: "a control character, one that changes the order in which a text is shown, or an invisible one"},
	{Code: codeQuote, Name: "quote", Severity: diag.Error, Doc: "a quote is not closed, or has no blank before or after it"},
	{Code: codeEscape, Name: "escape", Severity: diag.Error, Doc: "a backslash in quotes is not followed by a quote, a backslash or an n"},
	{Code: codeBrace, Name: "brace", Severity: diag.Error, Doc: "a brace is not balanced, or is at a place where no block is allowed"},
	{Code: codeLine, Name: "two-on-a-line", Severity: diag.Error, Doc: "two statements on one line"},
	{Code: codeParen, Name: "parenthesis", Severity: diag.Error, Doc: "a parenthesis is not balanced, or is at a place where no list of values is allowed"},
	{Code: codeComma, Name: "comma", Severity: diag.Error, Doc: "a comma without a value before or after it"},
	{Code: codeShape, Name: "no-statement", Severity: diag.Error, Doc: "a line that does not start with a word, so it is no statement"},
	{Code: codeUnknown, Name: "unknown-statement", Severity: diag.Error, Doc: "a statement that does not exist in the language"},
	{Code: codePlace, Name: "misplaced-statement", Severity: diag.Error, Doc: "a statement in a block that does not allow it"},
	{Code: codeTwice, Name: "stated-twice", Severity: diag.Error, Doc: "a statement that is allowed once is stated twice"},
	{Code: codeMissing, Name: "missing-argument", Severity: diag.Error, Doc: "a statement without an argument that it needs"},
	{Code: codeExtra, Name: "extra-argument", Severity: diag.Error, Doc: "a statement with an argument too many"},
	{Code: codeArgument, Name: "wrong-argument", Severity: diag.Error, Doc: "an argument with an invalid value"},
	{Code: codeBlock, Name: "unwanted-block", Severity: diag.Error, Doc: "a block at a statement that has none"},
	{Code: codeTooLarge, Name: "too-large", Severity: diag.Error, Doc: "the file is larger than the limit"},
	{Code: codeTooDeep, Name: "too-deep", Severity: diag.Error, Doc: "blocks are nested deeper than the limit"},
	{Code: codeTooManyWords, Name: "too-many-words", Severity: diag.Error, Doc: "the file has more words than the limit"},
	{Code: codeTooMany, Name: "too-many-errors", Severity: diag.Error, Doc: "the file has more errors than flowc lists"},
}
