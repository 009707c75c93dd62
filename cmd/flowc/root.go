package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
)

// maker makes the command of a name.
type maker struct {
	name string
	make func(*app) *cobra.Command
}

// commands lists the commands. A run makes the one that it is about.
func commands() []maker {
	return []maker{
		{"render", newRender}, {"show", newShow}, {"check", newCheck}, {"rules", newRules}, {"explain", newExplain}, {"trace", newTrace},
		{"paths", newPaths}, {"diff", newDiff}, {"verify", newVerify}, {"export", newExport}, {"import", newImport}, {"fmt", newFmt}, {"docs", newDocs},
		{"hugo", newHugo}, {"mdbook", newMdbook}, {"new", newNew}, {"views", newViews}, {"version", newVersion}, {"completion", newCompletion},
	}
}

// addCommands adds the command that the first argument names, or all of them: for help,
// completion, and where no command has that name.
func addCommands(root *cobra.Command, a *app, args []string) {
	all := commands()
	if i := slices.IndexFunc(all, func(m maker) bool { return len(args) > 0 && args[0] == m.name }); i >= 0 {
		all = all[i : i+1]
	}
	for _, m := range all {
		root.AddCommand(m.make(a))
	}
}

// newRoot returns the command tree for some arguments.
func newRoot(a *app, args []string) *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "flowc",
		Short: "Every diagram of a proxy topology, derived from its facts",
		Long: `flowc compiles a model of proxies, routes and backends into every diagram of
it. A model states facts: which client talks to which backend, through which proxy,
and where TLS begins and ends. You draw no arrow: flowc derives every one.`,
		Example: `  flowc new shop.flow        write a model to start from
  flowc render shop.flow     draw every picture of it, into diagrams/
  flowc check shop.flow      find what contradicts TLS, or itself`,
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case version:
				return a.version()
			case len(args) > 0:
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "print nothing but findings and errors")
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "print without colours (so does NO_COLOR)")
	root.PersistentFlags().StringVar(&a.files.from, "from", "", "read models as this `language`: flow, haproxy or kubernetes (default: as their text says)")
	root.PersistentFlags().StringToStringVar(&a.files.env, "env", nil, "value of an environment variable in a HAProxy configuration, as `NAME=VALUE`")
	root.PersistentFlags().StringVar(&a.files.haproxy, "haproxy-version", "", "`version` of the HAProxy that runs a configuration: 2.6 or 3.2 (default 2.6, or what the model says that imports it)")
	root.PersistentFlags().StringVar(&a.files.waiving, "waivers", "", "say nothing of what the lines of this `file` answer for, by codes and objects")
	root.PersistentFlags().StringVar(&a.files.root, "root", a.files.root, "take imports, and what documents name, from below this `folder` (default the repository)")
	root.Flags().BoolVar(&version, "version", false, "print the version")
	addCommands(root, a, args)
	root.SetArgs(args)
	root.SetHelpCommand(newHelp(root))
	for _, cmd := range root.Commands() {
		run := cmd.RunE
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if v := a.files.haproxy; v != "" && flow.FindProfile("haproxy", v) == nil {
				return usagef("unknown version %q of HAProxy; there are 2.6, 3.2", v)
			}
			return located(cmd, run(cmd, args))
		}
	}
	return root
}

// newHelp is cobra's help command with our words for an unknown topic.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show what a command does and takes",
		Example: "  flowc help render",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, strings.Join(args, " "))
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

func unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, cmd := range root.Commands() {
		names = append(names, cmd.Name())
	}
	hint := spell.DidYouMean(name, names)
	if hint == "" && strings.HasSuffix(name, ".flow") {
		hint = ", did you mean \"flowc render " + name + "\"?"
	}
	return located(root, usagef("unknown command %q%s", name, hint))
}

// located tells a usage error which command's help says more.
func located(cmd *cobra.Command, err error) error {
	var known *exitError
	if errors.As(err, &known) && known.code == exitUsage && known.message != "" {
		known.command = cmd.CommandPath()
	}
	return err
}

// flagError rewords what pflag says.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return located(cmd, usagef("%v", err))
	}
	name := unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		return located(cmd, usagef("unknown flag -%s", name))
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return located(cmd, usagef("unknown flag --%s%s", name, spell.DidYouMean("--"+name, names)))
}

// args counts arguments as cobra's validators do, in our words.
func args(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return located(cmd, usagef("%s is missing", what))
		case most >= 0 && len(args) > most:
			return located(cmd, usagef("unexpected argument %q", args[most]))
		}
		return nil
	}
}
