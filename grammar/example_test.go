package grammar_test

import (
	"fmt"

	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

func ExampleParse() {
	file, findings := grammar.Parse(source.NewFile("shop.flow", "route shop {\n    host shop.example.test\n    tls rencrypt\n    to shop\n}\n"))
	fmt.Println(len(file.Statements()), "declaration")
	for _, d := range findings {
		at := d.At.File.Position(d.At.Start)
		fmt.Printf("%s:%d:%d: %s\n", d.At.File.Name, at.Line, at.Column, d.Message)
	}
	// Output:
	// 1 declaration
	// shop.flow:3:9: unknown word "rencrypt", did you mean "reencrypt"?
}

func ExampleFormat() {
	file, findings := grammar.Parse(source.NewFile("shop.flow", "route  shop{ # ours\nhost shop.example.test\n\n\nto \"shop\"\n}"))
	if len(findings) == 0 {
		fmt.Print(grammar.Format(file))
	}
	// Output:
	// route shop {  # ours
	//     host shop.example.test
	//
	//     to shop
	// }
}
