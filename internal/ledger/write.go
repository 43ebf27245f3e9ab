package ledger

import (
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// Read takes what the side's writer has read, and resolves a write whose answer
// is not known (rule R3).
func (e *Entry) Read(side incident.Side, s incident.Snapshot, r Reading) {
	e.Observe(side, s, r)
	if e.Intent != nil && e.Intent.Side == side {
		e.resolve(r.Began)
	}
}

// Missing is Read where the side answered that there is no such incident.
func (e *Entry) Missing(side incident.Side, r Reading) {
	o := &e.Sides[side]
	if o.Known && !o.Gone && side == incident.SideSentinel && e.Deleted == nil {
		e.Deleted = &Deleted{At: r.Began, Closed: e.wasClosed()}
		e.Comments.again()
		e.Alerts.again()
		e.decide(Decision{At: r.Began, Field: "incident", Rule: "deleted", Result: ResultNoted})
	}
	if !o.Gone {
		e.Seq++
	}
	o.Gone, o.Wanted, o.OwnRead, o.ReadAt = true, false, r.Seq, r.Began
	if e.Intent != nil && e.Intent.Side == side {
		e.Intent = nil
	}
}

// wasClosed reports whether Defender's incident is closed, or was when both sides
// last agreed. Deletions are noticed late: where it was reopened since, the twin
// was in all likelihood deleted before that.
func (e *Entry) wasClosed() bool {
	const f, d = incident.FieldStatus, incident.SideDefender
	base := e.Base[f]
	return incident.Closed(d, e.Sides[d].Values[f]) || base != nil && incident.Closed(d, base[d])
}

// resolve draws the conclusion from what the own side holds after a write whose
// answer was lost.
func (e *Entry) resolve(now time.Time) {
	in := *e.Intent
	e.Intent = nil
	if in.Redirect {
		// Whatever was written, closing once more is decided anew.
		return
	}
	if in.Create && e.Sides[in.Side].Known {
		e.Comments.twinMade(now)
	}
	for _, w := range in.Writes {
		holds := e.Sides[in.Side].Values[w.Field]
		found, base := w.Resolve(e.Base[w.Field], holds)
		e.Base[w.Field] = base
		switch found {
		case reconcile.FoundAsked:
			e.decideWrite(w, now, ResultWritten, "found after a lost answer")
		case reconcile.FoundBefore:
			e.decideWrite(w, now, ResultRetry, "not found after a lost answer")
		case reconcile.FoundOther:
			e.decideWrite(w, now, ResultOverwritten, "another value was found after a lost answer")
		}
	}
}

// Intend notes a write that is about to be sent. It must be saved before.
func (e *Entry) Intend(side incident.Side, p Plan, now time.Time) {
	e.Intent = &Intent{
		Side: side, At: now, Create: p.Create, Redirect: p.Redirect, Writes: p.Writes,
		Revision: e.Sides[side].Revision, Etag: e.Sides[side].Etag,
	}
}

// Answered takes the answer of the write that was intended. A Defender answer
// is believed in one thing: whether it says redirected (rule R4).
func (e *Entry) Answered(answer incident.Snapshot, now time.Time, s Settings) {
	in := *e.Intent
	e.Intent = nil
	e.Pause[in.Side] = Pause{Single: e.Pause[in.Side].Single}
	if e.Brake != nil && e.Brake.Side == in.Side {
		e.Brake = nil
	}
	switch {
	case in.Side == incident.SideDefender:
		e.patched(in, answer, now, s)
		return
	case !in.Create && in.Etag != "" && answer.Etag == in.Etag:
		e.Intent = &in // the answer shows what was there before: as good as none
		return
	}
	e.put(in, answer, now)
}

// patched moves the base to what was asked, and holds the fields until that is
// seen.
func (e *Entry) patched(in Intent, answer incident.Snapshot, now time.Time, s Settings) {
	if e.Redirect != nil {
		e.lose(in.Writes, now)
		return
	}
	e.Intent = &in
	if e.redirected(answer, Reading{Began: now}) {
		return // and lost
	}
	e.Intent = nil
	for _, w := range in.Writes {
		next := w.Landed(e.Base[w.Field], w.Asked)
		e.Base[w.Field] = &next
		e.Sides[in.Side].Values[w.Field] = w.Asked
		if at := e.hold(in.Side, w.Field); at >= 0 {
			e.Holds = slices.Delete(e.Holds, at, at+1)
		}
		e.Holds = append(e.Holds, Hold{Write: w, Answered: now, Due: now.Add(s.SettleTime), Revision: in.Revision})
		e.decideWrite(w, now, ResultWritten, "")
	}
}

// put believes the answer: Sentinel's writes are guarded by an etag.
func (e *Entry) put(in Intent, answer incident.Snapshot, now time.Time) {
	if in.Create {
		e.Base = [incident.FieldCount]*reconcile.Pair{}
		e.Sides[in.Side] = Observation{}
		e.Deleted = nil
		e.Comments.twinMade(now)
	}
	e.takeAnswer(in, answer, now)
	if in.Redirect {
		e.Redirect.Done = true
		e.decide(Decision{At: now, Field: "redirect", Rule: "merged", Side: in.Side.String(), Result: ResultWritten, Reason: "into incident " + e.Redirect.Into})
		return
	}
	if in.Create {
		e.decide(Decision{At: now, Field: "incident", Rule: "create", Side: in.Side.String(), Result: ResultWritten})
	}
	for _, w := range in.Writes {
		next := w.Landed(e.Base[w.Field], answer.Values[w.Field])
		e.Base[w.Field] = &next
		if !in.Create {
			e.decideWrite(w, now, ResultWritten, "")
		}
	}
}

// takeAnswer believes the answer unless news came while it was on its way: later
// news stays, and news of the same time asks for a read (rules R1, R6).
func (e *Entry) takeAnswer(in Intent, answer incident.Snapshot, now time.Time) {
	o := &e.Sides[in.Side]
	age := answer.Revision.Compare(o.Revision)
	if age < 0 {
		// What came in between is younger than what was written: where it
		// differs, a person changed it since, even back to what was there
		// before (rule R2).
		for _, w := range in.Writes {
			if held := o.Values[w.Field]; held != answer.Values[w.Field] {
				e.held(in.Side, w.Field, held, o.Revision)
			}
		}
		return
	}
	news := o.Revision.After(in.Revision) || in.Etag != "" && o.Etag != in.Etag
	tie := age == 0 && news && e.differs(in.Side, answer.Values)
	e.take(in.Side, answer, Reading{Began: now})
	o.Wanted = o.Wanted || tie
}

// Unanswered notes that nothing more will be heard of what was sent to a side: it
// is looked for when it must show (rules R3, R11).
func (e *Entry) Unanswered(side incident.Side, now time.Time) {
	if e.Intent != nil && e.Intent.Side == side {
		e.Intent.At = now
	}
	if e.Comments.Posting != nil && side == incident.SideDefender {
		e.Comments.Posting.At = now
	}
}

// Unsent forgets an intended write that is known not to have happened: a stale
// etag, a throttled request.
func (e *Entry) Unsent() { e.Intent = nil }

// Refused notes that the service will never take the intended write as it is.
// Of several fields each is tried alone, so that only the one at fault is
// parked.
func (e *Entry) Refused(reason string, now time.Time) {
	in := *e.Intent
	e.Intent = nil
	if len(in.Writes) > 1 && !in.Create && !in.Redirect {
		e.Pause[in.Side].Single = true
		return
	}
	switch {
	case in.Create:
		e.park(in.Side, parkCreate, reason, now)
		e.decide(Decision{At: now, Field: "incident", Rule: "create", Side: in.Side.String(), Result: ResultParked, Reason: reason})
	case in.Redirect:
		e.park(in.Side, parkRedirect, reason, now)
	default:
		for _, w := range in.Writes {
			e.park(in.Side, w.Field.String(), reason, now)
			e.decideWrite(w, now, ResultParked, reason)
		}
	}
}

// Shelve parks writes that are not sent at all, as in a dry run, until either
// side changes.
func (e *Entry) Shelve(side incident.Side, p Plan, result Result, now time.Time) {
	if p.Create {
		e.park(side, parkCreate, string(result), now)
		e.decide(Decision{At: now, Field: "incident", Rule: "create", Side: side.String(), Result: result})
		return
	}
	if p.Redirect {
		e.park(side, parkRedirect, string(result), now)
	}
	for _, w := range p.Writes {
		if !p.Redirect {
			e.park(side, w.Field.String(), string(result), now)
		}
		e.decideWrite(w, now, result, "")
	}
}

// lose notes writes to an incident that was merged meanwhile (rule R10).
func (e *Entry) lose(writes []reconcile.Write, now time.Time) {
	for _, w := range writes {
		e.park(w.Side, w.Field.String(), "lost to the merge into incident "+e.Redirect.Into, now)
		e.decideWrite(w, now, ResultParked, "lost to the merge into incident "+e.Redirect.Into)
	}
}

// losePending loses what Sentinel's side had changed and Defender's never got.
func (e *Entry) losePending(now time.Time) {
	var writes []reconcile.Write
	if e.Intent != nil && e.Intent.Side == incident.SideDefender {
		writes = e.Intent.Writes
		e.Intent = nil
	}
	d, t := &e.Sides[incident.SideDefender], &e.Sides[incident.SideSentinel]
	for _, f := range incident.Fields() {
		under := slices.ContainsFunc(writes, func(w reconcile.Write) bool { return w.Field == f })
		if base := e.Base[f]; base != nil && t.Known && t.Values[f] != base[incident.SideSentinel] && !under {
			writes = append(writes, reconcile.Write{
				Side: incident.SideDefender, Field: f, Before: d.Values[f], Asked: t.Values[f], Source: t.Values[f],
				Base: base, Rule: reconcile.RuleEdit,
			})
		}
	}
	e.lose(writes, now)
}
