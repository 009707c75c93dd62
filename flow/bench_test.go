package flow

import "testing"

// BenchmarkDerive derives one request, and a thousand on one connection.
func BenchmarkDerive(b *testing.B) {
	for name, times := range map[string]int{"one": 1, "thousand": 1000} {
		m := model(ModeReencrypt)
		m.Requests[0].Times = Default(times)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Derive(m, m.Requests[0])
			}
		})
	}
}
