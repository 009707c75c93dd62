package emit

import "github.com/flowc-lang/flowc/view"

// Faults returns what is wrong with the layout of a sequence or table; tests
// outside the package hold the pictures of real models to it.
func Faults(pic view.Picture) []string { return faults(layoutOf(pic)) }

// Width is how wide it is drawn.
func Width(pic view.Picture) int { return layoutOf(pic).w }

var CheckSVG = checkSVG
