package emulator

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"time"
)

// lagSamplesMax bounds the samples behind the percentiles; past it, new ones
// replace the oldest.
const lagSamplesMax = 100_000

// Kind tells incidents and alerts apart.
type Kind string

// The kinds of documents.
const (
	KindIncident Kind = "incident"
	KindAlert    Kind = "alert"
)

// objectKey names one incident or alert.
type objectKey struct {
	kind   Kind
	tenant string
	id     string
}

// revisionKey names one revision by what its row says.
type revisionKey struct {
	objectKey
	updated int64 // Unix nanoseconds cut to the 100 ns that Azure keeps; 0 = without a time
}

func newRevisionKey(object objectKey, updated time.Time, timed bool) revisionKey {
	if !timed {
		return revisionKey{objectKey: object}
	}
	return revisionKey{objectKey: object, updated: updated.Truncate(100 * time.Nanosecond).UnixNano()}
}

// rowKey names a row of one table by the hash of its RecordUid.
type rowKey struct {
	table tableKey
	uid   [16]byte
}

// lagBook knows which stored revisions have come out as rows, and how soon.
type lagBook struct {
	revisions  map[Kind]int // stored since the start
	waiting    map[revisionKey]time.Time
	superseded map[revisionKey]bool // of those waiting: a newer one took their place
	latest     map[objectKey]revisionKey
	written    map[revisionKey]bool
	uids       map[rowKey]bool
	samples    []time.Duration
	matched    int
	duplicates int // rows whose RecordUid their table had already
	unmatched  int // rows that fit no stored revision
}

func newLagBook() lagBook {
	return lagBook{
		revisions: map[Kind]int{}, waiting: map[revisionKey]time.Time{}, superseded: map[revisionKey]bool{},
		latest: map[objectKey]revisionKey{}, written: map[revisionKey]bool{}, uids: map[rowKey]bool{},
	}
}

// stored notes that a revision can be read from now on. One that it overtakes
// before any row came is superseded: a poller may never have seen it.
func (b *lagBook) stored(key revisionKey, now time.Time) {
	b.revisions[key.kind]++
	if old, ok := b.latest[key.objectKey]; ok && old != key {
		if _, still := b.waiting[old]; still {
			b.superseded[old] = true
		}
	}
	b.latest[key.objectKey] = key
	if _, still := b.waiting[key]; !still && !b.written[key] {
		b.waiting[key] = now
	}
}

// row notes that a row of a revision was accepted.
func (b *lagBook) row(key revisionKey, now time.Time) {
	since, ok := b.waiting[key]
	if !ok {
		if !b.written[key] {
			b.unmatched++
		}
		return
	}
	delete(b.waiting, key)
	delete(b.superseded, key)
	b.written[key] = true
	if len(b.samples) < lagSamplesMax {
		b.samples = append(b.samples, now.Sub(since))
	} else {
		b.samples[b.matched%lagSamplesMax] = now.Sub(since)
	}
	b.matched++
}

// uid notes a row's RecordUid and counts it when its table had it already.
func (b *lagBook) uid(table tableKey, uid string) {
	if uid == "" {
		return
	}
	sum := sha256.Sum256([]byte(uid))
	key := rowKey{table: table, uid: [16]byte(sum[:16])}
	if b.uids[key] {
		b.duplicates++
	}
	b.uids[key] = true
}

// unwritten counts the newest revisions of a kind that have no row, and the
// older ones that never got one.
func (b *lagBook) unwritten(kind Kind) (newest, superseded int) {
	for key := range b.waiting {
		switch {
		case key.kind != kind:
		case b.superseded[key]:
			superseded++
		default:
			newest++
		}
	}
	return newest, superseded
}

// Lag is how long stored revisions took to come out as rows.
type Lag struct {
	Count    int     `json:"count"`    // revisions whose row was accepted
	P50      float64 `json:"p50_ms"`   // milliseconds from stored to accepted
	P99      float64 `json:"p99_ms"`   // the same
	Max      float64 `json:"max_ms"`   // the same
	Replaced int     `json:"replaced"` // revisions that were superseded before they had a row
}

func (b *lagBook) report() Lag {
	sorted := slices.Sorted(slices.Values(b.samples))
	at := func(percent int) float64 {
		if len(sorted) == 0 {
			return 0
		}
		rank := (len(sorted)*percent + 99) / 100 // nearest rank, from 1
		return float64(sorted[max(rank, 1)-1]) / float64(time.Millisecond)
	}
	return Lag{Count: b.matched, P50: at(50), P99: at(99), Max: at(100), Replaced: len(b.superseded)}
}

// Lag reports how far rows are behind the stored revisions, over both kinds.
func (e *Emulator) Lag() Lag {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lag.report()
}

// Revision names one revision of an incident or alert.
type Revision struct {
	Kind    Kind
	Tenant  string
	ID      string
	Updated time.Time // lastUpdateDateTime in UTC, to 100 ns; zero when it has none
}

// Unwritten returns the newest revisions of both kinds that have no row yet,
// oldest first. Revisions that were superseded without a row are left out.
func (e *Emulator) Unwritten() []Revision {
	e.mu.Lock()
	defer e.mu.Unlock()
	revisions := []Revision{}
	for key := range e.lag.waiting {
		if e.lag.superseded[key] {
			continue
		}
		r := Revision{Kind: key.kind, Tenant: key.tenant, ID: key.id}
		if key.updated != 0 {
			r.Updated = time.Unix(0, key.updated).UTC()
		}
		revisions = append(revisions, r)
	}
	slices.SortFunc(revisions, func(a, b Revision) int {
		return cmp.Or(a.Updated.Compare(b.Updated), strings.Compare(string(a.Kind), string(b.Kind)),
			strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.ID, b.ID))
	})
	return revisions
}
