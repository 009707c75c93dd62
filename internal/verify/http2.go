package verify

import (
	"encoding/binary"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/flowc-lang/flowc/flow"
)

// The types and flags of HTTP/2 frames that are looked into (RFC 9113, 6).
const (
	frameData         = 0
	frameHeaders      = 1
	frameSettings     = 4
	framePushPromise  = 5
	frameContinuation = 9

	flagAck        = 1    // of SETTINGS
	flagEndStream  = 1    // of HEADERS and DATA
	flagEndHeaders = 4    // of HEADERS, PUSH_PROMISE and CONTINUATION
	flagPadded     = 8    // of HEADERS, PUSH_PROMISE and DATA
	flagPriority   = 0x20 // of HEADERS
)

const frameHeader = 9

// http2 reads one frame.
func (r *reader) http2(b []byte) int {
	if len(b) < frameHeader {
		return 0
	}
	n := frameHeader + (int(b[0])<<16 | int(binary.BigEndian.Uint16(b[1:])))
	kind, flags := b[3], b[4]
	switch kind {
	case frameData:
		if n > frameHeader {
			r.carried(n - frameHeader)
		}
	case frameSettings:
		op := flow.OpSettings
		if flags&flagAck != 0 {
			op = flow.OpSettingsAck
		}
		r.event(op, nil, secrecyClear, n)
		if flags&flagAck != 0 {
			r.aside()
		}
	case frameHeaders, framePushPromise, frameContinuation:
		if len(b) < n && n <= maxHead {
			return 0
		}
		r.block(kind, flags, b[frameHeader:min(n, len(b))], len(b) < n, n)
	}
	return n
}

// maxTable is the largest table that an encoder may be allowed; browsers allow
// servers this much.
const maxTable = 1 << 16

// fields reads the blocks of fields of one direction (RFC 7541). The blocks
// share a table, so that after a hole no more of them can be read.
type fields struct {
	table  *hpack.Decoder
	stored int // bytes in the table, at most
	broken bool
	block  []byte // of a block that goes on in the next frame
	kind   byte   // of the frame that it began with
	end    bool   // it ends its stream
}

// decode returns the pseudo-header fields of a whole block, and the others that
// are looked into; nil where it cannot be read.
func (f *fields) decode(block []byte) map[string]string {
	if f.broken {
		return nil
	}
	out := map[string]string{}
	if f.table == nil {
		f.table = hpack.NewDecoder(4096, nil)
		f.table.SetAllowedMaxDynamicTableSize(maxTable)
		f.table.SetMaxStringLength(maxHead)
	}
	f.table.SetEmitFunc(func(h hpack.HeaderField) {
		f.stored = min(f.stored+int(h.Size()), maxTable)
		if h.IsPseudo() || h.Name == "x-forwarded-for" || h.Name == "content-length" {
			out[h.Name] = h.Value
		}
	})
	_, err := f.table.Write(block)
	if err == nil {
		err = f.table.Close()
	}
	if err != nil {
		f.lose()
		return nil
	}
	return out
}

func (f *fields) lose() { *f = fields{broken: true} }

// block is a frame with a part of a block of fields; n is the frame's length.
func (r *reader) block(kind, flags byte, part []byte, cut bool, n int) {
	f := &r.http.fields
	switch {
	case kind == frameContinuation && f.kind == 0:
		f.lose()
		return
	case kind == frameContinuation:
		part = append(f.block, part...)
	default:
		part = unpadded(kind, flags, part)
		f.kind, f.end = kind, flags&flagEndStream != 0
	}
	if cut || len(part) > maxHead {
		f.broken = true
		part = nil
	}
	if flags&flagEndHeaders == 0 {
		f.block = append([]byte(nil), part...)
		return
	}
	began, end := f.kind, f.end
	f.kind, f.block = 0, nil
	if all := f.decode(part); began == frameHeaders {
		r.headers(all, end, n)
	}
}

// unpadded takes away what stands around the fields of a frame.
func unpadded(kind, flags byte, b []byte) []byte {
	pad, before := 0, 0
	if flags&flagPadded != 0 && len(b) > 0 {
		pad, before = int(b[0]), 1
	}
	switch {
	case kind == framePushPromise:
		before += 4
	case flags&flagPriority != 0:
		before += 5
	}
	if before+pad > len(b) {
		return nil
	}
	return b[before : len(b)-pad]
}

// headers is a request or a response, by its direction, or the trailers of
// one. all is nil where the fields cannot be read.
func (r *reader) headers(all map[string]string, end bool, n int) {
	method, status := all[":method"], all[":status"]
	switch {
	case all == nil && r.from == opener:
		r.event(flow.OpRequest, nil, secrecyClear, n)
	case all == nil:
		r.event(flow.OpResponse, nil, secrecyClear, n)
		if end { // it may be the trailers
			r.aside()
		}
	case r.from == opener && method != "":
		r.event(flow.OpRequest, flow.RequestLine{Method: clip(method), Path: clip(all[":path"]), Protocol: "HTTP/2"}, secrecyClear, n)
		r.heads(all[":authority"], all["x-forwarded-for"], all["content-length"])
	case r.from == acceptor && status != "" && !strings.HasPrefix(status, "1"):
		r.event(flow.OpResponse, statusLine("HTTP/2 "+status), secrecyClear, n)
	}
}
