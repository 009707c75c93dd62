package diag

import (
	"bytes"
	"fmt"
	"io"
)

var shortFormat = &Writer{
	Name:  "short",
	Doc:   "for editors and grep: file:line:column: severity CODE: message, a line each",
	Write: writeShort,
}

// writeShort writes a line for each finding, in the form that compilers have
// and editors read (Vim's quickfix list, Emacs's compilation mode).
func writeShort(w io.Writer, r *Report) error {
	var out bytes.Buffer
	for _, d := range r.Findings {
		if d.At.Known() {
			fmt.Fprintf(&out, "%s: ", place(d.At))
		}
		fmt.Fprintf(&out, "%s %s: %s\n", d.Severity, d.Code, clean(d.Message))
	}
	_, err := w.Write(out.Bytes())
	return err
}
