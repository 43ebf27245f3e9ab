package ledger

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// scanned is what next says, found by looking at everything.
func scanned(all map[ID]*item, looks time.Duration, kinds Kinds, now time.Time, free func(candidate) bool) (*candidate, time.Time) {
	var due []candidate
	var later time.Time
	offer := func(c candidate) {
		switch {
		case !kinds.Has(c.need.Kind) || !free(c):
		case c.need.At.After(now):
			later = earliest(later, c.need.At)
		default:
			due = append(due, c)
		}
	}
	for id, it := range all {
		for _, need := range it.needs[0] {
			offer(candidate{id, it, need, it.since[0]})
		}
		if looks > 0 && !it.looks[0].never {
			offer(candidate{id, it, it.looks[0].need(looks, it.severity), it.since[0]})
		}
	}
	if len(due) == 0 {
		return nil, later
	}
	best := slices.MinFunc(due, candidate.compare)
	return &best, time.Time{}
}

// TestTheNextIsWhatAPlainScanFinds lets entries come, change and go while time
// passes and writers work, and compares each hand-out.
func TestTheNextIsWhatAPlainScanFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, all, busy := newLane(), map[ID]*item{}, map[ID]bool{}
		if rapid.Bool().Draw(t, "looks") {
			w.looks = 3 * time.Second
		}
		now := time.Unix(1_790_000_000, 0)
		moment := func(name string) time.Time {
			if rapid.Bool().Draw(t, name+" set") {
				return now.Add(time.Duration(rapid.IntRange(-3, 6).Draw(t, name)) * time.Second)
			}
			return time.Time{}
		}
		free := func(c candidate) bool { return !busy[c.id] }
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := ID(fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "id")))
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1:
				it := &item{severity: rapid.IntRange(0, 3).Draw(t, "severity")}
				for kind := range Kind(KindLook) {
					if rapid.IntRange(0, 3).Draw(t, "needed") == 0 {
						it.needs[0] = append(it.needs[0], Need{Kind: kind, At: moment("at"), Severity: it.severity})
					}
				}
				it.since[0] = moment("since")
				it.looks[0] = look{never: rapid.Bool().Draw(t, "never"), last: now, not: moment("not")}
				all[id] = it
				w.enter(id, it, incident.SideDefender)
			case 2:
				delete(all, id)
				w.leave(id)
			case 3:
				now = now.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "passes")) * time.Second)
			case 4:
				busy[id] = !busy[id]
			}
			kinds := Kinds(rapid.IntRange(0, int(AllKinds)).Draw(t, "kinds"))
			want, wantLater := scanned(all, w.looks, kinds, now, free)
			got, later := w.next(kinds, now, free)
			require.Equal(t, wantLater, later)
			require.Equal(t, want, got)
		}
	})
}

// BenchmarkNext hands out what 10,000 entries need, as a storm does, and beside
// it what a plain scan would take.
func BenchmarkNext(b *testing.B) {
	w, all := newLane(), map[ID]*item{}
	now := time.Unix(1_790_000_000, 0)
	for n := range 10_000 {
		it := &item{severity: n % 4}
		it.needs[0] = []Need{{Kind: Kind(n % int(KindLook)), Severity: it.severity}}
		it.since[0] = now.Add(-time.Duration(n) * time.Second)
		id := ID(fmt.Sprintf("%05d", n))
		all[id] = it
		w.enter(id, it, incident.SideDefender)
	}
	anything := func(candidate) bool { return true }
	b.Run("heap", func(b *testing.B) {
		for b.Loop() {
			c, _ := w.next(AllKinds, now, anything)
			w.enter(c.id, c.item, incident.SideDefender)
		}
	})
	b.Run("baseline=scan", func(b *testing.B) {
		for b.Loop() {
			scanned(all, 0, AllKinds, now, anything)
		}
	})
}
