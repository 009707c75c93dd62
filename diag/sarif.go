package diag

import (
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/source"
)

var sarifFormat = &Writer{
	Name:  "sarif",
	Doc:   "for code scanning (GitHub) and editors: SARIF 2.1.0, with rules, other places and fixes",
	Write: writeSARIF,
}

// The objects of SARIF 2.1.0 that flowc writes (OASIS Standard, 27 March 2020,
// with errata 01), under the names of its section 3.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Artifacts  []sarifFile   `json:"artifacts"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		URI     string      `json:"informationUri"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string       `json:"id"`
		Name    string       `json:"name,omitempty"`
		Short   *sarifText   `json:"shortDescription,omitempty"`
		Full    *sarifText   `json:"fullDescription,omitempty"`
		Help    *sarifText   `json:"help,omitempty"`
		HelpURI string       `json:"helpUri"`
		Default *sarifConfig `json:"defaultConfiguration,omitempty"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifFile struct {
		Location sarifArtifact `json:"location"`
	}
	sarifArtifact struct {
		URI    string `json:"uri"`
		BaseID string `json:"uriBaseId,omitempty"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
		Message  *sarifText     `json:"message,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"` // the path in a document
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifRegion struct { // the end is where what comes next begins
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted *sarifText  `json:"insertedContent,omitempty"`
	}
)

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	// sourceRoot is the folder in which flowc ran, to which paths are relative.
	// The log does not say which one that is: it is the same on every machine,
	// and code scanning takes the root of the repository.
	sourceRoot = "%SRCROOT%"
)

func writeSARIF(w io.Writer, r *Report) error {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "flowc", Version: r.Version, URI: "https://github.com/flowc-lang/flowc", Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Artifacts:  []sarifFile{},
		Results:    []sarifResult{},
	}
	for _, file := range r.Files {
		run.Artifacts = append(run.Artifacts, sarifFile{artifactOf(file)})
	}
	codes := describe(r)
	for _, c := range codes {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleOf(c))
	}
	for _, d := range r.Findings {
		index := slices.IndexFunc(codes, func(c CodeDoc) bool { return c.Code == d.Code })
		run.Results = append(run.Results, resultOf(d, index))
	}
	return encode(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// describe returns what is said of the codes of a report, those of its findings
// that are not described at the end.
func describe(r *Report) []CodeDoc {
	out := slices.Clone(r.Codes)
	for _, d := range r.Findings {
		if !slices.ContainsFunc(out, func(c CodeDoc) bool { return c.Code == d.Code }) {
			out = append(out, CodeDoc{Code: d.Code, Severity: d.Severity})
		}
	}
	return out
}

func ruleOf(c CodeDoc) sarifRule {
	rule := sarifRule{ID: string(c.Code), Name: c.Name, HelpURI: c.Code.URL()}
	if c.Severity != 0 {
		rule.Default = &sarifConfig{c.Severity.String()}
	}
	if c.Doc == "" {
		return rule
	}
	rule.Short = &sarifText{c.Doc}
	rule.Full = &sarifText{c.Doc}
	if c.Why != "" {
		rule.Full = &sarifText{c.Doc + ": " + c.Why}
	}
	var help []string
	for _, part := range []struct{ heading, text string }{
		{"", rule.Full.Text}, {"On the wire: ", c.Wire}, {"When to ignore it: ", c.Except}, {"More: ", c.Code.URL()},
	} {
		if part.text != "" {
			help = append(help, part.heading+part.text)
		}
	}
	rule.Help = &sarifText{strings.Join(help, "\n\n")}
	return rule
}

func resultOf(d Diagnostic, rule int) sarifResult {
	out := sarifResult{RuleID: string(d.Code), RuleIndex: rule, Level: d.Severity.String(), Message: sarifText{plain(d.Message)}}
	if d.Help != "" {
		out.Message.Text += "\n" + plain("help: "+d.Help)
	}
	if d.At.Known() {
		out.Locations = []sarifLocation{locationOf(d.At)}
	}
	for _, r := range d.Related {
		if r.At.Known() {
			at := locationOf(r.At)
			at.Message = &sarifText{plain(r.Message)}
			out.Related = append(out.Related, at)
		}
	}
	if d.Fix != nil && len(d.Fix.Edits) > 0 {
		out.Fixes = []sarifFix{fixOf(d.Fix)}
	}
	return out
}

// fixOf puts the edits of a fix together by their files.
func fixOf(f *Fix) sarifFix {
	out := sarifFix{Description: sarifText{plain(f.Message)}}
	for _, e := range f.Edits {
		file := artifactOf(e.At.File.Name)
		i := slices.IndexFunc(out.Changes, func(c sarifChange) bool { return c.Artifact == file })
		if i < 0 {
			i = len(out.Changes)
			out.Changes = append(out.Changes, sarifChange{Artifact: file})
		}
		r := sarifReplacement{Deleted: regionOf(e.At)}
		if e.New != "" {
			r.Inserted = &sarifText{e.New}
		}
		out.Changes[i].Replacements = append(out.Changes[i].Replacements, r)
	}
	return out
}

func locationOf(at source.Span) sarifLocation {
	out := sarifLocation{Physical: sarifPhysical{Artifact: artifactOf(at.File.Name)}}
	if path := at.Path(); path != "" {
		out.Logical = []sarifLogical{{plain(path)}}
		return out
	}
	region := regionOf(at)
	out.Physical.Region = &region
	return out
}

func regionOf(at source.Span) sarifRegion {
	start, end := at.File.Position(at.Start), at.File.Position(at.End)
	return sarifRegion{start.Line, start.Column, end.Line, end.Column}
}

// artifactOf returns a file as a URI (RFC 3986): relative to the folder in
// which flowc ran, or absolute, where its name is.
func artifactOf(name string) sarifArtifact {
	switch {
	case strings.HasPrefix(name, "/"):
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: path.Clean(name)}).String()}
	case drive.Get().MatchString(name):
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: "/" + path.Clean(name)}).String()}
	}
	return sarifArtifact{URI: (&url.URL{Path: path.Clean(name)}).String(), BaseID: sourceRoot}
}

var drive = lazy.Regexp(`^[A-Za-z]:/`)

// plain escapes what SARIF would take for a link or a placeholder in a message
// (sections 3.11.5 and 3.11.6). Other brackets and braces stand for themselves,
// as its readers show them.
func plain(s string) string {
	s = clean(s)
	if strings.Contains(s, "](") {
		s = brackets.Replace(s)
	}
	return placeholder.Get().ReplaceAllString(s, "{{$1}}")
}

var (
	brackets    = strings.NewReplacer("[", `\[`, "]", `\]`)
	placeholder = lazy.Regexp(`\{([0-9]+)\}`)
)
