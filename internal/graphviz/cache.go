package graphviz

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// cache is the worker's temporary folder, where go-graphviz keeps Graphviz
// compiled to machine code. That is run at the next start, so nobody else may
// have a hand in it.
type cache struct {
	dir  string
	keep bool // for the next run; else removed with the client
}

// openCache returns a private folder under the user's cache folder, or a fresh
// one of this run where there is no such folder, it cannot be made or others
// could have changed it.
func openCache() (*cache, error) {
	if base, err := os.UserCacheDir(); err == nil {
		if dir, err := PrivateFolder(base, "flowc", "graphviz"); err == nil {
			c := &cache{dir: dir, keep: true}
			return c, c.prepare()
		}
	}
	dir, err := os.MkdirTemp("", "flowc-graphviz-")
	if err != nil {
		return nil, err
	}
	c := &cache{dir: dir}
	return c, c.prepare()
}

// PrivateFolder makes base and the folders below it where they are missing,
// and returns the last. It fails where one of those below base is not a folder
// that only this user may write to, or base is another's.
func PrivateFolder(base string, below ...string) (string, error) {
	// Root with another user's HOME must not leave folders there that the user
	// cannot use.
	if err := ownedExisting(base); err != nil {
		return "", err
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return "", err
	}
	dir := base
	for _, name := range below {
		dir = filepath.Join(dir, name)
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		if err := private(dir); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// ownedExisting checks the owner of path or of its nearest parent that exists.
func ownedExisting(path string) error {
	for {
		info, err := os.Stat(path)
		if err == nil {
			return owned(path, info)
		}
		parent := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || parent == path {
			return err
		}
		path = parent
	}
}

// prepare makes the folder that go-graphviz would make for all to read; it
// gives up on caching where two workers make it at once.
func (c *cache) prepare() error {
	return os.MkdirAll(filepath.Join(c.dir, "go-graphviz"), 0o700)
}

// clear empties the folder.
func (c *cache) clear() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(c.dir, e.Name())); err != nil {
			return err
		}
	}
	return c.prepare()
}

func (c *cache) close() error {
	if c.keep {
		return nil
	}
	return os.RemoveAll(c.dir)
}
