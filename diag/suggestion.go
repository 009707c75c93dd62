package diag

import "github.com/flowc-lang/flowc/source"

// Suggestion is one way to remove the cause of a finding: steps that belong together. It is data
// without words of a language: a front end renders it in its own language, as words and as edits.
type Suggestion struct {
	Steps []Step
	// If is a condition that the model does not state and that must hold for the
	// steps to be right, in plain words: "its servers do"; "" for none.
	If string
	// Why says what the steps achieve or what they rest on, in plain words; ""
	// where they speak for themselves.
	Why string
	// Safe says that the steps cannot change what the model means: they may be
	// applied without asking.
	Safe bool
}

// Action is what a step does.
type Action int

// The actions of a step.
const (
	Declare Action = iota + 1 // a new declaration, with the facts of With
	Add                       // a fact to a declaration, or to a part of it
	Change                    // a fact that is stated
	Remove                    // a fact that is stated, or a whole declaration
)

// Step is one change of a model.
type Step struct {
	Do    Action
	In    Place       // the declaration, or the part of it, that changes
	Fact  Fact        // "" for the declaration as a whole
	Was   []string    // what is stated today: of Change and Remove
	Value []string    // what is to be stated: of Add and Change
	At    source.Span // where that stands today
	With  []Setting   // what a new declaration states
}

// Setting is one fact of a new declaration.
type Setting struct {
	Fact  Fact
	Value []string
	With  []Setting // what stands within it: of a route's mode, what its sessions state
}

// Place is a declaration, or a part of one.
type Place struct {
	Kind Kind
	Name string
	Part Part
	Key  string      // of a part: the port ":443", the server's name, the target's name
	At   source.Span // where the declaration stands; zero where no text has it
	// PartAt is where the part stands; zero where there is none, or no text of it.
	PartAt source.Span
}

// Kind is a kind of declaration.
type Kind string

// The kinds of declaration.
const (
	KindModel       Kind = "model" // what stands outside of all declarations
	KindZone        Kind = "zone"
	KindLink        Kind = "link" // its name is those of its zones
	KindCertificate Kind = "certificate"
	KindNamespace   Kind = "namespace"
	KindClient      Kind = "client"
	KindProxy       Kind = "proxy"
	KindBackend     Kind = "backend"
	KindRoute       Kind = "route"
	KindRequest     Kind = "request"
)

// Part is a part of a declaration.
type Part string

// The parts of declarations.
const (
	PartNone     Part = ""
	PartListener Part = "listener" // a port of a proxy
	PartUpstream Part = "upstream" // the session that a proxy opens for a route
	PartServing  Part = "serving"  // what the servers of a backend speak
	PartServer   Part = "server"   // one server of a backend
	PartTarget   Part = "target"   // one target of a route
)

// Fact is a fact of a declaration, under the name that all front ends share.
type Fact string

// The facts that suggestions are about. A value has one word unless its
// comment says otherwise.
const (
	FactAcceptProxy     Fact = "accept-proxy" // no value
	FactAdmit           Fact = "admit"        // selectors of labels
	FactAdmitNamespaces Fact = "admit-namespaces"
	FactAffinity        Fact = "affinity"
	FactAllow           Fact = "allow"  // addresses and networks
	FactAnswer          Fact = "answer" // a status, or "close"
	FactALPN            Fact = "alpn"   // protocols, the preferred one first
	FactCertificate     Fact = "certificate"
	FactCertificates    Fact = "certificates"   // of who answers; the first one is the default
	FactCheck           Fact = "check"          // kind; each or "": path, SNI, "plain", port, method, "http/1.0"
	FactCheckedName     Fact = "checked-name"   // the name that the server's certificate must have
	FactClientAuth      Fact = "client-auth"    // "required" or "optional", then perhaps the CA
	FactClientOf        Fact = "client"         // who makes a request
	FactDate            Fact = "date"           // of the model
	FactDomain          Fact = "domain"         // leads to the proxy, with all names below it
	FactEarlyData       Fact = "early-data"     // no value
	FactExpect          Fact = "expect"         // an outcome: "200", "alert unknown_ca"
	FactFollow          Fact = "follow"         // no value
	FactHeader          Fact = "header-action"  // "request" or "response", "set" or "delete", name, value
	FactHost            Fact = "host"           // of a route, all of them
	FactHostField       Fact = "host-field"     // of a request
	FactHSTS            Fact = "hsts"           // a time
	FactInsecure        Fact = "insecure"       // what plaintext requests get
	FactInspectDelay    Fact = "inspect-delay"  // a time
	FactIssuer          Fact = "issuer"         // a CA
	FactLabels          Fact = "labels"         // key=value
	FactListener        Fact = "listener"       // what it speaks, then ":PORT"
	FactMatch           Fact = "match"          // perhaps "not", "header" or the like, perhaps a name, how values are compared, then the values
	FactMode            Fact = "tls-mode"       // where the client's TLS ends
	FactName            Fact = "name"           // of a declaration
	FactNames           Fact = "names"          // of a certificate
	FactPath            Fact = "path"           // of a route, perhaps after how it is compared
	FactPolicy          Fact = "policy"         // what a route promises
	FactReachableFrom   Fact = "reachable-from" // zones
	FactRedirect        Fact = "redirect"       // "location", "prefix" or "scheme", then where to
	FactRequest         Fact = "call"           // the method, then the URL
	FactRetries         Fact = "retries"
	FactRewrite         Fact = "rewrite"
	FactSendProxy       Fact = "send-proxy" // "v1" or "v2"
	FactServer          Fact = "server"     // its name, and what else is stated of it
	FactServedBy        Fact = "served-by"  // PROXY or PROXY:PORT
	FactSNI             Fact = "sni"        // what is sent; "host" for the request's host, "none" for none
	FactSNIMatch        Fact = "sni-match"  // "none" or "any"
	FactSpeaks          Fact = "speaks"     // a protocol
	FactState           Fact = "state"      // of a server that is not up
	FactStrictSNI       Fact = "strict-sni" // no value
	FactSubdomain       Fact = "subdomain"
	FactTarget          Fact = "target"    // backend or proxy
	FactTimeout         Fact = "timeout"   // kind, time
	FactTrust           Fact = "trust"     // CAs
	FactTrusted         Fact = "trusted"   // "trusted" or "untrusted"
	FactUnmatched       Fact = "unmatched" // the response for a host that no route has
	FactUpstream        Fact = "upstream"  // all that is stated of the session to the servers
	FactValid           Fact = "valid"     // FROM..TO
	FactVerify          Fact = "verify"    // "none"
	FactVersions        Fact = "tls-versions"
	FactWeight          Fact = "weight"
	FactZone            Fact = "zone" // where a declaration is

	FactWithoutCertificate Fact = "without-certificate" // a status
)

// Suggest appends ways to remove the cause of a finding.
func (d *Diagnostic) Suggest(ways ...Suggestion) { d.Suggestions = append(d.Suggestions, ways...) }
