package flow

import "strings"

// nameIndex finds certificates of an end by the names they have: the first one
// that covers a host exactly, and the first that does by a wildcard.
type nameIndex struct {
	exact, wildcard map[string]int32 // positions in ServerEnd.Certificates
}

// newNameIndex returns nil for a few certificates: these are looked through.
func newNameIndex(all []Fact[*Certificate]) *nameIndex {
	if len(all) <= crowd {
		return nil
	}
	x := &nameIndex{exact: map[string]int32{}, wildcard: map[string]int32{}}
	for i, c := range all {
		for _, n := range c.V.Names {
			into, name := x.exact, Fold(n.V)
			if rest, ok := strings.CutPrefix(name, "*."); ok {
				into, name = x.wildcard, rest
			}
			if _, ok := into[name]; !ok {
				into[name] = int32(i)
			}
		}
	}
	return x
}

// covering returns the positions of the first certificates that cover a host
// exactly and by a wildcard; -1 for none.
func (e *ServerEnd) covering(host string) (exact, wildcard int) {
	exact, wildcard = -1, -1
	if e.names == nil {
		for i, c := range e.Certificates {
			for _, n := range c.V.Names {
				switch wild := strings.HasPrefix(Fold(n.V), "*."); {
				case !nameCovers(n.V, host):
				case wild && wildcard < 0:
					wildcard = i
				case !wild && exact < 0:
					exact = i
				}
			}
		}
		return exact, wildcard
	}
	host = Fold(host)
	if i, ok := e.names.exact[host]; ok {
		exact = int(i)
	}
	if label, below, found := strings.Cut(host, "."); found && label != "" {
		if i, ok := e.names.wildcard[below]; ok {
			wildcard = int(i)
		}
	}
	return exact, wildcard
}
