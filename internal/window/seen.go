package window

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// ChunkMax is how many entries a chunk of a Seen holds. A full chunk never
// changes, so that only the last one is written again and again.
const ChunkMax = 4096

// chunksMin are kept in any case: the one with the newest entries, which every
// poll meets, the two filled last, which are next to a window's edge, and one
// to forget.
const chunksMin = 4

// DigestBytes is the length of a Digest.
const DigestBytes = 16

// Digest names a revision among at most millions: 128 bits of SHA-256.
type Digest [DigestBytes]byte

// NewDigest makes a digest of parts, each under its own length.
func NewDigest(parts ...[]byte) Digest {
	h := sha256.New()
	var size [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write(p)
	}
	return Digest(h.Sum(nil)[:DigestBytes])
}

// Chunk is a run of entries in the order of insertion, the unit of storage and
// of forgetting.
type Chunk struct {
	// ID counts chunks from 1 and is never used again.
	ID uint64
	// Newest is the newest last-update time among the entries.
	Newest time.Time
	// Entries are at most ChunkMax digests.
	Entries []Digest
}

// Seen is the bounded set of revisions that were consumed. It is not safe for
// concurrent use.
type Seen struct {
	chunks []*Chunk // oldest first; the last is the one being filled
	where  map[Digest]uint64
	// max bounds the entries, chunk those of one chunk.
	max, chunk int
}

// NewSeen restores a set from its chunks, in any order, which it takes over.
// max is how many entries it may hold; it never holds fewer than four chunks.
func NewSeen(entriesMax int, chunks []Chunk) *Seen {
	return newSeen(entriesMax, ChunkMax, chunks)
}

func newSeen(entriesMax, chunkMax int, chunks []Chunk) *Seen {
	s := &Seen{where: map[Digest]uint64{}, max: max(entriesMax, chunksMin*chunkMax), chunk: chunkMax}
	slices.SortFunc(chunks, func(a, b Chunk) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	for i := range chunks {
		c := &chunks[i]
		s.chunks = append(s.chunks, c)
		for _, d := range c.Entries {
			s.where[d] = c.ID
		}
	}
	return s
}

// Len is how many entries the set holds.
func (s *Seen) Len() int { return len(s.where) }

// Has reports whether d is in the set.
func (s *Seen) Has(d Digest) bool {
	_, ok := s.where[d]
	return ok
}

// Add puts a consumed revision in.
func (s *Seen) Add(d Digest, updated time.Time) {
	if s.Has(d) {
		return
	}
	c := s.open()
	c.Entries = append(c.Entries, d)
	if updated.After(c.Newest) {
		c.Newest = updated
	}
	s.where[d] = c.ID
}

// Refresh moves an entry that was met again out of the older half, so that
// what is still being delivered is not forgotten for its age.
func (s *Seen) Refresh(d Digest, updated time.Time) {
	id, ok := s.where[d]
	if !ok || len(s.chunks) < 2 || id >= s.chunks[len(s.chunks)/2].ID {
		return
	}
	delete(s.where, d) // the old chunk keeps a dead copy until it goes
	s.Add(d, updated)
}

// Prune forgets the full chunks whose entries are all older than t, save the
// last full one, whose entries may still be next to a window's edge.
func (s *Seen) Prune(t time.Time) {
	for i := 0; i < len(s.chunks)-2; {
		if s.chunks[i].Newest.Before(t) {
			s.drop(i)
			continue
		}
		i++
	}
}

// Overfull reports whether the set holds twice what it may. Until then it is
// shrunk between passes only, since a pass may still read what it would forget.
func (s *Seen) Overfull() bool { return s.held() > 2*s.max }

// Shrink forgets the chunk with the oldest entries while the set is over its
// limit, and returns the newest time forgotten; zero if nothing was.
func (s *Seen) Shrink() (forgotten time.Time) {
	for s.held() > s.max && len(s.chunks) >= chunksMin {
		oldest, newest := 0, 0
		candidates := s.chunks[:len(s.chunks)-2]
		for i, c := range candidates {
			if c.Newest.Before(candidates[oldest].Newest) {
				oldest = i
			}
			if c.Newest.After(candidates[newest].Newest) {
				newest = i
			}
		}
		if oldest == newest {
			oldest = len(candidates) - 1
		}
		if n := candidates[oldest].Newest; n.After(forgotten) {
			forgotten = n
		}
		s.drop(oldest)
	}
	return forgotten
}

// ShrinkFirstIn forgets the chunk filled first while the set is over its limit,
// and reports whether it forgot.
func (s *Seen) ShrinkFirstIn() bool {
	forgot := false
	for s.held() > s.max && len(s.chunks) > 2 {
		s.drop(0)
		forgot = true
	}
	return forgot
}

// Chunks are the chunks now, oldest first. They share memory with the set.
func (s *Seen) Chunks() []*Chunk { return s.chunks }

// held counts entries as they take up room, dead copies included.
func (s *Seen) held() int {
	n := 0
	for _, c := range s.chunks {
		n += len(c.Entries)
	}
	return n
}

// open is the chunk to put the next entry in.
func (s *Seen) open() *Chunk {
	if n := len(s.chunks); n > 0 && len(s.chunks[n-1].Entries) < s.chunk {
		return s.chunks[n-1]
	}
	id := uint64(1)
	if n := len(s.chunks); n > 0 {
		id = s.chunks[n-1].ID + 1
	}
	c := &Chunk{ID: id}
	s.chunks = append(s.chunks, c)
	return c
}

func (s *Seen) drop(i int) {
	c := s.chunks[i]
	for _, d := range c.Entries {
		if s.where[d] == c.ID {
			delete(s.where, d)
		}
	}
	s.chunks = slices.Delete(s.chunks, i, i+1)
}
