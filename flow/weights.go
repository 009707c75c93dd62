package flow

import "cmp"

// maxWeight is the largest weight that HAProxy takes.
const maxWeight = 256

// ServerWeights returns the weight of each server of a route, and of each other
// proxy, in the order in which they are declared, as HAProxy has it in one
// backend: a whole number up to 256. Where there are several targets, each gets
// its share of the requests, however many servers it has. An OpenShift router
// shares in the same way (openshift/router, calculateServiceWeights); the numbers
// can differ from its own.
func (r *Route) ServerWeights() []int {
	shares := r.shares()
	scale, largest := 1, 0.0
	for i, s := range shares {
		if d := divisor(s.part, s.of); d > 1 { // of 180 in 4 it is 45
			s = share{s.part / d, s.of / d}
			shares[i] = s
		}
		if next := scale / divisor(scale, s.of) * s.of; next <= 1<<20 {
			scale = next
		}
	}
	for _, s := range shares {
		largest = max(largest, float64(s.part)*float64(scale)/float64(s.of))
	}
	factor := float64(scale)
	if largest > maxWeight {
		factor = factor * maxWeight / largest
	}
	out := make([]int, len(shares))
	for i, s := range shares {
		w := int(float64(s.part)*factor/float64(s.of) + 0.5)
		if s.part > 0 {
			w = max(w, 1)
		}
		out[i] = min(w, maxWeight)
	}
	return out
}

// share is a fraction of a route's requests, before it is a whole weight.
type share struct{ part, of int }

func (r *Route) shares() []share {
	var out []share
	for _, t := range r.Targets {
		if t.Backend == nil {
			out = append(out, share{t.Weight.V, 1})
			continue
		}
		up, all := map[bool]int{}, map[bool]int{} // sums of backups, and of others
		for _, s := range t.Backend.Servers {
			all[s.Backup.V] += s.Weight.V
			if s.State.V != ServerDown {
				up[s.Backup.V] += s.Weight.V
			}
		}
		for _, s := range t.Backend.Servers {
			sum := cmp.Or(up[s.Backup.V], all[s.Backup.V])
			if len(r.Targets) == 1 && t.Weight.V > 0 {
				out = append(out, share{s.Weight.V, 1})
				continue
			}
			if len(r.Targets) == 1 {
				sum = 1
			}
			out = append(out, share{t.Weight.V * s.Weight.V, max(sum, 1)})
		}
	}
	return out
}

func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
