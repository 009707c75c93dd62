package haproxy

import "regexp"

// secrets are the credentials that lines hold: what is listed is printed, and written
// into models.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`(\bstats auth [^\s:]+:)\S+`),
	regexp.MustCompile(`(\b(?:insecure-)?password )\S+`),
	regexp.MustCompile(`(?i)(\bsend ["']?AUTH\\? )[^\s\\"']+`),
	regexp.MustCompile(`(?i)(authorization:?["']?(?:\\? )+["']?(?:(?:basic|bearer|digest)(?:\\? )+)?)[^\s"'\\]+`),
}

// withoutSecrets is a line with dots in the place of passwords and tokens.
func withoutSecrets(line string) string {
	for _, s := range secrets {
		line = s.ReplaceAllString(line, "${1}…")
	}
	return line
}
