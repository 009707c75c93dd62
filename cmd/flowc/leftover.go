package main

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// A run that is killed leaves the files that it wrote beside their places. The next
// one that writes into the folder removes them.

// temporaryName is the name of a file that this process writes beside its place. It
// says whose it is: number and host of the process.
func temporaryName(n int64) string {
	return fmt.Sprintf(".flowc-%s-%d-%d.tmp", host(), os.Getpid(), n)
}

var temporary = lazy.Regexp(`^\.flowc-([0-9a-f]{8})-([0-9]{1,9})-[0-9]+\.tmp$`)

// host is a short name of this machine: a folder may be shared with others, whose
// processes cannot be asked for.
var host = sync.OnceValue(func() string {
	name, err := os.Hostname()
	if err != nil {
		name = "localhost"
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // which never fails
	return fmt.Sprintf("%08x", h.Sum32())
})

// abandoned is how long a file of another host may be there before it is taken for
// a leftover.
const abandoned = 24 * time.Hour

// swept is the folders that this process has swept: what it writes itself is none of
// its leftovers.
var swept struct {
	sync.Mutex
	folders map[string]bool
}

// sweep removes from a folder, once, what runs left that are over. What cannot be
// removed stays.
func sweep(dir string) {
	swept.Lock()
	defer swept.Unlock()
	id := realPath(dir)
	if swept.folders[id] {
		return
	}
	if swept.folders == nil {
		swept.folders = make(map[string]bool)
	}
	swept.folders[id] = true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.Type().IsRegular() && leftover(e) {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// leftover reports whether the run that wrote a file is over.
func leftover(e os.DirEntry) bool {
	m := temporary.Get().FindStringSubmatch(e.Name())
	if m == nil {
		return false
	}
	if m[1] != host() {
		info, err := e.Info()
		return err == nil && time.Since(info.ModTime()) > abandoned
	}
	pid, err := strconv.Atoi(m[2])
	return err == nil && (pid == os.Getpid() || !running(pid))
}
