package ingest

// Body is one request body: a gzip-compressed JSON array of at least one row,
// within every limit. It is the receiver's until Release.
type Body struct {
	// Stream is the DCR input stream.
	Stream string
	// Gzip is what goes on the wire.
	Gzip []byte
	// RawBytes is the length of the JSON before compression.
	RawBytes int
	// Rows is how many rows there are, at least one.
	Rows int
	// Records are the positions of the records that have rows in it, in
	// ascending order, each once. A record's position is its number, from 0,
	// in the order in which resources, scopes and records stand in the
	// plog.Logs.
	Records []int

	pool *pool
}

// Release gives the body's memory back. The body and its slices must not be
// used afterwards. It may be called from any goroutine, once; not calling it
// costs only garbage.
func (b *Body) Release() { b.pool.bodies.Put(b) }
