package haproxycfg

import "strings"

// Call is a fetch or a converter with its arguments: req.hdr(host).
type Call struct {
	Name string
	Args []string
}

// Expr is a sample expression: a fetch, and converters behind it (HAProxy
// configuration manual, 7.3).
type Expr []Call

// Fetch is the fetch of the expression.
func (e Expr) Fetch() Call { return e[0] }

// Arg returns an argument of a call, "" where there is none.
func (c Call) Arg(n int) string {
	if n < len(c.Args) {
		return c.Args[n]
	}
	return ""
}

// ParseExpr reads a sample expression; ok is false where it is none. What stands
// behind it is returned, too.
func ParseExpr(s string) (e Expr, rest string, ok bool) {
	for {
		c, more, ok := parseCall(s)
		if !ok {
			return e, s, false
		}
		e = append(e, c)
		if !strings.HasPrefix(more, ",") {
			return e, more, true
		}
		s = more[1:]
	}
}

func parseCall(s string) (c Call, rest string, ok bool) {
	i := 0
	for i < len(s) && (isLetter(s[i]) || s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == '-') {
		i++
	}
	c.Name = s[:i]
	if i == 0 {
		return c, s, false
	}
	if i == len(s) || s[i] != '(' {
		return c, s[i:], true
	}
	args, rest, ok := parseArgs(s[i+1:])
	c.Args = args
	return c, rest, ok
}

// parseArgs reads arguments up to the closing parenthesis. They may be quoted, and a
// backslash takes the meaning of a comma or of a parenthesis away.
func parseArgs(s string) (args []string, rest string, ok bool) {
	var arg strings.Builder
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(s) && strings.IndexByte(`,()\'" `, s[i+1]) >= 0:
			i++
			arg.WriteByte(s[i])
		case quote == 0 && c == ',':
			args = append(args, strings.TrimSpace(arg.String()))
			arg.Reset()
		case quote == 0 && c == ')':
			return append(args, strings.TrimSpace(arg.String())), s[i+1:], true
		default:
			arg.WriteByte(c)
		}
	}
	return args, "", false
}

// Format is a log-format string, as values of headers and redirects are: text, and
// expressions in it (HAProxy configuration manual, 8.2.4).
type Format []Piece

// Piece is a text, or an expression.
type Piece struct {
	Text string
	Expr Expr // nil for a text, and for a variable such as %ci
}

// ParseFormat reads a log-format string.
func ParseFormat(s string) (Format, bool) {
	var out Format
	text := ""
	for s != "" {
		i := strings.IndexByte(s, '%')
		if i < 0 || i+1 == len(s) {
			text += s
			break
		}
		text, s = text+s[:i], s[i:]
		if s[1] == '%' {
			text, s = text+"%", s[2:]
			continue
		}
		rest := s[1:]
		if strings.HasPrefix(rest, "{") { // flags: %{+Q}[…]
			shut := strings.IndexByte(rest, '}')
			if shut < 0 {
				return nil, false
			}
			rest = rest[shut+1:]
		}
		if text != "" {
			out, text = append(out, Piece{Text: text}), ""
		}
		if !strings.HasPrefix(rest, "[") {
			n := 0
			for n < len(rest) && isLetter(rest[n]) {
				n++
			}
			out, s = append(out, Piece{Text: s[:len(s)-len(rest)+n], Expr: Expr{{Name: "%" + rest[:n]}}}), rest[n:]
			continue
		}
		e, more, ok := ParseExpr(rest[1:])
		if !ok || !strings.HasPrefix(more, "]") {
			return nil, false
		}
		out, s = append(out, Piece{Expr: e}), more[1:]
	}
	if text != "" {
		out = append(out, Piece{Text: text})
	}
	return out, true
}

// Literal is the text of a format without expressions.
func (f Format) Literal() (string, bool) {
	var b strings.Builder
	for _, p := range f {
		if p.Expr != nil {
			return "", false
		}
		b.WriteString(p.Text)
	}
	return b.String(), true
}
