package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// ID names an entry within a ledger: the twin's derived name and a digest of
// the workspace. So a record of either side leads to the entry by itself.
type ID string

// NewID is the id of a twin in a workspace, named by its ARM id in any case.
func NewID(sentinelName, workspace string) ID {
	sum := sha256.Sum256([]byte(strings.ToLower(workspace)))
	return ID(strings.ToLower(sentinelName) + "/" + hex.EncodeToString(sum[:6]))
}

// IDOf is the id of a Defender incident's entry in a workspace.
func IDOf(link incident.Link, workspace string) ID { return NewID(link.SentinelName(), workspace) }

// store keeps entries at a storage client. An entry that may still change has a
// key of its own, and stands in one of a few lists, so that all of them are
// found at a start. Closed and quiet ones lie together in shelves, compressed:
// a million of them cost nothing while nobody asks.
type store struct {
	client storage.Client
	// listed is the ids in each list, as stored.
	listed [listCount]map[ID]bool
}

const (
	// listCount lists share the open entries.
	listCount = 256
	// shelfCount shelves share the closed ones: 60 of a million on each.
	shelfCount = 16384
)

func entryKey(id ID) string { return "e/" + string(id) }
func asideKey(id ID) string { return "aside/" + string(id) }
func listKey(n int) string  { return fmt.Sprintf("open/%02x", n) }
func shelfKey(n int) string { return fmt.Sprintf("closed/%04x", n) }

func hashOf(id ID) int {
	sum := sha256.Sum256([]byte(id))
	return int(binary.BigEndian.Uint32(sum[:4]))
}

func listOf(id ID) int  { return hashOf(id) % listCount }
func shelfOf(id ID) int { return hashOf(id) / listCount % shelfCount }

// place is where an entry was found.
type place uint8

const (
	placeNone place = iota
	placeOpen
	placeClosed
)

// load reads one entry; nil if there is none. An entry that cannot be used is
// set aside, and reported as nil beside an error that wraps ErrUnusable.
func (s *store) load(ctx context.Context, id ID) (*Entry, place, error) {
	text, err := s.client.Get(ctx, entryKey(id))
	if err != nil {
		return nil, placeNone, fmt.Errorf("read entry %s: %w", id, err)
	}
	if text != nil {
		e, err := decodeEntry(text)
		if err == nil && IDOf(e.Link, e.Workspace) != id {
			err = fmt.Errorf("%w: it is corrupt: it is another's", ErrUnusable)
		}
		if err != nil {
			return nil, placeNone, s.setAside(ctx, id, text, err)
		}
		return e, placeOpen, nil
	}
	if s.listed[listOf(id)][id] {
		return nil, placeNone, nil // listed without an entry: it was set aside
	}
	sh, err := s.shelf(ctx, shelfOf(id))
	if err != nil || sh[id] == nil {
		return nil, placeNone, err
	}
	var e Entry
	if json.Unmarshal(sh[id], &e) != nil || e.Workspace == "" {
		return nil, placeNone, s.setAside(ctx, id, sh[id], fmt.Errorf("%w: it is corrupt: fields do not parse", ErrUnusable))
	}
	return &e, placeClosed, nil
}

// setAside copies what cannot be used to a key of its own. The error says so.
func (s *store) setAside(ctx context.Context, id ID, text []byte, why error) error {
	if err := s.client.Batch(ctx, storage.SetOperation(asideKey(id), text), storage.DeleteOperation(entryKey(id))); err != nil {
		return fmt.Errorf("set aside entry %s: %w", id, err)
	}
	return fmt.Errorf("entry %s: %w; kept under key %q", id, why, asideKey(id))
}

// change is an entry to be stored, and where it was.
type change struct {
	id     ID
	entry  *Entry // nil = forget it
	was    place
	closed bool // it goes to a shelf
}

// save stores entries in one batch.
func (s *store) save(ctx context.Context, changes []change) error {
	var ops []*storage.Operation
	lists, shelves := map[int]map[ID]bool{}, map[int]shelf{}
	list := func(id ID, open bool) {
		n := listOf(id)
		if s.listed[n][id] == open {
			return
		}
		if lists[n] == nil {
			lists[n] = maps.Clone(s.listed[n])
			if lists[n] == nil {
				lists[n] = map[ID]bool{}
			}
		}
		if open {
			lists[n][id] = true
		} else {
			delete(lists[n], id)
		}
	}
	for _, c := range changes {
		open := c.entry != nil && !c.closed
		list(c.id, open)
		switch {
		case open:
			text, err := encodeEntry(c.entry)
			if err != nil {
				return err
			}
			ops = append(ops, storage.SetOperation(entryKey(c.id), text))
		case c.was == placeOpen:
			ops = append(ops, storage.DeleteOperation(entryKey(c.id)))
		}
		if err := s.reshelve(ctx, shelves, c); err != nil {
			return err
		}
	}
	for n, ids := range lists {
		ops = append(ops, listOperation(n, ids))
	}
	for n, sh := range shelves {
		op, err := sh.operation(n)
		if err != nil {
			return err
		}
		ops = append(ops, op)
	}
	if len(ops) == 0 {
		return nil
	}
	if err := s.client.Batch(ctx, ops...); err != nil {
		return fmt.Errorf("save %d entries: %w", len(changes), err)
	}
	for n, ids := range lists {
		s.listed[n] = ids
	}
	return nil
}

// reshelve puts a closed entry on its shelf, or takes an open one from it.
func (s *store) reshelve(ctx context.Context, shelves map[int]shelf, c change) error {
	if !c.closed && c.was != placeClosed {
		return nil
	}
	n := shelfOf(c.id)
	if shelves[n] == nil {
		sh, err := s.shelf(ctx, n)
		if err != nil {
			return err
		}
		shelves[n] = sh
	}
	if c.entry == nil || !c.closed {
		delete(shelves[n], c.id)
		return nil
	}
	document, err := json.Marshal(c.entry)
	if err != nil {
		return fmt.Errorf("encode entry: %w", err)
	}
	shelves[n][c.id] = document
	return nil
}

func listOperation(n int, ids map[ID]bool) *storage.Operation {
	if len(ids) == 0 {
		return storage.DeleteOperation(listKey(n))
	}
	names := make([]string, 0, len(ids))
	for id := range ids {
		names = append(names, string(id))
	}
	slices.Sort(names)
	return storage.SetOperation(listKey(n), seal([]byte(strings.Join(names, "\n"))))
}

// open reads the lists and calls each with every open entry, or with the error
// of one that was set aside.
func (s *store) open(ctx context.Context, each func(ID, *Entry, error)) error {
	for n := range listCount {
		text, err := s.client.Get(ctx, listKey(n))
		if err != nil {
			return fmt.Errorf("read open entries: %w", err)
		}
		s.listed[n] = map[ID]bool{}
		if text == nil {
			continue
		}
		names, err := unseal(text)
		if err != nil {
			each("", nil, fmt.Errorf("list %q: %w", listKey(n), err))
			continue
		}
		for name := range strings.SplitSeq(string(names), "\n") {
			s.listed[n][ID(name)] = true
		}
		for _, id := range slices.Sorted(maps.Keys(s.listed[n])) {
			e, _, err := s.load(ctx, id)
			if err != nil && !errors.Is(err, ErrUnusable) {
				return err
			}
			if e == nil {
				delete(s.listed[n], id) // as it will be stored with the next change
			}
			if e != nil || err != nil {
				each(id, e, err)
			}
		}
	}
	return nil
}
