package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
)

// A model describes clients, servers and certificates that somebody else made: to write
// another line about them changes only the description. Such a step is right under a
// condition, which its help says.

// conditionsOf are the conditions of steps, in words; "" for none.
func conditionsOf(steps []diag.Step) string {
	var out []string
	for _, s := range steps {
		if c := conditionOf(s, steps); c != "" && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return strings.Join(out, " and ")
}

// conditionOf is the condition of a step among those that belong together.
func conditionOf(s diag.Step, all []diag.Step) string {
	switch s.In.Kind {
	case diag.KindClient:
		return ofClient(s)
	case diag.KindRequest:
		return ofRequest(s)
	case diag.KindBackend:
		return ofServers(s, all)
	case diag.KindCertificate:
		return ofCertificate(s, all)
	case diag.KindModel, diag.KindZone, diag.KindLink, diag.KindNamespace, diag.KindProxy, diag.KindRoute:
		return ""
	}
	panic("check: unknown kind of declaration")
}

// ofClient is what must hold of a client.
func ofClient(s diag.Step) string {
	if s.Do == diag.Declare || s.Fact == "" {
		return ""
	}
	switch f := s.Fact; {
	case f == diag.FactVersions, f == diag.FactALPN:
		return fmt.Sprintf("client %q supports that", s.In.Name)
	case f == diag.FactTrust:
		return fmt.Sprintf("client %q has the certificate of that CA", s.In.Name)
	case f == diag.FactCertificate:
		return fmt.Sprintf("client %q has such a certificate", s.In.Name)
	case f == diag.FactSendProxy && s.Do == diag.Remove:
		return fmt.Sprintf("client %q sends none", s.In.Name)
	}
	return ""
}

// ofRequest is what must hold of who makes a request.
func ofRequest(s diag.Step) string {
	switch {
	case s.Fact == diag.FactVersions:
		return "its client supports that"
	case s.Fact == diag.FactSNI && s.Do == diag.Remove:
		return "the client of that request sends the host of its URL as SNI"
	case s.Fact == diag.FactSNI:
		return "the client of that request sends that SNI"
	}
	return ""
}

// ofServers is what must hold of the servers of a backend.
func ofServers(s diag.Step, all []diag.Step) string {
	switch {
	case s.Do == diag.Remove:
		return ""
	case s.Fact == diag.FactSpeaks && s.Do == diag.Change:
		return "that is what its servers speak"
	case s.Fact == diag.FactVersions, s.Fact == diag.FactALPN:
		return fmt.Sprintf("the servers of backend %q support that", s.In.Name)
	case s.Fact == diag.FactClientAuth && s.Do == diag.Add:
		return fmt.Sprintf("the servers of backend %q request it", s.In.Name)
	case s.Fact == diag.FactCertificates && !declaresCertificate(all):
		return fmt.Sprintf("the servers of backend %q present it", s.In.Name)
	}
	return ""
}

// ofCertificate is what must hold of a certificate.
func ofCertificate(s diag.Step, all []diag.Step) string {
	ofClient := func(o diag.Step) bool { return o.In.Kind == diag.KindClient && o.Fact == diag.FactCertificate }
	switch {
	case s.Do == diag.Declare && !slices.ContainsFunc(all, ofClient):
		return "such a certificate is issued"
	case s.Fact == diag.FactNames:
		return fmt.Sprintf("certificate %q is issued anew with these names", s.In.Name)
	}
	return ""
}

func declaresCertificate(steps []diag.Step) bool {
	return slices.ContainsFunc(steps, func(s diag.Step) bool { return s.Do == diag.Declare && s.In.Kind == diag.KindCertificate })
}
