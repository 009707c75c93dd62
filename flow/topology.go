// Package flow is the waist of flowc: what a front end states goes in as a
// Draft, a Topology comes of it (Complete), and of that what really happens on
// its wires (Derive). It knows no syntax, no rule and no picture.
package flow

import "github.com/flowc-lang/flowc/source"

// Topology is a model in which every name is a pointer and every default is
// filled in. All slices are in the order of declaration. Complete makes every
// one, and then it is immutable.
type Topology struct {
	Name  string // the entry file's name without folder and ".flow": "reencrypt"
	Title string
	Date  string // "2026-11-01", or "" where no date is stated: every certificate is valid

	Zones        []*Zone
	Links        []*Link
	CAs          []*CA
	Certificates []*Certificate
	Namespaces   []*Namespace
	Clients      []*Client
	Proxies      []*Proxy
	Backends     []*Backend
	Routes       []*Route // of all proxies
	Requests     []*Request
	Views        []*ViewSpec

	Assumed    []Assumption // what was supplied or defaulted for the model as a whole
	Unmodelled []Unmodelled // what a front end read and could not express

	// Unresolved are the places of names that nothing declares as far as is known:
	// what could not be read may do it.
	Unresolved []source.Span

	into    map[*Proxy][]*Route // see index
	ups     map[*Proxy][]*Proxy
	domains map[string]*domainIndex
	outer   []*Proxy // that no route leads to
}

// Decl is what every declaration has: its name and label, where it comes from,
// the place of its name and that of the whole of it. Both places are zero where
// no text has it.
type Decl struct {
	Name   string
	Label  string // "" where none is stated; see Title
	Origin Origin // stated, imported or supplied; in a Draft, none is stated
	At     source.Span
	Whole  source.Span
}

// Title is the label, or else the name.
func (d *Decl) Title() string {
	if d.Label != "" {
		return d.Label
	}
	return d.Name
}

// Supplied reports whether flowc supplied the declaration.
func (d *Decl) Supplied() bool { return d.Origin == OriginSupplied }

// Imported reports whether a file declares it that the model imports.
func (d *Decl) Imported() bool { return d.Origin == OriginImported }

// Trust is whether a zone or link is stated as trusted.
type Trust int

// The values of Trust.
const (
	TrustUnstated Trust = iota
	Trusted
	Untrusted
)

// Zone is a place: zone internet untrusted.
type Zone struct {
	Decl
	Trust Fact[Trust]
}

// Link is the network between two zones: link dmz cluster untrusted.
type Link struct {
	A, B  *Zone
	Trust Fact[Trust]
	At    source.Span
}

// CA signs certificates. A private one is trusted only where trust names it.
type CA struct {
	Decl
	Private Fact[bool]
	Is      string // what tells it from others, whatever it is called: a file, a digest; "" where nothing does
}

// Certificate is a certificate with its stated facts. A fact that is not stated matches
// everything: Names nil covers every name, and Issuer nil is trusted by every client.
type Certificate struct {
	Decl
	CertificateFacts
	Issuer Fact[*CA]
}

// CertificateFacts are the facts of a certificate that name nothing else.
type CertificateFacts struct {
	Names    []Fact[string]
	Valid    Fact[bool] // whether a validity is stated
	From, To string     // "2026-01-01", inclusive; "" open
}

// Namespace is a Kubernetes namespace with its labels.
type Namespace struct {
	Decl
	Labels []Label
}

// Label is one K=V pair.
type Label struct {
	Key, Value string
	At         source.Span
}

// ViewSpec is view NAME KIND: a picture worth keeping under its own name.
type ViewSpec struct {
	Decl
	ViewFacts
	Of     []*Request
	Only   []string
	Around []string
}

// ViewFacts are the facts of a view that name nothing else.
type ViewFacts struct {
	Kind     string
	Show     []string
	Collapse []string
	Theme    string // "" for none
	Width    int    // in pixels; 0 for none
}
