package state

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// chunksMax bounds how many chunks of a set are read: two million entries.
const chunksMax = 512

// Store keeps one position. Without a client it keeps nothing and finds nothing.
// It is not safe for concurrent use.
type Store struct {
	client storage.Client
	key    string
	// document and sizes are what storage holds now.
	document []byte
	sizes    map[Set]map[uint64]int
}

// NewStore keeps the position named key, which must not change between runs, at
// client; nil for none.
func NewStore(client storage.Client, key string) *Store {
	return &Store{client: client, key: key, sizes: map[Set]map[uint64]int{}}
}

// Loaded is what a Store found.
type Loaded struct {
	Position Position
	// Found is false if there was nothing, or nothing that could be used.
	Found bool
	// Chunks are the entries of each set.
	Chunks map[Set][]window.Chunk
	// SetAside says why a document could not be used; nil if it could. It
	// wraps ErrUnusable.
	SetAside error
	// Forgotten counts chunks that could not be read.
	Forgotten int
}

// Load reads the position. The error is the storage's own, which may heal; a
// document that cannot be used is set aside and reported in Loaded.
func (s *Store) Load(ctx context.Context) (Loaded, error) {
	if s.client == nil {
		return Loaded{}, nil
	}
	text, err := s.client.Get(ctx, s.key)
	if err != nil || text == nil {
		return Loaded{}, wrap("read", s.key, err)
	}
	var d document
	if err := format().Decode(text, &d); err != nil {
		return s.setAside(ctx, text, err)
	}
	if err := d.check(); err != nil {
		return s.setAside(ctx, text, fmt.Errorf("%w: it is corrupt: %w", ErrUnusable, err))
	}
	loaded := Loaded{Position: d.Position, Found: true, Chunks: map[Set][]window.Chunk{}}
	for _, set := range []Set{SetIncidents, SetAlerts} {
		chunks, forgotten, err := s.chunks(ctx, set, d.Seen[set])
		if err != nil {
			return Loaded{}, err
		}
		loaded.Chunks[set] = chunks
		loaded.Forgotten += forgotten
	}
	s.document = bytes.Clone(text)
	return loaded, nil
}

// setAside copies a document that cannot be used to a key of its own, where it
// stays until the next one.
func (s *Store) setAside(ctx context.Context, text []byte, why error) (Loaded, error) {
	aside := s.key + "/aside"
	err := s.client.Batch(ctx, storage.SetOperation(aside, text), storage.DeleteOperation(s.key))
	if err != nil {
		return Loaded{}, wrap("set aside", s.key, err)
	}
	return Loaded{SetAside: fmt.Errorf("%w; kept under key %q", why, aside)}, nil
}

func (s *Store) chunks(ctx context.Context, set Set, ids []uint64) (chunks []window.Chunk, forgotten int, err error) {
	s.sizes[set] = map[uint64]int{}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids[max(0, len(ids)-chunksMax):]) {
		text, err := s.client.Get(ctx, chunkKey(s.key, set, id))
		if err != nil {
			return nil, 0, wrap("read", chunkKey(s.key, set, id), err)
		}
		c, err := decodeChunk(text)
		// Remembered even if unreadable, so that it is deleted in time.
		s.sizes[set][id] = len(c.Entries)
		if err != nil || c.ID != id {
			forgotten++
			continue
		}
		chunks = append(chunks, c)
	}
	return chunks, forgotten, nil
}

// Save writes the position and what changed of its sets in one batch, nothing if
// nothing changed. After an error the next Save writes all of it again.
func (s *Store) Save(ctx context.Context, p Position, seen map[Set]*window.Seen) error {
	return s.save(ctx, p, seen, nil)
}

// SaveWith is Save with what changed of an incidents' memory in the same batch.
func (s *Store) SaveWith(ctx context.Context, p Position, seen map[Set]*window.Seen, c *Comments) error {
	if err := s.save(ctx, p, seen, c.changed(s.key)); err != nil {
		return err
	}
	c.saved()
	return nil
}

func (s *Store) save(ctx context.Context, p Position, seen map[Set]*window.Seen, ops []*storage.Operation) error {
	if s.client == nil {
		return nil
	}
	d := document{Position: p, Seen: map[Set][]uint64{}}
	sizes := map[Set]map[uint64]int{}
	for set, entries := range seen {
		sizes[set] = map[uint64]int{}
		for _, c := range entries.Chunks() {
			sizes[set][c.ID] = len(c.Entries)
			d.Seen[set] = append(d.Seen[set], c.ID)
			if had, ok := s.sizes[set][c.ID]; !ok || had != len(c.Entries) {
				ops = append(ops, storage.SetOperation(chunkKey(s.key, set, c.ID), encodeChunk(c)))
			}
		}
		for id := range s.sizes[set] {
			if _, kept := sizes[set][id]; !kept {
				ops = append(ops, storage.DeleteOperation(chunkKey(s.key, set, id)))
			}
		}
	}
	text, err := format().Encode(d)
	if err != nil {
		return err
	}
	if len(ops) == 0 && bytes.Equal(text, s.document) {
		return nil
	}
	if err := s.client.Batch(ctx, append(ops, storage.SetOperation(s.key, text))...); err != nil {
		return wrap("save", s.key, err)
	}
	s.document, s.sizes = text, sizes
	return nil
}

func wrap(operation, key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s state %s: %w", operation, key, err)
}
