package emit

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/view"
)

// jsonFormat writes a sequence as the lifecycle that it was projected from, and every
// other picture as what it shows. Each object names its schema; a field is
// never renamed or removed within one, but more may come.
var jsonFormat = &Format{
	Name: "json",
	Ext:  "json",
	Doc:  "for scripts: a sequence as its lifecycle (" + SchemaLifecycle + "), others as what they show",
	Fits: func(view.Picture) bool { return true },
	Emit: func(_ context.Context, pic view.Picture, opt Options) ([]byte, diag.List, error) {
		out, err := emitJSON(pic, opt)
		return out, nil, err
	},
}

// The schemas of the JSON that flowc writes.
const (
	SchemaLifecycle = "flowc/lifecycle/v1"
	SchemaSequence  = "flowc/sequence/v1"
	SchemaFlowchart = "flowc/flowchart/v1"
	SchemaTable     = "flowc/table/v1"
)

func emitJSON(pic view.Picture, opt Options) ([]byte, error) {
	var v any
	switch pic := pic.(type) {
	case *view.Sequence:
		if pic.Lifecycle != nil {
			v = newLifecycleJSON(pic.Lifecycle)
		} else {
			v = newSequenceJSON(pic, opt.View)
		}
	case *view.Flowchart:
		v = newFlowchartJSON(pic, opt.View)
	case *view.Table:
		v = newTableJSON(pic, opt.View)
	default:
		panic("emit: unknown picture")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return layoutJSON(b.Bytes()), nil
}

// layoutJSON spreads compact JSON over lines for people and for diff: each
// field of the outermost object and each object in a list begins one, and all
// else stays on its line.
func layoutJSON(compact []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(compact) + len(compact)/4)
	var broken []bool // of each open bracket: whether its members begin lines
	newline := func() {
		b.WriteByte('\n')
		for range countTrue(broken) {
			b.WriteString("  ")
		}
	}
	for i := 0; i < len(compact); i++ {
		c := compact[i]
		switch c {
		case '"':
			end := endOfString(compact, i)
			b.Write(compact[i:end])
			i = end - 1
		case '{', '[':
			b.WriteByte(c)
			broken = append(broken, len(broken) == 0 || c == '[' && compact[i+1] == '{')
			if broken[len(broken)-1] {
				newline()
			}
		case '}', ']':
			last := len(broken) - 1
			spread := broken[last]
			broken = broken[:last]
			if spread {
				newline()
			}
			b.WriteByte(c)
		case ',':
			b.WriteByte(c)
			if broken[len(broken)-1] {
				newline()
			} else {
				b.WriteByte(' ')
			}
		case ':':
			b.WriteString(": ")
		default:
			b.WriteByte(c)
		}
	}
	return b.Bytes()
}

// endOfString is where the string ends that begins there.
func endOfString(text []byte, start int) int {
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

func countTrue(list []bool) int {
	n := 0
	for _, v := range list {
		if v {
			n++
		}
	}
	return n
}

// markJSON is a finding on the spot.
type markJSON struct {
	Code     string `json:"code,omitempty"` // "FL401"; none where the derivation itself says what went wrong
	Severity string `json:"severity"`       // "error", "warning", or "expected" where it fails as the model says
	Message  string `json:"message"`
}

func newMarksJSON(marks []view.Mark) []markJSON {
	var out []markJSON
	for _, m := range marks {
		out = append(out, markJSON{m.Code, lookOf(m).severity, m.Message})
	}
	return out
}

// TableJSON is a table as it is shown.
type TableJSON struct {
	Schema   string             `json:"schema,omitempty"` // "flowc/table/v1"; none where it is part of another picture
	View     string             `json:"view,omitempty"`   // "visibility"
	Title    string             `json:"title"`
	Columns  []tableColumnJSON  `json:"columns"`
	Sections []tableSectionJSON `json:"sections"`
	Foot     []string           `json:"foot"` // what was assumed or folded
}

// tableColumnJSON is one column.
type tableColumnJSON struct {
	Title string `json:"title"`
	Own   bool   `json:"own,omitempty"` // the model's own among what-ifs
}

// tableSectionJSON is rows under a heading.
type tableSectionJSON struct {
	Title string         `json:"title"` // "" for none
	Rows  []tableRowJSON `json:"rows"`
}

// tableRowJSON is one row.
type tableRowJSON struct {
	Cells []string   `json:"cells"`           // one a column
	Wire  bool       `json:"wire,omitempty"`  // about a wire, not a node
	Own   bool       `json:"own,omitempty"`   // the model's own among what-ifs
	Marks []markJSON `json:"marks,omitempty"` // findings on this row
}

func newTableJSON(t *view.Table, name string) *TableJSON {
	out := &TableJSON{
		Schema: SchemaTable, View: name, Title: t.Title, Foot: notNil(t.Foot),
		Columns: []tableColumnJSON{}, Sections: []tableSectionJSON{},
	}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, tableColumnJSON{c.Heading(), c.Own})
	}
	for _, s := range t.Sections {
		section := tableSectionJSON{Title: s.Title, Rows: []tableRowJSON{}}
		for _, r := range s.Rows {
			row := tableRowJSON{Cells: []string{}, Wire: r.Wire, Own: r.Own, Marks: newMarksJSON(r.Marks)}
			for _, c := range r.Cells {
				row.Cells = append(row.Cells, c.Text)
			}
			section.Rows = append(section.Rows, row)
		}
		out.Sections = append(out.Sections, section)
	}
	return out
}

// notNil makes an absent list an empty one, which JSON writes as [].
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
