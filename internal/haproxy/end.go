// Package haproxy is the front end of HAProxy configurations: what they state of a
// topology, and what of them it does not hold.
package haproxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/internal/suppress"
	"github.com/flowc-lang/flowc/source"
)

// End is the front end of HAProxy configurations.
var End = &front.End{
	Name: "haproxy",
	Named: func(file string) bool {
		base := path.Base(file)
		return base == "haproxy.cfg" || base == "haproxy.config" || strings.HasSuffix(base, ".haproxy.cfg")
	},
	Extensions: []string{".cfg", ".config", ".conf"},
	Owns:       owns,
	Apart:      true,
	Codes:      func() []diag.CodeDoc { return haproxycfg.Codes },
	Read:       read,
}

// owns reports whether a text is a HAProxy configuration: its first line with words
// begins a section that HAProxy has and .flow has not, or the file is called .cfg.
func owns(file, text string) bool {
	if path.Ext(file) == ".flow" {
		return false
	}
	for line := range strings.Lines(text) {
		words := strings.Fields(strings.TrimPrefix(line, "\ufeff"))
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		switch words[0] {
		case "global", "frontend", "listen", "resolvers", "userlist", "peers", "cache", "mailers", "ring", "http-errors", "program", "crt-store", "traces", ".if", ".notice":
			return !strings.Contains(line, "{")
		case "defaults":
			return len(words) < 3 && (len(words) == 1 || words[1] != "haproxy") || slices.Contains(words, "from")
		case "backend":
			return len(words) == 2 && !strings.Contains(line, "{")
		}
		break
	}
	ext := path.Ext(file)
	return ext == ".cfg" || ext == ".config"
}

// read reads a configuration.
func read(ctx context.Context, in front.Input) (*front.Model, error) {
	var texts []*source.File
	var unread diag.List
	for _, file := range append([]string{in.Path}, in.More...) {
		data, err := in.Read(file)
		if err != nil {
			unread = append(unread, diag.Diagnostic{
				Code: diag.Code(haproxycfg.FaultFile), Severity: diag.Error, Broken: true,
				Message: fmt.Sprintf("%q cannot be read: %s", file, reason(err)),
			})
		}
		name := file
		if in.Named != nil {
			name = in.Named(file)
		}
		src := source.NewFile(name, string(data))
		src.Path = file
		texts = append(texts, src)
	}
	runs := cmp.Or(in.Profile, flow.FindProfile("haproxy", "2.6"))
	cfg, err := haproxycfg.Read(ctx, texts, haproxycfg.Options{Env: in.Env, Version: runs.Version})
	if err != nil {
		return nil, err
	}
	stem := plainName(strings.TrimSuffix(path.Base(in.Path), path.Ext(in.Path)), "haproxy")
	open := in.Data
	if open == nil {
		open = func(string) ([]byte, error) { return nil, errors.New("no other files are read here") }
	}
	files := map[string]*file{}
	build := func() *model {
		m := &model{
			name: stem, cfg: cfg, folder: path.Dir(in.Path), open: open, folders: in.Folder, files: files,
			lines: map[*haproxycfg.Section]map[string][]*haproxycfg.Line{}, fronts: map[string]*unit{}, backs: map[string]*unit{}, defaults: map[string]*haproxycfg.Section{},
			draft: &flow.Draft{Name: stem, Profile: in.Profile}, names: newNames(), places: map[source.Span]int{}, read: map[source.Span]bool{}, certs: map[string]string{}, cas: map[string]string{},
		}
		m.build()
		m.draft.Unmodelled = m.listed
		return m
	}
	m := build()
	draft := m.draft
	return &front.Model{
		Name: stem, Sources: texts, Findings: broken(once(slices.Concat(unread, cfg.Findings), m.findings)),
		Partial: cfg.Full() || m.full(),
		Draft: func(ctx context.Context) (*flow.Draft, diag.List, error) {
			d := draft
			if d == nil {
				d = build().draft // whoever has the first one may have changed it
			}
			draft = nil
			return d, nil, ctx.Err()
		},
		Torn: func(broken []source.Span) front.Torn {
			return front.Torn{Places: broken, Everything: len(broken) > 0}
		},
		Advise:       m.advise,
		Judge:        m.judge,
		Comments:     func() []suppress.Comment { return comments(cfg) },
		Objects:      func() []suppress.Object { return objects(cfg) },
		Declarations: func() []front.Declaration { return declarations(cfg) },
	}, nil
}

// reason is what kept a file from being read, without its path.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

// broken marks what leaves open what the configuration says: no picture is drawn of it.
// A keyword that is not known is in the list of what is not modelled, too.
func broken(found diag.List) diag.List {
	// Of a line with a variable that has no value nothing else is known.
	unknown := map[string]bool{}
	for _, d := range found {
		if haproxycfg.Code(d.Code) == haproxycfg.FaultVariable {
			unknown[d.At.Line()] = true
		}
	}
	found = slices.DeleteFunc(found, func(d diag.Diagnostic) bool {
		return haproxycfg.Code(d.Code) != haproxycfg.FaultVariable && unknown[d.At.Line()]
	})
	for i, d := range found {
		switch haproxycfg.Code(d.Code) {
		case haproxycfg.FaultSyntax, haproxycfg.FaultValue, haproxycfg.FaultUnknown, haproxycfg.FaultVariable, haproxycfg.FaultFile, haproxycfg.FaultCondition:
			found[i].Broken = d.Severity == diag.Error
		case haproxycfg.FaultKeyword, haproxycfg.FaultTwice, haproxycfg.FaultMode:
		}
	}
	return found
}

// once are the findings of the texts and those of what they mean. What the second find
// in a line in which the first have the same is one, and so is what several sections
// inherit.
func once(texts, meaning diag.List) diag.List {
	type place struct {
		file    *source.File
		code    diag.Code
		line    int
		message string
	}
	of := func(d diag.Diagnostic, message string) place {
		p := place{code: d.Code, message: message}
		if d.At.Known() {
			p.file, p.line = d.At.File, d.At.File.Position(d.At.Start).Line
		}
		return p
	}
	out := slices.Clone(texts)
	seen := map[place]bool{}
	for _, d := range texts {
		seen[of(d, "")] = true
	}
	for _, d := range meaning {
		if at := of(d, d.Message); !seen[of(d, "")] && !seen[at] {
			seen[at] = true
			out = append(out, d)
		}
	}
	return out
}

// comments are those in which findings may be answered for.
func comments(cfg *haproxycfg.Config) []suppress.Comment {
	var out []suppress.Comment
	heads := map[source.Span]*haproxycfg.Section{}
	for _, s := range cfg.Sections {
		heads[s.At] = s
	}
	for _, c := range cfg.Comments {
		if s := heads[c.Covers]; s != nil && len(s.Lines) > 0 { // above or behind the first line of a section: all of it
			c.Covers.End = s.Lines[len(s.Lines)-1].At.End
		}
		text := c.At
		text.Start += len("#")
		out = append(out, suppress.Comment{Text: text, At: c.At, Covers: c.Covers, Around: c.Around})
	}
	return out
}

// objects are the sections, with the words of their lines as fields.
func objects(cfg *haproxycfg.Config) []suppress.Object {
	var out []suppress.Object
	for _, s := range cfg.Sections {
		out = append(out, suppress.Object{Name: strings.TrimSpace(s.Kind + " " + s.Name), At: s.Whole(), Field: func(at source.Span) string {
			i := slices.IndexFunc(s.Lines, func(l *haproxycfg.Line) bool { return l.At.Contains(at) })
			if i < 0 {
				return ""
			}
			return strings.Join(haproxycfg.Words(s.Lines[i].Words), " ")
		}})
	}
	return out
}

// declarations are the sections.
func declarations(cfg *haproxycfg.Config) []front.Declaration {
	var out []front.Declaration
	for _, s := range cfg.Sections {
		out = append(out, front.Declaration{Name: strings.TrimSpace(s.Kind + " " + s.Name), Words: haproxycfg.Words(s.Words), At: s.Whole()})
	}
	return out
}
