package grammar

import (
	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/internal/blocks"
)

// nodes are what a tree is made of.
type nodes struct {
	statements blocks.Of[ast.Statement]
	blocks     blocks.Of[ast.Block]
	words      blocks.Of[ast.Word]
	lists      blocks.Of[ast.List]
	elements   blocks.Of[ast.Element]
	args       blocks.Of[ast.Arg]
	items      blocks.Of[ast.Item]
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
