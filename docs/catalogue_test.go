package docs_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// candidate is one invariant that was considered, and what became of it: the
// codes of the findings that state it, or why there is none.
type candidate struct {
	id    string
	holds string // what would have to hold
	codes string // separated by blanks; "" where no finding states it
	note  string // by construction, or not statable, and why; with codes: what they leave out
}

// groups are the letters of the candidates, and how many each has.
var groups = []struct {
	letter string
	about  string
	count  int
}{
	{"M", "Modes", 13},
	{"S", "Selection of routes", 21},
	{"C", "Certificates", 12},
	{"X", "Client certificates", 5},
	{"I", "Insecure requests", 6},
	{"B", "Backends and shards", 9},
	{"P", "Protocols", 6},
	{"Y", "PROXY headers", 6},
	{"Z", "Zones", 4},
	{"T", "Timeouts", 5},
}

// catalogue is every candidate.
var catalogue = []candidate{
	{"M01", "a route's mode is edge, reencrypt, passthrough, or none", "FL106", "the grammar knows four modes"},
	{"M02", "a proxy decrypts in every mode but passthrough, and in that one never", "", "by construction: the derivation decrypts where the mode ends TLS, and nowhere else"},
	{"M03", "a passthrough route has no path", "FL201", ""},
	{"M04", "a passthrough route changes no header", "FL202", ""},
	{"M05", "a passthrough route has no cookie affinity, rewrite, HSTS, compression or rate limit", "FL203", "rate limits and compression are not statable"},
	{"M06", "a firewall, an authentication, a cache or metrics of HTTP stand where TLS has ended", "", "not statable: there is no filter, cache or metrics element"},
	{"M07", "a passthrough route has no certificate, key or CA", "FL204", ""},
	{"M08", "an edge route has no CA for its servers", "FL205", ""},
	{"M09", "an edge route's servers speak plaintext", "FL206", ""},
	{"M10", "a reencrypt route's servers speak TLS", "FL207", ""},
	{"M11", "a passthrough route's servers speak TLS", "FL208", ""},
	{"M12", "who wants the proxy not to read takes passthrough: reencrypt decrypts", "FL211 FL212", ""},
	{"M13", "what is not HTTP does not pass a port that reads HTTP", "FL213", "STARTTLS is not statable: a protocol that begins in plaintext has no word"},
	{"S01", "every client of a passthrough route sends the route's host as SNI", "FL301 FL408", "of clients, and of proxies before a relay"},
	{"S02", "an SNI is a name, never an address", "FL301", "a route for an address, and a request to one"},
	{"S03", "a port that chooses by SNI says what becomes of those that match nothing", "FL309", "what is not stated has a default, which is listed as assumed; stated, it must be possible"},
	{"S04", "a port that chooses by SNI waits for the whole ClientHello", "FL611", "a port that chooses by SNI waits for the ClientHello; how long, it may say"},
	{"S05", "it waits for at least 3 s, and no longer than the client's timeout", "FL611", ""},
	{"S06", "the SNI is read from the raw bytes before TLS ends, and from the session after", "", "not statable: matching is on hosts, never on a fetch of a proxy"},
	{"S07", "of two routes with one host and path the older is served", "FL303", ""},
	{"S08", "a host's routes are in one namespace", "FL304", ""},
	{"S09", "an older passthrough route keeps other TLS routes off its host", "FL305", ""},
	{"S10", "a younger passthrough route leaves an older TLS route of its host dead", "FL305", ""},
	{"S11", "a wildcard route has a host", "", "by construction: a wildcard is part of the host, and needs one"},
	{"S12", "a wildcard needs a router that admits it, and conflicts with other namespaces' hosts", "FL304", "whether a router admits wildcards is not statable; the conflict of two namespaces is, for one host"},
	{"S13", "a wildcard covers one label: a deeper host is routed with a certificate that does not fit", "FL401", "a wildcard covers one label everywhere in the language; a deeper host is reported at its certificate"},
	{"S14", "a host is a DNS name", "FL106", "the grammar's hosts are DNS names"},
	{"S15", "listeners of one port differ in protocol or host, not in mode alone", "FL310", ""},
	{"S16", "a TCP listener shares its port with no other", "FL310", ""},
	{"S17", "a route attaches to a listener that can serve its kind", "FL314", "ports have no routes of their own: a route says on which it is"},
	{"S18", "a route's host is one of its listener's", "", "not statable: ports have no host of their own"},
	{"S19", "a proxy compares the Host field with the SNI, and answers 421 where they differ", "FL504", "no word asks for 421; what a client certificate is to keep out is looked for"},
	{"S20", "hosts whose connections could be coalesced are not treated differently", "FL311", ""},
	{"S21", "an address and port is listened on once", "FL310", ""},
	{"C01", "a reencrypt route verifies its servers, against a CA", "FL406 FL404", "verification is on unless verify none; a CA that is not stated is not complained of"},
	{"C02", "a reencrypt route says which name it expects", "FL407", ""},
	{"C03", "a reencrypt route sends an SNI to servers that choose by it", "FL408", ""},
	{"C04", "the certificate on the client's hop covers the host", "FL401", ""},
	{"C05", "a passthrough server's certificate covers the public host, and clients trust it", "FL402", ""},
	{"C06", "a reencrypt server's certificate covers the expected name, and its issuer is trusted", "FL403 FL404", ""},
	{"C07", "no certificate on the way is expired or not yet valid", "FL405", "on the model's date"},
	{"C08", "a key belongs to its certificate", "", "not statable: whoever shows a certificate has its key"},
	{"C09", "a route's certificate comes from one place", "", "by construction: a route has one certificate"},
	{"C10", "a port that ends TLS has a certificate, and one that relays has none", "FL204", "a certificate of an https port is shown to hosts that no route has, too"},
	{"C11", "a policy about a backend's TLS names a host and one source of trust", "FL407", "what a policy of a Gateway must have, trust and name say; its age is not statable"},
	{"C12", "a host without a certificate of its own fits the default one", "FL401 FL409", ""},
	{"X01", "a client's certificate is asked for where its TLS ends", "FL501", ""},
	{"X02", "a proxy has a certificate of its own for servers that ask for one", "FL502 FL503", "of backends, and of proxies behind one"},
	{"X03", "an optional client certificate is not taken for an authenticated client", "", "not statable: header values are plain text, not what a handshake showed"},
	{"X04", "headers about the client's certificate are set by the proxy, never passed on", "", "by construction: a header is set or deleted, never added to"},
	{"X05", "whoever asks for a certificate states the CA that it accepts", "FL503", "a CA that is not stated accepts every certificate"},
	{"I01", "insecure is none, allow or redirect", "FL106", "the grammar knows three policies"},
	{"I02", "a passthrough route does not allow plaintext", "FL209", ""},
	{"I03", "what is allowed in plaintext shows cookies and passwords", "FL216 FL704", ""},
	{"I04", "HSTS is for routes that are served in TLS alone", "FL217 FL203", ""},
	{"I05", "a redirect is answered by the proxy, and opens no backend connection", "", "by construction: a redirect is the proxy's own answer and opens no backend connection"},
	{"I06", "an application behind edge believes X-Forwarded-Proto, or redirects for ever", "", "not statable: what an application does with X-Forwarded-Proto"},
	{"B01", "weights are 0 to 256, and backends few", "FL106", "weights are 0..256; the limit of three alternates is one of OpenShift's API, not of proxies"},
	{"B02", "not every weight is zero", "FL601", ""},
	{"B03", "weight 0 lets clients with a cookie finish, but not in passthrough", "FL602", ""},
	{"B04", "every route has a server", "FL603 FL601", ""},
	{"B05", "a health check speaks what the servers speak", "FL604", ""},
	{"B06", "a TLS health check sends an SNI to servers that choose by it", "FL605", ""},
	{"B07", "a route is admitted by a router, and its name leads to that one", "FL606 FL607", ""},
	{"B08", "a route that several shards serve is meant for them all", "FL608", ""},
	{"B09", "a route's host is below its shard's domain and its certificate", "FL614 FL401", ""},
	{"P01", "the ends of each TLS session share a version", "FL210", ""},
	{"P02", "no port goes below TLS 1.2", "FL215", ""},
	{"P03", "HTTP/2 is agreed on each hop that is to carry it", "FL214", ""},
	{"P04", "the ends of a TLS session share an application protocol, where one insists", "FL214", ""},
	{"P05", "a route of tunnels states how long one may be idle", "FL610", "where a server timeout is stated"},
	{"P06", "early data carries only what may be repeated", "FL613", ""},
	{"Y01", "a PROXY header is sent if and only if it is expected", "FL701", ""},
	{"Y02", "a PROXY header is believed from trusted senders alone", "FL702", ""},
	{"Y03", "the receiver of a PROXY header reads its version", "", "by construction: accept-proxy takes either version"},
	{"Y04", "a health check of a port that expects a PROXY header sends one", "", "not statable: a check has no port or address of its own"},
	{"Y05", "an allow list behind a proxy sees the proxy's address, unless a PROXY header tells the client's", "FL703", "the allow list of a proxy behind a proxy; one within a server is not statable"},
	{"Y06", "a PROXY header comes before everything, and in the clear", "", "by construction: the derivation puts the header before all else"},
	{"Z01", "no plaintext crosses a network that is not trusted", "FL704 FL211", ""},
	{"Z02", "forwarded headers of untrusted clients are replaced", "", "not statable: forwarded headers are set as plain text, never appended to"},
	{"Z03", "Connection: close ends one hop, not both", "", "by construction: a client's Connection: close ends its own hop alone"},
	{"Z04", "a server that relies on the client's TLS is not behind edge or reencrypt", "", "not statable: that an application looks at its TLS session; a client certificate is, in X01 and X02"},
	{"T01", "the timeouts for connecting, clients and servers are all set", "FL609", "where one of the three is stated"},
	{"T02", "a passthrough route states how long a tunnel may be idle", "FL610", "where a server timeout is stated"},
	{"T03", "a client waits longer than the proxy's retries take", "FL612", "for a proxy before another one; a client's deadline is not statable"},
	{"T04", "servers keep an idle connection longer than the proxy does", "", "not statable: how long a server keeps an idle connection"},
	{"T05", "connections are not shared where a server binds a user to one", "", "not statable: that an application binds a user to a connection"},
}

// TestCatalogue holds the catalogue to the candidates, each once and in order,
// and its codes to the findings that exist.
func TestCatalogue(t *testing.T) {
	var want []string
	for _, g := range groups {
		for n := 1; n <= g.count; n++ {
			want = append(want, fmt.Sprintf("%s%02d", g.letter, n))
		}
	}
	if len(want) != 87 {
		t.Fatalf("%d ids are counted, and there are 87 candidates", len(want))
	}
	known := map[string]bool{}
	for _, c := range pipeline.Codes() {
		known[string(c.Code)] = true
	}
	reason := regexp.MustCompile(`^(by construction|not statable): `)
	var got []string
	for _, c := range catalogue {
		got = append(got, c.id)
		if c.codes == "" && !reason.MatchString(c.note) {
			t.Errorf("%s has neither a code nor a reason", c.id)
		}
		if c.holds == "" {
			t.Errorf("%s does not say what would have to hold", c.id)
		}
		for _, code := range strings.Fields(c.codes) {
			if !known[code] {
				t.Errorf("%s names %s, which no finding has", c.id, code)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the catalogue lists\n%v, want\n%v", got, want)
	}
}

// cataloguePage is what became of each candidate, and the rules that none of
// them asked for.
func cataloguePage() string {
	stated, constructed := 0, 0
	ours := slices.Clone(check.Rules)
	for _, c := range catalogue {
		switch {
		case c.codes != "":
			stated++
		case strings.HasPrefix(c.note, "by construction"):
			constructed++
		}
		ours = slices.DeleteFunc(ours, func(r *check.Rule) bool { return strings.Contains(c.codes, string(r.Code)) })
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# What became of each candidate\n\n"+
		"%d invariants of proxy topologies were gathered from the validations of OpenShift and of the Gateway API, the HAProxy\n"+
		"manual, RFCs and captures, before there was a rule. %d of them are findings of `flowc check` today, %d cannot be broken\n"+
		"because of how flowc derives, and %d the language cannot state. %d [rules](README.md) come [on top](#our-own).\n",
		len(catalogue), stated, constructed, len(catalogue)-stated-constructed, len(ours))
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n\n| | what would have to hold | what became of it |\n|---|---|---|\n", g.about)
		for _, c := range catalogue {
			if strings.HasPrefix(c.id, g.letter) {
				fmt.Fprintf(&b, "| %s | %s | %s |\n", c.id, c.holds, fate(c))
			}
		}
	}
	b.WriteString("\n## Our own\n\nRules that no candidate asked for.\n\n| code | severity | what must hold |\n|---|---|---|\n")
	for _, r := range ours {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", link(r.Code), r.Severity, cell(r.Doc))
	}
	return b.String()
}

// fate is "FL304, FL401: what they leave out".
func fate(c candidate) string {
	var links []string
	for _, code := range strings.Fields(c.codes) {
		links = append(links, link(diag.Code(code)))
	}
	if len(links) == 0 || c.note == "" {
		return strings.Join(links, ", ") + cell(c.note)
	}
	return strings.Join(links, ", ") + ": " + cell(c.note)
}
