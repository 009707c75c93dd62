package emit

import (
	"context"
	"fmt"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// manyRows is n messages in two sessions, and a note on every tenth.
func manyRows(n int) *view.Sequence {
	p := &view.Panel{Lifelines: ends("Browser", "HAProxy", "shop-1")}
	for i := range n {
		if i%10 == 9 {
			p.Rows = append(p.Rows, &view.ActionRow{First: i + 1, Last: i + 1, At: 1, Text: "choose shop-1 of 2"})
			continue
		}
		p.Rows = append(p.Rows, msg(i+1, i%2, i%2+1, fmt.Sprintf("message %d", i+1), fmt.Sprintf("T%d", i%2+1), view.LineTLS))
	}
	p.Bands = []*view.Band{
		{Session: "T1", Label: "T1", From: 0, To: 1, Last: n - 1},
		{Session: "T2", Label: "T2", From: 1, To: 2, Last: n - 1},
	}
	return sequence("Many", p)
}

func BenchmarkSequence(b *testing.B) {
	for _, f := range []*Format{svg, plainText} {
		for _, n := range []int{14, 1000, 10000} {
			b.Run(fmt.Sprintf("%s-%d", f.Name, n), func(b *testing.B) {
				seq := manyRows(n)
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := f.Emit(context.Background(), seq, Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
