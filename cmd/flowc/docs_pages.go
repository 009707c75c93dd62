package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/spell"
)

// skippedFolders hold documents of others.
var skippedFolders = []string{"node_modules", "vendor", "testdata"}

// pages expands the arguments: documents as they are, folders to the documents
// below them in the order of their names.
func pages(args []string) ([]*docPage, error) {
	var out []*docPage
	seen := make(map[string]bool)
	add := func(file string, lang *document.Language) {
		if id := fileIdentity(file); !seen[id] {
			seen[id] = true
			out = append(out, &docPage{path: path.Clean(filepath.ToSlash(file)), lang: lang})
		}
	}
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, noDocument(arg, err)
		}
		if !info.IsDir() {
			lang := document.LanguageOf(filepath.ToSlash(arg))
			if lang == nil {
				return nil, usagef("%q is not a document that flowc reads; their names end in %s", arg, strings.Join(document.Extensions(), ", "))
			}
			add(arg, lang)
			continue
		}
		n := len(out)
		if err := walkDocuments(arg, func(string) {}, add); err != nil {
			return nil, err
		}
		if len(out) == n && len(args) == 1 {
			return nil, usagef("no document in the folder %q; their names end in %s", arg, strings.Join(document.Extensions(), ", "))
		}
	}
	return out, nil
}

// walkDocuments calls functions for a folder and those below it, and for the
// documents in them. What is hidden, or of others, is left out.
func walkDocuments(root string, folder func(string), doc func(string, *document.Language)) error {
	// With a separator behind it, a link to a folder is one.
	return filepath.WalkDir(root+string(filepath.Separator), func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		hidden := strings.HasPrefix(d.Name(), ".")
		switch lang := document.LanguageOf(filepath.ToSlash(file)); {
		case err != nil:
			return err
		case d.IsDir() && rel != "." && (hidden || slices.Contains(skippedFolders, d.Name())):
			return fs.SkipDir
		case d.IsDir():
			folder(file)
		case lang != nil && !hidden && d.Type()&^fs.ModeSymlink == 0: // a pipe may never end
			doc(file, lang)
		}
		return nil
	})
}

// noDocument says that an argument cannot be found, and what it may have meant.
func noDocument(arg string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return usagef("%v", err)
	}
	dir, base := filepath.Split(arg)
	var names []string
	if entries, err := os.ReadDir(filepath.Join(dir, ".")); err == nil {
		for _, e := range entries {
			if e.IsDir() || document.LanguageOf(e.Name()) != nil {
				names = append(names, e.Name())
			}
		}
	}
	if near, ok := spell.Nearest(base, names); ok {
		return usagef("no file or folder %q, did you mean %q?", arg, dir+near)
	}
	return usagef("no file or folder %q", arg)
}

// nearModel returns the model beside a file that is not there whose name is
// nearest to it.
func nearModel(file string) string {
	dir, base := path.Split(file)
	entries, err := os.ReadDir(filepath.FromSlash(path.Join(dir, ".")))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == modelExt {
			names = append(names, e.Name())
		}
	}
	near, ok := spell.Nearest(base, names)
	if !ok {
		near, ok = spell.Nearest(base+modelExt, names)
	}
	if !ok {
		return ""
	}
	return dir + near
}
