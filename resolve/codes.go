package resolve

import "github.com/flowc-lang/flowc/diag"

// The findings of this package, FL120 to FL199. Each of them means that the
// model does not say what its author meant, so no picture is drawn of it.
const (
	codeUnknown   diag.Code = "FL120" // a name that nothing declares
	codeDuplicate diag.Code = "FL121" // declared or stated twice
	codeCase      diag.Code = "FL122" // two names that differ only in case
	codeWrongKind diag.Code = "FL123" // a name of another kind: a backend where a proxy is wanted

	codeProxyCycle   diag.Code = "FL130" // proxies that point back to themselves
	codeRequestCycle diag.Code = "FL131" // requests that come after themselves
	codePort         diag.Code = "FL132" // a port on which a proxy does not listen
	codeNoVia        diag.Code = "FL133" // a request of which it is not clear where it goes
	codeNoDomain     diag.Code = "FL134" // a subdomain on a proxy without a domain
	codeMissing      diag.Code = "FL135" // a declaration without what it cannot do without
	codeExclusive    diag.Code = "FL136" // two statements of which only one can be

	codeTooMany diag.Code = "FL198" // more findings than are listed
	codeForm    diag.Code = "FL199" // a word that the grammar would not have let through
)

// Code is one kind of finding.
type Code struct {
	Code diag.Code
	Doc  string // one line
}

// Codes lists the findings of this package in the order of their codes.
var Codes = []Code{
	{codeUnknown, "a name that nothing declares"},
	{codeDuplicate, "something declared or stated twice"},
	{codeCase, "two names that differ only in case"},
	{codeWrongKind, "a name of the wrong kind, such as a backend where a proxy is wanted"},
	{codeProxyCycle, "a chain of proxies that points back to itself"},
	{codeRequestCycle, "requests that come after themselves"},
	{codePort, "a port on which the proxy does not listen"},
	{codeNoVia, "a request of which it is not clear to which proxy it goes"},
	{codeNoDomain, "a subdomain on a proxy that has no domain"},
	{codeMissing, "a declaration without a statement that it needs"},
	{codeExclusive, "two statements of which only one can be"},
	{codeTooMany, "more findings of this package than are listed"},
	{codeForm, "a word that does not fit where it stands, in a syntax tree that was not parsed from text"},
}
