package scenario

import (
	"container/heap"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// stage is where incidents live side by side: the tenants, a clock, and what will happen when. One
// stage is one run through a scenario and belongs to one goroutine.
type stage struct {
	dice
	settings Settings
	tenants  []*tenancy
	yield    func(Step) bool
	moves    func(Move) bool // takes what people do, in BothWays only
	sink     func(*tracked)  // gets what changed in place of yield, when not nil
	quit     bool            // the caller wants no more steps
	last     time.Time       // of the last step
	open     []*tracked
	deck     []story // stories not yet told in this round
	made     int     // incidents opened so far
	pace     time.Duration
	queue    queue
	queued   int
}

// tenancy is a tenant and the incident ids given out in it.
type tenancy struct {
	org    *org
	lastID int64
	opened int
}

func newStage(s Settings, yield func(Step) bool) *stage {
	st := &stage{dice: newDice(s.Seed, "stage"), settings: s, yield: yield, last: s.Start, pace: 1}
	for i, id := range s.Tenants {
		st.tenants = append(st.tenants, &tenancy{org: newOrg(s.Seed, id, i), lastID: st.between(1000, 9000)})
	}
	return st
}

// openMax is how many open incidents are remembered as merge targets; those nobody ever looks at
// must not add up without end.
const openMax = 100

// wideAfter is how many incidents a tenant opens before its ids leave the range of 32 bits.
const wideAfter = 20

func (y *tenancy) nextID(d dice) string {
	y.opened++
	if y.opened == wideAfter {
		y.lastID += 1 << 31
	}
	y.lastID += d.between(1, 3)
	return strconv.FormatInt(y.lastID, 10)
}

// begin tells the next story of the deck in the next tenant; no alert has joined yet.
func (st *stage) begin(at time.Time) *tracked {
	if len(st.deck) == 0 {
		st.deck = stories()
		st.r.Shuffle(len(st.deck), func(i, j int) { st.deck[i], st.deck[j] = st.deck[j], st.deck[i] })
	}
	tell := st.deck[0].tell
	st.deck = st.deck[1:]
	return st.beginStory(tell, at)
}

func (st *stage) beginStory(tell func(*scene) plot, at time.Time) *tracked {
	y := st.tenants[st.made%len(st.tenants)]
	st.made++
	d := newDice(st.settings.Seed, "incident", y.org.tenant, strconv.Itoa(y.opened))
	t := newTracked(d, y.org, y.nextID(st.dice), tell, at)
	if st.open = append(st.open, t); len(st.open) > openMax {
		st.open = st.open[1:]
	}
	return t
}

// enough says whether as many incidents were opened as wanted; own is the scenario's own measure.
func (st *stage) enough(own int) bool {
	want := st.settings.Incidents
	if want == 0 {
		want = own
	}
	return want != 0 && st.made >= want
}

// emit hands out the incident as it now stands.
func (st *stage) emit(at time.Time, t *tracked, note string) {
	if t.over {
		st.open = slices.DeleteFunc(st.open, func(o *tracked) bool { return o == t })
	}
	if st.sink != nil {
		st.sink(t)
		return
	}
	if st.quit {
		return
	}
	note = fmt.Sprintf("%s: incident %s %s", t.org.name, t.id, note)
	st.quit = !st.yield(Step{After: at.Sub(st.last), Tenant: t.org.tenant, Incident: t.document(), Note: note})
	st.last = at
}

// follow queues an incident's course from the moment it opened.
func (st *stage) follow(t *tracked, opened time.Time) {
	for _, b := range courseOf(t) {
		st.at(t.snap(opened.Add(b.after*st.pace)), func(at time.Time) { st.perform(t, b.act, at) })
	}
}

// perform does one thing to an incident, never two at one moment: its lastUpdateDateTime must tell
// one state from the next.
func (st *stage) perform(t *tracked, do act, at time.Time) {
	if !at.After(t.changed) {
		st.at(t.changed.Add(100), func(later time.Time) { st.perform(t, do, later) })
		return
	}
	do(st, t, at)
}

// at queues something to happen.
func (st *stage) at(when time.Time, run func(time.Time)) {
	st.queued++
	heap.Push(&st.queue, event{when, st.queued, run})
}

// run lets happen what is queued, in order, up to and including the moment until (zero = all).
func (st *stage) run(until time.Time) {
	for len(st.queue) > 0 && !st.quit {
		e, _ := heap.Pop(&st.queue).(event)
		if !until.IsZero() && e.at.After(until) {
			return
		}
		e.run(e.at)
	}
}

// event is something queued; order breaks ties so that a run is the same each time.
type event struct {
	at    time.Time
	order int
	run   func(time.Time)
}

// queue is a heap of events, the earliest first.
type queue []event

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue) Less(i, j int) bool {
	return q[i].at.Before(q[j].at) || q[i].at.Equal(q[j].at) && q[i].order < q[j].order
}

// Push and Pop serve container/heap.

func (q *queue) Push(x any) {
	e, _ := x.(event)
	*q = append(*q, e)
}

func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = event{}
	*q = old[:len(old)-1]
	return e
}
