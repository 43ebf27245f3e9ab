package reconcile

import (
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// Pair is what both sides hold of one field, each value as its own service
// returned it (rule R7).
type Pair [2]incident.Value

// Held is what one side holds of a field.
type Held struct {
	Value incident.Value
	// Stamp is the revision time of the first observation of this value; it
	// restarts when the value changes (rule R2).
	Stamp time.Time
}

// State is all that is known of one field of one incident.
type State struct {
	// Base is what both sides last agreed on; nil if they never did.
	Base *Pair
	// Sides is what each side holds now, indexed by Side.
	Sides [2]Held
	// Confirmed is true if both sides were read by their own writer since both
	// held these values, late enough not to be stale (rule R8).
	Confirmed bool
}

// Rule names a row of the decision table.
type Rule string

// The rules.
const (
	// RuleQuiet: neither side differs from its half of the base.
	RuleQuiet Rule = "quiet"
	// RuleAgree: what changed means the same on both sides; the base moves.
	RuleAgree Rule = "agree"
	// RuleCoincidence: both changed to the same; the base moves once both were
	// read again.
	RuleCoincidence Rule = "coincidence"
	// RuleEdit: one side changed; the other is written.
	RuleEdit Rule = "edit"
	// RuleKept: one side changed, and its edits are not carried.
	RuleKept Rule = "kept"
	// RuleConflict: both changed differently; the winner is written over the
	// loser.
	RuleConflict Rule = "conflict"
	// RuleFirst: the sides never agreed and differ; as a conflict.
	RuleFirst Rule = "first meeting"
	// RuleMerge: tags were changed on both sides, and all changes hold.
	RuleMerge Rule = "merge"
)

// Outcome is what one field needs.
type Outcome struct {
	Rule Rule
	// Writes is what each side is to hold instead; nil for a side that is
	// right already.
	Writes [2]*incident.Value
	// Base is the base from now on, without any write; nil to leave it.
	Base *Pair
	// Read asks that both sides be read again by their writers before anything
	// is decided.
	Read bool
	// Winner is the side whose value stands, where Rule is RuleConflict or
	// RuleFirst.
	Winner incident.Side
}

// Write is the value a side is to hold; false if it is right already.
func (o Outcome) Write(side incident.Side) (incident.Value, bool) {
	if o.Writes[side] == nil {
		return "", false
	}
	return *o.Writes[side], true
}

// Field merges one field.
func Field(f incident.Field, s State, p FieldPolicy, v incident.Vocabulary) Outcome {
	if f == incident.FieldTags {
		return mergeTags(s, p)
	}
	now := Pair{s.Sides[0].Value, s.Sides[1].Value}
	agree := v.Agree(f, now[0], now[1])
	if s.Base == nil {
		switch {
		case agree:
			return Outcome{Rule: RuleAgree, Base: &now}
		case p.Direction == DirectionOff:
			return Outcome{Rule: RuleKept, Base: &now}
		}
		return settle(f, s, p, v, RuleFirst)
	}
	news := [2]bool{now[0] != s.Base[0], now[1] != s.Base[1]}
	switch {
	case !news[0] && !news[1]:
		return Outcome{Rule: RuleQuiet}
	case agree && news[0] && news[1]:
		if !s.Confirmed {
			return Outcome{Rule: RuleCoincidence, Read: true}
		}
		return Outcome{Rule: RuleCoincidence, Base: &now}
	case agree:
		return Outcome{Rule: RuleAgree, Base: &now}
	case news[0] && news[1] && p.Direction != DirectionOff:
		return settle(f, s, p, v, RuleConflict)
	}
	from := incident.SideDefender
	if news[incident.SideSentinel] {
		from = incident.SideSentinel
	}
	if !p.Direction.carries(from) {
		return Outcome{Rule: RuleKept, Base: &now}
	}
	return carry(f, s, v, from, RuleEdit)
}

// settle lets one side's value stand.
func settle(f incident.Field, s State, p FieldPolicy, v incident.Vocabulary, rule Rule) Outcome {
	return carry(f, s, v, winner(s, p), rule)
}

func winner(s State, p FieldPolicy) incident.Side {
	switch p.Direction {
	case DirectionToSentinel:
		return incident.SideDefender
	case DirectionToDefender:
		return incident.SideSentinel
	case DirectionBoth, DirectionOff:
	}
	switch p.Conflict {
	case ConflictDefender:
		return incident.SideDefender
	case ConflictSentinel:
		return incident.SideSentinel
	case ConflictLatest:
	}
	if s.Sides[incident.SideSentinel].Stamp.After(s.Sides[incident.SideDefender].Stamp) {
		return incident.SideSentinel
	}
	return incident.SideDefender
}

// carry writes the value of one side on the other, in its words.
func carry(f incident.Field, s State, v incident.Vocabulary, from incident.Side, rule Rule) Outcome {
	to := from.Other()
	value := v.Translate(f, from, s.Sides[from].Value, s.Sides[to].Value)
	o := Outcome{Rule: rule, Winner: from}
	o.Writes[to] = &value
	return o
}
