package ingest

import "slices"

// packer puts rows into bodies: one open body for each stream, and for an
// Auxiliary table one for each half hour.
type packer struct {
	pool   *pool
	emit   func(*Body)
	limits limits
	// open are the bodies that still take rows, order the same with the
	// oldest first.
	open  map[bodyKey]*openBody
	order []*openBody

	streams []StreamStats
	splits  int
}

func newPacker() packer { return packer{open: map[bodyKey]*openBody{}} }

func (p *packer) begin(pool *pool, l limits, emit func(*Body)) {
	p.pool, p.limits, p.emit = pool, l, emit
	p.streams, p.splits = nil, 0
}

// put gives a row of the record at position at to the body with that key, and
// closes that one before when the row does not fit. The row alone fits a body.
func (p *packer) put(key bodyKey, w *row, at int) {
	o := p.open[key]
	if o != nil && !o.fits(w.len(), p.limits) {
		p.splits++
		p.close(o)
		o = nil
	}
	if o == nil {
		o = p.openBody(key)
	}
	o.add(w.buf, at)
}

func (p *packer) openBody(key bodyKey) *openBody {
	if len(p.order) >= openBodiesMax {
		p.close(p.order[0])
	}
	o := &openBody{key: key, body: p.pool.body(key.stream), zip: p.pool.writer()}
	o.zip.Reset(o)
	p.open[key] = o
	p.order = append(p.order, o)
	return o
}

func (p *packer) close(o *openBody) {
	delete(p.open, o.key)
	p.order = slices.DeleteFunc(p.order, func(other *openBody) bool { return other == o })
	body := o.close()
	p.pool.writers.Put(o.zip)
	p.count(body)
	p.emit(body)
}

func (p *packer) count(b *Body) {
	i := slices.IndexFunc(p.streams, func(s StreamStats) bool { return s.Stream == b.Stream })
	if i < 0 {
		i = len(p.streams)
		p.streams = append(p.streams, StreamStats{Stream: b.Stream})
	}
	s := &p.streams[i]
	s.Bodies++
	s.Rows += b.Rows
	s.RawBytes += b.RawBytes
	s.WireBytes += len(b.Gzip)
}

// finish closes what is open, the oldest first, and lets go of the caller's.
func (p *packer) finish() {
	for len(p.order) > 0 {
		p.close(p.order[0])
	}
	p.pool, p.emit = nil, nil
}
