package haproxy

import "slices"

// claim is one value of a test of the requests that a rule takes whole.
type claim struct {
	on    subject
	name  string
	how   manner
	value string
}

// claims are what rules take whole.
type claims map[claim]bool

// add notes what a condition takes whole.
func (c claims) add(when anyOf) {
	for _, part := range when {
		if len(part) != 1 || part[0].not || part[0].on == onUnknown {
			continue
		}
		l := part[0]
		for _, v := range l.values {
			c[claim{l.on, l.name, l.how, v}] = true
		}
	}
}

// rest is a condition without the parts of which nothing is left.
func (c claims) rest(when anyOf) anyOf {
	return slices.DeleteFunc(slices.Clone(when), func(part all) bool {
		return slices.ContainsFunc(part, func(l literal) bool {
			return !l.not && len(l.values) > 0 && !slices.ContainsFunc(l.values, func(v string) bool { return !c[claim{l.on, l.name, l.how, v}] })
		})
	})
}

// fewer leaves values out of the tests of hosts that list some, where others are left.
func (c claims) fewer(when anyOf) anyOf {
	out := slices.Clone(when)
	for i, part := range out {
		for j, l := range part {
			if l.on != onHost || l.how != exactly || l.not || len(l.values) < 2 || len(c) == 0 {
				continue
			}
			left := slices.DeleteFunc(slices.Clone(l.values), func(v string) bool { return c[claim{l.on, l.name, l.how, v}] })
			if len(left) > 0 && len(left) < len(l.values) {
				out[i] = slices.Clone(part)
				out[i][j].values, out[i][j].index = left, nil
			}
		}
	}
	return out
}
