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

// CodeDoc says in one line what a finding with the code is about.
type CodeDoc struct {
	Code diag.Code
	Doc  string
}

// Codes lists what Parse reports, in order.
var Codes = []CodeDoc{
	{codeNotText, "the file is not UTF-8 text"},
	{codeStrange, "a control character or an invisible one stands where a blank was meant"},
	{codeQuote, "a quote is not closed, or not set off by blanks"},
	{codeEscape, "a backslash in quotes is followed by something else than a quote, a backslash or an n"},
	{codeBrace, "a brace is not balanced, or stands where no block can"},
	{codeLine, "two statements stand on one line"},
	{codeParen, "a parenthesis is not balanced, or stands where no values can"},
	{codeComma, "a comma has nothing before or behind it"},
	{codeShape, "a line is no statement: it does not begin with a word"},
	{codeUnknown, "a statement that the language does not have"},
	{codePlace, "a statement stands where it means nothing"},
	{codeTwice, "something that can be stated once is stated twice"},
	{codeMissing, "a statement lacks an argument"},
	{codeExtra, "a statement has an argument too many"},
	{codeArgument, "an argument is not of the kind that stands there"},
	{codeBlock, "a statement has a block that takes none"},
	{codeTooLarge, "the file is larger than flowc reads"},
	{codeTooDeep, "blocks are nested deeper than flowc reads"},
	{codeTooManyWords, "the file has more words than flowc reads"},
	{codeTooMany, "the file has more errors than are listed"},
}
