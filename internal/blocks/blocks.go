// Package blocks makes values many at a time: of a large model there are so many that one by
// one they cost more time, and more memory, than what is done with them.
package blocks

import "unsafe"

// Of hands out values of which none is let go before all are: they lie side by side, in
// blocks that grow with their number. The zero value is ready.
type Of[T any] struct {
	free []T
	size int
}

const (
	fewest = 4
	most   = 512     // values in a block
	room   = 1 << 17 // bytes of a block, unless one value has more
)

// Make returns room for n values, which appending does not run over.
func (b *Of[T]) Make(n int) []T {
	if len(b.free) < n {
		var one T
		b.size = min(max(2*b.size, fewest), most, max(room/max(int(unsafe.Sizeof(one)), 1), 1))
		b.free = make([]T, max(n, b.size))
	}
	out := b.free[:n:n]
	b.free = b.free[n:]
	return out
}

// One returns the place of a value.
func (b *Of[T]) One() *T { return &b.Make(1)[0] }

// Copy returns the values of a list; nil for none.
func (b *Of[T]) Copy(list []T) []T {
	if len(list) == 0 {
		return nil
	}
	out := b.Make(len(list))
	copy(out, list)
	return out
}
