package flow

import (
	"cmp"
	"net/url"
	"strings"
)

// Answer is what a proxy answers itself to what a route takes: it asks no server.
type Answer struct {
	Status int // of the response; 0: it closes the connection without one
}

// RedirectKind is how a redirect makes its Location.
type RedirectKind int

// The kinds of redirects, as HAProxy has them (configuration manual, 4.2, "redirect";
// measured with 2.6.12).
const (
	RedirectLocation RedirectKind = iota + 1 // To as it stands
	RedirectPrefix                           // To, and behind it the path with the query that was asked for
	RedirectScheme                           // To as the scheme, with the host, port, path and query that were asked for
)

// String returns the word of the language.
func (k RedirectKind) String() string {
	switch k {
	case RedirectLocation:
		return "location"
	case RedirectPrefix:
		return "prefix"
	case RedirectScheme:
		return "scheme"
	}
	panic("flow: unknown kind of redirect")
}

// RedirectTo is where a proxy redirects what a route takes.
type RedirectTo struct {
	Kind   RedirectKind
	To     string // an http or https URL, or a path; of RedirectScheme http or https
	Status int    // 301, 302, 303, 307 or 308; 0 in a draft: the proxy's default
}

// AnswersItself reports whether the proxies of a route answer themselves what it takes:
// it leads to no server.
func (r *Route) AnswersItself() bool { return r.Answer.IsSet() || r.Redirect.IsSet() }

// SendsToTLS reports whether what a proxy redirects for a route it redirects to https.
func (r *Route) SendsToTLS() bool {
	to := r.Redirect.V
	switch {
	case !r.Redirect.IsSet():
		return r.Insecure.V == InsecureRedirect
	case to.Kind == RedirectScheme:
		return to.To == "https"
	}
	return strings.HasPrefix(to.To, "https://")
}

// valid reports whether a redirect leads to a URL.
func (to RedirectTo) valid() bool {
	switch to.Kind {
	case RedirectScheme:
		return to.To == "http" || to.To == "https"
	case RedirectLocation, RedirectPrefix:
		if strings.HasPrefix(to.To, "/") && !strings.HasPrefix(to.To, "//") {
			return true
		}
		_, ok := absolute(to.To)
		return ok
	}
	return false
}

func isRedirectStatus(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// absolute takes an http or https URL apart. What follows # is never sent (RFC 9110, 4.2.5).
func absolute(text string) (Redirection, bool) {
	text, _, _ = strings.Cut(text, "#")
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return Redirection{}, false
	}
	at := Redirection{Scheme: u.Scheme, Host: u.Hostname()}
	if p := u.Port(); p != "" {
		for _, c := range p {
			at.Port = at.Port*10 + int(c-'0')
		}
		if at.Port < 1 || at.Port > 65535 {
			return Redirection{}, false
		}
	}
	if at.Port == defaultPorts[at.Scheme] {
		at.Port = 0
	}
	_, rest, _ := strings.Cut(text, "://")
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		at.Path = rest[i:]
	}
	if !strings.HasPrefix(at.Path, "/") {
		at.Path = "/" + at.Path
	}
	return at, true
}

// redirection is where a port redirects a request that it read for a route.
func (q *Request) redirection(l *Listener, r *Route, call Call, h Head) Redirection {
	if l.RedirectsPlaintext(r) {
		return q.location("https", call, h, r.RedirectStatus.V)
	}
	to := r.Redirect.V
	text := to.To
	switch to.Kind {
	case RedirectScheme:
		return q.location(to.To, call, h, to.Status)
	case RedirectPrefix:
		if text == "/" { // measured: it is left out
			text = ""
		}
		text += h.Path
	case RedirectLocation:
	default:
		panic("flow: unknown kind of redirect")
	}
	at, ok := absolute(text)
	if !ok {
		path, _, _ := strings.Cut(text, "#")
		at = Redirection{Path: path}
	}
	at.Status = to.Status
	return at
}

// resolved is the URL of a redirect for who asked for another one: a path is one of the
// same host and port (RFC 9110, 10.2.2).
func (at Redirection) resolved(asked Call) (scheme, host string, port int) {
	if at.Host == "" {
		return asked.Scheme, asked.Host, asked.Port
	}
	return at.Scheme, at.Host, cmp.Or(at.Port, defaultPorts[at.Scheme])
}

// redirectCloses reports whether a proxy closes after a redirect: it says so of a request of
// HTTP/1.1 with a body, which it does not read. Other answers of its own close only where
// the body is not there yet (measured with 2.6.12: deny, return and 503 keep the connection
// for a body in the packet of the head).
func (d *deriver) redirectCloses(l *channel, call Call) bool {
	l.raced = l.raced || !l.http2() && d.r.hasBody(call)
	return l.raced
}

// answersItself is a proxy that does with a request what its route says, and asks no
// server.
func (d *deriver) answersItself(l *channel, r *Route, call Call, step *Step) answer {
	at := l.far
	if r.Redirect.IsSet() {
		to := d.r.redirection(l.listener, r, call, d.head(l, call))
		step = d.act(at, OpRedirect, to, nil, step)
		return answer{status: to.Status, from: at, step: step, closes: d.redirectCloses(l, call)}
	}
	if r.closes() {
		f := d.stated(l, r, step)
		hung := d.closeUnanswered(l, f.known, f.why)
		hung.sent = wasSent
		return answer{fail: hung}
	}
	step = d.act(at, OpAnswer, AnswerGiven{r.Answer.V}, nil, step)
	return answer{status: r.Answer.V.Status, from: at, step: step, closes: l.raced}
}

// stated is a proxy that is about to end a connection without a response, as its route
// says (HAProxy configuration manual, "http-request reject", "tcp-request content reject").
func (d *deriver) stated(l *channel, r *Route, after *Step) *failure {
	step := d.act(l.far, OpAnswer, AnswerGiven{r.Answer.V}, l.session, after)
	return &failure{ending: Closed{}, from: l.far, cause: step, known: step, why: &Why{At: l.far, Route: r}}
}

// closes reports whether a route ends all connections that it takes.
func (r *Route) closes() bool { return r.Answer.IsSet() && r.Answer.V.Status == 0 }
