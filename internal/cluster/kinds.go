package cluster

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// kind is a kind of object that is read, and what takes an object of it into the
// inventory.
type kind struct {
	group, name string
	read        func(*inventory, *kubeyaml.Object)
	global      bool // its objects are in no namespace
}

// kinds are all of them. A new kind is a file of its own, which reads it, and a line here;
// what it means for the draft is a part: see parts.
var kinds = []kind{
	{group: "route.openshift.io", name: "Route", read: (*inventory).route},
	{group: "", name: "Route", read: (*inventory).route}, // as OpenShift 3 wrote it
	{group: "operator.openshift.io", name: "IngressController", read: (*inventory).ingressController},
	{group: "config.openshift.io", name: "Ingress", read: (*inventory).ingressConfig, global: true},
	{group: "", name: "Namespace", read: (*inventory).namespace, global: true},
	{group: "project.openshift.io", name: "Project", read: (*inventory).namespace, global: true},
	{group: "", name: "Service", read: (*inventory).service},
	{group: "discovery.k8s.io", name: "EndpointSlice", read: (*inventory).endpointSlice},
	{group: "", name: "Endpoints", read: (*inventory).endpoints},
	{group: "", name: "Pod", read: (*inventory).pod},
	{group: "", name: "Secret", read: (*inventory).secret},
	{group: "", name: "ConfigMap", read: (*inventory).configMap},
	{group: "networking.k8s.io", name: "Ingress", read: (*inventory).ingress},
	{group: "extensions", name: "Ingress", read: (*inventory).ingress}, // before Kubernetes 1.22
	{group: "networking.k8s.io", name: "IngressClass", read: (*inventory).ingressClass, global: true},
	{group: gatewayGroup, name: "GatewayClass", read: (*inventory).gatewayClass, global: true},
	{group: gatewayGroup, name: "Gateway", read: (*inventory).gateway},
	{group: gatewayGroup, name: "HTTPRoute", read: (*inventory).httpRoute},
	{group: gatewayGroup, name: "GRPCRoute", read: (*inventory).grpcRoute},
	{group: gatewayGroup, name: "TLSRoute", read: (*inventory).tlsRoute},
	{group: gatewayGroup, name: "TCPRoute", read: (*inventory).tcpRoute},
	{group: gatewayGroup, name: "BackendTLSPolicy", read: (*inventory).backendPolicy},
	{group: gatewayGroup, name: "ReferenceGrant", read: (*inventory).grant},
}

// parts are what make declarations of the inventory, one after the other. Each makes
// proxies, and the routes on them; backends, certificates and namespaces are made when a
// part asks the builder for them.
var parts = []func(*builder){
	(*builder).openshift,
	(*builder).gatewayAPI,
	(*builder).ingressAPI,
}

// kindOf is how objects of a kind are read; nil where they are not.
func kindOf(group, name string) *kind {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.group == group && k.name == name })
	if i < 0 {
		return nil
	}
	return &kinds[i]
}

// routing are kinds that are not read and lead requests somewhere. Others change nothing
// that a topology holds, or only a detail.
var routing = []string{
	"Gateway", "GatewayClass", "GRPCRoute", "UDPRoute", "ListenerSet", "HTTPProxy", "HTTPRoute", "Ingress", "IngressClass", "IngressRoute", "IngressRouteTCP", "TCPRoute", "TLSRoute", "VirtualServer",
	"VirtualService", "Template", "BackendTLSPolicy", "DestinationRule", "ServiceEntry", "ReferenceGrant",
}

// details are kinds that are not read and say something of connections.
var details = []string{"NetworkPolicy", "AdminNetworkPolicy", "EgressFirewall", "EgressIP", "AuthorizationPolicy", "PeerAuthentication", "DNSRecord", "HorizontalPodAutoscaler"}

// effectOf is what it means that a kind is not read.
func effectOf(name string) flow.UnmodelledKind {
	switch {
	case slices.Contains(routing, name):
		return flow.ChangesRouting
	case slices.Contains(details, name):
		return flow.LosesDetail
	}
	return flow.NoEffect
}
