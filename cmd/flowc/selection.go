package main

import (
	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// selection is the flags that choose pictures, which render and show share.
type selection struct {
	views    []string
	requests []string
	route    string
	show     []string
	only     []string
	around   []string
	full     bool
}

func (s *selection) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVarP(&s.requests, "request", "r", nil, "draw only these `requests`")
	f.StringVar(&s.route, "route", "", "the `route` to draw, in a view of one route")
	f.StringSliceVar(&s.show, "show", nil, "`layers` that a sequence opens: tcp, proxy, tls, http, actions")
	f.StringSliceVar(&s.only, "only", nil, "keep only these nodes and routes, by their `names`")
	f.StringSliceVar(&s.around, "around", nil, "keep these nodes, routes and zones, by their `names`, with what they are connected to")
	f.BoolVar(&s.full, "full", false, "fold nothing, however many there are; list all that is not modelled")
	complete(cmd, "show", func() []string { return pipeline.Layers })
}

func (s *selection) choice() (pipeline.Choice, error) {
	show, err := pipeline.ParseShow(s.show)
	if err != nil {
		return pipeline.Choice{}, usagef("%v", err)
	}
	return pipeline.Choice{Views: s.views, Requests: s.requests, Route: s.route, Show: show, Only: s.only, Around: s.around, Full: s.full}, nil
}

func viewNames() []string {
	var out []string
	for _, v := range view.Views {
		out = append(out, v.Name)
	}
	return out
}

func formatNames(formats []*emit.Format) []string {
	var out []string
	for _, f := range formats {
		out = append(out, f.Name)
	}
	return out
}
