package paths

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// What the text tells at most; the JSON tells all.
const (
	mostClasses = 40
	mostNames   = 8
)

// WriteText writes the list of a model, called name, for a person:
//
//	shop.flow: 5 paths in 2 classes; 1 class fails
//
//	1  503, 1 path: browser > edge:443 > inner:443 > shop
//	   GET https://shop.example.test/
//	   fails: no usable server in backend "shop"
//	   TLS browser - edge, plaintext edge - inner
//	2  200, 4 paths: browser > edge:443 > inner:443 > blog
//	   GET https://blog.example.test/ (request read, expects 200)
//	   TLS browser - edge, plaintext edge - inner, TLS inner - blog
//	   clients: browser, app
func (l *List) WriteText(w io.Writer, name string) error {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(printable(fmt.Sprintf(format, args...)) + "\n")
	}
	line("%s: %s in %s; %s", name, count(l.Count, "path", "paths"), count(len(l.Classes), "class", "classes"), failing(l.failing()))
	told := l.Classes[:min(len(l.Classes), mostClasses)]
	width := len(fmt.Sprint(len(told)))
	if len(told) > 0 {
		line("")
	}
	for _, c := range told {
		for i, text := range c.lines() {
			number := ""
			if i == 0 {
				number = fmt.Sprint(c.Number)
			}
			line("%*s  %s", width, number, text)
		}
	}
	if n := len(l.Classes) - len(told); n > 0 {
		line("and %s; --format json lists all", count(n, "more class", "more classes"))
	}
	if len(l.Unused) > 0 {
		var names []string
		for _, r := range l.Unused {
			names = append(names, r.Name)
		}
		line("")
		line("on no path: %s %s", plural(len(names), "route", "routes"), some(names))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func failing(n int) string {
	switch n {
	case 0:
		return "no class fails"
	case 1:
		return "1 class fails"
	}
	return fmt.Sprintf("%d classes fail", n)
}

// lines are what is said of a class.
func (c *Class) lines() []string {
	s := &c.Summary
	out := []string{
		fmt.Sprintf("%s, %s: %s", words.Outcome(flow.Outcome{Endings: s.Endings}), count(c.Count, "path", "paths"), words.Path(c.Path, c.Client)),
		c.asks(),
	}
	if why := c.Why(); why != "" {
		out = append(out, "fails: "+why)
	}
	var channels []string
	for _, ch := range c.Channels() {
		channels = append(channels, ch.String())
	}
	if len(channels) > 0 {
		out = append(out, strings.Join(channels, ", "))
	}
	if c.Path.Ask.Inside {
		out = append(out, fmt.Sprintf("no proxy in front of %s leads this there; a client may connect itself", c.Path.Ask.Via.Proxy.Name))
	}
	if len(c.Clients) > 1 {
		var names []string
		for _, from := range c.Clients {
			names = append(names, from.Name)
		}
		out = append(out, "clients: "+some(names))
	}
	return out
}

// asks is what the example asks for, and by which request of the model.
func (c *Class) asks() string {
	call, a := c.asked(), c.Path.Ask
	call.Host = c.host()
	text := call.URL()
	if call.IsHTTP() {
		text = call.Method + " " + text
	}
	q := c.Path.Ask.Request
	if q == nil {
		for _, f := range c.Request().Fields {
			text += fmt.Sprintf(", %s: %s", f.Name, f.Value)
		}
		if a.NoSNI && !call.InClear() {
			text += ", no SNI"
		}
		if from := c.source(); from != "" {
			text += ", from " + from
		}
		return text
	}
	text += " (request " + q.Name
	if len(q.Expect) > 0 {
		if q.Follow.V {
			text += ", follows redirects"
		}
		text += ", expects " + strings.Join(expects(q), " or ")
	}
	return text + ")"
}

// source is the address of the example's client, where flowc gives it one that counts; else "".
func (c *Class) source() string {
	if c.Client.Address.IsSet() {
		return ""
	}
	return c.Client.Address.V
}

func expects(q *flow.Request) []string {
	out := []string{}
	for _, e := range q.Expect {
		out = append(out, words.Expect(e))
	}
	return out
}

// String is "TLS browser - shop, relayed by edge".
func (ch Channel) String() string {
	text := "plaintext "
	if ch.TLS {
		text = "TLS "
	}
	text += ch.From + " - " + ch.To
	if len(ch.Relayed) > 0 {
		text += " (relayed by " + strings.Join(ch.Relayed, ", ") + ")"
	}
	return text
}

// some is "a, b, c and 4 more".
func some(names []string) string {
	if n := len(names) - mostNames; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNames], ", "), n)
	}
	return strings.Join(names, ", ")
}

func count(n int, one, several string) string {
	return fmt.Sprintf("%d %s", n, plural(n, one, several))
}

func plural(n int, one, several string) string {
	if n == 1 {
		return one
	}
	return several
}

// printable turns what would steer a terminal into a sign that does not.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
