package emulator

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// modifiedIndex holds the incidents of a workspace in order of modification,
// so that a list of the newest few need not look at thousands. An entry that a
// newer revision overtook stays until the next clearing.
type modifiedIndex struct {
	entries []modifiedEntry
	live    int
}

type modifiedEntry struct {
	*sentinelIncident
	history *sentinelHistory
}

// stale tells whether the entry's incident has moved on or is gone.
func (m modifiedEntry) stale() bool { return m.history.newest() != m.sentinelIncident || m.deleted }

// add enters the newest revision of an incident.
func (x *modifiedIndex) add(h *sentinelHistory) {
	entry := modifiedEntry{h.newest(), h}
	at := len(x.entries)
	for at > 0 && byModified(entry.sentinelIncident, x.entries[at-1].sentinelIncident) < 0 {
		at-- // one or two steps: time goes forward but for ties
	}
	x.entries = slices.Insert(x.entries, at, entry)
	if len(x.entries) > 2*x.live+64 {
		x.entries = slices.DeleteFunc(x.entries, modifiedEntry.stale)
		x.live = len(x.entries)
	}
}

// from is the index of the first entry modified no earlier than at.
func (x *modifiedIndex) from(at time.Time) int {
	i, _ := slices.BinarySearchFunc(x.entries, at, func(m modifiedEntry, at time.Time) int {
		if m.modified.Before(at) {
			return -1
		}
		return 1
	})
	return i
}

// all calls take with every incident modified no earlier than at, oldest or
// newest first, until it returns false.
func (x *modifiedIndex) all(at time.Time, ascending bool, take func(*sentinelIncident) bool) {
	entries := x.entries[x.from(at):]
	for i := range entries {
		entry := entries[i]
		if !ascending {
			entry = entries[len(entries)-1-i]
		}
		if !entry.stale() && !take(entry.sentinelIncident) {
			return
		}
	}
}

// newestFirst returns all incidents, newest modification first.
func (x *modifiedIndex) newestFirst() []*sentinelIncident {
	found := []*sentinelIncident{}
	x.all(time.Time{}, false, func(i *sentinelIncident) bool {
		found = append(found, i)
		return true
	})
	return found
}

func byModified(a, b *sentinelIncident) int {
	return cmp.Or(a.modified.Compare(b.modified), strings.Compare(a.name, b.name))
}

func byCreated(a, b *sentinelIncident) int {
	return cmp.Or(a.created.Compare(b.created), strings.Compare(a.name, b.name))
}

func byName(a, b *sentinelIncident) int { return strings.Compare(a.name, b.name) }
