// Package hear holds no code: its tests read a picture in words as somebody does
// who has nothing else. They know the sentences, and neither the picture nor the
// model, and hold what they understand to what was derived.
package hear
