package flow

import "slices"

// Outcome is how a request ends.
type Outcome struct {
	Endings  []Ending     // several where a race decides; empty where nothing was derived
	From     *Participant // that the outcome came from; nil where nothing was derived
	Attempts int          // the most attempts that any proxy made for one request; 0: no backend was tried
	Reached  bool         // whether any backend server was connected to
	Fault    Fault        // what went wrong; FaultNone where nothing did
	Cause    *Step        // the step at which the course left the good one; nil where Fault is FaultNone
	Why      *Why         // what the fault is about; nil where Fault is FaultNone
}

// Ending is how a request can end, as its client sees it. It is one of
// Answered, Alerted, Closed, TimedOut, RedirectLoop, Passed and Unseen, and two of
// them can be compared.
type Ending interface{ ending() }

// Answered is an HTTP response.
type Answered struct{ Status int }

// Alerted is a fatal TLS alert, from either end: Outcome.From says from which.
type Alerted struct{ Alert Alert }

// Closed is the end of the connection without an answer.
type Closed struct{}

// TimedOut is the outcome of a client that gets no response.
type TimedOut struct{}

// RedirectLoop is the outcome of a client that follows redirects and is sent back to a URL that it
// has requested before: browsers give up after about twenty, ERR_TOO_MANY_REDIRECTS.
type RedirectLoop struct{}

// Passed is a health check that needs no answer.
type Passed struct{}

// Unseen is an outcome that a capture does not show.
type Unseen struct{}

func (Answered) ending()     {}
func (Alerted) ending()      {}
func (Closed) ending()       {}
func (TimedOut) ending()     {}
func (RedirectLoop) ending() {}
func (Passed) ending()       {}
func (Unseen) ending()       {}

// Fails reports whether a request that expects this ending is meant to fail.
func Fails(e Ending) bool {
	switch e := e.(type) {
	case Answered:
		return e.Status >= 400
	case Alerted, Closed, TimedOut, RedirectLoop, Unseen:
		return true
	case Passed:
		return false
	}
	panic("flow: unknown ending")
}

// Ends reports whether an ending is among those that the outcome can have.
func (o Outcome) Ends(e Ending) bool { return slices.Contains(o.Endings, e) }

// Only reports whether the outcome is surely this ending.
func (o Outcome) Only(e Ending) bool { return len(o.Endings) == 1 && o.Endings[0] == e }

// FromID is the ID of the participant that the outcome came from; "" for none.
func (o Outcome) FromID() string {
	if o.From == nil {
		return ""
	}
	return o.From.ID
}

// Meets reports whether the outcome may be the expected one: several are
// possible where a race decides. A proxy's inner stage is the proxy to who
// expects something from it.
func (o Outcome) Meets(e Expect) bool { return o.Ends(e.Ending) && o.isFrom(e.From) }

func (o Outcome) isFrom(id string) bool {
	switch {
	case id == "":
		return true
	case o.From == nil:
		return false
	case o.From.Kind == KindInner && o.From.Proxy.Name == id:
		return true
	}
	return o.From.ID == id
}

// AsExpected reports whether the outcome meets what its request expects; a
// request without expect expects nothing.
func (lc *Lifecycle) AsExpected() bool {
	return len(lc.Request.Expect) == 0 || slices.ContainsFunc(lc.Request.Expect, lc.Outcome.Meets)
}
