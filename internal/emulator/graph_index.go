package emulator

import (
	"slices"
	"time"
)

// updateIndex holds the objects of one kind in order of the latest
// lastUpdateDateTime that any of their kept revisions can have, so that a poll
// of what changed since a moment need not look at thousands. It is put in order
// when it is asked, not when it is told: thousands may be put in at once.
type updateIndex struct {
	entries []updateEntry
	sorted  bool
	objects int
}

// updateEntry is stale once its object has a later time.
type updateEntry struct {
	at      time.Time
	history *history
}

// note enters an object whose newest revision was just stored.
func (x *updateIndex) note(h *history) {
	at := h.newest().updated
	if len(h.revisions) > 1 || !h.latest.IsZero() {
		if !at.After(h.latest) {
			return // its entry still is no earlier than any of its revisions
		}
	} else {
		x.objects++
	}
	h.latest = at
	x.sorted = x.sorted && (len(x.entries) == 0 || !at.Before(x.entries[len(x.entries)-1].at))
	x.entries = append(x.entries, updateEntry{at, h})
	if len(x.entries) > 2*x.objects+64 {
		x.entries = slices.DeleteFunc(x.entries, func(e updateEntry) bool { return !e.at.Equal(e.history.latest) })
	}
}

// since calls visit with every object that may have a revision updated no
// earlier than at, each once, in no order that matters.
func (x *updateIndex) since(at time.Time, visit func(*history)) {
	if !x.sorted {
		slices.SortFunc(x.entries, func(a, b updateEntry) int { return a.at.Compare(b.at) })
		x.sorted = true
	}
	first, _ := slices.BinarySearchFunc(x.entries, at, func(e updateEntry, at time.Time) int { return e.at.Compare(at) })
	for _, entry := range x.entries[first:] {
		if entry.at.Equal(entry.history.latest) {
			visit(entry.history)
		}
	}
}
