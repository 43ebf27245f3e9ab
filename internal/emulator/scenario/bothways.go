package scenario

import (
	"errors"
	"fmt"
	"iter"
	"time"
)

// BothWaysName is the name of the scenario that [BothWays] tells.
const BothWaysName = "both-ways"

// Side is the portal a person works in.
type Side string

// The sides.
const (
	Defender Side = "defender" // the customer's analysts, in their own tenant
	Sentinel Side = "sentinel" // the provider's analysts, in the workspace
)

// Move is one thing that happens in a life with people on both sides. Start plus
// the sum of all After up to and including this move is its moment.
//
// Exactly one of Story, Change and Merge is set. What people do is said as a
// change of whatever is there, since nobody knows here what the other side and
// the sync have made of the incident meanwhile.
type Move struct {
	After time.Duration // since the previous move, never negative
	ID    string        // of the Defender incident that it is about
	By    string        // principal name of the person; "" = the service itself

	Story  map[string]any // the service: the whole Graph incident with "alerts", as it would be had nobody touched it
	Side   Side           // a person: where they work
	Change map[string]any // a person: members to set, in that side's words; addTags, removeTags and comment besides
	Merge  []string       // a person: Defender incidents to merge

	Tenant string // one of Settings.Tenants
	Note   string // one plain line for people; who and where is not in it
}

// BothWays returns a life in which analysts of the customer and of the provider
// work on the same incidents, each in their own portal: they take, tag, comment,
// regrade, close, reopen and merge them, and now and then they disagree. It is
// slower than life, a new incident every three to six seconds, and without end
// unless Settings.Incidents says how many.
//
// The sequence may be ranged over any number of times and gives the same moves
// each time. Errors are those of [New].
func BothWays(s Settings) (iter.Seq[Move], error) {
	if err := errors.Join(checkSettings(BothWaysName, s)...); err != nil {
		return nil, err
	}
	s = s.own()
	return func(yield func(Move) bool) {
		st := newStage(s, func(step Step) bool {
			return yield(Move{After: step.After, Tenant: step.Tenant, ID: id(step.Incident), Story: step.Incident, Note: step.Note})
		})
		st.moves = yield
		st.playBothWays()
	}, nil
}

// firstShift is how many incidents wait when the analysts come in.
const firstShift = 6

func (st *stage) playBothWays() {
	at := st.settings.Start
	for range firstShift {
		at = st.snap(at.Add(st.span(100*time.Millisecond, 400*time.Millisecond)))
		st.at(at, st.openCase)
	}
	st.comeIn(at)
	st.run(time.Time{})
}

// comeIn lets the next incident open some seconds after a moment, and so on.
func (st *stage) comeIn(after time.Time) {
	st.at(st.snap(after.Add(st.span(3*time.Second, 6*time.Second))), func(at time.Time) {
		if !st.enough(0) {
			st.openCase(at)
			st.comeIn(at)
		}
	})
}

// openCase opens an incident and plans what the service and the people will do.
func (st *stage) openCase(at time.Time) {
	if st.enough(0) {
		return
	}
	t := st.begin(at)
	st.emit(at, t, t.opened(at, 1+t.upto(2)))
	for _, b := range caseOf(t) {
		st.at(t.snap(at.Add(b.after)), func(at time.Time) { st.perform(t, b.act, at) })
	}
}

// move hands out what a person does.
func (st *stage) move(at time.Time, t *tracked, m Move) {
	if st.quit {
		return
	}
	t.changed = at
	m.After, m.Tenant, m.ID = at.Sub(st.last), t.org.tenant, t.id
	m.Note = fmt.Sprintf("%s: incident %s %s", t.org.name, t.id, m.Note)
	st.quit = !st.moves(m)
	st.last = at
}
