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

// Codes lists the findings of this package in the order of their codes.
var Codes = []diag.CodeDoc{
	{Code: codeUnknown, Name: "unknown-name", Severity: diag.Error, Doc: "a name that nothing declares"},
	{Code: codeDuplicate, Name: "declared-twice", Severity: diag.Error, Doc: "something declared or stated twice"},
	{Code: codeCase, Name: "differs-in-case", Severity: diag.Error, Doc: "two names that differ only in case"},
	{Code: codeWrongKind, Name: "wrong-kind", Severity: diag.Error, Doc: "a name of the wrong kind, such as a backend where a proxy is wanted"},
	{Code: codeProxyCycle, Name: "proxy-cycle", Severity: diag.Error, Doc: "a chain of proxies that points back to itself"},
	{Code: codeRequestCycle, Name: "request-cycle", Severity: diag.Error, Doc: "requests that come after themselves"},
	{Code: codePort, Name: "no-such-port", Severity: diag.Error, Doc: "a port on which the proxy does not listen"},
	{Code: codeNoVia, Name: "unclear-way", Severity: diag.Error, Doc: "a request of which it is not clear to which proxy it goes"},
	{Code: codeNoDomain, Name: "no-domain", Severity: diag.Error, Doc: "a subdomain on a proxy that has no domain"},
	{Code: codeMissing, Name: "missing-statement", Severity: diag.Error, Doc: "a declaration without a statement that it needs"},
	{Code: codeExclusive, Name: "exclusive-statements", Severity: diag.Error, Doc: "two statements of which only one can be"},
	{Code: codeTooMany, Name: "too-many-names", Severity: diag.Error, Doc: "more findings of this package than are listed"},
	{Code: codeForm, Name: "malformed-tree", Severity: diag.Error, Doc: "a word that does not fit where it stands, in a syntax tree that was not parsed from text"},
}
