package blocks_test

import (
	"testing"

	"github.com/flowc-lang/flowc/internal/blocks"
)

// TestApart: values do not touch each other, also where one appends to them.
func TestApart(t *testing.T) {
	var b blocks.Of[int]
	var all []*int
	for i := range 5000 {
		p := b.One()
		if *p != 0 {
			t.Fatalf("value %d is not new", i)
		}
		*p = i
		all = append(all, p)
		some := b.Make(i % 7)
		for k := range some {
			some[k] = -1
		}
		if list := append(some, -2); len(some) > 0 && &list[0] == &some[0] {
			t.Fatal("appending runs over the next value")
		}
	}
	for i, p := range all {
		if *p != i {
			t.Fatalf("value %d is %d", i, *p)
		}
	}
}

// TestMany makes more at once than a block has, values that are larger than a block, and
// values without a size.
func TestMany(t *testing.T) {
	var ints blocks.Of[int]
	if got := ints.Make(100_000); len(got) != 100_000 {
		t.Errorf("%d values, want 100,000", len(got))
	}
	var huge blocks.Of[[1 << 18]byte]
	if a, b := huge.One(), huge.One(); a == b {
		t.Error("two values are one")
	}
	var none blocks.Of[struct{}]
	if got := none.Make(3); len(got) != 3 {
		t.Errorf("%d values, want 3", len(got))
	}
	if got := ints.Copy(nil); got != nil {
		t.Errorf("%v of nothing", got)
	}
	list := []int{1, 2}
	if got := ints.Copy(list); len(got) != 2 || got[1] != 2 || &got[0] == &list[0] {
		t.Errorf("%v, want a copy of %v", got, list)
	}
}
