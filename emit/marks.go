package emit

import (
	"slices"

	"github.com/flowc-lang/flowc/view"
)

// markLook is how what is found on the spot looks: a sign that is read without
// its colour, too.
type markLook struct {
	sign     *sign   // in SVG
	ink      *swatch // of the sign and its text
	char     string  // in Mermaid
	dot      string  // in DOT, whose fonts have few signs
	class    string  // in Mermaid; "" for none
	severity string  // in JSON
}

var markLooks = map[view.Grade]markLook{
	view.GradeError:    {&signError, bad, "✗", "×", "fault", "error"},
	view.GradeWarning:  {&signWarning, warn, "!", "!", "warning", "warning"},
	view.GradeExpected: {&signExpected, faint, "✗", "×", "", "expected"},
	view.GradeAdded:    {&signAdded, good, "+", "+", "added", "added"},
	view.GradeRemoved:  {&signRemoved, bad, "−", "-", "removed", "removed"},
	view.GradeChanged:  {&signChanged, warn, "~", "~", "changed", "changed"},
}

// failsAsSaid is the look in a flowchart of what fails as the model says: as any failure.
var failsAsSaid = markLook{&signError, bad, "✗", "×", "", "expected"}

// chartLookOf is the look of a mark in a flowchart.
func chartLookOf(m view.Mark) markLook {
	if m.Expected {
		return failsAsSaid
	}
	return lookOf(m)
}

// markSaid is what a mark says: what a client gets, and why.
func markSaid(m view.Mark) string {
	switch {
	case m.Gets == "":
		return m.Message
	case m.Expected:
		return m.Gets + ", " + m.Message
	}
	return m.Gets + ": " + m.Message
}

func lookOf(m view.Mark) markLook { return markLooks[m.Grade()] }

// removed reports whether marks say that something is there no more: it is dashed.
func removed(marks []view.Mark) bool {
	return slices.ContainsFunc(marks, func(m view.Mark) bool { return m.Grade() == view.GradeRemoved })
}

// removedDash is the dash of what is there no more.
const removedDash = "5 4"

// worst is the look of the gravest of some marks; ok is false where they say
// nothing wrong.
func worst(marks []view.Mark) (look markLook, ok bool) {
	for _, grade := range []view.Grade{view.GradeError, view.GradeWarning, view.GradeRemoved, view.GradeAdded, view.GradeChanged} {
		for _, m := range marks {
			if m.Grade() == grade {
				return markLooks[grade], true
			}
		}
	}
	return markLook{}, false
}
