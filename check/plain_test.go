package check_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
)

// bare are names after their kind that stand in no quotes.
var bare = regexp.MustCompile(`\b(client|proxy|backend|route|request|certificate|zone|namespace|server|CA) ([A-Za-z][\w./-]*)`)

// TestNamesAreQuoted holds that a finding is understood by somebody who has nothing else at
// hand: each name stands in quotes after its kind, and a second place says whose it is.
func TestNamesAreQuoted(t *testing.T) {
	for _, m := range brokenModels(t) {
		found, _ := suggested(t, m.name, m.text)
		declared := map[string]bool{}
		for _, d := range declaration.FindAllStringSubmatch(m.text, -1) {
			declared[d[1]+" "+d[2]] = true
		}
		for _, d := range found {
			texts := []string{d.Message}
			for _, r := range d.Related {
				texts = append(texts, r.Message)
				if !strings.Contains(r.Message, `"`) {
					t.Errorf("%s %s: %q does not say whose it is", m.name, d.Code, r.Message)
				}
			}
			for _, text := range texts {
				for _, b := range bare.FindAllStringSubmatch(text, -1) {
					if declared[b[1]+" "+b[2]] {
						t.Errorf("%s %s: %q does not quote %s", m.name, d.Code, text, b[2])
					}
				}
			}
		}
	}
}

var declaration = regexp.MustCompile(`(?m)^\s*(client|proxy|backend|route|request|certificate|zone|namespace|server) ([A-Za-z][\w./-]*)`)

// TestConditions holds that help which describes clients, servers or certificates in another
// way says under which condition that is right.
func TestConditions(t *testing.T) {
	some := 0
	for _, m := range brokenModels(t) {
		found, renderer := suggested(t, m.name, m.text)
		for _, d := range found {
			for _, w := range d.Suggestions {
				if !slices.ContainsFunc(w.Steps, describes) {
					continue
				}
				some++
				if w.If == "" {
					t.Errorf("%s %s: %s: no condition", m.name, d.Code, renderer.Words([]diag.Suggestion{w}))
				}
			}
		}
	}
	if some < 100 {
		t.Errorf("only %d ways describe the world in another way", some)
	}
}

// describes reports whether a step says something else of what is not the reader's to configure.
func describes(s diag.Step) bool {
	facts := map[diag.Kind][]diag.Fact{
		diag.KindClient:      {diag.FactVersions, diag.FactALPN, diag.FactTrust, diag.FactCertificate, diag.FactSendProxy},
		diag.KindRequest:     {diag.FactVersions, diag.FactSNI, diag.FactClientOf},
		diag.KindBackend:     {diag.FactSpeaks, diag.FactVersions, diag.FactALPN, diag.FactCertificates},
		diag.KindCertificate: {diag.FactNames, diag.FactValid},
		diag.KindLink:        {diag.FactTrusted},
		diag.KindZone:        {diag.FactTrusted},
	}
	if s.Do == diag.Declare {
		return s.In.Kind == diag.KindCertificate || s.In.Kind == diag.KindClient
	}
	return s.Do != diag.Remove && slices.Contains(facts[s.In.Kind], s.Fact)
}
