package window

import (
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
)

// listed is one object as the model service lists it.
type listed struct {
	id               int
	revision         int
	updated, created time.Time
	visible          time.Time
}

func (l listed) key() Digest {
	return NewDigest(
		binary.BigEndian.AppendUint64(nil, uint64(l.id)),
		binary.BigEndian.AppendUint64(nil, uint64(l.revision)),
	)
}

// sorting is by what the model service orders its list.
type sorting int

const (
	byUpdateNewest sorting = iota
	byUpdateOldest
	byCreationNewest
	byNothing
	sortings
)

// model is a service that lists objects: a dumb twin of what the reader
// expects, with every liberty the contract leaves to the service.
type model struct {
	now     time.Time
	rows    map[int]listed
	dice    *rand.Rand
	sorting sorting
	// pageMax cuts pages; 0 leaves them as asked. jagged makes each page of
	// another size up to it.
	pageMax int
	jagged  bool
	// shuffled mixes the rows inside a page.
	shuffled bool
	// reversed turns the rows inside a page round.
	reversed bool
	// mute never announces a further page.
	mute bool
	// poisoned objects make every page that holds them fail.
	poisoned map[int]bool
	// deaf to the skip, it always shows the first page.
	deaf bool
	// innumerate does not count.
	innumerate bool
	// skipMax is how deep it lets a reader skip; 0 is any depth.
	skipMax  int
	requests int
}

func newModel(seed uint64) *model {
	return &model{
		now:  time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		rows: map[int]listed{},
		dice: rand.New(rand.NewPCG(seed, 1)),
	}
}

// put creates or changes an object now; it shows after late.
func (m *model) put(id int, late time.Duration) {
	l, known := m.rows[id]
	if !known {
		l.id, l.created = id, m.now
	}
	l.revision++
	l.updated, l.visible = m.now, m.now.Add(late)
	m.rows[id] = l
}

// fill spreads n objects over the span before now, created up to 30 days
// before that.
func (m *model) fill(n int, over time.Duration) {
	end := m.now
	for i := range n {
		m.now = end.Add(-time.Duration(m.dice.Int64N(int64(over))))
		m.put(i, 0)
		l := m.rows[i]
		l.created = l.updated.Add(-time.Duration(m.dice.Int64N(int64(30 * 24 * time.Hour))))
		m.rows[i] = l
	}
	m.now = end
}

// list answers an Ask; refused stands for a 400 on the skip.
func (m *model) list(a Ask, top int) (p Page, rows []listed, refused bool) {
	m.requests++
	if m.skipMax > 0 && a.Skip > m.skipMax {
		return Page{}, nil, true
	}
	var matched []listed
	for _, l := range m.rows {
		if a.Updated.Contains(l.updated) && a.Created.Contains(l.created) && !m.now.Before(l.visible) {
			matched = append(matched, l)
		}
	}
	slices.SortFunc(matched, m.compare)
	size := top
	if m.pageMax > 0 {
		size = min(size, m.pageMax)
		if m.jagged {
			size = 1 + m.dice.IntN(size)
		}
	}
	if m.deaf {
		a.Skip = 0
	}
	from := min(a.Skip, len(matched))
	rows = slices.Clone(matched[from:min(from+size, len(matched))])
	if m.shuffled {
		m.dice.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	if m.reversed {
		slices.Reverse(rows)
	}
	p = Page{Top: top, Served: m.now, More: !m.mute && from+size < len(matched), Count: -1}
	if a.Count && !m.innumerate {
		p.Count = len(matched)
	}
	return p, rows, false
}

func (m *model) compare(a, b listed) int {
	byID := cmp.Compare(a.id*7919%1009, b.id*7919%1009)
	switch m.sorting {
	case byUpdateNewest:
		return cmp.Or(b.updated.Compare(a.updated), byID)
	case byUpdateOldest:
		return cmp.Or(a.updated.Compare(b.updated), byID)
	case byCreationNewest:
		return cmp.Or(b.created.Compare(a.created), byID)
	default:
		return cmp.Or(byID, cmp.Compare(a.id, b.id))
	}
}

func (m *model) fails(rows []listed) bool {
	return slices.ContainsFunc(rows, func(l listed) bool { return m.poisoned[l.id] })
}

// reader drives a Drain against the model as a receiver would.
type reader struct {
	model   *model
	drain   *Drain
	seen    *Seen
	saved   Cursor
	top     int
	emitted map[Digest]int
	// between runs between two requests.
	between func()
}

const testOverlap = 10 * time.Minute

func newReader(m *model, lookback time.Duration) *reader {
	c := Start(m.now, lookback)
	return &reader{
		model: m, drain: NewDrain(c, Settings{Overlap: testOverlap}), seen: NewSeen(50_000, nil),
		saved: c, top: 50, emitted: map[Digest]int{}, between: func() {},
	}
}

// poll drains once; it fails the test when the drain does not end.
func (r *reader) poll(t require.TestingT) {
	r.drain.Poll()
	for range 100_000 {
		if !r.one() {
			return
		}
		r.between()
	}
	require.Fail(t, "drain does not end", "%+v", r.drain.Cursor())
}

// one makes one request; false when nothing is owed.
func (r *reader) one() bool {
	ask, owed := r.drain.Next()
	if !owed {
		return false
	}
	p, rows, refused := r.model.list(ask, r.top)
	if refused {
		r.drain.Refused()
		return true
	}
	if r.model.fails(rows) {
		if r.top == 1 {
			r.drain.Hop()
		}
		r.top = max(1, r.top/5)
		return true
	}
	r.top = min(50, r.top*5)
	for _, l := range rows {
		key := l.key()
		isNew := !r.seen.Has(key)
		if isNew {
			r.emitted[key]++
			r.seen.Add(key, l.updated)
		}
		p.Rows = append(p.Rows, Row{Key: key, Updated: l.updated, New: isNew})
	}
	r.drain.Page(p, r.model.now)
	r.saved = r.drain.Cursor()
	return true
}

// kill loses all but what was saved.
func (r *reader) kill() {
	r.drain = NewDrain(r.saved, Settings{Overlap: testOverlap})
}

// missing are the objects whose present, visible revision was never emitted.
func (r *reader) missing() (ids []int) {
	for _, l := range r.model.rows {
		if r.emitted[l.key()] == 0 && !r.model.now.Before(l.visible) {
			ids = append(ids, l.id)
		}
	}
	slices.Sort(ids)
	return ids
}
