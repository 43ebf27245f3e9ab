package ingest

import (
	"sync"

	"github.com/klauspost/compress/gzip"
)

// pool lends what is costly to make: bodies with their buffers, gzip writers
// of half a megabyte each, and the memory of one Encode. Safe for concurrent use.
type pool struct {
	level                 int
	bodies, writers, runs sync.Pool
}

func newPool(level int) *pool {
	if level == 0 {
		level = gzip.BestSpeed
	}
	return &pool{level: level}
}

func (p *pool) body(stream string) *Body {
	b, ok := p.bodies.Get().(*Body)
	if !ok {
		b = &Body{}
	}
	*b = Body{Stream: stream, Gzip: b.Gzip[:0], Records: b.Records[:0], pool: p}
	return b
}

func (p *pool) writer() *gzip.Writer {
	if w, ok := p.writers.Get().(*gzip.Writer); ok {
		return w
	}
	// The level was checked, and no other error is known.
	w, _ := gzip.NewWriterLevel(nil, p.level)
	return w
}
