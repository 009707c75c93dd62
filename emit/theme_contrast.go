package emit

// themeContrast keeps 7:1 for text and 4.5:1 for lines (WCAG 2.2, 1.4.6) on
// every ground.
var themeContrast = &Theme{
	Name: "high-contrast",
	Doc:  "text with a contrast of at least 7:1, lines 4.5:1",
	colours: swatches(
		swatch{"paper", "#ffffff", "#000000"},
		swatch{"panel", "#fafbfc", "#0a0c0f"},
		swatch{"strong", "#f0f2f5", "#15181d"},
		swatch{"ink", "#000000", "#ffffff"},
		swatch{"faint", "#2b3138", "#d5dae1"},
		swatch{"rule", "#444b54", "#aab2bd"},
		swatch{"plain", "#5a2d00", "#ffcf8f"},
		swatch{"plain-line", "#7a3e00", "#ffbe66"},
		swatch{"plain-tint", "#fff6e6", "#1c1506"},
		swatch{"bad", "#8a0f09", "#ffb8b2"},
		swatch{"fail-tint", "#fff3f1", "#200d0d"},
		swatch{"warn", "#573600", "#f5d08a"},
		swatch{"good", "#08482a", "#a3e2bd"},
		swatch{"t1", "#083f7d", "#a9cef9"},
		swatch{"t1-tint", "#f1f6fd", "#0b1624"},
		swatch{"t2", "#064a37", "#a0e2c9"},
		swatch{"t2-tint", "#eff9f5", "#091a15"},
		swatch{"t3", "#4d2085", "#d8c3fa"},
		swatch{"t3-tint", "#f7f3fd", "#171126"},
		swatch{"t4", "#710f55", "#f7c3e4"},
		swatch{"t4-tint", "#fdf3f9", "#220f1c"},
		swatch{"zone", "#fbfcfd", "#07090b"},
		swatch{"trusted", "#f6f7f9", "#0d1014"},
		swatch{"untrusted", "#fff5f3", "#1f0d0e"},
		swatch{"untrusted-line", "#8a2b22", "#f0a59d"},
	),
}
