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

// TestPredicted holds the two files against each other that are written by hand: what
// follows from expected.txt for each ask is what asks.txt expects, which TestConfigs
// measures: the outcome, the backend and the mode, who ends TLS and what the server speaks.
// Each route, stage, answer and redirect decides at least one ask. So all of
// expected.txt that says where a request goes is measured, too. An ask with
// "beyond=WHY" is about what expected.txt does not say.
func TestPredicted(t *testing.T) {
	files, err := filepath.Glob("configs/*/haproxy.cfg")
	if err != nil || len(files) == 0 {
		t.Fatal("no configuration was found:", err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			e := readExpected(t, dir)
			o := &oracle{expected: e, dir: dir, parts: readParts(t, filepath.Join(dir, "parts.txt")), decided: map[int]bool{}, seen: map[int][]string{}}
			for _, a := range readAsks(t, filepath.Join(dir, "asks.txt")) {
				if a.opts["beyond"] != "" {
					continue
				}
				if wrong := o.wrong(a); wrong != "" {
					t.Errorf("%s/asks.txt:%d: %s\n%s", dir, a.line, wrong, a.text)
				}
			}
			for _, f := range e.facts {
				if missing := o.unasked(f); missing != "" {
					t.Errorf("%s/expected.txt:%d: no ask has the mode %s of %s", dir, f.line, missing, strings.Join(f.words, " "))
				}
				if decides[f.kind] && !o.decided[f.line] && !o.besides(f) {
					t.Errorf("%s/expected.txt:%d: no ask is decided by %s %s", dir, f.line, f.kind, strings.Join(f.words, " "))
				}
			}
		})
	}
}

// decides are the kinds of a fact that say where a request goes.
var decides = map[string]bool{"route": true, "stage": true, "answer": true, "redirect": true}

// unasked is a mode of a route that no ask has, where servers answer those that it decides.
func (o *oracle) unasked(f fact) string {
	seen := o.seen[f.line]
	if len(seen) == 0 {
		return ""
	}
	for _, mode := range strings.Split(f.words[slices.Index(f.words, "->")+2], ",") {
		if !slices.Contains(seen, mode) {
			return mode
		}
	}
	return ""
}

// besides reports whether a section is one to which no route leads: what leads there is
// left out.
func (o *oracle) besides(f fact) bool {
	return !slices.ContainsFunc(o.facts, func(to fact) bool {
		return to.kind == "listener" && to.words[0] == f.words[0] ||
			to.kind == "route" && to.words[slices.Index(to.words, "->")+1] == f.words[0]
	})
}

// oracle says what follows from expected.txt.
type oracle struct {
	expected
	dir     string
	parts   parts
	decided map[int]bool     // lines of expected.txt
	seen    map[int][]string // the modes of the asks that a line decides
}

// way is where a request is: in which section, and how it came there.
type way struct {
	*ask
	section string
	tls     bool   // a session that ended in this process
	read    string // what the port reads: "http", "tcp"
	sni     bool   // the port looks at the SNI, and ends nothing
	port    string
	ca      string // of the client certificates that are asked for
}

// wrong says how an ask differs from what follows.
func (o *oracle) wrong(a *ask) string {
	port := first(a.url.Port(), ports[a.url.Scheme])
	l := o.listener(first(a.at, a.url.Hostname()), port)
	if l == nil || a.outcome == "refused" {
		if l == nil != (a.outcome == "refused") {
			return "whether the port is open differs"
		}
		return ""
	}
	w := &way{ask: a, port: port}
	secure := a.url.Scheme == "https" || a.url.Scheme == "tls"
	switch {
	case strings.HasPrefix(a.outcome, "alert="), slices.Contains(l.words, "proxy") != (a.opts["proxy"] != ""),
		l.words[2] == "http" && secure != slices.Contains(l.words, "tls"),
		l.words[2] == "tcp" && slices.Contains(l.words, "tls") && !secure:
		return "" // not of routes: what the port does with a client that does not fit
	}
	return o.follow(w, l)
}

// follow goes through a port and the sections behind it.
func (o *oracle) follow(w *way, l *fact) string {
	w.section, w.read = l.words[0], l.words[2]
	w.tls, w.sni = slices.Contains(l.words, "tls"), slices.Contains(l.words, "sni")
	for _, word := range l.words {
		if ca, ok := strings.CutPrefix(word, "ca="); ok {
			w.ca = ca
		}
	}
	if wrong := w.presented(l); wrong != "" {
		return wrong
	}
	f := o.decision(w)
	if f == nil {
		return w.ends(map[bool]string{true: "503", false: "close"}[l.words[2] == "http"])
	}
	o.decided[f.line] = true
	target := f.words[slices.Index(f.words, "->")+1:]
	switch f.kind {
	case "answer":
		return w.ends(target[0])
	case "redirect":
		return w.redirected(target)
	case "stage":
		if slices.Contains(o.find("listener", target[1]).words, "tls") != (w.url.Scheme == "https" || w.url.Scheme == "tls") {
			return "" // not what the second stage speaks
		}
		return o.follow(w, o.find("listener", target[1]))
	}
	w.section = target[0]
	if g := o.decision(w); g != nil && g.kind != "route" {
		o.decided[g.line] = true
		return w.ends(g.words[slices.Index(g.words, "->")+1])
	}
	return o.served(w, f, target[0], strings.Split(target[1], ","))
}

// presented demands that the certificate of a session that ends here is one of the port.
func (w *way) presented(l *fact) string {
	for _, x := range w.want {
		for _, word := range l.words {
			certs, ok := strings.CutPrefix(word, "certs=")
			if ok && x[0] == "ends" && !slices.Contains(strings.Split(certs, ","), x[1]) {
				return "the port " + l.words[1] + " has no certificate " + x[1]
			}
		}
	}
	return ""
}

// decision is the fact that holds first: what HAProxy answers itself before where it
// sends a request, and what holds for every request behind that.
func (o *oracle) decision(w *way) *fact {
	for _, routes := range []bool{false, true} {
		for i := range o.facts {
			f := &o.facts[i]
			if !decides[f.kind] || f.words[0] != w.section {
				continue
			}
			conditions := f.words[1:slices.Index(f.words, "->")]
			answers := f.kind == "redirect" || f.kind == "answer" && conditions[0] != "else"
			if answers != routes && o.hold(w, conditions) {
				return f
			}
		}
	}
	return nil
}

func (w *way) ends(status string) string {
	for _, x := range w.want {
		if x[0] == "server" {
			return "a server is expected, and " + status + " follows"
		}
	}
	if !slices.Contains(strings.Split(w.outcome, "|"), status) {
		return status + " follows"
	}
	return ""
}

func (w *way) redirected(target []string) string {
	if wrong := w.ends(target[len(target)-1]); wrong != "" {
		return wrong
	}
	for _, x := range w.want {
		if want := "https://" + w.host() + w.url.RequestURI(); x[0] == "location" && target[0] == "https" && x[1] != want {
			return want + " follows"
		}
	}
	return ""
}

// served demands that the servers of an ask are those of a backend, that they speak
// what is said of them, and that this is the mode of the route.
func (o *oracle) served(w *way, route *fact, backend string, modes []string) string {
	for _, x := range w.want {
		if x[0] != "server" {
			continue
		}
		for _, name := range strings.Split(x[1], "|") {
			f, s := o.server(w, backend, name)
			if f == nil {
				return fmt.Sprintf("the backend %s follows, which has no server %s", backend, name)
			}
			if (f.words[3] == "tls") != (s.speaks == "https" || s.speaks == "tls") || (f.words[3] == "h2c") != (s.speaks == "h2c") {
				return fmt.Sprintf("the server %s is said to speak %s, and speaks %s", name, f.words[3], s.speaks)
			}
			headed := slices.ContainsFunc(f.words, func(word string) bool { return strings.HasPrefix(word, "proxy=") })
			if headed != (s.opts["proxy"] != "") {
				return "the server " + name + " is told otherwise whether it gets a PROXY header"
			}
			mode := w.mode(f.words[3] == "tls")
			if !slices.Contains(modes, mode) {
				return "the mode is " + mode
			}
			o.seen[route.line] = append(o.seen[route.line], mode)
		}
		return ""
	}
	// the server says nothing that HAProxy takes for an answer, or nothing of its own
	if slices.Contains([]string{"503", "400", "close"}, w.outcome) {
		return ""
	}
	return "the backend " + backend + " follows"
}

// server is what is said of a server that answers, and what it is.
func (o *oracle) server(w *way, backend, name string) (*fact, *serverPart) {
	for i := range o.facts {
		f := &o.facts[i]
		if f.kind != "server" || f.words[0] != backend || slices.Contains(f.words, "off") {
			continue
		}
		n, _ := strconv.Atoi(w.port)
		address := strings.NewReplacer("{port}", w.port, "{port+100}", strconv.Itoa(n+100)).Replace(f.words[2])
		for _, h := range o.parts.hosts { // ADDRESS NAME
			to, name, _ := strings.Cut(h, " ")
			address = strings.Replace(address, name+":", to+":", 1)
		}
		for j := range o.parts.servers {
			if s := &o.parts.servers[j]; s.address == address && s.name == name {
				return f, s
			}
		}
	}
	return nil, nil
}

// mode is that of a route (README.md).
func (w *way) mode(server bool) string {
	secure := w.url.Scheme == "https" || w.url.Scheme == "tls"
	switch {
	case w.tls && server:
		return "reencrypt"
	case w.tls:
		return "edge"
	case w.sni && secure:
		return "passthrough"
	case w.read == "tcp":
		return "relay"
	case server:
		return "originate"
	}
	return "plain"
}

func (o *oracle) find(kind, section string) *fact {
	for i := range o.facts {
		if f := &o.facts[i]; f.kind == kind && f.words[0] == section {
			return f
		}
	}
	o.t.Fatalf("%s: no %s of %s", o.dir, kind, section)
	return nil
}

// listener is the port that an address has, the most precise one.
func (o *oracle) listener(address, port string) *fact {
	var wide *fact
	for i := range o.facts {
		f := &o.facts[i]
		if f.kind != "listener" || strings.Contains(f.words[1], "@") {
			continue
		}
		at := strings.LastIndex(f.words[1], ":")
		low, high, ok := strings.Cut(f.words[1][at+1:], "-")
		if !ok {
			high = low
		}
		n, _ := strconv.Atoi(port)
		from, _ := strconv.Atoi(low)
		to, _ := strconv.Atoi(high)
		if n < from || n > to {
			continue
		}
		v4 := !strings.Contains(address, ":")
		switch f.words[1][:at] {
		case address:
			return f
		case "*":
			if v4 {
				wide = f
			}
		case "[::]":
			if !v4 || !slices.Contains(f.words, "v6only") {
				wide = f
			}
		}
	}
	return wide
}

func (w *way) host() string { return first(w.opts["host"], w.url.Host) }

func (w *way) header(name string) string {
	for _, h := range w.headers {
		if n, v, _ := strings.Cut(h, ":"); strings.EqualFold(n, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// hold reports whether all conditions do.
func (o *oracle) hold(w *way, conditions []string) bool {
	for _, c := range conditions {
		plain, negated := strings.CutPrefix(c, "!")
		if o.holds(w, plain) == negated {
			return false
		}
	}
	return true
}

var conditionForm = regexp.MustCompile(`^([a-z.-]+)(?::([A-Za-z-]+))?(?:(\^=|\$=|\*=|=|~)(.*))?$`)

func (o *oracle) holds(w *way, condition string) bool {
	m := conditionForm.FindStringSubmatch(condition)
	if m == nil {
		o.t.Fatalf("%s: %q is no condition", o.dir, condition)
	}
	subject, name, how, values := m[1], m[2], m[3], strings.Split(m[4], ",")
	secure := w.url.Scheme == "https" || w.url.Scheme == "tls"
	switch subject {
	case "else":
		return true
	case "tls":
		return secure
	case "not-tls":
		return !w.tls
	case "http":
		return !secure && w.method != "TALK"
	case "no-clienthello":
		return !secure
	case "first-bytes":
		return strings.HasPrefix(w.opts["send"], values[0])
	case "alpn":
		return slices.Contains(strings.Split(w.opts["alpn"], ","), values[0])
	case "base":
		return compared(strings.ToLower(w.host()+w.url.Path), how, m[4])
	case "to":
		return slices.Contains(values, w.at)
	case "host", "host.bare", "sni":
		subject := map[string]string{"host": w.host(), "host.bare": bare(w.host()), "sni": w.name()}[subject]
		if how == "~" {
			return regexp.MustCompile(m[4]).MatchString(strings.ToLower(subject))
		}
		return slices.ContainsFunc(values, func(v string) bool { return named(strings.ToLower(subject), how, v) })
	case "host.part":
		return slices.ContainsFunc(values, func(v string) bool { return strings.Contains("."+strings.ToLower(w.host())+".", "."+v+".") })
	case "host.first":
		part, _, _ := strings.Cut(strings.ToLower(w.host()), ".")
		return slices.Contains(values, part)
	case "path", "path.dir", "ipath", "ipath.dir":
		path := w.url.Path
		if subject[0] == 'i' {
			path = strings.ToLower(path)
		}
		if strings.HasSuffix(subject, ".dir") {
			return strings.Contains(path+"/", "/"+values[0]+"/")
		}
		if how == "~" {
			return regexp.MustCompile(m[4]).MatchString(path)
		}
		return slices.ContainsFunc(values, func(v string) bool { return compared(path, how, v) })
	case "method":
		return slices.Contains(values, w.method)
	case "port":
		return slices.Contains(values, w.port)
	case "src":
		return slices.ContainsFunc(values, func(v string) bool { return o.within(w.from, v) })
	case "header":
		v := w.header(name)
		return v != "" && compared(strings.ToLower(v), how, strings.ToLower(m[4]))
	case "cookie":
		return strings.Contains("; "+w.header("Cookie")+";", "; "+name+"="+m[4])
	case "auth":
		return w.header("Authorization") != ""
	case "client-certificate", "client-cn":
		return o.client(w, subject, m[4])
	}
	o.t.Fatalf("%s: the condition %q is not known", o.dir, condition)
	return false
}

// bare is a host without its port.
func bare(host string) string {
	host, _, _ = strings.Cut(host, ":")
	return host
}

func (w *way) name() string {
	sni := first(w.opts["sni"], w.url.Hostname())
	if _, err := netip.ParseAddr(sni); err == nil || sni == "none" || w.url.Scheme == "http" || w.url.Scheme == "tcp" {
		return ""
	}
	return sni
}

// named compares a name with one that may begin with "**".
func named(subject, how, name string) bool {
	if suffix, ok := strings.CutPrefix(name, "**"); ok {
		return strings.HasSuffix(subject, suffix)
	}
	return compared(subject, how, name)
}

func compared(subject, how, value string) bool {
	switch how {
	case "=":
		return subject == value
	case "^=":
		return strings.HasPrefix(subject, value)
	case "$=":
		return strings.HasSuffix(subject, value)
	case "*=", "~":
		return strings.Contains(subject, value)
	}
	panic("a comparison " + how)
}

// within reports whether an address is in a network, or in one of a file.
func (o *oracle) within(address, network string) bool {
	a := netip.MustParseAddr(address)
	if p, err := netip.ParsePrefix(network); err == nil {
		return p.Contains(a)
	}
	if b, err := netip.ParseAddr(network); err == nil {
		return a == b
	}
	text, err := os.ReadFile(filepath.Join(o.dir, network))
	if err != nil {
		o.t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		if l = strings.TrimSpace(l); l != "" && l[0] != '#' && o.within(address, l) {
			return true
		}
	}
	return false
}

// client compares who the client is by its certificate.
func (o *oracle) client(w *way, subject, value string) bool {
	cert := w.opts["cert"]
	if subject == "client-cn" || cert == "" || value == "" {
		return cert != "" && (value == "" || cert == value)
	}
	good := false
	for _, c := range o.parts.certs {
		for _, ca := range o.parts.certs {
			good = good || c.name == cert && c.by == ca.name && ca.ca && strings.HasSuffix(ca.file, "/"+w.ca+".pem")
		}
	}
	return good == (value == "good")
}
