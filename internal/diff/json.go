package diff

import (
	"encoding/json"
	"io"
)

// schema names the JSON of a comparison.
const schema = "flowc/diff/v1"

// Named is a comparison of two models that have names.
type Named struct {
	From, To string // the names
	*Result
	// Mermaid is the topology of both, for Markdown; "" where it is not drawn, and Undrawn says why
	// where it would show something.
	Mermaid, Undrawn string
}

// resultsJSON is a comparison for scripts. Fields are added to it, never renamed.
type resultsJSON struct {
	Schema string       `json:"schema"`
	Worst  string       `json:"worst"` // "none", "safe", "risky" or "breaking"
	Models []resultJSON `json:"models"`
}

type resultJSON struct {
	Old         string           `json:"old"`
	New         string           `json:"new"`
	Asked       int              `json:"asked"`
	Breaking    int              `json:"breaking"`
	Risky       int              `json:"risky"`
	Safe        int              `json:"safe"`
	Differences []differenceJSON `json:"differences"`
	Left        []string         `json:"not_compared,omitempty"` // with --drift
}

type differenceJSON struct {
	Kind     string        `json:"kind"`
	Grade    string        `json:"grade"`
	Message  string        `json:"message"`
	Was      string        `json:"was,omitempty"`
	Is       string        `json:"is,omitempty"`
	Subjects []subjectJSON `json:"subjects"`
	Causes   []causeJSON   `json:"causes"`
}

type subjectJSON struct {
	Asks  string `json:"asks,omitempty"`
	From  string `json:"from,omitempty"`
	Where string `json:"where,omitempty"`
	Old   string `json:"old_path,omitempty"`
	New   string `json:"new_path,omitempty"`
}

type causeJSON struct {
	Of   string     `json:"of"`
	Fact string     `json:"fact,omitempty"`
	Was  *placeJSON `json:"was,omitempty"`
	Is   *placeJSON `json:"is,omitempty"`
}

type placeJSON struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
}

// Worst is the gravest grade of several comparisons; 0 for no difference.
func Worst(all []Named) Grade {
	worst := Grade(0)
	for _, r := range all {
		worst = max(worst, r.Worst())
	}
	return worst
}

// WriteJSON writes comparisons for scripts.
func WriteJSON(w io.Writer, all []Named) error {
	out := resultsJSON{Schema: schema, Worst: "none", Models: []resultJSON{}}
	if g := Worst(all); g != 0 {
		out.Worst = g.String()
	}
	for _, r := range all {
		m := resultJSON{
			Old: r.From, New: r.To, Asked: r.Asked,
			Breaking: r.Count(Breaking), Risky: r.Count(Risky), Safe: r.Count(Safe), Differences: []differenceJSON{}, Left: r.Left,
		}
		for _, d := range r.Differences {
			m.Differences = append(m.Differences, d.json())
		}
		out.Models = append(out.Models, m)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func (d *Difference) json() differenceJSON {
	out := differenceJSON{
		Kind: d.Kind.String(), Grade: d.Grade().String(), Message: d.Title(), Was: d.Was, Is: d.Is,
		Subjects: []subjectJSON{}, Causes: []causeJSON{},
	}
	for _, s := range d.Subjects {
		out.Subjects = append(out.Subjects, subjectJSON{Asks: s.Asks, From: s.From, Where: s.Where, Old: wayOf(s.Old), New: wayOf(s.New)})
	}
	for _, c := range d.Causes {
		out.Causes = append(out.Causes, causeJSON{Of: c.Of, Fact: c.Fact, Was: c.Was.json(), Is: c.Is.json()})
	}
	return out
}

func (p Place) json() *placeJSON {
	if p == (Place{}) {
		return nil
	}
	out := &placeJSON{Text: p.Text}
	if p.At.Known() {
		out.File, out.Line = p.At.Path(), p.At.File.Position(p.At.Start).Line
	}
	return out
}
