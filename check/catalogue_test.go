package check_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/load"
	"github.com/flowc-lang/flowc/resolve"
)

// candidate is what became of one invariant that was considered: the codes of
// the findings that state it, or why there is none.
type candidate struct {
	id    string
	codes string // separated by blanks; "" where no finding states it
	note  string // by construction, or not statable, and why; with codes: what they leave out
}

// catalogue is every candidate: M modes, S selection of routes, C certificates,
// X client certificates, I insecure requests, B backends and shards, P
// protocols, Y PROXY headers, Z zones, T timeouts.
var catalogue = []candidate{
	{"M01", "FL106", "the grammar knows four modes"},
	{"M02", "", "by construction: the derivation decrypts where the mode ends TLS, and nowhere else"},
	{"M03", "FL201", ""},
	{"M04", "FL202", ""},
	{"M05", "FL203", "rate limits and compression are not statable"},
	{"M06", "", "not statable: there is no filter, cache or metrics element"},
	{"M07", "FL204", ""},
	{"M08", "FL205", ""},
	{"M09", "FL206", ""},
	{"M10", "FL207", ""},
	{"M11", "FL208", ""},
	{"M12", "FL211 FL212", ""},
	{"M13", "FL213", "STARTTLS is not statable: a protocol that begins in plaintext has no word"},
	{"S01", "FL301 FL408", "of clients, and of proxies before a relay"},
	{"S02", "FL301", "a route for an address, and a request to one"},
	{"S03", "FL309", "what is not stated has a default, which is listed as assumed; stated, it must be possible"},
	{"S04", "FL611", "a port that chooses by SNI waits for the ClientHello; how long, it may say"},
	{"S05", "FL611", ""},
	{"S06", "", "not statable: matching is on hosts, never on a fetch of a proxy"},
	{"S07", "FL303", ""},
	{"S08", "FL304", ""},
	{"S09", "FL305", ""},
	{"S10", "FL305", ""},
	{"S11", "", "by construction: a wildcard is part of the host, and needs one"},
	{"S12", "FL304", "whether a router admits wildcards is not statable; the conflict of two namespaces is, for one host"},
	{"S13", "FL401", "a wildcard covers one label everywhere in the language; a deeper host is reported at its certificate"},
	{"S14", "FL106", "the grammar's hosts are DNS names"},
	{"S15", "FL310", ""},
	{"S16", "FL310", ""},
	{"S17", "FL314", "ports have no routes of their own: a route says on which it is"},
	{"S18", "", "not statable: ports have no host of their own"},
	{"S19", "FL504", "no word asks for 421; what a client certificate is to keep out is looked for"},
	{"S20", "FL311", ""},
	{"S21", "FL310", ""},
	{"C01", "FL406 FL404", "verification is on unless verify none; a CA that is not stated is not complained of"},
	{"C02", "FL407", ""},
	{"C03", "FL408", ""},
	{"C04", "FL401", ""},
	{"C05", "FL402", ""},
	{"C06", "FL403 FL404", ""},
	{"C07", "FL405", "on the model's date"},
	{"C08", "", "not statable: whoever shows a certificate has its key"},
	{"C09", "", "by construction: a route has one certificate"},
	{"C10", "FL204", "a certificate of an https port is shown to hosts that no route has, too"},
	{"C11", "FL407", "what a policy of a Gateway must have, trust and name say; its age is not statable"},
	{"C12", "FL401 FL409", ""},
	{"X01", "FL501", ""},
	{"X02", "FL502 FL503", "of backends, and of proxies behind one"},
	{"X03", "", "not statable: header values are plain text, not what a handshake showed"},
	{"X04", "", "by construction: a header is set or deleted, never added to"},
	{"X05", "FL503", "a CA that is not stated accepts every certificate"},
	{"I01", "FL106", "the grammar knows three policies"},
	{"I02", "FL209", ""},
	{"I03", "FL216 FL704", ""},
	{"I04", "FL217 FL203", ""},
	{"I05", "", "by construction: a redirect is the proxy's own answer and opens no backend connection"},
	{"I06", "", "not statable: what an application does with X-Forwarded-Proto"},
	{"B01", "FL106", "weights are 0..256; the limit of three alternates is one of OpenShift's API, not of proxies"},
	{"B02", "FL601", ""},
	{"B03", "FL602", ""},
	{"B04", "FL603 FL601", ""},
	{"B05", "FL604", ""},
	{"B06", "FL605", ""},
	{"B07", "FL606 FL607", ""},
	{"B08", "FL608", ""},
	{"B09", "FL614 FL401", ""},
	{"P01", "FL210", ""},
	{"P02", "FL215", ""},
	{"P03", "FL214", ""},
	{"P04", "FL214", ""},
	{"P05", "FL610", "where a server timeout is stated"},
	{"P06", "FL613", ""},
	{"Y01", "FL701", ""},
	{"Y02", "FL702", ""},
	{"Y03", "", "by construction: accept-proxy takes either version"},
	{"Y04", "", "not statable: a check has no port or address of its own"},
	{"Y05", "FL703", "the allow list of a proxy behind a proxy; one within a server is not statable"},
	{"Y06", "", "by construction: the derivation puts the header before all else"},
	{"Z01", "FL704 FL211", ""},
	{"Z02", "", "not statable: forwarded headers are set as plain text, never appended to"},
	{"Z03", "", "by construction: a client's Connection: close ends its own hop alone"},
	{"Z04", "", "not statable: that an application looks at its TLS session; a client certificate is, in X01 and X02"},
	{"T01", "FL609", "where one of the three is stated"},
	{"T02", "FL610", "where a server timeout is stated"},
	{"T03", "FL612", "for a proxy before another one; a client's deadline is not statable"},
	{"T04", "", "not statable: how long a server keeps an idle connection"},
	{"T05", "", "not statable: that an application binds a user to a connection"},
}

// TestCatalogue holds the catalogue to the candidates, each once and in order,
// and its codes to the findings that exist.
func TestCatalogue(t *testing.T) {
	var want []string
	for _, g := range []struct {
		letter string
		count  int
	}{{"M", 13}, {"S", 21}, {"C", 12}, {"X", 5}, {"I", 6}, {"B", 9}, {"P", 6}, {"Y", 6}, {"Z", 4}, {"T", 5}} {
		for n := 1; n <= g.count; n++ {
			want = append(want, fmt.Sprintf("%s%02d", g.letter, n))
		}
	}
	if len(want) != 87 {
		t.Fatalf("%d ids are counted, and there are 87 candidates", len(want))
	}
	known := map[string]bool{}
	for _, r := range check.Rules {
		known[string(r.Code)] = true
	}
	for _, c := range slices.Concat(grammar.Codes, load.Codes, resolve.Codes, emit.Codes) {
		known[string(c.Code)] = true
	}
	reason := regexp.MustCompile(`^(by construction|not statable): `)
	var got []string
	for _, c := range catalogue {
		got = append(got, c.id)
		if c.codes == "" && !reason.MatchString(c.note) {
			t.Errorf("%s has neither a code nor a reason", c.id)
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
