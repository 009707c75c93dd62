package main

import (
	"bytes"
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/trace"
)

// traceFlags are the flags of trace.
type traceFlags struct {
	ask      trace.Ask
	commands bool
	format   string
	view     string
	show     []string
	out      string
	force    bool
}

func newTrace(a *app) *cobra.Command {
	var f traceFlags
	cmd := &cobra.Command{
		Use:   "trace MODEL URL",
		Short: "Explain which way a request takes, and why",
		Long: `trace follows a request, which need not be in the model. It prints which proxy and
port the request reaches and why, what the SNI decides, where each TLS session
terminates, which route matches, and the outcome; why other routes were not taken,
the nearest first; the sessions; and what each party on the way can read. URL starts
with https, http, wss, ws, tls or tcp; wss and ws ask for a WebSocket.

With --view it draws the request as render would. With --commands it prints
the curl and openssl commands that try each hop, and runs none of them.

The exit code is 0 if flowc can follow the request, even if it fails; 1 if the model
is broken; 2 if the request is not valid.`,
		Example: `  flowc trace shop.flow https://shop.apps.example.test/cart
  flowc trace shop.flow https://shop.apps.example.test/ --from browser --sni none --tls 1.2
  flowc trace shop.flow https://shop.apps.example.test/ -H "X-Canary: green"
  flowc trace shop.flow https://shop.apps.example.test/ --view sequence -o shop.svg
  flowc trace shop.flow https://shop.apps.example.test/ --commands > try.sh`,
		Args: args(2, 2, "a model or a URL"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return modelFiles(cmd, args, typed)
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			f.ask.URL = args[1]
			return a.trace(args[0], f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.ask.From, "from", "", "the `client` that asks (default the first)")
	flags.StringVar(&f.ask.Via, "via", "", "the `proxy` that it connects to (default by domain, or the outermost)")
	flags.StringVar(&f.ask.SNI, "sni", "", "the `name` in its ClientHello, or none (default the URL's host)")
	flags.StringVar(&f.ask.TLS, "tls", "", "the TLS `versions` that it can do: 1.2, or 1.2..1.3")
	flags.StringVarP(&f.ask.Method, "method", "X", "", "the request's `method` (default GET)")
	flags.StringArrayVarP(&f.ask.Fields, "header", "H", nil, "a `field` of its header: \"Name: value\"; repeatable")
	flags.BoolVar(&f.commands, "commands", false, "print commands that try each hop, and run none")
	flags.StringVarP(&f.view, "view", "v", "", "draw this `view` of it")
	flags.StringVarP(&f.format, "format", "f", "", "write in this `format`: text (default) or json; with --view that of the picture")
	flags.StringSliceVar(&f.show, "show", nil, "`layers` that a sequence opens: tcp, proxy, tls, http, actions")
	flags.StringVarP(&f.out, "output", "o", "-", "write into this `file`, - for standard output")
	flags.BoolVar(&f.force, "force", false, "replace a file that flowc trace did not write")
	complete(cmd, "view", viewNames)
	complete(cmd, "format", func() []string { return formatNames(emit.Formats) })
	complete(cmd, "show", func() []string { return pipeline.Layers })
	return cmd
}

// trace explains one request.
func (a *app) trace(arg string, f traceFlags) error {
	if err := f.fit(); err != nil {
		return err
	}
	m, err := a.tracedModel(arg, f.view != "")
	if err != nil {
		return err
	}
	if !m.Drawable() {
		a.findings(a.stderr, m.Findings)
		return verdict(m.Findings)
	}
	q, entry, err := f.ask.Request(m.Topology)
	if err != nil {
		return usagef("%v", err)
	}
	asked := &model{m.input, m.Asking(q)}
	if f.view != "" {
		return a.drawTrace(asked, f)
	}
	t := trace.Of(m.Topology, q, asked.Derive(q), entry)
	t.Fragment = f.ask.Fragment()
	if err := notAModel(f.out); err != nil {
		return err
	}
	if f.out == "-" {
		return f.write(t, a.stdout, trace.TextOptions{Color: a.color(a.stdout.raw), Width: a.stdout.width})
	}
	var text bytes.Buffer
	if err := f.write(t, &text, trace.TextOptions{}); err != nil {
		return err
	}
	if !f.force {
		if err := spare([]string{f.out}, func(_ string, head []byte) bool { return ownTrace(head) }); err != nil {
			return err
		}
	}
	return writeAll(context.Background(), []file{{f.out, text.Bytes()}})
}

// fit returns an error for flags that do not go together.
func (f traceFlags) fit() error {
	switch {
	case f.commands && f.view != "":
		return usagef("--commands prints commands and --view draws; choose one")
	case f.commands && f.format != "":
		return usagef("--commands has no --format")
	case f.view != "":
		return nil
	case len(f.show) > 0:
		return usagef("--show opens layers of a picture: add --view sequence")
	case f.format != "" && f.format != "text" && f.format != "json":
		return usagef("a trace is written as text or json, not as %q; with --view it is drawn", f.format)
	}
	return nil
}

// write writes a trace in the form that was asked for.
func (f traceFlags) write(t *trace.Trace, w io.Writer, opt trace.TextOptions) error {
	switch {
	case f.commands:
		return t.WriteCommands(w)
	case f.format == "json":
		return t.WriteJSON(w)
	}
	return t.WriteText(w, opt)
}

// drawTrace draws a request as render does; as text where nothing says how.
func (a *app) drawTrace(m *model, f traceFlags) error {
	sel := selection{views: []string{f.view}, show: f.show}
	choice, err := sel.choice()
	if err != nil {
		return err
	}
	to, err := parseTarget(f.out)
	if err != nil {
		return err
	}
	var names []string
	switch {
	case f.format != "":
		names = []string{f.format}
	case to.stdout:
		names = []string{"text"}
	}
	formats, err := to.formats(names)
	if err != nil {
		return err
	}
	jobs, err := project([]*model{m}, choice, formats)
	if err != nil {
		return err
	}
	if err := place(jobs, to, formats); err != nil {
		return err
	}
	if err := a.printable(to, jobs); err != nil {
		return err
	}
	if !to.stdout && !f.force {
		if err := sparePictures(jobs, nil); err != nil {
			return err
		}
	}
	a.progress.start()
	defer a.progress.stop()
	return a.draw(jobs, a.deliver(to), emit.Options{})
}

// tracedModel reads the model. The rules are for pictures, which mark what they
// find.
func (a *app) tracedModel(arg string, rules bool) (*model, error) {
	if err := a.oneModel(arg, "trace"); err != nil {
		return nil, err
	}
	ins, err := a.inputs([]string{arg})
	if err != nil {
		return nil, err
	}
	ctx, stop := attentive()
	defer stop()
	read := a.reader()
	m, err := read.load(ctx, ins[0])
	switch {
	case err != nil:
	case rules:
		err = read.compileOn(ctx, []*model{m}, pipeline.Days{})
	default:
		err = m.Resolve(ctx)
	}
	return m, brokenOff(err)
}
