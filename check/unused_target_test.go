package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// unusedTargets are routes with a second target that is wrong for them, and the rule that
// says so of it.
var unusedTargets = []struct{ code, mode, good, bad string }{
	{"FL206", "tls edge", "speaks http", "speaks https"},
	{"FL207", "tls reencrypt", "speaks https", "speaks http"},
	{"FL208", "tls passthrough", "speaks https", "speaks http"},
	{"FL213", "tls edge", "speaks http", "speaks tcp"},
	{"FL402", "tls passthrough", "speaks https", "speaks https { certificate wrong }"},
	{"FL403", "tls reencrypt { name a.svc }", "speaks https { certificate good }", "speaks https { certificate wrong }"},
	{"FL408", "tls reencrypt {\nname a.svc\nsni none\n}", "speaks https { certificate good }", "speaks https {\ncertificate wrong, good\nstrict-sni\n}"},
	{"FL502", "tls reencrypt", "speaks https", "speaks https { client-certificate required mesh }"},
	{"FL701", "tls edge", "speaks http", "speaks http\naccept-proxy"},
	{"FL214", "tls reencrypt { alpn http/1.1 }", "speaks https { alpn http/1.1 }", "speaks https { alpn h2 }"},
}

// TestUnusedTargets: a target that no client is ever sent to has no fault; the same one has
// where clients are sent to it, whether it is the first or the second one, and where a cookie
// leads there.
func TestUnusedTargets(t *testing.T) {
	model := func(mode, good, bad, targets, more string) string {
		return "ca mesh\ncertificate good { names a.svc }\ncertificate wrong { names b.svc }\n" +
			"proxy p {\nlisten https :443\n}\n" +
			fmt.Sprintf("backend good {\n%s\n}\nbackend bad {\n%s\n}\n", good, bad) +
			fmt.Sprintf("route a on p {\nhost a.test\n%s\n%s%s}\n", mode, more, targets)
	}
	for _, tc := range unusedTargets {
		for targets, want := range map[string]bool{
			"to good\nto bad\n":          true,
			"to bad\nto good\n":          true,
			"to good\nto bad weight 0\n": false,
			"to bad weight 0\nto good\n": false,
		} {
			text := model(tc.mode, tc.good, tc.bad, targets, "")
			codes := codesIn(t, text)
			if strings.Contains(codes, tc.code) != want {
				t.Errorf("%s is among %s: want %v\n%s", tc.code, codes, want, text)
			}
		}
		if strings.Contains(tc.mode, "passthrough") {
			continue // nobody reads the cookie
		}
		text := model(tc.mode, tc.good, tc.bad, "to good\nto bad weight 0\n", "affinity cookie c\n")
		if codes := codesIn(t, text); !strings.Contains(codes, tc.code) {
			t.Errorf("%s is not among %s where a cookie leads to the target\n%s", tc.code, codes, text)
		}
	}
}

func codesIn(t *testing.T, text string) string {
	t.Helper()
	var codes []string
	for _, d := range foundIn(t, text) {
		codes = append(codes, string(d.Code))
	}
	return strings.Join(codes, " ")
}

// TestHelpMeans: the help of a finding sends the name that a route looks for, adds the
// label that a namespace lacks, and leads a copied route to the proxy that has routes for its host.
func TestHelpMeans(t *testing.T) {
	strict := "certificate one { names one.svc }\ncertificate two { names two.svc }\nbackend b {\nspeaks https {\ncertificate one, two\nstrict-sni\n}\n}\n" +
		"route r {\nhost r.test\ntls reencrypt {\nname two.svc\nsni host\n}\nto b\n}\n"
	shards := "namespace secrets\nproxy one { domain one.test }\nproxy two {\ndomain two.test\nadmit type=sharded\nadmit namespaces type=sharded\n}\n" +
		"route secrets/todo {\nhost todo.two.test\nlabels type=sharded\ntls edge\nto todo\n}\n"
	copied := "proxy lb { listen tcp :443 }\nproxy one {\nlisten https :443\ndomain one.test\n}\nproxy two {\nlisten https :443\ndomain two.test\n}\n" +
		"route to-one on lb {\nhost *.one.test\nto one\n}\nroute to-two on lb {\nhost *.two.test\nto one\n}\n" +
		"route a on one {\nhost a.one.test\ntls edge\nto a\n}\nroute b on two {\nhost b.two.test\ntls edge\nto b\n}\n"
	for _, tc := range []struct{ model, code, want string }{
		{copied, "FL317", "route to-two target two"},
		{strict, "FL403", "route r sni two.svc"},
		{shards, "FL607", "namespace secrets labels type=sharded; proxy one admit type!=sharded"},
	} {
		var all []string
		for _, d := range foundIn(t, tc.model) {
			if string(d.Code) != tc.code {
				continue
			}
			for _, s := range d.Suggestions {
				var steps []string
				for _, step := range s.Steps {
					steps = append(steps, strings.Join(append([]string{string(step.In.Kind), step.In.Name, string(step.Fact)}, step.Value...), " "))
				}
				all = append(all, strings.Join(steps, "; "))
			}
		}
		if !slices.Contains(all, tc.want) {
			t.Errorf("%s suggests %q, want among it %q", tc.code, all, tc.want)
		}
	}
}
