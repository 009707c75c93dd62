// Package graphviz is flowc's client of its Graphviz worker, cmd/flowc-graphviz:
// it finds the worker, starts it at the first layout, hands it one graph after
// another, and kills it past a deadline. DOT goes in, Graphviz's SVG comes out;
// it knows nothing of flowc's pictures, and it never imports Graphviz.
package graphviz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The conversation between flowc and its worker, over the worker's standard
// input and output.
//
// Both directions carry frames: one byte that says the kind, four bytes of
// length (big endian), and as many bytes of payload.
//
//	worker: H "flowc-graphviz 1"    once, when it is ready
//	flowc:  D DOT                   a graph to lay out
//	worker: S SVG                   its layout, or
//	worker: E text                  why there is none; the worker goes on
//
// Answers come in the order of the graphs. The worker ends when its standard
// input does, also in the midst of a layout, so that it does not outlive flowc.
const (
	frameHello = 'H'
	frameDOT   = 'D'
	frameSVG   = 'S'
	frameError = 'E'
)

const (
	// protocol is raised whenever the conversation or the version of Graphviz
	// changes, so that a worker of another flowc is not mistaken for ours.
	protocol = 1

	// Arg is the one argument that the worker is started with; without it, it
	// says what it is and ends, rather than wait for a frame on a terminal.
	Arg = "serve"

	// maxFrame bounds a payload in bytes; more is a broken conversation.
	maxFrame = 64 << 20
)

// hello is the payload of the first frame.
func hello() string { return fmt.Sprintf("flowc-graphviz %d", protocol) }

// writeFrame writes one frame. The payload may be at most MaxFrame bytes.
func writeFrame(w io.Writer, kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("frame of %d bytes is larger than %d", len(payload), maxFrame)
	}
	frame := make([]byte, 5, 5+len(payload))
	frame[0] = kind
	binary.BigEndian.PutUint32(frame[1:], uint32(len(payload)))
	_, err := w.Write(append(frame, payload...))
	return err
}

// readFrame reads one frame. It returns io.EOF where the stream ends between
// frames, and io.ErrUnexpectedEOF where it ends inside one.
func readFrame(r io.Reader) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("frame of %d bytes is larger than %d", n, maxFrame)
	}
	// The length is the other side's claim: memory is taken as bytes arrive.
	payload, err = io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(payload) < int(n) {
		err = io.ErrUnexpectedEOF
	}
	return head[0], payload, err
}

// Serve is the worker's side: it answers each graph on r with what layout
// makes of it, until r ends. A panic in layout is not caught: what Graphviz
// left behind is not to be used again.
//
// When r ends during a layout, Serve returns at once and leaves the layout
// behind; the process is expected to exit.
func Serve(r io.Reader, w io.Writer, layout func(dot []byte) (svg []byte, err error)) error {
	if err := writeFrame(w, frameHello, []byte(hello())); err != nil {
		return err
	}
	graphs := make(chan []byte)
	ended := make(chan error, 2) // one of each goroutine
	go func() { ended <- readGraphs(r, graphs) }()
	go func() { ended <- answerGraphs(w, graphs, layout) }()
	return <-ended
}

func readGraphs(r io.Reader, graphs chan<- []byte) error {
	for {
		kind, dot, err := readFrame(r)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case kind != frameDOT:
			return fmt.Errorf("unexpected frame %q", kind)
		}
		graphs <- dot
	}
}

func answerGraphs(w io.Writer, graphs <-chan []byte, layout func([]byte) ([]byte, error)) error {
	for dot := range graphs {
		kind := byte(frameSVG)
		payload, err := layout(dot)
		if err != nil {
			kind, payload = frameError, []byte(err.Error())
		}
		if err := writeFrame(w, kind, payload); err != nil {
			return err
		}
	}
	return nil
}
