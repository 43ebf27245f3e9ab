package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// idSet is one list: ids of entries that have keys of their own.
type idSet map[ID]bool

func listOperation(n int, ids idSet) *storage.Operation {
	if len(ids) == 0 {
		return storage.DeleteOperation(listKey(n))
	}
	names := make([]string, 0, len(ids))
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		names = append(names, string(id))
	}
	return storage.SetOperation(listKey(n), seal(listKey(n), []byte(strings.Join(names, "\n"))))
}

func decodeList(key string, text []byte) (idSet, error) {
	ids := idSet{}
	if text == nil {
		return ids, nil
	}
	names, err := unseal(key, text)
	if err != nil {
		return ids, err
	}
	for name := range strings.SplitSeq(string(names), "\n") {
		ids[ID(name)] = true
	}
	return ids, nil
}

// changedLists are the lists that differ once changes are stored.
func (s *store) changedLists(changes []change) map[int]idSet {
	lists := map[int]idSet{}
	for _, c := range changes {
		n := listOf(c.id)
		if s.listed[n][c.id] != c.closed {
			continue
		}
		if lists[n] == nil {
			lists[n] = idSet{}
			maps.Copy(lists[n], s.listed[n])
		}
		if c.closed {
			delete(lists[n], c.id)
		} else {
			lists[n][c.id] = true
		}
	}
	return lists
}

// open reads the lists and calls each with every open entry.
func (s *store) open(ctx context.Context, each func(ID, *Entry)) error {
	if err := s.readLists(ctx); err != nil {
		return err
	}
	var ids []ID
	for _, n := range slices.Sorted(maps.Keys(s.listed)) {
		ids = append(ids, slices.Sorted(maps.Keys(s.listed[n]))...)
	}
	for part := range slices.Chunk(ids, fetchMax) {
		own := map[ID]found{}
		if err := s.fetchOwn(ctx, part, own); err != nil {
			return err
		}
		for _, id := range part {
			if e := own[id].entry; e != nil {
				each(id, e)
			} else {
				delete(s.listed[listOf(id)], id) // as it will be stored with the next change
			}
		}
	}
	return nil
}

func (s *store) readLists(ctx context.Context) error {
	keys := make([]string, 0, listCount)
	for n := range listCount {
		keys = append(keys, listKey(n))
	}
	texts, err := s.get(ctx, keys)
	if err != nil {
		return fmt.Errorf("read open entries: %w", err)
	}
	s.listed = map[int]idSet{}
	lost := map[int]bool{}
	for n, text := range texts {
		ids, err := decodeList(listKey(n), text)
		if err != nil {
			lost[n] = true
			if err := s.setAside(ctx, listKey(n), text, err); err != nil {
				return err
			}
		}
		s.listed[n] = ids
	}
	return s.find(ctx, lost)
}

// find makes lists anew that were set aside, of the entries themselves, where
// the storage can be walked through. Elsewhere their entries are found one by
// one, as news of them comes.
func (s *store) find(ctx context.Context, lists map[int]bool) error {
	walker, ok := s.client.(storage.Walker)
	if len(lists) == 0 || !ok {
		return nil
	}
	err := walker.Walk(ctx, func(key string, _ []byte) ([]*storage.Operation, error) {
		if id, own := strings.CutPrefix(key, entryKey("")); own && lists[listOf(ID(id))] {
			s.listed[listOf(ID(id))][ID(id)] = true
		}
		return nil, nil
	})
	if err != nil {
		return fmt.Errorf("find open entries: %w", err)
	}
	return nil
}
