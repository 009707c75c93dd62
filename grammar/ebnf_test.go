package grammar_test

import (
	"testing"

	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/golden"
)

func TestEBNF(t *testing.T) {
	golden.Check(t, "testdata/grammar.ebnf", grammar.EBNF())
}
