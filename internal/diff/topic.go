package diff

import "github.com/flowc-lang/flowc/flow"

// topic is what a fact has to do with: a change of it is the cause of no other differences.
type topic uint8

// The topics, of which a fact may have several.
const (
	aboutTerms        topic = 1 << iota // versions and protocols of sessions
	aboutCertificates                   // who shows and verifies which certificate
	aboutAddresses                      // whose address is seen, and who is let in by it
	aboutRoutes                         // where requests go, and where TLS ends
	aboutAll          = aboutTerms | aboutCertificates | aboutAddresses | aboutRoutes
)

// topics are those of facts, by their fields. Others are about where requests go.
var topics = map[string]topic{
	"TLS": aboutTerms, "ALPN": aboutTerms, "Groups": aboutTerms, "Min": aboutTerms, "Max": aboutTerms, "Tickets": aboutTerms, "EarlyData": aboutTerms,
	"Trust": aboutCertificates, "Certificate": aboutCertificates, "Certificates": aboutCertificates, "Verify": aboutCertificates,
	"Issuer": aboutCertificates, "Names": aboutCertificates, "Valid": aboutCertificates, "From": aboutCertificates | aboutAddresses, "To": aboutCertificates,
	"Name": aboutCertificates, "Private": aboutCertificates, "ClientCertificate": aboutCertificates, "WithoutCertificate": aboutCertificates,
	"SNI": aboutCertificates | aboutRoutes, "SNIHost": aboutCertificates | aboutRoutes, "StrictSNI": aboutCertificates | aboutRoutes,
	"SendProxy": aboutAddresses | aboutRoutes, "AcceptProxy": aboutAddresses | aboutRoutes, "Source": aboutAddresses, "Allow": aboutAddresses, "Address": aboutAddresses,
	"Mode": aboutAll, "Targets": aboutAll, "Host": aboutAll, "Speaks": aboutAll,
}

func topicOf(field string) topic {
	if t, ok := topics[field]; ok {
		return t
	}
	return aboutRoutes
}

// topicOfKind is the topic of a declaration that is there in one topology alone.
func topicOfKind(kind string) topic {
	switch kind {
	case "ca", "certificate":
		return aboutCertificates
	}
	return aboutAll
}

// topicsOf are those of the facts that can be the cause of a kind of difference.
func topicsOf(k Kind, is *member) topic {
	switch k {
	case Session:
		return aboutTerms
	case Shows:
		return aboutTerms | aboutAddresses
	case Unverified, Verified, Uncertified:
		return aboutCertificates
	case Plaintext, Encrypted, Reads, ReadsLess, Goes, Way:
		return aboutRoutes
	case Opened:
		return aboutAddresses | aboutRoutes
	case Fails, FailsOther:
		if is != nil {
			return topicsOfProblem(is.class.Summary.Problem)
		}
		return aboutAll
	case Closed, Mended, Answers, Sends, Shares, Shared, Unsaid, Unshared, Added, UnsaidDetail, UnsaidIdle, Stated:
		return aboutAll
	}
	panic("diff: unknown kind")
}

// topicsOfProblem are those of what can be the cause of a failure.
func topicsOfProblem(p flow.Problem) topic {
	switch p {
	case flow.ProblemNoVersion, flow.ProblemNoProtocol, flow.ProblemNoneChosen, flow.ProblemNoGroup, flow.ProblemOtherHTTP:
		return aboutTerms
	case flow.ProblemUntrusted, flow.ProblemOtherCA, flow.ProblemNotValid, flow.ProblemWrongName, flow.ProblemNoClientCert,
		flow.ProblemUncertified, flow.ProblemNoCertificate:
		return aboutCertificates
	case flow.ProblemNotAllowed, flow.ProblemNoSourceRoute, flow.ProblemStrayHeader, flow.ProblemMissingHeader:
		return aboutAddresses
	case flow.ProblemNoRoute, flow.ProblemNoSNIRoute, flow.ProblemNoSNI, flow.ProblemNoServer, flow.ProblemNoServerUp, flow.ProblemNotListening,
		flow.ProblemNoPlaintext, flow.ProblemRefuses, flow.ProblemSilent, flow.ProblemRedirectLoop, flow.ProblemRedirectsOn:
		return aboutRoutes
	default: // a protocol on one side, and another one on the other
		return aboutAll
	}
}
