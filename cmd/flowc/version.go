package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  flowc version",
		Args:    args(0, 0, ""),
		RunE:    func(*cobra.Command, []string) error { return a.version() },
	}
}

func (a *app) version() error {
	_, err := fmt.Fprintln(a.stdout, versionText())
	return err
}

// versionText is the version as the Go toolchain recorded it: of a module, or
// of a checkout with its commit.
func versionText() string {
	version, revision := "(unknown)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version, revision = info.Main.Version, commit(info)
	}
	if version == "" {
		version = "(devel)"
	}
	return fmt.Sprintf("flowc %s%s %s %s/%s", version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// commit returns " abc1234" or " abc1234, modified", "" where it is not known.
func commit(info *debug.BuildInfo) string {
	var revision, modified string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = " " + s.Value[:min(len(s.Value), 12)]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = ", modified,"
		}
	}
	if revision == "" {
		return ""
	}
	return revision + modified
}
