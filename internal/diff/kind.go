package diff

// Grade is how much a difference matters.
type Grade int

// The grades, the mildest first.
const (
	Safe     Grade = iota + 1 // no request has another outcome, protection or readers
	Risky                     // it changes one of these, or whom a request goes to
	Breaking                  // what worked fails, or what was protected is not
)

// String returns the word of the JSON contract.
func (g Grade) String() string {
	switch g {
	case Safe:
		return "safe"
	case Risky:
		return "risky"
	case Breaking:
		return "breaking"
	}
	panic("diff: unknown grade")
}

// Grades lists the grades, the gravest first.
var Grades = []Grade{Breaking, Risky, Safe}

// Kind is what a difference is about.
type Kind int

// The kinds of differences.
const (
	Fails        Kind = iota + 1 // what succeeded fails
	Plaintext                    // a hop that was TLS is plaintext
	Unverified                   // an end does not verify the other one any more
	Reads                        // a party or a network reads what it did not read
	Uncertified                  // what required a client certificate does not, or can be reached past it
	Opened                       // clients that were refused get in
	Closed                       // clients are refused that no model states, or the new one does not
	Mended                       // what failed succeeds
	FailsOther                   // it fails in another way
	Answers                      // another success: a redirect in place of a response
	Goes                         // to other servers
	Way                          // over other proxies
	Encrypted                    // a hop that was plaintext is TLS
	Verified                     // an end verifies what it did not, or others
	ReadsLess                    // a party or a network reads less
	Shows                        // the SNI, a certificate or the client's address can be read elsewhere
	Session                      // other terms of a TLS session
	Sends                        // servers are sent something else
	Shares                       // targets get other shares of the requests
	Shared                       // a rule finds a way that no path shows: coalescing, shadowing, ownership
	Unsaid                       // a statement that flowc does not model, and that may change where a request goes
	Unshared                     // a rule finds such a way no more
	Added                        // something is served that nobody was served before
	UnsaidDetail                 // a statement that flowc does not model: a detail
	UnsaidIdle                   // one without effect on what is modelled
	Stated                       // facts that change nothing of this
)

// kinds is what is said of each kind.
var kinds = [...]struct {
	word  string // of the JSON contract
	grade Grade
	text  string // what happened
}{
	Fails:        {"fails", Breaking, "fails"},
	Plaintext:    {"plaintext", Breaking, "a hop became plaintext"},
	Unverified:   {"unverified", Breaking, "verification went"},
	Reads:        {"reads", Breaking, "somebody else can read"},
	Uncertified:  {"uncertified", Breaking, "the client certificate is not needed"},
	Opened:       {"opened", Breaking, "clients get in that were refused"},
	Closed:       {"closed", Risky, "clients are refused that got in"},
	Mended:       {"mended", Risky, "no longer fails"},
	FailsOther:   {"fails-otherwise", Risky, "fails in another way"},
	Answers:      {"answer", Risky, "another answer"},
	Goes:         {"server", Risky, "goes to other servers"},
	Way:          {"way", Risky, "takes another way"},
	Encrypted:    {"encrypted", Risky, "a hop became TLS"},
	Verified:     {"verified", Risky, "other verification"},
	ReadsLess:    {"reads-less", Risky, "fewer can read"},
	Shows:        {"shows", Risky, "names and addresses are seen elsewhere"},
	Session:      {"session", Risky, "other terms of a session"},
	Sends:        {"request", Risky, "servers are sent something else"},
	Shares:       {"shares", Risky, "its targets get other shares of the requests"},
	Shared:       {"finding", Risky, "a rule finds"},
	Unsaid:       {"not-modelled", Risky, "not modelled, may change where a request goes"},
	Unshared:     {"finding-gone", Safe, "a rule finds no more"},
	Added:        {"added", Safe, "is served, and was not before"},
	UnsaidDetail: {"detail-not-modelled", Safe, "a detail that is not modelled"},
	UnsaidIdle:   {"no-effect", Safe, "no effect on the topology"},
	Stated:       {"stated", Safe, "changes no outcome, protection or readers"},
}

// String returns the word of the JSON contract.
func (k Kind) String() string { return kinds[k].word }

// Grade is how much a difference of the kind matters.
func (k Kind) Grade() Grade { return kinds[k].grade }

// Text says what happened.
func (k Kind) Text() string { return kinds[k].text }
