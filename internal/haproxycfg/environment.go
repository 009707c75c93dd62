package haproxycfg

import (
	"fmt"
	"strings"
)

// environment is the environment variables of a configuration: those that a user
// states, and those that its global section sets.
type environment struct {
	values map[string]string
	set    map[string]bool // whose value comes from outside of the configuration
}

func newEnvironment(stated map[string]string) *environment {
	e := &environment{values: map[string]string{}, set: map[string]bool{}}
	for name, value := range stated {
		e.values[name], e.set[name] = value, true
	}
	return e
}

func (e *environment) value(v variable) (string, bool) {
	if value, ok := e.values[v.name]; ok {
		return value, true
	}
	return v.fallback, v.has
}

func (e *environment) help(name string) string {
	return fmt.Sprintf("give it with --env %s=VALUE, or add \"presetenv %s VALUE\" to the global section", name, name)
}

// directive applies a line of a global section that changes the environment, and
// reports whether it does (HAProxy configuration manual, 3.1: setenv, presetenv,
// unsetenv, resetenv).
func (e *environment) directive(words []Word) bool {
	if len(words) == 0 {
		return false
	}
	name := ""
	if len(words) > 1 {
		name = words[1].Text
	}
	value := ""
	if len(words) > 2 {
		value = words[2].Text
	}
	switch words[0].Text {
	case "setenv":
		e.values[name] = value
	case "presetenv":
		if _, known := e.values[name]; !known {
			e.values[name] = value
		}
	case "unsetenv":
		for _, w := range words[1:] {
			delete(e.values, w.Text)
		}
	case "resetenv":
		keep := map[string]bool{}
		for _, w := range words[1:] {
			keep[w.Text] = true
		}
		for known := range e.values {
			if !keep[known] {
				delete(e.values, known)
			}
		}
	default:
		return false
	}
	return true
}

// Expand returns a word of an address, in which HAProxy knows variables without
// quotes, too (configuration manual, 4.2, bind: "fd@${FD_APP1}"), and the first of
// them that has no value.
func (c *Config) Expand(text string) (string, string) {
	var out strings.Builder
	for i := 0; i < len(text); {
		if text[i] != '$' {
			out.WriteByte(text[i])
			i++
			continue
		}
		v, ok := readVariable(text, i)
		if !ok {
			out.WriteByte('$')
			i++
			continue
		}
		value, known := c.env.value(v)
		if !known {
			return text, v.name
		}
		out.WriteString(value)
		i = v.end
	}
	return out.String(), ""
}
