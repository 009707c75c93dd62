package pipeline

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/internal/front"
)

// shopFronts are objects that several products serve: one that is known by its class, one by
// its annotations, one that is not known.
const shopFronts = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: fast}
spec: {controllerName: istio.io/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: web}
spec:
  gatewayClassName: fast
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: inner, namespace: web}
spec:
  gatewayClassName: fast
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: web}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.test]
  rules: [{backendRefs: [{name: shop, port: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: web
  annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "60"}
spec:
  ingressClassName: public
  tls: [{hosts: [www.example.test], secretName: www}]
  rules: [{host: www.example.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: old, namespace: web}
spec:
  ingressClassName: internal
  rules: [{host: old.example.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}}]
`

// Each picture of a model says once in its foot what each product in it does otherwise, also of a
// model that imports the objects; one of OpenShift's router, which is HAProxy, says nothing.
func TestProductsInFeet(t *testing.T) {
	texts := map[string]string{
		"fronts.yaml": shopFronts,
		"m.flow":      "import \"fronts.yaml\"\nrequest www {\n    get https://www.example.test/\n}\n",
		"route.yaml":  "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: shop, namespace: web}\nspec: {host: shop.example.test, to: {name: shop}, tls: {termination: edge}}\n",
	}
	for _, tc := range []struct {
		file  string
		lines int
	}{{"fronts.yaml", 3}, {"m.flow", 3}, {"route.yaml", 0}} {
		m, err := LoadFrom(t.Context(), Input{Input: front.Input{Path: tc.file, Read: func(path string) ([]byte, error) {
			if text, ok := texts[path]; ok {
				return []byte(text), nil
			}
			return nil, fs.ErrNotExist
		}}})
		if err != nil {
			t.Fatal(err)
		}
		m.Compile()
		drawn := 0
		plans, _ := m.Plans(Choice{})
		for _, p := range plans {
			pic, _ := p.Picture()
			if pic == nil {
				continue
			}
			drawn++
			seen := map[string]int{}
			for _, line := range pic.Header().Foot {
				if strings.HasPrefix(line, "otherwise than drawn: ") {
					seen[line]++
				}
			}
			want := tc.lines
			if p.Request != nil && want > 0 {
				want = 1 // of the proxy that it meets
			}
			if len(seen) != want {
				t.Errorf("%s: %s says %v", tc.file, p.Name, seen)
			}
			for line, n := range seen {
				if n != 1 {
					t.Errorf("%s: %s says %d times %s", tc.file, p.Name, n, line)
				}
			}
		}
		if drawn < 5 {
			t.Errorf("%s: only %d pictures", tc.file, drawn)
		}
	}
}
