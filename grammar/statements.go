package grammar

// The places in which statements stand: the top level and the blocks of
// statements, under the names by which messages and documents call them.
const (
	contextFile        = "file"
	contextCA          = "ca"
	contextCertificate = "certificate"
	contextNamespace   = "namespace"
	contextClient      = "client"
	contextProxy       = "proxy"
	contextListen      = "listen"
	contextBackend     = "backend"
	contextSpeaks      = "speaks"
	contextRoute       = "route"
	contextReencrypt   = "reencrypt"
	contextRequest     = "request"
	contextView        = "view"
)

// phrases say where a place is.
var phrases = map[string]string{
	contextFile:        "at the top level",
	contextCA:          "in a ca",
	contextCertificate: "in a certificate",
	contextNamespace:   "in a namespace",
	contextClient:      "in a client",
	contextProxy:       "in a proxy",
	contextListen:      "in listen",
	contextBackend:     "in a backend",
	contextSpeaks:      "in speaks",
	contextRoute:       "in a route",
	contextReencrypt:   "in tls reencrypt",
	contextRequest:     "in a request",
	contextView:        "in a view",
}

// repeat says how often a statement may stand in one block.
type repeat int

// The values of Repeat.
const (
	once        repeat = iota // once
	perArgument               // once for each first argument: timeout connect, timeout server
	many                      // as often as one likes
)

// Signature is one statement of the language in one or more places. A statement
// of its block that takes no arguments may be a word of its own line as well:
// ca mesh-ca private.
//
// Forms are its ways of being written, the keyword left out: words in small
// letters stand for themselves, words in capitals are Kinds, "a|b" is one of
// several, "[…]" may be missing, and "X, …" is a list of X. The list is always
// the last of a form: it is an *ast.List where it has a comma, else its words
// are arguments like others (ast.Elements reads both alike).
type Signature struct {
	Keyword string
	In      []string // the places where it may stand: "file" is the top level
	Forms   []string
	Repeat  repeat
	Doc     string // what it says, in one line
	// Elsewhere says where else stands what other languages write under the keyword.
	Elsewhere string
	// Opens names the place that its block is; "" where it takes none.
	Opens string
	// OpensFor lists the first arguments with which alone it takes a block.
	OpensFor []string
	// EntryOnly says that it counts in the entry file, and not in imported ones.
	EntryOnly bool
	// Directs says that which way requests take depends on it.
	Directs bool
	// Loses is what its block loses with it where it is broken.
	Loses Loss

	read readForms
}

// Loss is what a block loses because of a broken statement in it, so that the rest of it stays
// true.
type Loss int

// The values of Loss.
const (
	LosesAll Loss = iota // all of the block: what else it says may depend on the statement
	LosesIt              // the statement alone
	LosesSet             // all of that keyword, also with any other: what they say depends on which there are
)

// Statements is every statement of the language, in the order of the
// reference: declarations first, then what stands in each.
var Statements = []*Signature{
	{Keyword: "import", In: in(contextFile), Forms: form("FILE"), Repeat: many, Doc: "brings in the declarations of another file, whose path is relative to this one's"},
	{Keyword: "title", In: in(contextFile), Forms: form("LABEL"), EntryOnly: true, Doc: "the heading of every picture"},
	{Keyword: "date", In: in(contextFile), Forms: form("DATE"), EntryOnly: true, Doc: "the day for which the validity of certificates is judged"},
	{Keyword: "defaults", In: in(contextFile), Forms: form("haproxy 2.6|3.2"), Elsewhere: "timeouts belong in a proxy: timeout connect 5s", EntryOnly: true, Directs: true, Doc: "the version whose defaults hold for proxies that name no other"},
	{Keyword: "zone", In: in(contextFile), Forms: form("NAME [LABEL] [trusted|untrusted]"), Repeat: many, Doc: "a place where clients, proxies and backends are"},
	{Keyword: "link", In: in(contextFile), Forms: form("ZONE ZONE trusted|untrusted"), Repeat: many, Doc: "the network between two zones"},
	{Keyword: "ca", In: in(contextFile), Forms: form("NAME [LABEL] [private]"), Repeat: many, Opens: contextCA, Doc: "a certification authority, which signs certificates"},
	{Keyword: "certificate", In: in(contextFile), Forms: form("NAME"), Repeat: many, Opens: contextCertificate, Doc: "a certificate with its key"},
	{Keyword: "namespace", In: in(contextFile), Forms: form("NAME"), Repeat: many, Opens: contextNamespace, Doc: "a namespace, whose labels a proxy may admit routes by"},
	{Keyword: "client", In: in(contextFile), Forms: form("NAME [LABEL] [in ZONE]"), Repeat: many, Opens: contextClient, Directs: true, Doc: "a party that opens connections"},
	{Keyword: "proxy", In: in(contextFile), Forms: form("NAME [LABEL] [in ZONE]"), Repeat: many, Opens: contextProxy, Directs: true, Doc: "a party that accepts connections and opens others"},
	{Keyword: "backend", In: in(contextFile), Forms: form("NAME [LABEL] [in ZONE]"), Repeat: many, Opens: contextBackend, Directs: true, Doc: "servers that serve the same requests"},
	{Keyword: "route", In: in(contextFile), Forms: form("ROUTE [LABEL] [on PROXY[:PORT], …]"), Repeat: many, Opens: contextRoute, Directs: true, Doc: "what a proxy does with a host"},
	{Keyword: "request", In: in(contextFile), Forms: form("ROUTE [LABEL]"), Repeat: many, EntryOnly: true, Opens: contextRequest, Doc: "an exchange to follow"},
	{Keyword: "view", In: in(contextFile), Forms: form("NAME VIEW"), Repeat: many, EntryOnly: true, Opens: contextView, Doc: "a picture worth keeping under its own name"},

	{Keyword: "private", In: in(contextCA), Forms: form(""), Doc: "trusted only where a trust statement names it"},

	{Keyword: "names", In: in(contextCertificate), Forms: form("HOST|*.HOST|IP, …"), Repeat: many, Doc: "the hosts that it is for; without it every host"},
	{Keyword: "issuer", In: in(contextCertificate), Forms: form("CA"), Doc: "the ca that signed it; without it a CA that everybody trusts"},
	{Keyword: "valid", In: in(contextCertificate), Forms: form("DATE..DATE"), Doc: "the first and the last day on which it is valid"},

	{Keyword: "labels", In: in(contextNamespace, contextRoute), Forms: form("KEY=VALUE, …"), Repeat: many, Doc: "labels for admit statements to select by"},

	{Keyword: "address", In: in(contextClient), Forms: form("IP|CIDR"), Doc: "where its connections come from"},
	{Keyword: "trust", In: in(contextClient, contextProxy, contextReencrypt), Forms: form("CA, …"), Repeat: many, Doc: "the cas whose signature it accepts on a server's certificate; without it every ca that is not private"},
	{Keyword: "certificate", In: in(contextClient, contextProxy, contextReencrypt), Forms: form("CERTIFICATE"), Doc: "the certificate that it sends to a server that requests a client certificate"},
	{Keyword: "tls", In: in(contextClient, contextListen, contextSpeaks, contextReencrypt, contextRequest), Forms: form("VERSION..VERSION"), Doc: "the TLS versions that it supports"},
	{Keyword: "alpn", In: in(contextClient, contextListen, contextSpeaks, contextRoute, contextReencrypt), Forms: form("none", "PROTOCOL, …"), Doc: "the application protocols that it offers or accepts, the preferred one first"},
	{Keyword: "groups", In: in(contextClient, contextListen, contextSpeaks), Forms: form("GROUP, …"), Doc: "the key exchange groups that it supports, the preferred one first"},
	{Keyword: "tickets", In: in(contextClient), Forms: form(""), Doc: "it takes session tickets in TLS 1.2"},
	{Keyword: "send-proxy", In: in(contextClient, contextRoute), Forms: form("v1|v2"), Doc: "sends a PROXY protocol header first on each connection"},

	{Keyword: "listen", In: in(contextProxy), Forms: form("http|https|tcp [ADDRESS]:PORT[-PORT]"), Repeat: many, Opens: contextListen, Loses: LosesIt, Doc: "a port on which it accepts connections"},
	{Keyword: "defaults", In: in(contextProxy), Forms: form("haproxy 2.6|3.2"), Directs: true, Doc: "the version whose defaults hold for it where nothing is stated"},
	{Keyword: "source", In: in(contextProxy), Forms: form("IP"), Doc: "its address towards backends"},
	{Keyword: "domain", In: in(contextProxy), Forms: form("HOST"), Repeat: many, Doc: "this host and all names below it resolve to this proxy"},
	{Keyword: "admit", In: in(contextProxy), Forms: form("all", "namespaces all", "namespaces SELECTOR, …", "SELECTOR, …"), Repeat: many, Doc: "the routes that it serves: those whose labels, or whose namespace's labels, match every admit statement"},
	{Keyword: "from", In: in(contextProxy), Forms: form("ZONE, …"), Repeat: many, Doc: "the zones that can reach it"},
	{Keyword: "order", In: in(contextProxy), Forms: form("precedence|written"), Directs: true, Doc: "the order in which it tries its routes: the most exact one first, or the first one written"},
	{Keyword: "hosts", In: in(contextProxy), Forms: form("owned|shared"), Doc: "whether a host belongs to the namespace of its oldest route, or routes of all namespaces may have it"},
	{Keyword: "balance", In: in(contextProxy, contextRoute), Forms: form("ALGORITHM"), Doc: "how it chooses among usable servers"},
	{Keyword: "connection", In: in(contextProxy), Forms: form("keep-alive|server-close|close"), Doc: "what happens to connections after a response"},
	{Keyword: "reuse", In: in(contextProxy), Forms: form("never|safe|aggressive|always"), Doc: "when a request goes out on an idle backend connection"},
	{Keyword: "retries", In: in(contextProxy), Forms: form("RETRIES"), Doc: "how often a failed connection to a server is tried again"},
	{Keyword: "timeout", In: in(contextProxy, contextRoute), Forms: form("TIMEOUT TIME"), Repeat: perArgument, Loses: LosesSet, Doc: "how long it waits"},
	{Keyword: "timeout", In: in(contextListen), Forms: form("client|http-request|http-keep-alive TIME"), Repeat: perArgument, Loses: LosesSet, Doc: "how long this port waits for its clients, in place of the proxy"},
	{Keyword: "inner", In: in(contextProxy), Forms: form("[ADDRESS:PORT]"), Doc: "TLS ends in a second stage of the same process: over a unix socket, or over loopback behind PROXY v1"},

	{Keyword: "certificate", In: in(contextListen, contextSpeaks), Forms: form("CERTIFICATE, …"), Repeat: many, Doc: "the certificates that it presents; the first is the default, the others are chosen by SNI"},
	{Keyword: "client-certificate", In: in(contextListen, contextSpeaks, contextRoute), Forms: form("required|optional [CA]"), Doc: "requests a certificate from clients, and the ca whose signature it accepts"},
	{Keyword: "accept-proxy", In: in(contextListen, contextBackend), Forms: form(""), Doc: "expects a PROXY protocol header first on each connection"},
	{Keyword: "strict-sni", In: in(contextListen, contextSpeaks), Forms: form(""), Doc: "refuses a handshake whose SNI no certificate matches"},
	{Keyword: "early-data", In: in(contextListen, contextSpeaks, contextRequest), Forms: form(""), Doc: "TLS 1.3 early data: accepted here, or sent by the request"},
	{Keyword: "inspect-delay", In: in(contextListen), Forms: form("TIME"), Doc: "how long it waits for a ClientHello to look at the SNI"},
	{Keyword: "socket", In: in(contextListen), Forms: form("VALUE"), Doc: "it is a unix socket, which proxies of the same machine alone reach; routes name it by its port"},
	{Keyword: "unmatched", In: in(contextListen), Forms: form("503|404|close"), Doc: "the response for a host that no route has"},

	{Keyword: "server", In: in(contextBackend), Forms: form("none", "NAME [ADDRESS[:PORT]] [same-port] [offset OFFSET] [weight WEIGHT] [backup] [down|refuses|silent] [labels KEY=VALUE, …]", "NAME, …"), Repeat: many, Doc: "a server of the backend; down is never tried, refuses answers RST, silent accepts and never answers; server none: the backend has no servers"},
	{Keyword: "backups", In: in(contextBackend), Forms: form("first|all"), Doc: "which of its usable backup servers take requests while no other server is usable"},
	{Keyword: "speaks", In: in(contextBackend), Forms: form("http|https|h2c|tcp|tls"), Opens: contextSpeaks, OpensFor: []string{"https", "tls"}, Doc: "what its servers speak; without it what its routes expect"},
	{Keyword: "check", In: in(contextBackend), Forms: form("tcp [port PORT]", "tls [sni HOST] [port PORT]", "http [PATH] [http/1.0] [sni HOST] [port PORT]", "http METHOD PATH [http/1.0] [sni HOST] [port PORT]", "http [PATH] [http/1.0] plain [port PORT]", "http METHOD PATH [http/1.0] plain [port PORT]"), Doc: "how the proxy finds out whether a server is up"},
	{Keyword: "connection", In: in(contextBackend), Forms: form("close"), Doc: "its servers close after each response"},

	{Keyword: "host", In: in(contextRoute), Forms: form("HOST|*.HOST, …"), Doc: "the hosts that it is for; *.HOST covers one more label; without it every host"},
	{Keyword: "subdomain", In: in(contextRoute), Forms: form("HOST"), Doc: "the host is this name below the proxy's domain"},
	{Keyword: "path", In: in(contextRoute), Forms: form("[exact|begins] [any-case] PATH, …", "ends|contains [any-case] TEXT, …", "regex [any-case] REGEX, …"), Doc: "the paths that it is for, and all below each; or whole ones, or how they begin or end"},
	{Keyword: "match", In: in(contextRoute), Forms: form(
		"[not] header|cookie|query FIELD", "[not] header|cookie|query FIELD [begins|ends|contains] [any-case] TEXT, …", "[not] header|cookie|query FIELD regex [any-case] REGEX, …",
		"[not] path [exact|begins] [any-case] PATH, …", "[not] path ends|contains [any-case] TEXT, …", "[not] path regex [any-case] REGEX, …",
		"[not] host HOST|*.HOST, …", "[not] host below HOST, …", "[not] host begins|ends|contains TEXT, …", "[not] host regex REGEX, …",
		"[not] method METHOD, …", "[not] source IP|CIDR, …", "[not] tls",
	), Repeat: many, Doc: "what else must hold of a request that it takes, or must not"},
	{Keyword: "sni", In: in(contextRoute), Forms: form("none|any"), Doc: "chosen for a ClientHello without SNI, or for every SNI"},
	{Keyword: "created", In: in(contextRoute), Forms: form("DATE-TIME"), Doc: "when it was created: of two routes for one host the older wins"},
	{Keyword: "tls", In: in(contextRoute), Forms: form("none|edge|reencrypt|passthrough"), Opens: contextReencrypt, Doc: "where the client's TLS ends; the block of reencrypt is about the second session"},
	{Keyword: "certificate", In: in(contextRoute), Forms: form("CERTIFICATE"), Doc: "the certificate that clients of this host get"},
	{Keyword: "without-certificate", In: in(contextRoute), Forms: form("421|403|400|496"), Doc: "the response to a request without a verified client certificate, whatever its SNI was"},
	{Keyword: "insecure", In: in(contextRoute), Forms: form("none", "allow", "redirect [REDIRECT]"), Doc: "the response to plaintext requests for this host"},
	{Keyword: "answer", In: in(contextRoute), Forms: form("close", "ANSWER"), Doc: "the proxy answers requests itself with this status, or closes the connection; it asks no server"},
	{Keyword: "redirect", In: in(contextRoute), Forms: form("location URL|PATH [REDIRECT]", "prefix URL|PATH [REDIRECT]", "scheme http|https [REDIRECT]"), Doc: "the proxy redirects requests: to this location, to this prefix before their path and query, or to the same URL with this scheme"},
	{Keyword: "to", In: in(contextRoute), Forms: form("TARGET[:PORT] [weight WEIGHT] [name HOST]"), Repeat: many, Doc: "the backend, or the proxy, that requests go to; name: of the certificates of its servers, where it is another one than that of tls reencrypt"},
	{Keyword: "header", In: in(contextRoute), Forms: form("request|response set FIELD VALUE", "request|response delete FIELD"), Repeat: many, Doc: "sets or deletes a header field on the way"},
	{Keyword: "affinity", In: in(contextRoute), Forms: form("cookie FIELD"), Doc: "a cookie that keeps a client on its server"},
	{Keyword: "hsts", In: in(contextRoute), Forms: form("TIME"), Doc: "sends Strict-Transport-Security with this age"},
	{Keyword: "rewrite", In: in(contextRoute), Forms: form("PATH"), Doc: "replaces the route's path with this"},
	{Keyword: "allow", In: in(contextRoute), Forms: form("CIDR, …"), Repeat: many, Doc: "the client addresses that are allowed"},
	{Keyword: "policy", In: in(contextRoute), Forms: form("every-hop-encrypted|proxy-cannot-read"), Repeat: many, Doc: "what must hold for the route; check verifies it"},

	{Keyword: "name", In: in(contextReencrypt), Forms: form("HOST"), Doc: "the name that the server's certificate must have; sent as SNI too"},
	{Keyword: "sni", In: in(contextReencrypt), Forms: form("host|none|HOST"), Doc: "the SNI that is sent; host is the request's host"},
	{Keyword: "verify", In: in(contextClient, contextReencrypt), Forms: form("none"), Doc: "the server's certificate is not checked"},

	{Keyword: "from", In: in(contextRequest), Forms: form("CLIENT"), Doc: "the client that makes it, or the proxy that makes a health check"},
	{Keyword: "get", In: in(contextRequest), Forms: form("URL"), Repeat: many, Doc: "a GET; several method lines go over one connection"},
	{Keyword: "post", In: in(contextRequest), Forms: form("URL"), Repeat: many, Doc: "a POST"},
	{Keyword: "put", In: in(contextRequest), Forms: form("URL"), Repeat: many, Doc: "a PUT"},
	{Keyword: "delete", In: in(contextRequest), Forms: form("URL"), Repeat: many, Doc: "a DELETE"},
	{Keyword: "head", In: in(contextRequest), Forms: form("URL"), Repeat: many, Doc: "a HEAD"},
	{Keyword: "options", In: in(contextRequest), Forms: form("URL"), Repeat: many, Doc: "an OPTIONS"},
	{Keyword: "patch", In: in(contextRequest), Forms: form("URL"), Repeat: many, Doc: "a PATCH"},
	{Keyword: "trace", In: in(contextRequest), Forms: form("URL"), Repeat: many, Doc: "a TRACE"},
	{Keyword: "connect", In: in(contextRequest), Forms: form("ENDPOINT"), Repeat: many, Doc: "a connection for what is not HTTP"},
	{Keyword: "check", In: in(contextRequest), Forms: form("BACKEND"), Doc: "the health check of this backend's servers"},
	{Keyword: "via", In: in(contextRequest), Forms: form("PROXY"), Doc: "the proxy that it goes to"},
	{Keyword: "sni", In: in(contextRequest), Forms: form("none|HOST"), Doc: "the SNI that the client sends, where it is not the URL's host"},
	{Keyword: "host", In: in(contextRequest), Forms: form("HOST"), Doc: "the Host field, where it is not the URL's host"},
	{Keyword: "header", In: in(contextRequest), Forms: form("FIELD VALUE"), Repeat: many, Doc: "a header field of the request"},
	{Keyword: "times", In: in(contextRequest), Forms: form("TIMES"), Doc: "how often it is made on one connection"},
	{Keyword: "close", In: in(contextRequest), Forms: form(""), Doc: "the client asks for the connection to be closed after the response"},
	{Keyword: "body", In: in(contextRequest), Forms: form("SIZE"), Doc: "the size of its body"},
	{Keyword: "upgrade", In: in(contextRequest), Forms: form("websocket"), Doc: "asks to leave HTTP for another protocol"},
	{Keyword: "follow", In: in(contextRequest), Forms: form(""), Doc: "the client follows redirects"},
	{Keyword: "after", In: in(contextRequest), Forms: form("REQUEST"), Doc: "made after another, with the tickets and idle connections that it left"},
	{Keyword: "resume", In: in(contextRequest), Forms: form("[client|backend]"), Doc: "resumes the client's TLS session, or the proxy's towards the backend"},
	{Keyword: "stop", In: in(contextRequest), Forms: form("after connect|hello|handshake"), Doc: "where the client gives up"},
	{Keyword: "expect", In: in(contextRequest), Forms: form("OUTCOME, …"), Repeat: many, Doc: "the outcome that it must have; several where a race decides"},

	{Keyword: "of", In: in(contextView), Forms: form("REQUEST, …"), Repeat: many, Doc: "the requests that it shows"},
	{Keyword: "show", In: in(contextView), Forms: form("LAYER, …"), Repeat: many, Doc: "the layers that it shows"},
	{Keyword: "only", In: in(contextView), Forms: form("NODE, …"), Repeat: many, Doc: "the nodes and routes that it is limited to"},
	{Keyword: "around", In: in(contextView), Forms: form("PLACE, …"), Repeat: many, Doc: "the nodes, routes and zones that it shows with what they are connected to"},
	{Keyword: "collapse", In: in(contextView), Forms: form("FOLD, …"), Repeat: many, Doc: "what it draws as one"},
	{Keyword: "theme", In: in(contextView), Forms: form("THEME"), Doc: "the colours that it is drawn in"},
	{Keyword: "width", In: in(contextView), Forms: form("WIDTH"), Doc: "the width of the column that it is read in, in pixels"},
}

func in(contexts ...string) []string { return contexts }
func form(forms ...string) []string  { return forms }
