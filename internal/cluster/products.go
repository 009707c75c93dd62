package cluster

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// gatewayProduct is what serves Gateways: the proxy of a controller.
type gatewayProduct struct {
	controllers []string // how spec.controllerName of their GatewayClass begins
	classes     []string // in the name of a GatewayClass that is not given
	otherwise   string   // what it does otherwise than is modelled
}

// gatewayProducts are those that are known. Statuses of Envoy are those of its response flags UF, UR and UC,
// and NR for a connection that no filter chain takes (Envoy, access logging); nginx was measured.
var gatewayProducts = []gatewayProduct{
	{
		controllers: []string{"gateway.envoyproxy.io/", "istio.io/", "openshift.io/gateway-controller", "projectcontour.io/", "io.cilium/", "kgateway.dev/", "solo.io/"},
		classes:     []string{"envoy", "istio", "openshift", "contour", "cilium"},
		otherwise:   "Envoy answers 503 where a server closes before its answer, and closes connections whose SNI no listener has",
	},
	{
		controllers: []string{"gateway.nginx.org/"}, classes: []string{"nginx"},
		otherwise: "nginx tries another server where one fails, and then answers 502",
	},
	{
		controllers: []string{"haproxy-ingress.github.io/", "haproxy.org/", "gate.haproxy.org/"}, classes: []string{"haproxy"},
		otherwise: "the settings of the Gateway's controller are not read: they can change timeouts and TLS versions",
	},
}

// products says once what the proxies of Gateways do otherwise than is modelled.
func (b *builder) products(gateways []*gateway, proxy map[*gateway]*gatewayProxy) {
	controllers := map[string]string{}
	for _, c := range b.classes {
		controllers[c.Name.V] = c.controller.V
	}
	for _, gw := range gateways {
		controller := controllers[gw.class.V]
		says := ""
		for _, p := range gatewayProducts {
			if says == "" && p.serves(controller, gw.class.V) {
				says = p.otherwise
			}
		}
		who := "what serves Gateways"
		if gw.class.V != "" {
			who += " of class " + gw.class.V
		}
		b.otherwise(says, who, proxy[gw].draft.Name)
	}
}

// serves reports whether a controller is one of the product, or, where it is not known, a
// class is called like it.
func (p *gatewayProduct) serves(controller, class string) bool {
	for _, c := range p.controllers {
		if controller != "" && strings.HasPrefix(controller, c) {
			return true
		}
	}
	for _, c := range p.classes {
		if controller == "" && strings.Contains(class, c) {
			return true
		}
	}
	return false
}

// otherwise says what the product of a proxy does otherwise than the model, once for all proxies;
// where that is not known, that it is not.
func (b *builder) otherwise(says, who, proxy string) {
	if says == "" {
		says = who + " is not known: statuses where a server fails, alerts, retries and timeouts may be others"
	}
	for i := range b.listed {
		if u := &b.listed[i]; u.Kind == flow.OtherProduct && u.What == says {
			u.Of = append(u.Of, proxy)
			return
		}
	}
	b.listed = append(b.listed, flow.Unmodelled{Kind: flow.OtherProduct, What: says, Of: []string{proxy}})
}
