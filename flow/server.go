package flow

// serverAnswer is what a server does with a request that has arrived.
func (d *deriver) serverAnswer(l *channel, arrived *Step) answer {
	s, at := l.server, l.far
	if d.current != nil {
		d.current.Server = s
	}
	switch {
	case l.session == nil && s.Backend.Speaks.V.TLS() && !l.elsewhere:
		// plaintext to a TLS port: 400 in clear, then the server closes
		why := &Why{Fault: FaultProtocol, Problem: ProblemPlaintextToServer, At: at}
		arrived.Fault = FaultProtocol
		d.blame(&failure{from: at, cause: arrived, why: why})
		return answer{status: 400, from: at, step: arrived, closes: true, endless: true}
	case l.session == nil && l.end().header != nil && !s.Backend.AcceptProxy.V:
		// the header reads as a malformed request line (measured with Go); the
		// request may come too late
		return answer{status: 400, from: at, step: l.end().header, closes: true, endless: true}
	case s.State.V == ServerSilent:
		arrived.Fault = FaultSilent
		return answer{fail: &failure{ending: TimedOut{}, from: at, cause: arrived, known: d.last(l.path[0], true), sent: wasSent,
			why: &Why{Fault: FaultSilent, Problem: ProblemSilent, At: at}}}
	}
	if d.r.Upgrade.IsSet() {
		return answer{status: statusSwitching, from: at, step: arrived}
	}
	return answer{status: 200, from: at, step: arrived, closes: l.raced}
}
