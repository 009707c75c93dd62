package flow

// blocks hands out values of which many are made and none is let go before all are:
// they lie side by side, in blocks that grow with their number.
type blocks[T any] struct {
	free []T
	size int
}

// mostInBlock is how many values are made at once.
const mostInBlock = 256

// make returns room for n values.
func (b *blocks[T]) make(n int) []T {
	if len(b.free) < n {
		b.size = min(max(2*b.size, 4), mostInBlock)
		b.free = make([]T, max(n, b.size))
	}
	out := b.free[:n:n]
	b.free = b.free[n:]
	return out
}

// one returns the place of a value.
func (b *blocks[T]) one() *T { return &b.make(1)[0] }

// copy returns the values of a list; nil for none.
func (b *blocks[T]) copy(list []T) []T {
	if len(list) == 0 {
		return nil
	}
	out := b.make(len(list))
	copy(out, list)
	return out
}
