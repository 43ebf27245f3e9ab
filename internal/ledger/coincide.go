package ledger

import (
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// Coincidence is that both sides changed fields to the same, as far as is known
// (rule R8). Defender's reads may be stale, so one that shows it counts only
// from settle_time after that was found: else what one side has left already
// would be agreed with, and the other's edit lost.
type Coincidence struct {
	// At is when it was found, Seq since when all these values are held.
	At  time.Time `json:"at"`
	Seq uint64    `json:"seq"`
	// Fields is a set of fields, each by its bit; tags, where it may be true of
	// one and not of another, are not in it.
	Fields uint8 `json:"fields,omitempty"`
}

// coincide notes since when which fields are alike; 0 = none is.
func (e *Entry) coincide(since uint64, fields uint8, now time.Time) {
	switch {
	case since == 0:
		e.Coincided = nil
	case e.Coincided == nil || e.Coincided.Seq != since:
		e.Coincided = &Coincidence{At: now, Seq: since, Fields: fields}
	}
}

// leaves moves the base of a field that coincided to what Sentinel now leaves, if
// that was read there while Defender held it: what comes is an edit of it then.
// Of what Defender leaves nobody can tell when it was left, so that nothing does.
func (e *Entry) leaves(side incident.Side, f incident.Field) {
	c, t := e.Coincided, e.Sides[incident.SideSentinel]
	if side == incident.SideSentinel && c != nil && c.Fields&bitOf(f) != 0 && e.noted(f) && t.OwnRead >= e.heldSince(f) {
		e.Base[f] = &reconcile.Pair{e.Sides[incident.SideDefender].Values[f], t.Values[f]}
	}
}

func bitOf(f incident.Field) uint8 {
	if f == incident.FieldTags {
		return 0
	}
	return 1 << f
}

// confirms reports whether a side was read since both hold their values of a
// field, Defender's late enough.
func (e *Entry) confirms(side incident.Side, f incident.Field, s Settings) bool {
	o := e.Sides[side]
	if o.OwnRead < e.heldSince(f) || side == incident.SideSentinel {
		return o.OwnRead >= e.heldSince(f)
	}
	return e.noted(f) && !o.ReadAt.Before(e.Coincided.At.Add(s.SettleTime))
}

// noted reports whether it is known since when a field is alike.
func (e *Entry) noted(f incident.Field) bool {
	return e.Coincided != nil && e.Coincided.Seq >= e.heldSince(f)
}

// confirm plans the reads that a coincidence needs: at once, and Defender's once
// more when it cannot be stale.
func (p *Plan) confirm(e *Entry, side incident.Side, f incident.Field, s Settings) {
	p.coincides, p.coinciding = max(p.coincides, e.heldSince(f)), p.coinciding|bitOf(f)
	p.Other = p.Other || !e.confirms(side.Other(), f, s)
	if e.confirms(side, f, s) {
		return
	}
	var wait time.Time
	if e.noted(f) && e.Sides[side].OwnRead >= e.heldSince(f) {
		wait = e.Coincided.At.Add(s.SettleTime)
	}
	if !p.Read || wait.Before(p.Wait) {
		p.Read, p.Wait = true, wait
	}
}
