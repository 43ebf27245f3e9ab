package ledger

import (
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// Restrain lets a closing wait for approval, or until a time: there are too many
// of them. It is noted once.
func (e *Entry) Restrain(side incident.Side, until, now time.Time) {
	if e.Brake == nil || e.Brake.Side != side {
		e.Brake = &Brake{Side: side, Since: now}
		e.decideField(incident.FieldStatus, Decision{
			At: now, Rule: "max_changes", Side: side.String(), Result: ResultHeld, Reason: "more closings than max_changes",
		})
	}
	e.Brake.Until = until
}

// Trouble lets the side's writer wait after trouble that may heal.
func (e *Entry) Trouble(side incident.Side, reason string, until time.Time) {
	p := &e.Pause[side]
	p.Attempts++
	p.Reason, p.Until = reason, until
}

// Calm ends the wait and forgets the trouble.
func (e *Entry) Calm(side incident.Side) {
	e.Pause[side] = Pause{Single: e.Pause[side].Single}
}

// easeBrake forgets that a closing waits once nothing is to be closed.
func (e *Entry) easeBrake(s Settings) {
	if e.Brake != nil && e.Intent == nil && !e.Plan(e.Brake.Side, s).Closes(e.Brake.Side) {
		e.Brake = nil
	}
}
