package kubeyaml

import "github.com/flowc-lang/flowc/diag"

// Code is a code of what is wrong with a text of Kubernetes objects.
type Code diag.Code

// The codes of such texts, and of what their objects state.
const (
	FaultSyntax     Code = "FL811"
	FaultObject     Code = "FL812"
	FaultField      Code = "FL813"
	FaultValue      Code = "FL814"
	FaultTwice      Code = "FL815"
	FaultRefused    Code = "FL816"
	FaultAnnotation Code = "FL817"
	FaultName       Code = "FL818"
	FaultStatus     Code = "FL819"
	FaultInvalid    Code = "FL820"
	FaultUnattached Code = "FL821"
	FaultGrant      Code = "FL822"
	FaultServing    Code = "FL823"
)

// Codes documents them.
var Codes = []diag.CodeDoc{
	{
		Code: diag.Code(FaultSyntax), Name: "yaml-syntax", Severity: diag.Error,
		Doc: "a text of Kubernetes objects cannot be read, or is not YAML, or is larger than what flowc reads",
		Why: "Nobody can apply it. The documents before and after the broken one are read",
	},
	{
		Code: diag.Code(FaultObject), Name: "kubernetes-object", Severity: diag.Error,
		Doc: "a document is not an object of Kubernetes: it is no mapping, or has no apiVersion, kind or name",
		Why: "The API server refuses it, and so does kubectl apply",
	},
	{
		Code: diag.Code(FaultField), Name: "kubernetes-field", Severity: diag.Warning,
		Doc: "an object of Kubernetes has a field that its kind does not have",
		Why: "The API server leaves the field out, so what it says does not count. kubectl refuses it with --validate=strict, its default",
	},
	{
		Code: diag.Code(FaultValue), Name: "kubernetes-value", Severity: diag.Error,
		Doc: "a field of an object of Kubernetes has a value of another type, or one that is not allowed, or stands there twice",
		Why: "The API server refuses the object. A value in quotes is text; true, yes, 8080 and 1.10 without quotes are not",
	},
	{
		Code: diag.Code(FaultTwice), Name: "kubernetes-twice", Severity: diag.Error,
		Doc: "two objects of one kind have the same name in the same namespace",
		Why: "A cluster has one of them: the one that is applied last",
	},
	{
		Code: diag.Code(FaultRefused), Name: "route-refused", Severity: diag.Error,
		Doc: "OpenShift refuses a Route: its API server does not store it, or no router admits it",
		Why: "What the API server refuses is listed in openshift/library-go, pkg/route/validation; what routers do not admit, in openshift/router, pkg/router/controller. flowc leaves the Route out",
	},
	{
		Code: diag.Code(FaultAnnotation), Name: "router-annotation", Severity: diag.Warning,
		Doc: "an annotation of a Route or an Ingress does not exist, or the router or controller ignores its value",
		Why: "The router's template takes a value only if it has the expected form, and says nothing about others (openshift/router, haproxy-config.template). Nor do controllers of Ingresses say anything of annotations that they do not know",
	},
	{
		Code: diag.Code(FaultName), Name: "kubernetes-reference", Severity: diag.Error,
		Doc: "an object names a Service, a port or a Secret that is not among the objects",
		Why: "A Route whose Service does not exist, or does not have the port, has no servers: the router answers 503. Only namespaces of which objects of the kind are given are judged",
	},
	{
		Code: diag.Code(FaultStatus), Name: "route-status", Severity: diag.Warning,
		Doc: "the status of a Route says that a router admits it, or does not, or under which host, and by the objects it is otherwise; or that of a route of Gateway API says that a Gateway takes it, or does not",
		Why: "status.ingress is what the routers wrote, and status.parents what the controllers of Gateways wrote. Where it differs, the objects are not those of the cluster, or some are missing, or a router is of another mind than the model",
	},
	{
		Code: diag.Code(FaultInvalid), Name: "kubernetes-refused", Severity: diag.Error,
		Doc: "Kubernetes refuses an object of Gateway API, or an Ingress: a rule of its kind does not hold",
		Why: "The rules are in the definitions of the kinds (Gateway API v1, apis/v1, XValidation; Kubernetes, pkg/apis/networking/validation). flowc leaves the object out",
	},
	{
		Code: diag.Code(FaultUnattached), Name: "route-not-attached", Severity: diag.Error,
		Doc: "no listener of a Gateway takes a route that names it as its parent",
		Why: "A listener takes routes of the kinds and namespaces that it allows, whose hostnames are also its own (Gateway API v1, RouteConditionReason). The route has the condition Accepted: False, and its requests get 404",
	},
	{
		Code: diag.Code(FaultGrant), Name: "reference-not-permitted", Severity: diag.Error,
		Doc: "an object names one of another namespace, and no ReferenceGrant there permits it",
		Why: "The owner of a namespace decides who uses what is in it (Gateway API v1, ReferenceGrant). Requests of such a backendRef get 500; a listener without its certificate is not served",
	},
	{
		Code: diag.Code(FaultServing), Name: "serving-certificate", Severity: diag.Warning,
		Doc: "a reencrypt Route without destinationCACertificate leads to a Service that has a certificate of the service CA",
		Why: "For such a Route the router trusts the service CA, and that signs certificates only for Services with the annotation service.beta.openshift.io/serving-cert-secret-name (OpenShift, service CA operator; openshift/router, VerifyServiceHostname). It refuses any other certificate, and clients get 503",
	},
}
