package graphapi

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

const (
	// BodyBytesMax bounds one decompressed body. Pages over 100 MB are real;
	// the bound is against one without end.
	BodyBytesMax = 1 << 30
	// WireBytesMax bounds one body as it travels, compressed or not.
	WireBytesMax = 1 << 30
	// drainBytesMax is how much is read of a finished body so that its
	// connection can be used again.
	drainBytesMax = 4 << 10
)

// errTooLong is a body over its bound.
var errTooLong = errors.New("answer is longer than its bound")

// Body is the stream of one answer. It is not safe for concurrent use.
type Body struct {
	ctx       context.Context // the request's, whose answer this is
	operation string
	requestID string
	wire      io.ReadCloser
	wireMax   int64
	bodyMax   int64
	read      io.Reader // made at the first Read, so that gzip's header is one of its errors
	unzip     io.Closer // nil for an answer that is not compressed, and before the first Read
	gzipped   bool
	ended     bool
}

func newBody(ctx context.Context, operation string, resp *http.Response) *Body {
	return &Body{
		ctx:       ctx,
		operation: operation,
		requestID: azure.RequestID(resp.Header),
		wire:      resp.Body,
		wireMax:   WireBytesMax,
		bodyMax:   BodyBytesMax,
		gzipped:   strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip"),
	}
}

// isPage tells an answer of the service from the login page of a network in
// between, which is a success too.
func isPage(resp *http.Response) bool {
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent {
		return false
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// Read implements io.Reader. See [Page] for its errors.
func (b *Body) Read(p []byte) (int, error) {
	if b.read == nil {
		if err := b.open(); err != nil {
			return 0, b.wrap(err)
		}
	}
	n, err := b.read.Read(p)
	if err == nil {
		return n, nil
	}
	if err == io.EOF {
		b.ended = true
		return n, io.EOF
	}
	return n, b.wrap(err)
}

func (b *Body) open() error {
	wire := io.Reader(&boundedReader{from: b.wire, left: b.wireMax})
	if b.gzipped {
		unzip, err := azure.Gunzip(wire)
		if err != nil {
			return err
		}
		b.unzip, wire = unzip, unzip
	}
	b.read = &boundedReader{from: wire, left: b.bodyMax}
	return nil
}

func (b *Body) wrap(err error) error {
	if errors.Is(err, errTooLong) {
		return &azure.Error{Operation: b.operation, RequestID: b.requestID, Class: azure.ClassSplit, Cause: err}
	}
	err = azure.NewNetworkError(b.ctx, b.operation, err)
	var e *azure.Error
	if errors.As(err, &e) {
		e.RequestID = b.requestID
	}
	return err
}

// Close implements io.Closer. What was not read is thrown away with the
// connection.
func (b *Body) Close() error {
	if b.unzip != nil {
		_ = b.unzip.Close() // never errs
	}
	if b.ended {
		_, _ = io.CopyN(io.Discard, b.wire, drainBytesMax)
	}
	return b.wire.Close()
}

// boundedReader errs instead of ending when its bound is reached.
type boundedReader struct {
	from io.Reader
	left int64
}

// Read implements io.Reader.
func (r *boundedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > r.left+1 {
		p = p[:r.left+1]
	}
	n, err := r.from.Read(p)
	if int64(n) > r.left {
		return int(r.left), errTooLong
	}
	r.left -= int64(n)
	return n, err
}
