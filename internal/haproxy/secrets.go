package haproxy

import (
	"github.com/flowc-lang/flowc/internal/lazy"
)

// secrets are the credentials that lines hold: what is listed is printed, and written
// into models.
var secrets = []*lazy.Pattern{
	lazy.Regexp(`(\bstats auth [^\s:]+:)\S+`),
	lazy.Regexp(`(\b(?:insecure-)?password )\S+`),
	lazy.Regexp(`(?i)(\bsend ["']?AUTH\\? )[^\s\\"']+`),
	lazy.Regexp(`(?i)(authorization:?["']?(?:\\? )+["']?(?:(?:basic|bearer|digest)(?:\\? )+)?)[^\s"'\\]+`),
}

// withoutSecrets is a line with dots in the place of passwords and tokens.
func withoutSecrets(line string) string {
	for _, s := range secrets {
		line = s.Get().ReplaceAllString(line, "${1}…")
	}
	return line
}
