package incident

import (
	"slices"
	"strings"
)

// Principal is the canonical spelling of an owner: lower case, trimmed. A
// person is a user principal name on either side; anything else is free text.
func Principal(text string) Value {
	return Value(strings.ToLower(strings.TrimSpace(text)))
}

// automata are assignees that are no person: the other side cannot be assigned
// to them, so they count as nobody there.
// Source: assignedTo of captured Graph alerts, read 2026-11.
var automata = []Value{"automation", "suppression rule"}

func person(d Value) Value {
	if slices.Contains(automata, d) {
		return ""
	}
	return d
}

// Owners maps principals of the Defender tenant to those of the workspace's,
// who are not the same people: a customer's analyst and the provider's.
type Owners struct {
	toSentinel map[Value]Value
	toDefender map[Value][]Value
}

// NewOwners reads pairs of Defender principal → Sentinel principal, in any
// case. Several Defender principals may map to one.
func NewOwners(pairs map[string]string) Owners {
	o := Owners{toSentinel: map[Value]Value{}, toDefender: map[Value][]Value{}}
	for d, s := range pairs {
		o.toSentinel[Principal(d)] = Principal(s)
		o.toDefender[Principal(s)] = append(o.toDefender[Principal(s)], Principal(d))
	}
	for _, all := range o.toDefender {
		slices.Sort(all)
	}
	return o
}

// Sentinel is who a Defender owner is in Sentinel. An owner without a mapping
// keeps its name, an automaton is nobody.
func (o Owners) Sentinel(d Value) Value {
	if mapped, ok := o.toSentinel[d]; ok {
		return mapped
	}
	return person(d)
}

// agree reports whether both are the same person. A Defender principal that
// somebody assigned in Sentinel under its own name is that one, mapped or not.
func (o Owners) agree(d, s Value) bool {
	return o.Sentinel(d) == s || d == s && len(o.toDefender[s]) == 0
}

// Defender is who a Sentinel owner is in Defender; d, who holds it there now,
// is kept if it means the same. Of several the first in the alphabet.
func (o Owners) Defender(s, d Value) Value {
	if o.agree(d, s) {
		return d
	}
	if mapped := o.toDefender[s]; len(mapped) > 0 {
		return mapped[0]
	}
	return s
}
