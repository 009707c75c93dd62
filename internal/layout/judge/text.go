package judge

import "fmt"

// LeastText is how many pixels a text has at least where it is read.
const LeastText = 10

// Text is what is written in a picture, and its size in the picture's own pixels.
type Text struct {
	Said string
	Size int
}

// Small lists the texts that are too small to be read where a picture is shown in a column:
// one that is wider than the column is made as narrow, and its texts with it.
func Small(texts []Text, width, column int) []string {
	var out []string
	for _, t := range texts {
		size := float64(t.Size)
		if width > column {
			size *= float64(column) / float64(width)
		}
		if size < LeastText {
			out = append(out, fmt.Sprintf("%q has %.1f pixels in a column of %d: the picture is %d wide", t.Said, size, column, width))
		}
	}
	return out
}
