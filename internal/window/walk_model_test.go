package window

import (
	"slices"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"
)

// walkModel is the model as a service that is asked from a moment on and links
// its pages by a count of rows.
type walkModel struct {
	*model
	// barred refuses every link.
	barred bool
	// unwell lets that share of the answers fail by chance.
	unwell float64
}

type walkAnswer int

const (
	walkGood walkAnswer = iota
	walkRefused
	walkHeavy
)

func (m *walkModel) walk(l Leg, top int) (p LegPage, rows []listed, how walkAnswer) {
	skip := 0
	if l.Link != "" {
		skip, _ = strconv.Atoi(l.Link)
		if m.barred {
			m.requests++
			return LegPage{}, nil, walkRefused
		}
	}
	if l.Single {
		top = 1
	}
	answer, rows, _ := m.list(Ask{Gap: Gap{Updated: Span{From: l.From}}, Skip: skip}, top)
	if m.fails(rows) || m.dice.Float64() < m.unwell {
		return LegPage{}, nil, walkHeavy
	}
	p = LegPage{Served: answer.Served}
	if answer.More {
		p.Link = strconv.Itoa(skip + len(rows))
	}
	return p, rows, walkGood
}

// walker drives a Walk against the model as a receiver would.
type walker struct {
	model    *walkModel
	walk     *Walk
	seen     *Seen
	saved    Cursor
	top      int
	heavy    int
	emitted  map[Digest]int
	between  func()
	settings WalkSettings
}

func newWalker(m *model, lookback time.Duration) *walker {
	c := Start(m.now, lookback)
	set := WalkSettings{Overlap: testOverlap, Every: 15 * time.Second}
	return &walker{
		model: &walkModel{model: m}, walk: NewWalk(c, set), seen: NewSeen(50_000, nil), saved: c,
		top: 50, emitted: map[Digest]int{}, between: func() {}, settings: set,
	}
}

func (r *walker) poll(t require.TestingT) {
	r.walk.Poll(r.model.now)
	for range 20_000 {
		if !r.one() {
			return
		}
		r.between()
	}
	require.Fail(t, "walk does not end")
}

// one makes one request; false when nothing is owed.
func (r *walker) one() bool {
	leg, owed := r.walk.Next()
	if !owed {
		return false
	}
	p, rows, how := r.model.walk(leg, r.top)
	switch how {
	case walkRefused:
		r.walk.Refused()
		return true
	case walkHeavy:
		if r.heavy++; leg.Single || r.top == 1 && r.heavy > 2 {
			r.heavy = 0
			r.walk.Heavy(r.model.now)
		}
		r.top = max(1, r.top/5)
		return true
	case walkGood:
	}
	r.heavy = 0
	if !leg.Single {
		r.top = min(50, r.top*5)
	}
	for _, l := range rows {
		key := l.key()
		isNew := !r.seen.Has(key)
		if isNew {
			r.emitted[key]++
			r.seen.Add(key, l.updated)
		}
		p.Rows = append(p.Rows, Row{Key: key, Updated: l.updated, New: isNew})
	}
	r.walk.Page(p, r.model.now)
	r.saved = r.walk.Cursor()
	return true
}

// kill loses all but what was saved.
func (r *walker) kill() { r.walk = NewWalk(r.saved, r.settings) }

// missing are the objects whose present, visible revision was never emitted.
func (r *walker) missing() (ids []int) {
	for _, l := range r.model.rows {
		if r.emitted[l.key()] == 0 && !r.model.now.Before(l.visible) {
			ids = append(ids, l.id)
		}
	}
	slices.Sort(ids)
	return ids
}
