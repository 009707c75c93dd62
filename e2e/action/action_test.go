// Package action_test runs the steps of action.yml as a runner of GitHub does:
// each script in bash, with the environment and the files that it gets there.
// It is a module of its own, for flowc does not need a reader of YAML.
package action_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// repository is the root of flowc's repository, where action.yml is.
const repository = "../.."

type action struct {
	Inputs map[string]struct {
		Description string
		Default     string
	}
	Runs struct {
		Using string
		Steps []step
	}
}

type step struct {
	Name, ID, If, Shell, Run string
	Env                      map[string]string
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, file))
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

var expression = regexp.MustCompile(`\$\{\{(.*?)\}\}`)

// A runner is the part of GitHub's runner that the action meets.
type runner struct {
	action    action
	inputs    map[string]string
	workspace string
	files     string // the folder of GITHUB_PATH and GITHUB_STEP_SUMMARY, and of RUNNER_TEMP
	base      string // the commit that the pull request is compared with; "" for none
}

func newRunner(t *testing.T, files map[string]string, inputs map[string]string) *runner {
	t.Helper()
	r := &runner{inputs: map[string]string{}, workspace: t.TempDir(), files: t.TempDir()}
	read(t, "action.yml", &r.action)
	for name, in := range r.action.Inputs {
		r.inputs[name] = in.Default
	}
	for name, value := range inputs {
		if _, ok := r.action.Inputs[name]; !ok {
			t.Fatalf("the action has no input %s", name)
		}
		r.inputs[name] = value
	}
	for name, text := range files {
		file := filepath.Join(r.workspace, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// value replaces the expressions in a value of env.
func (r *runner) value(t *testing.T, text string) string {
	t.Helper()
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		e = strings.TrimSpace(expression.FindStringSubmatch(e)[1])
		if input, ok := strings.CutPrefix(e, "inputs."); ok {
			value, ok := r.inputs[input]
			if !ok {
				t.Errorf("there is no input %s", input)
			}
			return value
		}
		if e == "github.event.pull_request.base.sha" {
			return r.base
		}
		if e != "github.action_path" {
			t.Errorf("this runner does not know %s", e)
		}
		path, err := filepath.Abs(repository)
		if err != nil {
			t.Fatal(err)
		}
		return path
	})
}

// wanted evaluates the condition of a step: && between comparisons of inputs
// and what has happened so far.
func (r *runner) wanted(t *testing.T, s step, outcomes map[string]string, failed bool) bool {
	t.Helper()
	condition := strings.TrimSpace(s.If)
	if m := expression.FindStringSubmatch(condition); m != nil {
		condition = strings.TrimSpace(m[1])
	}
	if !strings.Contains(condition, "cancelled()") && failed {
		return false // success() is implied
	}
	if condition == "" {
		return true
	}
	for _, part := range strings.Split(condition, "&&") {
		left, op, right := "", "", ""
		switch words := strings.Fields(part); {
		case len(words) == 1 && words[0] == "!cancelled()":
			continue
		case len(words) == 3:
			left, op, right = words[0], words[1], strings.Trim(words[2], "'")
		default:
			t.Fatalf("this runner does not know the condition %q", part)
		}
		if id, ok := strings.CutPrefix(left, "steps."); ok {
			left = outcomes[strings.TrimSuffix(id, ".outcome")]
		} else {
			left = r.value(t, "${{ "+left+" }}")
		}
		if (op == "==") != (left == right) {
			return false
		}
	}
	return true
}

// A result is what a job shows of a run.
type result struct {
	log, summary string
	failed       bool
	ran          []string // the names of the steps
}

func (r *runner) run(t *testing.T) result {
	t.Helper()
	var res result
	outcomes := map[string]string{}
	for _, s := range r.action.Runs.Steps {
		if !r.wanted(t, s, outcomes, res.failed) {
			continue
		}
		res.ran = append(res.ran, s.Name)
		out, err := r.script(t, s)
		res.log += out
		outcomes[s.ID] = "success"
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			outcomes[s.ID], res.failed = "failure", true
		} else if err != nil {
			t.Fatal(err)
		}
	}
	res.summary = r.file("summary")
	return res
}

// script runs a step with the command line that GitHub documents for shell: bash.
func (r *runner) script(t *testing.T, s step) (string, error) {
	t.Helper()
	if s.Shell != "bash" {
		t.Fatalf("%s has the shell %q", s.Name, s.Shell)
	}
	script := filepath.Join(r.files, "script.sh")
	if err := os.WriteFile(script, []byte(s.Run), 0o666); err != nil {
		t.Fatal(err)
	}
	paths := append(strings.Fields(r.file("path")), os.Getenv("PATH"))
	cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script)
	cmd.Dir = r.workspace
	cmd.Env = append(os.Environ(),
		"GITHUB_ACTIONS=true", "CI=true", "RUNNER_TEMP="+r.files,
		"GITHUB_PATH="+filepath.Join(r.files, "path"),
		"GITHUB_OUTPUT="+filepath.Join(r.files, "output"),
		"GITHUB_STEP_SUMMARY="+filepath.Join(r.files, "summary"),
		"PATH="+strings.Join(paths, string(os.PathListSeparator)))
	for name, value := range s.Env {
		cmd.Env = append(cmd.Env, name+"="+r.value(t, value))
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// file returns what the steps have written into a file; "" if they have not.
func (r *runner) file(name string) string {
	text, err := os.ReadFile(filepath.Join(r.files, name))
	if err != nil {
		return ""
	}
	return string(text)
}

const (
	good = "route shop {\n    host shop.example.test\n    tls edge\n    to shop\n}\n"
	bad  = "route <b>vault</b> {}\nroute vault {\n    host vault.example.test\n    path /v1\n    tls passthrough\n    to vault\n}\n"
)

func TestGoodRepository(t *testing.T) {
	r := newRunner(t, map[string]string{
		"models/shop.flow": good,
		"docs/shop.md":     "# Shop\n\n```flow\nimport \"../models/shop.flow\"\n```\n",
	}, nil)
	res := r.run(t)
	if res.failed {
		t.Errorf("the action fails:\n%s", res.log)
	}
	if len(res.ran) != 3 {
		t.Errorf("ran %q", res.ran)
	}
	for _, want := range []string{"### flowc check", "1 model", "### flowc docs"} {
		if !strings.Contains(res.summary, want) {
			t.Errorf("%q is missing in the summary:\n%s", want, res.summary)
		}
	}
}

func TestBrokenRepository(t *testing.T) {
	r := newRunner(t, map[string]string{
		"my models/vault.flow": bad,
		"docs/shop.md":         "# Shop\n\n- a\n\n  ```flow\n  route a { to nowhere2 }\n  backend nowhere1\n  ```\n",
	}, map[string]string{"models": "  my models  \n\n"})
	res := r.run(t)
	if !res.failed {
		t.Error("the action passes")
	}
	if len(res.ran) != 3 {
		t.Errorf("ran %q: documents are checked, too, where a model is broken", res.ran)
	}
	for _, want := range []string{
		"::error file=my models/vault.flow,line=4,endLine=4,col=10,title=FL201",
		"::error file=docs/shop.md,line=6,endLine=6,col=16,title=FL120",
	} {
		if !strings.Contains(res.log, want) {
			t.Errorf("%q is missing in:\n%s", want, res.log)
		}
	}
	if !strings.Contains(res.summary, "my models/vault.flow:4:10: error FL201") || strings.Contains(res.summary, "<b>") {
		t.Errorf("the summary is:\n%s", res.summary)
	}
}

func TestStaleRepository(t *testing.T) {
	r := newRunner(t, map[string]string{
		"shop.flow": good,
		"README.md": "# Shop\n\n<!-- flow:begin model=shop.flow view=topology format=mermaid -->\n<!-- flow:end -->\n",
	}, map[string]string{"models": ""})
	res := r.run(t)
	if !res.failed || !strings.Contains(res.log, "::error file=README.md,line=3") {
		t.Errorf("a stale region is not reported:\n%s", res.log)
	}
	if len(res.ran) != 2 || strings.Contains(res.summary, "flowc check") {
		t.Errorf("ran %q, and no models were to be checked", res.ran)
	}
}

func TestWarningsAsErrors(t *testing.T) {
	files := map[string]string{"shop.flow": good + "backend shop\nbackend spare\n"}
	for value, fails := range map[string]bool{"false": false, "true": true, "; exit 0": true} {
		res := newRunner(t, files, map[string]string{"docs": "", "warnings-as-errors": value}).run(t)
		if res.failed != fails {
			t.Errorf("with warnings-as-errors: %q it fails: %v\n%s", value, res.failed, res.log)
		}
	}
}

// A file of waivers answers for what is found, and is wrong where it is not understood.
func TestWaivers(t *testing.T) {
	files := map[string]string{"shop.flow": good + "backend shop\nbackend spare\n", "known.txt": "FL307 in backend spare: later\n", "wrong.txt": "FL307 in backend spare\n"}
	for value, fails := range map[string]bool{"": true, "known.txt": false, "wrong.txt": true, "none.txt": true} {
		res := newRunner(t, files, map[string]string{"docs": "", "warnings-as-errors": "true", "waivers": value}).run(t)
		if res.failed != fails {
			t.Errorf("with waivers: %q it fails: %v\n%s", value, res.failed, res.log)
		}
	}
}

// git runs git in the workspace.
func (r *runner) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=flowc", "-c", "user.email=flowc@example.test"}, args...)...)
	cmd.Dir = r.workspace
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// A pull request's changes are in the summary and in a file, and fail the job where they are to.
// The base is fetched where the checkout has one commit alone.
func TestPullRequest(t *testing.T) {
	for failOn, fails := range map[string]bool{"never": false, "risky": true} {
		r := newRunner(t, map[string]string{"models/shop.flow": good, "models/blog.flow": good}, map[string]string{
			"models": "", "docs": "", "diff": "models\n", "diff-fail-on": failOn,
		})
		r.git(t, "init", "-q", "-b", "main", ".")
		r.git(t, "add", ".")
		r.git(t, "commit", "-q", "-m", "one")
		r.base = r.git(t, "rev-parse", "HEAD")
		if err := os.WriteFile(filepath.Join(r.workspace, "models/shop.flow"), []byte(strings.Replace(good, "tls edge", "tls none", 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		r.git(t, "commit", "-q", "-a", "-m", "two")
		remote := r.workspace
		r.git(t, "config", "uploadpack.allowAnySHA1InWant", "true")
		r.workspace = t.TempDir()
		r.git(t, "clone", "-q", "--depth=1", "file://"+remote, ".")
		res := r.run(t)
		if res.failed != fails || len(res.ran) != 2 {
			t.Errorf("with %s it fails: %v; ran %q\n%s", failOn, res.failed, res.ran, res.log)
		}
		for _, want := range []string{"## flowc diff", "Breaking", "shop.flow", "fails: 200, now 503"} {
			if !strings.Contains(res.summary, want) {
				t.Errorf("%q is missing in the summary:\n%s", want, res.summary)
			}
		}
		file, ok := strings.CutPrefix(strings.TrimSpace(r.file("output")), "file=")
		if text, err := os.ReadFile(file); !ok || err != nil || !strings.Contains(string(text), "Breaking") {
			t.Errorf("the output is %q: %v\n%s", file, err, text)
		}
	}
}

// A folder that the pull request adds is on one side alone: there is nothing to compare.
func TestPullRequestAdds(t *testing.T) {
	r := newRunner(t, map[string]string{"README.md": "# Shop\n"}, map[string]string{"models": "", "docs": "", "diff": "models\n", "diff-fail-on": "safe"})
	r.git(t, "init", "-q", "-b", "main", ".")
	r.git(t, "add", ".")
	r.git(t, "commit", "-q", "-m", "one")
	r.base = r.git(t, "rev-parse", "HEAD")
	if err := os.Mkdir(filepath.Join(r.workspace, "models"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.workspace, "models/shop.flow"), []byte(good), 0o666); err != nil {
		t.Fatal(err)
	}
	r.git(t, "add", ".")
	r.git(t, "commit", "-q", "-m", "two")
	if res := r.run(t); res.failed || !strings.Contains(res.summary, "`models` is there on one side alone.") {
		t.Errorf("it fails: %v\n%s\n%s", res.failed, res.log, res.summary)
	}
}

// What somebody can write into an input is paths, and nothing else.
func TestInputsAreNotRun(t *testing.T) {
	values := strings.Join([]string{
		"$(touch pwned)", "`touch pwned`", "; touch pwned", "' ; touch pwned '", `" ; touch pwned "`,
		"--help", "-o pwned", "shop.flow; touch pwned", "$(touch pwned",
	}, "\n")
	r := newRunner(t, map[string]string{"shop.flow": good}, map[string]string{"models": values, "docs": values, "diff": values})
	res := r.run(t)
	if !res.failed || !strings.Contains(res.log, "$(touch pwned)") {
		t.Errorf("no such path is reported:\n%s", res.log)
	}
	if _, err := os.Stat(filepath.Join(r.workspace, "pwned")); err == nil {
		t.Error("a path was run")
	}
	var a action
	read(t, "action.yml", &a)
	for _, s := range a.Runs.Steps {
		if expression.MatchString(s.Run) {
			t.Errorf("the script of %q has an expression; GitHub would paste text into it", s.Name)
		}
	}
}

// Each input is described, and each hook runs a command that flowc has.
func TestMetadata(t *testing.T) {
	var a action
	read(t, "action.yml", &a)
	if a.Runs.Using != "composite" || len(a.Inputs) == 0 {
		t.Errorf("the action is %+v", a)
	}
	for name, in := range a.Inputs {
		if in.Description == "" {
			t.Errorf("input %s is not described", name)
		}
	}
	var hooks []struct {
		ID, Entry, Language, Files string
		Args                       []string
	}
	read(t, ".pre-commit-hooks.yaml", &hooks)
	var ids []string
	dir := t.TempDir()
	for _, name := range []string{"shop.flow", "README.md"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(good), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", dir, "./cmd/...")
	build.Dir = repository
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	repo := &runner{workspace: dir}
	repo.git(t, "init", "-q", ".")
	repo.git(t, "add", "shop.flow")
	repo.git(t, "commit", "-q", "-m", "one")
	for _, h := range hooks {
		ids = append(ids, h.ID)
		if h.Language != "golang" {
			t.Errorf("%s is of %s", h.ID, h.Language)
		}
		if !regexp.MustCompile(h.Files).MatchString("models/shop.flow") {
			t.Errorf("%s does not look at models: %s", h.ID, h.Files)
		}
		args := append(strings.Fields(h.Entry)[1:], h.Args...)
		if len(h.Args) == 0 {
			args = append(args, "shop.flow")
		}
		cmd := exec.Command(filepath.Join(dir, "flowc"), args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", h.ID, err, out)
		}
	}
	if got := fmt.Sprint(ids); got != "[flowc-check flowc-fmt flowc-docs flowc-diff]" {
		t.Errorf("the hooks are %s", got)
	}
}
