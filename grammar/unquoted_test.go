package grammar_test

import (
	"testing"

	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

// A bare word in the place of a label becomes one only where nothing else can
// have been meant; the help says how what was perhaps meant is written.
func TestBareWordsForLabels(t *testing.T) {
	const declared = "zone internet untrusted\nclient browser\nproxy lb\nbackend shop\nca mesh-ca\n"
	for _, tc := range []struct{ line, fix, help string }{
		// names that the file declares
		{"client c internet", "", `internet is the name of a zone: write in internet; for a label write "internet"`},
		{"proxy p internet", "", `internet is the name of a zone: write in internet; for a label write "internet"`},
		{"backend b internet", "", `internet is the name of a zone: write in internet; for a label write "internet"`},
		{"route r lb", "", `lb is the name of a proxy: write on lb; for a label write "lb"`},
		{"route r shop", "", `shop is the name of a backend: write to shop, in its block; for a label write "shop"`},
		{"request q browser", "", `browser is the name of a client: write from browser, in its block; for a label write "browser"`},
		{"client c mesh-ca", "", `mesh-ca is the name of a ca: write trust mesh-ca, in its block; for a label write "mesh-ca"`},
		{"client c the internet", "", `for a label write "the", for a zone in the`},
		// names that another file may declare, or none does yet
		{"client c dmz", "", `for a label write "dmz", for a zone in dmz`},
		{"backend b cluster", "", `for a label write "cluster", for a zone in cluster`},
		{"route r edge-lb", "", `for a label write "edge-lb", for a proxy on edge-lb`},
		{"client c Web in internet", "", `for a label write "Web", for a zone in Web`},
		{"request q desk", "", `for a label write "desk"`},
		// statements of the block, and words of the language
		{"client c tickets", "", "tickets is a statement of the block: client c { tickets }"},
		{"proxy p listen https :443", "", "listen is a statement of the block: proxy p { listen https :443 }"},
		{"backend b speaks http", "", "speaks is a statement of the block: backend b { speaks http }"},
		{"backend b cluster trusted", "", `for a label write "cluster", for a zone in cluster`},
		{"ca c trusted", "", `it is written ca NAME [LABEL] [private]`},
		{"ca c internal", "", `for a label write "internal"; or it is private`},
		// labels
		{"title Shop", `write "Shop"`, `write "Shop"`},
		{"title internet shop", `write "internet shop"`, `write "internet"`},
		{"client c The Browser", `write "The Browser"`, `for a label write "The", for a zone in The`},
		{"client c The Browser in internet", `write "The Browser"`, `for a label write "The", for a zone in The`},
		{"route r Käse", `write "Käse"`, `for a label write "Käse"`},
	} {
		_, found := grammar.Parse(source.NewFile("a.flow", declared+tc.line+"\n"))
		if len(found) != 1 {
			t.Errorf("%s: %d findings", tc.line, len(found))
			continue
		}
		fix := ""
		if found[0].Fix != nil {
			fix = found[0].Fix.Message
		}
		if fix != tc.fix || found[0].Help != tc.help {
			t.Errorf("%s:\n %q, %s\nnot\n %q, %s", tc.line, fix, found[0].Help, tc.fix, tc.help)
		}
	}
}

// A fix that could change what was meant is none.
func TestNoFixOfAnotherMeaning(t *testing.T) {
	for _, text := range []string{
		"request r {\nget https://a.test\nbody 64kb\n}",     // 65,536 or 64,000
		"route r {\nallow 10.0.0.1/8\n}",                    // the network, or the address
		"client c {\nalpn http\n}",                          // HTTP/1.1 or 1.0
		"client c {\nalpn http/1\n}",                        //
		"proxy p {\nadmit tier in (a, b\n}",                 // (a, b) or (a), b
		"backend b {\nspeaks h2\n}",                         // h2c, or https with ALPN
		"proxy p {\nlisten https :443 {\nunmatched 504\n}}", // 503 or 404
		"client c {\ngroups secp256k1\n}",                   // a curve of its own
		"backend b {\nserver s 10.0.0.1 weigt 1 dwn\n}",     // two slips
	} {
		_, found := grammar.Parse(source.NewFile("a.flow", text))
		if len(found) == 0 {
			t.Errorf("%q: nothing was found", text)
		}
		for _, d := range found {
			if d.Fix != nil {
				t.Errorf("%q: %s: %s", text, d.Message, d.Fix.Message)
			}
		}
	}
}
