package document

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/internal/spell"
)

// directiveOption adds an option of a directive, which stands on a line of its
// own, to the attributes of its fence. at is where its key stands.
func (s *scanner) directiveOption(f *Fence, at int, key, value string) {
	span := s.src.Span(at, at+len(key))
	switch {
	case !slices.Contains(FenceKeys.Names, key):
		s.doc.report(codeAttribute, span, fmt.Sprintf("%v", spell.Unknown("attribute of a fence", key, FenceKeys.Names)), allowed(FenceKeys.Names))
	case f.Attrs.Has(key):
		s.doc.report(codeAttribute, span, key+" is said twice", "")
	case value == "" && !slices.Contains(FenceKeys.bare, key):
		s.doc.report(codeAttribute, span, key+" has no value", "write :"+key+": VALUE")
	default:
		f.Attrs = append(f.Attrs, Attr{Key: key, Value: value, Bare: value == "", At: span})
	}
}
