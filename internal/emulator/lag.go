package emulator

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// lagSamplesMax bounds the samples behind the percentiles; past it, new ones
// replace the oldest.
const lagSamplesMax = 100_000

// lagKey names one revision of an incident by what its row says.
type lagKey struct {
	tenant   string
	incident string
	updated  int64 // LastModifiedTime in Unix nanoseconds, cut to the 100 ns that Azure keeps
}

func newLagKey(tenant, incident string, updated time.Time) lagKey {
	return lagKey{tenant: tenant, incident: incident, updated: updated.Truncate(100 * time.Nanosecond).UnixNano()}
}

// lagBook knows which stored revisions have come out as rows, and how soon.
type lagBook struct {
	Stored   Stored // since the start
	waiting  map[lagKey]time.Time
	latest   map[lagKey]lagKey // the newest revision by incident; updated is 0 in the key
	replaced map[lagKey]bool   // waiting revisions that a newer one took the place of
	known    map[lagKey]bool   // revisions that have a row
	samples  []time.Duration
	matched  uint64
	repeated uint64 // rows of a revision that had one already
	strange  uint64 // rows that match no revision
}

func newLagBook() lagBook {
	return lagBook{
		waiting: map[lagKey]time.Time{}, latest: map[lagKey]lagKey{},
		replaced: map[lagKey]bool{}, known: map[lagKey]bool{},
	}
}

// stored notes that a revision can be read from now on. A revision that only a
// slower reader could have missed counts as replaced, not as waiting.
func (b *lagBook) stored(key lagKey, now time.Time) {
	incident := lagKey{key.tenant, key.incident, 0}
	if old, ok := b.latest[incident]; ok && old != key {
		if _, still := b.waiting[old]; still {
			b.replaced[old] = true
		}
	}
	b.latest[incident] = key
	if _, still := b.waiting[key]; !still && !b.known[key] {
		b.waiting[key] = now
	}
}

// row notes that a row of a revision was accepted.
func (b *lagBook) row(key lagKey, now time.Time) {
	since, ok := b.waiting[key]
	switch {
	case ok:
		delete(b.waiting, key)
		delete(b.replaced, key)
		b.known[key] = true
		if len(b.samples) < lagSamplesMax {
			b.samples = append(b.samples, now.Sub(since))
		} else {
			b.samples[b.matched%lagSamplesMax] = now.Sub(since)
		}
		b.matched++
	case b.known[key]:
		b.repeated++
	default:
		b.strange++
	}
}

// Lag is how long stored incident revisions took to come out as rows.
type Lag struct {
	Count    uint64  `json:"count"`  // revisions whose row was accepted
	P50      float64 `json:"p50_ms"` // milliseconds from stored to accepted
	P99      float64 `json:"p99_ms"`
	Max      float64 `json:"max_ms"`
	Waiting  int     `json:"waiting"`  // newest revisions that have no row yet
	Replaced int     `json:"replaced"` // older revisions without a row: replaced before anybody read them
	Repeated uint64  `json:"repeated"` // further rows of a revision that had one already
	Strange  uint64  `json:"strange"`  // rows that match no stored revision
}

func (b *lagBook) report() Lag {
	sorted := slices.Sorted(slices.Values(b.samples))
	at := func(percent int) float64 {
		if len(sorted) == 0 {
			return 0
		}
		i := (len(sorted)*percent + 99) / 100 // nearest rank, from 1
		return float64(sorted[max(i, 1)-1]) / float64(time.Millisecond)
	}
	return Lag{
		Count: b.matched, P50: at(50), P99: at(99), Max: at(100),
		Waiting: len(b.waiting) - len(b.replaced), Replaced: len(b.replaced),
		Repeated: b.repeated, Strange: b.strange,
	}
}

// Lag reports how far rows are behind the stored revisions.
func (e *Emulator) Lag() Lag {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lag.report()
}

// Revision names one revision of an incident.
type Revision struct {
	Tenant   string
	Incident string
	Updated  time.Time // lastUpdateDateTime, to 100 ns
}

// Unwritten returns the newest revisions that have no row yet, oldest first.
// Revisions that were replaced before anybody wrote them are left out.
func (e *Emulator) Unwritten() []Revision {
	e.mu.Lock()
	defer e.mu.Unlock()
	revisions := []Revision{}
	for key := range e.lag.waiting {
		if !e.lag.replaced[key] {
			revisions = append(revisions, Revision{key.tenant, key.incident, time.Unix(0, key.updated).UTC()})
		}
	}
	slices.SortFunc(revisions, func(a, b Revision) int {
		return cmp.Or(a.Updated.Compare(b.Updated), strings.Compare(a.Tenant+a.Incident, b.Tenant+b.Incident))
	})
	return revisions
}
