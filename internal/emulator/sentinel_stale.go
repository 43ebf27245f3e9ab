package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func lower(text string) string { return strings.ToLower(text) }

// staleLocked returns the test of which revisions a read sees, or nil when it
// sees all: a revision under one of the faults stays unseen until its delay is
// over, and the one before it shows instead. Which revisions are under it is the
// same at every read. What was just made is no stale state: gets show it at once.
func (e *Emulator) staleLocked(x *exchange, kinds ...FaultKind) func(*sentinelIncident) bool {
	var struck []int
	for i, f := range e.faults.plan.Faults {
		if slices.Contains(kinds, f.Kind) && f.covers(x.place()) {
			struck = append(struck, i)
		}
	}
	if len(struck) == 0 {
		return nil
	}
	return func(r *sentinelIncident) bool {
		for _, i := range struck {
			f := e.faults.plan.Faults[i]
			since := r.stored
			if f.Kind == FaultLate {
				since = r.modified
			} else if r.first {
				continue
			}
			if x.now.Before(since.Add(time.Duration(f.Delay))) && // most revisions are past it
				e.faults.chance(i, 0, x.tenant, r.name, strconv.FormatUint(r.seq, 36)) < f.rate() {
				e.faults.played[i]++
				return false
			}
		}
		return true
	}
}

// poisons answers 500 when a fault cannot bear one of the incidents.
func (e *Emulator) poisons(x *exchange, names ...string) bool {
	_, played := e.playIf(x, FaultPoison, func(f Fault) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(f.IDs, name) })
	})
	if played {
		x.armError(http.StatusInternalServerError, "InternalServerError", "An internal server error occurred.")
	}
	return played
}
