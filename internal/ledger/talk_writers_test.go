package ledger_test

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// moment is a time of a comment, which no rule compares with the clock.
func moment(n int) time.Time { return time.Date(2026, 11, 1, 8, n, 0, 0, time.UTC) }

// fresh is a new entry whose sides are known and have no comments yet.
func (k *talker) fresh(created uint8) uint32 {
	e := ledger.NewEntry(link("1"), workspace, at(created))
	for _, side := range incident.Sides() {
		e.Read(side, *snapshotOf(openStatus[side], "", at(1)), ledger.Reading{Own: true, Began: at(1)})
	}
	return k.intern(e)
}

func (k *talker) intern(e *ledger.Entry) uint32 {
	e.Fresh()
	e.Decisions = nil
	k.tidy(e)
	text, err := json.Marshal([]any{e.Comments, e.Created})
	if err != nil {
		panic(err)
	}
	n, had := k.numbers[string(text)]
	if !had {
		n = uint32(len(k.entries))
		k.numbers[string(text)] = n
		k.entries = append(k.entries, e)
	}
	return n
}

// tidy leaves of the times of lists whether they were read late enough; that is
// all that is asked of them.
func (k *talker) tidy(e *ledger.Entry) {
	settle, c := k.settle.SettleTime, &e.Comments
	d, s := incident.SideDefender, incident.SideSentinel
	after := e.Created.Add(settle)
	if c.ReadAt[d].Before(after) || c.ReadAt[s].Before(after) {
		for side := range c.ReadAt {
			switch at := &c.ReadAt[side]; {
			case at.IsZero():
			case at.Before(after):
				*at = e.Created
			default:
				*at = after
			}
		}
		return
	}
	found := c.Posting != nil && !c.ReadAt[d].Before(c.Posting.At.Add(settle))
	e.Created = at(0)
	c.ReadAt = [2]time.Time{at(0).Add(settle), at(0).Add(settle)}
	if found {
		c.ReadAt[d] = c.Posting.At.Add(settle)
	}
}

func (k *talker) change(entry uint32, change func(*ledger.Entry)) uint32 {
	e := k.entries[entry].Clone()
	change(e)
	return k.intern(e)
}

// writers take their next steps: list, or post in three.
func (k *talker) writers(t talk) {
	switch t.writer {
	case idle:
		for _, side := range incident.Sides() {
			k.begin(t, side)
		}
	case intended:
		next := t
		err := k.land(&next)
		k.add(next, err, "%s: the copy of remark %d is posted", t.side, t.post)
		if t.left.faults > 0 {
			k.kill(t, "killed before the copy of remark %d is posted on %s", t.post, t.side)
		}
	case sent:
		next := t
		next.writer, next.post = idle, 0
		next.entry = k.change(t.entry, func(e *ledger.Entry) {
			e.Posted(t.side, remark{original: t.post}.comment(t.side.Other(), 0), at(present))
		})
		k.add(next, nil, "%s: the post of remark %d is answered", t.side, t.post)
		if t.left.faults > 0 {
			k.kill(t, "the answer to remark %d on %s is lost", t.post, t.side)
		}
	case reading:
	}
}

func (k *talker) begin(t talk, side incident.Side) {
	b := t.boards[side]
	plan := k.entries[t.entry].PlanComments(side, k.settle)
	switch {
	case plan.Wait.After(at(present)):
	case plan.List:
		k.list(t, side, b.n)
		if t.left.faults > 0 && side == defender {
			for n := range b.n {
				if present-b.remarks[n].since < k.settleTicks() {
					stale := t
					stale.left.faults--
					k.list(stale, side, n)
				}
			}
		}
	case plan.Next != nil:
		next := t
		next.writer, next.side, next.post = intended, side, k.original(plan.Next)
		next.entry = k.change(t.entry, func(e *ledger.Entry) { e.Post(side, *plan.Next, at(present)) })
		k.add(next, nil, "%s: remark %d is to be copied", side, next.post)
	}
}

func (k *talker) list(t talk, side incident.Side, n uint8) {
	t.entry = k.change(t.entry, func(e *ledger.Entry) {
		e.ObserveComments(side, t.boards[side].comments(side, n), e.Begin(at(present)))
	})
	k.add(t, nil, "%s: its comments are listed, %d", side, n)
}

// original is the number of a comment that waits to be copied.
func (k *talker) original(c *incident.Comment) uint8 {
	for n := range uint8(2 * sentinelRemarks) {
		if (remark{original: n}).comment(writtenOn(n), 0).Text == c.Text {
			return n
		}
	}
	return 0 // a copy of a copy
}

// land is the service taking a copy, and the laws of that.
func (k *talker) land(t *talk) error {
	t.writer = sent
	b, r := &t.boards[t.side], remark{original: t.post, copied: true}
	switch {
	case t.post == 0 || writtenOn(t.post) == t.side:
		return errors.New("a copy is copied")
	case t.side == sentinel && b.has(r):
		return nil // the same name: the same comment
	case b.has(r):
		return errors.New("a comment is copied twice")
	}
	b.add(r)
	return nil
}

func (k *talker) kill(t talk, format string, args ...any) {
	t.left.faults--
	t.writer, t.post = idle, 0
	for side := range t.boards {
		t.boards[side].told = min(t.boards[side].told, t.boards[side].n-min(1, t.boards[side].n))
	}
	if k.without == "R11" {
		t.entry = k.change(t.entry, func(e *ledger.Entry) { e.Comments.Posting = nil })
	}
	k.add(t, nil, format, args...)
}

// pass lets ticks pass, as in the world of fields.
func (k *talker) pass(t talk, ticks uint8) talk {
	c := clock{gap: [3]uint8{k.settleTicks() + 1}}
	e := k.entries[t.entry]
	for side := range t.boards {
		b := &t.boards[side]
		for i := range b.n {
			if t.left.faults == 0 && i < b.told {
				b.remarks[i].since = 0 // nobody asks any more
			}
			c.mark(0, b.remarks[i].since)
		}
	}
	commentTimes(e, func(t *time.Time) { c.mark(0, tickOf(*t)) })
	if c.set(ticks); c.idle {
		return t
	}
	for side := range t.boards {
		for i := range t.boards[side].n {
			r := &t.boards[side].remarks[i]
			r.since = c.move(0, r.since)
		}
	}
	t.entry = k.change(t.entry, func(e *ledger.Entry) {
		commentTimes(e, func(t *time.Time) {
			if !t.IsZero() {
				*t = at(c.move(0, tickOf(*t)))
			}
		})
	})
	return t
}

// longAgo is a tick before which order does not matter.
const longAgo = 8

func commentTimes(e *ledger.Entry, visit func(*time.Time)) {
	for _, t := range []*time.Time{&e.Created, &e.Comments.ReadAt[0], &e.Comments.ReadAt[1]} {
		if tickOf(*t) > longAgo {
			visit(t)
		}
	}
	if e.Comments.Posting != nil {
		visit(&e.Comments.Posting.At)
	}
}

// atPeace is the laws of the end: every comment is on both sides once.
func (k *talker) atPeace(t talk) error {
	for _, side := range incident.Sides() {
		here, there := t.boards[side], t.boards[side.Other()]
		for _, r := range here.remarks[:here.n] {
			if !r.copied && !there.has(remark{original: r.original, copied: true}) {
				return errors.New("a comment is never copied")
			}
		}
	}
	if e := k.entries[t.entry]; slices.ContainsFunc(sides[:], func(s incident.Side) bool {
		p := e.PlanComments(s, k.settle)
		return p.List || p.Next != nil
	}) {
		return errors.New("there is work for ever")
	}
	return nil
}
