// Package export writes a model as the configuration of a real proxy. It reads
// the topology alone: what the configuration does is what flow derives, and
// what a model leaves open is named, not invented.
package export

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// Target is a program that flowc can configure.
type Target struct {
	Name   string // as after --to: "haproxy"
	Doc    string // "HAProxy 2.6 or later"
	Export func(*flow.Topology) *Result
}

// Targets lists what flowc can configure.
var Targets = []*Target{
	{Name: "haproxy", Doc: "HAProxy 2.6 or later", Export: haproxy},
}

// Lookup returns the target with the name. The error says what there is.
func Lookup(name string) (*Target, error) {
	var names []string
	for _, t := range Targets {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	hint := spell.DidYouMean(name, names)
	if hint == "" {
		hint = "; there is " + strings.Join(names, ", ")
	}
	return nil, fmt.Errorf("unknown target %q%s", name, hint)
}

// Result is a configuration, and what is missing for it to run.
type Result struct {
	Files     []File
	Needs     []Need    // files that the configuration names and nobody but their owner has
	Addresses []Address // addresses that the model does not state
	Notes     []Note
}

// File is one file of the configuration.
type File struct {
	Path string // below the chosen folder, with slashes: "haproxy.cfg"
	Text []byte
}

// Need is a PEM file that the configuration names. Exactly one of Certificate,
// Hosts and CAs is set; a bundle holds the certificates of several CAs.
type Need struct {
	Path        string // below the chosen folder: "certs/wildcard.pem"
	Certificate *flow.Certificate
	Hosts       []string   // of a certificate that the model does not name: what it must cover
	CAs         []*flow.CA // nil for a CA that the model does not name
	AnyCA       bool       // a CA that the model does not name
	Proxy       *flow.Proxy
}

// Address is an address that the model does not state: the configuration has
// it as an environment variable, which its first lines set.
type Address struct {
	Name   string // "FLOWC_SHOP_SHOP_1"
	Server *flow.Server
	Proxy  *flow.Proxy // that is led to; nil where Server is set
}

// Of names whose address it is: "shop/shop-1", "haproxy".
func (a Address) Of() string {
	if a.Server != nil {
		return a.Server.Backend.Name + "/" + a.Server.Name
	}
	return a.Proxy.Name
}

// NoteKind says why something is worth a person's attention.
type NoteKind int

// The kinds of note.
const (
	Default NoteKind = iota + 1 // the model leaves it open, and HAProxy's or flowc's default holds
	LeftOut                     // the model says it, and the target cannot do it
)

// String returns the word that a terminal shows.
func (k NoteKind) String() string {
	switch k {
	case Default:
		return "default"
	case LeftOut:
		return "left out"
	}
	panic("export: unknown kind of note")
}

// Note is something that a person should know before the configuration runs.
type Note struct {
	Kind NoteKind
	Text string
	At   source.Span // the model's line that it is about; zero for none
}

// placeholderAddress stands for an address that the model does not state
// (TEST-NET-1, RFC 5737): nothing answers there.
const placeholderAddress = "192.0.2.1"
