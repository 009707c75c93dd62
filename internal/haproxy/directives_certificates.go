package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
)

// Certificates: the files that bind and server lines name.

// showing adds the file of a certificate to the bind lines that show it, or puts one file
// into the place of another.
func showing(a *adviser, s diag.Step) string {
	fresh := slices.DeleteFunc(slices.Clone(s.Value), func(v string) bool { return slices.Contains(s.Was, v) })
	gone := slices.DeleteFunc(slices.Clone(s.Was), func(v string) bool { return slices.Contains(s.Value, v) })
	if len(fresh) != 1 || s.Do == diag.Remove {
		return ""
	}
	file, holds := a.fileOf(fresh[0])
	place := onBind
	if s.In.Kind == diag.KindRoute {
		place = onPortsOf
	}
	if s.Fact == diag.FactCertificates && len(gone) == 1 {
		return a.inPlace(s, gone[0], file) + holds
	}
	words := place(func(*model, diag.Step, []string) string { return "crt " + file })(a, s)
	if words == "" {
		return ""
	}
	return words + holds
}

// inPlace puts the file of a certificate into the place of another one in bind lines.
func (a *adviser) inPlace(s diag.Step, was, file string) string {
	old := fileNamed(a.origin.certificates, was)
	var out []string
	for _, x := range a.bindsOf(s.In) {
		if stage := a.origin.inner[x.u]; x.behind && stage != nil {
			x = stage
		}
		for i, w := range x.line.Words {
			if w.Text == "crt" && x.line.Arg(i+1) == old {
				out = append(out, fmt.Sprintf("replace %s with %s in bind %s (%s)", quoted("crt "+old), quoted("crt "+file), x.line.Arg(1), x.line.At.Line()))
			}
		}
	}
	return strings.Join(out, ", and ")
}

// showingServers adds the certificate with which HAProxy comes to servers.
func showingServers(a *adviser, s diag.Step) string {
	if s.Do == diag.Remove || len(s.Value) != 1 {
		return onServers(one("crt"))(a, s)
	}
	file, holds := a.fileOf(s.Value[0])
	words := onServers(func(*model, diag.Step, []string) string { return "crt " + file })(a, s)
	if words == "" {
		return ""
	}
	return words + holds
}

// fileOf is the file of a certificate, and what one has to hold that the way declares.
func (a *adviser) fileOf(name string) (file, holds string) {
	for _, s := range a.steps {
		if s.Do != diag.Declare || s.In.Kind != diag.KindCertificate || s.In.Name != name {
			continue
		}
		holds = ", where FILE holds a certificate and its key"
		for _, w := range s.With {
			if w.Fact == diag.FactNames {
				holds += " for " + strings.Join(w.Value, " and ")
			}
			if ca, ok := a.origin.cas[w.Value[0]]; ok && w.Fact == diag.FactIssuer {
				holds += " of a CA in " + ca
			}
		}
		return "FILE", holds
	}
	return fileNamed(a.origin.certificates, name), ""
}

// anew is a step by which the certificate of a file is another one.
func anew(what string) func(*adviser, diag.Step) string {
	return func(a *adviser, s diag.Step) string {
		file, ok := a.origin.certificates[s.In.Name]
		if !ok || s.Do == diag.Remove || len(s.Value) == 0 {
			return ""
		}
		value := s.Value
		if s.Fact == diag.FactValid {
			from, to, _ := strings.Cut(value[0], "..")
			value = []string{from + " to " + to}
		}
		return "replace the certificate in " + file + " with one " + what + strings.Join(value, " and ")
	}
}
