package flowtext

import (
	"strconv"

	"github.com/flowc-lang/flowc/flow"
)

var trusts = map[flow.Trust]string{flow.Trusted: "trusted", flow.Untrusted: "untrusted"}

func zone(d *flow.ZoneDraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclZone, &d.Decl)
	if s != nil && d.Trust.IsSet() && d.Trust.V != flow.TrustUnstated {
		s.words = append(s.words, one(trusts, d.Trust.V))
	}
	return s
}

func link(d *flow.LinkDraft) *statement {
	if d == nil {
		return nil
	}
	s := say("link", word(d.A.V), word(d.B.V), one(trusts, d.Trust.V))
	s.at = d.At
	return s
}

// one is the word for a value; what has none is written as its number, which no form of
// the language takes.
func one[T ~int | ~int8](words map[T]string, v T) string {
	if w, ok := words[v]; ok {
		return w
	}
	return "#" + strconv.Itoa(int(v))
}

func ca(d *flow.CADraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclCA, &d.Decl)
	if s != nil && is(d.Private) {
		s.words = append(s.words, "private")
	}
	return s
}

func certificate(d *flow.CertificateDraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclCertificate, &d.Decl)
	if s == nil {
		return nil
	}
	s.several(stated(d.Names), "names")
	s.name("issuer", d.Issuer)
	if d.Valid.IsSet() {
		s.say("valid", word(d.From+".."+d.To))
	}
	return s
}

func namespace(d *flow.NamespaceDraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclNamespace, &d.Decl)
	if s != nil {
		s.several(labels(d.Labels), "labels")
	}
	return s
}

func labels(all []flow.Label) []string {
	var out []string
	for _, l := range all {
		out = append(out, word(l.Key+"="+l.Value))
	}
	return out
}

func client(d *flow.ClientDraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclClient, &d.Decl)
	if s == nil {
		return nil
	}
	s.in(d.Zone)
	s.text("address", d.Address)
	s.clientEnd(&d.End)
	s.flag("tickets", d.Tickets)
	s.sendProxy(d.SendProxy)
	return s
}

func view(d *flow.ViewDraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclView, &d.Decl)
	if s == nil {
		return nil
	}
	s.words = append(s.words, word(d.Kind))
	s.several(stated(d.Of), "of")
	s.several(words(d.Show), "show")
	s.several(stated(d.Only), "only")
	s.several(stated(d.Around), "around")
	s.several(words(d.Collapse), "collapse")
	if d.Theme != "" {
		s.several(words([]string{d.Theme}), "theme")
	}
	if d.Width != 0 {
		s.several(words([]string{strconv.Itoa(d.Width)}), "width")
	}
	return s
}
