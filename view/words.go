package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// count is "1 server", "3 servers".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, plural(one))
}

// plural is the plural of the nouns that pictures use.
func plural(one string) string {
	if stem, ok := strings.CutSuffix(one, "y"); ok {
		return stem + "ies"
	}
	return one + "s"
}

// series is "a", "a and b", "a, b and c".
func series(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// few is series for at most most words; of more it says how many there are.
func few(words []string, most int, one string) string {
	if len(words) > most {
		return count(len(words), one)
	}
	return series(words)
}

// add appends word unless it is empty or there already.
func add(words []string, word string) []string {
	if word == "" || slices.Contains(words, word) {
		return words
	}
	return append(words, word)
}

// millis is a time in the words of a picture: "1 s", "500 ms", "5 min".
func millis(ms int64) string {
	switch {
	case ms >= 60_000 && ms%60_000 == 0:
		return fmt.Sprintf("%d min", ms/60_000)
	case ms >= 1000 && ms%1000 == 0:
		return fmt.Sprintf("%d s", ms/1000)
	case ms >= 1000:
		return fmt.Sprintf("%g s", float64(ms)/1000)
	}
	return fmt.Sprintf("%d ms", ms)
}

// steps is a range of step numbers: "7", "4-10".
func steps(first, last int) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d-%d", first, last)
}

// stepWords is a range of step numbers for those who listen: "step 7", "steps 4
// to 10".
func stepWords(first, last int) string {
	if first == last {
		return fmt.Sprintf("step %d", first)
	}
	return fmt.Sprintf("steps %d to %d", first, last)
}

// zoneWords is a zone with what makes it worth saying: "Internet (untrusted)".
func zoneWords(z *flow.Zone) string {
	if z == nil {
		return ""
	}
	if z.Trust.V == flow.Untrusted {
		return z.Title() + " (untrusted)"
	}
	return z.Title()
}

// heading is a picture's title: the model, and what of it is shown.
func heading(t *flow.Topology, what string) string {
	name := t.Title
	if name == "" {
		name = t.Name
	}
	if name == "" {
		return what
	}
	return name + ": " + what
}

// assumed is the line of a foot that lists what nothing states.
func assumed(lists ...[]flow.Assumption) []string {
	var all []string
	for _, l := range lists {
		for _, a := range words.Assumed(l) {
			all = add(all, a)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []string{"assumed: " + strings.Join(all, ", ")}
}

// mostPlaces is how many places a foot names.
const mostPlaces = 4

// incomplete is the line of a foot that says which statements are not modelled that may
// change where a request goes.
func incomplete(t *flow.Topology) []string {
	var places []string
	n, rest := 0, 0
	for _, u := range t.Unmodelled {
		if u.Kind != flow.ChangesRouting {
			continue
		}
		if n++; n <= mostPlaces {
			places = add(places, cmp.Or(u.At.Line(), u.What))
			rest--
		}
		rest += 1 + u.More
	}
	switch {
	case n == 0:
		return nil
	case rest > 0:
		places = append(places, fmt.Sprintf("and %d more", rest))
	}
	return []string{"incomplete: not modelled, and may change where a request goes: " + strings.Join(places, ", ")}
}

// otherwise are the lines of a foot that say what a product does otherwise than is drawn,
// once for each. The picture of a request says it of the proxies that the request meets.
func otherwise(in *Input) []string {
	var out []string
	for _, u := range in.Topology.Unmodelled {
		if u.Kind == flow.OtherProduct && (in.Request == nil || meets(in.Derive(in.Request), u.Of)) {
			out = add(out, "otherwise than drawn: "+u.What)
		}
	}
	return out
}

// meets reports whether one of some proxies takes part in a lifecycle.
func meets(lc *flow.Lifecycle, proxies []string) bool {
	return slices.ContainsFunc(lc.Participants, func(p *flow.Participant) bool {
		return p.Proxy != nil && slices.Contains(proxies, p.Proxy.Name)
	})
}

// names are the names of a certificate.
func names(c *flow.Certificate) []string {
	var out []string
	for _, n := range c.Names {
		out = append(out, n.V)
	}
	return out
}
