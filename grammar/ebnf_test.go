package grammar_test

import (
	"testing"

	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/golden"
)

// The reference has the grammar as it is.
func TestEBNF(t *testing.T) {
	golden.Check(t, "../docs/grammar.ebnf", grammar.EBNF())
}
