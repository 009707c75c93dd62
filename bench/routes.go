package bench

import (
	"fmt"
	"strings"
)

// Routes is a List of n OpenShift Routes, as oc prints it.
func Routes(n int) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: List\nitems:\n")
	for i := range n {
		mode := []string{"edge", "reencrypt", "passthrough"}[i%3]
		fmt.Fprintf(&b, `- apiVersion: route.openshift.io/v1
  kind: Route
  metadata:
    annotations:
      haproxy.router.openshift.io/timeout: 30s
      openshift.io/host.generated: "true"
    creationTimestamp: "2026-01-01T00:00:00Z"
    labels:
      app: app-%[1]d
      team: t%[3]d
    name: app-%[1]d
    namespace: ns-%[2]d
    resourceVersion: "%[1]d"
    uid: 2f0e4c1e-0000-4000-8000-%012[1]d
  spec:
    host: app-%[1]d.apps.example.com
    port:
      targetPort: web
    tls:
      insecureEdgeTerminationPolicy: Redirect
      termination: %[4]s
    to:
      kind: Service
      name: app-%[1]d
      weight: 100
    wildcardPolicy: None
  status:
    ingress:
    - conditions:
      - lastTransitionTime: "2026-01-01T00:00:01Z"
        status: "True"
        type: Admitted
      host: app-%[1]d.apps.example.com
      routerCanonicalHostname: router-default.apps.example.com
      routerName: default
      wildcardPolicy: None
`, i, i%100, i%7, mode)
	}
	return b.String()
}
