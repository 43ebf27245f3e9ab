package ledger

import (
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// What is parked beside fields.
const (
	parkCreate   = "create"
	parkRedirect = "redirect"
)

// noEffectMax is how often a write without effect is repeated.
const noEffectMax = 3

// Park is a write that will not succeed until something changes.
type Park struct {
	// Side is the side that is not written.
	Side incident.Side `json:"side"`
	// What is the field, or create or redirect.
	What string `json:"what"`
	// Reason is why, without personal data.
	Reason string `json:"reason"`
	// At is since when.
	At time.Time `json:"at"`
}

func (e *Entry) park(side incident.Side, what, reason string, now time.Time) {
	if e.parked(side, what) {
		return
	}
	e.Parks = append(e.Parks, Park{Side: side, What: what, Reason: reason, At: now.UTC()})
}

func (e *Entry) parked(side incident.Side, what string) bool {
	return slices.ContainsFunc(e.Parks, func(p Park) bool { return p.Side == side && p.What == what })
}

// unpark lets a field be tried again, and with it what is not of one field. What
// was lost to a merge stays lost.
func (e *Entry) unpark(f incident.Field) {
	if e.Redirect != nil {
		return
	}
	e.Parks = slices.DeleteFunc(e.Parks, func(p Park) bool { return p.What == f.String() || p.What == parkCreate })
	if len(e.Parks) == 0 {
		e.Parks = nil
	}
}

// noEffect counts a PATCH that changed nothing; after some the field is parked.
func (e *Entry) noEffect(w reconcile.Write, now time.Time) {
	const reason = "the service answers 200 and does not change it"
	if e.NoEffects[w.Field]++; e.NoEffects[w.Field] < noEffectMax {
		e.decideWrite(w, now, ResultRetry, reason)
		return
	}
	e.NoEffects[w.Field] = 0
	e.park(w.Side, w.Field.String(), reason, now)
	e.decideWrite(w, now, ResultParked, reason)
}
