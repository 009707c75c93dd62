package kubeyaml

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// masked is the text with asterisks in the place of what is secret: keys, the data of
// Secrets, and annotations that look like credentials. All places stay. So nothing that
// quotes the text can show them.
func (f *File) masked(parsed []node, text string, broken bool) string {
	m := &masking{file: f, text: text, judged: map[string]bool{}}
	for _, d := range parsed {
		m.above = d.line
		m.visit(d.node)
	}
	m.keys()
	if broken {
		m.lines()
	}
	if m.out == nil {
		return text
	}
	return string(m.out)
}

type masking struct {
	file  *File
	text  string
	above int
	out   []byte

	judged map[string]bool // whether names are those of credentials: a list has few names
}

// hide puts asterisks over a part of the text. Blanks and line breaks stay.
func (m *masking) hide(start, end int) {
	if m.out == nil {
		m.out = []byte(m.text)
	}
	for i := max(start, 0); i < min(end, len(m.out)); i++ {
		if c := m.out[i]; c > ' ' && c != '"' && c != '\'' {
			m.out[i] = '*'
		}
	}
}

// visit looks for what is secret in a value.
func (m *masking) visit(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			m.visit(c)
		}
		return
	}
	secret := fieldOf(n, "kind") == "Secret"
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i].Value, n.Content[i+1]
		switch {
		case secret && (k == "data" || k == "stringData"):
			m.values(v)
		case v.Kind == yaml.ScalarNode && (k == "key" && len(v.Value) > 16 || m.credential(k)):
			m.scalar(v)
		default:
			m.visit(v)
		}
	}
}

// fieldOf is a field of a mapping that is text.
func fieldOf(n *yaml.Node, name string) string {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1].Value
		}
	}
	return ""
}

func (m *masking) credential(name string) bool {
	known, ok := m.judged[name]
	if !ok {
		known = credential(name)
		m.judged[name] = known
	}
	return known
}

// credential reports whether a name is one of a password, a token or the like. The last
// configuration that was applied may have a key in it.
func credential(name string) bool {
	if name == "kubectl.kubernetes.io/last-applied-configuration" {
		return true
	}
	return len(name) > maxCredential || saysCredential(name) && !harmless.Get().MatchString(name)
}

// maxCredential is how long a name may be that is looked through: no key of Kubernetes is
// longer.
const maxCredential = 1000

// credentials are parts of the names of credentials, in small letters.
var credentials = []string{
	"passw", "passphrase", "secret", "token", "credential", "api-key", "apikey", "private-key", "privatekey", "access-key", "accesskey", "bearer", "authorization",
	"htpasswd", "basic-auth", "basicauth",
}

// saysCredential reports whether a name has one of these parts. Every name of a text is asked,
// so that a regular expression would take half the time of reading it.
func saysCredential(name string) bool {
	for i := range len(name) {
		first := name[i] | ' ' // small, for a letter
		if strings.IndexByte("pstcabh", first) < 0 {
			continue
		}
		for _, c := range credentials {
			if c[0] == first && len(name)-i >= len(c) && strings.EqualFold(name[i:i+len(c)], c) {
				return true
			}
		}
	}
	return false
}

var (
	// harmless are fields and annotations that name a Secret: secretName.
	harmless = lazy.Regexp(`(?i)(secret-?name|/auth-(tls-)?secret$|secretref|secretkeyref|auth-type|automount)`)
)

// values hides the values of a mapping of secrets.
func (m *masking) values(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		m.all(n)
		return
	}
	for i := 1; i < len(n.Content); i += 2 {
		m.all(n.Content[i])
	}
}

// all hides all scalars of a value.
func (m *masking) all(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		m.scalar(n)
	}
	for _, c := range n.Content {
		m.all(c)
	}
}

// scalar hides a scalar: all of its lines.
func (m *masking) scalar(n *yaml.Node) {
	start, _ := m.file.extent(n, m.above)
	end := start + m.length(n, start)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		start += lineLength(m.text[start:]) // the sign that begins a block stays
	}
	m.hide(start, end)
}

// length is how much of the text a scalar takes.
func (m *masking) length(n *yaml.Node, start int) int {
	text := m.text[start:]
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return closing(text, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		return closing(text, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 && strings.HasPrefix(text, n.Value):
		return len(n.Value)
	}
	// a block, or plain text that goes on in deeper lines
	line := m.file.index.lineAt(start)
	indent := blanks(m.file.index.lineOf(line))
	end := start + lineLength(text)
	for line++; line < len(m.file.index.lines); line++ {
		l := m.file.index.lineOf(line)
		if strings.TrimSpace(l) != "" && blanks(l) <= indent {
			break
		}
		end = int(m.file.index.lines[line]) + len(l)
	}
	return end - start
}

func blanks(line string) int { return len(line) - len(strings.TrimLeft(line, " -")) }

// closing is the length of a quoted scalar, whatever its lines.
func closing(text string, quote byte) int {
	for i := strings.IndexByte(text, quote) + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// keys hides private keys in PEM form, wherever they stand.
func (m *masking) keys() {
	const begin, end = "-----BEGIN ", "-----END "
	for at := 0; ; {
		i := strings.Index(m.text[at:], begin)
		if i < 0 {
			return
		}
		at += i + len(begin)
		title, _, _ := strings.Cut(m.text[at:], "-----")
		if !strings.HasSuffix(title, "PRIVATE KEY") || strings.Contains(title, "\n") {
			continue
		}
		from := at + len(title) + len("-----")
		to := strings.Index(m.text[from:], end)
		if to < 0 {
			to = len(m.text) - from
		}
		m.hide(from, from+to)
		at = from + to
	}
}

// lines hides what may be secret in a text that is not YAML: long words of the alphabet
// of base64, and what stands behind a name that looks like a credential.
func (m *masking) lines() {
	secret := strings.Contains(m.text, "Secret")
	for line := range m.file.index.lines {
		start, text := int(m.file.index.lines[line]), m.file.index.lineOf(line)
		name, _, ok := strings.Cut(text, ":")
		if ok && (credential(strings.Trim(name, ` -"'`)) || strings.Trim(name, ` -"'`) == "key") {
			m.hide(start+len(name)+1, start+len(text))
			continue
		}
		if ok && secret && !plain.Get().MatchString(name) {
			m.hide(start+len(name)+1, start+len(text))
		}
		for _, at := range encoded.Get().FindAllStringIndex(text, -1) {
			m.hide(start+at[0], start+at[1])
		}
	}
}

var (
	plain   = lazy.Regexp(`^[ "'-]*(apiVersion|kind|metadata|name|namespace|type|spec|labels|annotations|host|path)["' ]*$`)
	encoded = lazy.Regexp(`[A-Za-z0-9+/=]{24,}`)
)

// lineAt is the line of a byte, counted from 0.
func (x *index) lineAt(at int) int {
	lo, hi := 0, len(x.lines)
	for lo+1 < hi {
		if mid := (lo + hi) / 2; int(x.lines[mid]) <= at {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// lineOf is a line, counted from 0, without its break.
func (x *index) lineOf(line int) string {
	start, end := int(x.lines[line]), len(x.text)
	if line+1 < len(x.lines) {
		end = int(x.lines[line+1])
	}
	return strings.TrimRight(x.text[start:end], "\r\n")
}
