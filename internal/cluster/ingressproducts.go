package cluster

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// ingressProduct is a controller of Ingresses: which annotations it has, and what it does
// where no object says it.
type ingressProduct struct {
	name        string
	controllers []string // spec.controller of its IngressClass
	prefixes    []string // of its annotations, the first one is the usual one
	annotations func() map[string]flow.UnmodelledKind
	redirect    int // the status of a redirect to https; 0: it does not redirect of itself
	refuses     int // the status without a client certificate; 0: it ends the handshake
	timeouts    []flow.Timeout
	otherwise   string // what it does otherwise than is modelled; "" where it is not known
}

// noProduct is what is behind an Ingress where nothing says it.
var noProduct = &ingressProduct{}

// The controllers whose annotations are read.
var (
	ingressNginx = &ingressProduct{
		name: "ingress-nginx", controllers: []string{"k8s.io/ingress-nginx"}, prefixes: []string{"nginx.ingress.kubernetes.io/"},
		annotations: lazyAnnotations(nginxAnnotations), redirect: 308, refuses: 400,
		timeouts:  []flow.Timeout{{Kind: "connect", Millis: 5_000}, {Kind: "client", Millis: 60_000}, {Kind: "server", Millis: 60_000}, {Kind: "http-request", Millis: 60_000}, {Kind: "http-keep-alive", Millis: 75_000}},
		otherwise: "ingress-nginx tries another server where one fails, then answers 502, and also serves hosts without tls on :443",
	}
	haproxyTech = &ingressProduct{
		name: "haproxy.org", controllers: []string{"haproxy.org/ingress-controller", "haproxy.org/ingress-controller/haproxy"}, prefixes: []string{"haproxy.org/", "haproxy.com/"},
		annotations: lazyAnnotations(haproxyTechAnnotations), redirect: 302,
		timeouts:  []flow.Timeout{{Kind: "connect", Millis: 5_000}, {Kind: "client", Millis: 50_000}, {Kind: "server", Millis: 50_000}, {Kind: "http-request", Millis: 5_000}, {Kind: "http-keep-alive", Millis: 60_000}, {Kind: "queue", Millis: 5_000}, {Kind: "tunnel", Millis: 3_600_000}},
		otherwise: "the ConfigMap of HAProxy Technologies' controller is not read: it can change timeouts, redirects and TLS versions",
	}
	haproxyIngress = &ingressProduct{
		name: "haproxy-ingress", controllers: []string{"haproxy-ingress.github.io/controller"}, prefixes: []string{"haproxy-ingress.github.io/"},
		annotations: lazyAnnotations(haproxyIngressAnnotations), redirect: 302, refuses: 496,
		timeouts:  []flow.Timeout{{Kind: "connect", Millis: 5_000}, {Kind: "client", Millis: 50_000}, {Kind: "server", Millis: 50_000}, {Kind: "http-request", Millis: 5_000}, {Kind: "http-keep-alive", Millis: 60_000}, {Kind: "queue", Millis: 5_000}, {Kind: "tunnel", Millis: 3_600_000}},
		otherwise: "the ConfigMap of haproxy-ingress is not read: it can change timeouts, redirects and TLS versions",
	}
	ingressProducts = []*ingressProduct{ingressNginx, haproxyTech, haproxyIngress}
)

// annotationWords are the names of annotations by what they mean for a model: read,
// without an effect on it, a detail that it lacks, or what may lead requests elsewhere; and
// those that a controller reads in its ConfigMap alone, or of Services alone.
type annotationWords struct{ read, harmless, lossy, routing, config, services string }

// What is not read of an Ingress.
const (
	ofConfigMap flow.UnmodelledKind = -1 - iota
	ofServices
)

func lazyAnnotations(w annotationWords) func() map[string]flow.UnmodelledKind {
	return sync.OnceValue(func() map[string]flow.UnmodelledKind {
		out := map[string]flow.UnmodelledKind{}
		for _, x := range []struct {
			words string
			kind  flow.UnmodelledKind
		}{{w.read, 0}, {w.harmless, flow.NoEffect}, {w.lossy, flow.LosesDetail}, {w.routing, flow.ChangesRouting}, {w.config, ofConfigMap}, {w.services, ofServices}} {
			for _, name := range strings.Fields(x.words) {
				out[name] = x.kind
			}
		}
		return out
	})
}

// The annotations of ingress-nginx (controller 1.15, docs/user-guide/nginx-configuration/annotations.md and
// annotations-risk.md, internal/ingress/annotations), and global-rate-limit of older ones.
var nginxAnnotations = annotationWords{
	read: `affinity app-root auth-tls-secret auth-tls-verify-client backend-protocol canary canary-by-cookie canary-by-header canary-by-header-pattern
		canary-by-header-value canary-weight canary-weight-total force-ssl-redirect from-to-www-redirect allowlist-source-range whitelist-source-range permanent-redirect
		permanent-redirect-code temporal-redirect temporal-redirect-code proxy-connect-timeout proxy-read-timeout proxy-ssl-name proxy-ssl-protocols proxy-ssl-secret
		proxy-ssl-server-name proxy-ssl-verify rewrite-target server-alias session-cookie-name ssl-passthrough ssl-redirect upstream-vhost use-regex`,
	harmless: `affinity-canary-behavior affinity-mode client-body-buffer-size connection-proxy-header enable-access-log enable-opentelemetry enable-rewrite-log
		http2-push-preload limit-rate limit-rate-after load-balance opentelemetry-operation-name opentelemetry-trust-incoming-span
		preserve-trailing-slash proxy-buffer-size proxy-buffering proxy-buffers-number proxy-busy-buffers-size proxy-max-temp-file-size proxy-redirect-from
		proxy-redirect-to proxy-request-buffering proxy-ssl-ciphers proxy-ssl-verify-depth relative-redirects service-upstream session-cookie-change-on-failure
		session-cookie-conditional-samesite-none session-cookie-domain session-cookie-expires session-cookie-max-age session-cookie-path session-cookie-samesite
		session-cookie-secure ssl-ciphers ssl-prefer-server-ciphers upstream-hash-by upstream-hash-by-subset upstream-hash-by-subset-size use-port-in-redirects
		auth-tls-verify-depth auth-tls-pass-certificate-to-upstream x-forwarded-prefix auth-cache-duration auth-cache-key auth-keepalive auth-keepalive-requests
		auth-keepalive-share-vars auth-keepalive-timeout auth-proxy-set-headers auth-realm auth-secret-type auth-method auth-response-headers
		auth-request-redirect auth-signin-redirect-param auth-always-set-cookie disable-proxy-intercept-errors fastcgi-index fastcgi-params-configmap
		mirror-host mirror-request-body modsecurity-transaction-id proxy-http-version`,
	lossy: `auth-secret auth-signin auth-tls-error-page auth-tls-match-cn auth-type custom-headers custom-http-errors default-backend cors-allow-credentials
		cors-allow-headers cors-allow-methods cors-allow-origin cors-expose-headers cors-max-age denylist-source-range enable-cors enable-global-auth
		enable-modsecurity enable-owasp-core-rules global-rate-limit global-rate-limit-ignored-cidrs global-rate-limit-key global-rate-limit-window
		limit-allowlist limit-burst-multiplier limit-connections limit-rpm limit-rps limit-whitelist proxy-body-size proxy-cookie-domain proxy-cookie-path
		proxy-next-upstream proxy-next-upstream-timeout proxy-next-upstream-tries proxy-send-timeout satisfy`,
	routing: `auth-snippet auth-url configuration-snippet mirror-target modsecurity-snippet server-snippet stream-snippet`,
}

// The annotations of HAProxy Technologies' controller (3.2, documentation/doc.yaml with what each
// applies to).
var haproxyTechAnnotations = annotationWords{
	read: `allow-list whitelist cookie-persistence load-balance path-rewrite request-redirect request-redirect-code send-proxy-protocol server-ca server-crt
		server-proto server-ssl set-host ssl-passthrough ssl-redirect ssl-redirect-code timeout-server`,
	harmless: `check check-http check-interval cookie-persistence-no-dynamic forwarded-for pod-maxconn rate-limit-whitelist request-capture request-capture-len
		scale-server-slots standalone-backend timeout-check auth-realm src-ip-header`,
	lossy: `ssl-redirect-port auth-secret auth-type blacklist cors-allow-credentials cors-allow-headers cors-allow-methods cors-allow-origin cors-enable cors-max-age deny-list
		rate-limit-period rate-limit-requests rate-limit-size rate-limit-status-code request-set-header response-set-header`,
	routing: `backend-config-snippet`,
	config: `clean-certs client-ca client-crt-optional client-strict-sni dontlognull frontend-config-snippet generate-certificates-signer global-config-snippet
		hard-stop-after http-connection-mode http-keep-alive http-server-close log-format log-format-tcp logasap maxconn nbthread proxy-protocol
		quic-alt-svc-max-age ssl-certificate stats-config-snippet syslog-server timeout-client timeout-client-fin timeout-connect timeout-http-keep-alive
		timeout-http-request timeout-queue timeout-server-fin timeout-tunnel tls-alpn`,
	services: `route-acl`,
}

// The keys of haproxy-ingress (0.16, docs/content/en/docs/configuration/keys.md) that an Ingress or a
// Service can have. Those of the scope Frontend do nothing for the ports 80 and 443.
var haproxyIngressAnnotations = annotationWords{
	read: `affinity allowlist-source-range app-root auth-tls-secret auth-tls-verify-client backend-protocol balance-algorithm path-type redirect-to redirect-from
		rewrite-target secure-backends secure-crt-secret secure-sni secure-verify-ca-secret secure-verify-hostname server-alias session-cookie-name
		ssl-passthrough ssl-redirect timeout-connect timeout-server timeout-tunnel whitelist-source-range`,
	harmless: `acme-preferred-chain agent-check-addr agent-check-interval agent-check-port agent-check-send assign-backend-server-id auth-external-placement
		auth-headers-fail auth-headers-request auth-headers-succeed auth-method auth-realm auth-tls-cert-header backend-check-interval backend-server-naming
		backend-server-slots-increment cert-signer dynamic-scaling health-check-addr health-check-fall-count health-check-interval health-check-port
		health-check-rise-count health-check-uri hsts hsts-include-subdomains hsts-max-age hsts-preload initial-weight limit-whitelist maxconn-server
		maxqueue-server oauth-headers oauth-uri-prefix peers-table service-upstream session-cookie-domain session-cookie-dynamic session-cookie-keywords
		session-cookie-preserve session-cookie-shared session-cookie-strategy session-cookie-value-strategy slots-min-free source-address-intf
		ssl-always-add-https ssl-always-follow-redirect ssl-cipher-suites ssl-cipher-suites-backend ssl-ciphers ssl-ciphers-backend ssl-fingerprint-lower
		ssl-fingerprint-sha2-bits ssl-options-backend ssl-options-host timeout-http-request timeout-keep-alive timeout-queue timeout-server-fin tls-alpn
		use-resolver var-namespace session-cookie-same-site tcp-service-log-format`,
	lossy: `allowlist-source-header auth-secret auth-signin auth-tls-error-page auth-tls-strict blue-green-balance blue-green-deploy blue-green-mode
		cors-allow-credentials cors-allow-headers cors-allow-methods cors-allow-origin cors-allow-origin-regex cors-enable cors-expose-headers cors-max-age
		denylist-source-range headers limit-connections limit-rps proxy-body-size proxy-protocol request-add-headers request-del-headers request-set-headers
		response-add-headers response-del-headers response-set-headers use-forwarded-proto use-proxy-protocol waf waf-mode tcp-service-proxy-protocol
		http-response-200 http-response-400 http-response-401 http-response-403 http-response-405 http-response-407 http-response-408 http-response-410
		http-response-413 http-response-421 http-response-425 http-response-429 http-response-495 http-response-496 http-response-500 http-response-501
		http-response-502 http-response-503 http-response-504`,
	routing: `auth-url bind-http bind-http-passthrough bind-https bind-ip-addr-http blue-green-cookie blue-green-header config-backend config-backend-early
		config-backend-late config-tcp-service fcgi-app http-frontend http-header-match http-header-match-regex http-passthrough oauth redirect-from-regex
		server-alias-regex ssl-passthrough-http-port tcp-service-port`,
	config: `redirect-from-code redirect-to-code ssl-redirect-code`,
}

// productOf is the controller of a class, by its IngressClass, else by what annotations its
// Ingresses have, else by its name.
func (p *ingressPart) productOf(class string, of []*ingress) *ingressProduct {
	for _, c := range p.ingressClasses {
		if c.Name.V != class || c.controller.V == "" {
			continue
		}
		for _, x := range ingressProducts {
			if slices.ContainsFunc(x.controllers, func(s string) bool { return s == c.controller.V || strings.HasPrefix(c.controller.V, s+"/") }) {
				return x
			}
		}
		return noProduct
	}
	for _, x := range ingressProducts {
		for _, i := range of {
			if slices.ContainsFunc(i.Annotations, func(a kubeyaml.Pair) bool { return x.has(a.Key.V) != "" }) {
				return x
			}
		}
	}
	if strings.Contains(class, "nginx") {
		return ingressNginx
	}
	return noProduct
}

// has is the name of an annotation of the product without its prefix; "" for another one.
func (x *ingressProduct) has(key string) string {
	for _, prefix := range x.prefixes {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			return name
		}
	}
	return ""
}

// AnnotationsOf are the names of the annotations that a controller has, without their prefix,
// in order; of "ingress-nginx", "haproxy.org" or "haproxy-ingress".
func AnnotationsOf(controller string) []string {
	for _, x := range ingressProducts {
		if x.name == controller {
			return slices.Sorted(maps.Keys(x.annotations()))
		}
	}
	return nil
}
