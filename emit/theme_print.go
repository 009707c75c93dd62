package emit

// themePrint is greys alone, for black ink on white paper: sessions and plaintext
// are told apart by their dashes. A dark page changes nothing.
var themePrint = &Theme{
	Name: "print",
	Doc:  "greys, with a pattern of dashes for each session",
	colours: swatches(
		grey("paper", "#ffffff"), grey("panel", "#f7f7f7"), grey("strong", "#ebebeb"),
		grey("ink", "#000000"), grey("faint", "#474747"), grey("rule", "#6e6e6e"),
		grey("plain", "#3a3a3a"), grey("plain-line", "#4a4a4a"), grey("plain-tint", "#f4f4f4"),
		grey("bad", "#000000"), grey("warn", "#2e2e2e"), grey("good", "#454545"),
		grey("fail-tint", "#efefef"),
		grey("t1", "#111111"), grey("t1-tint", "#eeeeee"),
		grey("t2", "#262626"), grey("t2-tint", "#f3f3f3"),
		grey("t3", "#1b1b1b"), grey("t3-tint", "#e9e9e9"),
		grey("t4", "#303030"), grey("t4-tint", "#f0f0f0"),
		grey("zone", "#fafafa"), grey("trusted", "#f5f5f5"),
		grey("untrusted", "#eaeaea"), grey("untrusted-line", "#555555"),
	),
	dashes: map[string]string{
		"plain-line": "2 3",
		"t2":         "12 3",
		"t3":         "4 3",
		"t4":         "12 3 3 3",
	},
}

// grey is one colour for both schemes.
func grey(name, colour string) swatch { return swatch{name, colour, colour} }
