package flow

// The statuses and methods of HTTP that flowc names itself. net/http has them,
// too, but it costs each start of flowc more than all else that it does.
const (
	StatusOK                 = 200
	StatusFound              = 302
	StatusSeeOther           = 303
	StatusUnauthorized       = 401
	StatusForbidden          = 403
	StatusNotFound           = 404
	StatusMisdirectedRequest = 421
	StatusServiceUnavailable = 503

	MethodGet = "GET"
)

// reason is the reason phrase of an HTTP status (RFC 9110, 15), "" for one
// that has none there.
func reason(status int) string { return reasons[status] }

var reasons = map[int]string{
	101: "Switching Protocols",
	200: "OK",
	201: "Created",
	202: "Accepted",
	204: "No Content",
	206: "Partial Content",
	301: "Moved Permanently",
	302: "Found",
	303: "See Other",
	304: "Not Modified",
	307: "Temporary Redirect",
	308: "Permanent Redirect",
	400: "Bad Request",
	401: "Unauthorized",
	403: "Forbidden",
	404: "Not Found",
	405: "Method Not Allowed",
	408: "Request Timeout",
	413: "Content Too Large",
	421: "Misdirected Request",
	429: "Too Many Requests",
	500: "Internal Server Error",
	501: "Not Implemented",
	502: "Bad Gateway",
	503: "Service Unavailable",
	504: "Gateway Timeout",
}
