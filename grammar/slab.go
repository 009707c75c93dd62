package grammar

import "github.com/flowc-lang/flowc/ast"

// slab hands out values that are kept as long as the tree they are in. It makes
// many at a time: one by one they would cost more than reading the text.
type slab[T any] struct {
	free []T
	size int // of the last piece
}

// some returns n values in a row, which appending does not run over.
func (s *slab[T]) some(n int) []T {
	if n > len(s.free) {
		s.size = min(max(2*s.size, 8), 512)
		s.free = make([]T, max(n, s.size))
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	return out
}

func (s *slab[T]) one() *T { return &s.some(1)[0] }

// nodes are what a tree is made of.
type nodes struct {
	statements slab[ast.Statement]
	blocks     slab[ast.Block]
	words      slab[ast.Word]
	lists      slab[ast.List]
	elements   slab[ast.Element]
	args       slab[ast.Arg]
	items      slab[ast.Item]
}

// statedOnce remembers the statements of a block by what may be said in it once.
type statedOnce struct {
	keys  []string
	said  []*ast.Statement
	index map[string]*ast.Statement // of all, where they are many
}

// few is up to how many statements are compared one by one.
const few = 16

// open begins a block, or the file.
func (l *lowerer) open() *statedOnce {
	if l.depth == len(l.said) {
		l.said = append(l.said, &statedOnce{})
	}
	o := l.said[l.depth]
	l.depth++
	*o = statedOnce{keys: o.keys[:0], said: o.said[:0]}
	return o
}

func (o *statedOnce) get(key string) *ast.Statement {
	if o.index != nil {
		return o.index[key]
	}
	for i, k := range o.keys {
		if k == key {
			return o.said[i]
		}
	}
	return nil
}

func (o *statedOnce) put(key string, st *ast.Statement) {
	if o.index != nil {
		o.index[key] = st
		return
	}
	o.keys, o.said = append(o.keys, key), append(o.said, st)
	if len(o.keys) <= few {
		return
	}
	o.index = make(map[string]*ast.Statement)
	for i, k := range o.keys {
		o.index[k] = o.said[i]
	}
}
