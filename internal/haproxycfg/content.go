package haproxycfg

import (
	"strings"
	"unicode/utf8"
)

// content is what a text is that is no configuration.
type content struct {
	message, help string
	end           int // of what shows it
}

// kindsOfContent are texts that are given by mistake, in the order in which they are
// asked. first is the first line with words.
var kindsOfContent = []struct {
	is            func(text, first string) bool
	message, help string
}{
	{func(text, _ string) bool {
		return strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
	},
		"the file is UTF-16, which HAProxy does not read", "save it as UTF-8"},
	{func(text, _ string) bool { return isBinary(text) },
		"the file is binary, and no configuration", "give the haproxy.cfg itself, not compressed"},
	{func(text, _ string) bool { return isOneLine(text) },
		"the lines end with a carriage return alone: HAProxy takes the file for one line", "save it with line feeds"},
	{func(_, first string) bool { return strings.HasPrefix(first, "-----BEGIN ") },
		"the file is a certificate or a key, and no configuration", "give the haproxy.cfg, whose crt names this file"},
	{func(_, first string) bool {
		lower := strings.ToLower(first)
		return strings.HasPrefix(lower, "<!doctype") || strings.HasPrefix(lower, "<html")
	}, "the file is HTML, and no configuration", "look at it: it may be the page of an error that was saved"},
	{func(text, first string) bool {
		return (strings.HasPrefix(first, "{") || strings.HasPrefix(first, "[")) && strings.Contains(text, `"`)
	}, "the file is JSON, and no configuration", "give the haproxy.cfg"},
	{func(_, first string) bool { return isYAML(first) },
		"the file is YAML, and no configuration", "give the haproxy.cfg that it makes"},
	{func(_, first string) bool { return strings.HasSuffix(first, "{") && isNginx(first) },
		"the file is a configuration of nginx, and not of HAProxy", "give the haproxy.cfg"},
}

// contentOf is what a text is instead of a configuration; nil where it may be one.
func contentOf(text string) *content {
	first, end := firstLine(strings.TrimPrefix(text, bom))
	for _, k := range kindsOfContent {
		if k.is(text, first) {
			if !utf8.ValidString(first) || strings.Contains(first, "\r") {
				end = 0
			}
			return &content{k.message, k.help, min(end, len(text))}
		}
	}
	return nil
}

// firstLine is the first line with words that is no comment, and where it ends.
func firstLine(text string) (line string, end int) {
	for l := range strings.Lines(text) {
		end += len(l)
		if s := strings.TrimSpace(l); s != "" && s[0] != '#' {
			return s, end - len(l) + len(strings.TrimRight(l, "\r\n"))
		}
	}
	return "", 0
}

// isBinary reports whether a text has what no text has: the beginning of an executable
// or of a compressed file, or many NUL bytes.
func isBinary(text string) bool {
	head := text[:min(len(text), 1024)]
	return strings.HasPrefix(text, "\x7fELF") || strings.HasPrefix(text, "\x1f\x8b") || strings.HasPrefix(text, "PK\x03\x04") || strings.Count(head, "\x00") > len(head)/16+2
}

// isOneLine reports whether carriage returns alone end the lines.
func isOneLine(text string) bool {
	text = strings.TrimRight(text, "\r\n")
	return strings.Contains(text, "\r") && !strings.Contains(text, "\n")
}

// isYAML reports whether a line is a key of YAML, or begins a document.
func isYAML(first string) bool {
	key, rest, ok := strings.Cut(first, ":")
	return first == "---" || ok && !strings.ContainsAny(key, " \t.") && key != "" && (rest == "" || rest[0] == ' ')
}

func isNginx(first string) bool {
	switch word, _, _ := strings.Cut(first, " "); word {
	case "server", "http", "events", "upstream", "stream", "location", "map":
		return true
	}
	return false
}
