package verify

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// races are what a real wire shows now one way and now another, each with the
// captures of its variants (testdata/races/NAME-VARIANT.pcapng), which the
// end-to-end table met on a busy machine. What is derived allows all of them; ends
// are the messages of which one at least must be there: without them nothing
// agrees.
var races = []struct {
	name, why string
	variants  int
	ends      []flow.Op // on the way from the server's end of the connection
}{
	{"unexpected-proxy", "a server closes while a ClientHello comes: RST where some of it is unread, else FIN", 2, []flow.Op{flow.OpFIN, flow.OpRST}},
	{"port-unexpected-proxy", "a port closes while a ClientHello comes: FIN, and RST where it comes later", 2, []flow.Op{flow.OpFIN, flow.OpRST}},
	{"groups-retry", "a server's ChangeCipherSpec comes behind the second ClientHello", 1, nil},
	{"tcp-request", "behind a tcp port that ends TLS, the server's connection opens before the request comes", 1, nil},
	{"gives-up", "a client gives up: two tickets came, and no answer", 1, nil},
	{"own-certificate", "a request comes between two tickets, where a route asks for a client certificate and its port does not", 1, nil},
	{"client-certificate", "a request comes before two tickets of which one is a block longer", 2, nil},
	{"unknown-ca", "a proxy answers for a server whose certificate it refuses, and the server's alert and FIN come behind that", 1, nil},
	{"check-beside", "a proxy checks a server of another backend while a request that cannot be read is on its way", 1, nil},
	{"check-before", "a health check that began before the capture ends while a request is on its way", 1, nil},
	{"tickets-before-request", "what a port relays has its tickets before the request comes", 1, nil},
	{"early-data", "a request that cannot be read comes before the handshake ends", 1, nil},
}

func TestRaces(t *testing.T) {
	for _, race := range races {
		t.Run(race.name, func(t *testing.T) {
			paths, err := filepath.Glob("testdata/races/" + race.name + "-*.pcapng")
			if err != nil || len(paths) != race.variants {
				t.Fatalf("%d variants, %v", len(paths), err)
			}
			model, err := os.ReadFile("testdata/races/" + race.name + ".flow")
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				c := readFile(t, path)
				// the networks of the cases differ from run to run
				model := sameNetwork(string(model), c)
				if r := hold(t, race.name, model, c); !r.Agrees() || len(r.Unseen) > 0 {
					t.Errorf("%s:\n%s", path, text(t, r))
				}
				if race.ends == nil {
					continue
				}
				without := &Capture{Files: c.Files}
				for _, conn := range c.Conns {
					cut := *conn
					cut.Events = slices.DeleteFunc(slices.Clone(conn.Events), func(e *event) bool {
						return e.From == acceptor && slices.Contains(race.ends, e.Op)
					})
					without.Conns = append(without.Conns, &cut)
				}
				if r := hold(t, race.name, model, without); r.Agrees() {
					t.Errorf("%s agrees without %v", path, race.ends)
				}
			}
		})
	}
}

func readFile(t *testing.T, path string) *Capture {
	t.Helper()
	pcap, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read([]Input{{path, bytes.NewReader(pcap)}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sameNetwork gives a model the network that a capture has.
func sameNetwork(model string, c *Capture) string {
	const first = "127.77."
	_, after, _ := strings.Cut(model, first)
	from, _, _ := strings.Cut(after, ".")
	to := strings.Split(c.Conns[0].Ends[acceptor].Addr().String(), ".")
	return strings.ReplaceAll(model, first+from+".", strings.Join(to[:3], ".")+".")
}
