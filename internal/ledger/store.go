package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
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
// found at a start. Closed and quiet ones lie together in shelves, small: a
// million of them cost nothing while nobody asks.
//
// A transaction of file_storage is a write even where it only reads, so what is
// needed at once is read at once, and what was read or written lately is kept.
type store struct {
	packing
	client storage.Client
	// unusable is told of what was set aside.
	unusable func(error)
	// listed is the ids in each list, as stored.
	listed map[int]idSet
	recent recent
}

const (
	// listCount lists share the open entries.
	listCount = 256
	// shelfCount shelves share the closed ones: 250 of a million on each.
	shelfCount = 4096
	// fetchMax is how many entries are read at once.
	fetchMax = 512
)

func entryKey(id ID) string          { return "e/" + string(id) }
func asideKey(key string) string     { return "aside/" + key }
func listKey(n int) string           { return fmt.Sprintf("open/%02x", n) }
func shelfKey(n int) string          { return fmt.Sprintf("closed/%04x", n) }
func hashOf(id ID) int               { return int(binary.BigEndian.Uint32(hash(id))) }
func listOf(id ID) int               { return hashOf(id) % listCount }
func shelfOf(id ID) int              { return hashOf(id) / listCount % shelfCount }
func (s *store) isListed(id ID) bool { return s.listed[listOf(id)][id] }

func hash(id ID) []byte {
	sum := sha256.Sum256([]byte(id))
	return sum[:4]
}

// place is where an entry was found.
type place uint8

const (
	placeNone place = iota
	placeOpen
	// placeStray: it has a key of its own and stands in no list, since a save
	// ended in the middle or the list was set aside. The next save mends it.
	placeStray
	placeClosed
)

// found is an entry and where it was; nil and placeNone if there is none.
type found struct {
	entry *Entry
	was   place
}

// fetch reads entries. What cannot be used is set aside, and is not there.
func (s *store) fetch(ctx context.Context, ids []ID) (map[ID]found, error) {
	all := make(map[ID]found, len(ids))
	for part := range slices.Chunk(ids, fetchMax) {
		if err := s.fetchOwn(ctx, part, all); err != nil {
			return nil, err
		}
		if err := s.fetchClosed(ctx, part, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// fetchOwn reads those that have a key of their own.
func (s *store) fetchOwn(ctx context.Context, ids []ID, into map[ID]found) error {
	texts, err := s.texts(ctx, ids)
	if err != nil {
		return err
	}
	for id, text := range texts {
		e, err := s.decodeEntry(entryKey(id), text)
		if err == nil && IDOf(e.Link, e.Workspace) != id {
			err = corrupt("it is another's")
		}
		if err != nil {
			if err := s.setAside(ctx, entryKey(id), text, err); err != nil {
				return err
			}
			s.recent.drop(id)
			continue
		}
		was := placeStray
		if s.isListed(id) {
			was = placeOpen
		}
		into[id] = found{e, was}
	}
	return nil
}

// texts are what is stored of entries under their own keys.
func (s *store) texts(ctx context.Context, ids []ID) (map[ID][]byte, error) {
	texts := make(map[ID][]byte, len(ids))
	var missing []ID
	for _, id := range ids {
		if text := s.recent.get(id); text != nil {
			texts[id] = text
		} else {
			missing = append(missing, id)
		}
	}
	keys := make([]string, 0, len(missing))
	for _, id := range missing {
		keys = append(keys, entryKey(id))
	}
	read, err := s.get(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	for i, id := range missing {
		if read[i] != nil {
			texts[id] = read[i]
			s.recent.put(id, read[i])
		}
	}
	return texts, nil
}

// fetchClosed reads those that are not there yet from their shelves.
func (s *store) fetchClosed(ctx context.Context, ids []ID, into map[ID]found) error {
	wanted := map[int][]ID{}
	for _, id := range ids {
		if into[id].entry == nil {
			wanted[shelfOf(id)] = append(wanted[shelfOf(id)], id)
		}
	}
	return s.eachShelf(ctx, slices.Sorted(maps.Keys(wanted)), func(n int, sh shelf) error {
		for _, id := range wanted[n] {
			if e := sh[id]; e != nil {
				into[id] = found{e, placeClosed}
			}
		}
		return nil
	})
}

// get reads keys in one transaction; nil for one that is not there.
func (s *store) get(ctx context.Context, keys []string) ([][]byte, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	ops := make([]*storage.Operation, 0, len(keys))
	for _, key := range keys {
		ops = append(ops, storage.GetOperation(key))
	}
	if err := s.client.Batch(ctx, ops...); err != nil {
		return nil, err
	}
	values := make([][]byte, 0, len(keys))
	for _, op := range ops {
		values = append(values, op.Value)
	}
	return values, nil
}

// setAside moves what cannot be used to a key of its own, and tells.
func (s *store) setAside(ctx context.Context, key string, text []byte, why error) error {
	if err := s.client.Batch(ctx, storage.SetOperation(asideKey(key), text), storage.DeleteOperation(key)); err != nil {
		return fmt.Errorf("set aside %q: %w", key, err)
	}
	s.unusable(fmt.Errorf("%q: %w; kept under key %q", key, why, asideKey(key)))
	return nil
}
