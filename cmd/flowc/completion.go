package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowc-lang/flowc/internal/spell"
)

// shells are the shells that can complete flowc's commands.
var shells = []string{"bash", "fish", "powershell", "zsh"}

func newCompletion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|fish|powershell|zsh",
		Short: "Print a script that lets a shell complete flowc's commands",
		Example: `  source <(flowc completion bash)
  flowc completion zsh > "${fpath[1]}/_flowc"
  flowc completion fish > ~/.config/fish/completions/flowc.fish
  flowc completion powershell | Out-String | Invoke-Expression`,
		Args:      args(1, 1, "the name of a shell"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.stdout)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			}
			return usagef("unknown shell %q%s; it is one of %s", args[0], spell.DidYouMean(args[0], shells), strings.Join(shells, ", "))
		},
	}
}

// complete completes a flag whose value is a list of the given words.
func complete(cmd *cobra.Command, flag string, words func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := ""
		if i := strings.LastIndexByte(typed, ','); i >= 0 {
			before = typed[:i+1]
		}
		var out []string
		for _, w := range words() {
			if !slices.Contains(strings.Split(before, ","), w) {
				out = append(out, before+w)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err)
	}
}

// modelFiles completes the names of models.
func modelFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"flow"}, cobra.ShellCompDirectiveFilterFileExt
}
