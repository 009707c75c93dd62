//go:build !windows

package main

import "io"

// enableColor reports that a terminal understands escape sequences.
func enableColor(io.Writer) bool { return true }
