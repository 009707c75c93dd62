package emit

import (
	"context"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// inWords writes a picture as sentences, one a line, for those who cannot see it.
var inWords = &Format{
	Name: "words",
	Ext:  "words.txt",
	Doc:  "plain sentences that say all that the picture shows",
	Fits: func(view.Picture) bool { return true },
	Emit: func(_ context.Context, pic view.Picture, _ Options) ([]byte, diag.List, error) {
		p := view.Describe(pic)
		blocks := [][]string{heading(p.Title)}
		for _, part := range p.Parts {
			blocks = append(blocks, heading(part.Title), part.Facts, part.Steps)
		}
		return []byte(paragraphs(append(blocks, p.Foot))), nil, nil
	},
}

func heading(title string) []string {
	if title == "" {
		return nil
	}
	return []string{title}
}

// paragraphs writes blocks of lines with a blank line between them. A line is
// one whatever its text holds.
func paragraphs(blocks [][]string) string {
	var b strings.Builder
	for _, lines := range blocks {
		if len(lines) > 0 && b.Len() > 0 {
			b.WriteString("\n")
		}
		for _, l := range lines {
			b.WriteString(strings.Join(strings.Fields(clean(l)), " ") + "\n")
		}
	}
	return b.String()
}
