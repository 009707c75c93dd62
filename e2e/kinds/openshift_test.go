package kinds

import (
	"testing"

	route "github.com/openshift/api/route/v1"
)

// later are fields of a Route that the types on the module proxy, of OpenShift 3.9, do not have yet.
var later = map[string]string{
	"metadata.clusterName":         "until Kubernetes 1.24",
	"spec.subdomain":               "since OpenShift 4.1",
	"spec.httpHeaders":             "since OpenShift 4.14",
	"spec.tls.externalCertificate": "since OpenShift 4.16",
}

// TestRoute is TestFields for the Route of OpenShift.
func TestRoute(t *testing.T) {
	seen := map[string]bool{}
	fieldsOf(t, "route.openshift.io/v1", "Route", route.Route{}, later, seen)
	for path := range later {
		if !seen[path] {
			t.Errorf("%s is listed as later, and no reader knows it", path)
		}
	}
}
