package azure

import (
	"errors"
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// unzippers are gzip readers that nobody uses now: one has 40 KB, and every poll
// needs one.
var unzippers = sync.Pool{New: func() any { return new(gzip.Reader) }}

// Gunzip reads what is compressed in r; Close, which must be called, ends the
// use of what it borrows and leaves r open. An r that ends where gzip's header
// should be is cut: io.ErrUnexpectedEOF. It is not safe for concurrent use.
func Gunzip(r io.Reader) (io.ReadCloser, error) {
	z, _ := unzippers.Get().(*gzip.Reader)
	if err := z.Reset(r); err != nil {
		unzippers.Put(z)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return &gunzip{z}, nil
}

// gunzip lends a reader until it is closed.
type gunzip struct{ reader *gzip.Reader }

func (g *gunzip) Read(p []byte) (int, error) {
	if g.reader == nil {
		return 0, os.ErrClosed
	}
	return g.reader.Read(p)
}

func (g *gunzip) Close() error {
	if g.reader != nil {
		unzippers.Put(g.reader)
		g.reader = nil
	}
	return nil
}
