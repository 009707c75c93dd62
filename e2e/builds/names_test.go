package builds_test

import (
	"fmt"
	"strings"
	"testing"
)

// names are odd ones that both tools read.
var names = []string{
	"two words", "#1", "$HOME", "$$", "C:drive", "übermäßig 漢字", "a (1)", "[x", "a,b", "{a}", "@x", "+-!", "a~b", `a\b`, " a:#$ (b) ",
}

// Whatever a model, what it imports, and what is made of them are called, both
// tools read it in the depfile as it is.
func TestNames(t *testing.T) {
	for _, tool := range tools {
		for _, name := range names {
			t.Run(tool.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				lib := strings.ReplaceAll(name, `\`, "-") // which an import may not have
				model, imported := "models/"+name+".flow", "lib/"+lib+".flow"
				tr := newTree(t, tool, map[string]string{
					tool.file: buildOf[tool.name](model, name+".stamp"), model: importing("../" + imported), imported: zones,
				})
				tr.builds("the first run", "flow")
				tr.builds("nothing changed")
				tr.write(imported, zones+"# changed\n")
				tr.builds("an import changed", "flow")
				tr.remove(imported)
				tr.write(model, alone)
				tr.builds("nobody imports it any more", "flow")
				tr.builds("nothing changed since")
			})
		}
	}
}

// A "%" is a pattern to Make in what is made, and stands for itself in what
// something is made of.
func TestPercent(t *testing.T) {
	for _, tool := range tools {
		t.Run(tool.name, func(t *testing.T) {
			const imported = "lib/50%.flow"
			tr := newTree(t, tool, map[string]string{
				tool.file: buildOf[tool.name]("m.flow", "stamp"), "m.flow": importing(imported), imported: zones,
			})
			tr.builds("the first run", "m.flow")
			tr.builds("nothing changed")
			tr.write(imported, zones+"# changed\n")
			tr.builds("an import changed", "m.flow")
		})
	}
}

func importing(path string) string { return strings.Replace(shop, "lib/zones.flow", path, 1) }

// buildOf are builds of one model, whose names are quoted here for the tool and
// the shell.
var buildOf = map[string]func(model, stamp string) string{
	"make": func(model, stamp string) string {
		name := strings.NewReplacer(" ", `\ `, "#", `\#`, ":", `\:`, "$", "$$")
		word := strings.NewReplacer("$", "$$")
		return fmt.Sprintf("%s: %s\n"+
			"\tflowc render -q '%s' --view sequence --depfile m.d --depfile-target '%[4]s'\n"+
			"\ttouch '%[4]s'\n\n-include m.d\n", name.Replace(stamp), name.Replace(model), word.Replace(model), word.Replace(stamp))
	},
	"ninja": func(model, stamp string) string {
		name := strings.NewReplacer(" ", "$ ", ":", "$:", "$", "$$")
		return fmt.Sprintf("rule flowc\n"+
			"  command = flowc render -q $in --view sequence --depfile m.d --depfile-target $out && touch $out\n"+
			"  depfile = m.d\n  deps = gcc\n\nbuild %s: flowc %s\n", name.Replace(stamp), name.Replace(model))
	},
}
