package ledger_test

import (
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// Rules are taken away here: what the shipped code did is undone, or what it is
// asked is bent. R3, the lock, R5, R6, R8 and R9 are taken away where they are
// asked for.

// favour is the plan; without the second half of R2 either writer favours its
// own side where stamps are equal.
func (x *explorer) favour(e *ledger.Entry, side incident.Side) ledger.Plan {
	if x.without != "R2, of equals" {
		return e.Plan(side, x.settings)
	}
	favoured := e.Clone()
	if own, other := &favoured.Sides[side].Stamps[x.field], favoured.Sides[side.Other()].Stamps[x.field]; own.Equal(other) {
		*own = own.Add(1)
	}
	return favoured.Plan(side, x.settings)
}

// stampless takes away R2: a stamp outlives its value once the side was edited.
func (x *explorer) stampless(e *ledger.Entry, side incident.Side, before ledger.Observation) {
	f := x.field
	if x.without == "R2" && before.Known && e.Base[f] != nil && before.Values[f] != e.Base[f][side] {
		e.Sides[side].Stamps[f] = before.Stamps[f]
	}
}

// answeredWithout takes away what rules make of an answer.
func (x *explorer) answeredWithout(e *ledger.Entry, q question, s incident.Snapshot, write reconcile.Write) {
	switch x.without {
	case "R1":
		// The base is of what both sides hold by now.
		if e.Sides[q.side.Other()].Values[write.Field] != write.Source {
			e.Base[write.Field] = write.Base
		}
	case "R4":
		if e.Holds = nil; q.side == defender {
			e.Observe(q.side, s, ledger.Reading{Own: true, Began: at(present), Seq: e.Seq})
		}
	case "R4, of records":
		e.Holds = nil
	case "R7":
		if base := e.Base[write.Field]; base != nil {
			next := reconcile.Pair{}
			next[write.Side], next[write.Side.Other()] = write.Asked, write.Source
			e.Base[write.Field] = &next
		}
	case "R10":
		if e.Redirect != nil {
			e.Redirect.Done = false
		}
	}
}
