package builds_test

import (
	"strings"
	"testing"
)

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
	many := map[string]string{"make": shown(t, "make", "make", 3)[0], "ninja": shown(t, "ninja", "ninja", 2)[0]}
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
		"Makefile": shown(t, "make", "make", 3)[1], "models/shop.flow": shop, "models/lib/zones.flow": zones,
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

// The builds of docs/builds.md whose outputs are several pictures of one run.
func TestSeveralPictures(t *testing.T) {
	several := map[string]string{"make": shown(t, "make", "make", 3)[2], "ninja": shown(t, "ninja", "ninja", 2)[1]}
	for _, tool := range tools {
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			tr := newTree(t, tool, map[string]string{
				tool.file: several[tool.name], "models/shop.flow": shop, "models/lib/zones.flow": zones,
			})
			tr.builds("the first run", "models/shop.flow")
			tr.builds("nothing changed")
			tr.write("models/lib/zones.flow", zones+"# changed\n")
			tr.builds("an import changed", "models/shop.flow")
			tr.remove("diagrams/shop.sequence.svg")
			tr.builds("a picture is gone", "models/shop.flow")
			tr.write("models/shop.flow", faulty)
			tr.fails("a rule is broken", "error FL201")
			tr.write("models/shop.flow", alone)
			tr.remove("models/lib/zones.flow")
			tr.builds("nobody imports it any more", "models/shop.flow")
			tr.builds("nothing changed since")
		})
	}
}

// The commands of docs/builds.md for pictures that are committed: the check
// finds nothing, then what the document shows, and nothing once it is followed.
func TestCheckedPictures(t *testing.T) {
	tr := newTree(t, tool{}, map[string]string{
		"models/shop.flow": shop, "models/vault.flow": vault, "models/lib/zones.flow": zones,
	})
	commands := strings.Split(strings.TrimSpace(shown(t, "Pictures that are checked", "sh", 1)[0]), "\n")
	want := shown(t, "Pictures that are checked", "text", 1)[0]
	const flags = " --view sequence --format mermaid"
	tr.sh(commands[0]+flags, 0)
	tr.sh(commands[1]+flags, 0)
	tr.write("models/shop.flow", strings.Replace(shop, "host shop", "host www", 1))
	tr.remove("models/vault.flow")
	if got := tr.sh(commands[1]+flags, 1); got != want {
		t.Errorf("docs/builds.md shows\n%s\nand it is\n%s", want, got)
	}
	tr.sh(commands[0]+flags+" --prune", 0)
	tr.sh(commands[1]+flags, 0)
}

// sh runs a command line, which must end with an exit code, and returns what it
// prints.
func (tr *tree) sh(line string, code int) string {
	tr.t.Helper()
	out, got := tr.run("sh", "-c", line)
	if got != code {
		tr.t.Fatalf("%s: exit code %d, want %d:\n%s", line, got, code, out)
	}
	return out
}
