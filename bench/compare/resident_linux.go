package main

import (
	"os"
	"syscall"
)

// residentOf is the largest resident set of a process, in bytes.
func residentOf(s *os.ProcessState) int64 {
	use, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return use.Maxrss << 10
}
