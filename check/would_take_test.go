package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// missingModels have one finding each that says why requests miss a route; mine are
// those that would have taken it, others have nothing to do with it.
var missingModels = []struct {
	code         diag.Code
	model        string
	mine, others []string
}{
	{"FL206", `
proxy p { listen http :80 listen https :443 }
backend b { speaks https }
backend rest { speaks http }
backend nowhere { speaks http }
route a { host a.test path /cart to b }
route rest { host a.test tls edge insecure redirect 301 to rest }`, []string{"https://a.test/cart"}, []string{"https://a.test/help", "http://a.test/help"}},
	{"FL301", `
proxy p { listen http :80 listen https :443 listen https :8443 }
route a on p:443 { host 192.0.2.1 tls passthrough to a }
route rest on p:80, p:8443 { host 192.0.2.1 tls edge insecure redirect 301 to rest }`, []string{"https://192.0.2.1/"}, []string{"https://192.0.2.1:8443/", "http://192.0.2.1/"}},
	{"FL303", `
route blue { host a.test path /cart tls edge to blue }
route a { host a.test path /cart tls edge to green }
route rest { host a.test tls edge insecure redirect 301 to rest }
route item { host a.test path /cart/item tls edge to item }`, []string{"https://a.test/cart", "https://a.test/cart/1"},
		[]string{"https://a.test/help", "http://a.test/help", "http://a.test/cart", "https://a.test/cart/item/1"}},
	{"FL303", `
proxy lb { listen tcp :443 }
proxy p { listen https :8443 }
route all on lb { to p:8443 }
route blue on p { host a.test path /cart tls edge to blue }
route a on p { host a.test path /cart tls edge to green }
route rest on p { host a.test tls edge to rest }`, []string{"https://a.test/cart"}, []string{"https://a.test/help", "https://a.test/"}},
	{"FL303", `
proxy lb { listen https :443 }
proxy p { listen http :8080 }
route all on lb { host a.test tls edge rewrite /v2 to p:8080 }
route blue on p { host a.test path /v2/cart to blue }
route a on p { host a.test path /v2/cart to green }
route rest on p { host a.test to rest }`, []string{"https://a.test/cart"}, []string{"https://a.test/help", "https://a.test/v2/cart"}},
	{"FL304", `
route one/rest { host a.test tls edge insecure redirect 301 to rest }
route two/a { host a.test path /pay tls edge to a }
route one/item { host a.test path /pay/item tls edge to item }`, []string{"https://a.test/pay"}, []string{"https://a.test/help", "http://a.test/pay", "https://a.test/pay/item"}},
	{"FL305", `
route pass { host a.test tls passthrough to pass }
route a { host a.test path /ui tls edge to a }
route plain { host a.test to plain }`, []string{"https://a.test/ui"}, []string{"https://a.test/help", "http://a.test/help"}},
	{"FL306", `
route pass { host *.a.test tls passthrough to pass }
route a { host b.a.test path /ui tls edge to a }
route plain { host b.a.test to plain }`, []string{"https://b.a.test/ui"}, []string{"https://b.a.test/help", "http://b.a.test/help"}},
	{"FL314", `
proxy p { listen http :80 listen tcp :443 listen https :8443 }
route a on p:443 { host a.test tls edge to a }
route rest on p:80, p:8443 { host a.test tls edge insecure redirect 301 to rest }`, []string{"https://a.test/"}, []string{"https://a.test:8443/", "http://a.test/"}},
	{"FL606", `
proxy p { listen http :80 listen https :443 admit tier=web }
route a { host a.test path /ui tls edge to a }
route rest { host a.test tls edge insecure redirect 301 labels tier=web to rest }`, []string{"https://a.test/ui"}, []string{"https://a.test/help", "http://a.test/ui"}},
	{"FL607", `
proxy one { domain one.test listen http :80 listen https :443 }
proxy two { domain two.test }
route a on two { host a.one.test path /ui tls edge to a }
route rest on one { host a.one.test tls edge insecure redirect 301 to rest }`, []string{"https://a.one.test/ui"}, []string{"https://a.one.test/help", "http://a.one.test/ui"}},
	{"FL305", `
proxy lb { listen tcp :443 listen http :80 }
proxy p { listen https :8443 listen https :9443 }
route all on lb:443 { to p:8443 }
route typed on lb:80 { host a.test to p2 }
proxy p2 { listen http :80 }
route plain on p2 { host a.test to rest }
route pass on p:8443 { host a.test tls passthrough to pass }
route a on p { host a.test path /ui tls edge to a }`, []string{"https://a.test/ui"}, []string{"https://a.test/help", "http://a.test/ui"}},
	{"FL304", `
proxy lb { listen tcp :443 }
proxy p { listen https :8443 }
route all on lb { to p:8443 }
route one/rest on p { host a.test tls edge to rest }
route two/a on p { host a.test path /pay tls edge to a }`, []string{"https://a.test/pay"}, []string{"https://a.test/help"}},
	{"FL303", `
proxy lb { listen tcp :443 }
proxy one { listen https :8443 }
proxy two { listen https :8443 }
route all on lb { to one:8443 to two:8443 }
route blue on two { host a.test path /cart tls edge to blue }
route a on two { host a.test path /cart tls edge to green }
route here on one { host a.test tls edge to here }`, nil, []string{"https://a.test/cart", "https://a.test/help"}},
	{"FL303", `
proxy lb { listen tcp :443 }
proxy one { listen https :8443 }
proxy two { listen https :8443 }
route all on lb { to two:8443 to one:8443 }
route blue on two { host a.test path /cart tls edge to blue }
route a on two { host a.test path /cart tls edge to green }
route here on one, two { host a.test tls edge to here }`, []string{"https://a.test/cart"}, []string{"https://a.test/help"}},
	{"FL607", `
proxy lb { listen tcp :443 }
proxy one { domain one.test listen https :8443 }
proxy two { domain two.test listen https :8443 }
route all-one on lb { host *.one.test to one:8443 }
route all-two on lb { host *.two.test to two:8443 }
route a on two { host a.one.test path /ui tls edge to a }
route rest on one { host a.one.test tls edge to rest }`, []string{"https://a.one.test/ui"}, []string{"https://a.one.test/help"}},
	{"FL314", `
proxy lb { listen https :443 }
proxy p { listen http :8080 listen http :8081 }
route all on lb { host a.test tls edge to p:8080 }
route a on p:8080 { host a.test path /ui tls passthrough to a }
route rest on p:8080 { host a.test to rest }`, nil, []string{"https://a.test/help"}},
}

// TestMissedRequests: a finding about a route hides the requests that would have taken
// it, and no others, however many there are and in which order.
func TestMissedRequests(t *testing.T) {
	for n, m := range missingModels {
		for turn := range 2 {
			text := strings.NewReplacer("{ ", "{\n", " }", "\n}").Replace(m.model)
			for _, word := range []string{"listen", "path", "tls", "insecure", "to", "rewrite", "admit", "speaks", "labels"} {
				text = strings.ReplaceAll(text, " "+word+" ", "\n"+word+" ")
			}
			want := map[string]bool{}
			add := func(i int, url string, hidden bool) {
				name := fmt.Sprintf("q%d-%v", i, hidden)
				want[name] = !hidden
				text += fmt.Sprintf("\nrequest %s {\nget %s\nexpect 200 from nowhere/nowhere-1\n}", name, url)
			}
			mine := func() {
				for i, url := range m.mine {
					add(i, url, true)
				}
			}
			if turn == 0 {
				mine()
			}
			for i, url := range m.others {
				add(i, url, false)
			}
			if turn == 1 {
				mine()
			}
			text += "\nroute nowhere {\nhost nowhere.test\ntls edge\nto nowhere\n}\n"
			found := foundIn(t, text)
			said := map[string]bool{}
			own := 0
			for _, d := range found {
				if d.Code == m.code && !strings.Contains(d.Message, "nowhere") {
					own++
				}
				if d.Code != "FL302" {
					continue
				}
				for name := range want {
					said[name] = said[name] || strings.Contains(d.Message, fmt.Sprintf("request %q ", name))
				}
			}
			if own != 1 {
				t.Errorf("%s, model %d: %d findings of it in %v\n%s", m.code, n, own, found, text)
			}
			for name, wanted := range want {
				if said[name] != wanted {
					t.Errorf("%s, model %d, turn %d: FL302 of request %s is %v, want %v", m.code, n, turn, name, said[name], wanted)
				}
			}
		}
	}
}

// TestOthersContradictNothing: requests that have nothing to do with a shadowed route do not
// make its warning an error; one that is for it does.
func TestOthersContradictNothing(t *testing.T) {
	model := "route blue {\nhost a.test\npath /cart\ntls edge\nto blue\n}\nroute green {\nhost a.test\npath /cart\ntls edge\nto green\n}\n" +
		"route rest {\nhost a.test\ntls edge\ninsecure redirect 301\nto rest\n}\n"
	for path, severity := range map[string]diag.Severity{"/help": diag.Warning, "/cart": diag.Error} {
		found := foundIn(t, model+"request r {\nget https://a.test"+path+"\nexpect 200 from green/green-1\n}\n")
		for _, d := range found {
			if d.Code == "FL303" && d.Severity != severity {
				t.Errorf("with a request for %s FL303 is of severity %v, want %v", path, d.Severity, severity)
			}
		}
		if len(found) == 0 || found[0].Code != "FL303" {
			t.Errorf("%v is found, FL303 is not", found)
		}
	}
}

func foundIn(t *testing.T, text string) diag.List {
	t.Helper()
	file, broken := grammar.Parse(source.NewFile("m.flow", text))
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	for _, d := range append(append(broken, more...), check.Mistakes(mistakes)...) {
		t.Fatalf("the model itself is broken: %s %s\n%s", d.Code, d.Message, text)
	}
	return check.Run(topology, flow.NewCache(topology))
}
