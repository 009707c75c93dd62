package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"
)

// TestWordsAreNotReadBack holds that what is said in words is decided by facts:
// what flow/words makes, and the name of an operation, is compared with nothing
// and taken apart nowhere. Tests may: they judge the words.
func TestWordsAreNotReadBack(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || f.pkg == "flow/words" {
			continue
		}
		for _, at := range wordsRead(f.ast) {
			t.Errorf("%s reads words back; ask the facts", f.fset.Position(at))
		}
	}
}

// TestWordsRead shows that the search finds each way to read words back, and
// nothing else.
func TestWordsRead(t *testing.T) {
	const head = "package x\nimport \"m/flow/words\"\nfunc f(s *flow.Step) {\n"
	for _, tc := range []struct {
		line  string
		reads bool
	}{
		{`if words.Detail(s) == "shop" { }`, true},
		{`if "x" != words.Detail(s) { }`, true},
		{`if text := words.Outcome(o); text == "close" { }`, true},
		{`text := "alert " + words.Detail(s); _ = text > "b"`, true},
		{`switch words.Why(w) { }`, true},
		{`var text = words.Why(w); switch text { }`, true},
		{`switch { case words.Detail(s) == "a": }`, true},
		{`strings.HasPrefix(words.Detail(s), "alert ")`, true},
		{`strings.Contains(words.Detail(s), "x")`, true},
		{`strings.Index(words.Detail(s), "x")`, true},
		{`strings.Cut(words.Detail(s), ": ")`, true},
		{`strings.Fields(words.Detail(s))`, true},
		{`strings.TrimPrefix(words.Detail(s), "HTTP/1.1 ")`, true},
		{`strings.EqualFold(words.Detail(s), "x")`, true},
		{`fmt.Sscanf(words.Detail(s), "%d bytes", &n)`, true},
		{`strconv.Atoi(words.Ending(e))`, true},
		{`slices.Contains(words.Endings(o), "503")`, true},
		{`_ = byName[words.Detail(s)]`, true},
		{`pattern.MatchString(words.Detail(s))`, true},
		{`if s.Op.String() == "FIN" { }`, true},
		{`name := s.Op.String(); _ = byName[name]`, true},
		{`if text := words.Detail(s); text != "" { text += "," }`, false},
		{`return text + words.Detail(s)`, false},
		{`strings.Join(words.Endings(o), " or ")`, false},
		{`fmt.Sprintf("%s", words.Why(w))`, false},
		{`if other.Detail(s) == "shop" { }`, false},
	} {
		parsed, err := parser.ParseFile(token.NewFileSet(), "x.go", head+tc.line+"\n}", 0)
		if err != nil {
			t.Fatal(tc.line, err)
		}
		if got := len(wordsRead(parsed)) > 0; got != tc.reads {
			t.Errorf("%s: reads words back: %v, want %v", tc.line, got, tc.reads)
		}
	}
}

// readers are functions that look into a text, by package. A method of these
// names of anything else is taken for one, too.
var readers = map[string][]string{
	"strings": {
		"HasPrefix", "HasSuffix", "Contains", "ContainsAny", "ContainsFunc", "Count", "Index", "IndexByte", "LastIndex", "Cut", "CutPrefix",
		"CutSuffix", "Fields", "Split", "SplitN", "SplitSeq", "EqualFold", "Compare", "TrimPrefix", "TrimSuffix",
	},
	"fmt":     {"Sscan", "Sscanf", "Sscanln"},
	"strconv": {"Atoi", "ParseInt", "ParseFloat", "ParseBool"},
	"slices":  {"Contains", "Index", "Equal", "ContainsFunc", "IndexFunc"},
}

var matchers = []string{"MatchString", "FindString", "FindStringSubmatch", "FindStringIndex"}

// wordsRead returns where a file reads words back.
func wordsRead(f *ast.File) []token.Pos {
	var out []token.Pos
	for _, decl := range f.Decls {
		said := map[string]bool{} // variables of the function that hold words
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					if id, ok := to.(*ast.Ident); ok && i < len(n.Rhs) && says(n.Rhs[i], said) {
						said[id.Name] = true
					}
				}
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if i < len(n.Values) && says(n.Values[i], said) {
						said[id.Name] = true
					}
				}
			case *ast.BinaryExpr:
				compared := n.Op == token.EQL || n.Op == token.NEQ || n.Op == token.LSS || n.Op == token.GTR || n.Op == token.LEQ || n.Op == token.GEQ
				if compared && !empty(n.X) && !empty(n.Y) && (says(n.X, said) || says(n.Y, said)) {
					out = append(out, n.Pos())
				}
			case *ast.SwitchStmt:
				if n.Tag != nil && says(n.Tag, said) {
					out = append(out, n.Pos())
				}
			case *ast.IndexExpr:
				if says(n.Index, said) {
					out = append(out, n.Pos())
				}
			case *ast.CallExpr:
				if looksInto(n) && slices.ContainsFunc(n.Args, func(a ast.Expr) bool { return says(a, said) }) {
					out = append(out, n.Pos())
				}
			}
			return true
		})
	}
	return out
}

// says reports whether an expression is made of words.
func says(e ast.Expr, said map[string]bool) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return says(e.X, said)
	case *ast.Ident:
		return said[e.Name]
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (says(e.X, said) || says(e.Y, said))
	case *ast.CallExpr:
		sel, ok := e.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		if id, ok := sel.X.(*ast.Ident); ok && id.Name == "words" {
			return true
		}
		of, ok := sel.X.(*ast.SelectorExpr)
		return ok && of.Sel.Name == "Op" && sel.Sel.Name == "String"
	}
	return false
}

func looksInto(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, _ := sel.X.(*ast.Ident)
	return id != nil && slices.Contains(readers[id.Name], sel.Sel.Name) || slices.Contains(matchers, sel.Sel.Name)
}

func empty(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Value == `""`
}
