package reconcile

import (
	"errors"
	"fmt"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// Direction says which way edits of a field are carried.
type Direction string

// The directions.
const (
	// DirectionBoth carries edits of either side to the other.
	DirectionBoth Direction = "both"
	// DirectionToSentinel carries Defender's edits; Sentinel's stay where they
	// are until Defender's next.
	DirectionToSentinel Direction = "to_sentinel"
	// DirectionToDefender is the opposite.
	DirectionToDefender Direction = "to_defender"
	// DirectionOff carries nothing.
	DirectionOff Direction = "off"
)

// carries reports whether edits of the side go to the other.
func (d Direction) carries(from incident.Side) bool {
	switch d {
	case DirectionBoth:
		return true
	case DirectionToSentinel:
		return from == incident.SideDefender
	case DirectionToDefender:
		return from == incident.SideSentinel
	case DirectionOff:
	}
	return false
}

// Conflict says who wins when both sides were edited differently.
type Conflict string

// The ways to settle a conflict.
const (
	// ConflictLatest lets the value win whose revision is younger; of equals
	// Defender's (rule R2).
	ConflictLatest Conflict = "latest"
	// ConflictDefender lets Defender win.
	ConflictDefender Conflict = "defender"
	// ConflictSentinel lets Sentinel win.
	ConflictSentinel Conflict = "sentinel"
)

// FieldPolicy is how one field is kept in step. For tags, which merge one by
// one, Conflict matters only where a service stores a tag otherwise than sent.
type FieldPolicy struct {
	Direction Direction
	Conflict  Conflict
}

// Validate reports all unknown words.
func (p FieldPolicy) Validate() error {
	var direction, conflict error
	switch p.Direction {
	case DirectionBoth, DirectionToSentinel, DirectionToDefender, DirectionOff:
	default:
		direction = fmt.Errorf(`"direction" must be both, to_sentinel, to_defender or off, got %q`, string(p.Direction))
	}
	switch p.Conflict {
	case ConflictLatest, ConflictDefender, ConflictSentinel:
	default:
		conflict = fmt.Errorf(`"conflict" must be latest, defender or sentinel, got %q`, string(p.Conflict))
	}
	return errors.Join(direction, conflict)
}

// Policy is a FieldPolicy for every field, indexed by Field.
type Policy [incident.FieldCount]FieldPolicy

// DefaultPolicy carries everything both ways, the later edit winning; title and
// description go from Defender to Sentinel only.
func DefaultPolicy() Policy {
	var p Policy
	for f := range p {
		p[f] = FieldPolicy{DirectionBoth, ConflictLatest}
	}
	p[incident.FieldTitle] = FieldPolicy{DirectionToSentinel, ConflictDefender}
	p[incident.FieldDescription] = FieldPolicy{DirectionToSentinel, ConflictDefender}
	return p
}
