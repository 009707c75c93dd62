package main

import (
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// enableColor asks a Windows console to understand escape sequences, which
// those before Windows Terminal do only when told.
func enableColor(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	console := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
