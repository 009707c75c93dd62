package document

import (
	"strings"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// foreign is a line that is a marker in some language.
var foreign = lazy.Regexp(`^[ \t>]*(//|\.\.|<!--|\{/\*)[ \t]*flowc?:(?:begin|end)\b`)

// foreignMarker reports a line of text that would be a marker in another
// language: in this one it shows on the page, and nothing is filled.
func (s *scanner) foreignMarker(start int, line string) {
	loc := foreign.Get().FindStringSubmatchIndex(line)
	if loc == nil || strings.HasPrefix(s.doc.Language.comment(""), line[loc[2]:loc[3]]) {
		return // none, or one of this language, which is looked at elsewhere
	}
	s.doc.report(codeMarker, s.src.Span(start+loc[2], start+len(strings.TrimRight(line, " \t"))),
		"a marker of another language is in a document in "+s.doc.Language.Name,
		"write "+s.doc.Language.comment("flow:begin …")+" and "+s.doc.Language.comment("flow:end"))
}
