// Package depfile writes which files are made of which, in what of a makefile
// Make and Ninja both read: the output of gcc -MD -MP.
package depfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Rule says that each of its targets is made of all of its inputs.
type Rule struct {
	Targets []string
	Inputs  []string
}

// Format writes rules in their order. Each input is also a target by itself
// that is made of nothing: without that, Make would refuse to build anything
// once an input is gone that only an old depfile names. A name that not both
// tools can read is an error.
func Format(rules []Rule) ([]byte, error) {
	var out bytes.Buffer
	var inputs []string
	seen := make(map[string]bool)
	for _, r := range rules {
		if len(r.Targets) == 0 {
			continue
		}
		targets, err := escaped(r.Targets, true)
		if err != nil {
			return nil, err
		}
		made, err := escaped(r.Inputs, false)
		if err != nil {
			return nil, err
		}
		out.WriteString(strings.Join(targets, " \\\n") + ":")
		for i, in := range made {
			out.WriteString(" \\\n  " + in)
			if !seen[in] && isTarget(r.Inputs[i]) {
				seen[in] = true
				inputs = append(inputs, in)
			}
		}
		out.WriteString("\n")
	}
	for _, in := range inputs {
		out.WriteString("\n" + in + ":\n")
	}
	return out.Bytes(), nil
}

func escaped(names []string, targets bool) ([]string, error) {
	out := make([]string, len(names))
	for i, n := range names {
		if what := unreadable(n, targets); what != "" {
			return nil, fmt.Errorf("%q is not allowed in a depfile: Make and Ninja do not both read %s", n, what)
		}
		out[i] = escape.Replace(n)
	}
	return out, nil
}

// escape is what both tools undo. A backslash before anything else stands for
// itself.
var escape = strings.NewReplacer(" ", `\ `, "#", `\#`, ":", `\:`, "$", "$$")

// plain are the characters outside of letters and digits that a name may have.
// All others separate names in Ninja, or mean something to Make that no
// backslash takes away in both.
const plain = ` #:$%\+,/_.~(){}@[]!-`

// unreadable says what in a name not both tools can read; "" where they can.
func unreadable(name string, target bool) string {
	for _, r := range name {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r >= utf8.RuneSelf
		if !letter && !strings.ContainsRune(plain, r) {
			return fmt.Sprintf("the character %q", r)
		}
	}
	for _, odd := range []struct {
		is   bool
		what string
	}{
		{name == "", "an empty name"},
		{strings.HasPrefix(name, "~"), `a "~" at the beginning, which is a home folder`},
		{strings.HasSuffix(name, ":"), `a ":" at the end`},
		{strings.Contains(name, "(") && strings.HasSuffix(name, ")"), "parentheses at the end, which are a member of an archive"},
		{bracketed(name), `"[" and "]", which are a pattern`},
		{backslashed(name), "a backslash there"},
		{target && !isTarget(name), `"%" in what is made, which is a pattern`},
	} {
		if odd.is {
			return odd.what
		}
	}
	return ""
}

// isTarget reports whether a name can stand before the colon: there Make takes
// "%" for a pattern.
func isTarget(name string) bool { return !strings.Contains(name, "%") }

func bracketed(name string) bool {
	_, after, ok := strings.Cut(name, "[")
	return ok && strings.Contains(after, "]")
}

// backslashed reports whether a backslash stands where it would take away the
// meaning of what follows.
func backslashed(name string) bool {
	return strings.HasSuffix(name, `\`) || slices.ContainsFunc([]string{`\ `, `\#`, `\:`, `\$`}, func(pair string) bool {
		return strings.Contains(name, pair)
	})
}
