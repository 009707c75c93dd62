package emit

import (
	"slices"

	"github.com/flowc-lang/flowc/view"
)

// page is how many pixels the column has in which a picture is read. A picture that is
// wider is shown smaller there.
type page int

// The columns that a picture can be made for. DefaultPage is that of most documentation.
const (
	DefaultPage = 760
	MinPage     = 320
	MaxPage     = 4000

	defaultPage = page(DefaultPage)
)

// leastText is how many pixels the smallest text has in its column at least.
const leastText = 10

// unbroken is a width beyond which no text is expected.
const unbroken = 1000

func pageOf(opt Options) page {
	if opt.Page == 0 {
		return defaultPage
	}
	return page(opt.Page)
}

// column is how wide a picture is that is shown at its own size.
func (p page) column() int { return int(p) }

// legible is how wide a picture may be for its small text to be legible in the column.
func (p page) legible() int { return int(p) * faces[fontSmall].size / leastText }

// chart is how wide the parts of a flowchart may be, whose small text is larger than that of
// other pictures; findings in a table before it are not.
func (p page) chart(pic *view.Flowchart) int {
	least := fontNote
	if pic.Above != nil && slices.ContainsFunc(pic.Above.Sections, func(s *view.Section) bool {
		return slices.ContainsFunc(s.Rows, func(r *view.TableRow) bool { return len(r.Marks) > 0 })
	}) {
		least = fontSmall
	}
	return int(p)*faces[least].size/leastText - 2*margin
}
