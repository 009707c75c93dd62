package flowtext

import (
	"cmp"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

func proxy(d *flow.ProxyDraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclProxy, &d.Decl)
	if s == nil {
		return nil
	}
	s.in(d.Zone)
	if d.Profile != nil {
		s.say("defaults", d.Profile.String())
	}
	for _, l := range d.Listeners {
		if l != nil && l.Origin != flow.OriginSupplied {
			s.add(listener(l))
		}
	}
	if d.Inner.IsSet() && d.Inner.V.On {
		inner := say("inner")
		if d.Inner.V.Address != "" || d.Inner.V.Port != 0 {
			inner.words = append(inner.words, address(d.Inner.V.Address, d.Inner.V.Port))
		}
		s.add(inner)
	}
	for _, host := range stated(d.Domains) {
		s.say("domain", host)
	}
	s.selectors(d.Admit)
	s.selectors(d.AdmitNamespaces, "namespaces")
	s.several(stated(d.From), "from")
	s.text("source", d.Source)
	s.clientEnd(&d.End)
	if d.Order.IsSet() {
		s.say("order", one(orders, d.Order.V))
	}
	if d.SharedHosts.IsSet() {
		s.say("hosts", map[bool]string{true: "shared", false: "owned"}[d.SharedHosts.V])
	}
	s.text("balance", d.Balance)
	s.text("connection", d.Connection)
	s.text("reuse", d.Reuse)
	if d.Retries.IsSet() {
		s.say("retries", number(d.Retries.V))
	}
	s.timeouts(d.Timeouts)
	return s
}

var orders = map[flow.RouteOrder]string{flow.ByPrecedence: "precedence", flow.AsWritten: "written"}

var listens = map[flow.ListenKind]string{flow.ListenHTTP: "http", flow.ListenHTTPS: "https", flow.ListenTCP: "tcp"}

// ports are those of listeners that state none.
var ports = map[flow.ListenKind]int{flow.ListenHTTP: 80, flow.ListenHTTPS: 443, flow.ListenTCP: 443}

func listener(d *flow.ListenerDraft) *statement {
	kind := cmp.Or(d.Kind, flow.ListenHTTP)
	s := say("listen", one(listens, kind), addresses(d.Address, cmp.Or(d.Port, ports[kind]), d.LastPort))
	s.at = d.Whole
	if !s.at.Known() {
		s.at = d.At
	}
	s.flag("accept-proxy", d.AcceptProxy)
	s.serverEnd(&d.End)
	if d.InspectDelay.IsSet() {
		s.say("inspect-delay", millis(d.InspectDelay.V))
	}
	s.text("socket", d.Socket)
	s.text("unmatched", d.Unmatched)
	s.timeouts(d.Timeouts)
	return s
}

// selectors says which routes a proxy admits.
func (s *statement) selectors(all []flow.Selector, words ...string) {
	head := append([]string{"admit"}, words...)
	for _, sel := range all {
		if sel.All {
			s.say(append(slices.Clip(head), "all")...)
			continue
		}
		var terms []string
		for _, t := range sel.Terms {
			terms = append(terms, term(t))
		}
		s.several(terms, head...)
	}
}

func term(t flow.SelectorTerm) string {
	switch t.Op {
	case "exists":
		return word(t.Key)
	case "absent":
		return word("!" + t.Key)
	case "in", "notin":
		out := word(t.Key) + " " + t.Op + " ("
		for i, v := range t.Values {
			if i > 0 {
				out += ", "
			}
			out += word(v)
		}
		return out + ")"
	}
	value := ""
	if len(t.Values) > 0 {
		value = t.Values[0]
	}
	return word(t.Key + t.Op + value)
}
