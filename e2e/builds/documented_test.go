package builds_test

import "testing"

const (
	shop = `import "lib/zones.flow"

client browser in internet
route shop {
    host shop.example.test
    to shop
}
`
	zones = "zone internet untrusted\n"
	vault = `route vault {
    host vault.example.test
    tls passthrough
    to vault
}
`
	// faulty is drawn, and the exit code is 1.
	faulty = `route vault {
    host vault.example.test
    path /v1
    tls passthrough
    to vault
}
`
	alone = `route shop {
    host shop.example.test
    to shop
}
`
)

// The builds of docs/builds.md for many pictures.
func TestManyPictures(t *testing.T) {
	many := map[string]string{"make": shown(t, "make", 2)[0], "ninja": shown(t, "ninja", 1)[0]}
	for _, tool := range tools {
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			tr := newTree(t, tool, map[string]string{
				tool.file: many[tool.name], "models/shop.flow": shop, "models/vault.flow": vault, "models/lib/zones.flow": zones,
			})
			tr.builds("the first run", "models/shop.flow", "models/vault.flow")
			for _, picture := range []string{"diagrams/shop.topology.svg", "diagrams/shop.sequence.mmd", "diagrams/vault.sequence.svg"} {
				if !tr.there(picture) {
					t.Errorf("no %s", picture)
				}
			}
			tr.builds("nothing changed")

			tr.write("models/lib/zones.flow", zones+"# changed\n")
			tr.builds("an import changed", "models/shop.flow")
			tr.builds("nothing changed since")

			tr.write("models/vault.flow", faulty)
			tr.fails("a rule is broken", "error FL201")
			tr.write("models/vault.flow", vault)
			tr.builds("that is mended", "models/vault.flow")

			tr.remove("models/lib/zones.flow")
			tr.fails("an import is gone", "error FL110")
			tr.write("models/shop.flow", alone)
			tr.builds("nobody imports it any more", "models/shop.flow")
			tr.builds("nothing changed since")
		})
	}
}

// The Makefile of docs/builds.md for one picture.
func TestOnePicture(t *testing.T) {
	tr := newTree(t, tools[0], map[string]string{
		"Makefile": shown(t, "make", 2)[1], "models/shop.flow": shop, "models/lib/zones.flow": zones,
	})
	tr.builds("the first run", "models/shop.flow")
	if !tr.there("diagrams/shop.svg") {
		t.Error("no picture")
	}
	tr.builds("nothing changed")
	tr.write("models/lib/zones.flow", "zone internet untrusted # changed\n")
	tr.builds("an import changed", "models/shop.flow")

	tr.write("models/shop.flow", faulty)
	tr.fails("a rule is broken", "error FL201")
	tr.write("models/shop.flow", alone)
	tr.builds("that is mended", "models/shop.flow")
	tr.remove("models/lib/zones.flow")
	tr.builds("nobody imports it any more")
}
