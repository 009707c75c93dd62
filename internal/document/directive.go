package document

// directiveOption adds an option of a directive, which stands on a line of its
// own, to the attributes of its fence. at is where its key stands.
func (s *scanner) directiveOption(f *Fence, at int, key, value string) {
	attr := Attr{Key: key, Value: value, Bare: value == "", At: s.src.Span(at, at+len(key))}
	s.add(&f.Attrs, attr, fenceKeys, ":"+key+": VALUE")
}
