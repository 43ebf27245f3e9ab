package ledger

import (
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// decisionsMax is how many decisions an entry keeps.
const decisionsMax = 20

// Result is what became of a decision.
type Result string

// The results.
const (
	// ResultAsked: a write was sent, or is about to be.
	ResultAsked Result = "asked"
	// ResultWritten: the service took it.
	ResultWritten Result = "written"
	// ResultNoted: nothing is written.
	ResultNoted Result = "noted"
	// ResultRetry: it had no effect and is done again.
	ResultRetry Result = "retried"
	// ResultNews: what was found counts as a person's edit.
	ResultNews Result = "taken as an edit"
	// ResultOverwritten: the value stood for a moment, and lost.
	ResultOverwritten Result = "overwritten"
	// ResultParked: it will not succeed until something changes.
	ResultParked Result = "parked"
	// ResultHeld: it waits for approval.
	ResultHeld Result = "held"
	// ResultDryRun: it would have been written.
	ResultDryRun Result = "dry run"
	// ResultRefused: it is not believed, and nothing is written.
	ResultRefused Result = "refused"
)

// Decision is one structured record of why something was written, or not.
type Decision struct {
	// At is when.
	At time.Time `json:"at"`
	// Field is the field's name, or comment, relation, create, redirect, link.
	Field string `json:"field"`
	// Defender and Sentinel are what both sides held, Base what they had last
	// agreed on.
	Defender incident.Value  `json:"defender,omitempty"`
	Sentinel incident.Value  `json:"sentinel,omitempty"`
	Base     *reconcile.Pair `json:"base,omitempty"`
	// Rule is the row of the decision table or the rule of the protocol.
	Rule string `json:"rule"`
	// Side is the side written to; empty if none is.
	Side string `json:"side,omitempty"`
	// Value is what was written, or lost.
	Value incident.Value `json:"value,omitempty"`
	// Winner is whose value stood, of a conflict.
	Winner string `json:"winner,omitempty"`
	// Result is what became of it.
	Result Result `json:"result"`
	// Reason says more where the rule does not.
	Reason string `json:"reason,omitempty"`
}

// Conflict reports whether an edit lost.
func (d Decision) Conflict() bool { return d.Winner != "" }

// decide keeps a decision; the oldest goes. A repetition of the last one on the
// same field is kept once.
func (e *Entry) decide(d Decision) {
	d.At = d.At.UTC()
	if n := len(e.Decisions); n > 0 {
		last := e.Decisions[n-1]
		last.At, last.Base = d.At, d.Base
		if last == d {
			return
		}
	}
	if len(e.Decisions) >= decisionsMax {
		e.Decisions = append(e.Decisions[:0:0], e.Decisions[len(e.Decisions)-decisionsMax+1:]...)
	}
	e.Decisions = append(e.Decisions, d)
	e.fresh++
}

// Fresh takes the decisions made since it was last called, oldest first, at
// most as many as are kept.
func (e *Entry) Fresh() []Decision {
	n := min(e.fresh, len(e.Decisions))
	e.fresh = 0
	return e.Decisions[len(e.Decisions)-n:]
}

// decideField is a decision about a field as it stands.
func (e *Entry) decideField(f incident.Field, d Decision) {
	d.Field = f.String()
	d.Defender, d.Sentinel = e.Sides[0].Values[f], e.Sides[1].Values[f]
	if d.Base == nil {
		d.Base = e.Base[f]
	}
	e.decide(d)
}

// decideWrite is a decision about a write.
func (e *Entry) decideWrite(w reconcile.Write, at time.Time, result Result, reason string) {
	d := Decision{
		At: at, Field: w.Field.String(), Base: w.Base, Rule: string(w.Rule),
		Side: w.Side.String(), Value: w.Asked, Result: result, Reason: reason,
	}
	sides := reconcile.Pair{}
	sides[w.Side], sides[w.Side.Other()] = w.Before, w.Source
	d.Defender, d.Sentinel = sides[0], sides[1]
	if w.Rule == reconcile.RuleConflict || w.Rule == reconcile.RuleFirst {
		d.Winner = w.Winner.String()
	}
	e.decide(d)
}
