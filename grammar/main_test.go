package grammar_test

import (
	"os"
	"testing"

	"github.com/flowc-lang/flowc/internal/roomy"
)

func TestMain(m *testing.M) { os.Exit(roomy.Run(m)) }
