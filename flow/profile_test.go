package flow_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// deviations is for each field of a profile another value, and a model of
// testdata/profile on whose wires it shows.
var deviations = []struct {
	field, model string
	change       func(*flow.Profile)
}{
	{"Defaults.Order", "order", func(p *flow.Profile) { p.Defaults.Order = flow.AsWritten }},
	{"Defaults.Connection", "edge", func(p *flow.Profile) { p.Defaults.Connection = "close" }},
	{"Defaults.Reuse", "twice", func(p *flow.Profile) { p.Defaults.Reuse = "always" }},
	{"Defaults.Retries", "refuses", func(p *flow.Profile) { p.Defaults.Retries = 0 }},
	{"Defaults.Redirect", "redirect", func(p *flow.Profile) { p.Defaults.Redirect = 308 }},
	{"Defaults.Unmatched", "unmatched", func(p *flow.Profile) { p.Defaults.Unmatched = "404" }},
	{"Defaults.InspectDelay", "says-nothing", func(p *flow.Profile) { p.Defaults.InspectDelay = 30_000 }},
	{"Defaults.Timeouts", "silent-for-ever", func(p *flow.Profile) {
		p.Defaults.Timeouts = []flow.Timeout{{Kind: "server", Millis: 60_000}}
	}},
	{"Server.TLS", "edge", func(p *flow.Profile) { p.Server.TLS = flow.Versions{Min: flow.TLS12, Max: flow.TLS12} }},
	{"Server.ALPN", "alpn-unstated", func(p *flow.Profile) { p.Server.ALPN = []string{"h2", "http/1.1"} }},
	{"Client.TLS", "reencrypt", func(p *flow.Profile) { p.Client.TLS = flow.Versions{Min: flow.TLS10, Max: flow.TLS12} }},
	{"Client.ALPN", "alpn-unstated", func(p *flow.Profile) { p.Client.ALPN = []string{"h2", "http/1.1"} }},
	{"Server.ClientHello", "hello-to-plaintext", func(p *flow.Profile) { p.Server.ClientHello = flow.Reply{} }},
	{"Server.UnknownSNI", "strict-sni", func(p *flow.Profile) { p.Server.UnknownSNI = flow.AlertInternalError }},
	{"Server.NoALPN", "alpn", func(p *flow.Profile) { p.Server.NoALPN = flow.AlertNoApplicationProtocol }},
	{"Server.FallsBack", "alpn-alone", func(p *flow.Profile) {
		p.Server.NoALPN, p.Server.FallsBack = flow.AlertNoApplicationProtocol, true
	}},
	{"Client.NeedsALPN", "alpn-alone", func(p *flow.Profile) { p.Client.NeedsALPN = true }},
	{"Server.NoCertificate12", "no-certificate-12", func(p *flow.Profile) { p.Server.NoCertificate12 = flow.AlertOf(42) }},
	{"Server.NoCertificate13", "no-certificate-13", func(p *flow.Profile) { p.Server.NoCertificate13 = flow.AlertOf(42) }},
	{"Server.UnknownCA", "foreign-certificate", func(p *flow.Profile) { p.Server.UnknownCA = flow.AlertOf(42) }},
	{"Server.Expired", "expired-certificate", func(p *flow.Profile) { p.Server.Expired = flow.AlertOf(42) }},
	{"Server.Tickets", "edge", func(p *flow.Profile) { p.Server.Tickets = 0 }},
	{"Server.TicketsResumed", "resumed", func(p *flow.Profile) { p.Server.TicketsResumed = 2 }},
	{"Server.TicketsLast", "edge", func(p *flow.Profile) { p.Server.TicketsLast = false }},
	{"Client.UnknownCA", "unknown-ca", func(p *flow.Profile) { p.Client.UnknownCA = flow.AlertOf(42) }},
	{"Client.UnknownCA", "unknown-ca", func(p *flow.Profile) { p.Client.UnknownCA = 0 }},
	{"Client.Expired", "expired-server", func(p *flow.Profile) { p.Client.Expired = flow.AlertOf(42) }},
	{"Client.WrongName", "wrong-name", func(p *flow.Profile) { p.Client.WrongName = flow.AlertOf(42) }},
	{"Client.Resumes", "resumed", func(p *flow.Profile) { p.Client.Resumes = false }},
	{"Client.RetriesWrongSNI", "wrong-name", func(p *flow.Profile) { p.Client.RetriesWrongSNI = true }},
	{"BuffersBody", "body", func(p *flow.Profile) { p.BuffersBody = true }},
	{"UpstreamHTTP", "edge", func(p *flow.Profile) { p.UpstreamHTTP = "HTTP/1.0" }},
	{"StageHeader", "stages", func(p *flow.Profile) { p.StageHeader = 2 }},
	{"RetryInterval", "refuses", func(p *flow.Profile) { p.RetryInterval = 250 }},
	{"Unreached", "refuses", func(p *flow.Profile) { p.Unreached = 502 }},
	{"Broken", "broken", func(p *flow.Profile) { p.Broken = 500 }},
	{"Silent", "silent", func(p *flow.Profile) { p.Silent = 502 }},
	{"Plaintext", "plaintext", func(p *flow.Profile) {
		p.Plaintext = flow.Reply{Protocol: "HTTP/1.1", Status: 400, Reason: "Bad Request"}
	}},
	{"StrayHeader", "stray-header", func(p *flow.Profile) {
		p.StrayHeader = flow.Reply{Protocol: "HTTP/1.1", Status: 400, Reason: "Bad Request"}
	}},
	{"TakesPreface", "preface", func(p *flow.Profile) { p.TakesPreface = false }},
	{"NothingAsked", "nothing-asked", func(p *flow.Profile) { p.NothingAsked = flow.Reply{} }},
	{"ResetsNoHeader", "no-header", func(p *flow.Profile) { p.ResetsNoHeader = false }},
	{"ResetsOnTimeout", "silent", func(p *flow.Profile) { p.ResetsOnTimeout = false }},
	{"PoolPurge", "edge", func(p *flow.Profile) { p.PoolPurge = 120_000 }},
	{"PoolResets", "edge", func(p *flow.Profile) { p.PoolResets = false }},
	{"PoolNotifies", "reencrypt", func(p *flow.Profile) { p.PoolNotifies = false }},
	{"AnswersNotify", "edge", func(p *flow.Profile) { p.AnswersNotify = false }},
	{"LosesAlert", "no-certificate-stage", func(p *flow.Profile) { p.LosesAlert = true }},
	{"RelaysReset", "relayed-reset", func(p *flow.Profile) { p.RelaysReset = false }},
	{"CheckAcknowledges", "check", func(p *flow.Profile) { p.CheckAcknowledges = true }},
}

// TestProfileFields changes one field of a profile at a time. The golden shows
// what that changes on the wires: it must be what the field is about.
func TestProfileFields(t *testing.T) {
	var got strings.Builder
	for _, d := range deviations {
		before, after := underProfile(t, d.model, func(*flow.Profile) {}), underProfile(t, d.model, d.change)
		delta := diff.Diff("HAProxy 2.6", []byte(before), "another "+d.field, []byte(after))
		if len(delta) == 0 {
			t.Errorf("nothing that %s.flow derives reads %s", d.model, d.field)
		}
		_, delta, _ = bytes.Cut(delta, []byte("\n")) // the command line of diff
		fmt.Fprintf(&got, "%s in %s.flow\n%s\n", d.field, d.model, delta)
	}
	golden.Check(t, filepath.Join("testdata", "profile", "fields.golden"), got.String())
}

// TestProfileFieldsAreAll fails for a field that no case changes.
func TestProfileFieldsAreAll(t *testing.T) {
	var changed []string
	for _, d := range deviations {
		changed = append(changed, d.field)
	}
	for _, f := range fieldsOf(reflect.TypeFor[flow.Profile](), "") {
		if !slices.Contains(changed, f) && f != "Product" && f != "Version" {
			t.Errorf("no case changes the field %s of a profile", f)
		}
	}
}

// fieldsOf names the facts of a profile: the fields of a struct within it, but
// a Reply is one fact, and so are Versions.
func fieldsOf(t reflect.Type, prefix string) []string {
	var out []string
	for f := range t.Fields() {
		one := f.Type == reflect.TypeFor[flow.Reply]() || f.Type == reflect.TypeFor[flow.Versions]()
		if f.Type.Kind() == reflect.Struct && !one {
			out = append(out, fieldsOf(f.Type, prefix+f.Name+".")...)
			continue
		}
		out = append(out, prefix+f.Name)
	}
	return out
}

// underProfile derives a model of testdata/profile with a changed copy of
// HAProxy's profile.
func underProfile(t *testing.T, model string, change func(*flow.Profile)) string {
	t.Helper()
	profile := *flow.HAProxy26()
	change(&profile)
	topology := completed(t, model, &profile)
	var out strings.Builder
	for _, r := range topology.Requests {
		writeSteps(&out, flow.Derive(topology, r))
	}
	return out.String()
}

// completed is a model of testdata/profile, all of whose proxies have a profile.
func completed(t *testing.T, model string, profile *flow.Profile) *flow.Topology {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "profile", model+".flow"))
	if err != nil {
		t.Fatal(err)
	}
	file, found := grammar.Parse(source.NewFile(model+".flow", string(text)))
	draft, more := resolve.Draft(model, file, nil)
	for _, d := range draft.Declarations {
		if p, ok := d.(*flow.ProxyDraft); ok {
			p.Profile = profile
		}
	}
	topology, problems := flow.Complete(draft)
	if len(found)+len(more)+len(problems) > 0 {
		t.Fatalf("%s: %v %v %v", model, found, more, problems)
	}
	return topology
}

// TestAnotherProduct derives under the profile of a product that is no HAProxy,
// made of values alone.
func TestAnotherProduct(t *testing.T) {
	other := *flow.HAProxy26()
	other.Product, other.Version = "other", "1.0"
	other.Server.NoALPN = flow.AlertNoApplicationProtocol
	other.Client.WrongName = 0
	other.UpstreamHTTP = "HTTP/1.0"
	other.Unreached, other.RetryInterval = 502, 0
	other.Plaintext = flow.Reply{Protocol: "HTTP/1.1", Status: 400, Reason: "Bad Request"}
	topology := completed(t, "another-product", &other)
	for _, r := range topology.Requests {
		if lc := flow.Derive(topology, r); !lc.AsExpected() {
			t.Errorf("request %s: %s from %s: %s", r.Name, words.Outcome(lc.Outcome), lc.Outcome.FromID(), words.Why(lc.Outcome.Why))
		}
	}
}

// writeSteps writes a lifecycle without numbers: what is added moves nothing.
func writeSteps(w *strings.Builder, lc *flow.Lifecycle) {
	for _, s := range append(slices.Clip(lc.Steps), lc.Later...) {
		fmt.Fprintf(w, "%s %s %s", s.ID, s.Op, words.Detail(s))
		if s.Optional && s.Op == flow.OpAlert && s.Alert() != flow.AlertCloseNotify {
			w.WriteString(", or not")
		}
		if s.Wait > 0 {
			fmt.Fprintf(w, ", %d ms later", s.Wait)
		}
		for i, a := range s.After {
			w.WriteString([]string{" < ", ", "}[min(i, 1)] + a.ID)
		}
		w.WriteString("\n")
	}
	fmt.Fprintf(w, "%s from %s, assumed %s\n", strings.Join(words.Endings(lc.Outcome), ", "), lc.Outcome.FromID(), strings.Join(words.Assumed(lc.Assumed), "; "))
}

// TestVersions holds that what a model states of a version decides: the ALPN of a port
// of which nothing is stated, and with it what its clients speak. A tcp port offers none.
func TestVersions(t *testing.T) {
	const ports = `
client browser { alpn h2, http/1.1 }
route web on haproxy:443 {
    host www.example.test
    tls edge
    to web
}
route bytes on haproxy:6443 {
    host db.example.test
    tls edge
    to web
}
request web {
    from browser
    get https://www.example.test/
}
request bytes {
    from browser
    get https://db.example.test:6443/
}
`
	const listens = "    listen https :443\n    listen tcp :6443\n}\n"
	for _, tc := range []struct{ model, web string }{
		{"proxy haproxy {\n" + listens, ""},
		{"defaults haproxy 3.2\nproxy haproxy {\n" + listens, "h2"},
		{"proxy haproxy {\n    defaults haproxy 3.2\n" + listens, "h2"},
		{"defaults haproxy 3.2\nproxy haproxy {\n    defaults haproxy 2.6\n" + listens, ""},
	} {
		top := mustResolve(t, "versions", tc.model+ports)
		for i, want := range []string{tc.web, ""} {
			if got := flow.Derive(top, top.Requests[i]).Sessions[0].ALPN; got != want {
				t.Errorf("request %s with %s: ALPN %q is chosen, want %q", top.Requests[i].Name, top.Proxies[0].Profile, got, want)
			}
		}
	}
}
