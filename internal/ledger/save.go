package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// change is an entry to be stored, and where it was.
type change struct {
	id     ID
	entry  *Entry
	was    place
	closed bool // it goes to a shelf
}

// owned reports whether the entry had a key of its own.
func (c change) owned() bool { return c.was == placeOpen || c.was == placeStray }

// save stores entries in one transaction. The order within it matters only to a
// storage that can end in the middle: an entry is written to its new place
// before it leaves the old one, and stands in a list last, so that it is found
// at any time, and a stray one is mended.
func (s *store) save(ctx context.Context, changes []change) error {
	var ops []*storage.Operation
	texts := map[ID][]byte{}
	for _, c := range changes {
		s.recent.drop(c.id) // after an error nobody knows what is stored
		if c.closed {
			continue
		}
		text, err := s.encodeEntry(entryKey(c.id), c.entry)
		if err != nil {
			return err
		}
		texts[c.id] = text
		ops = append(ops, storage.SetOperation(entryKey(c.id), text))
	}
	shelved, err := s.reshelve(ctx, changes)
	if err != nil {
		return err
	}
	ops = append(ops, shelved...)
	for _, c := range changes {
		if c.closed && c.owned() {
			ops = append(ops, storage.DeleteOperation(entryKey(c.id)))
		}
	}
	lists := s.changedLists(changes)
	for _, n := range slices.Sorted(maps.Keys(lists)) {
		ops = append(ops, listOperation(n, lists[n]))
	}
	if err := s.client.Batch(ctx, ops...); err != nil {
		return fmt.Errorf("save %d entries: %w", len(changes), err)
	}
	maps.Copy(s.listed, lists)
	for id, text := range texts {
		s.recent.put(id, text)
	}
	return nil
}

// reshelve puts closed entries on their shelves, and takes open ones from them.
func (s *store) reshelve(ctx context.Context, changes []change) ([]*storage.Operation, error) {
	touched := map[int][]change{}
	for _, c := range changes {
		if c.closed || c.was == placeClosed {
			touched[shelfOf(c.id)] = append(touched[shelfOf(c.id)], c)
		}
	}
	var ops []*storage.Operation
	err := s.eachShelf(ctx, slices.Sorted(maps.Keys(touched)), func(n int, sh shelf) error {
		for _, c := range touched[n] {
			delete(sh, c.id)
			if c.closed {
				sh[c.id] = c.entry.Clone()
				sh[c.id].rest()
			}
		}
		op, err := s.shelve(n, sh)
		ops = append(ops, op)
		return err
	})
	return ops, err
}
