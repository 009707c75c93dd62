package cluster

import (
	"encoding/base64"
	"strings"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// secret is a Secret: the certificate in it, which is no secret, and nothing else.
type secret struct {
	*kubeyaml.Object
	kind kubeyaml.Text // its type
	pem  string        // of tls.crt
}

func (v *inventory) secret(o *kubeyaml.Object) {
	s := &secret{Object: o, kind: o.Map.Text("type")}
	for _, field := range []string{"data", "stringData"} {
		m, ok := o.Map.Map(field)
		if !ok {
			continue
		}
		crt := m.Field("tls.crt")
		if crt.Null() {
			continue
		}
		s.pem = crt.Text().V
		if raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s.pem)); err == nil && field == "data" {
			s.pem = string(raw)
		}
	}
	v.secrets[nameOf(o)], v.secretsIn[o.NamespaceName()] = s, true
}
