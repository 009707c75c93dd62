package grammar

import "fmt"

// fault says what is wrong with a word; start and end are the bytes of it that
// are wrong, or both zero. Without a message there is nothing to say but what
// was expected.
type fault struct {
	message    string
	help       string
	start, end int
	write      string // the word as it is written right, where that is certain
	label      bool   // a label lacks its quotes
}

func wrong(help, format string, args ...any) *fault {
	return &fault{message: clip(fmt.Sprintf(format, args...), 300), help: clip(help, 200)}
}

// meant says how the whole word is written right, where that is certain.
func (f *fault) meant(word string) *fault {
	f.write = word
	return f
}

// within says what stands before and behind the word that the fault is of.
func (f *fault) within(before, after string) *fault {
	if f != nil && f.write != "" {
		f.write = before + f.write + after
	}
	return f
}

// at narrows a fault to the bytes [start, end) of its word.
func (f *fault) at(start, end int) *fault {
	if f != nil {
		f.start, f.end = start, end
	}
	return f
}
