package check

import (
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/lazy"
)

var literalValue = &Rule{
	Code: "FL219", Name: "literal-value", Severity: diag.Warning, Since: "0.2", Scope: ScopeStated,
	Doc: "the value of a header is the text that the proxy writes, not an expression of a proxy's language",
	Why: "a value is taken as it stands (language reference, route). An expression of HAProxy's log format (HAProxy " +
		"configuration manual, 8.2.4), a variable of nginx or of a shell is not evaluated",
	Wire: "the server gets the text of the expression as the header's value. flowc export writes it so that HAProxy " +
		"sends that text, too: each percent sign is doubled (measured)",
	Except: "the text is really meant to contain the expression",
	Bad: `route desk {
    host desk.example.test
    tls edge
    header request set X-Client-Address "%[src]"
    to desk
}
`,
	Good: `route desk {
    host desk.example.test
    tls edge
    header request set X-Client-Address "set by the proxy"
    to desk
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			for _, h := range r.Headers {
				found := expression.Get().FindString(h.Value)
				if found == "" || h.Computed {
					continue
				}
				d := p.Report(h.At, "route %q sets the %s header %q to the text %q: an expression is not evaluated, and the text is sent as it stands", r.Name, h.On, h.Name, h.Value)
				plain := h
				plain.Value = placeholder(h.Value)
				d.Suggest(given(way(change(inRoute(r), diag.FactHeader, h.At, headerWords(h), headerWords(plain)...)), "the model is to say that the proxy sets the header"))
				d.Suggest(given(way(remove(inRoute(r), diag.FactHeader, h.At, headerWords(h)...)), "the header does not matter to the model"))
			}
		}, flow.Modes...)
	},
}

// expression is what a value of a header has that is to be computed: a sample or a variable of
// HAProxy's log format, a variable of a shell, a variable of nginx.
var expression = lazy.Regexp(`%(\{[^}]*\})?\[|%\{|\$\{|\$[A-Za-z_]`)

// punctuation is what no placeholder has.
var punctuation = lazy.Regexp(`%\{[^}]*\}|[^A-Za-z0-9_.-]+`)

// placeholder is a text in place of a value that is to be computed: the names in it.
func placeholder(value string) string {
	if text := strings.TrimSpace(punctuation.Get().ReplaceAllString(value, " ")); text != "" {
		return text
	}
	return "set by the proxy"
}
