package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// command is a program that is measured.
type command struct {
	name string
	args []string
	dir  string // where it runs; "" for here
}

// sample is what runs of one command took: medians, which a disturbed run does
// not move.
type sample struct {
	cpu      time.Duration // user and system
	resident int64         // bytes at most; 0 where the system does not tell
	failed   string        // why it did not run
}

// patience is how much CPU time the runs of one command take, unless three runs
// take more.
const patience = 4 * time.Second

// inTurns runs commands in turns, so that what disturbs the machine disturbs all
// of them. A first run of each, which fills the caches of the system, is not
// counted. A command that fails is not run again.
func inTurns(rounds int, commands ...command) []sample {
	out := make([]sample, len(commands))
	times := make([][]time.Duration, len(commands))
	var spent time.Duration
	for round := range rounds + 1 {
		if round > 3 && spent > patience {
			break
		}
		for i, c := range commands {
			if out[i].failed != "" {
				continue
			}
			cpu, resident, err := c.run()
			switch {
			case err != nil:
				out[i].failed = err.Error()
			case round > 0:
				times[i] = append(times[i], cpu)
				out[i].resident = max(out[i].resident, resident)
				spent += cpu
			}
		}
	}
	for i := range out {
		if out[i].failed == "" {
			slices.Sort(times[i])
			out[i].cpu = times[i][len(times[i])/2]
		}
	}
	return out
}

// run runs a command once. The times are its own and those of the processes
// that it waited for.
func (c command) run() (cpu time.Duration, resident int64, err error) {
	cmd := exec.Command(c.name, c.args...)
	cmd.Dir = c.dir
	text, err := cmd.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, firstLine(string(text)))
	}
	state := cmd.ProcessState
	return state.UserTime() + state.SystemTime(), residentOf(state), nil
}

// output runs a program and returns what it prints. What it builds is linked
// statically, as what is released is: a program that is linked to the C library
// takes a millisecond more to start.
func output(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	var problems strings.Builder
	cmd.Stderr = &problems
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, problems.String())
	}
	return strings.TrimSpace(string(text)), nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
