package flowtext

import "github.com/flowc-lang/flowc/flow"

// likely are the backends whose servers a front end takes to speak what nothing states,
// and what does not follow from their routes. A comment says so: a guess is no fact.
func likely(d *flow.Draft) map[*flow.BackendDraft]flow.Protocol {
	guessed := map[*flow.BackendDraft]flow.Protocol{}
	without := *d
	without.Declarations = nil
	for _, x := range d.Declarations {
		if b, ok := x.(*flow.BackendDraft); ok && b != nil && !b.Speaks.IsSet() && protocols[b.Speaks.V] != "" {
			guessed[b] = b.Speaks.V
			own := *b
			own.Speaks = flow.Fact[flow.Protocol]{}
			x = &own
		}
		without.Declarations = append(without.Declarations, x)
	}
	if len(guessed) == 0 {
		return nil
	}
	topology, _ := flow.Complete(&without)
	follows := map[string]flow.Protocol{}
	for _, b := range topology.Backends {
		follows[b.Name] = b.Speaks.V
	}
	for b, speaks := range guessed {
		if follows[b.Name] == speaks {
			delete(guessed, b)
		}
	}
	return guessed
}
