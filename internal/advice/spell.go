package advice

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/flowc-lang/flowc/diag"
)

// form is how .flow states a fact.
type form struct {
	keyword string // "tls"; "" where the values are the whole statement
	list    bool   // the values are separated by commas
	text    bool   // the last value stands in quotes
	inline  bool   // it stands among the arguments of a declaration or part, not in its block
}

// forms is every fact as .flow states it. What is not here is stated by a
// keyword of the fact's own name.
var forms = sync.OnceValue(func() map[diag.Fact]form {
	return map[diag.Fact]form{
		diag.FactAcceptProxy:     {keyword: "accept-proxy"},
		diag.FactAdmit:           {keyword: "admit", list: true},
		diag.FactAdmitNamespaces: {keyword: "admit namespaces", list: true},
		diag.FactAffinity:        {keyword: "affinity cookie"},
		diag.FactAllow:           {keyword: "allow", list: true},
		diag.FactAnswer:          {keyword: "answer"},
		diag.FactALPN:            {keyword: "alpn", list: true},
		diag.FactCertificate:     {keyword: "certificate"},
		diag.FactCertificates:    {keyword: "certificate", list: true},
		diag.FactCheck:           {keyword: "check"},
		diag.FactCheckedName:     {keyword: "name"},
		diag.FactClientAuth:      {keyword: "client-certificate"},
		diag.FactClientOf:        {keyword: "from"},
		diag.FactDate:            {keyword: "date"},
		diag.FactDomain:          {keyword: "domain"},
		diag.FactEarlyData:       {keyword: "early-data"},
		diag.FactExpect:          {keyword: "expect", list: true},
		diag.FactFollow:          {keyword: "follow"},
		diag.FactHeader:          {keyword: "header", text: true},
		diag.FactHost:            {keyword: "host", list: true},
		diag.FactHostField:       {keyword: "host"},
		diag.FactHSTS:            {keyword: "hsts"},
		diag.FactInsecure:        {keyword: "insecure"},
		diag.FactInspectDelay:    {keyword: "inspect-delay"},
		diag.FactIssuer:          {keyword: "issuer"},
		diag.FactLabels:          {keyword: "labels", list: true},
		diag.FactListener:        {keyword: "listen"},
		diag.FactMatch:           {keyword: "match"},
		diag.FactMode:            {keyword: "tls"},
		diag.FactName:            {inline: true},
		diag.FactNames:           {keyword: "names", list: true},
		diag.FactPath:            {keyword: "path"},
		diag.FactPolicy:          {keyword: "policy"},
		diag.FactReachableFrom:   {keyword: "from", list: true},
		diag.FactRedirect:        {keyword: "redirect"},
		diag.FactRequest:         {},
		diag.FactRetries:         {keyword: "retries"},
		diag.FactRewrite:         {keyword: "rewrite"},
		diag.FactSendProxy:       {keyword: "send-proxy"},
		diag.FactServer:          {keyword: "server"},
		diag.FactServedBy:        {keyword: "on", list: true, inline: true},
		diag.FactSNI:             {keyword: "sni"},
		diag.FactSNIMatch:        {keyword: "sni"},
		diag.FactSpeaks:          {keyword: "speaks"},
		diag.FactState:           {inline: true},
		diag.FactStrictSNI:       {keyword: "strict-sni"},
		diag.FactSubdomain:       {keyword: "subdomain"},
		diag.FactTarget:          {keyword: "to"},
		diag.FactTimeout:         {keyword: "timeout"},
		diag.FactTrust:           {keyword: "trust", list: true},
		diag.FactTrusted:         {inline: true},
		diag.FactUnmatched:       {keyword: "unmatched"},
		diag.FactValid:           {keyword: "valid"},
		diag.FactVerify:          {keyword: "verify"},
		diag.FactVersions:        {keyword: "tls"},
		diag.FactWeight:          {keyword: "weight", inline: true},
		diag.FactZone:            {keyword: "in", inline: true},

		diag.FactWithoutCertificate: {keyword: "without-certificate"},
	}
})

// Spell is the statement of a fact in .flow: "tls reencrypt".
func Spell(fact diag.Fact, value []string) string { return spell(fact, value) }

// spell is the statement of a fact: "tls reencrypt".
func spell(fact diag.Fact, value []string) string {
	f, ok := forms()[fact]
	if !ok {
		panic("advice: .flow has no statement for " + string(fact))
	}
	words := slices.Clone(value)
	switch {
	case fact == diag.FactRequest && len(words) > 0:
		words[0] = strings.ToLower(words[0])
	case fact == diag.FactCheck && len(words) == 7:
		words = checkWords(words)
	case fact == diag.FactMatch:
		return strings.TrimSpace(f.keyword + " " + condition(words))
	case fact == diag.FactPath && len(words) > 1:
		return strings.TrimSpace(f.keyword + " " + strings.TrimPrefix(condition(append([]string{"path"}, words...)), "path "))
	case f.text && len(words) == 4:
		words[len(words)-1] = strconv.Quote(words[len(words)-1])
	}
	separator := " "
	if f.list {
		separator = ", "
	}
	return strings.TrimSpace(f.keyword + " " + strings.Join(words, separator))
}

// condition is a condition of a route: words that say what it asks about and how it is
// compared, then values, of which free ones stand in quotes.
func condition(words []string) string {
	n := slices.IndexFunc(words, func(w string) bool { return w != "not" })
	if n < 0 {
		return strings.Join(words, " ")
	}
	free := false
	switch words[n] {
	case "header", "cookie", "query":
		free = true
		n++
	}
	n++
	if rest := words[min(n, len(words)):]; len(rest) > 1 && slices.Contains(compared, rest[0]) {
		free = free || rest[0] != "exact" && rest[0] != "below" && (words[0] != "path" || rest[0] != "begins")
		n++
	}
	if rest := words[min(n, len(words)):]; len(rest) > 1 && rest[0] == "any-case" {
		n++
	}
	head, values := words[:min(n, len(words))], slices.Clone(words[min(n, len(words)):])
	for i, v := range values {
		if free {
			values[i] = strconv.Quote(v)
		}
	}
	return strings.TrimSpace(strings.Join(head, " ") + " " + strings.Join(values, ", "))
}

// compared are the words that say how values are compared.
var compared = []string{"exact", "below", "begins", "ends", "contains", "regex"}

// checkWords leaves out what a health check does not state.
func checkWords(value []string) []string {
	kind, path, sni, plain, port, method, version := value[0], value[1], value[2], value[3], value[4], value[5], value[6]
	if sni != "" {
		sni = "sni " + sni
	}
	if port != "" {
		port = "port " + port
	}
	return slices.DeleteFunc([]string{kind, method, path, version, plain, sni, port}, func(w string) bool { return w == "" })
}

// partHead is the statement whose block is a part: "tls reencrypt".
func (r *Renderer) partHead(p diag.Place) string {
	switch p.Part {
	case diag.PartUpstream:
		return "tls reencrypt"
	case diag.PartServing:
		return "speaks https"
	case diag.PartListener:
		for _, l := range r.listeners(p) {
			if strings.HasSuffix(l, " "+p.Key) {
				return l
			}
		}
		return "listen https " + p.Key
	case diag.PartServer:
		return "server " + p.Key
	case diag.PartTarget:
		return "to " + p.Key
	case diag.PartNone:
		return ""
	}
	panic("advice: unknown part")
}
