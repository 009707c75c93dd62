package cluster

import (
	"cmp"
	"strconv"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/source"
)

// endpoints are addresses of a Service that have the same ports.
type endpoints struct {
	at        source.Span
	ports     []endpointPort
	addresses []endpointAddress // that are ready
	unready   int
}

type endpointPort struct {
	name, app string
	port      int
	at        source.Span
}

type endpointAddress struct {
	ip, pod string
	at      source.Span
}

func number(n int) string { return strconv.Itoa(n) }

// atoi is a number that a text is; 0 for none.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// serviceLabel names the Service of an EndpointSlice.
const serviceLabel = "kubernetes.io/service-name"

func (v *inventory) endpointSlice(o *kubeyaml.Object) {
	o.Fields("addressType", "endpoints", "ports")
	e := &endpoints{at: headOf(o), ports: endpointPorts(o.Map)}
	for _, item := range o.List("endpoints") {
		m, ok := item.Map("addresses", "conditions", "deprecatedTopology", "hints", "hostname", "nodeName", "targetRef", "zone")
		if !ok {
			continue
		}
		ready := true
		if c, ok := m.Map("conditions", "ready", "serving", "terminating"); ok {
			if on, set := c.Field("ready").Flag(); set { // nil is ready (EndpointConditions)
				ready = on
			}
		}
		e.add(m.Texts("addresses"), podOf(m), ready)
	}
	for _, l := range o.Labels {
		if l.Key.V == serviceLabel {
			of := name{o.NamespaceName(), l.Value.V}
			v.endpointsOf[of] = append(v.endpointsOf[of], e)
		}
	}
}

func (v *inventory) endpoints(o *kubeyaml.Object) {
	o.Fields("subsets")
	of := nameOf(o)
	if len(v.endpointsOf[of]) > 0 {
		return // its EndpointSlices say the same
	}
	subsets := o.List("subsets")
	if len(subsets) == 0 {
		v.endpointsOf[of] = append(v.endpointsOf[of], &endpoints{at: headOf(o)})
	}
	for _, item := range subsets {
		m, ok := item.Map("addresses", "notReadyAddresses", "ports")
		if !ok {
			continue
		}
		e := &endpoints{at: headOf(o), ports: endpointPorts(m), unready: len(m.List("notReadyAddresses"))}
		for _, a := range m.List("addresses") {
			if am, ok := a.Map("hostname", "ip", "nodeName", "targetRef"); ok {
				e.add([]kubeyaml.Text{am.Text("ip")}, podOf(am), true)
			}
		}
		v.endpointsOf[of] = append(v.endpointsOf[of], e)
	}
}

// add takes the addresses of one endpoint. A router uses the first one.
func (e *endpoints) add(addresses []kubeyaml.Text, pod string, ready bool) {
	switch {
	case !ready:
		e.unready++
	case len(addresses) > 0 && addresses[0].Set:
		e.addresses = append(e.addresses, endpointAddress{addresses[0].V, pod, addresses[0].At})
	}
}

// podOf is the Pod that an endpoint is of; "" for none.
func podOf(m kubeyaml.Map) string {
	ref, ok := m.Map("targetRef")
	if !ok || ref.Text("kind").V != "Pod" {
		return ""
	}
	return ref.Text("name").V
}

func endpointPorts(m kubeyaml.Map) []endpointPort {
	var out []endpointPort
	for _, p := range m.List("ports") {
		pm, ok := p.Map("appProtocol", "name", "port", "protocol")
		if !ok || cmp.Or(pm.Text("protocol").V, "TCP") != "TCP" {
			continue
		}
		if n := pm.Field("port").Number(); n.Set {
			out = append(out, endpointPort{pm.Text("name").V, pm.Text("appProtocol").V, n.V, n.At})
		}
	}
	return out
}
