package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// failsOn answers 500 when a fault cannot bear one of the rows. It is lasting:
// the same request fails again and again.
func (e *Emulator) failsOn(x *exchange, rows []row, expanded bool) bool {
	largest := 0
	for _, r := range rows {
		largest = max(largest, len(r.alerts))
	}
	_, tooMany := e.playIf(x, FaultExpandFails, func(f Fault) bool { return expanded && largest > f.Rows })
	_, poisoned := e.playIf(x, FaultPoison, func(f Fault) bool {
		return (expanded || !f.ExpandOnly) &&
			slices.ContainsFunc(rows, func(r row) bool { return slices.Contains(f.IDs, r.id) })
	})
	if tooMany || poisoned {
		x.graphError(http.StatusInternalServerError, "InternalServerError", "An internal server error occurred.")
	}
	return tooMany || poisoned
}

// spoilPage plays the faults that change a good page.
func (e *Emulator) spoilPage(x *exchange, q query, size int, p *page) {
	if _, played := e.play(x, FaultShuffle); played {
		shuffle(p.rows, e.settings.Seed)
	}
	if p.next != "" {
		e.spoilLink(x, q, size, p)
	}
	if _, played := e.playIf(x, FaultPartial, func(Fault) bool { return len(p.rows) > 0 }); played {
		p.status, p.rows = http.StatusPartialContent, p.rows[:len(p.rows)/2]
	}
}

func (e *Emulator) spoilLink(x *exchange, q query, size int, p *page) {
	_, p.nextLast = e.play(x, FaultNextLinkLast)
	if f, played := e.play(x, FaultForeignNextLink); played {
		p.next = strings.Replace(p.next, "://"+x.request.Host, "://"+f.Host, 1)
	}
	if _, played := e.playIf(x, FaultNoNextLink, func(f Fault) bool { return q.skip+size >= f.Rows }); played {
		p.next = ""
	}
}

// shuffle orders rows by a hash of their ids, the same way each time.
func shuffle(rows []row, seed uint64) { shuffleBy(rows, seed, func(r row) string { return r.id }) }

func shuffleBy[R any](rows []R, seed uint64, id func(R) string) {
	weight := func(r R) uint64 {
		sum := seed
		for _, c := range []byte(id(r)) {
			sum = mix(sum, uint64(c))
		}
		return sum
	}
	slices.SortFunc(rows, func(a, b R) int {
		if weight(a) < weight(b) {
			return -1
		}
		return 1
	})
}

// visibleLocked returns the test of what lists show now: a late revision stays
// unseen until its delay after lastUpdateDateTime is over, and the revision
// before it shows instead.
func (e *Emulator) visibleLocked(x *exchange) func(*revision) bool {
	fresh := e.freshLocked(x)
	inTime := e.hidingLocked(x, FaultLate, func(f Fault, r *revision) bool {
		return x.now.Before(r.updated.Add(time.Duration(f.Delay))) // most rows are past it
	})
	return func(r *revision) bool { return fresh(r) && inTime(r) }
}

// hidingLocked returns the test that the faults of one kind leave: a revision
// that one of them hides, by the hash of its id and time, is not seen.
func (e *Emulator) hidingLocked(x *exchange, kind FaultKind, hides func(Fault, *revision) bool) func(*revision) bool {
	var chosen []int
	for i, f := range e.faults.plan.Faults {
		if f.Kind == kind && f.covers(x.place()) {
			chosen = append(chosen, i)
		}
	}
	tenantID := x.tenant
	return func(r *revision) bool {
		for _, i := range chosen {
			f := e.faults.plan.Faults[i]
			if hides(f, r) && e.faults.chance(i, 0, tenantID, r.id, strconv.FormatInt(r.updated.UnixNano(), 36)) < f.rate() {
				e.faults.played[i]++
				return false
			}
		}
		return true
	}
}

// freshLocked returns the test of what reads of any kind show now: a stale read
// shows the state of its delay ago. What was not there then is shown at once.
func (e *Emulator) freshLocked(x *exchange) func(*revision) bool {
	return e.hidingLocked(x, FaultStaleRead, func(f Fault, r *revision) bool {
		return !r.first && x.now.Before(r.stored.Add(time.Duration(f.Delay)))
	})
}

// tieLocked cuts the times of documents to the second, so that many are equal.
func (e *Emulator) tieLocked(tenantID string, b bundle) {
	if _, played := e.faults.strike(FaultTies, place{serviceGraph, tenantID, ""}, nil); !played {
		return
	}
	b.incident.setUpdated(b.incident.updated.Truncate(time.Second))
	for _, alert := range b.alerts {
		if alert.timed {
			alert.setUpdated(alert.updated.Truncate(time.Second))
		}
	}
}
