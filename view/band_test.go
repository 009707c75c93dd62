package view_test

import (
	"testing"

	"github.com/flowc-lang/flowc/view"
)

const timedOut = `
client browser
proxy haproxy {
    listen https :443 { certificate web }
    timeout connect 1s
    timeout client 9s
    timeout server 2s
}
certificate web { names shop.example.test }
certificate own { names shop.svc }
backend shop {
    speaks https { certificate own }
    server shop-1 10.0.0.1:8443 silent
}
route shop {
    host shop.example.test
    tls reencrypt { sni shop.svc }
    to shop
}
request late {
    from browser
    get https://shop.example.test/
    expect 504
}
`

// A session is up until it closes, also where nobody closes it properly: a proxy that
// waits in vain says close_notify and resets its connection (measured on HAProxy 2.6).
func TestBandEndsWithItsSession(t *testing.T) {
	p := project(t, parse(t, "late", timedOut), "sequence", "late").(*view.Sequence).Panels[0]
	for _, b := range p.Bands {
		last, ok := p.Rows[b.Last].(*view.MessageRow)
		if !ok || last.Session != b.Session || b.Open {
			t.Errorf("%s ends at row %d, %+v; open: %v", b.Session, b.Last, p.Rows[b.Last], b.Open)
		}
	}
	if len(p.Bands) != 2 || p.Bands[1].Last >= p.Bands[0].Last {
		t.Errorf("the bands are %+v", p.Bands)
	}
}
