package graphviz

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

func TestFrames(t *testing.T) {
	var b bytes.Buffer
	for _, payload := range []string{"", "x", strings.Repeat("long", 100_000)} {
		if err := writeFrame(&b, frameDOT, []byte(payload)); err != nil {
			t.Fatal(err)
		}
		kind, got, err := readFrame(&b)
		if kind != frameDOT || string(got) != payload || err != nil {
			t.Errorf("a frame of %d bytes came back as %q, %d bytes, %v", len(payload), kind, len(got), err)
		}
	}
	if _, _, err := readFrame(&b); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func TestBrokenFrames(t *testing.T) {
	for in, want := range map[string]string{
		"D":                       io.ErrUnexpectedEOF.Error(),
		"D\x00\x00\x00\x02x":      io.ErrUnexpectedEOF.Error(),
		"D\xff\xff\xff\xff":       "frame of 4294967295 bytes is larger than",
		"HTTP/1.1 200 OK\r\n\r\n": "is larger than",
	} {
		if _, _, err := readFrame(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
	if err := writeFrame(io.Discard, frameDOT, make([]byte, maxFrame+1)); err == nil {
		t.Error("a frame that nobody would read was written")
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("D\x00\x00\x00\x01x"))
	f.Add([]byte("D\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		for {
			kind, payload, err := readFrame(r)
			if err != nil {
				return
			}
			var again bytes.Buffer
			if err := writeFrame(&again, kind, payload); err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(in, again.Bytes()) {
				t.Errorf("%q was read from %q", again.Bytes(), in)
			}
		}
	})
}

// serve runs Serve over pipes and returns flowc's ends, past the hello, and
// what Serve returns.
func serve(t *testing.T, layout func([]byte) ([]byte, error)) (net.Conn, net.Conn, <-chan error) {
	in, worker := net.Pipe()
	out, answers := net.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Serve(worker, answers, layout) }()
	kind, word, err := readFrame(out)
	if kind != frameHello || string(word) != hello() || err != nil {
		t.Fatalf("the first frame is %q %q, %v", kind, word, err)
	}
	return in, out, ended
}

func TestServe(t *testing.T) {
	in, out, ended := serve(t, func(dot []byte) ([]byte, error) {
		if len(dot) == 0 {
			return nil, errors.New("nothing to lay out")
		}
		return bytes.ToUpper(dot), nil
	})
	for _, tc := range []struct {
		dot  string
		kind byte
		want string
	}{
		{"digraph {}", frameSVG, "DIGRAPH {}"},
		{"", frameError, "nothing to lay out"},
		{"graph {}", frameSVG, "GRAPH {}"},
	} {
		if err := writeFrame(in, frameDOT, []byte(tc.dot)); err != nil {
			t.Fatal(err)
		}
		kind, got, err := readFrame(out)
		if kind != tc.kind || string(got) != tc.want || err != nil {
			t.Errorf("%q was answered with %q %q, %v", tc.dot, kind, got, err)
		}
	}
	in.Close()
	if err := <-ended; err != nil {
		t.Errorf("at the end of the input: %v", err)
	}
}

func TestServeRefusesOtherFrames(t *testing.T) {
	in, _, ended := serve(t, func([]byte) ([]byte, error) { return nil, nil })
	if err := writeFrame(in, frameSVG, nil); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("an SVG for the worker was taken")
	}
}

// A worker must not outlive flowc, however long its layout would take.
func TestServeEndsDuringALayout(t *testing.T) {
	busy, never := make(chan bool), make(chan bool)
	in, _, ended := serve(t, func([]byte) ([]byte, error) {
		busy <- true
		<-never
		return nil, nil
	})
	if err := writeFrame(in, frameDOT, []byte("digraph {}")); err != nil {
		t.Fatal(err)
	}
	<-busy
	in.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
