package check_test

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/diag"
)

// TestSlips holds that a value which is a slip of the finger away from one that would be right
// is mended: nothing else is made to fit the slip.
func TestSlips(t *testing.T) {
	for _, tc := range []struct {
		code diag.Code
		file string
		want string
	}{
		{"FL606", "bad-slip-of-a-value.flow", "replace `labels shard=tow` with `labels shard=two` in route \"shop\": proxy \"two\" then admits it; or " +
			"replace `route shop` with `route shop on two`: proxy \"two\" then serves it, whatever its labels"},
		{"FL606", "bad-slip-of-a-key.flow", "replace `labels sahrd=two` with `labels shard=two` in route \"shop\": proxy \"two\" then admits it; or " +
			"replace `route shop` with `route shop on two`: proxy \"two\" then serves it, whatever its labels"},
		{"FL606", "bad-slip-in-a-list.flow", "replace `labels shard=bleu` with `labels shard=blue` in route \"shop\": proxy \"one\" then admits it; or " +
			"replace `route shop` with `route shop on one`: proxy \"one\" then serves it, whatever its labels"},
		{"FL606", "bad-either-value.flow", "replace `labels shard=canary` with `labels shard=one` in route \"shop\": proxy \"one\" then admits it; or " +
			"replace `labels shard=canary` with `labels shard=six` in route \"shop\": proxy \"six\" then admits it; or " +
			"replace `route shop` with `route shop on one`: proxy \"one\" then serves it, whatever its labels"},
		{"FL606", "bad.flow", "replace `labels shard=tow` with `labels shard=one` in route \"shop\": proxy \"one\" then admits it, where request \"r\" asks for it; or " +
			"replace `route shop` with `route shop on one`: proxy \"one\" then serves it, whatever its labels"},
		{"FL401", "bad-slip-of-the-host.flow", "replace `host shpo.example.test` with `host shop.example.test` in route \"shop\", and replace `get https://shpo.example.test/` with `get https://shop.example.test/` in request \"buy\""},
		{"FL402", "bad-slip-of-the-host.flow", "replace `host vualt.example.test` with `host vault.example.test` in route \"vault\"; or " +
			"replace `tls passthrough` with `tls reencrypt { name vault.example.test }` in route \"vault\": the proxy then presents its own certificate to clients, and opens TLS of its own to the servers"},
		{"FL403", "bad.flow", "replace `name shop.shop.scv` with `name shop.shop.svc` in the block of `tls reencrypt` in route \"shop\""},
		{"FL403", "bad-slip-of-one-of-two.flow", "replace `sni tow.svc` with `sni two.svc` in the block of `tls reencrypt` in route \"r\""},
		{"FL409", "bad-slip-of-the-host.flow", "replace `host shop.exmaple.test` with `host shop.example.test` in route \"shop\""},
		{"FL605", "bad-slip-of-two.flow", "replace `check tls sni tow.svc` with `check tls sni two.svc` in backend \"b\""},
		{"FL614", "bad-two-domains.flow", "replace `host shop.app.example.test` with `host shop.apps.example.test` in route \"shop\"; or " +
			"add the line `domain shop.app.example.test` to proxy \"sharded\", if DNS leads clients of that host to proxy \"sharded\""},
		{"FL313", "bad-port-slip.flow", "replace `get https://shop.example.test:8434/` with `get https://shop.example.test:8443/` in request \"port\"; or " +
			"add the line `listen https :8434` to proxy \"haproxy\", if proxy \"haproxy\" is meant to listen there; or " +
			"add the line `expect close` to request \"port\", if the request is meant to fail: a refused connection counts as close"},
	} {
		t.Run(string(tc.code)+" "+tc.file, func(t *testing.T) {
			ar, err := txtar.ParseFile(filepath.Join("testdata", string(tc.code)+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			got := "no such model"
			for _, f := range ar.Files {
				if f.Name == tc.file {
					got = ""
					found, renderer := suggested(t, f.Name, unwanted(string(f.Data)))
					for _, d := range found {
						if d.Code == tc.code {
							got = renderer.Words(d.Suggestions)
						}
					}
				}
			}
			if got != tc.want {
				t.Errorf("the help is %s\nwant %s", got, tc.want)
			}
		})
	}
}
