package window

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Law: whatever the service does within the contract, and wherever the reader
// is killed, each object's revision is emitted once it is visible, none twice,
// and an idle list is emitted no more.
func TestEveryVisibleRevisionIsEmittedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(rapid.Uint64().Draw(t, "seed"))
		m.sorting = sorting(rapid.IntRange(0, int(sortings)-1).Draw(t, "sorting"))
		m.pageMax = rapid.SampledFrom([]int{0, 1, 2, 3, 7}).Draw(t, "page")
		m.jagged = rapid.Bool().Draw(t, "jagged")
		m.shuffled = rapid.Bool().Draw(t, "shuffled")
		m.reversed = rapid.Bool().Draw(t, "reversed")
		m.mute = rapid.Bool().Draw(t, "mute")
		m.skipMax = rapid.SampledFrom([]int{0, 0, 20, 60}).Draw(t, "skipMax")
		n := rapid.IntRange(0, 70).Draw(t, "objects")
		spread := rapid.SampledFrom([]time.Duration{time.Nanosecond, time.Second, time.Minute, 20 * time.Hour}).Draw(t, "spread")
		m.fill(n, spread)

		r := newReader(m, 24*time.Hour)
		busy := rapid.IntRange(0, 30).Draw(t, "edits")
		kills := rapid.IntRange(0, 5).Draw(t, "kills")
		r.between = func() {
			m.now = m.now.Add(time.Duration(m.dice.Int64N(int64(2 * time.Second))))
			if busy > 0 && m.dice.IntN(3) == 0 {
				busy--
				m.put(m.dice.IntN(90), time.Duration(m.dice.Int64N(int64(testOverlap/2))))
			}
			if kills > 0 && m.dice.IntN(20) == 0 {
				kills--
				r.kill()
			}
		}
		for range 3 {
			r.poll(t)
			m.now = m.now.Add(15 * time.Second)
		}
		busy = 0
		m.now = m.now.Add(testOverlap)
		r.poll(t)
		r.poll(t)
		require.Empty(t, r.missing())
		for _, times := range r.emitted {
			require.Equal(t, 1, times)
		}

		before := len(r.emitted)
		for range 3 {
			m.now = m.now.Add(time.Minute)
			r.poll(t)
		}
		require.Len(t, r.emitted, before, "an idle list was emitted again")
	})
}

func TestAnIdlePollCostsTwoRequestsAtMost(t *testing.T) {
	for name, n := range map[string]int{"nothing ever": 0, "one object": 1, "some objects": 20} {
		t.Run(name, func(t *testing.T) {
			m := newModel(1)
			m.fill(n, 5*time.Minute)
			r := newReader(m, 24*time.Hour)
			r.poll(t)
			r.poll(t)
			m.requests = 0
			r.poll(t)
			require.LessOrEqual(t, m.requests, 2)
		})
	}
}

// A backfill spends its requests on rows: at least 96 of 100 rows asked for
// are new ones.
func TestABackfillWastesLittle(t *testing.T) {
	for name, spread := range map[string]time.Duration{"sparse": 20 * 24 * time.Hour, "dense": 10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			const objects = 20_000
			m := newModel(2)
			m.fill(objects, spread)
			r := newReader(m, 30*24*time.Hour)
			r.poll(t)
			require.Empty(t, r.missing())
			full := objects / 50
			t.Logf("%d requests for %d full pages", m.requests, full)
			require.Less(t, float64(m.requests), float64(full)/0.965)
		})
	}
}

func TestABackfillDoesNotDelayThePresent(t *testing.T) {
	m := newModel(3)
	m.fill(5_000, 20*24*time.Hour)
	r := newReader(m, 30*24*time.Hour)
	r.drain.Poll()
	for range 10 {
		require.True(t, r.one())
	}
	m.now = m.now.Add(time.Minute)
	m.put(9_999, 0)
	require.True(t, r.drain.Backlog())
	r.drain.Peek()
	require.True(t, r.one())
	require.Equal(t, 1, r.emitted[m.rows[9_999].key()])
}

func TestALateRowIsFoundWithinTheOverlap(t *testing.T) {
	m := newModel(4)
	r := newReader(m, time.Hour)
	m.put(1, testOverlap-time.Minute)
	for range 12 {
		m.now = m.now.Add(time.Minute)
		m.put(2, 0)
		r.poll(t)
	}
	require.Empty(t, r.missing())
}

// More rows in one second than the service lets a reader skip.
func TestACrowdedSecondIsDividedByCreation(t *testing.T) {
	m := newModel(5)
	m.skipMax = 100
	m.fill(1_500, 30*24*time.Hour)
	for i := range 1_500 {
		m.put(i, 0)
	}
	for _, order := range []sorting{byUpdateNewest, byUpdateOldest, byCreationNewest, byNothing} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			m.sorting = order
			r := newReader(m, time.Hour)
			r.poll(t)
			require.Empty(t, r.missing())
		})
	}
}

func TestARowFromTheFutureDoesNotBlindTheReader(t *testing.T) {
	m := newModel(6)
	r := newReader(m, time.Hour)
	now := m.now
	m.now = now.Add(1000 * time.Hour)
	m.put(1, -2000*time.Hour)
	m.now = now
	r.poll(t)
	require.Empty(t, r.missing())
	m.now = m.now.Add(time.Minute)
	m.put(2, 0)
	r.poll(t)
	require.Empty(t, r.missing())
}

func TestAServiceThatIgnoresTheSkipIsReadByTime(t *testing.T) {
	m := newModel(15)
	m.fill(300, 20*time.Hour)
	m.deaf = true
	r := newReader(m, 24*time.Hour)
	r.poll(t)
	require.Empty(t, r.missing())
	m.requests = 0
	r.poll(t)
	require.Less(t, m.requests, 20)
}

func TestAServiceThatIgnoresTheFilterEndsThePoll(t *testing.T) {
	m := newModel(7)
	m.fill(200, time.Hour)
	d := NewDrain(From(m.now.Add(-time.Minute)), Settings{Overlap: testOverlap})
	d.Poll()
	requests := 0
	for requests = range 200 {
		if _, owed := d.Next(); !owed {
			break
		}
		p, rows, _ := m.list(Ask{}, 50)
		for _, l := range rows[10:] {
			p.Rows = append(p.Rows, Row{Key: l.key(), Updated: l.updated.Add(-time.Hour), New: true})
		}
		d.Page(p, m.now)
	}
	require.Less(t, requests, 100)
	require.NotEmpty(t, d.Cursor().Gaps, "what is unread stays owed")
}

// A service that sorts by creation shows the same pages as one that sorts by
// update while nothing old is updated. What is hidden that way is found by
// counting.
func TestAnOrderThatOnlyLooksRightIsFoundOutByCounting(t *testing.T) {
	m := newModel(8)
	m.sorting = byCreationNewest
	start := m.now
	for i := range 1_000 {
		m.now = start.Add(time.Duration(i) * time.Minute)
		m.put(i, 0)
	}
	old := m.rows[3]
	old.revision, old.updated = 2, m.rows[700].updated.Add(time.Second)
	m.rows[3] = old
	for _, killed := range []int{0, 1, 5, 1_000} {
		r := newReader(m, 30*24*time.Hour)
		r.between = func() {
			if killed > 0 {
				killed--
				r.kill()
			}
		}
		r.poll(t)
		require.Empty(t, r.missing())
	}
}

func TestRowsWithoutATimeAreTakenAndEndThePoll(t *testing.T) {
	d := NewDrain(Start(time.Unix(1e9, 0), time.Hour), Settings{Overlap: testOverlap})
	d.Poll()
	first := Page{Top: 10, More: true, Count: -1}
	for i := range 10 {
		first.Rows = append(first.Rows, Row{Key: digestOf(i), Updated: time.Unix(1e9-int64(i), 0), New: true})
	}
	asks := 0
	for range 100 {
		ask, owed := d.Next()
		if !owed {
			break
		}
		asks++
		switch {
		case asks == 1:
			d.Page(first, time.Unix(1e9, 0))
		case ask.Skip < 5:
			d.Page(Page{Top: 10, Count: -1, Rows: []Row{{Key: digestOf(-asks % 3)}, {Key: digestOf(-5)}}}, time.Unix(1e9, 0))
		default:
			d.Page(Page{Top: 10, Count: -1}, time.Unix(1e9, 0))
		}
	}
	require.Less(t, asks, 100)
}

// A row that the service cannot show costs itself only.
func TestAnUnreadableRowIsHoppedOver(t *testing.T) {
	for _, order := range []sorting{byUpdateNewest, byUpdateOldest, byCreationNewest, byNothing} {
		for _, poisoned := range []int{0, 7, 59} {
			t.Run(fmt.Sprintf("order %d, row %d", order, poisoned), func(t *testing.T) {
				m := newModel(9)
				m.sorting = order
				m.fill(60, time.Hour)
				m.poisoned = map[int]bool{poisoned: true}
				r := newReader(m, 2*time.Hour)
				r.poll(t)
				require.Equal(t, []int{poisoned}, r.missing())
				m.poisoned = nil
				r.drain.Owe(Span{From: second(m.rows[poisoned].updated), To: secondAfter(m.rows[poisoned].updated)})
				r.poll(t)
				require.Empty(t, r.missing())
			})
		}
	}
}

func TestExtendReachesBackBehindTheFloor(t *testing.T) {
	m := newModel(10)
	m.fill(100, 3*time.Hour)
	r := newReader(m, time.Hour)
	r.poll(t)
	require.NotEmpty(t, r.missing())
	r.drain.Extend(m.now.Add(-3 * time.Hour))
	r.poll(t)
	require.Empty(t, r.missing())
	before := r.drain.Cursor()
	r.drain.Extend(m.now)
	require.Equal(t, before, r.drain.Cursor(), "what was read already is not owed again")
}

func TestABackfillIsNotReadTwice(t *testing.T) {
	m := newModel(11)
	m.fill(5_000, 20*24*time.Hour)
	r := newReader(m, 30*24*time.Hour)
	r.poll(t)
	m.requests = 0
	r.poll(t)
	require.LessOrEqual(t, m.requests, 3)
}

// Pages that are cut oldest first but shown newest first look like the opposite
// of what they are.
func TestAnOrderMistakenForItsOppositeLosesNothing(t *testing.T) {
	for _, order := range []sorting{byUpdateNewest, byUpdateOldest} {
		m := newModel(13)
		m.sorting, m.reversed = order, true
		m.fill(400, 20*time.Hour)
		r := newReader(m, 24*time.Hour)
		r.poll(t)
		require.Empty(t, r.missing())
	}
}

// Rows that leave between two pages shift those not yet read before the skip.
func TestAListThatMovesUnderTheReaderLosesNothing(t *testing.T) {
	for _, order := range []sorting{byUpdateNewest, byUpdateOldest, byCreationNewest} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			m := newModel(14)
			m.sorting = order
			end := m.now
			m.now = end.Add(-20 * time.Hour)
			m.fill(200, time.Second/2)
			at := m.now
			m.now = end
			// A closed span, as a resumed backfill has: what changes leaves it.
			r := newReader(m, 24*time.Hour)
			r.drain = NewDrain(Cursor{
				Head: end, Reach: end, Floor: r.saved.Floor,
				Gaps: []Gap{{Updated: Span{From: r.saved.Floor, To: secondAfter(at)}}},
			}, Settings{Overlap: testOverlap})
			edits := 6
			r.between = func() {
				for range 3 {
					if edits > 0 {
						edits--
						m.put(emittedOne(r), 0)
					}
				}
			}
			r.poll(t)
			require.Zero(t, edits)
			r.poll(t) // what was edited is news
			require.Empty(t, r.missing())
		})
	}
}

// emittedOne is an object that was read and has not changed since.
func emittedOne(r *reader) int {
	for id := range len(r.model.rows) {
		if l := r.model.rows[id]; r.emitted[l.key()] > 0 && l.revision == 1 {
			return id
		}
	}
	return 0
}
