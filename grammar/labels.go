package grammar

import (
	"strings"

	"github.com/flowc-lang/flowc/ast"
)

// label reads KEY=VALUE as Kubernetes does.
func label(text string) (ast.Value, *fault) {
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		return nil, wrong("as in "+text+"=true", "the label %s has no value", shown(text))
	}
	if f := labelKey(key); f != nil {
		return nil, f.at(0, max(1, len(key)))
	}
	if f := labelValue(value); f != nil {
		return nil, f.at(len(key)+1, len(text))
	}
	return ast.Label{Key: key, Value: value}, nil
}

// labelKey accepts [PREFIX/]NAME: a host name and up to 63 characters.
func labelKey(text string) *fault {
	prefix, key, ok := strings.Cut(text, "/")
	if !ok {
		key = text
	} else if f := hostName(prefix); f != nil {
		return f
	}
	if key == "" || labelValue(key) != nil {
		return wrong("a key is of letters, digits, - _ and ., 63 at most, perhaps with a host name and / before it", "%s is not a valid key of a label", shown(text))
	}
	return nil
}

func labelValue(text string) *fault {
	ok := len(text) <= 63 && !strings.HasPrefix(text, ".") && strings.Trim(text, "-_.") == text
	for _, r := range text {
		ok = ok && (isAlphanumeric(r) || r == '-' || r == '_' || r == '.')
	}
	if !ok {
		return wrong("a value is of letters, digits, - _ and ., begins and ends with a letter or digit, 63 at most", "%s is not a valid value of a label", shown(text))
	}
	return nil
}

// term reads KEY, !KEY, KEY=VALUE and KEY!=VALUE.
func term(text string) (ast.Value, *fault) {
	if key, ok := strings.CutPrefix(text, "!"); ok {
		return ast.Term{Key: key, Op: "absent"}, selectorKey(key)
	}
	if key, value, ok := strings.Cut(text, "!="); ok {
		_, f := label(key + "=" + value)
		return ast.Term{Key: key, Op: "!=", Value: value}, f.at(0, 0)
	}
	if key, value, ok := strings.Cut(text, "=="); ok {
		return nil, wrong("write "+key+"="+value, `"==" is written "="`).at(len(key), len(key)+2).meant(key + "=" + value)
	}
	if key, value, ok := strings.Cut(text, "="); ok {
		_, f := label(text)
		return ast.Term{Key: key, Op: "=", Value: value}, f
	}
	return ast.Term{Key: text, Op: "exists"}, selectorKey(text)
}

// selectorKey accepts a label's key, but for the word that has a meaning of its
// own in admit.
func selectorKey(text string) *fault {
	if text == "namespaces" {
		return wrong("as in admit namespaces network=internal", `"namespaces" needs a selector after it`)
	}
	return labelKey(text)
}
