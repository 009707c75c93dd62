package document

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// Attr is one attribute of a marker or a fence: view=sequence, or the word
// words alone.
type Attr struct {
	Key   string
	Value string
	Bare  bool        // no "=" stands behind the key
	At    source.Span // all of it
}

// Attrs are the attributes of a marker or a fence in the order of the text.
type Attrs []Attr

// Get returns the attribute with a key, nil where there is none.
func (a Attrs) Get(key string) *Attr {
	for i := range a {
		if a[i].Key == key {
			return &a[i]
		}
	}
	return nil
}

// Value returns the value of an attribute, "" where it is not there.
func (a Attrs) Value(key string) string {
	if at := a.Get(key); at != nil {
		return at.Value
	}
	return ""
}

// On reports whether an attribute that is a word alone is there. Where a
// language wants values, words=true and words=yes say the same.
func (a Attrs) On(key string) bool {
	at := a.Get(key)
	return at != nil && (at.Bare || at.Value == "true" || at.Value == "yes")
}

// isTruth reports whether a value is one of those that On knows, or their
// contrary.
func isTruth(v string) bool { return slices.Contains([]string{"true", "yes", "false", "no"}, v) }

// Has reports whether there is an attribute with a key, or the key alone.
func (a Attrs) Has(key string) bool { return a.Get(key) != nil }

// keySum is the attribute that holds the checksum of a region.
const keySum = "sum"

// keyList are the attributes of one kind of place.
type keyList struct {
	what  string   // "a region"
	Names []string // all of them
	bare  []string // those that may stand without a value
	flags []string // those that have none
}

// regionKeys are the attributes of a begin marker.
var regionKeys = &keyList{
	what:  "a region",
	Names: []string{"model", "view", "request", "route", "only", "around", "show", "format", "theme", "scheme", "width", "of", "out", "alt", "words", "error", "command", "in", "lang", keySum},
	bare:  []string{"words", "error"},
}

// fenceKeys are the attributes of a fence.
var fenceKeys = &keyList{
	what:  "a fence",
	Names: []string{"model", "view", "request", "route", "only", "around", "show", "format", "theme", "scheme", "width", "words", "error", "file", "ignore"},
	bare:  []string{"words", "error"},
	flags: []string{"ignore"},
}

// add adds an attribute, or reports what is wrong with it. write is how one
// with a value is written.
func (s *scanner) add(to *Attrs, a Attr, keys *keyList, write string) bool {
	var message, help string
	switch flag := slices.Contains(keys.flags, a.Key); {
	case strings.Trim(a.Key, ",") == "" && a.Key != "":
		message, help = "a comma is between attributes", "separate attributes with blanks"
	case a.Key == "":
		message, help = "an attribute has no name", "write KEY=VALUE"
	case !slices.Contains(keys.Names, a.Key):
		message = fmt.Sprintf("unknown attribute of %s %q%s", keys.what, a.Key, spell.DidYouMean(a.Key, keys.Names))
		help = "there are " + strings.Join(keys.Names, ", ")
	case to.Has(a.Key):
		message, help = a.Key+" is given twice", "delete one of them"
	case flag && !a.Bare && !isTruth(a.Value):
		message, help = a.Key+" has no value", "write "+a.Key+" alone"
	case a.Bare && !flag && !slices.Contains(keys.bare, a.Key):
		message, help = a.Key+" needs a value", "write "+write
	case !a.Bare && a.Value == "":
		message, help = a.Key+" has an empty value", "write "+write+", or delete it"
	default:
		*to = append(*to, a)
		return true
	}
	s.doc.report(codeAttribute, a.At, message, help)
	return false
}

// attrs reads the attributes in the byte range [start, end) of the text, with
// blanks between them; with commas, too, where the language writes them so.
func (s *scanner) attrs(start, end int, keys *keyList, commas bool) (attrs Attrs, ok bool) {
	text := s.src.Text
	blank := " \t\r\n"
	if commas {
		blank += ","
	}
	braced := keys == fenceKeys
	if braced { // {.flow view=topology}, as Pandoc and Hugo have it
		blank += "{}"
	}
	ok = true
	fail := func(from, to int, message, help string) {
		s.doc.report(codeAttribute, s.src.Span(from, to), message, help)
		ok = false
	}
	for at := start; at < end; {
		if text[at] == '\n' { // a marker of several lines in a quote
			at += len(text[at:end]) - len(strings.TrimLeft(text[at:end], " \t\n>"))
			continue
		}
		if strings.IndexByte(blank, text[at]) >= 0 {
			at++
			continue
		}
		from := at
		for at < end && strings.IndexByte(blank+`="'`, text[at]) < 0 {
			at++
		}
		attr := Attr{Key: text[from:at], Bare: true}
		behind := strings.TrimLeft(text[at:end], " \t")
		switch {
		case at < end && text[at] == '=':
			attr.Bare = false
			var closed bool
			attr.Value, at, closed = value(text[:end], at+1, blank)
			if !closed {
				fail(from, end, attr.Key+" has a quote that does not end", "end it with the same quote")
				return attrs, false
			}
		case strings.HasPrefix(behind, "="):
			_, next, _ := value(text[:end], end-len(strings.TrimLeft(behind[1:], " \t")), blank)
			fail(from, next, "blanks are beside the = of "+attr.Key, "write "+attr.Key+"=VALUE")
			at = next
			continue
		case at < end && strings.IndexByte(`"'`, text[at]) >= 0:
			fail(at, at+1, "a quote is where an attribute must begin", "write KEY=VALUE, a value with blanks in quotes")
			return attrs, false
		}
		attr.At = s.src.Span(from, at)
		if braced && strings.IndexByte(".#", text[from]) >= 0 {
			continue // a class or an id of the page
		}
		if word := strings.TrimRight(attr.Value, ","); word != attr.Value && strings.IndexByte(`"'`, text[at-1]) < 0 {
			fail(from, at, "a comma follows "+attr.Key+"="+word, "separate attributes with blanks")
			continue
		}
		ok = s.add(&attrs, attr, keys, attr.Key+"=VALUE") && ok
	}
	return attrs, ok
}

// value reads a value at a place: a word, or something in quotes of either
// kind. In them a backslash keeps a quote.
func value(text string, at int, blank string) (v string, next int, closed bool) {
	if at >= len(text) || text[at] != '"' && text[at] != '\'' {
		from := at
		for at < len(text) && strings.IndexByte(blank, text[at]) < 0 {
			at++
		}
		return text[from:at], at, true
	}
	quote := text[at]
	var b strings.Builder
	for at++; at < len(text); at++ {
		switch c := text[at]; {
		case c == quote:
			return b.String(), at + 1, true
		case c == '\\' && at+1 < len(text) && (text[at+1] == quote || text[at+1] == '\\'):
			at++
			b.WriteByte(text[at])
		default:
			b.WriteByte(c)
		}
	}
	return "", at, false
}
