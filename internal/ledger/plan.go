package ledger

import (
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// Plan is what one side's writer has to do to the fields of an entry.
type Plan struct {
	// Writes are what the side is to hold instead; none if it is right.
	Writes []reconcile.Write
	// Create is true if the twin is to be made, with Writes for every field.
	Create bool
	// Redirect is true if the twin of a merged incident is to be closed.
	Redirect bool
	// Read is true if the side must be read by its writer before anything can
	// be decided.
	Read bool
	// Wait is the time before which nothing may be decided; zero for none.
	Wait time.Time
	// Other is true if the other side's writer has something to do.
	Other bool
	// Adopt is true if nothing is to be written and the base moves all the
	// same, once the side was read: what changed on the other means what this
	// one holds.
	Adopt bool

	base [incident.FieldCount]*reconcile.Pair
	kept []incident.Field
	// coincides is the Seq since which both sides hold what they hold alike,
	// coinciding the fields of that, each by its bit.
	coincides  uint64
	coinciding uint8
}

// Plan works out what the side's writer has to do; it changes nothing.
func (e *Entry) Plan(side incident.Side, s Settings) Plan {
	if e.Redirect != nil {
		return e.planRedirect(side)
	}
	switch d, t := e.Sides[incident.SideDefender], e.Sides[incident.SideSentinel]; {
	case !d.Known || !t.Known && !t.Gone:
		return Plan{Read: side == incident.SideSentinel && !t.Known || side == incident.SideDefender && !d.Known}
	case d.Gone:
		return Plan{}
	case !t.Known || t.Gone:
		return e.planCreate(side, s)
	}
	if settled, wait := e.met(side, s); !settled {
		return Plan{Read: wait.read, Wait: wait.until, Other: true}
	}
	return e.planFields(side, s)
}

type firstMeeting struct {
	read  bool
	until time.Time
}

// met reports whether the sides may be compared: they have a base, or both were
// read long enough after the entry was made (rule R9).
func (e *Entry) met(side incident.Side, s Settings) (bool, firstMeeting) {
	for _, base := range e.Base {
		if base != nil {
			return true, firstMeeting{}
		}
	}
	after := e.Created.Add(s.SettleTime)
	own, other := e.Sides[side].ReadAt, e.Sides[side.Other()].ReadAt
	if !own.Before(after) && !other.Before(after) {
		return true, firstMeeting{}
	}
	if own.Before(after) {
		return false, firstMeeting{read: true, until: after}
	}
	return false, firstMeeting{}
}

// planFields merges field by field.
func (e *Entry) planFields(side incident.Side, s Settings) Plan {
	var p Plan
	for _, f := range incident.Fields() {
		o := reconcile.Field(f, e.state(f, s), s.Policy[f], s.Vocabulary)
		p.base[f] = o.Base
		if o.Rule == reconcile.RuleKept {
			p.kept = append(p.kept, f)
		}
		if o.Base != nil && e.adopter(f) == side {
			p.Adopt = true
		}
		if o.Read {
			p.confirm(e, side, f, s)
		}
		for _, to := range incident.Sides() {
			value, write := o.Write(to)
			if !write || value == e.Sides[to].Values[f] || e.parked(to, f.String()) || e.contrary(to, f) {
				continue
			}
			if to != side {
				p.Other = true
				continue
			}
			p.Writes = append(p.Writes, reconcile.Write{
				Side: to, Field: f, Before: e.Sides[to].Values[f], Asked: value,
				Source: e.Sides[to.Other()].Values[f], Base: e.Base[f], Rule: o.Rule, Winner: o.Winner,
			})
		}
	}
	if e.Pause[side].Single && len(p.Writes) > 1 {
		p.Writes = p.Writes[:1]
	}
	return p
}

// adopter is the side whose writer moves the base of a field: the one that did
// not change, so that it is read before; of two that changed Sentinel's.
func (e *Entry) adopter(f incident.Field) incident.Side {
	if b := e.Base[f]; b != nil && b[0] == e.Sides[0].Values[f] {
		return incident.SideDefender
	}
	return incident.SideSentinel
}

// state is what reconcile is asked about a field.
func (e *Entry) state(f incident.Field, s Settings) reconcile.State {
	state := reconcile.State{Base: e.Base[f], Confirmed: true}
	for _, side := range incident.Sides() {
		o := e.Sides[side]
		state.Sides[side] = reconcile.Held{Value: o.Values[f], Stamp: o.Stamps[f]}
		// Without a base rule R9 has seen to it.
		state.Confirmed = state.Confirmed && (state.Base == nil || e.confirms(side, f, s))
	}
	return state
}

// heldSince is the Seq since which both sides hold their values of a field.
func (e *Entry) heldSince(f incident.Field) uint64 {
	return max(e.Sides[0].Since[f], e.Sides[1].Since[f])
}

// planCreate makes the twin of an incident that has none. One that a person
// deleted is made again only after Defender closed and reopened it.
func (e *Entry) planCreate(side incident.Side, s Settings) Plan {
	d := e.Sides[incident.SideDefender].Values
	reopened := e.Deleted != nil && e.Deleted.Closed && !incident.Closed(incident.SideDefender, d[incident.FieldStatus])
	if e.Deleted != nil && !reopened || e.parked(incident.SideSentinel, parkCreate) {
		return Plan{}
	}
	if side == incident.SideDefender {
		return Plan{Other: true}
	}
	p := Plan{Create: true}
	for _, f := range incident.Fields() {
		asked := s.Vocabulary.Translate(f, incident.SideDefender, d[f], "")
		p.Writes = append(p.Writes, reconcile.Write{
			Side: side, Field: f, Asked: asked, Source: d[f], Rule: reconcile.RuleEdit,
		})
	}
	return p
}

// planRedirect closes the twin of a merged incident, once. What happens to it
// later is noted and never fought (rule R10).
func (e *Entry) planRedirect(side incident.Side) Plan {
	t := e.Sides[incident.SideSentinel]
	switch {
	case e.Redirect.Done || t.Gone || e.parked(incident.SideSentinel, parkRedirect):
		return Plan{}
	case side == incident.SideDefender:
		return Plan{Other: true}
	case !t.Known:
		return Plan{Read: true}
	}
	const f = incident.FieldStatus
	return Plan{Redirect: true, Writes: []reconcile.Write{{
		Side: side, Field: f, Before: t.Values[f], Asked: incident.SentinelClosed,
		Source: e.Sides[incident.SideDefender].Values[f], Base: e.Base[f], Rule: reconcile.RuleEdit,
	}}}
}

// Settle moves the base where the plan found that nothing needs writing.
func (e *Entry) Settle(p Plan, now time.Time) {
	for i, base := range p.base {
		f := incident.Field(i)
		if base == nil || e.Base[f] != nil && *e.Base[f] == *base {
			continue
		}
		if slices.Contains(p.kept, f) {
			e.decideField(f, Decision{At: now, Rule: string(reconcile.RuleKept), Result: ResultNoted})
		}
		e.Base[f] = base
	}
	e.coincide(p.coincides, p.coinciding, now)
}
