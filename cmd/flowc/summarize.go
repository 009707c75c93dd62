package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/flowc-lang/flowc/internal/summary"
)

// maxSummarized is how many requests `flowc show` tells of one model.
const maxSummarized = 200

// summarize tells a person at a terminal what was drawn. Several models get a
// line for each request.
func (a *app) summarize(jobs []*job, to target, clean bool) {
	files := 0
	var left []string
	for _, j := range jobs {
		files += len(j.files)
		for _, line := range summary.Lines(j.path, j.Topology, j.Derive, summary.Options{Brief: len(jobs) > 1}) {
			fmt.Fprintln(a.stdout, line)
		}
		if s := j.omitted.String(); s != "" {
			left = append(left, s)
		}
	}
	if files == 0 {
		return
	}
	where := "in " + filepath.ToSlash(filepath.Clean(to.folder)) + "/"
	if to.file != "" {
		where = "to " + to.file
	}
	line := fmt.Sprintf("wrote %s %s", count(files, "picture"), where)
	if len(jobs) == 1 && len(left) > 0 {
		line += "    not drawn: " + left[0]
	}
	fmt.Fprintln(a.stdout, line)
	if len(jobs) == 1 && clean && !jobs[0].stdin {
		fmt.Fprintf(a.stdout, "next: flowc check %s\n", shellWord(jobs[0].path))
	}
}

// shellWord quotes a path that a shell would take apart.
func shellWord(path string) string {
	if !strings.ContainsFunc(path, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:", r)
	}) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
