package emulator

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// errReset stands for a connection that ended before an answer.
var errReset = errors.New("emulator transport: connection reset before an answer")

// Transport returns a round-tripper that calls a handler, [Emulator.Handler] or
// [Emulator.Control], in the caller's goroutine and without a network, so that a
// test can run in a testing/synctest bubble. The host is whatever the URL says;
// https URLs look like TLS to the handler. A connection that the handler cuts
// gives an error, or a body that ends in [io.ErrUnexpectedEOF]. Answers are
// gathered whole before they are returned. It is safe for concurrent use.
func Transport(handler http.Handler) http.RoundTripper { return transport{handler} }

// NewTransport returns a round-tripper that calls the services of e.
func NewTransport(e *Emulator) http.RoundTripper { return Transport(e.Handler()) }

type transport struct{ handler http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		closeBody(r)
		return nil, err
	}
	w := &recorder{header: http.Header{}}
	cut := t.call(w, incoming(r))
	closeBody(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if cut && w.sent == nil {
		return nil, errReset
	}
	w.WriteHeader(http.StatusOK)
	return w.response(r, cut), nil
}

// call runs the handler; cut is true when it cut the connection.
func (t transport) call(w *recorder, r *http.Request) (cut bool) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			cut = true
		default:
			panic(reason)
		}
	}()
	t.handler.ServeHTTP(w, r)
	return false
}

// incoming makes the request a server sees out of the one a client sends.
func incoming(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:1"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	if r.URL.Scheme == "https" {
		in.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.URL.Scheme, in.URL.Host = "", ""
	if r.ContentLength == 0 && r.Body != nil && r.Body != http.NoBody {
		in.ContentLength = -1 // a client that does not know sends chunks
	}
	return in
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // a request's body has nothing left to say
	}
}

// recorder gathers an answer. It remembers the header as it was when sent.
type recorder struct {
	header http.Header
	sent   http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.sent == nil {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *recorder) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(data)
}

// Flush is there because cutting a connection flushes first.
func (w *recorder) Flush() { w.WriteHeader(http.StatusOK) }

func (w *recorder) response(r *http.Request, cut bool) *http.Response {
	var body io.Reader = &w.body
	length := int64(w.body.Len())
	if cut {
		body, length = io.MultiReader(&w.body, brokenReader{}), -1
	} else if w.status != http.StatusNoContent {
		w.sent.Set("Content-Length", strconv.FormatInt(length, 10))
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
