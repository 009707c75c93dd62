package flow

import "github.com/flowc-lang/flowc/source"

// Fact is one fact of a declaration: its value, where it comes from and the
// place that states it. The zero Fact is not set.
type Fact[T any] struct {
	V      T
	Origin Origin
	At     source.Span // zero where no text states it
}

// Origin says where a fact comes from.
type Origin uint8

// The origins of a fact.
const (
	OriginNone     Origin = iota // it is not set
	OriginStated                 // the model states it
	OriginImported               // a configuration that the model imports states it
	OriginDefault                // flowc's own default
	OriginSupplied               // it follows from another fact, or flowc made its declaration
)

// State returns a fact that a model states at a place. The place may be zero:
// a topology can be built without text.
func State[T any](v T, at source.Span) Fact[T] { return Fact[T]{V: v, Origin: OriginStated, At: at} }

// Default returns a fact that nothing states.
func Default[T any](v T) Fact[T] { return Fact[T]{V: v, Origin: OriginDefault} }

// IsSet reports whether the model, or what it imports, states the fact.
func (f Fact[T]) IsSet() bool { return f.Origin == OriginStated || f.Origin == OriginImported }
