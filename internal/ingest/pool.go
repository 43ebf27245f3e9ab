package ingest

import "sync"

type pool struct{ bodies sync.Pool }

func (p *pool) put(b *Body) { p.bodies.Put(b) }
