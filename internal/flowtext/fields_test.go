package flowtext_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/flowtext"
	"github.com/flowc-lang/flowc/source"
)

// is is a fact that is stated.
func is[T any](v T) flow.Fact[T] { return flow.State(v, source.Span{}) }

func all(values ...string) []flow.Fact[string] {
	var out []flow.Fact[string]
	for _, v := range values {
		out = append(out, is(v))
	}
	return out
}

func named(name string) flow.Decl { return flow.Decl{Name: name, Origin: flow.OriginStated} }

// bases are a declaration of each kind, with what other facts of it need.
var bases = []func() flow.Declaration{
	func() flow.Declaration { return &flow.ZoneDraft{Decl: named("x")} },
	func() flow.Declaration { return &flow.LinkDraft{A: is("a"), B: is("b"), Trust: is(flow.Trusted)} },
	func() flow.Declaration { return &flow.CADraft{Decl: named("x")} },
	func() flow.Declaration {
		return &flow.CertificateDraft{Decl: named("x"), CertificateFacts: flow.CertificateFacts{Valid: is(true), From: "2026-01-01", To: "2026-12-31"}}
	},
	func() flow.Declaration { return &flow.NamespaceDraft{Decl: named("x")} },
	func() flow.Declaration { return &flow.ClientDraft{Decl: named("x")} },
	func() flow.Declaration { return &flow.ProxyDraft{Decl: named("x")} },
	func() flow.Declaration {
		return &flow.BackendDraft{Decl: named("x"), BackendFacts: flow.BackendFacts{Speaks: is(flow.SpeaksHTTPS)}}
	},
	func() flow.Declaration {
		r := &flow.RouteDraft{Decl: named("x"), RouteFacts: flow.RouteFacts{
			Host: is("a.test"), Mode: is(flow.ModeReencrypt), Insecure: is(flow.InsecureRedirect), RedirectStatus: is(301),
		}}
		r.Upstream.Origin, r.Upstream.SNI = flow.OriginStated, is("")
		return r
	},
	func() flow.Declaration { return &flow.RequestDraft{Decl: named("x")} },
	func() flow.Declaration {
		return &flow.ViewDraft{Decl: named("x"), ViewFacts: flow.ViewFacts{Kind: "topology"}}
	},
}

// samples are values of each field, by the struct that has it. Together they have each
// field of what they consist of.
var samples = map[string][]any{
	"Decl.Name":  {"x-1"},
	"Decl.Label": {"A \"label\"\nin two lines \\"},

	"ZoneDraft.Trust": {is(flow.Trusted), is(flow.Untrusted)},
	"LinkDraft.A":     {is("here")},
	"LinkDraft.B":     {is("there")},
	"LinkDraft.Trust": {is(flow.Untrusted)},
	"CADraft.Private": {is(true)},

	"CertificateFacts.Names":  {all("*.a.test", "2001:db8::1")},
	"CertificateFacts.Valid":  {is(true)},
	"CertificateFacts.From":   {"2026-02-01"},
	"CertificateFacts.To":     {"2027-01-31"},
	"CertificateDraft.Issuer": {is("some-ca")},
	"NamespaceDraft.Labels":   {[]flow.Label{{Key: "network", Value: "internal"}}},

	"ClientEndFacts.TLS":         {is(flow.Versions{Min: flow.TLS12, Max: flow.TLS13})},
	"ClientEndFacts.ALPN":        {is([]string(nil)), is([]string{"h2", "http/1.1"})},
	"ClientEndFacts.Groups":      {is([]string{"x25519", "secp256r1"})},
	"ClientEndFacts.Verify":      {is(false)},
	"ClientEndDraft.Trust":       {all("a-ca", "b-ca")},
	"ClientEndDraft.Certificate": {is("some")},
	"ServerEndFacts.TLS":         {is(flow.Versions{Min: flow.TLS10, Max: flow.TLS11})},
	"ServerEndFacts.ALPN":        {is([]string{"h2"})},
	"ServerEndFacts.Groups":      {is([]string{"secp384r1"})},
	"ServerEndFacts.StrictSNI":   {is(true)},
	"ServerEndFacts.EarlyData":   {is(true)},

	"ServerEndDraft.Certificates":      {all("a", "b")},
	"ServerEndDraft.ClientCertificate": {is(flow.ClientAuthDraft{Mode: flow.AuthRequired, CA: is("a-ca")}), is(flow.ClientAuthDraft{Mode: flow.AuthOptional})},

	"ClientFacts.Address":   {is("10.0.0.0/8")},
	"ClientFacts.Tickets":   {is(true)},
	"ClientFacts.SendProxy": {is(flow.ProxyVersion(1))},
	"ClientDraft.Zone":      {is("outside")},

	"ProxyFacts.Source":  {is("2001:db8::1")},
	"ProxyFacts.Domains": {all("a.test", "b.test")},
	"ProxyFacts.Admit": {[]flow.Selector{{All: true}, {Terms: []flow.SelectorTerm{
		{Key: "a", Op: "=", Values: []string{"1"}}, {Key: "b", Op: "!=", Values: []string{"2"}}, {Key: "c", Op: "exists"},
		{Key: "d", Op: "absent"}, {Key: "e", Op: "in", Values: []string{"x", "y"}}, {Key: "f", Op: "notin", Values: []string{"z"}},
	}}}},
	"ProxyFacts.AdmitNamespaces": {[]flow.Selector{{All: true}, {Terms: []flow.SelectorTerm{{Key: "a", Op: "=", Values: []string{"1"}}}}}},
	"ProxyFacts.Order":           {is(flow.ByPrecedence), is(flow.AsWritten)},
	"ProxyFacts.SharedHosts":     {is(true), is(false)},
	"ProxyFacts.Balance":         {is("leastconn")},
	"ProxyFacts.Connection":      {is("server-close")},
	"ProxyFacts.Reuse":           {is("always")},
	"ProxyFacts.Retries":         {is(0), is(7)},
	"ProxyFacts.Timeouts":        {[]flow.Timeout{{Kind: "connect", Millis: 5000}, {Kind: "server", Millis: 1}, {Kind: "queue", Millis: 90_000}, {Kind: "tunnel", Millis: 86_400_000}}},
	"ProxyFacts.Inner":           {is(flow.Inner{On: true}), is(flow.Inner{On: true, Address: "127.0.0.1", Port: 10444})},
	"ProxyFacts.Profile":         {flow.FindProfile("haproxy", "3.2")},
	"ProxyDraft.Zone":            {is("inside")},
	"ProxyDraft.Listeners":       {[]*flow.ListenerDraft{{ListenerFacts: flow.ListenerFacts{Kind: flow.ListenTCP, Port: 5432}}}},
	"ProxyDraft.From":            {all("a", "b")},

	"ListenerFacts.Kind":         {flow.ListenHTTP, flow.ListenHTTPS, flow.ListenTCP},
	"ListenerFacts.Address":      {"10.0.0.1", "2001:db8::1"},
	"ListenerFacts.Port":         {8443},
	"ListenerFacts.LastPort":     {8449},
	"ListenerFacts.AcceptProxy":  {is(true)},
	"ListenerFacts.InspectDelay": {is(int64(0)), is(int64(2500))},
	"ListenerFacts.Unmatched":    {is("close")},
	"ListenerFacts.Socket":       {is("abns@stage"), is("unix@/run/haproxy/stage.sock")},
	"ListenerFacts.Timeouts":     {[]flow.Timeout{{Kind: "client", Millis: 30000}, {Kind: "http-keep-alive", Millis: 2500}}},

	"BackendFacts.Speaks":      {is(flow.SpeaksHTTP), is(flow.SpeaksHTTPS), is(flow.SpeaksH2C), is(flow.SpeaksTCP), is(flow.SpeaksTLS)},
	"BackendFacts.AcceptProxy": {is(true)},
	"BackendFacts.Check": {
		is(flow.Check{Kind: "http", Path: "/healthz", SNI: "a.test", Port: 8080}), is(flow.Check{Kind: "http", Path: "/", Plain: true}),
		is(flow.Check{Kind: "tcp", Port: 1}), is(flow.Check{Kind: "tls"}), is(flow.Check{Kind: "http", Method: "HEAD", Path: "/", Protocol: flow.HTTP10}),
	},
	"BackendFacts.AllBackups":      {is(true), is(false)},
	"BackendFacts.ConnectionClose": {is(true)},
	"BackendDraft.Zone":            {is("inside")},
	"BackendDraft.Servers":         {[]*flow.ServerDraft{{Decl: named("server")}, {Decl: named("b")}, {Decl: named("c"), ServerFacts: flow.ServerFacts{Port: 1}}, {Decl: named("d")}}},
	"BackendDraft.NoServers":       {is(true)},

	"ServerFacts.Address":  {"10.0.0.1", "2001:db8::1", "db.test"},
	"ServerFacts.Port":     {8080},
	"ServerFacts.Weight":   {is(0), is(256)},
	"ServerFacts.State":    {is(flow.ServerDown), is(flow.ServerRefuses), is(flow.ServerSilent)},
	"ServerFacts.Backup":   {is(true)},
	"ServerFacts.SamePort": {is(true)},
	"ServerFacts.Offset":   {is(100), is(-1000)},
	"ServerFacts.Labels":   {[]flow.Label{{Key: "zone", Value: "b"}, {Key: "rack", Value: "7"}}},

	"RouteFacts.Host":      {is("*.a.test")},
	"RouteFacts.Subdomain": {is("www")},
	"RouteFacts.Path":      {is("/cart")},
	"RouteFacts.Matches":   {conditions},
	"RouteFacts.SNI":       {is(flow.SNINone), is(flow.SNIAny)},
	"RouteFacts.Labels":    {[]flow.Label{{Key: "team", Value: "shop"}}},
	"RouteFacts.Created":   {is("2026-01-01T00:00:00Z")},
	"RouteFacts.Mode":      {is(flow.ModeReencrypt)},
	"RouteFacts.ALPN":      {is([]string(nil)), is([]string{"h2"})},
	"RouteFacts.Answer":    {is(flow.Answer{}), is(flow.Answer{Status: 403})},
	"RouteFacts.Redirect": {
		is(flow.RedirectTo{Kind: flow.RedirectLocation, To: "https://a.test/b?c=d", Status: 308}),
		is(flow.RedirectTo{Kind: flow.RedirectPrefix, To: "/b"}), is(flow.RedirectTo{Kind: flow.RedirectScheme, To: "https"}),
	},
	"RouteFacts.WithoutCertificate": {is(421), is(403), is(400), is(496)},
	"RouteFacts.Insecure":           {is(flow.InsecureRedirect)},
	"RouteFacts.RedirectStatus":     {is(308)},
	"RouteFacts.Headers": {[]flow.HeaderAction{
		{On: "request", Do: "set", Name: "X-A", Value: `say "it"`}, {On: "response", Do: "set", Name: "X-B", Value: ""}, {On: "response", Do: "delete", Name: "Server"},
	}},
	"RouteFacts.Affinity":  {is("node")},
	"RouteFacts.HSTS":      {is(int64(31_536_000_000))},
	"RouteFacts.Rewrite":   {is("/v2")},
	"RouteFacts.Allow":     {all("10.0.0.0/8", "2001:db8::/32")},
	"RouteFacts.Balance":   {is("source")},
	"RouteFacts.Timeouts":  {[]flow.Timeout{{Kind: "server", Millis: 3_600_000}}},
	"RouteFacts.SendProxy": {is(flow.ProxyVersion(2))},
	"RouteFacts.Policies":  {all("every-hop-encrypted", "proxy-cannot-read")},

	"RouteDraft.Hosts":             {all("b.test", "*.c.test")},
	"RouteDraft.On":                {[]flow.OnDraft{{Proxy: is("haproxy"), Port: 443}, {Proxy: is("other")}}},
	"RouteDraft.Targets":           {[]flow.TargetDraft{{To: is("other"), Port: 8443, Weight: is(3)}, {To: is("shop"), Certified: is("shop.svc")}}},
	"RouteDraft.Certificate":       {is("some")},
	"RouteDraft.ClientCertificate": {is(flow.ClientAuthDraft{Mode: flow.AuthOptional, CA: is("a-ca")})},
	"UpstreamFacts.Origin":         {flow.OriginStated},
	"UpstreamFacts.Name":           {is("b.test")},
	"UpstreamFacts.SNI":            {is(""), is("c.test")},
	"UpstreamFacts.SNIHost":        {true},

	"RequestFacts.Calls": {[]flow.Call{
		{Method: "GET", Scheme: "https", Host: "a.test", Port: 8443, Path: "/b?c=d"}, {Method: "POST", Scheme: "http", Host: "10.0.0.1", Port: 80, Path: "/"},
		{Method: "CONNECT", Scheme: "tcp", Host: "mail.example.test", Port: 25, Path: "/"},
		{Method: "CONNECT", Scheme: "tls", Host: "2001:db8::1", Port: 443, Path: "/"},
	}},
	"RequestFacts.SNI":       {is(""), is("a.test")},
	"RequestFacts.HostField": {is("a.test")},
	"RequestFacts.Fields":    {[]flow.HeaderField{{Name: "X-A", Value: "b, c"}}},
	"RequestFacts.TLS":       {is(flow.Versions{Min: flow.TLS13, Max: flow.TLS13})},
	"RequestFacts.Times":     {is(3)},
	"RequestFacts.Close":     {is(true)},
	"RequestFacts.Body":      {is(int64(0)), is(int64(1000)), is(int64(65536))},
	"RequestFacts.Upgrade":   {is("websocket")},
	"RequestFacts.Follow":    {is(true)},
	"RequestFacts.Resume":    {is("client"), is("backend")},
	"RequestFacts.EarlyData": {is(true)},
	"RequestFacts.Stop":      {is(flow.StopAfterConnect), is(flow.StopAfterHello), is(flow.StopAfterHandshake)},
	"RequestDraft.From":      {is("browser")},
	"RequestDraft.Via":       {is("haproxy")},
	"RequestDraft.After":     {is("hr/first")},
	"RequestDraft.Check":     {is("shop")},
	"RequestDraft.Expect": {[]flow.ExpectDraft{
		{Ending: flow.Answered{Status: 200}, From: is("shop/shop-1")}, {Ending: flow.Alerted{Alert: flow.AlertUnknownCA}}, {Ending: flow.Closed{}},
		{Ending: flow.TimedOut{}}, {Ending: flow.RedirectLoop{}}, {Ending: flow.Passed{}},
	}},

	"ViewFacts.Kind":     {"sequence"},
	"ViewFacts.Show":     {[]string{"tcp", "tls"}},
	"ViewFacts.Collapse": {[]string{"servers"}},
	"ViewFacts.Theme":    {"print"},
	"ViewFacts.Width":    {600},
	"ViewDraft.Around":   {all("haproxy", "internet")},
	"ViewDraft.Of":       {all("a", "hr/b")},
	"ViewDraft.Only":     {all("shop/shop-1", "haproxy")},
}

// conditions are conditions of every kind, compared in every way.
var conditions = []flow.Match{
	{Kind: flow.MatchHeader, Name: "X-A", Values: []string{"begins", "b, c"}},
	{Kind: flow.MatchHeader, Name: "X-A", How: flow.Present, Not: true},
	{Kind: flow.MatchCookie, Name: "stage", How: flow.Begins, AnyCase: true, Values: []string{"any-case"}},
	{Kind: flow.MatchQuery, Name: "v", How: flow.Contains, Values: []string{`"`}},
	{Kind: flow.MatchPath, How: flow.Below, Values: []string{"/a", "/b"}},
	{Kind: flow.MatchPath, How: flow.Exact, Not: true, Values: []string{"/a"}},
	{Kind: flow.MatchPath, How: flow.Begins, AnyCase: true, Values: []string{"/a"}},
	{Kind: flow.MatchPath, How: flow.Ends, Values: []string{".png", ".css"}},
	{Kind: flow.MatchPath, How: flow.Regex, Values: []string{`^/v[0-9]+\.x$`}},
	{Kind: flow.MatchHost, Values: []string{"a.test", "*.b.test"}},
	{Kind: flow.MatchHost, How: flow.Below, Values: []string{"a.test"}},
	{Kind: flow.MatchHost, How: flow.Regex, Not: true, Values: []string{"^www[.]"}},
	{Kind: flow.MatchMethod, Values: []string{"GET", "POST"}},
	{Kind: flow.MatchSource, Not: true, Values: []string{"10.0.0.0/8", "2001:db8::1"}},
	{Kind: flow.MatchTLS, Not: true},
}

// unwritten are the fields that no text has, and why.
var unwritten = map[string]string{
	"UpstreamFacts.Within":    "the addresses say it, except of sockets",
	"Decl.Origin":             "the file says whether something is imported",
	"HeaderAction.Computed":   "a value of the language is a text: a comment says what is computed",
	"ListenerFacts.Origin":    "what is supplied is not written",
	"BackendDraft.ServerPort": "a server is written that has it",
	"CertificateDraft.Label":  "certificates have no label",
	"NamespaceDraft.Label":    "namespaces have no label",
	"ViewDraft.Label":         "views have no label",
	"ServerDraft.Label":       "servers have no label",
	"ClientDraft.Verify":      "clients verify",
	"ProxyDraft.Verify":       "routes say what is not verified",
	"ProxyDraft.TLS":          "routes say which versions go to a backend",
	"ProxyDraft.ALPN":         "routes say which protocols go to a backend",
	"ProxyDraft.Groups":       "a proxy takes every group",
	"RouteDraft.Groups":       "a proxy takes every group",
}

// TestFields sets each field of each draft, and reads it back from the text that is
// written of it: a new field cannot be forgotten.
func TestFields(t *testing.T) {
	seen := map[string]bool{}
	for _, base := range bases {
		f := &fields{t: t, base: base, seen: seen}
		f.walk(reflect.TypeOf(base()).Elem(), nil)
		switch base().(type) {
		case *flow.ProxyDraft:
			f.base = func() flow.Declaration {
				l := &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: flow.ListenHTTPS, Port: 443}}
				return &flow.ProxyDraft{Decl: named("x"), Listeners: []*flow.ListenerDraft{l}}
			}
			f.walk(reflect.TypeFor[flow.ListenerDraft](), []string{"Listeners"})
		case *flow.BackendDraft:
			f.base = func() flow.Declaration {
				return &flow.BackendDraft{Decl: named("x"), Servers: []*flow.ServerDraft{{Decl: named("s")}}}
			}
			f.walk(reflect.TypeFor[flow.ServerDraft](), []string{"Servers"})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(samples)) {
		if !seen[key] {
			t.Errorf("no draft has a field %s", key)
		}
		covered(t, key, samples[key])
	}
}

// fields walks through the fields of a draft.
type fields struct {
	t    *testing.T
	base func() flow.Declaration
	seen map[string]bool
}

// walk tries each field of a struct, which is a part of a declaration.
func (f *fields) walk(of reflect.Type, path []string) {
	for field := range of.Fields() {
		key := of.Name() + "." + field.Name
		at := append(slices.Clip(path), field.Name)
		owner := reflect.TypeOf(f.base()).Elem().Name()
		if len(path) > 0 && path[0] == "Servers" {
			owner = "ServerDraft"
		}
		_, never := unwritten[key]
		_, notHere := unwritten[owner+"."+field.Name]
		switch {
		case !field.IsExported(), field.Type == spanType, slices.Contains(unread, field.Name), never, notHere:
		case samples[key] != nil:
			f.seen[key] = true
			for _, v := range samples[key] {
				f.try(key, at, v)
			}
		case field.Type.Kind() == reflect.Struct:
			f.walk(field.Type, at)
		default:
			f.t.Errorf("%s is not written, or has no sample here", key)
		}
	}
}

// try sets a field, and reads it back.
func (f *fields) try(key string, path []string, v any) {
	d := f.base()
	into := part(reflect.ValueOf(d), path)
	into.Set(reflect.ValueOf(v))
	text := flowtext.Write(&flow.Draft{Declarations: []flow.Declaration{d}})
	if len(text.Unsaid) > 0 {
		f.t.Errorf("%s: not said: %v in\n%s", key, text.Unsaid, text.Text)
	}
	again := read(f.t, key, text.Text)
	if len(again.Declarations) != 1 {
		f.t.Fatalf("%s: %d declarations in\n%s", key, len(again.Declarations), text.Text)
	}
	if diff := cmp.Diff(plain(reflect.ValueOf(d)), plain(reflect.ValueOf(again.Declarations[0]))); diff != "" {
		f.t.Errorf("%s: set (-) and read back (+) of\n%s\n%s", key, text.Text, diff)
	}
	if got := part(reflect.ValueOf(again.Declarations[0]), path); !cmp.Equal(plain(got), plain(into)) {
		f.t.Errorf("%s: %v is not in\n%s", key, v, text.Text)
	}
}

// part is a part of a declaration by the names of fields; of lists, their first element.
func part(v reflect.Value, path []string) reflect.Value {
	for _, name := range path {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
			if v.Kind() == reflect.Slice {
				v = v.Index(0)
			} else {
				v = v.Elem()
			}
		}
		v = v.FieldByName(name)
	}
	return v
}

// covered holds that samples together have each field of what they consist of.
func covered(t *testing.T, key string, values []any) {
	t.Helper()
	has, all := map[string]bool{}, map[string]bool{}
	var look func(v reflect.Value)
	look = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Slice:
			for i := range v.Len() {
				look(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				f := v.Type().Field(i)
				if !f.IsExported() || f.Type == spanType || strings.HasPrefix(v.Type().Name(), "Fact[") && f.Name != "V" {
					continue
				}
				name := v.Type().Name() + "." + f.Name
				all[name] = true
				has[name] = has[name] || !v.Field(i).IsZero() || f.Name == "V"
				look(v.Field(i))
			}
		}
	}
	for _, v := range values {
		look(reflect.ValueOf(v))
	}
	for name := range all {
		if _, never := unwritten[name]; !has[name] && !never {
			t.Errorf("no sample of %s has %s", key, name)
		}
	}
}

// TestWhole writes a model with what is stated of it as a whole.
func TestWhole(t *testing.T) {
	d := &flow.Draft{Title: `The "shop"`, Date: "2026-11-01", Profile: flow.FindProfile("haproxy", "3.2")}
	text := flowtext.Write(d)
	if diff := cmp.Diff(facts(d), facts(read(t, "whole", text.Text))); diff != "" || len(text.Unsaid) > 0 {
		t.Errorf("%s\n%s", text.Text, diff)
	}
	known := []string{"Name", "Title", "Date", "Profile", "Declarations", "Unmodelled", "Lost"}
	for field := range reflect.TypeFor[flow.Draft]().Fields() {
		if !slices.Contains(known, field.Name) {
			t.Errorf("a draft has %s: write it, and say so here", field.Name)
		}
	}
}
