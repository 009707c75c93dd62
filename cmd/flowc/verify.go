package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/internal/verify"
	"github.com/flowc-lang/flowc/view"
)

// verifyFlags are the flags of verify.
type verifyFlags struct {
	observe bool
	mapped  []string
	keylog  string
	format  string
	view    string
	show    []string
	number  int // of the exchange to draw; 0: the first that differs
	all     bool
	strict  bool
	host    string
	client  string
	from    string
	to      string
}

// reportForm is a form in which verify writes what it found.
type reportForm struct {
	name  string
	write func(*verify.Report, io.Writer) error
}

var reportForms = []reportForm{
	{"text", (*verify.Report).WriteText},
	{"json", (*verify.Report).WriteJSON},
	{"markdown", (*verify.Report).WriteMarkdown},
}

func newVerify(a *app) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify MODEL CAPTURE...",
		Short: "Compare a packet capture with a model",
		Long: `verify reads captures (pcap or pcapng, also gzipped; - for standard input), finds
the model's hops in them by addresses and ports, and compares each exchange with
what the model derives: the mode that was observed against the one declared, and
the first message at which the capture differs, with its frame and the model's
line. Several captures are read as one, by their clocks.

With --observe there is no model: it says what it sees, both sides of the proxy
in one list. With --keylog it reads inside TLS 1.2 and 1.3. With --host, --client,
--from and --to it looks at some of the exchanges.

The exit code is 0 where the capture agrees, 1 where it differs, 2 where the
command line is wrong or a file is not there, 3 where one cannot be read. Where
several clients cannot be told apart and that decides whether an exchange agrees,
it is 0, and with --strict 1.`,
		Example: `  flowc verify shop.flow router.pcapng
  flowc verify shop.flow client.pcap backend.pcap --keylog keys.log
  flowc verify shop.flow router.pcap --map haproxy=10.128.2.7 --map shop=10.129.0.14:8443
  flowc verify shop.flow router.pcap --host shop.example.test --from 2m --to 2m30s
  flowc verify shop.flow router.pcap --view sequence --format svg > observed.svg
  tcpdump -i any -U -w - tcp | flowc verify --observe -`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error { return a.verify(args, f) },
	}
	cmd.Flags().BoolVar(&f.observe, "observe", false, "say what is seen, without a model")
	cmd.Flags().StringArrayVar(&f.mapped, "map", nil, "where the model's NAME is: `NAME=ADDR[:PORT]`; repeatable")
	cmd.Flags().StringVar(&f.keylog, "keylog", "", "read inside TLS with the secrets in this `file` (SSLKEYLOGFILE)")
	cmd.Flags().StringVarP(&f.format, "format", "f", "text", "write in this `format`: text, json or markdown")
	cmd.Flags().StringVarP(&f.view, "view", "v", "", "draw an exchange: `sequence`, as mermaid, svg, text or words")
	cmd.Flags().StringSliceVar(&f.show, "show", nil, "`layers` that a sequence opens: tcp, proxy, tls, http")
	cmd.Flags().IntVar(&f.number, "exchange", 0, "the `number` of the exchange to draw (default the first that differs)")
	cmd.Flags().BoolVar(&f.all, "all", false, "list every message with --observe, however many there are")
	cmd.Flags().BoolVar(&f.strict, "strict", false, "exit with 1 where exchanges cannot be told apart, too")
	cmd.Flags().StringVar(&f.host, "host", "", "look at exchanges whose client asks for this `host`, by SNI or Host; *.example.test is all below it")
	cmd.Flags().StringVar(&f.client, "client", "", "look at exchanges of this `client`: an address, a prefix, or a client of the model")
	cmd.Flags().StringVar(&f.from, "from", "", "look at exchanges that begin at this `time` or later: RFC 3339, or since the first packet (90s)")
	cmd.Flags().StringVar(&f.to, "to", "", "look at exchanges that begin at this `time` or earlier")
	complete(cmd, "format", reportNames)
	return cmd
}

func reportNames() []string {
	var out []string
	for _, r := range reportForms {
		out = append(out, r.name)
	}
	return out
}

// verify holds captures against a model, or says what they show.
func (a *app) verify(args []string, f verifyFlags) error {
	write, err := f.writer()
	if err != nil {
		return err
	}
	model, captures, err := f.arguments(args)
	if err != nil {
		return err
	}
	report, err := a.held(model, captures, f)
	if err != nil {
		return err
	}
	if err := write(report, a.stdout); err != nil {
		return err
	}
	if report.Model && (!report.Agrees() || f.strict && report.Undecided() > 0) {
		return errFindings
	}
	return nil
}

// writer returns what writes the report in the form that was asked for.
func (f verifyFlags) writer() (func(*verify.Report, io.Writer) error, error) {
	switch {
	case f.view == "" && (len(f.show) > 0 || f.number > 0):
		return nil, usagef("--show and --exchange are for --view sequence")
	case f.view == "":
		i := slices.IndexFunc(reportForms, func(r reportForm) bool { return r.name == f.format })
		if i < 0 {
			return nil, usagef("unknown format %q%s; there are %s, and with --view sequence mermaid and svg, too",
				f.format, spell.DidYouMean(f.format, reportNames()), strings.Join(reportNames(), ", "))
		}
		return reportForms[i].write, nil
	case f.view != "sequence":
		return nil, usagef("unknown view %q; of a capture there is sequence", f.view)
	}
	format, err := pipeline.Format(f.format)
	if err != nil {
		return nil, usagef("%v", err)
	}
	if format.Name == "json" || format.Binary || !format.Fits(&view.Sequence{}) {
		return nil, usagef("a sequence of a capture is drawn as mermaid, svg, text or words, not as %s; without --view there is a report as json", format.Name)
	}
	show, err := pipeline.ParseShow(f.show)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return func(r *verify.Report, w io.Writer) error { return f.draw(r, w, format, show) }, nil
}

// draw draws one exchange.
func (f verifyFlags) draw(r *verify.Report, w io.Writer, format *emit.Format, show view.Show) error {
	if f.number > len(r.Results) || len(r.Results) == 0 {
		return usagef("no exchange %d in the capture; there are %d", max(f.number, 1), len(r.Results))
	}
	at := f.number - 1
	if at < 0 {
		at = max(slices.IndexFunc(r.Results, func(x *verify.Result) bool { return len(x.Departures) > 0 }), 0)
	}
	text, _, err := format.Emit(context.Background(), r.Sequence(r.Results[at], show), emit.Options{Name: "capture.sequence", View: "sequence"})
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// arguments tells the model from the captures.
func (f verifyFlags) arguments(args []string) (model string, captures []string, err error) {
	switch {
	case f.all && !f.observe:
		return "", nil, usagef("--all lists messages with --observe; of a model there are differences alone")
	case f.strict && f.observe:
		return "", nil, usagef("--strict is about a model, and --observe takes none")
	case f.observe && len(f.mapped) > 0:
		return "", nil, usagef("--map says where a model's names are, and --observe takes no model")
	case f.observe && len(args) > 0 && filepath.Ext(args[0]) == modelExt:
		return "", nil, usagef("--observe takes no model; leave out %q or --observe", args[0])
	case f.observe:
		captures = args
	case len(args) == 0:
		return "", nil, usagef("a model and a capture are missing")
	default:
		model, captures = args[0], args[1:]
	}
	if len(captures) == 0 {
		return "", nil, usagef("a capture is missing")
	}
	stdin := slices.DeleteFunc(slices.Clone(args), func(s string) bool { return s != "-" })
	if len(stdin) > 1 {
		return "", nil, usagef("standard input can be read once, not %d times", len(stdin))
	}
	return model, captures, nil
}

// held reads the model and the captures and compares them.
func (a *app) held(model string, captures []string, f verifyFlags) (*verify.Report, error) {
	opt := verify.Options{
		Progress: func(n int) { a.progress.say("%d packets", n) },
		Compared: func(n, of int) { a.progress.say("%d of %d exchanges", n, of) },
	}
	if f.keylog != "" {
		keys, err := a.readKeyLog(f.keylog)
		if err != nil {
			return nil, err
		}
		opt.Keys = keys
	}
	var m *modelAndMap
	if !f.observe {
		var err error
		if m, err = a.modelAndMap(model, f.mapped); err != nil {
			return nil, err
		}
		opt.Server = verify.Accepts(m.topology, m.mapped)
	}
	only, err := f.scope(m)
	if err != nil {
		return nil, err
	}
	opt.Only = only
	inputs, closeAll, err := a.open(captures)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	if slices.Contains(captures, "-") {
		defer outlast()()
	}
	a.progress.start()
	defer a.progress.stop()
	boundMemory()
	seen, err := verify.Read(inputs, opt)
	if err != nil {
		return nil, err
	}
	if m == nil {
		report := verify.Observe(seen)
		report.All = f.all
		return report, nil
	}
	return verify.Verify(m.topology, m.derive, seen, m.mapped), nil
}

// boundMemory has the collector keep a capture within the memory that reading one
// takes at most, beyond what is in use. GOMEMLIMIT is somebody's own bound.
func boundMemory() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	debug.SetMemoryLimit(int64(m.HeapAlloc) + verify.Memory)
}

// scope says which exchanges are looked at; m is nil without a model.
func (f verifyFlags) scope(m *modelAndMap) (verify.Scope, error) {
	out := verify.Scope{Host: f.host}
	var err error
	if f.client != "" {
		var t *flow.Topology
		var mapped map[string]netip.AddrPort
		if m != nil {
			t, mapped = m.topology, m.mapped
		}
		if out.Client, err = verify.ParseClients(t, mapped, f.client); err != nil {
			return out, usagef("--client: %v", err)
		}
	}
	for _, at := range []struct {
		name, value string
		moment      *verify.Moment
	}{{"from", f.from, &out.From}, {"to", f.to, &out.To}} {
		if at.value == "" {
			continue
		}
		if *at.moment, err = verify.ParseMoment(at.value); err != nil {
			return out, usagef("--%s: %v", at.name, err)
		}
	}
	return out, nil
}

// outlast lets the first interrupt pass: the key that ends the tcpdump before a
// pipe reaches flowc, too, and the report is what is wanted then. A second one
// ends flowc. The function that it returns ends that.
func outlast() func() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	go func() {
		if _, came := <-c; came {
			signal.Stop(c)
		}
	}()
	return func() {
		signal.Stop(c)
		close(c)
	}
}

// modelAndMap is a model with where its names are.
type modelAndMap struct {
	topology *flow.Topology
	derive   func(*flow.Request) *flow.Lifecycle
	mapped   map[string]netip.AddrPort
}

func (a *app) modelAndMap(path string, mapped []string) (*modelAndMap, error) {
	if err := a.oneModel(path, "verify"); err != nil {
		return nil, err
	}
	models, err := a.models([]string{path})
	if err != nil {
		return nil, err
	}
	m := models[0]
	if !m.Drawable() {
		a.findings(a.stderr, m.Findings)
		return nil, &exitError{code: exitInternal, message: fmt.Sprintf("%s cannot be read as a model", m.path)}
	}
	at, err := verify.ParseMap(m.Topology, mapped)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return &modelAndMap{m.Topology, m.Derive, at}, nil
}

func (a *app) readKeyLog(path string) (*verify.KeyLog, error) {
	f, err := a.files.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	keys, err := verify.ReadKeyLog(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// open opens the captures. The function that it returns closes them.
func (a *app) open(paths []string) ([]verify.Input, func(), error) {
	var files []io.Closer
	closeAll := func() {
		for _, f := range files {
			f.Close()
		}
	}
	var out []verify.Input
	for _, path := range paths {
		if path == "-" {
			out = append(out, verify.Input{Name: stdinName, R: a.stdin})
			continue
		}
		f, err := a.files.open(path)
		if err != nil {
			closeAll()
			if errors.Is(err, os.ErrNotExist) {
				return nil, nil, usagef("no capture %q", path)
			}
			return nil, nil, err
		}
		files = append(files, f)
		out = append(out, verify.Input{Name: filepath.ToSlash(strings.TrimPrefix(path, "./")), R: f})
	}
	return out, closeAll, nil
}
