package pictures

import (
	"fmt"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

const (
	codeStale    = diag.Code("FL940")
	codeMissing  = diag.Code("FL941")
	codeOrphaned = diag.Code("FL942")
	codeManifest = diag.Code("FL943")
)

// Codes lists what is found in a folder of pictures.
var Codes = []diag.CodeDoc{
	{
		Code: codeStale, Name: "stale-picture", Severity: diag.Error,
		Doc: "a picture differs from what flowc draws of its model now",
		Why: "the same model gives the same bytes on every machine; where a picture differs from one that is rendered again, the model, flowc, or the picture itself changed",
	},
	{
		Code: codeMissing, Name: "missing-picture", Severity: diag.Error,
		Doc: "a picture of a model is missing",
	},
	{
		Code: codeOrphaned, Name: "orphaned-picture", Severity: diag.Error,
		Doc: "a picture that flowc rendered belongs to no model any more",
		Why: "the manifest of a folder of pictures, " + Name + ", lists the model of each. " +
			"A picture is orphaned where that model is gone, or no longer gives the picture, because a request or a view was renamed or removed. " +
			"A run judges only the models, views, requests and formats that it would draw",
	},
	{
		Code: codeManifest, Name: "stale-manifest", Severity: diag.Error,
		Doc: "the manifest of a folder does not match its pictures",
		Why: "a picture that is not listed would not be found once it is orphaned",
	},
}

func found(code diag.Code, help, format string, args ...any) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Message: fmt.Sprintf(format, args...), Help: help}
}

// Stale is the finding about a picture that is not what its model gives. It
// points at the first difference in both, where they are text. edited tells
// that the picture is not as flowc wrote it.
func Stale(picture, model string, have, want []byte, edited bool) diag.Diagnostic {
	help := "run the same command without --check, which renders it again"
	if edited {
		help = "it was edited since flowc wrote it: change the model instead, and run the same command without --check"
	}
	d := found(codeStale, help, "%q is not what %s gives", picture, model)
	if !isText(have) || !isText(want) {
		return d
	}
	have, want = unix(have), unix(want)
	start := 0
	for start < min(len(have), len(want)) && have[start] == want[start] {
		start++
	}
	for start > 0 && !runeStarts(have, start, want) {
		start--
	}
	same := 0
	for same < min(len(have), len(want))-start && have[len(have)-1-same] == want[len(want)-1-same] {
		same++
	}
	for same > 0 && !utf8.RuneStart(have[len(have)-same]) {
		same--
	}
	d.At = source.NewFile(picture, string(have)).Span(start, len(have)-same)
	d.Related = []diag.Related{{
		Message: model + " gives", At: source.NewFile(picture, string(want)).Span(start, len(want)-same),
	}}
	return d
}

// runeStarts reports whether no rune of two texts is cut at an offset.
func runeStarts(a []byte, at int, b []byte) bool {
	return (at == len(a) || utf8.RuneStart(a[at])) && (at == len(b) || utf8.RuneStart(b[at]))
}

// Missing is the finding about a picture that is not there.
func Missing(picture, model string) diag.Diagnostic {
	return found(codeMissing, "run the same command without --check, which renders it", "%q is missing: %s gives it", picture, model)
}

// Orphaned is the finding about a picture that no model gives any more. kept
// says why it is not deleted; "" where it may be.
func Orphaned(picture, model string, gone bool, kept string) diag.Diagnostic {
	help := "run the same command with --prune in the place of --check, which deletes it"
	if kept != "" {
		help = kept + ", so that --prune keeps it; delete it yourself"
	}
	if gone {
		return found(codeOrphaned, help, "%q is orphaned: its model %s is gone", picture, model)
	}
	return found(codeOrphaned, help, "%q is orphaned: %s no longer gives it", picture, model)
}

// OutOfDate is the finding about a manifest that does not list pictures as they
// are.
func OutOfDate(manifest string, listed []string) diag.Diagnostic {
	message := fmt.Sprintf("%q is out of date for %q", manifest, listed[0])
	if n := len(listed) - 1; n > 0 {
		message += fmt.Sprintf(" and %d more", n)
	}
	return found(codeManifest, "render again, and commit the manifest with the pictures", "%s", message)
}
