//go:build linux

package import_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fact is a line of expected.txt: where something is said, of which kind it is, and
// what it is.
type fact struct {
	line  int    // of expected.txt
	file  string // haproxy.cfg, or a map or list beside it
	at    int    // the line of that file
	kind  string
	words []string
}

type expected struct {
	t     *testing.T
	facts []fact
}

// kinds are those of a fact, and how many words each has at least.
var kinds = map[string]int{
	"listener": 3, "route": 4, "stage": 4, "answer": 4, "redirect": 4, "server": 4, "left-out": 2, "finding": 2,
}

// leftOut are the kinds of what a reader cannot express (README.md).
var leftOut = []string{"harmless", "loses", "changes"}

var modes = []string{"plain", "edge", "reencrypt", "passthrough", "relay", "originate"}

// readExpected reads and holds it against the text of the configuration.
func readExpected(t *testing.T, dir string) expected {
	t.Helper()
	e := expected{t: t}
	texts := map[string][]string{}
	name := filepath.Join(dir, "expected.txt")
	for _, l := range readLines(t, name) {
		f := fact{line: l.n, file: "haproxy.cfg"}
		at := l.words[0]
		if file, n, ok := strings.Cut(at, ":"); ok {
			f.file, at = file, n
		}
		n, err := strconv.Atoi(at)
		if err != nil || len(l.words) < 2 || len(l.words)-2 < kinds[l.words[1]] || kinds[l.words[1]] == 0 {
			t.Errorf("%s:%d: LINE KIND WORDS is expected: %s", name, l.n, l.text)
			continue
		}
		f.at, f.kind, f.words = n, l.words[1], l.words[2:]
		if texts[f.file] == nil {
			text, err := os.ReadFile(filepath.Join(dir, f.file))
			if err != nil {
				t.Errorf("%s:%d: %v", name, l.n, err)
				continue
			}
			texts[f.file] = strings.Split(string(text), "\n")
		}
		if f.at < 1 || f.at > len(texts[f.file]) {
			t.Errorf("%s:%d: %s has no line %d", name, l.n, f.file, f.at)
			continue
		}
		if wrong := f.wrong(texts[f.file][f.at-1], strings.Join(texts["haproxy.cfg"], "\n")); wrong != "" {
			t.Errorf("%s:%d: %s\n%s\n%s:%d: %s", name, l.n, wrong, l.text, f.file, f.at, texts[f.file][f.at-1])
		}
		e.facts = append(e.facts, f)
	}
	e.complete(name, texts["haproxy.cfg"])
	return e
}

// wrong says what does not fit the line that a fact is about.
func (f fact) wrong(text, all string) string {
	has := func(word string) bool {
		return regexp.MustCompile(`(^|[\s,])` + regexp.QuoteMeta(word) + `($|[\s,:])`).MatchString(text)
	}
	section := func(name string) bool {
		return regexp.MustCompile(`(?m)^(frontend|backend|listen|peers)\s+` + regexp.QuoteMeta(name) + `(\s|$)`).MatchString(all)
	}
	switch f.kind {
	case "listener":
		if !section(f.words[0]) {
			return "no section " + f.words[0]
		}
		if !strings.Contains(text, "bind") && !strings.Contains(text, "peer") {
			return "the line has no bind, and no peer"
		}
	case "server":
		if !section(f.words[0]) || !has(f.words[1]) && !strings.Contains(text, "server-template") {
			return "no such section, or no such server in the line"
		}
	case "route", "stage":
		i := slices.Index(f.words, "->")
		if !section(f.words[0]) || i < 0 || i+2 >= len(f.words) || !section(f.words[i+1]) {
			return "FRONTEND CONDITIONS -> BACKEND MODE is expected, and both sections"
		}
		unknown := func(mode string) bool { return !slices.Contains(modes, mode) }
		if f.kind == "route" && slices.ContainsFunc(strings.Split(f.words[i+2], ","), unknown) {
			return "the mode is none of " + strings.Join(modes, ", ")
		}
	case "answer", "redirect":
		if !section(f.words[0]) || !slices.Contains(f.words, "->") {
			return "SECTION CONDITIONS -> STATUS is expected"
		}
	case "left-out":
		if !slices.Contains(leftOut, f.words[0]) {
			return "the kind is none of " + strings.Join(leftOut, ", ")
		}
		if !strings.Contains(text, f.words[1]) {
			return fmt.Sprintf("the line has no %q", f.words[1])
		}
	case "finding":
	default:
		panic(f.kind)
	}
	return ""
}

// complete demands that each bind and each server of the configuration is told of.
func (e expected) complete(name string, text []string) {
	e.t.Helper()
	told := map[string]map[int]bool{"listener": {}, "server": {}}
	for _, f := range e.facts {
		if told[f.kind] != nil && f.file == "haproxy.cfg" {
			told[f.kind][f.at] = true
		}
	}
	keyword := regexp.MustCompile(`^\s+(bind|server|server-template)\s`)
	for i, l := range text {
		m := keyword.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		kind := "server"
		if m[1] == "bind" {
			kind = "listener"
		}
		if !told[kind][i+1] {
			e.t.Errorf("%s says nothing of haproxy.cfg:%d: %s", name, i+1, strings.TrimSpace(l))
		}
	}
}

// listeners are those that the network has: no unix socket. A port range is each of its ports.
func (e expected) listeners() []netip.AddrPort {
	e.t.Helper()
	var out []netip.AddrPort
	for _, f := range e.facts {
		if f.kind != "listener" || strings.Contains(f.words[1], "@") || slices.Contains(f.words, "off") {
			continue
		}
		i := strings.LastIndex(f.words[1], ":")
		host, span := f.words[1][:i], f.words[1][i+1:]
		if host == "*" {
			host = "0.0.0.0"
		}
		a, err := netip.ParseAddr(strings.Trim(host, "[]"))
		low, high, ok := strings.Cut(span, "-")
		if !ok {
			high = low
		}
		from, err2 := strconv.ParseUint(low, 10, 16)
		to, err3 := strconv.ParseUint(high, 10, 16)
		if err != nil || err2 != nil || err3 != nil {
			e.t.Fatalf("expected.txt:%d: %q is no address with a port", f.line, f.words[1])
		}
		for p := from; p <= to; p++ {
			out = append(out, netip.AddrPortFrom(a, uint16(p)))
		}
	}
	return out
}
