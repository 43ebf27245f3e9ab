package scenario

import (
	"cmp"
	"slices"
	"time"
)

// beat is something that will befall an incident, so long after it opened at pace 1.
type beat struct {
	after time.Duration
	act   act
}

// act is one thing that happens to an incident on a stage.
type act func(*stage, *tracked, time.Time)

// does makes an act of a change that concerns the incident alone. Once the incident is over only
// changes said to come later still happen.
func does(change func(*tracked, time.Time) string) act {
	return func(st *stage, t *tracked, at time.Time) {
		if !t.over {
			st.emit(at, t, change(t, at))
		}
	}
}

// joins is an alert that joins, unless the incident is over or has had them all.
func joins(st *stage, t *tracked, at time.Time) {
	if !t.over && len(t.pending) > 0 {
		st.emit(at, t, t.joined(at))
	}
}

// revises is a change of mind, which only resolved incidents meet.
func revises(st *stage, t *tracked, at time.Time) {
	if t.doc["status"] == "resolved" {
		st.emit(at, t, t.revised(at))
	}
}

// courseOf decides what befalls an incident after it opened, in order of time.
func courseOf(t *tracked) []beat {
	var beats []beat
	last := time.Duration(0)
	for range t.pending {
		last += t.span(900*time.Millisecond, 7*time.Second)
		beats = append(beats, beat{last, joins})
	}
	sometime := func(change func(*tracked, time.Time) string) {
		beats = append(beats, beat{t.span(time.Second, last+20*time.Second), does(change)})
	}
	sometime((*tracked).scored)
	if t.oneIn(2) {
		sometime((*tracked).investigated)
	}
	switch n := t.upto(20); {
	case n < 11:
		beats = append(beats, worked(t, last)...)
	case n < 14:
		beats = append(beats, beat{last + t.span(5*time.Second, 15*time.Second), does((*tracked).autoResolved)})
	case n < 16:
		beats = append(beats, expert(t, last)...)
	case n < 18:
		beats = append(beats, beat{t.span(3*time.Second, 15*time.Second), merges})
	case n < 19:
		beats = append(beats, worked(t, last)[:2]...) // taken up and never finished
	} // else nobody ever looks at it
	slices.SortStableFunc(beats, func(a, b beat) int { return cmp.Compare(a.after, b.after) })
	return beats
}

// worked is the common course: taken, worked on, resolved, now and then thought over.
func worked(t *tracked, joined time.Duration) []beat {
	at := t.span(2*time.Second, 10*time.Second)
	beats := []beat{{at, does((*tracked).assigned)}}
	then := func(a act) {
		at += t.span(700*time.Millisecond, 8*time.Second)
		beats = append(beats, beat{at, a})
	}
	then(does((*tracked).begun))
	for _, change := range []func(*tracked, time.Time) string{(*tracked).tagged, (*tracked).commented, (*tracked).alertCommented, (*tracked).regraded, (*tracked).commented} {
		if t.oneIn(2) {
			then(does(change))
		}
	}
	at = max(at, joined)
	then(does((*tracked).resolved))
	if t.oneIn(6) {
		then(revises)
	}
	return beats
}

// expert is the course of an incident that Microsoft's experts look after.
func expert(t *tracked, joined time.Duration) []beat {
	at := joined + t.span(3*time.Second, 9*time.Second)
	return []beat{
		{at, does((*tracked).awaited)},
		{at + t.span(4*time.Second, 12*time.Second), does((*tracked).assigned)},
		{at + t.span(13*time.Second, 25*time.Second), does((*tracked).resolved)},
	}
}

// merges folds the incident into an open one of the same tenant, if one will have it. Sometimes the
// other way round, so that chains of redirects come about.
func merges(st *stage, t *tracked, at time.Time) {
	for _, other := range st.open {
		if !mayMerge(t, other) || !at.After(other.changed) {
			continue
		}
		source, target := t, other
		if t.oneIn(3) {
			source, target = other, t
		}
		source.mergeInto(target, at)
		st.emit(at, source, "merged into incident "+target.id)
		st.emit(at, target, "took over the alerts of incident "+source.id)
		return
	}
}
