package state

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

const (
	// commentShards keeps what is written for one change to some 20 kB, with
	// 50,000 incidents known.
	commentShards = 256
	// commentNameMax bounds the name of an incident that is remembered: a GUID
	// has 36 characters.
	commentNameMax = 128
	// keptShare of fullShare is left of a full memory, so that it is not sorted
	// for every incident.
	keptShare = 9
	fullShare = 10
)

// Commented is what is remembered of an incident's comments.
type Commented struct {
	// Count is how many comments the incident had.
	Count int `json:"n"`
	// Owed says that they were not yet handed on.
	Owed bool `json:"owed,omitempty"`
	// Updated is when the incident was last modified then.
	Updated time.Time `json:"t"`
}

// Comments remembers of each incident how many comments it had when they were
// last handed on, and which incidents are still owed theirs. It is bounded:
// beyond, the incidents modified longest ago are forgotten, those that are owed
// nothing first. It is not safe for concurrent use.
type Comments struct {
	max    int
	known  map[string]Commented
	owed   map[string]struct{}
	shards [commentShards]map[string]struct{}
	dirty  [commentShards]bool
}

// NewComments knows nothing. Saved, it takes the place of whatever there was.
func NewComments(entriesMax int) *Comments {
	c := emptyComments(entriesMax)
	for i := range c.dirty {
		c.dirty[i] = true
	}
	return c
}

func emptyComments(entriesMax int) *Comments {
	c := &Comments{max: entriesMax, known: map[string]Commented{}, owed: map[string]struct{}{}}
	for i := range c.shards {
		c.shards[i] = map[string]struct{}{}
	}
	return c
}

// Of is what is known of an incident; the zero Commented when it is nothing.
func (c *Comments) Of(name string) Commented { return c.known[name] }

// Len is how many incidents are known.
func (c *Comments) Len() int { return len(c.known) }

// Owing is how many incidents are owed their comments.
func (c *Comments) Owing() int { return len(c.owed) }

// Owed are the incidents that are owed their comments, those modified longest
// ago first.
func (c *Comments) Owed() []string {
	names := make([]string, 0, len(c.owed))
	for name := range c.owed {
		names = append(names, name)
	}
	slices.SortFunc(names, c.older)
	return names
}

func (c *Comments) older(a, b string) int {
	return cmp.Or(c.known[a].Updated.Compare(c.known[b].Updated), cmp.Compare(a, b))
}

// Set remembers what is known of an incident now; one without comments that is
// owed nothing need not be remembered. It returns how many incidents that were
// owed comments had to be forgotten for it.
func (c *Comments) Set(name string, k Commented) (lost int) {
	if k == (Commented{Updated: k.Updated}) || len(name) > commentNameMax {
		c.forget(name)
		return 0
	}
	if c.known[name] == k {
		return 0
	}
	c.put(name, k)
	c.dirty[shardOf(name)] = true
	return c.shrink()
}

func (c *Comments) put(name string, k Commented) {
	c.known[name] = k
	c.shards[shardOf(name)][name] = struct{}{}
	delete(c.owed, name)
	if k.Owed {
		c.owed[name] = struct{}{}
	}
}

func (c *Comments) forget(name string) {
	if _, ok := c.known[name]; !ok {
		return
	}
	shard := shardOf(name)
	delete(c.known, name)
	delete(c.owed, name)
	delete(c.shards[shard], name)
	c.dirty[shard] = true
}

// shrink forgets a tenth of a memory that is over its bound.
func (c *Comments) shrink() (lost int) {
	if len(c.known) <= c.max {
		return 0
	}
	names := make([]string, 0, len(c.known))
	for name := range c.known {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if c.known[a].Owed != c.known[b].Owed {
			if c.known[a].Owed {
				return 1
			}
			return -1
		}
		return c.older(a, b)
	})
	for _, name := range names[:len(names)-c.max*keptShare/fullShare] {
		if c.known[name].Owed {
			lost++
		}
		c.forget(name)
	}
	return lost
}

func shardOf(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never errs
	return int(h.Sum32() % commentShards)
}

func commentsKey(key string, shard int) string { return fmt.Sprintf("%s/comments/%d", key, shard) }

// changed are the writes of the shards that changed since saved was called.
func (c *Comments) changed(key string) (ops []*storage.Operation) {
	for i, names := range c.shards {
		if !c.dirty[i] {
			continue
		}
		if len(names) == 0 {
			ops = append(ops, storage.DeleteOperation(commentsKey(key, i)))
			continue
		}
		entries := make(map[string]Commented, len(names))
		for name := range names {
			entries[name] = c.known[name]
		}
		text, err := Format{Version: 1}.Encode(entries)
		if err != nil {
			continue // never: times before year 10000 and numbers encode
		}
		ops = append(ops, storage.SetOperation(commentsKey(key, i), text))
	}
	return ops
}

func (c *Comments) saved() { c.dirty = [commentShards]bool{} }

// LoadComments reads what is remembered of comments, at most entriesMax of it.
// What cannot be read is forgotten, which costs requests and loses nothing; how
// many shards is forgotten. The error is the storage's own, which may heal.
func (s *Store) LoadComments(ctx context.Context, entriesMax int) (c *Comments, forgotten int, err error) {
	c = emptyComments(entriesMax)
	if s.client == nil {
		return c, 0, nil
	}
	for i := range commentShards {
		text, err := s.client.Get(ctx, commentsKey(s.key, i))
		if err != nil {
			return nil, 0, wrap("read", commentsKey(s.key, i), err)
		}
		if text == nil {
			continue
		}
		entries := map[string]Commented{}
		if err := (Format{Version: 1}).Decode(text, &entries); err != nil {
			forgotten++
			c.dirty[i] = true
			continue
		}
		for name, k := range entries {
			if k.Count >= 0 && len(name) <= commentNameMax && shardOf(name) == i {
				c.put(name, k)
			}
		}
	}
	c.shrink()
	return c, forgotten, nil
}
