package reconcile

import (
	"maps"
	"slices"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// mergeTags merges tag by tag: each is there or not, so that two edits of one
// tag are never different, and edits of different tags all hold. Without a base
// nothing was ever removed: what either side has, both get.
func mergeTags(s State, p FieldPolicy) Outcome {
	var base Pair
	if s.Base != nil {
		base = *s.Base
		if base == (Pair{s.Sides[0].Value, s.Sides[1].Value}) {
			return Outcome{Rule: RuleQuiet} // as almost always, and without a set
		}
	}
	m := tagMerge{policy: p, confirmed: s.Confirmed}
	for side := range m.now {
		m.now[side] = incident.NewTagSet(s.Sides[side].Value)
		m.base[side] = incident.NewTagSet(base[side])
		m.want[side] = maps.Clone(m.now[side])
		m.next[side] = maps.Clone(m.base[side])
	}
	for _, key := range m.keys() {
		m.tag(key)
	}
	return m.outcome(base)
}

type tagMerge struct {
	policy          FieldPolicy
	confirmed       bool
	now, base       [2]incident.TagSet
	want, next      [2]incident.TagSet
	read, coincided bool
	carried         [2]bool // by the side they came from
	kept            bool
}

func (m *tagMerge) keys() []string {
	all := map[string]bool{}
	for side := range m.now {
		for key := range m.now[side] {
			all[key] = true
		}
		for key := range m.base[side] {
			all[key] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// tag decides one tag.
func (m *tagMerge) tag(key string) {
	d, s := incident.SideDefender, incident.SideSentinel
	news := [2]bool{m.now[d].Has(key) != m.base[d].Has(key), m.now[s].Has(key) != m.base[s].Has(key)}
	switch {
	case !news[d] && !news[s]:
	case m.now[d].Has(key) == m.now[s].Has(key):
		if news[d] && news[s] && !m.confirmed {
			m.read = true
			return
		}
		m.coincided = true
		m.move(key)
	case news[d] && news[s]:
		// The halves of the base differ: a service stored the tag otherwise
		// than sent. What is there stays.
		from := d
		if m.now[s].Has(key) {
			from = s
		}
		m.carry(key, from)
	case news[d]:
		m.carry(key, d)
	default:
		m.carry(key, s)
	}
}

func (m *tagMerge) carry(key string, from incident.Side) {
	if !m.policy.Direction.carries(from) {
		m.kept = true
		m.move(key)
		return
	}
	m.carried[from] = true
	copyTag(key, m.now[from], m.want[from.Other()])
}

// move lets the base say what both sides hold of a tag.
func (m *tagMerge) move(key string) {
	for side := range m.next {
		copyTag(key, m.now[side], m.next[side])
	}
}

func copyTag(key string, from, to incident.TagSet) {
	if text, has := from[key]; has {
		to[key] = text
		return
	}
	delete(to, key)
}

func (m *tagMerge) outcome(base Pair) Outcome {
	o := Outcome{Rule: RuleQuiet, Read: m.read}
	switch {
	case m.carried[0] && m.carried[1]:
		o.Rule = RuleMerge
	case m.carried[0] || m.carried[1]:
		o.Rule = RuleEdit
		if m.carried[incident.SideSentinel] {
			o.Winner = incident.SideSentinel
		}
	case m.read:
		o.Rule = RuleCoincidence
	case m.kept:
		o.Rule = RuleKept
	case m.coincided:
		o.Rule = RuleAgree
	}
	for side := range m.want {
		if m.carried[incident.Side(side).Other()] {
			value := m.want[side].Value()
			o.Writes[side] = &value
		}
	}
	if next := (Pair{m.next[0].Value(), m.next[1].Value()}); next != base {
		o.Base = &next
	}
	return o
}
