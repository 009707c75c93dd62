package haproxy

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// statistics is the page of statistics, which HAProxy answers itself, behind the
// http-request rules (HAProxy configuration manual, 4.2, stats uri). One that asks for a
// password answers 401 to who sends none.
func (d *deciding) statistics() {
	l := cmp.Or(d.u.last("stats", "uri"), d.u.last("stats", "enable"), d.u.last("stats", "auth"))
	if l == nil {
		return
	}
	uri := "/haproxy?stats"
	if own := d.u.last("stats", "uri"); own != nil && own.Arg(2) != "" {
		uri = own.Arg(2)
	}
	when := all{{on: onPath, how: begins, values: []string{uri}, at: l.At}}
	if uri == "/" {
		when = all{} // every path begins so
	}
	if path, query, ok := strings.Cut(uri, "?"); ok {
		when = all{{on: onPath, how: exactly, values: []string{path}, at: l.At}, {on: onQuery, name: query, how: present, at: l.At}}
		if name, value, ok := strings.Cut(query, "="); ok {
			when[1].name, when[1].how, when[1].values = name, exactly, []string{value}
		}
	}
	if own := d.u.last("stats", "auth"); own != nil {
		without := append(all{{on: onHeader, name: "authorization", how: present, not: true, at: own.At}}, when...)
		d.add(decided{when: anyOf{without}}, decision{do: answers, status: flow.StatusUnauthorized, at: l.At})
	}
	d.add(decided{when: anyOf{when}}, decision{do: answers, status: flow.StatusOK, at: l.At})
}

// apology is what a backend without servers answers, where it says what clients get for
// 503: that is what it is for. The page of the defaults is for backends that lost their
// servers, unless it has another status.
func (b *builder) apology(r *flow.RouteDraft, back *unit) bool {
	const status = flow.StatusServiceUnavailable
	own := strconv.Itoa(status)
	in, file := status, back.last("errorfile", own)
	if l, read := back.pageOf(status); l != nil {
		in = read
	}
	for _, l := range slices.Backward(back.section.Lines) {
		to := flow.RedirectTo{Kind: flow.RedirectLocation, To: l.Arg(2)}
		switch {
		case l == file:
			switch read, _ := back.pageOf(status); {
			case read == nil:
				b.list(flow.LosesDetail, l.At, asWritten(l.At)+": it cannot be read, and its status is not known")
			case !back.m.endsItself(l.Arg(2)):
				b.list(flow.LosesDetail, l.At, asWritten(l.At)+": the page has no Content-Length, and HAProxy closes the connection behind it")
			}
			r.Answer = flow.State(flow.Answer{Status: in}, l.At)
		case l.Is("http-error", "status", own):
			r.Answer = flow.State(flow.Answer{Status: status}, l.At)
		case l.Is("errorloc", own), l.Is("errorloc302", own):
			to.Status = flow.StatusFound
			r.Redirect = flow.State(to, l.At)
		case l.Is("errorloc303", own):
			to.Status = flow.StatusSeeOther
			r.Redirect = flow.State(to, l.At)
		default:
			continue
		}
		b.read[l.At] = true
		return true
	}
	if in == status {
		return false
	}
	r.Answer = flow.State(flow.Answer{Status: in}, file.At)
	return true
}

// page is the status of what a unit answers for an error: that of its errorfile.
func (u *unit) page(status int) int {
	if l, own := u.pageOf(status); l != nil {
		return own
	}
	return status
}

// endsItself reports whether a page says how long it is. Behind one that does not, of
// HTTP/1.0 or 1.1, HAProxy closes the connection (measured with 2.6.12).
func (m *model) endsItself(path string) bool {
	f := m.fileOf(path)
	if f.src == nil {
		return false
	}
	head, _, _ := strings.Cut(strings.ReplaceAll(f.src.Text, "\r\n", "\n"), "\n\n")
	return strings.Contains(strings.ToLower(head), "\ncontent-length:")
}

// pageOf is the errorfile of a status, where it can be read, and the status in it.
func (u *unit) pageOf(status int) (*haproxycfg.Line, int) {
	l := u.last("errorfile", strconv.Itoa(status))
	if l == nil {
		return nil, 0
	}
	f := u.m.fileOf(l.Arg(2))
	if f.src == nil {
		return nil, 0
	}
	first, _, _ := strings.Cut(f.src.Text, "\n") // HTTP/1.0 404 Not Found
	words := strings.Fields(first)
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/") {
		return nil, 0
	}
	n, err := strconv.Atoi(words[1])
	if err != nil || n < 200 || n > 599 {
		return nil, 0
	}
	return l, n
}
