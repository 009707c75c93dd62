package flow

import "github.com/flowc-lang/flowc/source"

// Mistake is a mistake in the names or the structure of a draft, as data. check puts it into
// words, the same ones for every front end. The kind decides which of the fields after Related are
// set.
type Mistake struct {
	Kind    MistakeKind
	At      source.Span // the smallest place that is wrong
	Related source.Span // of what it contradicts, zero for none

	Decl       string      // the declaration that has the mistake
	Name       string      // the name or word in question
	Is         DeclKind    // what Name is
	Was        DeclKind    // what Name already is
	Wanted     []DeclKind  // what Name should be one of
	Candidates []Candidate // the names that would have been right
	Names      []string    // the declarations that take part
	Ports      []int       // on which a proxy should listen
	Listens    []int       // on which it does
	Whole      source.Span // the statement that is one too many
	Same       bool        // it states what was already stated
	PartOfName bool        // Name is a part of the name of its declaration
	ByDomain   bool        // several proxies have the domain of the host
	What       string      // what a declaration says, in words: "number of retries"
	Count      int
}

// Candidate is a name that is declared, and where.
type Candidate struct {
	Name string
	At   source.Span
}

// MistakeKind is a kind of Mistake.
type MistakeKind int

// The kinds of mistakes, and the fields that they have.
const (
	// MistakeUnknown is a Name that nothing declares: Wanted, Candidates.
	MistakeUnknown MistakeKind = iota + 1
	// MistakeUnknownParty is an outcome from a party that does not exist: Name, Candidates.
	MistakeUnknownParty
	// MistakeUnknownDrawn is a view of nothing there is: Name, Candidates.
	MistakeUnknownDrawn
	// MistakeUnknownPlace is a view around nothing there is: Name, Candidates.
	MistakeUnknownPlace
	// MistakeAddress is an address as the Name of a target: Wanted, and Ports with its port or 0.
	MistakeAddress
	// MistakeName is a Name that no declaration of the kind Is can have.
	MistakeName
	// MistakeDeclaredTwice is a Name that Is one declaration and Was another.
	MistakeDeclaredTwice
	// MistakeCase are two Names that differ only in case.
	MistakeCase
	// MistakeWrongKind is a Name that Is not what is Wanted.
	MistakeWrongKind
	// MistakeSeveralServers is the Name of Count servers: Names, with their backends.
	MistakeSeveralServers
	// MistakeBackendAnswers is an outcome from a backend: Name.
	MistakeBackendAnswers
	// MistakeBackendPort is a port of a backend: Name.
	MistakeBackendPort
	// MistakeLinkToItself is a link from a zone to itself: Name.
	MistakeLinkToItself
	// MistakeLinkTwice is a second link between two zones: Names, Whole, Same.
	MistakeLinkTwice
	// MistakeLabelTwice is a second label of a key: Name.
	MistakeLabelTwice
	// MistakeTargetTwice is a route, Decl, with a second target: Name.
	MistakeTargetTwice
	// MistakeHostAndSubdomain is a route, Decl, with both.
	MistakeHostAndSubdomain
	// MistakeHostTwice is a route, Decl, with a host that it has already: Name.
	MistakeHostTwice
	// MistakeCondition is a route, Decl, with a condition on What, Name, that is none.
	MistakeCondition
	// MistakeNoTarget is a route, Decl, without a target.
	MistakeNoTarget
	// MistakeTwoActions is a route, Decl, that states two of to, answer and redirect: Names.
	MistakeTwoActions
	// MistakeServersAndNone is a backend, Decl, said to have servers and none.
	MistakeServersAndNone
	// MistakeOtherPort is a call to another port than the first: Name, its scheme, and Ports.
	MistakeOtherPort
	// MistakeNoPort is a proxy, Name, without one of Ports: Listens.
	MistakeNoPort
	// MistakeNoPortOfRoute is the same, where Ports are those of the route.
	MistakeNoPortOfRoute
	// MistakeNoDomain is a proxy, Decl, without a domain for a subdomain: Name.
	MistakeNoDomain
	// MistakeProxyCircle are proxies that point in a circle: Names, the first once more at the end.
	MistakeProxyCircle
	// MistakeRequestCircle are requests that come after each other in a circle: Names, likewise.
	MistakeRequestCircle
	// MistakeNothingAsked is a request, Decl, without a call.
	MistakeNothingAsked
	// MistakeProxyAsks is a request from a proxy, Name, that is no health check.
	MistakeProxyAsks
	// MistakeClientChecks is a health check from a client: Name.
	MistakeClientChecks
	// MistakeCheckAsks is a health check with a call.
	MistakeCheckAsks
	// MistakeNotChecked is a health check of a backend, Name, that does not say how it is checked.
	MistakeNotChecked
	// MistakeCheckFrom is a health check, Decl, from one of several proxies: Names.
	MistakeCheckFrom
	// MistakeUnclearWay is a request, Decl, that could go to several proxies: Names, ByDomain.
	MistakeUnclearWay
	// MistakeValue is a value, Name, that no What of a declaration, Decl, has.
	MistakeValue
	// MistakeTooMany are Count mistakes that are not listed.
	MistakeTooMany
)
