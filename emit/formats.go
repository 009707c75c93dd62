package emit

// Formats lists every format in the order in which they are named to people.
var Formats = []*Format{
	mermaid,
	svg,
	png,
	pdf,
	dot,
	byGraphviz,
	jsonFormat,
	plainText,
	inWords,
	markdown,
	csvFormat,
}
