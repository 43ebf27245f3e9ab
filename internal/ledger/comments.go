package ledger

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// Limits of comments.
const (
	// SentinelCommentsMax is how many comments a Sentinel incident takes.
	// Source: Microsoft Sentinel service limits, read 2026-11.
	SentinelCommentsMax = 100
	// pendingCommentsMax bounds what waits to be copied to one side.
	pendingCommentsMax = 200
	// doneIDChars is how much of a name is kept of a comment that is done.
	doneIDChars = 13
)

// Comments is what is known of an incident's comments: which are on both sides,
// and which still wait to be copied (rule R11). They are a set that only grows:
// edits and deletions are not carried.
type Comments struct {
	// Done are short ids, sorted, of comments that need nothing more: those of
	// one side that have a copy, and the copies.
	Done []string `json:"done,omitempty"`
	// Pending wait to be copied to each side, by Side, oldest first.
	Pending [2][]incident.Comment `json:"pending,omitzero"`
	// ReadAt is when the youngest list of each side began to be read; zero if
	// it never was.
	ReadAt [2]time.Time `json:"read_at,omitzero"`
	// Posting is a comment whose POST to Defender is not answered.
	Posting *Posting `json:"posting,omitempty"`
	// TwinOurs is true if the twin is of this entry's making, so that nothing
	// can have been copied before.
	TwinOurs bool `json:"twin_ours,omitempty"`
	// Sentinel is how many the twin has.
	Sentinel int `json:"sentinel,omitempty"`
	// Parked says why no more are copied to a side; "" while they are.
	Parked [2]string `json:"parked,omitzero"`
}

// Posting is a POST that must not be repeated before it was looked for.
type Posting struct {
	// Name is the Sentinel comment's.
	Name string `json:"name"`
	// At is when it was sent.
	At time.Time `json:"at"`
}

// twinMade: a twin of our own making has no comments yet.
func (c *Comments) twinMade(now time.Time) {
	c.ReadAt[incident.SideSentinel], c.TwinOurs = now, true
}

// again lets all comments of Defender be new: the twin that had their copies is
// gone. Both lists have to be read before anything is posted.
func (c *Comments) again() {
	*c = Comments{Pending: [2][]incident.Comment{incident.SideDefender: c.Pending[incident.SideDefender]}, Posting: c.Posting}
}

// shortID is what is kept of a name.
func shortID(name string) string {
	name = strings.ToLower(name)
	return name[:min(len(name), doneIDChars)]
}

func (c *Comments) done(name string) bool {
	_, found := slices.BinarySearch(c.Done, shortID(name))
	return found
}

func (c *Comments) finish(names ...string) {
	for _, name := range names {
		if at, found := slices.BinarySearch(c.Done, shortID(name)); !found {
			c.Done = slices.Insert(c.Done, at, shortID(name))
		}
	}
}

// ObserveComments takes the whole list of one side's comments, and reports
// whether that changed anything.
func (e *Entry) ObserveComments(side incident.Side, list []incident.Comment, r Reading) bool {
	c := &e.Comments
	changed := c.ReadAt[side].IsZero()
	if r.Began.After(c.ReadAt[side]) {
		c.ReadAt[side] = r.Began
	}
	if side == incident.SideSentinel {
		c.Sentinel = len(list)
	}
	for _, comment := range list {
		if e.comment(side, comment) {
			changed = true
		}
	}
	return changed
}

// comment takes one comment; false if it was known.
func (e *Entry) comment(side incident.Side, comment incident.Comment) bool {
	c := &e.Comments
	id := commentID(side, comment)
	if c.done(id) || e.pendingAt(side.Other(), id) >= 0 {
		return false
	}
	if original := e.originalOf(side, comment); original != "" {
		c.finish(id, original)
		e.unpend(side, original)
		if c.Posting != nil && side == incident.SideDefender && shortID(c.Posting.Name) == shortID(original) {
			c.Posting = nil
		}
		return true
	}
	to := side.Other()
	if len(c.Pending[to]) >= pendingCommentsMax {
		return false // met again with the next list, once some were copied
	}
	c.Pending[to] = append(c.Pending[to], comment)
	e.unparkComments()
	return true
}

// commentID is by what a comment of a side is known.
func commentID(side incident.Side, comment incident.Comment) string {
	if side == incident.SideSentinel {
		return comment.Name
	}
	return comment.Key()
}

// originalOf is the id of the comment on the other side that this one is a copy
// of, or the original of; "" if it is a person's without a copy.
func (e *Entry) originalOf(side incident.Side, comment incident.Comment) string {
	c := &e.Comments
	if side == incident.SideDefender {
		name := incident.CopiedFrom(comment)
		if name != "" && (c.done(name) || e.pendingAt(incident.SideDefender, name) >= 0) {
			return name
		}
		// After a ledger loss Sentinel's copy may be met before its original.
		if name = incident.CopyName(e.SentinelName(), comment); e.pendingAt(incident.SideDefender, name) >= 0 {
			return name
		}
		return ""
	}
	for _, d := range c.Pending[incident.SideSentinel] {
		if incident.CopyName(e.SentinelName(), d) == strings.ToLower(comment.Name) {
			return d.Key()
		}
		if incident.CopiedFrom(d) == strings.ToLower(comment.Name) {
			return d.Key()
		}
	}
	return ""
}

// pendingAt is the index of a comment that waits to be copied to a side, by its
// id on the side it is on; -1 for none.
func (e *Entry) pendingAt(to incident.Side, id string) int {
	return slices.IndexFunc(e.Comments.Pending[to], func(p incident.Comment) bool {
		return strings.EqualFold(commentID(to.Other(), p), id)
	})
}

// unpend forgets that a comment waits.
func (e *Entry) unpend(to incident.Side, id string) {
	if at := e.pendingAt(to, id); at >= 0 {
		e.Comments.Pending[to] = slices.Delete(e.Comments.Pending[to], at, at+1)
	}
}

func (e *Entry) unparkComments() {
	if e.Redirect == nil {
		e.Comments.Parked = [2]string{}
	}
}

// CommentPlan is what one side's writer has to do about comments.
type CommentPlan struct {
	// List asks for the side's whole list first.
	List bool
	// Wait is the time before which nothing may be posted; zero for none.
	Wait time.Time
	// Next is the comment to be copied to the side; nil for none.
	Next *incident.Comment
}

// PlanComments works out the next thing to do about comments of a side; it
// changes nothing.
func (e *Entry) PlanComments(side incident.Side, s Settings) CommentPlan {
	c := &e.Comments
	o := e.Sides[side]
	if !o.Known || o.Gone || c.Parked[side] != "" || len(c.Pending[side]) == 0 {
		return CommentPlan{}
	}
	if side == incident.SideDefender && e.Redirect != nil {
		return CommentPlan{}
	}
	var after time.Time
	if !c.TwinOurs {
		// What was copied before the entry was made has to be known first: an
		// old record may not show it.
		after = e.Created.Add(s.SettleTime)
	}
	if side == incident.SideDefender && c.Posting != nil {
		after = s.settled(c.Posting.At)
	}
	if c.ReadAt[side].IsZero() || c.ReadAt[side].Before(after) {
		return CommentPlan{List: true, Wait: after}
	}
	return CommentPlan{Next: &c.Pending[side][0]}
}

// Post notes that a comment is about to be posted to a side; it must be saved
// before. Sentinel's names make a repetition harmless, so only Defender's are
// noted.
func (e *Entry) Post(side incident.Side, comment incident.Comment, now time.Time) {
	if side == incident.SideDefender {
		e.Comments.Posting = &Posting{Name: comment.Name, At: now}
	}
}

// Posted notes that the side has the copy of a comment now.
func (e *Entry) Posted(side incident.Side, comment incident.Comment, now time.Time) {
	id := commentID(side.Other(), comment)
	e.Comments.finish(id)
	if side == incident.SideSentinel {
		copied := incident.CopyName(e.SentinelName(), comment)
		e.Comments.finish(copied)
		e.unpend(incident.SideDefender, copied) // it was there, and taken for a person's
		e.Comments.Sentinel++
	} else {
		e.Comments.Posting = nil
	}
	e.unpend(side, id)
	e.Pause[side] = Pause{}
	e.decide(Decision{At: now, Field: "comment", Rule: "copy", Side: side.String(), Result: ResultWritten, Reason: shortID(id)})
}

// NotPosted notes that a POST is known not to have happened.
func (e *Entry) NotPosted() { e.Comments.Posting = nil }

// RefuseComment notes that one comment will never be taken; the others go on.
func (e *Entry) RefuseComment(side incident.Side, comment incident.Comment, reason string, now time.Time) {
	id := commentID(side.Other(), comment)
	e.Comments.Posting = nil
	e.Comments.finish(id)
	e.unpend(side, id)
	e.decide(Decision{At: now, Field: "comment", Rule: "copy", Side: side.String(), Result: ResultParked, Reason: shortID(id) + ": " + reason})
}

// RefuseComments stops copying comments to a side until there is a new one. The
// same reason is told once, however often it comes again.
func (e *Entry) RefuseComments(side incident.Side, reason string, now time.Time) {
	e.Comments.Posting = nil
	e.Comments.Parked[side] = reason
	if slices.ContainsFunc(e.Decisions, func(d Decision) bool {
		return d.Field == "comment" && d.Side == side.String() && d.Reason == reason
	}) {
		return
	}
	e.decide(Decision{At: now, Field: "comment", Rule: "copy", Side: side.String(), Result: ResultParked, Reason: reason})
}
