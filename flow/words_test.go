package flow_test

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var _ = flow.SetWords(flow.Words{Detail: words.Detail, Outcome: outcomes, Why: words.Why, Assumed: words.Assumed})

func outcomes(o flow.Outcome) string { return strings.Join(words.Endings(o), ", ") }
