package ledger

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// shelf is closed entries that are stored together.
type shelf map[ID]*Entry

// shelvesMax is how many shelves are read at once, packed: some megabytes of a
// million entries.
const shelvesMax = 64

// eachShelf reads shelves and calls f with each, one at a time, since unpacked
// they are twenty times as large; empty ones where there is none. What cannot be
// used is set aside and told of: its entries begin anew then, as after the loss
// of a ledger.
func (s *store) eachShelf(ctx context.Context, numbers []int, f func(int, shelf) error) error {
	for part := range slices.Chunk(numbers, shelvesMax) {
		keys := make([]string, 0, len(part))
		for _, n := range part {
			keys = append(keys, shelfKey(n))
		}
		texts, err := s.get(ctx, keys)
		if err != nil {
			return fmt.Errorf("read closed entries: %w", err)
		}
		for i, n := range part {
			sh, err := s.decodeShelf(keys[i], texts[i])
			if err != nil {
				if err := s.setAside(ctx, keys[i], texts[i], err); err != nil {
					return err
				}
			}
			if err := f(n, sh); err != nil {
				return err
			}
		}
	}
	return nil
}

// shelve stores the shelf; an empty one is deleted.
func (s *store) shelve(n int, sh shelf) (*storage.Operation, error) {
	if len(sh) == 0 {
		return storage.DeleteOperation(shelfKey(n)), nil
	}
	c := columns{index: map[string]int{}}
	c.putNumber(uint64(len(sh)))
	for _, id := range slices.Sorted(maps.Keys(sh)) {
		if err := c.putEntry(sh[id]); err != nil {
			return nil, err
		}
	}
	return storage.SetOperation(shelfKey(n), seal(shelfKey(n), s.join(c))), nil
}

// join packs columns into a document.
func (s *store) join(c columns) []byte {
	var document []byte
	for _, part := range [][]byte{s.pack(c.shape), s.pack(c.texts)} {
		document = append(binary.AppendUvarint(document, uint64(len(part))), part...)
	}
	return append(document, c.noise...)
}

// decodeShelf reads one; an entry that cannot be used spoils it, since nothing
// says where the next one begins.
func (s *store) decodeShelf(key string, text []byte) (shelf, error) {
	sh := shelf{}
	if text == nil {
		return sh, nil
	}
	document, err := unseal(key, text)
	if err != nil {
		return sh, err
	}
	outer := columns{noise: document}
	packed := [2][]byte{}
	for i := range packed {
		packed[i] = outer.take(&outer.noise, outer.uvarint(&outer.noise))
	}
	if outer.bad {
		return sh, corrupt("its parts")
	}
	c := columns{noise: outer.noise}
	if c.shape, err = s.unpack(packed[0]); err == nil {
		c.texts, err = s.unpack(packed[1])
	}
	if err != nil {
		return sh, err
	}
	for range c.count() {
		e := c.entry()
		if !e.usable() {
			return shelf{}, corrupt("an entry of it")
		}
		sh[IDOf(e.Link, e.Workspace)] = e
	}
	return sh, nil
}

// sweep forgets entries of a shelf that were closed before a time.
func (s *store) sweep(ctx context.Context, n int, before time.Time) error {
	return s.eachShelf(ctx, []int{n}, func(n int, sh shelf) error {
		stored := len(sh)
		maps.DeleteFunc(sh, func(_ ID, e *Entry) bool { return e.ClosedAt.Before(before) })
		if len(sh) == stored {
			return nil
		}
		op, err := s.shelve(n, sh)
		if err != nil {
			return err
		}
		if err := s.client.Batch(ctx, op); err != nil {
			return fmt.Errorf("forget closed entries: %w", err)
		}
		return nil
	})
}
