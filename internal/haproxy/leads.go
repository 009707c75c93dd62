package haproxy

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// led says of what is not modelled to which backends it may lead. A rule that names its
// backend leads there; one that computes the name may lead anywhere, and so may what is not
// known. All else, such as a path that is computed, only changes which rule applies.
func (b *builder) led() {
	places := map[source.Span]*flow.Unmodelled{}
	for i := range b.listed {
		u := &b.listed[i]
		places[u.At] = u
		u.Anywhere = u.Kind == flow.ChangesRouting && !slices.Contains(b.cfg.Files, u.At.File) // an entry of a map
	}
	for _, s := range b.cfg.Sections {
		for _, l := range s.Lines {
			u := places[l.At]
			if u == nil || u.Kind != flow.ChangesRouting {
				continue
			}
			_, known := l.Keyword(s.Kind)
			switch {
			case l.Is("server") && len(b.backends[b.backs[s.Name]]) > 0: // the way to its own servers
				u.Leads = b.backends[b.backs[s.Name]][0].name
			case !l.Is("use_backend") && !l.Is("default_backend"):
				u.Anywhere = !known
			case strings.Contains(l.Arg(1), "%["):
				u.Anywhere = true
			case b.backs[l.Arg(1)] != nil:
				if parts := b.backends[b.backs[l.Arg(1)]]; len(parts) > 0 {
					u.Leads = parts[0].name
				}
			}
		}
	}
}
