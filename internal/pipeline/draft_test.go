package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/load"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// TestDraftInGo writes three models down as drafts in Go, without a text. The
// same is found, derived and drawn of them as of the models.
func TestDraftInGo(t *testing.T) {
	for _, draft := range []*flow.Draft{reencrypt(), sharding(), cdn()} {
		loaded, broken := load.Load(draft.Name+".flow", models.FS.ReadFile)
		if len(broken) > 0 {
			t.Fatal(broken)
		}
		model, _ := resolve.Draft(loaded.Name, loaded.Entry, loaded.Imported)
		if diff := cmp.Diff(told(t, model, false), told(t, draft, true)); diff != "" {
			t.Errorf("%s: the model (-) and the draft (+):\n%s", draft.Name, diff)
		}
	}
}

// is is a fact that no text states.
func is[T any](v T) flow.Fact[T] { return flow.State(v, source.Span{}) }

func all[T any](values ...T) []flow.Fact[T] {
	var out []flow.Fact[T]
	for _, v := range values {
		out = append(out, is(v))
	}
	return out
}

func decl(name, label string) flow.Decl { return flow.Decl{Name: name, Label: label} }

func imported(name, label string) flow.Decl {
	return flow.Decl{Name: name, Label: label, Origin: flow.OriginImported}
}

func certificate(d flow.Decl, issuer string, names ...string) *flow.CertificateDraft {
	return &flow.CertificateDraft{Decl: d, CertificateFacts: flow.CertificateFacts{Names: all(names...)}, Issuer: is(issuer)}
}

func client(name, label, zone, trust string) *flow.ClientDraft {
	return &flow.ClientDraft{Decl: decl(name, label), Zone: is(zone), End: flow.ClientEndDraft{Trust: all(trust)}}
}

func port(kind flow.ListenKind, address string, certificates ...string) *flow.ListenerDraft {
	return &flow.ListenerDraft{
		ListenerFacts: flow.ListenerFacts{Kind: kind, Address: address},
		End:           flow.ServerEndDraft{Certificates: all(certificates...)},
	}
}

// backend is one whose servers have addresses in one network: "web-1", "10.0.1.11".
func backend(name, label string, port int, certificate string, servers ...string) *flow.BackendDraft {
	b := &flow.BackendDraft{Decl: decl(name, label), Zone: is("cluster"), BackendFacts: flow.BackendFacts{Speaks: is(flow.SpeaksHTTP)}}
	if certificate != "" {
		b.Speaks, b.End.Certificates = is(flow.SpeaksHTTPS), all(certificate)
	}
	for i := 0; i < len(servers); i += 2 {
		b.Servers = append(b.Servers, &flow.ServerDraft{
			Decl: decl(servers[i], ""), ServerFacts: flow.ServerFacts{Address: servers[i+1], Port: port},
		})
	}
	return b
}

func route(name string, facts flow.RouteFacts, to string) *flow.RouteDraft {
	return &flow.RouteDraft{Decl: decl(name, ""), RouteFacts: facts, Targets: []flow.TargetDraft{{To: is(to)}}}
}

// verified is a second session whose certificate must have a name.
func verified(trust, name string) flow.UpstreamDraft {
	return flow.UpstreamDraft{
		UpstreamFacts: flow.UpstreamFacts{Name: is(name)},
		End:           flow.ClientEndDraft{Trust: all(trust)},
	}
}

func on(r *flow.RouteDraft, proxy string) *flow.RouteDraft {
	r.On = []flow.OnDraft{{Proxy: is(proxy)}}
	return r
}

func ask(d flow.Decl, from, host, path string, ending flow.Ending, answerer string) *flow.RequestDraft {
	q := &flow.RequestDraft{
		Decl: d, From: is(from), Expect: []flow.ExpectDraft{{Ending: ending}},
		RequestFacts: flow.RequestFacts{Calls: []flow.Call{{Host: host, Path: path}}},
	}
	if answerer != "" {
		q.Expect[0].From = is(answerer)
	}
	return q
}

func reencrypt() *flow.Draft {
	https := port(flow.ListenHTTPS, "", "wildcard")
	https.End.ALPN = is([]string{"h2", "http/1.1"})
	shop := on(route("shop", flow.RouteFacts{
		Host: is("shop.apps.example.test"), Path: is("/cart"), Mode: is(flow.ModeReencrypt), Insecure: is(flow.InsecureRedirect),
	}, "shop"), "haproxy")
	shop.Upstream = verified("service-ca", "shop.shop.svc")
	return &flow.Draft{Name: "reencrypt", Title: "Re-encrypted route", Declarations: []flow.Declaration{
		&flow.ZoneDraft{Decl: decl("internet", ""), Trust: is(flow.Untrusted)},
		&flow.ZoneDraft{Decl: decl("cluster", ""), Trust: is(flow.Trusted)},
		&flow.CADraft{Decl: decl("public-ca", "")},
		&flow.CADraft{Decl: decl("service-ca", "OpenShift service CA")},
		certificate(decl("wildcard", ""), "public-ca", "*.apps.example.test"),
		certificate(decl("shop-internal", ""), "service-ca", "shop.shop.svc"),
		client("browser", "Browser", "internet", "public-ca"),
		&flow.ProxyDraft{
			Decl: decl("haproxy", "HAProxy"), Zone: is("cluster"),
			Listeners: []*flow.ListenerDraft{port(flow.ListenHTTP, ""), https},
		},
		backend("shop", "Shop", 8443, "shop-internal", "shop-1", "10.0.1.11", "shop-2", "10.0.1.12"),
		shop,
		ask(decl("checkout", ""), "browser", "shop.apps.example.test", "/cart", flow.Answered{Status: 200}, ""),
	}}
}

// places and pki are what several models import.
func places() []flow.Declaration {
	return []flow.Declaration{
		&flow.ZoneDraft{Decl: imported("internet", ""), Trust: is(flow.Untrusted)},
		&flow.ZoneDraft{Decl: imported("office", "Office network"), Trust: is(flow.Trusted)},
		&flow.ZoneDraft{Decl: imported("cluster", "Cluster"), Trust: is(flow.Trusted)},
	}
}

func pki() []flow.Declaration {
	return []flow.Declaration{
		&flow.CADraft{Decl: imported("public-ca", "Public CA")},
		&flow.CADraft{Decl: imported("service-ca", "OpenShift service CA"), Private: is(true)},
		certificate(imported("wildcard", ""), "public-ca", "*.apps.example.test"),
		certificate(imported("billing-internal", ""), "service-ca", "billing.billing.svc"),
		certificate(imported("vault-public", ""), "public-ca", "vault.apps.example.test"),
	}
}

// admits are selectors of one term each.
func admits(key, op, value string) []flow.Selector {
	return []flow.Selector{{Terms: []flow.SelectorTerm{{Key: key, Op: op, Values: []string{value}}}}}
}

func controller(name, label, domain, certificate string, labels, namespaces []flow.Selector) *flow.ProxyDraft {
	return &flow.ProxyDraft{
		Decl: decl(name, label), Zone: is("cluster"),
		Listeners:  []*flow.ListenerDraft{port(flow.ListenHTTP, ""), port(flow.ListenHTTPS, "", certificate)},
		ProxyFacts: flow.ProxyFacts{Domains: all(domain), Admit: labels, AdmitNamespaces: namespaces},
	}
}

func sharding() *flow.Draft {
	sharded := []flow.Label{{Key: "sharded", Value: "true"}}
	inner := controller("router-internal", "Internal controller", "intra.example.test", "intra-wildcard", nil, admits("network", "=", "internal"))
	inner.Listeners, inner.From = inner.Listeners[1:], all("office")
	checkout := route("shop/checkout", flow.RouteFacts{Host: is("checkout.apps.example.test"), Mode: is(flow.ModeReencrypt)}, "shop-checkout")
	checkout.Upstream = verified("service-ca", "checkout.shop.svc")
	own := []flow.Declaration{
		&flow.CADraft{Decl: decl("corporate-ca", "Corporate CA"), Private: is(true)},
		certificate(decl("shard-wildcard", ""), "public-ca", "*.shard-apps.example.test"),
		certificate(decl("intra-wildcard", ""), "corporate-ca", "*.intra.example.test"),
		certificate(decl("checkout-internal", ""), "service-ca", "checkout.shop.svc"),
		certificate(decl("keys-public", ""), "public-ca", "keys.shard-apps.example.test"),
		&flow.NamespaceDraft{Decl: decl("shop", "")},
		&flow.NamespaceDraft{Decl: decl("docs", "")},
		&flow.NamespaceDraft{Decl: decl("media", "")},
		&flow.NamespaceDraft{Decl: decl("hr", ""), Labels: []flow.Label{{Key: "network", Value: "internal"}}},
		client("browser", "Browser", "internet", "public-ca"),
		client("employee", "Employee", "office", "corporate-ca"),
		controller("router-default", "Default controller", "apps.example.test", "wildcard",
			admits("sharded", "!=", "true"), admits("network", "!=", "internal")),
		controller("router-sharded", "Sharded controller", "shard-apps.example.test", "shard-wildcard",
			admits("sharded", "=", "true"), admits("network", "!=", "internal")),
		inner,
		backend("shop-web", "shop-web", 8080, "", "web-1", "10.0.1.11", "web-2", "10.0.1.12"),
		backend("shop-checkout", "shop-checkout", 8443, "checkout-internal", "checkout-1", "10.0.1.21"),
		backend("docs-site", "docs-site", 8080, "", "site-1", "10.0.1.31", "site-2", "10.0.1.32", "site-3", "10.0.1.33"),
		backend("media-video", "media-video", 8080, "", "video-1", "10.0.2.11", "video-2", "10.0.2.12", "video-3", "10.0.2.13"),
		backend("media-upload", "media-upload", 8080, "", "upload-1", "10.0.2.21"),
		backend("media-keys", "media-keys", 8443, "keys-public", "keys-1", "10.0.2.31", "keys-2", "10.0.2.32"),
		backend("hr-portal", "hr-portal", 8080, "", "portal-1", "10.0.3.11"),
		route("shop/web", flow.RouteFacts{
			Host: is("web.apps.example.test"), Mode: is(flow.ModeEdge), Insecure: is(flow.InsecureRedirect),
		}, "shop-web"),
		checkout,
		route("docs/site", flow.RouteFacts{Host: is("docs.apps.example.test"), Mode: is(flow.ModeEdge)}, "docs-site"),
		route("media/video", flow.RouteFacts{
			Subdomain: is("video"), Labels: sharded, Mode: is(flow.ModeEdge), Insecure: is(flow.InsecureRedirect),
		}, "media-video"),
		route("media/upload", flow.RouteFacts{Subdomain: is("upload"), Labels: sharded, Mode: is(flow.ModeEdge)}, "media-upload"),
		route("media/keys", flow.RouteFacts{
			Host: is("keys.shard-apps.example.test"), Labels: sharded, Mode: is(flow.ModePassthrough),
		}, "media-keys"),
		route("hr/portal", flow.RouteFacts{Host: is("portal.intra.example.test"), Mode: is(flow.ModeEdge)}, "hr-portal"),
		ask(decl("web", ""), "browser", "web.apps.example.test", "", flow.Answered{Status: 200}, "shop-web/web-1"),
		ask(decl("video", ""), "browser", "video.shard-apps.example.test", "/live", flow.Answered{Status: 200}, "media-video/video-1"),
		ask(decl("portal", ""), "employee", "portal.intra.example.test", "", flow.Answered{Status: 200}, "hr-portal/portal-1"),
		ask(decl("wrong-door", "A sharded route under the default domain"), "browser", "video.apps.example.test", "/live",
			flow.Answered{Status: 503}, "router-default"),
	}
	return &flow.Draft{Name: "sharding", Title: "Sharded ingress", Declarations: append(append(places(), pki()...), own...)}
}

func cdn() *flow.Draft {
	browser := client("browser", "Browser", "internet", "public-ca")
	browser.Address = is("192.0.2.44")
	origin := port(flow.ListenHTTPS, "203.0.113.10", "origin")
	origin.End.ClientCertificate = is(flow.ClientAuthDraft{Mode: flow.AuthRequired, CA: is("cdn-ca")})
	host := is("shop.apps.example.test")
	outer := on(route("shop-cdn", flow.RouteFacts{Host: host, Mode: is(flow.ModeReencrypt)}, "haproxy"), "cdn")
	outer.Upstream = verified("public-ca", "origin.apps.example.test")
	outer.Upstream.End.Certificate = is("cdn-client")
	inner := on(route("shop", flow.RouteFacts{Host: host, Mode: is(flow.ModeReencrypt), Allow: all("198.51.100.0/24")}, "shop"), "haproxy")
	inner.Upstream = verified("service-ca", "shop.shop.svc")
	alert, _ := flow.ParseAlert("certificate_required")
	around := ask(decl("around", "Straight to the origin, past the CDN"), "browser", "origin.apps.example.test", "/cart",
		flow.Alerted{Alert: alert}, "haproxy")
	around.Via, around.HostField = is("haproxy"), host
	own := []flow.Declaration{
		&flow.ZoneDraft{Decl: decl("pop", "CDN point of presence"), Trust: is(flow.Trusted)},
		&flow.LinkDraft{A: is("pop"), B: is("cluster"), Trust: is(flow.Untrusted)},
		&flow.CADraft{Decl: decl("cdn-ca", "CDN origin-pull CA"), Private: is(true)},
		certificate(decl("shop-public", ""), "public-ca", "shop.apps.example.test"),
		certificate(decl("origin", ""), "public-ca", "origin.apps.example.test"),
		certificate(decl("cdn-client", ""), "cdn-ca", "pull.cdn.example.test"),
		certificate(decl("shop-internal", ""), "service-ca", "shop.shop.svc"),
		browser,
		&flow.ProxyDraft{
			Decl: decl("cdn", "CDN"), Zone: is("pop"), ProxyFacts: flow.ProxyFacts{Source: is("198.51.100.77")},
			Listeners: []*flow.ListenerDraft{port(flow.ListenHTTPS, "198.51.100.10", "shop-public")},
		},
		&flow.ProxyDraft{Decl: decl("haproxy", "HAProxy at the origin"), Zone: is("cluster"), Listeners: []*flow.ListenerDraft{origin}},
		backend("shop", "Shop", 8443, "shop-internal", "shop-1", "10.0.1.11", "shop-2", "10.0.1.12"),
		outer,
		inner,
		ask(decl("buy", ""), "browser", "shop.apps.example.test", "/cart", flow.Answered{Status: 200}, "shop/shop-1"),
		around,
	}
	return &flow.Draft{Name: "cdn", Title: "Behind a CDN", Declarations: append(append(places(), pki()...), own...)}
}
