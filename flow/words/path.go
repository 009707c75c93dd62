package words

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Path says a path from a client: "browser > cdn:443 > ingress:8443 > shop".
func Path(p *flow.Path, from *flow.Client) string {
	out := []string{from.Name}
	for _, h := range p.Hops {
		switch {
		case h.Server != nil:
			out = append(out, h.Server.Backend.Name)
		case h.Listener != nil:
			out = append(out, fmt.Sprintf("%s:%d", h.Listener.Proxy.Name, h.Port))
		default:
			out = append(out, fmt.Sprintf("%s:%d", h.Target.Name(), h.Port))
		}
	}
	return strings.Join(out, " > ")
}

// Port is where a listener takes connections: ":443", ":10000-10099", "unix socket".
func Port(l *flow.Listener) string {
	if l.Socket.IsSet() {
		return "unix socket"
	}
	return ":" + Ports(l)
}

// Ports are the ports of a listener: "443", "10000-10099".
func Ports(l *flow.Listener) string {
	if l.LastPort > l.Port {
		return fmt.Sprintf("%d-%d", l.Port, l.LastPort)
	}
	return strconv.Itoa(l.Port)
}
