package diag

// Columns returns how many columns of a terminal the text takes: none for what
// combines with the rune before, two for what is wide, one for a tab.
func Columns(text string) int {
	n := 0
	for _, r := range text {
		n += runeColumns(r)
	}
	return n
}
