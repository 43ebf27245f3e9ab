package ledger

import (
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// Kind is what a writer has to do for an entry, in the order of urgency.
type Kind uint8

// The kinds.
const (
	// KindStatus: the side is to be closed or reopened.
	KindStatus Kind = iota
	// KindRead: the side must be read; nothing is written for certain.
	KindRead
	// KindEdit: any other field.
	KindEdit
	// KindCreate: the twin is to be made.
	KindCreate
	// KindComment: a comment is to be copied.
	KindComment
	// KindRelation: alerts are to be related.
	KindRelation
	// KindLook: the side is to be read because it was not for long (rule R12).
	// It is nothing that is owed, see [Ledger.Reread].
	KindLook
)

// Need is one thing a writer has to do.
type Need struct {
	Kind Kind
	// At is when it may be done; zero for at once.
	At time.Time
	// Severity orders those of one kind: 3 high … 0 informational or unknown.
	Severity int
}

// Needs lists what the side's writer has to do for the entry, at most one of
// each kind; nil if nothing.
func (e *Entry) Needs(side incident.Side, s Settings) []Need {
	if e.Intent != nil {
		if e.Intent.Side != side {
			return nil
		}
		at := e.Intent.At
		if side == incident.SideDefender {
			at = s.settled(at)
		}
		return e.paused(side, []Need{{Kind: KindRead, At: at}})
	}
	plan := e.Plan(side, s)
	needs := append(e.reads(side, plan), e.writes(side, plan)...)
	if p := e.PlanComments(side, s); p.List || p.Next != nil {
		needs = append(needs, Need{Kind: KindComment, At: p.Wait})
	}
	if side == incident.SideSentinel {
		if at, due := e.relate(); due {
			needs = append(needs, Need{Kind: KindRelation, At: at})
		}
	}
	for i := range needs {
		needs[i].Severity = e.severity()
	}
	return e.paused(side, needs)
}

func (e *Entry) severity() int {
	return incident.SeverityRank(e.Sides[incident.SideDefender].Values[incident.FieldSeverity])
}

// reads is whether and when the side must be read.
func (e *Entry) reads(side incident.Side, p Plan) []Need {
	o := e.Sides[side]
	if o.Wanted || p.Adopt {
		return []Need{{Kind: KindRead}}
	}
	if side == incident.SideSentinel && p.Read && !o.Known && e.Redirect == nil {
		return []Need{{Kind: KindCreate}} // most likely there is no twin yet
	}
	var at time.Time
	due := p.Read
	if p.Read {
		at = p.Wait
	}
	if side == incident.SideDefender {
		for _, h := range e.Holds {
			if !due || h.Due.Before(at) {
				due, at = true, h.Due
			}
		}
	}
	if !due {
		return nil
	}
	return []Need{{Kind: KindRead, At: at}}
}

func (e *Entry) writes(side incident.Side, p Plan) []Need {
	switch {
	case p.Create:
		return []Need{{Kind: KindCreate}}
	case len(p.Writes) == 0:
		return nil
	case p.Closes(side) && e.Brake != nil && !e.Brake.Approved && e.Brake.Side == side:
		return []Need{{Kind: KindStatus, At: e.Brake.Until}}
	case p.Closes(side) || p.Redirect:
		return []Need{{Kind: KindStatus}}
	}
	for _, w := range p.Writes {
		if w.Field == incident.FieldStatus && incident.Closed(side, w.Before) {
			return []Need{{Kind: KindStatus}}
		}
	}
	return []Need{{Kind: KindEdit}}
}

// Closes reports whether the plan closes an incident that is open.
func (p Plan) Closes(side incident.Side) bool {
	if p.Create {
		return false
	}
	return containsWrite(p.Writes, func(w reconcile.Write) bool {
		return w.Field == incident.FieldStatus && incident.Closed(side, w.Asked) && !incident.Closed(side, w.Before)
	})
}

func containsWrite(writes []reconcile.Write, test func(reconcile.Write) bool) bool {
	for _, w := range writes {
		if test(w) {
			return true
		}
	}
	return false
}

// paused lets no need be due before the side's pause ends.
func (e *Entry) paused(side incident.Side, needs []Need) []Need {
	until := e.Pause[side].Until
	for i := range needs {
		if needs[i].At.Before(until) {
			needs[i].At = until
		}
	}
	return needs
}

// Quiet reports whether neither writer has anything to do for the entry, now or
// later.
func (e *Entry) Quiet(s Settings) bool {
	return len(e.Needs(incident.SideDefender, s)) == 0 && len(e.Needs(incident.SideSentinel, s)) == 0
}
