package ledger

import (
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// A closed entry is kept for what it must still know when it is reopened, and
// for explaining. What a quiet entry can do without is dropped here; closed.go
// writes what is left.

// restDigits is how much of a text's digest is kept.
const restDigits = 16

// restPrefix begins a value of which only the digest is kept.
const restPrefix = "\x00digest "

// atRest is what is kept of a title or description: itself, or its digest. It
// comes back with the next observation, see [Entry.recall].
func atRest(v incident.Value) incident.Value {
	if len(v) <= len(restPrefix)+restDigits {
		return v
	}
	return restPrefix + incident.Value(digestOf(string(v), restDigits))
}

// AtRest reports whether a value is a digest of a text that is not kept.
func AtRest(v incident.Value) bool {
	return len(v) == len(restPrefix)+restDigits && strings.HasPrefix(string(v), restPrefix)
}

// restFields are those of which closed entries keep no long text: both portals
// show them, and they are most of an entry.
var restFields = [...]incident.Field{incident.FieldTitle, incident.FieldDescription}

// rest drops what an entry that is closed and quiet can do without:
//
//   - the texts of title and description, but for their digests;
//   - the etag, since whoever writes reads before;
//   - when values that stand in the base were first seen: that is asked for only
//     of a value that differs, which is seen anew then;
//   - what delays work, and counts of tries: there is no work;
//   - fractions of seconds of what was decided.
func (e *Entry) rest() {
	agreed := true
	for _, f := range incident.Fields() {
		agreed = agreed && e.Base[f] != nil && *e.Base[f] == reconcile.Pair{e.Sides[0].Values[f], e.Sides[1].Values[f]}
	}
	for _, side := range incident.Sides() {
		o := &e.Sides[side]
		o.Etag = ""
		if agreed {
			o.OwnRead = 0
		}
		o.ReadAt = o.ReadAt.Truncate(time.Second) // never later than it was
		for _, f := range incident.Fields() {
			if e.Base[f] != nil && e.Base[f][side] == o.Values[f] {
				o.Since[f], o.Stamps[f] = 0, time.Time{}
			}
		}
		for _, f := range restFields {
			o.Values[f] = atRest(o.Values[f])
			if e.Base[f] != nil {
				base := *e.Base[f]
				base[side] = atRest(base[side])
				e.Base[f] = &base
			}
		}
	}
	e.Created = e.Created.Truncate(time.Millisecond)
	e.Pause = [2]Pause{}
	if len(e.Alerts.Waiting) == 0 {
		e.Alerts.Next, e.Alerts.Tries = time.Time{}, 0
	}
	for i := range e.Comments.ReadAt {
		e.Comments.ReadAt[i] = e.Comments.ReadAt[i].Truncate(time.Second)
	}
	for i := range e.Decisions {
		e.Decisions[i].At = e.Decisions[i].At.Truncate(time.Second)
	}
}

// recall puts texts in the place of their digests, as a side shows them.
func (e *Entry) recall(side incident.Side, values incident.Values) {
	for _, f := range restFields {
		digest := atRest(values[f])
		if e.Sides[side].Values[f] == digest {
			e.Sides[side].Values[f] = values[f]
		}
		if e.Base[f] != nil && e.Base[f][side] == digest {
			base := *e.Base[f]
			base[side] = values[f]
			e.Base[f] = &base
		}
	}
}
