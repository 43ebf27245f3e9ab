package reconcile

import "github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"

// Write is one field of one write to a side.
type Write struct {
	// Side is the side written to.
	Side incident.Side `json:"side"`
	// Field is the field.
	Field incident.Field `json:"field"`
	// Before is what the side held, Asked what it is to hold.
	Before incident.Value `json:"before"`
	Asked  incident.Value `json:"asked"`
	// Source is what the other side held when the write was decided.
	Source incident.Value `json:"source"`
	// Base is the base then; nil for none.
	Base *Pair `json:"base,omitempty"`
	// Rule is why.
	Rule Rule `json:"rule"`
	// Winner is whose value stands.
	Winner incident.Side `json:"winner"`
}

// Landed is the base once the side holds returned as the answer to w. Of tags
// only those move that the write carried.
func (w Write) Landed(base *Pair, returned incident.Value) Pair {
	var next Pair
	if w.Field != incident.FieldTags {
		next[w.Side], next[w.Side.Other()] = returned, w.Source
		return next
	}
	if base != nil {
		next = *base
	}
	own, other := incident.NewTagSet(next[w.Side]), incident.NewTagSet(next[w.Side.Other()])
	got, source := incident.NewTagSet(returned), incident.NewTagSet(w.Source)
	for _, key := range w.carriedTags() {
		copyTag(key, got, own)
		copyTag(key, source, other)
	}
	next[w.Side], next[w.Side.Other()] = own.Value(), other.Value()
	return next
}

// Undone is the base once it is known that the write had no effect although the
// base had moved for it.
func (w Write) Undone(base *Pair) *Pair {
	if w.Field != incident.FieldTags || base == nil {
		return w.Base
	}
	var before Pair
	if w.Base != nil {
		before = *w.Base
	}
	var next Pair
	for side := range next {
		set := incident.NewTagSet(base[side])
		for _, key := range w.carriedTags() {
			copyTag(key, incident.NewTagSet(before[side]), set)
		}
		next[side] = set.Value()
	}
	return &next
}

// Found says what an own read after a lost answer shows of a write.
type Found uint8

// What may be found.
const (
	// FoundAsked: the write took effect.
	FoundAsked Found = iota
	// FoundBefore: it did not, or of tags not wholly.
	FoundBefore
	// FoundOther: somebody wrote something else since.
	FoundOther
)

// Resolve is what an own read that shows holds says of a write without an
// answer, and the base then (rule R3). Each tag speaks for itself.
func (w Write) Resolve(base *Pair, holds incident.Value) (Found, *Pair) {
	if w.Field == incident.FieldTags {
		return w.resolveTags(base, incident.NewTagSet(holds))
	}
	switch holds {
	case w.Asked:
	case w.Before:
		return FoundBefore, base
	default:
		next := w.Landed(base, w.Asked)
		return FoundOther, &next
	}
	next := w.Landed(base, holds)
	return FoundAsked, &next
}

func (w Write) resolveTags(base *Pair, holds incident.TagSet) (Found, *Pair) {
	asked := incident.NewTagSet(w.Asked)
	landed := incident.NewTagSet(w.Before)
	found := FoundAsked
	for _, key := range w.carriedTags() {
		if holds.Has(key) == asked.Has(key) {
			copyTag(key, asked, landed)
			continue
		}
		found = FoundBefore
	}
	part := w
	part.Asked = landed.Value()
	next := part.Landed(base, holds.Value())
	return found, &next
}

// carriedTags are the tags that the write adds or removes.
func (w Write) carriedTags() []string {
	before, asked := incident.NewTagSet(w.Before), incident.NewTagSet(w.Asked)
	var keys []string
	for key := range before {
		if !asked.Has(key) {
			keys = append(keys, key)
		}
	}
	for key := range asked {
		if !before.Has(key) {
			keys = append(keys, key)
		}
	}
	return keys
}
