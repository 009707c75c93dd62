package flow

import (
	"fmt"
	"strings"
)

// ShortNames are the names of the participants, servers without their
// backend's where that is not needed to tell them apart.
func (lc *Lifecycle) ShortNames() map[*Participant]string {
	short := func(p *Participant) string {
		if p.Server != nil {
			return p.Server.Name
		}
		return p.ID
	}
	used := map[string]int{}
	for _, p := range lc.Participants {
		used[short(p)]++
	}
	out := map[*Participant]string{}
	for _, p := range lc.Participants {
		out[p] = short(p)
		if used[short(p)] > 1 {
			out[p] = p.ID
		}
	}
	return out
}

// Title is "TLS 1.3 h2"; "TLS" where the ends share no version.
func (s *Session) Title() string {
	words := []string{"TLS"}
	if s.Version != 0 {
		words = append(words, s.Version.String())
	}
	if s.ALPN != "" {
		words = append(words, s.ALPN)
	}
	return strings.Join(words, " ")
}

// URL is the URL of a call as it is written, less a port that goes without
// saying.
func (c Call) URL() string {
	host := c.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if c.Scheme == "http" && c.Port != 80 || c.Scheme == "https" && c.Port != 443 || !c.IsHTTP() {
		host = fmt.Sprintf("%s:%d", host, c.Port)
	}
	if !c.IsHTTP() {
		return c.Scheme + "://" + host
	}
	return c.Scheme + "://" + host + c.Path
}
