package flow

// Onward is the client's address as the next proxy takes it for, to which this one sends
// over a route what came from an address.
func (r *Route) Onward(from *Proxy, address string) string {
	if r.SendProxy.V != 0 {
		return address
	}
	return from.Source.V
}

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
