package export

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// haproxy writes one configuration for each proxy of the model, for HAProxy
// 2.6 and later. Whatever versions of HAProxy differ on (ALPN of a port, SNI
// towards a server) is said explicitly.
func haproxy(t *flow.Topology) *Result {
	e := &exporter{t: t, res: &Result{}, files: newNames("-"), certs: newNames("-"), envs: newNames("_"), needed: make(map[string]bool)}
	for _, p := range t.Proxies {
		e.proxy(p)
	}
	return e.res
}

// exporter holds what the configurations of one model share.
type exporter struct {
	t      *flow.Topology
	res    *Result
	files  *names // of files in DIR
	certs  *names // of files in DIR/certs
	envs   *names
	needed map[string]bool // paths of res.Needs
}

// proxyExport is the configuration of one proxy in the making.
type proxyExport struct {
	*exporter
	p         *flow.Proxy
	file      string // its name without extension
	cfg       config
	global    *section
	names     *names         // of frontends and backends
	innerAt   *flow.Listener // whose second stage has the address that inner says
	routes    *names
	backends  map[backendKey]string
	asked     map[*flow.Listener][]flow.Asked
	frontends []*section // backends are rendered behind all frontends
	behind    []*section
	presets   []Address
	needs     []Need
	notes     []Note
}

func (e *exporter) proxy(p *flow.Proxy) {
	x := &proxyExport{
		exporter: e, p: p, file: strings.ReplaceAll(e.files.name(p, p.Name), ":", "-"),
		names: newNames("-"), routes: routeNames(), backends: make(map[backendKey]string), asked: make(map[*flow.Listener][]flow.Asked),
	}
	head := x.cfg.section(p.At, "global")
	x.global = head
	x.defaults()
	for _, l := range p.Listeners {
		x.listener(l)
	}
	for _, r := range p.Refused {
		owner := r.RefusedBy(p).Owner
		x.note(LeftOut, r.At, "route %s: %s belongs to namespace %s", r.FullName(), owner.HostOn(p), owner.NamespaceName())
	}
	x.cfg.sections = append(x.cfg.sections, x.frontends...)
	x.cfg.sections = append(x.cfg.sections, x.behind...)
	x.preamble()
	e.res.Files = append(e.res.Files, File{Path: x.file + ".cfg", Text: []byte(x.header() + x.cfg.String())})
	e.res.Notes = append(e.res.Notes, x.notes...)
}

// preamble fills the global section once it is known what the rest names.
func (x *proxyExport) preamble() {
	x.global.add(source.Span{}, "default-path", "config")
	for _, a := range x.presets {
		x.global.comment("the address of %s, which the model does not state", a.Of())
		x.global.add(source.Span{}, "presetenv", a.Name, placeholderAddress)
	}
}

// header is the comment that begins a file.
func (x *proxyExport) header() string {
	var b strings.Builder
	write := func(format string, args ...any) {
		fmt.Fprintf(&b, "# %s\n", printable(fmt.Sprintf(format, args...)))
	}
	write("%s, written by flowc export for HAProxy %s and later.", x.p.Title(), x.p.Behaves().Version)
	write("Comments at the end of lines are places in the model. Start it as")
	write("haproxy -C FOLDER -f %s.cfg: paths are from the folder of this file.", x.file)
	for _, n := range x.needs {
		write("needs %s: %s", n.Path, n.What())
	}
	for _, n := range x.notes {
		write("%s: %s", n.Kind, n.Text)
	}
	b.WriteByte('\n')
	return b.String()
}

// note adds a note once.
func (x *proxyExport) note(kind NoteKind, at source.Span, format string, args ...any) {
	n := Note{Kind: kind, Text: fmt.Sprintf(format, args...), At: at}
	if !slices.Contains(x.notes, n) {
		x.notes = append(x.notes, n)
	}
}

// connections are the options of connection KIND.
var connections = map[string]string{
	"keep-alive": "http-keep-alive", "server-close": "http-server-close", "close": "httpclose",
}

// defaults says what holds for all of the proxy, HAProxy's own defaults included.
func (x *proxyExport) defaults() {
	p, s := x.p, x.cfg.section(source.Span{}, "defaults")
	s.add(source.Span{}, "mode", "http")
	x.balance(s, p.Balance)
	if option, ok := connections[p.Connection.V]; ok {
		s.add(p.Connection.At, "option", option)
	}
	s.add(p.Reuse.At, "http-reuse", p.Reuse.V)
	s.add(p.Retries.At, "retries", strconv.Itoa(p.Retries.V))
	s.add(source.Span{}, "no", "option", "redispatch")
	for _, t := range p.Timeouts {
		x.timeout(s, t)
	}
	if open := p.MissingTimeouts(); len(open) > 0 {
		x.note(Default, p.At, "%s sets no timeout %s: HAProxy can wait indefinitely, and warns", p.Name, strings.Join(open, ", "))
	}
}

// balance is how servers are chosen. Of what a hash is, a model does not say.
func (x *proxyExport) balance(s *section, b flow.Fact[string]) {
	if b.V == "hash" {
		x.note(Default, b.At, "balance hash: the model does not say of what, and here it is the URI")
		b.V = "uri"
	}
	s.add(b.At, "balance", b.V)
}

// maxTimeout is the longest time that HAProxy takes, 2^31 - 1 ms.
const maxTimeout = 1<<31 - 1

func (x *proxyExport) timeout(s *section, t flow.Timeout) {
	s.add(t.At, "timeout", t.Kind, x.millis(t.Millis, t.At))
}

// saysTimeout reports whether the defaults say a timeout already.
func (x *proxyExport) saysTimeout(t flow.Timeout) bool {
	return slices.ContainsFunc(x.p.Timeouts, func(o flow.Timeout) bool { return o.Kind == t.Kind && o.Millis == t.Millis })
}

// millis is a time as HAProxy takes it, in the largest unit that fits.
func (x *proxyExport) millis(ms int64, at source.Span) string {
	if ms > maxTimeout {
		x.note(LeftOut, at, "%d days; HAProxy's longest time is 24 days", ms/86_400_000)
		ms = 24 * 86_400_000
	}
	for _, u := range []struct {
		unit   string
		millis int64
	}{{"d", 86_400_000}, {"h", 3_600_000}, {"m", 60_000}, {"s", 1000}} {
		if ms > 0 && ms%u.millis == 0 {
			return strconv.FormatInt(ms/u.millis, 10) + u.unit
		}
	}
	return strconv.FormatInt(ms, 10) + "ms"
}

// address is a host and a port as HAProxy takes them; "" is every address.
func address(host string, port int) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

// serverAddress is the address of a server, or of a proxy's port, with a
// placeholder where the model states none.
func (x *proxyExport) serverAddress(host string, port, offset int, a Address) word {
	suffix := ":" + strconv.Itoa(port)
	switch {
	case port == 0 && offset == 0:
		suffix = "" // the port to which the request came
	case port == 0:
		suffix = fmt.Sprintf(":%+d", offset)
	}
	if host != "" {
		return word{text: bracketed(host) + suffix}
	}
	var key any
	switch {
	case a.Server != nil:
		key, a.Name = a.Server, variable(a.Server.Backend.Name, a.Server.Name)
	default:
		key, a.Name = a.Proxy, variable(a.Proxy.Name)
	}
	a.Name = x.envs.name(key, a.Name)
	if !slices.Contains(x.presets, a) {
		x.presets = append(x.presets, a)
	}
	if !slices.Contains(x.res.Addresses, a) {
		x.res.Addresses = append(x.res.Addresses, a)
	}
	return word{env: a.Name, text: suffix}
}
