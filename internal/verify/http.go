package verify

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// httpState is what both directions of an HTTP connection share.
type httpState struct {
	two    bool     // the client spoke the preface of HTTP/2
	tunnel bool     // it was upgraded: what follows is not HTTP
	asked  []string // methods of requests that are not answered yet
}

// maxAsked bounds the requests that wait for their answer.
const maxAsked = 64

// httpHalf is one direction of an HTTP/1 connection.
type httpHalf struct {
	chunked  bool // in a chunked body
	trailer  bool
	untilEnd bool   // the body ends with the connection
	fields   fields // of HTTP/2
}

var methods = []string{"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE"}

// isMethod reports whether b is the beginning of a method.
func isMethod(b []byte) bool {
	for _, m := range methods {
		if strings.HasPrefix(m, string(b)) {
			return true
		}
	}
	return false
}

// known is a method without the head that it is a part of; "" for one that is
// none of the usual.
func known(method string) string {
	if i := slices.Index(methods, method); i >= 0 {
		return methods[i]
	}
	return ""
}

func isRequest(b []byte) bool {
	word, rest, ok := bytes.Cut(b[:min(len(b), 16)], []byte(" "))
	return ok && len(word) > 2 && isMethod(word) && len(rest) > 0 && rest[0] > ' '
}

func isResponse(b []byte) bool { return bytes.HasPrefix(b, []byte("HTTP/1.")) }

// http1 reads the head of a message, or a part of its body.
func (r *reader) http1(b []byte) int {
	switch {
	case r.talk.http.tunnel:
		r.mode = modeData
		return r.step(b)
	case r.http.untilEnd:
		return len(b)
	case r.http.chunked:
		return r.chunk(b)
	}
	if !isRequest(b) && !isResponse(b) {
		if b[0] == '\r' || b[0] == '\n' {
			return 1 // RFC 9112, 2.2: an empty line before a message is passed over
		}
		if mayBecome(b, true) {
			return 0
		}
		r.mode = modeData
		return r.step(b)
	}
	head, _, complete := bytes.Cut(b, []byte("\r\n\r\n"))
	if !complete {
		return 0
	}
	line, fields, _ := strings.Cut(string(head), "\r\n")
	if strings.HasPrefix(line, "HTTP/1.") {
		r.response(line, fields, len(head)+4)
	} else {
		r.request(line, fields, len(head)+4)
	}
	return len(head) + 4
}

func (r *reader) request(line, fields string, n int) {
	st := &r.talk.http
	method, _, _ := strings.Cut(line, " ")
	if len(st.asked) < maxAsked {
		st.asked = append(st.asked, known(method))
	}
	r.event(flow.OpRequest, requestLine(line), secrecyClear, n)
	r.heads(field(fields, "host"), lastField(fields, "x-forwarded-for"), field(fields, "content-length"))
	if e := r.talk.conn.Events; len(e) > 0 && e[len(e)-1].head != nil {
		e[len(e)-1].head.closes = strings.EqualFold(field(fields, "connection"), "close")
	}
	r.body(fields, false)
}

// heads keeps what the head of the last message says.
func (r *reader) heads(host, forwarded, length string) {
	events := r.talk.conn.Events
	n := len(events)
	if n == 0 || events[n-1].Order != r.talk.rec.order || !r.talk.rec.room(headCost+len(host)+len(forwarded)) {
		return // it was not kept
	}
	h := &head{host: strings.ToLower(clip(host)), length: -1}
	if at := strings.LastIndexByte(forwarded, ','); forwarded != "" {
		h.forwarded = clip(strings.TrimSpace(forwarded[at+1:]))
	}
	if v, err := strconv.ParseInt(length, 10, 64); err == nil && v >= 0 {
		h.length = v
	}
	events[n-1].head = h
}

func (r *reader) response(line, fields string, n int) {
	st := &r.talk.http
	asked := ""
	status := ""
	if words := strings.SplitN(line, " ", 3); len(words) > 1 {
		status = words[1]
	}
	interim := strings.HasPrefix(status, "1") && status != "101"
	if len(st.asked) > 0 {
		asked = st.asked[0]
		if !interim {
			st.asked = st.asked[1:]
		}
	}
	if interim {
		return // RFC 9110, 15.2: another answer follows
	}
	switch {
	case status == "101", asked == "CONNECT" && strings.HasPrefix(status, "2"):
		st.tunnel = true
	case asked == "HEAD", status == "204", status == "304":
	default:
		r.body(fields, true)
	}
	r.event(flow.OpResponse, statusLine(line), secrecyClear, n)
}

// body finds out how long the body behind a head is (RFC 9112, 6.3).
func (r *reader) body(fields string, response bool) {
	if strings.Contains(strings.ToLower(field(fields, "transfer-encoding")), "chunked") {
		r.http.chunked = true
		return
	}
	if length := field(fields, "content-length"); length != "" {
		if n, err := strconv.Atoi(length); err == nil && n >= 0 {
			r.skip += n
		}
		return
	}
	r.http.untilEnd = response
}

// chunk reads the line before a chunk, or a line of the trailer.
func (r *reader) chunk(b []byte) int {
	line, _, complete := bytes.Cut(b, []byte("\r\n"))
	if !complete {
		return 0
	}
	n := len(line) + 2
	if r.http.trailer {
		if len(line) == 0 {
			r.http.chunked, r.http.trailer = false, false
		}
		return n
	}
	size, _, _ := bytes.Cut(line, []byte(";"))
	length, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 31)
	switch {
	case err != nil:
		r.mode = modeData
	case length == 0:
		r.http.trailer = true
	default:
		r.carried(int(length))
		return n + int(length) + 2
	}
	return n
}

// field returns a header field of a head; "" where it has none.
func field(fields, name string) string {
	for line := range strings.SplitSeq(fields, "\r\n") {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// lastField is the last field of a name: a proxy adds its own behind those that
// it was sent.
func lastField(fields, name string) string {
	out := ""
	for line := range strings.SplitSeq(fields, "\r\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(key), name) {
			out = strings.TrimSpace(value)
		}
	}
	return out
}

// requestLine reads "GET /cart HTTP/1.1" (RFC 9112, 3).
func requestLine(line string) flow.RequestLine {
	method, rest, _ := strings.Cut(clip(line), " ")
	path, protocol, _ := strings.Cut(rest, " ")
	return flow.RequestLine{Method: method, Path: path, Protocol: protocol}
}

// statusLine reads "HTTP/1.1 200 OK" (RFC 9112, 4). What is no status stays with
// the reason.
func statusLine(line string) flow.StatusLine {
	protocol, rest, _ := strings.Cut(clip(line), " ")
	code, reason, _ := strings.Cut(rest, " ")
	if n, err := strconv.Atoi(code); err == nil && n >= 100 && n < 1000 {
		return flow.StatusLine{Protocol: protocol, Status: n, Reason: reason}
	}
	return flow.StatusLine{Protocol: protocol, Reason: rest}
}

// maxDetail bounds what is kept of a line.
const maxDetail = 256

func clip(s string) string {
	if len(s) > maxDetail {
		s = s[:maxDetail] + "…"
	}
	return strings.Clone(strings.ToValidUTF8(s, "\ufffd"))
}
