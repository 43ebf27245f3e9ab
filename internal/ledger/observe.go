package ledger

import (
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// Reading says how an observation came about.
type Reading struct {
	// Own is true for a read by the side's own writer, which holds the entry.
	Own bool
	// Began is when the request that brought it was begun.
	Began time.Time
	// Seq is the entry's Seq then; of an own read only.
	Seq uint64
}

// Begin is the reading that an own read begins now.
func (e *Entry) Begin(now time.Time) Reading { return Reading{Own: true, Began: now, Seq: e.Seq} }

// Observe takes what was seen of one side, and reports whether that changed the
// entry. Old news is dropped (rule R5), other content at the same revision only
// asks for an own read (rule R6), fields on hold are set aside (rule R4), and a
// redirect is for ever (rule R10).
func (e *Entry) Observe(side incident.Side, s incident.Snapshot, r Reading) bool {
	e.recall(side, s.Values)
	if side == incident.SideDefender && e.redirected(s, r) {
		return true
	}
	if e.Redirect != nil && side == incident.SideDefender {
		return false
	}
	o := &e.Sides[side]
	switch {
	case o.Gone && !r.Own:
		// A record may have been on its way since before the incident was
		// deleted: only the own writer sees it rise.
		changed := r.Began.After(o.ReadAt) && !o.Wanted
		o.Wanted = o.Wanted || changed
		return changed
	case !o.Known || o.Gone:
		e.take(side, s, r)
		return true
	}
	switch age := s.Revision.Compare(o.Revision); {
	case age < 0:
		return false
	case age == 0 && !r.Own && e.differs(side, s.Values):
		changed := !o.Wanted
		o.Wanted = true
		return changed
	case age == 0 && !r.Own && len(e.Holds) == 0 && !r.Began.After(o.ReadAt):
		return false
	}
	e.take(side, s, r)
	return true
}

// differs compares values with those held; fields on hold never differ.
func (e *Entry) differs(side incident.Side, values incident.Values) bool {
	for f, value := range values {
		if value != e.Sides[side].Values[f] && e.hold(side, incident.Field(f)) < 0 {
			return true
		}
	}
	return false
}

// take believes an observation.
func (e *Entry) take(side incident.Side, s incident.Snapshot, r Reading) {
	o := &e.Sides[side]
	fresh := !o.Known
	for i, value := range s.Values {
		f := incident.Field(i)
		if at := e.hold(side, f); at >= 0 {
			switch e.release(at, value, s.Revision, r) {
			case releaseNot:
				continue
			case releaseUndone:
				e.held(side, f, value, s.Revision)
				continue
			case releaseSeen:
			}
		}
		if fresh || value != o.Values[f] {
			e.held(side, f, value, s.Revision)
			e.unpark(f)
			e.noteAfterMerge(side, f, s.Revision)
		}
	}
	o.Known, o.Gone = true, false
	e.deletion(side)
	o.Revision, o.Etag = s.Revision, s.Etag
	if s.URL != "" {
		o.URL = s.URL
	}
	if !s.Created.IsZero() {
		o.Made = s.Created
	}
	if r.Began.After(o.ReadAt) {
		o.ReadAt = r.Began
	}
	if r.Own {
		o.OwnRead, o.Wanted = r.Seq, false
	}
}

// deletion follows what becomes of a deleted twin: it is there again, or Defender
// closed the incident and may reopen it.
func (e *Entry) deletion(seen incident.Side) {
	switch {
	case e.Deleted == nil:
	case seen == incident.SideSentinel:
		e.Deleted = nil
	case incident.Closed(seen, e.Sides[seen].Values[incident.FieldStatus]):
		e.Deleted.Closed = true
	}
}

// held notes that the side holds another value now.
func (e *Entry) held(side incident.Side, f incident.Field, value incident.Value, revision time.Time) {
	e.leaves(side, f)
	e.Seq++
	o := &e.Sides[side]
	o.Since[f], o.Values[f], o.Stamps[f] = e.Seq, value, revision
}

// hold is the index of the hold on a field, -1 for none.
func (e *Entry) hold(side incident.Side, f incident.Field) int {
	if side != incident.SideDefender {
		return -1
	}
	return slices.IndexFunc(e.Holds, func(h Hold) bool { return h.Write.Field == f })
}

// contrary reports whether a field waits until it is settled what its side holds.
func (e *Entry) contrary(side incident.Side, f incident.Field) bool {
	at := e.hold(side, f)
	return at >= 0 && e.Holds[at].Contrary
}

// release is what an observation does to a hold.
type release uint8

const (
	// releaseNot: the hold stays, the value is set aside.
	releaseNot release = iota
	// releaseSeen: the hold ends, the value counts.
	releaseSeen
	// releaseUndone: the hold ends, and the write had no effect.
	releaseUndone
)

// release ends the hold at an index if what was seen settles it (rule R4, a to
// c).
func (e *Entry) release(at int, value incident.Value, revision time.Time, r Reading) release {
	h := e.Holds[at]
	seen := value == h.Write.Asked
	settled := r.Own && !r.Began.Before(h.Due)
	if !settled && (!seen || !r.Own && !r.Began.After(h.Answered)) {
		e.Holds[at].Contrary = h.Contrary || r.Own
		return releaseNot
	}
	if e.Holds = slices.Delete(e.Holds, at, at+1); len(e.Holds) == 0 {
		e.Holds = nil
	}
	w := h.Write
	switch {
	case seen:
		e.NoEffects[w.Field] = 0
	case value == w.Before && revision.Equal(h.Revision):
		e.Base[w.Field] = w.Undone(e.Base[w.Field])
		e.noEffect(w, r.Began)
		return releaseUndone
	default:
		e.decideWrite(w, r.Began, ResultNews, "another value is there than was asked")
	}
	return releaseSeen
}

// noteAfterMerge records an edit of the twin of a merged incident: it goes
// nowhere, and is not fought.
func (e *Entry) noteAfterMerge(side incident.Side, f incident.Field, at time.Time) {
	if e.Redirect != nil && e.Redirect.Done && side == incident.SideSentinel {
		e.decideField(f, Decision{At: at, Rule: "merged", Result: ResultNoted, Reason: "the incident was merged into " + e.Redirect.Into})
	}
}

// redirected takes a redirect, whatever its revision.
func (e *Entry) redirected(s incident.Snapshot, r Reading) bool {
	merged := s.RedirectedTo != "" || s.Values[incident.FieldStatus] == incident.DefenderRedirected
	if !merged || e.Redirect != nil && (e.Redirect.Into == s.RedirectedTo || s.RedirectedTo == "") {
		return false
	}
	first := e.Redirect == nil
	if first {
		e.Redirect = &Redirect{At: r.Began}
		e.Seq++
	}
	e.Redirect.Into = s.RedirectedTo
	o := &e.Sides[incident.SideDefender]
	o.Known, o.Gone, o.Wanted = true, false, false
	o.Values[incident.FieldStatus] = incident.DefenderRedirected
	o.ReadAt = r.Began
	if s.URL != "" {
		o.URL = s.URL
	}
	if first {
		e.Holds = nil
		e.losePending(r.Began)
	}
	return true
}
