package cluster

import (
	"cmp"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// ingressConfig is what the cluster says of hosts: Ingress of config.openshift.io.
type ingressConfig struct {
	*kubeyaml.Object
	domain kubeyaml.Text
	http2  bool
}

func (v *inventory) ingressConfig(o *kubeyaml.Object) {
	c := &ingressConfig{Object: o, http2: o.Annotation(http2Annotation).V == "true"}
	if spec, ok := o.Map.Map("spec"); ok {
		apps, domain := spec.Text("appsDomain"), spec.Text("domain")
		c.domain = apps
		if cmp.Or(apps.V) == "" {
			c.domain = domain
		}
	}
	v.config = c
}

// http2Annotation turns HTTP/2 on, for an IngressController or for all of them.
const http2Annotation = "ingress.operator.openshift.io/default-enable-http2"
