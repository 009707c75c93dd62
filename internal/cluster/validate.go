package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/source"
)

// The words for the modes of a Route.
const (
	edge        = "edge"
	reencrypt   = "reencrypt"
	passthrough = "passthrough"
)

var terminations = []string{edge, reencrypt, passthrough}

// refuse reports why OpenShift refuses a Route, with the path of the field.
func (r *route) refuse(at source.Span, help, path, why string) {
	r.refused = true
	r.File().Add(kubeyaml.FaultRefused, diag.Error, at, help, "OpenShift refuses %s: %s %s", r.Title(), path, why)
}

// validate is what OpenShift's API server checks of a Route when it is created, behind the
// defaults that it fills in (openshift/library-go, pkg/route/validation and defaulting).
func (r *route) validate() {
	r.validateMeta()
	r.validateHost()
	r.validatePath()
	if r.tls != nil {
		r.validateTLS()
	}
}

func (r *route) validateMeta() {
	if why := subdomainFault(r.Name.V); why != "" {
		r.refuse(r.Name.At, "use small letters, digits, - and .", "metadata.name", why)
	}
	for _, l := range r.Labels {
		if why := labelFault(l.Value.V); why != "" {
			r.refuse(l.Value.At, "use letters, digits, -, _ and ., 63 of them at most", fmt.Sprintf("metadata.labels[%q]", l.Key.V), why)
		}
	}
}

// allowOddHosts is the annotation that allows labels of a host that DNS does not.
const allowOddHosts = "route.openshift.io/allow-non-dns-compliant-host"

func (r *route) validateHost() {
	if h := r.host; h.V != "" {
		why := subdomainFault(h.V)
		if why == "" && r.Annotation(allowOddHosts).V != "true" {
			for _, label := range strings.Split(h.V, ".") {
				why = firstOf(why, dnsLabelFault(label))
			}
		}
		if why != "" {
			r.refuse(h.At, hostHelp(h.V), "spec.host", why)
		}
	}
	if s := r.subdomain; s.V != "" {
		why := ""
		if len(s.V) > maxName {
			why = fmt.Sprintf("has more than %d characters", maxName)
		}
		for _, label := range strings.Split(s.V, ".") {
			why = firstOf(why, dnsLabelFault(label))
		}
		if why != "" {
			r.refuse(s.At, hostHelp(s.V), "spec.subdomain", why)
		}
	}
	if r.host.V != "" && r.subdomain.V != "" {
		r.File().Add(kubeyaml.FaultField, diag.Warning, r.subdomain.At, "remove spec.subdomain, or spec.host", "spec.subdomain of %s does not count: spec.host is set", r.Title())
	}
}

// hostHelp is what to write for a host that is none.
func hostHelp(host string) string {
	switch {
	case strings.HasPrefix(host, "*."):
		return "write wildcardPolicy: Subdomain and a host below the domain, such as www" + host[1:]
	case strings.Contains(host, "://"):
		return "write the host alone, without scheme, port and path"
	case strings.ContainsAny(host, "/:"):
		return "write the host alone, without port and path"
	case strings.ToLower(host) != host && subdomainFault(strings.ToLower(host)) == "":
		return "write it in small letters: " + strings.ToLower(host)
	case strings.HasSuffix(host, ".") && subdomainFault(strings.TrimSuffix(host, ".")) == "":
		return "write it without the dot at its end"
	}
	return "use small letters, digits and -, in parts of 63 characters at most, with a dot between them"
}

func (r *route) validatePath() {
	p := r.path
	switch {
	case p.V == "":
		return
	case strings.ContainsAny(p.V, "# "):
		r.refuse(p.At, "write the path alone, without # and blanks", "spec.path", "cannot contain # or spaces")
	case !strings.HasPrefix(p.V, "/"):
		r.refuse(p.At, "write /"+p.V, "spec.path", "must begin with /")
	}
	if r.tls != nil && r.tls.termination.V == passthrough {
		r.refuse(p.At, "remove spec.path, or use termination edge or reencrypt", "spec.path", "is not supported: passthrough termination sees no path")
	}
}

// policy reads spec.wildcardPolicy.
func (r *route) policy(spec kubeyaml.Map) {
	w := spec.Text("wildcardPolicy")
	switch w.V {
	case "", "None":
	case "Subdomain":
		r.wildcard, r.wildcardAt = true, w.At
		if r.host.V == "" {
			r.refuse(w.At, "write spec.host: a host below the domain, such as www.apps.example.com", "spec.wildcardPolicy", "is Subdomain, and no host is set")
		}
	default:
		r.refuse(w.At, didYouMean(w.V, []string{"None", "Subdomain"}, "write None or Subdomain"), "spec.wildcardPolicy", "must be None or Subdomain")
	}
}

func (r *route) validateTLS() {
	t := r.tls
	r.termination()
	switch t.termination.V {
	case passthrough:
		for _, f := range []struct {
			text kubeyaml.Text
			name string
		}{{t.certificate, "certificate"}, {t.key, "key"}, {t.external, "externalCertificate"}, {t.ca, "caCertificate"}, {t.destination, "destinationCACertificate"}} {
			if f.text.V != "" {
				r.refuse(f.text.At, "remove it: TLS ends at the servers, with their certificate", "spec.tls."+f.name, "is not supported: passthrough termination does not support certificates")
			}
		}
	case edge:
		if t.destination.V != "" {
			r.refuse(t.destination.At, "remove it, or use termination reencrypt: the router sends plaintext to the servers", "spec.tls.destinationCACertificate", "is not supported: edge termination does not support destination certificates")
		}
	}
	if t.termination.V != passthrough && t.certificate.V != "" && t.external.V != "" {
		r.refuse(t.external.At, "remove one of them", "spec.tls.externalCertificate", "and spec.tls.certificate cannot both be set")
	}
	r.insecurePolicy()
	r.validateCertificates()
}

// termination checks the mode, and fills in the default one.
func (r *route) termination() {
	t := r.tls
	switch {
	case slices.Contains(terminations, t.termination.V):
	case t.termination.V == "" && t.destination.V == "":
		t.termination = kubeyaml.Text{V: edge, At: t.at, Set: true} // SetDefaults_TLSConfig
	case slices.Contains([]string{"Edge", "Reencrypt", "Passthrough"}, t.termination.V):
		lower := strings.ToLower(t.termination.V)
		r.File().Add(kubeyaml.FaultValue, diag.Warning, t.termination.At, "did you mean "+lower+"?", "spec.tls.termination %q is an old spelling, which not every version of OpenShift takes", t.termination.V)
		t.termination.V = lower
	default:
		at := firstKnown(t.termination.At, t.at)
		r.refuse(at, didYouMean(strings.ReplaceAll(t.termination.V, "-", ""), terminations, "write edge, reencrypt or passthrough"), "spec.tls.termination", "must be edge, reencrypt or passthrough")
	}
}

func (r *route) insecurePolicy() {
	i := r.tls.insecure
	allowed := []string{"None", "Allow", "Redirect"}
	if r.tls.termination.V == passthrough {
		allowed = []string{"None", "Redirect"}
	}
	if i.V == "" || slices.Contains(allowed, i.V) || !slices.Contains(terminations, r.tls.termination.V) {
		return
	}
	words := strings.Join(allowed[:len(allowed)-1], ", ") + " or " + allowed[len(allowed)-1]
	r.refuse(i.At, didYouMean(i.V, allowed, "write "+words), "spec.tls.insecureEdgeTerminationPolicy", "must be "+words+", or empty")
}

// validateCertificates is what a router checks of certificates before it admits a Route
// (openshift/router, ExtendedValidateRoute).
func (r *route) validateCertificates() {
	t := r.tls
	if t.termination.V == passthrough {
		return // none of them may be there
	}
	for _, f := range []struct {
		text kubeyaml.Text
		name string
	}{{t.certificate, "certificate"}, {t.ca, "caCertificate"}, {t.destination, "destinationCACertificate"}} {
		if f.text.V != "" && firstCertificate(f.text.V) == nil {
			r.refuse(f.text.At, "write a certificate in PEM form, as of |, with -----BEGIN CERTIFICATE-----", "spec.tls."+f.name, "is not a certificate in PEM form: no router admits the Route (ExtendedValidationFailed)")
		}
	}
	if t.certificate.V != "" && t.key.V == "" && !strings.Contains(t.certificate.V, "PRIVATE KEY-----") {
		r.refuse(t.certificate.At, "add spec.tls.key, or use spec.tls.externalCertificate with a Secret", "spec.tls.key", "is not set beside a certificate: no router admits the Route (ExtendedValidationFailed)")
	}
}

// The headers that Routes may not change, and the form of values (library-go,
// validateHeaders).
var (
	forbiddenHeaders = []string{"strict-transport-security", "proxy", "cookie", "set-cookie"}
	headerNames      = lazy.Regexp("^[-!#$%&'*+.0-9A-Z^_`a-z|~]+$")
	requestValues    = lazy.Regexp(fmt.Sprintf(headerValueForm, "req"))
	responseValues   = lazy.Regexp(fmt.Sprintf(headerValueForm, "res"))
)

// headerValueForm is text without control characters, in which "%%" stands for a percent
// sign and "%[...]" for one of two samples with converters that are allowed.
const headerValueForm = `^(?:[^%%[:cntrl:]]|%%%%|%%(?:\{[-+]?[QXE](?:,[-+]?[QXE])*\})?\[(?:%s\.hdr\([-0-9A-Za-z]+\)|ssl_c_der)(?:,(?:lower|base64))*\])+$`

const (
	maxHeaderName  = 255
	maxHeaderValue = 16384
)

func (r *route) headerName(h routeHeader, path string, seen map[string]bool) {
	n := h.name
	switch {
	case n.V == "":
		r.refuse(h.at, "write the name of a header", path+".name", "is required")
	case len(n.V) > maxHeaderName:
		r.refuse(n.At, "write a shorter name", path+".name", fmt.Sprintf("has more than %d characters", maxHeaderName))
	case slices.Contains(forbiddenHeaders, strings.ToLower(n.V)):
		r.refuse(n.At, headerHelp(n.V), path+".name", "is a header that a Route may not change: "+strings.Join(forbiddenHeaders, ", "))
	case !headerNames.Get().MatchString(n.V):
		r.refuse(n.At, "use letters, digits and -", path+".name", "is not the name of a header")
	}
	if n.V != "" && seen[n.V] {
		r.refuse(n.At, "remove one of the two actions", path+".name", "stands there twice")
	}
	seen[n.V] = true
}

func headerHelp(name string) string {
	if strings.EqualFold(name, "strict-transport-security") {
		return "use the annotation " + annotationPrefix + "hsts_header"
	}
	return "remove the action"
}

func (r *route) headerValue(h routeHeader, path, side string) {
	form, sample := requestValues, "req.hdr"
	if side == "response" {
		form, sample = responseValues, "res.hdr"
	}
	at := firstKnown(h.value.At, h.at)
	switch v := h.value.V; {
	case v == "":
		r.refuse(at, "write a value", path+".action.set.value", "is required")
	case len(v) > maxHeaderValue:
		r.refuse(at, "write a shorter value", path+".action.set.value", fmt.Sprintf("has more than %d characters", maxHeaderValue))
	case !form.Get().MatchString(v):
		r.refuse(at, "use text, or %["+sample+"(NAME)] or %[ssl_c_der], with ,lower or ,base64 behind it; write %% for a percent sign", path+".action.set.value", "is not a value that HAProxy may compute there")
	}
}

// maxName is how long a name may be that DNS takes.
const maxName = 253

// subdomainFault is why a text is no DNS subdomain (RFC 1123); "" for one.
func subdomainFault(s string) string {
	switch {
	case len(s) > maxName:
		return fmt.Sprintf("has more than %d characters", maxName)
	case !subdomainForm.Get().MatchString(s):
		return "must be a name of DNS: small letters, digits, - and ., and a letter or a digit at both ends of each part"
	}
	return ""
}

// dnsLabelFault is why a text is no label of DNS; "" for one.
func dnsLabelFault(s string) string {
	switch {
	case len(s) > 63:
		return "has a part of more than 63 characters"
	case !labelForm.Get().MatchString(s):
		return "must be a name of DNS: small letters, digits and -, and a letter or a digit at both ends of each part"
	}
	return ""
}

// labelFault is why a text is not the value of a label; "" for one.
func labelFault(s string) string {
	switch {
	case len(s) > 63:
		return "has more than 63 characters"
	case s != "" && !valueForm.Get().MatchString(s):
		return "must have letters, digits, -, _ and . alone, and a letter or a digit at both ends"
	}
	return ""
}

var (
	subdomainForm = lazy.Regexp(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	labelForm     = lazy.Regexp(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	valueForm     = lazy.Regexp(`^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`)
)

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
