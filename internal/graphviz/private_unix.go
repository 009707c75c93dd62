//go:build unix

package graphviz

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// private checks that path is a folder, no link, of this user, and that nobody
// else may write to it.
func private(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written to by others", path)
	}
	return owned(path, info)
}

// owned checks that path is this user's.
func owned(path string, info fs.FileInfo) error {
	if uid, ok := owner(info); !ok || uid != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user", path)
	}
	return nil
}

// trustworthy checks that path is what it was when flowc was compiled from it:
// this user's or root's, or in a place where not just anybody can make folders.
// A flowc that was built in /tmp/build and copied elsewhere must not run what
// someone else puts there later.
func trustworthy(path string) error { return trustedBy(os.Geteuid(), path) }

func trustedBy(user int, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if uid, ok := owner(info); ok && (uid == user || uid == 0) {
		return nil
	}
	for dir := path; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o002 != 0 {
			return fmt.Errorf("it is another user's, in %s, where anyone may write", dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

func owner(info fs.FileInfo) (uid int, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
