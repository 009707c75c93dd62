package haproxycfg

import "github.com/flowc-lang/flowc/diag"

// Code is a code of what is wrong with the text of a configuration.
type Code diag.Code

// The codes of this package.
const (
	FaultSyntax    Code = "FL801"
	FaultKeyword   Code = "FL802"
	FaultValue     Code = "FL803"
	FaultUnknown   Code = "FL804"
	FaultVariable  Code = "FL805"
	FaultFile      Code = "FL806"
	FaultTwice     Code = "FL807"
	FaultCondition Code = "FL808"
	FaultMode      Code = "FL809"
)

// Codes documents them.
var Codes = []diag.CodeDoc{
	{
		Code: diag.Code(FaultSyntax), Name: "haproxy-line", Severity: diag.Error,
		Doc: "a text is not a HAProxy configuration, or a line of it is not well formed: a quote is open, an escape is incomplete, or there are more than 64 words",
		Why: "HAProxy refuses the configuration (HAProxy configuration manual, 2.2, quoting and escaping)",
	},
	{
		Code: diag.Code(FaultKeyword), Name: "haproxy-keyword", Severity: diag.Error,
		Doc: "HAProxy has no such section, keyword, option or action, or it does not belong in this section, or a later version has it no more",
		Why: "HAProxy refuses the configuration (HAProxy configuration manual, 4.1, proxy keywords matrix). Of what it ignores in a section, and of what only some versions refuse, this is a warning",
	},
	{
		Code: diag.Code(FaultValue), Name: "haproxy-value", Severity: diag.Error,
		Doc: "a keyword of a HAProxy configuration lacks an argument, or has one that it does not take",
		Why: "HAProxy refuses the configuration. Where it takes the value, and not as it looks, this is a warning that says how",
	},
	{
		Code: diag.Code(FaultUnknown), Name: "haproxy-name", Severity: diag.Error,
		Doc: "a HAProxy configuration uses a backend, an ACL, a defaults section, a userlist, a resolvers section or a server that it does not have, or has further below",
		Why: "HAProxy refuses the configuration: it reads from top to bottom",
	},
	{
		Code: diag.Code(FaultVariable), Name: "haproxy-variable", Severity: diag.Error,
		Doc: "an environment variable has no value, or a placeholder of a template is not filled in",
		Why: "What the line says is not known. flowc reads no environment: --env NAME=VALUE gives a value, and so do presetenv and setenv in the global section (HAProxy configuration manual, 2.3)",
	},
	{
		Code: diag.Code(FaultFile), Name: "haproxy-file", Severity: diag.Error,
		Doc: "a file that a HAProxy configuration names cannot be read",
		Why: "A map or a list of patterns decides which backend a request goes to. Without it the routes are not known. Of a certificate, a page or a script whose path is relative this is a warning: HAProxy refuses the configuration where it cannot read them",
	},
	{
		Code: diag.Code(FaultTwice), Name: "haproxy-twice", Severity: diag.Error,
		Doc: "two sections or two servers of a HAProxy configuration have one name, or two lines bind one address",
		Why: "HAProxy refuses two sections of a kind and two servers of a backend with one name (HAProxy configuration manual, 4)",
	},
	{
		Code: diag.Code(FaultCondition), Name: "haproxy-condition", Severity: diag.Error,
		Doc: "a condition of a HAProxy configuration, .if or behind if and unless, is not well formed",
		Why: "HAProxy refuses the configuration (HAProxy configuration manual, 2.4 and 7)",
	},
	{
		Code: diag.Code(FaultMode), Name: "haproxy-mode", Severity: diag.Error,
		Doc: "a frontend of mode http sends to a backend of mode tcp, or one that relays TLS to a backend of mode http",
		Why: "A backend of mode http behind a frontend of mode tcp reads what comes as HTTP: a ClientHello gets a plaintext 400, and a request is served. HAProxy refuses a tcp backend behind an http frontend, and says nothing where a map names the backend (measured with 2.6.12 and 3.2)",
	},
}
