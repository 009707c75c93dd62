package grammar_test

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
	"github.com/flowc-lang/flowc/view"
)

// TestRenaming renames everything in every model of the tree: what is found,
// derived and drawn is the same but for the names.
func TestRenaming(t *testing.T) {
	models := corpus.Models(t, "..")
	renamed, drawn := 0, 0
	for _, m := range models {
		r, ok := newRenaming(m)
		if !ok {
			continue // a word of broken syntax is of no kind
		}
		renamed++
		want, pictures := said(m.Entry, m.Read)
		differs := false
		got, _ := said(m.Entry, func(p string) ([]byte, error) {
			text, err := m.Read(p)
			other := r.text(p, string(text))
			differs = differs || other != string(text)
			return []byte(other), err
		})
		if len(r.order) > 0 && !differs {
			t.Errorf("%s has %d names and none was renamed", m.Name, len(r.order))
		}
		drawn += pictures
		back := r.back()
		for i, g := range got {
			got[i] = back.Replace(g)
		}
		slices.Sort(want) // two findings in one place stand in the order of their messages
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s, renamed (-want +got):\n%s", m.Name, d)
		}
	}
	t.Logf("%d models, %d renamed, %d pictures", len(models), renamed, drawn)
	if renamed < 500 || drawn < 3000 {
		t.Errorf("%d models were renamed and %d pictures drawn: fewer than there are", renamed, drawn)
	}
}

// said is what flowc says about a model: the findings, each with the text that
// it is about, and the pictures of every view, those of sequences with their
// lifecycles.
func said(entry string, read func(string) ([]byte, error)) (out []string, pictures int) {
	m := pipeline.Load(entry, read)
	m.Compile()
	for _, d := range m.Findings {
		line := fmt.Sprintf("%s at %s", d.Code, placeOf(d.At))
		if d.Code != "FL120" { // what an unknown name is near to is a matter of its letters
			line += fmt.Sprintf(": %s; %s", d.Message, d.Help)
			for _, r := range d.Related {
				line += fmt.Sprintf("; %s %s", placeOf(r.At), r.Message)
			}
		}
		out = append(out, line)
	}
	if !m.Drawable() {
		return out, 0
	}
	plans, _ := m.Plans(pipeline.Choice{})
	for _, p := range plans {
		pic, reason := p.Picture()
		if pic == nil {
			out = append(out, p.Name+": "+reason)
			continue
		}
		pictures++
		for _, f := range emit.Formats {
			if f.Name != "json" && f.Name != "words" || !f.Fits(pic) {
				continue
			}
			text, found, err := m.Emit(context.Background(), p, pic, f, emit.Options{})
			out = append(out, fmt.Sprintf("%s as %s, %d findings, %v\n%s", m.Name(p), f.Name, len(found), err, text))
		}
	}
	return out, pictures
}

func placeOf(at source.Span) string {
	if !at.Known() {
		return "nowhere"
	}
	return fmt.Sprintf("%s:%d %q", at.File.Path, at.File.Position(at.Start).Line, at.Text())
}

// renaming maps the names and hosts of a model to others one to one. The new
// ones keep neither the alphabetical order nor the length of the old ones, and
// none of them is the beginning of another, so that any text can be mapped back.
type renaming struct {
	to    map[part]string
	order []part // in the order in which they come
	keep  map[part]bool
}

// part is a part of a name, or a label of a host.
type part struct {
	text string
	host bool
}

// newRenaming collects the names of a model; ok is false where its syntax is
// broken.
func newRenaming(m corpus.Model) (r *renaming, ok bool) {
	loaded := pipeline.Load(m.Entry, m.Read)
	r = &renaming{to: map[part]string{}, keep: map[part]bool{}}
	for _, v := range view.Views {
		r.keep[part{v.Name, false}] = true // a declared view of that name stands in its place
	}
	for _, mode := range []string{"plain", "edge", "reencrypt", "passthrough", "relay"} {
		r.keep[part{mode, false}] = true // a picture says once of a route that it has the name of its mode
	}
	declared := map[string]bool{}
	for _, f := range loaded.Sources() {
		file, broken := grammar.Parse(f)
		if len(broken) > 0 {
			return nil, false
		}
		for _, s := range file.Statements() {
			declared[s.Keyword.Text] = true
		}
	}
	// where none is declared, flowc supplies one of that name
	r.keep[part{"client", false}], r.keep[part{"haproxy", false}] = !declared["client"], !declared["proxy"]
	r.keepNear(loaded.Sources())
	for _, f := range loaded.Sources() {
		r.names(f, func(_ source.Span, word string, host bool) { r.add(word, host) })
	}
	return r, true
}

// keepNear keeps the hosts that are one slip away from another one: a help may
// name that, which is a matter of letters.
func (r *renaming) keepNear(sources []*source.File) {
	var hosts []string
	for _, f := range sources {
		r.names(f, func(_ source.Span, word string, host bool) {
			if host && !slices.Contains(hosts, word) {
				hosts = append(hosts, word)
			}
		})
	}
	for i, host := range hosts {
		near, ok := spell.Nearest(host, slices.Delete(slices.Clone(hosts), i, i+1))
		if !ok {
			continue
		}
		for _, text := range parts.FindAllString(host+"."+near, -1) {
			r.keep[part{strings.ToLower(text), true}] = true
		}
	}
}

// names calls each for every name and host in a text.
func (r *renaming) names(f *source.File, each func(at source.Span, text string, host bool)) {
	file, _ := grammar.Parse(f)
	var block func(place string, statements []*ast.Statement)
	block = func(place string, statements []*ast.Statement) {
		for _, s := range statements {
			args, kinds, opens := grammar.KindsOf(place, s)
			if host, ok := hostSet(args); ok {
				each(host.At, host.Text, true)
			}
			for i, k := range kinds {
				w, ok := args[i].(*ast.Word)
				switch {
				case !ok || k == nil:
				case k.Refers != "" || k.Name == "NAME" || k.Name == "ROUTE":
					each(w.At, w.Text, false)
				case k.Name == "URL|PATH" && strings.HasPrefix(w.Text, "/"):
				case slices.Contains([]string{"URL|PATH", "HOST", "HOST|*.HOST", "HOST|*.HOST|IP", "URL", "ENDPOINT"}, k.Name):
					if host := hostOf(w.Text); host != "" {
						each(w.At, host, true)
					}
				}
			}
			if s.Block != nil {
				block(opens, s.Block.Statements())
			}
		}
	}
	block("file", file.Statements())
}

// hostSet is the host that header request set Host "…" states.
func hostSet(args []ast.Arg) (*ast.Word, bool) {
	if len(args) != 4 {
		return nil, false
	}
	name, named := args[2].(*ast.Word)
	value, valued := args[3].(*ast.Word)
	return value, named && valued && value.Quoted && strings.EqualFold(name.Text, "Host")
}

// hostOf is the host of a word that is one or has one; "" for an address.
func hostOf(word string) string {
	if _, rest, isURL := strings.Cut(word, "://"); isURL {
		word = rest[:strings.IndexAny(rest+"/", ":/?[")]
	}
	if _, err := netip.ParseAddr(word); err == nil {
		return ""
	}
	return strings.TrimPrefix(word, "*.")
}

// parts are what is mapped of a word: hr/portal, haproxy:443, shop.example.test.
var parts = regexp.MustCompile(`[^/:.]+`)

// counted is a name with a number behind it, as flowc gives to what it supplies.
var counted = regexp.MustCompile(`^(.+)(-\d+)$`)

// split is the part of a model that a text is, and the number behind it.
func split(text string, host bool) (p part, number string) {
	if m := counted.FindStringSubmatch(text); m != nil && !host {
		text, number = m[1], m[2]
	}
	return part{text, host}, number
}

func (r *renaming) add(word string, host bool) {
	for _, text := range parts.FindAllString(word, -1) {
		p, _ := split(text, host)
		if r.keep[part{strings.ToLower(p.text), host}] || r.to[p] != "" || strings.Trim(text, "0123456789") == "" {
			continue
		}
		n := len(r.order)
		r.order = append(r.order, p)
		// 37 shuffles what comes first; the new name ends with its only z
		r.to[p] = capitals(fmt.Sprintf("%c%03dq%sz", 'a'+(n*37+11)%25, n*37%1000, strings.Repeat("x", n*5%7)), p.text)
		for _, other := range r.order[:n] {
			if other.host == host && strings.EqualFold(other.text, p.text) {
				r.to[p] = capitals(r.to[other], p.text)
			}
		}
	}
}

// capitals writes a new name with a capital where the old one has any: names
// and hosts that differ in that alone are held to be one by some.
func capitals(to, text string) string {
	to = strings.ToLower(to)
	if text == strings.ToLower(text) {
		return to
	}
	return strings.ToUpper(to[:1]) + to[1:]
}

func (r *renaming) word(word string, host bool) string {
	return parts.ReplaceAllStringFunc(word, func(text string) string {
		if p, number := split(text, host); r.to[p] != "" {
			return r.to[p] + number
		}
		return text
	})
}

// text is a file with other names.
func (r *renaming) text(path, text string) string {
	var out strings.Builder
	end := 0
	r.names(source.NewFile(path, text), func(at source.Span, word string, host bool) {
		out.WriteString(text[end:at.Start])
		out.WriteString(strings.Replace(text[at.Start:at.End], word, r.word(word, host), 1))
		end = at.End
	})
	return out.String() + text[end:]
}

// back maps new names in a text to the old ones.
func (r *renaming) back() *strings.Replacer {
	var pairs []string
	for _, p := range r.order {
		pairs = append(pairs, r.to[p], p.text)
		if p.host { // on a wire it is in small letters
			pairs = append(pairs, strings.ToLower(r.to[p]), strings.ToLower(p.text))
		}
	}
	return strings.NewReplacer(pairs...)
}
