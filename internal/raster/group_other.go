//go:build !unix

package raster

import "os/exec"

// ownGroup does nothing: a browser's processes on Windows end with the first.
func ownGroup(*exec.Cmd) {}

// killGroup kills cmd.
func killGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }
