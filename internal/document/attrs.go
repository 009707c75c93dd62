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

// Has reports whether there is an attribute with a key, or the key alone.
func (a Attrs) Has(key string) bool { return a.Get(key) != nil }

// keySum is the attribute that holds the checksum of a region.
const keySum = "sum"

// Keys are the attributes of one kind of place.
type Keys struct {
	what  string   // "a region"
	Names []string // all of them
	bare  []string // those that stand without a value
}

// RegionKeys are the attributes of a begin marker.
var RegionKeys = &Keys{
	what:  "a region",
	Names: []string{"model", "view", "request", "route", "only", "show", "format", "of", "out", "alt", "words", "error", "command", "in", "lang", keySum},
}

// FenceKeys are the attributes of a fence.
var FenceKeys = &Keys{
	what:  "a fence",
	Names: []string{"view", "request", "route", "only", "show", "format", "words", "error", "file", "ignore"},
	bare:  []string{"words", "error", "ignore"},
}

// attrs reads the attributes in the byte range [start, end) of the text, with
// blanks between them; with commas, too, where the language writes them so.
func (s *scanner) attrs(start, end int, keys *Keys, commas bool) (attrs Attrs, ok bool) {
	text := s.src.Text
	blank := " \t\r\n"
	if commas {
		blank += ","
	}
	ok = true
	fail := func(from, to int, help, format string, args ...any) {
		s.doc.report(codeAttribute, s.src.Span(from, to), fmt.Sprintf(format, args...), help)
		ok = false
	}
	for at := start; at < end; {
		if strings.IndexByte(blank, text[at]) >= 0 {
			at++
			continue
		}
		from := at
		for at < end && strings.IndexByte(blank+`="'`, text[at]) < 0 {
			at++
		}
		attr := Attr{Key: text[from:at], Bare: true}
		if at < end && text[at] == '=' {
			attr.Bare = false
			var closed bool
			attr.Value, at, closed = value(text[:end], at+1, blank)
			if !closed {
				fail(from, end, "", "%s has a quote that does not end", attr.Key)
				return attrs, false
			}
		} else if at < end && strings.IndexByte(`"'`, text[at]) >= 0 {
			fail(at, at+1, "write KEY=VALUE, a value with blanks in quotes", "a quote stands where an attribute should begin")
			return attrs, false
		}
		attr.At = s.src.Span(from, at)
		switch {
		case attr.Key == "":
			fail(from, at, "write KEY=VALUE", "an attribute has no name")
		case !slices.Contains(keys.Names, attr.Key):
			fail(from, at, allowed(keys.Names), "%v", spell.Unknown("attribute of "+keys.what, attr.Key, keys.Names))
		case attrs.Has(attr.Key):
			fail(from, at, "", "%s is said twice", attr.Key)
		case attr.Bare && !slices.Contains(keys.bare, attr.Key):
			fail(from, at, "write "+attr.Key+"=VALUE", "%s has no value", attr.Key)
		case !attr.Bare && attr.Value == "":
			fail(from, at, "", "%s has an empty value", attr.Key)
		default:
			attrs = append(attrs, attr)
		}
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

func allowed(names []string) string { return "there are " + strings.Join(names, ", ") }
