package check

// Rules lists every rule in the order of its code.
var Rules = []*Rule{
	passthroughPath,
	passthroughHeaders,
	passthroughHTTP,
	passthroughCertificate,
	upstreamTLSWithoutSession,
	plaintextToTLS,
	reencryptToPlaintext,
	passthroughToPlaintext,
	passthroughAllow,
	noCommonVersion,
	passthroughWithoutSNI,
	unexpected,
	passthroughClientCertificate,
	reencryptWithoutCertificate,
	noWeight,
}
