package grammar

import (
	"strings"
	"time"

	"github.com/flowc-lang/flowc/ast"
)

func date(text string) *fault {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return wrong("as in 2026-11-01", "%s is not a valid date", shown(text))
	}
	return nil
}

// dates reads DATE..DATE; either may be missing.
func dates(text string) (ast.Value, *fault) {
	from, to, ok := strings.Cut(text, "..")
	if !ok {
		return nil, wrong("as in 2026-01-01..2026-12-31", "%s is not a valid range of dates", shown(text))
	}
	if from != "" {
		if f := date(from); f != nil {
			return nil, f.at(0, len(from))
		}
	}
	if to != "" {
		if f := date(to); f != nil {
			return nil, f.at(len(from)+2, len(text))
		}
	}
	switch {
	case from == "" && to == "":
		return nil, wrong("as in 2026-01-01..2026-12-31", "the range has no dates")
	case from != "" && to != "" && from > to:
		return nil, wrong("the earlier date comes first", "%s is before %s", to, from)
	}
	return ast.Period{From: from, To: to}, nil
}

// dateTime reads RFC 3339 in UTC, as Kubernetes writes creationTimestamp.
func dateTime(text string) (ast.Value, *fault) {
	t, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil {
		return nil, wrong("in UTC, as in 2026-11-01T09:30:00Z", "%s is not a valid date and time", shown(text))
	}
	return ast.Instant(t.Format(time.RFC3339)), nil
}
