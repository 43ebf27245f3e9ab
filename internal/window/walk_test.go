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
func TestAWalkEmitsEveryVisibleRevisionOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(rapid.Uint64().Draw(t, "seed"))
		m.sorting = byUpdateOldest
		m.pageMax = rapid.SampledFrom([]int{0, 1, 2, 3, 7}).Draw(t, "page")
		m.jagged = rapid.Bool().Draw(t, "jagged")
		m.shuffled = rapid.Bool().Draw(t, "shuffled")
		m.reversed = rapid.Bool().Draw(t, "reversed")
		n := rapid.IntRange(0, 70).Draw(t, "objects")
		spread := rapid.SampledFrom([]time.Duration{time.Nanosecond, time.Second, time.Minute, 20 * time.Hour}).Draw(t, "spread")
		m.fill(n, spread)
		r := newWalker(m, 24*time.Hour)
		m.mute = spread > time.Minute && !m.jagged && m.pageMax == 0 && rapid.Bool().Draw(t, "mute")
		if rapid.Bool().Draw(t, "disordered") && !m.mute && m.pageMax != 1 && !m.jagged {
			// Turned round, pages of two rows would look as they should.
			m.shuffled, m.reversed = false, false
			m.sorting = byUpdateNewest
		}
		busy := rapid.IntRange(0, 30).Draw(t, "edits")
		kills := rapid.IntRange(0, 5).Draw(t, "kills")
		barred := m.sorting == byUpdateOldest && rapid.Bool().Draw(t, "barred")
		r.between = func() {
			m.now = m.now.Add(time.Duration(m.dice.Int64N(int64(2 * time.Second))))
			r.model.barred = barred && m.dice.IntN(4) == 0
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
		busy, barred, r.model.barred = 0, false, false
		m.now = m.now.Add(testOverlap)
		for range 3 {
			r.poll(t)
			m.now = m.now.Add(15 * time.Second)
		}
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

func TestAnIdleWalkCostsOneRequestAndFourMoreAMinute(t *testing.T) {
	for name, n := range map[string]int{"nothing ever": 0, "one object": 1, "some objects": 20} {
		t.Run(name, func(t *testing.T) {
			m := newModel(1)
			m.sorting = byUpdateOldest
			m.fill(n, 5*time.Minute)
			r := newWalker(m, 24*time.Hour)
			r.poll(t)
			r.poll(t)
			m.requests = 0
			for range 60 {
				m.now = m.now.Add(time.Second)
				r.poll(t)
			}
			require.LessOrEqual(t, m.requests, 60+2*4)
		})
	}
}

// A storm that fills the overlap, or one second, leaves the budget to the
// present.
func TestAStormInTheOverlapIsNotReadAllTheTime(t *testing.T) {
	for name, spread := range map[string]time.Duration{"one second": time.Nanosecond, "five minutes": 5 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			m := newModel(14)
			m.sorting = byUpdateOldest
			m.fill(1_000, spread) // 20 pages
			r := newWalker(m, time.Hour)
			r.settings.PerPage = 2 * time.Second
			r.walk = NewWalk(r.saved, r.settings)
			for range 2 {
				r.poll(t)
				m.now = m.now.Add(time.Second)
			}
			m.requests = 0
			for i := range 300 {
				m.now = m.now.Add(time.Second)
				if i%10 == 0 {
					m.put(i, 0)
					r.poll(t)
					require.Equal(t, 1, r.emitted[m.rows[i].key()], "with the next poll")
					continue
				}
				r.poll(t)
			}
			t.Logf("%d requests in 300 polls", m.requests)
			require.Less(t, m.requests, 300+300)
			require.Empty(t, r.missing())
		})
	}
}

func TestAWalkBackfillWastesLittle(t *testing.T) {
	for name, spread := range map[string]time.Duration{"sparse": 20 * 24 * time.Hour, "dense": 2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			const objects = 4_000
			m := newModel(2)
			m.sorting = byUpdateOldest
			m.fill(objects, spread)
			r := newWalker(m, 30*24*time.Hour)
			r.poll(t)
			require.Empty(t, r.missing())
			full := objects / 50
			t.Logf("%d requests for %d full pages", m.requests, full)
			if name == "sparse" {
				require.LessOrEqual(t, m.requests, full*103/100+8)
			} else {
				require.LessOrEqual(t, m.requests, full*4) // 33 rows a second, pages of 50
			}
		})
	}
}

func TestAWalkSeesThePresentBeforeThePast(t *testing.T) {
	m := newModel(3)
	m.sorting = byUpdateOldest
	m.fill(2_000, 20*24*time.Hour)
	r := newWalker(m, 30*24*time.Hour)
	r.walk.Poll(m.now)
	for range 10 {
		require.True(t, r.one())
	}
	m.now = m.now.Add(time.Minute)
	m.put(9_999, 0)
	r.walk.Poll(m.now)
	require.True(t, r.one())
	require.Equal(t, 1, r.emitted[m.rows[9_999].key()])
	r.poll(t)
	require.Empty(t, r.missing())
}

func TestAWalkFindsWhatNoLinkAnnounced(t *testing.T) {
	for _, page := range []int{1, 2, 3} {
		m := newModel(4)
		m.sorting, m.mute, m.pageMax = byUpdateOldest, true, page
		for i := range 20 {
			m.put(i, 0)
			m.now = m.now.Add(time.Second)
		}
		r := newWalker(m, time.Hour)
		for range 3 {
			r.poll(t)
			m.now = m.now.Add(15 * time.Second)
			m.put(1, 0)
		}
		r.poll(t)
		require.Empty(t, r.missing(), "pages of %d", page)
	}
}

// A second whose rows cannot be had whole waits, and nothing behind it does.
func TestARefusedLinkHoldsUpOneSecond(t *testing.T) {
	m := newModel(5)
	m.sorting, m.pageMax = byUpdateOldest, 3
	for i := range 10 {
		m.put(i, 0)
	}
	m.now = m.now.Add(time.Minute)
	for i := range 10 {
		m.put(100+i, 0)
		m.now = m.now.Add(time.Second)
	}
	r := newWalker(m, time.Hour)
	r.model.barred = true
	r.poll(t)
	require.Len(t, r.missing(), 7, "of the tied ten")
	require.Len(t, r.walk.Cursor().Gaps, 1)
	for range 100 {
		m.now = m.now.Add(15 * time.Second)
		r.poll(t)
		require.LessOrEqual(t, len(r.walk.Cursor().Gaps), 2)
	}
	r.kill()
	r.model.barred = false
	r.poll(t)
	r.poll(t)
	require.Empty(t, r.missing())
	require.Empty(t, r.walk.Cursor().Gaps)
}

// What cannot be had is passed over as a narrow span, found by halving time.
func TestAPoisonedRowIsPassedOver(t *testing.T) {
	for _, unwell := range []float64{0, 0.1} {
		t.Run(fmt.Sprint("unwell ", unwell), func(t *testing.T) {
			m := newModel(6)
			m.sorting = byUpdateOldest
			m.fill(200, 20*time.Hour)
			m.poisoned = map[int]bool{7: true, 77: true}
			r := newWalker(m, 24*time.Hour)
			r.model.unwell = unwell
			var hopped []Span
			for range 4 {
				r.poll(t)
				hopped = append(hopped, r.walk.Hopped()...)
				m.now = m.now.Add(15 * time.Second)
			}
			if unwell == 0 {
				require.Equal(t, []int{7, 77}, r.missing())
				require.Len(t, hopped, 2)
			}
			r.model.unwell, m.poisoned = 0, nil
			for _, s := range hopped {
				r.walk.Owe(s)
			}
			r.poll(t)
			require.Empty(t, r.missing())
		})
	}
}

// A service that answers nothing at all has no poisoned rows: nothing is passed
// over, and all is there when it is well again.
func TestAnUnwellServiceIsToldFromAPoisonedRow(t *testing.T) {
	m := newModel(11)
	m.sorting = byUpdateOldest
	m.fill(100, 20*time.Hour)
	r := newWalker(m, 24*time.Hour)
	r.poll(t)
	m.put(1, 0)
	r.model.unwell = 1
	r.walk.Poll(m.now)
	for range 1000 {
		r.one()
		m.now = m.now.Add(time.Second)
	}
	require.Empty(t, r.walk.Hopped())
	r.model.unwell = 0
	m.put(2, 0)
	r.poll(t)
	require.Empty(t, r.missing())
}

// Of many rows that cannot be had the nearest is found, and what lies between
// comes at once.
func TestManyPoisonedRowsArePassedOverOneByOne(t *testing.T) {
	m := newModel(12)
	m.sorting = byUpdateOldest
	m.fill(300, 20*time.Hour)
	m.poisoned = map[int]bool{}
	for i := range 30 {
		m.poisoned[i*10] = true
	}
	r := newWalker(m, 24*time.Hour)
	r.poll(t)
	missing := r.missing()
	for _, id := range missing {
		require.True(t, m.poisoned[id], "%d can be had", id)
	}
	require.Len(t, missing, 30)
	m.poisoned = nil
	for _, s := range r.walk.Hopped() {
		r.walk.Owe(s)
	}
	r.poll(t)
	require.Empty(t, r.missing())
}

func TestAPoisonedRowFromTheFutureDoesNotHideThePresent(t *testing.T) {
	m := newModel(13)
	m.sorting = byUpdateOldest
	r := newWalker(m, time.Hour)
	m.put(1, 0)
	l := m.rows[1]
	l.updated = m.now.Add(5 * time.Hour)
	m.rows[1] = l
	m.poisoned = map[int]bool{1: true}
	var avoided []Span
	for range 10 {
		r.walk.Avoid(avoided)
		r.poll(t)
		avoided = append(avoided, r.walk.Hopped()...)
		m.now = m.now.Add(15 * time.Second)
		m.put(2, 0)
	}
	r.walk.Avoid(avoided)
	r.poll(t)
	require.Equal(t, []int{1}, r.missing())
}

func TestARowFromTheFutureDoesNotBlindAWalk(t *testing.T) {
	m := newModel(7)
	m.sorting = byUpdateOldest
	r := newWalker(m, time.Hour)
	m.put(1, 0)
	l := m.rows[1]
	l.updated = m.now.Add(48 * time.Hour)
	m.rows[1] = l
	for range 10 {
		r.poll(t)
		m.now = m.now.Add(15 * time.Second)
		m.put(2, 0)
	}
	r.poll(t)
	require.Empty(t, r.missing())
	require.Equal(t, 1, r.emitted[m.rows[1].key()])
}

// The rows are dated by the service's clock, however wrong ours is.
func TestAWalkHeedsNoClockButTheServices(t *testing.T) {
	for _, skew := range []time.Duration{-3 * time.Hour, 3 * time.Hour} {
		m := newModel(8)
		m.sorting = byUpdateOldest
		r := newWalker(m, time.Hour)
		r.poll(t)
		for i := range 40 {
			m.now = m.now.Add(15 * time.Second)
			m.put(i%7, time.Duration(i%3)*time.Minute)
			r.walk.Poll(m.now.Add(skew))
			for range 50 {
				leg, owed := r.walk.Next()
				if !owed {
					break
				}
				p, rows, _ := r.model.walk(leg, 50)
				for _, row := range rows {
					p.Rows = append(p.Rows, Row{Key: row.key(), Updated: row.updated, New: r.emitted[row.key()] == 0})
					r.emitted[row.key()]++
				}
				r.walk.Page(p, m.now.Add(skew))
			}
		}
		require.WithinDuration(t, m.now, r.walk.Cursor().Head, 3*time.Minute, "skew %s", skew)
		m.now = m.now.Add(15 * time.Second)
		r.poll(t)
		m.now = m.now.Add(15 * time.Second)
		r.poll(t)
		require.Empty(t, r.missing())
	}
}

func TestAWalkForeverUnsortedStillEnds(t *testing.T) {
	m := newModel(9)
	m.sorting, m.pageMax = byUpdateNewest, 3
	m.fill(100, time.Hour)
	r := newWalker(m, 2*time.Hour)
	busy := 500
	r.between = func() {
		if busy--; busy > 0 {
			m.now = m.now.Add(time.Second)
			m.put(m.dice.IntN(100), 0)
		}
	}
	r.poll(t)
	for range 4 {
		m.now = m.now.Add(15 * time.Second)
		r.poll(t)
	}
	require.Empty(t, r.missing())
}

func TestAvoidedSpansAreLeftOut(t *testing.T) {
	m := newModel(10)
	m.sorting = byUpdateOldest
	r := newWalker(m, time.Hour)
	r.poll(t)
	start := m.now
	for i := range 60 {
		m.now = m.now.Add(5 * time.Second)
		m.put(i, 0)
	}
	r.poll(t)
	at := func(sec int) time.Time { return start.Add(time.Duration(sec) * time.Second) }
	for _, tt := range []struct {
		avoid []Span
		want  []Span
	}{
		{nil, []Span{{at(300), time.Time{}}, {at(-120), at(300)}}},
		{[]Span{{at(300), at(301)}}, []Span{{at(301), time.Time{}}, {at(-120), at(300)}}},
		{[]Span{{at(10), at(20)}, {at(15), at(30)}, {at(-200), at(-100)}}, []Span{{at(300), time.Time{}}, {at(30), at(300)}, {at(-100), at(10)}}},
		{[]Span{{at(-200), at(400)}}, []Span{{at(400), time.Time{}}}},
	} {
		m.now = m.now.Add(20 * time.Second)
		r.walk = NewWalk(r.saved, WalkSettings{Overlap: 2 * time.Minute, Every: time.Second})
		r.walk.cursor.Reach = start
		r.walk.Avoid(tt.avoid)
		r.walk.Poll(m.now)
		var got []Span
		for _, g := range r.walk.Cursor().Gaps {
			got = append(got, g.Updated)
		}
		require.Equal(t, tt.want, got)
	}
}
