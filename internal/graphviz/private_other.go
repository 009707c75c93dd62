//go:build !unix

package graphviz

import (
	"fmt"
	"io/fs"
	"os"
)

// On Windows the user's cache folder is private by inheritance, and ownership
// is not in a file's mode.

func private(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", path)
	}
	return nil
}

func owned(string, fs.FileInfo) error { return nil }
func trustworthy(string) error        { return nil }
