package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/view"
)

func newViews(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "views",
		Short:   "List the views and the formats that each can be written in",
		Example: "  flowc views",
		Args:    args(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			a.views()
			return nil
		},
	}
}

func (a *app) views() {
	width := 0
	for _, v := range view.Views {
		width = max(width, len(v.Name))
	}
	for _, v := range view.Views {
		var formats []string
		for _, f := range emit.Formats {
			if f.Fits(v.Draws) {
				formats = append(formats, f.Name)
			}
		}
		fmt.Fprintf(a.stdout, "%-*s  %s\n%-*s  as %s\n", width, v.Name, v.Doc, width, "", strings.Join(formats, ", "))
	}
}
