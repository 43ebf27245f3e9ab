package reconcile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

var (
	directions = []reconcile.Direction{reconcile.DirectionBoth, reconcile.DirectionToSentinel, reconcile.DirectionToDefender, reconcile.DirectionOff}
	conflicts  = []reconcile.Conflict{reconcile.ConflictLatest, reconcile.ConflictDefender, reconcile.ConflictSentinel}
)

func stamp(n int) time.Time { return time.Unix(1_800_000_000+int64(n), 0) }

// domain is small and holds every kind of value of a field, on each side.
type domain struct {
	field    incident.Field
	defender []incident.Value
	sentinel []incident.Value
}

func tagSets() []incident.Value {
	return []incident.Value{"", incident.Tags([]string{"x"}), incident.Tags([]string{"X"}), incident.Tags([]string{"y"}), incident.Tags([]string{"x", "y"})}
}

func domains() []domain {
	owners, texts := []incident.Value{"", "jane@contoso.com", "sue@contoso.com", "automation"}, []incident.Value{"", "one", "other"}
	return []domain{
		{incident.FieldStatus, []incident.Value{"active", "inProgress", "awaitingAction", "resolved", "new word"}, []incident.Value{"New", "Active", "Closed"}},
		{incident.FieldVerdict, []incident.Value{"", "truePositive/malware", "truePositive/other", "falsePositive/other"}, []incident.Value{"", "TruePositive/SuspiciousActivity", "FalsePositive/InaccurateData", "FalsePositive/IncorrectAlertLogic"}},
		{incident.FieldOwner, owners, append([]incident.Value{"j.doe@provider.com"}, owners[:3]...)},
		{incident.FieldSeverity, []incident.Value{"low", "high", "unknown"}, []incident.Value{"Low", "High"}},
		{incident.FieldTags, tagSets(), tagSets()},
		{incident.FieldTitle, texts, texts},
		{incident.FieldDescription, texts, texts},
	}
}

func vocabulary() incident.Vocabulary {
	return incident.Vocabulary{Owners: incident.NewOwners(map[string]string{"jane@contoso.com": "j.doe@provider.com"})}
}

// every calls a law for every state of every field under every policy.
func every(law func(d domain, s reconcile.State, p reconcile.FieldPolicy)) {
	for _, d := range domains() {
		bases := []*reconcile.Pair{nil}
		for _, a := range d.defender {
			for _, b := range d.sentinel {
				bases = append(bases, &reconcile.Pair{a, b})
			}
		}
		for _, base := range bases {
			for _, now := range bases[1:] {
				for _, times := range [][2]int{{1, 1}, {1, 2}, {2, 1}} {
					for _, confirmed := range []bool{false, true} {
						for _, direction := range directions {
							for _, conflict := range conflicts {
								held := [2]reconcile.Held{{Value: now[0], Stamp: stamp(times[0])}, {Value: now[1], Stamp: stamp(times[1])}}
								law(d, reconcile.State{Base: base, Sides: held, Confirmed: confirmed}, reconcile.FieldPolicy{Direction: direction, Conflict: conflict})
							}
						}
					}
				}
			}
		}
	}
}

// applied is the state after everything an outcome asks for was done.
func applied(f incident.Field, s reconcile.State, o reconcile.Outcome) reconcile.State {
	if o.Base != nil {
		base := *o.Base
		s.Base = &base
	}
	for _, side := range incident.Sides() {
		value, is := o.Write(side)
		if !is {
			continue
		}
		w := reconcile.Write{Side: side, Field: f, Before: s.Sides[side].Value, Asked: value, Source: s.Sides[side.Other()].Value}
		next := w.Landed(s.Base, value)
		s.Base = &next
		s.Sides[side] = reconcile.Held{Value: value, Stamp: stamp(3)}
	}
	s.Confirmed = true
	return s
}

func TestNothingComesOfNothing(t *testing.T) {
	every(func(d domain, s reconcile.State, p reconcile.FieldPolicy) {
		if s.Base != nil && *s.Base == (reconcile.Pair{s.Sides[0].Value, s.Sides[1].Value}) {
			require.Equal(t, reconcile.Outcome{Rule: reconcile.RuleQuiet}, reconcile.Field(d.field, s, p, vocabulary()))
		}
	})
}

func TestOneSidesEditGoesToTheOther(t *testing.T) {
	every(func(d domain, s reconcile.State, p reconcile.FieldPolicy) {
		if s.Base == nil || d.field == incident.FieldTags {
			return
		}
		news := [2]bool{s.Sides[0].Value != s.Base[0], s.Sides[1].Value != s.Base[1]}
		if news[0] == news[1] {
			return
		}
		from := incident.SideDefender
		if news[1] {
			from = incident.SideSentinel
		}
		o := reconcile.Field(d.field, s, p, vocabulary())
		_, back := o.Write(from)
		require.False(t, back, "who edited is not written to")
		value, is := o.Write(from.Other())
		agree := vocabulary().Agree(d.field, s.Sides[0].Value, s.Sides[1].Value)
		carried := p.Direction == reconcile.DirectionBoth || p.Direction == reconcile.DirectionToSentinel && from == incident.SideDefender || p.Direction == reconcile.DirectionToDefender && from == incident.SideSentinel
		switch {
		case agree:
			require.Equal(t, reconcile.RuleAgree, o.Rule)
			require.False(t, is, "what means the same is not written")
		case !carried:
			require.Equal(t, reconcile.RuleKept, o.Rule)
			require.False(t, is)
		default:
			require.Equal(t, reconcile.RuleEdit, o.Rule)
			require.Equal(t, vocabulary().Translate(d.field, from, s.Sides[from].Value, s.Sides[from.Other()].Value), value)
		}
	})
}

func TestBothAlikeIsNoConflict(t *testing.T) {
	every(func(d domain, s reconcile.State, p reconcile.FieldPolicy) {
		if !vocabulary().Agree(d.field, s.Sides[0].Value, s.Sides[1].Value) || d.field == incident.FieldTags {
			return
		}
		o := reconcile.Field(d.field, s, p, vocabulary())
		require.Equal(t, [2]*incident.Value{}, o.Writes)
		require.NotContains(t, []reconcile.Rule{reconcile.RuleConflict, reconcile.RuleFirst}, o.Rule)
	})
}

func TestApplyingTheOutcomeEmptiesIt(t *testing.T) {
	every(func(d domain, s reconcile.State, p reconcile.FieldPolicy) {
		o := reconcile.Field(d.field, s, p, vocabulary())
		if o.Read {
			if d.field != incident.FieldTags {
				require.Equal(t, [2]*incident.Value{}, o.Writes, "nothing is decided before")
			}
			s.Confirmed = true
			o = reconcile.Field(d.field, s, p, vocabulary())
			require.False(t, o.Read, "reading once is enough")
		}
		after := reconcile.Field(d.field, applied(d.field, s, o), p, vocabulary())
		require.Equal(t, reconcile.Outcome{Rule: reconcile.RuleQuiet}, after, "%s %+v under %v: %+v", d.field, s, p, o)
	})
}

func TestNoValueIsInvented(t *testing.T) {
	every(func(d domain, s reconcile.State, p reconcile.FieldPolicy) {
		o := reconcile.Field(d.field, s, p, vocabulary())
		for _, side := range incident.Sides() {
			value, is := o.Write(side)
			if !is {
				continue
			}
			if d.field != incident.FieldTags {
				from := side.Other()
				require.Equal(t, vocabulary().Translate(d.field, from, s.Sides[from].Value, s.Sides[side].Value), value)
				require.NotEqual(t, s.Sides[side].Value, value, "%s: what is there is not written, %+v", d.field, s)
				continue
			}
			for key := range incident.NewTagSet(value) {
				require.True(t, incident.NewTagSet(s.Sides[0].Value).Has(key) || incident.NewTagSet(s.Sides[1].Value).Has(key), "%q", key)
			}
		}
	})
}

func TestWhoWinsAConflict(t *testing.T) {
	every(func(d domain, s reconcile.State, p reconcile.FieldPolicy) {
		o := reconcile.Field(d.field, s, p, vocabulary())
		if o.Rule != reconcile.RuleConflict && o.Rule != reconcile.RuleFirst {
			return
		}
		want := incident.SideDefender // and of equal times
		switch {
		case p.Direction == reconcile.DirectionToSentinel:
		case p.Direction == reconcile.DirectionToDefender, p.Conflict == reconcile.ConflictSentinel,
			p.Conflict == reconcile.ConflictLatest && s.Sides[1].Stamp.After(s.Sides[0].Stamp):
			want = incident.SideSentinel
		}
		require.Equal(t, want, o.Winner, "%+v under %v", s, p)
		require.Nil(t, o.Writes[want], "the winner is not written to")
		require.NotNil(t, o.Writes[want.Other()])
		require.NotEqual(t, reconcile.DirectionOff, p.Direction)
	})
}

func TestAFinerValueIsNotReplacedByItsCoarserImage(t *testing.T) {
	for _, policy := range conflicts {
		for _, c := range []struct {
			field incident.Field
			base  reconcile.Pair
			now   reconcile.Pair
			rule  reconcile.Rule
		}{
			{incident.FieldVerdict, reconcile.Pair{"truePositive/malware", ""}, reconcile.Pair{"truePositive/malware", "TruePositive/SuspiciousActivity"}, reconcile.RuleAgree},
			{incident.FieldVerdict, reconcile.Pair{"falsePositive/other", ""}, reconcile.Pair{"falsePositive/other", "FalsePositive/IncorrectAlertLogic"}, reconcile.RuleAgree},
			{incident.FieldStatus, reconcile.Pair{"active", "Active"}, reconcile.Pair{"awaitingAction", "Active"}, reconcile.RuleAgree},
			{incident.FieldVerdict, reconcile.Pair{"", ""}, reconcile.Pair{"truePositive/phishing", "TruePositive/SuspiciousActivity"}, reconcile.RuleCoincidence},
		} {
			held := [2]reconcile.Held{{Value: c.now[0], Stamp: stamp(1)}, {Value: c.now[1], Stamp: stamp(2)}}
			o := reconcile.Field(c.field, reconcile.State{Base: &c.base, Sides: held, Confirmed: true}, reconcile.FieldPolicy{Direction: reconcile.DirectionBoth, Conflict: policy}, vocabulary())
			require.Equal(t, reconcile.Outcome{Rule: c.rule, Base: &c.now}, o, "%v", c.now)
		}
	}
}

// TestTagsMergeAsAddsAndRemoves: from what both agreed on, every add and every
// remove of either side holds in the end, whatever else happened.
func TestTagsMergeAsAddsAndRemoves(t *testing.T) {
	tag := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"})
	some := rapid.Custom(func(t *rapid.T) incident.Value { return incident.Tags(rapid.SliceOf(tag).Draw(t, "tags")) })
	rapid.Check(t, func(t *rapid.T) {
		agreed := some.Draw(t, "base")
		base := reconcile.Pair{agreed, agreed}
		s := reconcile.State{Base: &base, Confirmed: true, Sides: [2]reconcile.Held{{Value: some.Draw(t, "defender")}, {Value: some.Draw(t, "sentinel")}}}
		o := reconcile.Field(incident.FieldTags, s, reconcile.FieldPolicy{Direction: reconcile.DirectionBoth, Conflict: reconcile.ConflictLatest}, incident.Vocabulary{})
		end := applied(incident.FieldTags, s, o)
		require.Equal(t, end.Sides[0].Value, end.Sides[1].Value)
		had, is := incident.NewTagSet(agreed), incident.NewTagSet(end.Sides[0].Value)
		for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
			changed := had.Has(key)
			for _, side := range s.Sides {
				if has := incident.NewTagSet(side.Value).Has(key); has != had.Has(key) {
					changed = has
				}
			}
			require.Equal(t, changed, is.Has(key), key)
		}
	})
}

// TestAWriteResolvesToWhatWasFound: rule R3 of one value and of each tag.
func TestAWriteResolvesToWhatWasFound(t *testing.T) {
	base := reconcile.Pair{"a", "a"}
	w := reconcile.Write{Side: incident.SideSentinel, Field: incident.FieldOwner, Before: "a", Asked: "b", Source: "b", Base: &base}
	for holds, want := range map[incident.Value]reconcile.Found{"b": reconcile.FoundAsked, "a": reconcile.FoundBefore, "c": reconcile.FoundOther} {
		found, next := w.Resolve(&base, holds)
		require.Equal(t, want, found)
		if want == reconcile.FoundBefore {
			require.Equal(t, &base, next)
		} else {
			require.Equal(t, &reconcile.Pair{"b", "b"}, next)
		}
	}
	every(func(d domain, s reconcile.State, p reconcile.FieldPolicy) {
		if d.field != incident.FieldTags || s.Base == nil {
			return
		}
		o := reconcile.Field(d.field, s, p, vocabulary())
		for _, side := range incident.Sides() {
			asked, is := o.Write(side)
			if !is {
				continue
			}
			w := reconcile.Write{Side: side, Field: d.field, Before: s.Sides[side].Value, Asked: asked, Source: s.Sides[side.Other()].Value, Base: s.Base}
			landed := w.Landed(s.Base, asked)
			found, next := w.Resolve(s.Base, asked)
			require.Equal(t, reconcile.FoundAsked, found)
			require.Equal(t, landed, *next)
			found, next = w.Resolve(s.Base, w.Before)
			if w.Before != asked && !sameTags(w.Before, asked) {
				require.Equal(t, reconcile.FoundBefore, found)
				require.Equal(t, *s.Base, *next)
			}
			require.Equal(t, *s.Base, *w.Undone(&landed), "undone is as before")
		}
	})
}

func sameTags(a, b incident.Value) bool {
	return incident.Vocabulary{}.Agree(incident.FieldTags, a, b)
}
