// Command compare measures flowc beside other programs, in one run: beside a
// program that does nothing, beside tools that draw the same pictures, or, with
// -before, beside an earlier flowc. It prints ratios of CPU time, which say more
// than times do where a machine is busy.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// exit codes
const (
	clean   = 0
	slower  = 1 // only with -before
	usage   = 2
	failure = 3
)

// options are the flags.
type options struct {
	before string
	rounds int
	only   string
	tools  bool
	jobs   bool
	cache  string
}

func run(args []string, out, problems io.Writer) int {
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	flags.SetOutput(problems)
	var opt options
	flags.StringVar(&opt.before, "before", "", "compare with this flowc, and exit with 1 if a job takes more than twice its CPU time")
	flags.IntVar(&opt.rounds, "rounds", 40, "how often a short job runs at most; a long one runs at least three times")
	flags.StringVar(&opt.only, "only", "", "run only the jobs whose name contains this")
	flags.BoolVar(&opt.jobs, "jobs", true, "measure flowc's jobs beside a program that does nothing")
	flags.BoolVar(&opt.tools, "tools", true, "measure other tools on the same pictures")
	flags.StringVar(&opt.cache, "cache", "", "folder for tools that are built once (default: flowc-bench in the user's cache)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return clean
		}
		return usage
	}
	code, err := compare(opt, out)
	if err != nil {
		fmt.Fprintln(problems, "compare:", err)
		return failure
	}
	return code
}

func compare(opt options, out io.Writer) (code int, err error) {
	dir, err := workFolder()
	if err != nil {
		return failure, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintf(out, "%s/%s, %d processors, %s; files in %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), dir)
	b := &bench{options: opt, dir: dir, out: out}
	if err := b.prepare(); err != nil {
		return failure, err
	}
	if opt.before != "" {
		return b.beside()
	}
	if opt.jobs {
		if err := b.measureJobs(); err != nil {
			return failure, err
		}
	}
	if opt.tools {
		if err := b.measureTools(); err != nil {
			return failure, err
		}
	}
	return clean, nil
}

// workFolder makes a folder in memory where the system has a place for that: a
// disk costs system time that differs from run to run.
func workFolder() (string, error) {
	if dir, err := os.MkdirTemp("/dev/shm", "flowc-bench-"); err == nil {
		return dir, nil
	}
	return os.MkdirTemp("", "flowc-bench-")
}

// bench is one run of the command.
type bench struct {
	options
	dir string
	out io.Writer

	root           string // of this module
	flowc, nothing string // programs
}

// prepare builds flowc, its worker, and the program that does nothing.
func (b *bench) prepare() error {
	root, err := output("", "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	b.root = root
	b.flowc, b.nothing = b.program("flowc"), b.program("nothing")
	source := filepath.Join(b.dir, "nothing.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		return err
	}
	for _, build := range [][2]string{{b.flowc, "./cmd/flowc"}, {b.program("flowc-graphviz"), "./cmd/flowc-graphviz"}, {b.nothing, source}} {
		if _, err := output(root, "go", "build", "-o", build[0], build[1]); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) program(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(b.dir, name)
}
