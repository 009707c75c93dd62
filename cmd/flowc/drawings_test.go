package main

import (
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// The build ID of a program is the one that the go command reads from it.
func TestBuildID(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	want, err := exec.Command("go", "tool", "buildid", exe).Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := buildID()
	if err != nil || got != strings.TrimSpace(string(want)) {
		t.Errorf("the build ID is %q (%v), want %q", got, err, want)
	}
}

// A drawing is found by the JSON of its picture, so all that a picture says must
// be in it: no field is hidden from JSON.
func TestPicturesAreWholeInJSON(t *testing.T) {
	seen := make(map[reflect.Type]bool)
	var look func(reflect.Type, string)
	look = func(typ reflect.Type, where string) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			look(typ.Elem(), where)
		case reflect.Struct:
			if seen[typ] {
				return
			}
			seen[typ] = true
			for f := range typ.Fields() {
				if f.Type == reflect.TypeFor[*flow.Lifecycle]() {
					if f.Name != "Lifecycle" && f.Name != "Course" {
						t.Errorf("%s.%s is a lifecycle, which alone does not take out", where, f.Name)
					}
					continue
				}
				if !f.IsExported() || f.Tag.Get("json") != "" {
					t.Errorf("%s.%s is not in the JSON of a picture as it is", where, f.Name)
				}
				look(f.Type, where+"."+f.Name)
			}
		case reflect.Func, reflect.Chan:
			t.Errorf("%s is a %s", where, typ.Kind())
		}
	}
	for _, pic := range []any{
		view.Flowchart{}, view.Sequence{}, view.Table{},
		view.MessageRow{}, view.ActionRow{}, view.SpanRow{}, view.GapRow{},
	} {
		look(reflect.TypeOf(pic), reflect.TypeOf(pic).Name())
	}
}
