package flow

// seen is the address that the far end of a channel takes for the client's: that
// of the end that opened the last connection, unless it begins with a PROXY header,
// which passes on what its sender saw (PROXY protocol, 1). "" where the model
// does not state it.
func (l *channel) seen() string {
	address := ""
	if l.from != nil {
		address = l.from.seen()
	}
	for _, c := range l.path {
		if c.header == nil || c.From.Kind == KindClient {
			address = c.Source
		}
	}
	return address
}
