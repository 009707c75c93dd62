package flow

import (
	"github.com/flowc-lang/flowc/internal/blocks"
	"github.com/flowc-lang/flowc/source"
)

// Complete makes a topology of a draft: names become pointers, what is left out
// becomes flowc's default or is supplied, routes find their proxies and
// requests their way. The topology is never nil and always fit to be derived
// from: where something is wrong there is a mistake, and something that fits
// stands in its place. The draft is not changed. It knows no rule of TLS: facts
// that contradict each other are all in the topology.
func Complete(d *Draft) (*Topology, []Mistake) {
	c := newCompletion(d)
	for _, x := range d.Declarations {
		if !absent(x) {
			c.declare(c.proper(x))
		}
	}
	for i, body := range c.bodies {
		body()
		c.bodies[i] = nil // with what it knows of the draft
	}
	c.supply()
	c.place()
	c.applyDefaults()
	c.t.index()
	c.settleRequests()
	c.listAssumed()
	for _, v := range c.views {
		v()
	}
	return c.t, c.list()
}

// completion is the state of one Complete.
type completion struct {
	t        *Topology
	profile  *Profile
	lost     Lost // nothing else of the draft: a large one is let go of while it is completed
	mistakes []Mistake

	zones        *scope[*Zone]
	cas          *scope[*CA]
	certificates *scope[*Certificate]
	namespaces   *scope[*Namespace]
	nodes        *scope[node]                 // clients, proxies and backends
	servers      map[*Backend]*scope[*Server] // see serversOf
	ofBackend    *scope[*Server]              // of the backend that is made
	routes       *scope[*Route]
	requests     *scope[*Request]
	viewNames    *scope[*ViewSpec]

	declared   map[DeclKind]bool // kinds that the model declares, lost ones too
	lostNames  map[string]bool   // Lost.Names
	lostServer map[*Backend]bool // those of which a server was not understood
	incomplete map[any]bool      // declarations that lost a statement: nothing is missing from them

	outer  []*Proxy             // that no route points to
	linked map[linkEnds]*Link   // the links of two zones, in both directions
	made   map[*Request]bool    // the requests that are in the topology
	named  map[string][]*Server // see serversNamed

	rooms  rooms
	likely []*Backend // whose front end says what their servers are likely to speak
	asked  []*asking
	// see proper
	route   RouteDraft
	backend BackendDraft
	bodies  []func() // what is inside of declarations, for when all names are known
	views   []func() // views, for when all requests are known
}

// rooms are where the declarations of a topology are made.
type rooms struct {
	routes       blocks.Of[Route]
	backends     blocks.Of[Backend]
	servers      blocks.Of[Server]
	certificates blocks.Of[Certificate]
	targets      blocks.Of[Target]
}

func newCompletion(d *Draft) *completion {
	n := map[DeclKind]int{}
	for _, x := range d.Declarations {
		if !absent(x) {
			n[x.declares()]++
		}
	}
	c := &completion{
		t:            &Topology{Name: d.Name, Title: d.Title, Date: d.Date, Unmodelled: d.Unmodelled},
		lost:         d.Lost,
		profile:      d.Profile,
		zones:        newScope[*Zone](n[DeclZone], DeclZone),
		cas:          newScope[*CA](n[DeclCA], DeclCA),
		certificates: newScope[*Certificate](n[DeclCertificate], DeclCertificate),
		namespaces:   newScope[*Namespace](n[DeclNamespace], DeclNamespace),
		nodes:        newScope[node](n[DeclClient]+n[DeclProxy]+n[DeclBackend], DeclClient, DeclProxy, DeclBackend),
		servers:      map[*Backend]*scope[*Server]{},
		ofBackend:    newScope[*Server](1, DeclServer),
		lostServer:   map[*Backend]bool{},
		routes:       newScope[*Route](n[DeclRoute], DeclRoute),
		requests:     newScope[*Request](n[DeclRequest], DeclRequest),
		viewNames:    newScope[*ViewSpec](n[DeclView], DeclView),
		declared:     map[DeclKind]bool{},
		lostNames:    map[string]bool{},
		incomplete:   map[any]bool{},
		linked:       map[linkEnds]*Link{},
		made:         map[*Request]bool{},
	}
	for _, name := range d.Lost.Names {
		c.lostNames[name] = true
	}
	for _, kind := range d.Lost.Unnamed {
		if kind < DeclZone || kind > DeclView {
			continue
		}
		c.declared[kind] = true
		c.unnamed(kind)
	}
	return c
}

// unnamed notes that a declaration of a kind lost its name.
func (c *completion) unnamed(kind DeclKind) {
	switch kind {
	case DeclZone:
		c.zones.unnamed = true
	case DeclCA:
		c.cas.unnamed = true
	case DeclCertificate:
		c.certificates.unnamed = true
	case DeclNamespace:
		c.namespaces.unnamed = true
	case DeclClient, DeclProxy, DeclBackend:
		c.nodes.unnamed = true
	case DeclRoute:
		c.routes.unnamed = true
	case DeclRequest:
		c.requests.unnamed = true
	case DeclLink, DeclServer, DeclView: // nothing names a link or a view; see BackendDraft.LostServer
	default:
		panic("flow: unknown kind of declaration")
	}
}

// maxMistakes is what a list of mistakes is cut to.
const maxMistakes = 100

// report adds a mistake. Those that would not be listed are counted.
func (c *completion) report(p Mistake) {
	c.mistakes = append(c.mistakes, p)
}

// listing reports whether the next mistake would be listed: else there is no need to
// look for what was meant.
func (c *completion) listing() bool { return len(c.mistakes) < maxMistakes }

// list returns the mistakes in the order in which they were found.
func (c *completion) list() []Mistake {
	n := len(c.mistakes) - maxMistakes
	if n <= 0 {
		return c.mistakes
	}
	for _, unlisted := range c.mistakes[maxMistakes:] {
		c.unresolved(unlisted.At)
	}
	at := c.mistakes[maxMistakes].At
	return append(c.mistakes[:maxMistakes:maxMistakes], Mistake{Kind: MistakeTooMany, At: at, Count: n})
}

// declare gives a declaration its name and puts off what is inside of it until
// every name is known.
func (c *completion) declare(d Declaration) {
	c.declared[d.declares()] = true
	switch d := d.(type) {
	case *ZoneDraft:
		z := &Zone{Decl: made(d.Decl), Trust: d.Trust}
		if c.zones.bind(c, DeclZone, z.Name, z.At, z) {
			c.t.Zones = append(c.t.Zones, z)
		}
	case *LinkDraft:
		c.later(func() { c.link(d) })
	case *CADraft:
		a := &CA{Decl: made(d.Decl), Private: d.Private, Is: d.Is}
		if c.cas.bind(c, DeclCA, a.Name, a.At, a) {
			c.t.CAs = append(c.t.CAs, a)
		}
	case *CertificateDraft:
		x := c.rooms.certificates.One()
		x.Decl, x.CertificateFacts = made(d.Decl), d.CertificateFacts
		if c.certificates.bind(c, DeclCertificate, x.Name, x.At, x) {
			c.t.Certificates = append(c.t.Certificates, x)
		}
		c.later(func() { x.Issuer = find(c, c.cas, d.Issuer) })
	case *NamespaceDraft:
		n := &Namespace{Decl: made(d.Decl)}
		if c.namespaces.bind(c, DeclNamespace, n.Name, n.At, n) {
			c.t.Namespaces = append(c.t.Namespaces, n)
		}
		c.later(func() { n.Labels = c.labels(d.Labels) })
	case *ClientDraft:
		c.declareClient(d)
	case *ProxyDraft:
		c.declareProxy(d)
	case *BackendDraft:
		c.declareBackend(d)
	case *RouteDraft:
		c.declareRoute(d)
	case *RequestDraft:
		c.declareRequest(d)
	case *ViewDraft:
		c.declareView(d)
	default:
		panic("flow: unknown declaration")
	}
}

// made is what a declaration of a draft has in a topology: it is stated unless
// it says otherwise.
func made(d Decl) Decl {
	if d.Origin == OriginNone {
		d.Origin = OriginStated
	}
	return d
}

func (c *completion) later(body func()) { c.bodies = append(c.bodies, body) }

// linkEnds are the zones that a link joins.
type linkEnds struct{ a, b *Zone }

// link joins two zones, which may be done once.
func (c *completion) link(d *LinkDraft) {
	a := find(c, c.zones, d.A)
	if a.V == nil {
		return
	}
	b := find(c, c.zones, d.B)
	if b.V == nil {
		return
	}
	if a.V == b.V {
		c.report(Mistake{Kind: MistakeLinkToItself, At: b.At, Name: a.V.Name})
		return
	}
	if o := c.linked[linkEnds{a.V, b.V}]; o != nil {
		c.report(Mistake{
			Kind: MistakeLinkTwice, At: d.Keyword, Related: o.At,
			Names: []string{a.V.Name, b.V.Name}, Whole: d.At, Same: o.Trust.V == d.Trust.V,
		})
		return
	}
	link := &Link{A: a.V, B: b.V, Trust: d.Trust, At: d.At}
	c.linked[linkEnds{a.V, b.V}], c.linked[linkEnds{b.V, a.V}] = link, link
	c.t.Links = append(c.t.Links, link)
}

// labels returns labels of which each key is there once.
func (c *completion) labels(all []Label) []Label {
	for i, l := range all {
		if _, twice := labelOf(all[:i], l.Key); !twice {
			continue
		}
		once := append([]Label(nil), all[:i]...)
		for _, l := range all[i:] {
			if first, twice := labelOf(once, l.Key); twice {
				c.report(Mistake{Kind: MistakeLabelTwice, At: l.At, Related: first.At, Name: l.Key})
			} else {
				once = append(once, l)
			}
		}
		return once
	}
	return all
}

func labelOf(all []Label, key string) (Label, bool) {
	for _, l := range all {
		if l.Key == key {
			return l, true
		}
	}
	return Label{}, false
}

// part is the place of a part of a name, where the text spells it as it is.
func part(name Ref, start, end int) source.Span {
	if name.At.Text() != name.V {
		return name.At
	}
	return name.At.File.Span(name.At.Start+start, name.At.Start+end)
}
