package cluster

import (
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// pod is a Pod that runs.
type pod struct {
	*kubeyaml.Object
	ip    kubeyaml.Text
	ready bool
	ports map[string]int // of its containers, by name
}

func (v *inventory) pod(o *kubeyaml.Object) {
	p := &pod{Object: o, ready: true, ports: map[string]int{}}
	if spec, ok := o.Map.Map("spec"); ok {
		for _, c := range spec.List("containers") {
			m, ok := c.Map()
			if !ok {
				continue
			}
			for _, port := range m.List("ports") {
				if pm, ok := port.Map("containerPort", "hostIP", "hostPort", "name", "protocol"); ok && pm.Text("name").Set {
					p.ports[pm.Text("name").V] = pm.Field("containerPort").Number().V
				}
			}
		}
	}
	if status, ok := o.Map.Map("status"); ok {
		p.ip = status.Text("podIP")
		for _, c := range status.List("conditions") {
			if m, ok := c.Map(); ok && m.Text("type").V == "Ready" {
				p.ready = m.Text("status").V == "True"
			}
		}
		if phase := status.Text("phase"); phase.Set && phase.V != "Running" {
			p.ready = false
		}
	}
	v.pods[o.NamespaceName()] = append(v.pods[o.NamespaceName()], p)
}

// isOf reports whether a Service selects the Pod.
func (p *pod) isOf(s *service) bool {
	if p.NamespaceName() != s.NamespaceName() || len(s.selector) == 0 {
		return false
	}
	for _, want := range s.selector {
		if !slices.ContainsFunc(p.Labels, func(l kubeyaml.Pair) bool { return l.Key.V == want.Key.V && l.Value.V == want.Value.V }) {
			return false
		}
	}
	return true
}

// port is the number of the Pod's port that a port of a Service leads to; 0 for none.
func (p *pod) port(sp servicePort) int {
	target := sp.targetName()
	if n, err := strconv.Atoi(target); err == nil {
		return n
	}
	return p.ports[target]
}
