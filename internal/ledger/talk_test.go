package ledger_test

import (
	"fmt"
	"slices"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// A talk is the world of comments: people write them on either side, writers
// copy them to the other (rule R11). Lists only grow, so what is stale is the
// beginning of a list.

const remarksMax = 9

// remark is a comment on a side.
type remark struct {
	original uint8 // whose it is, or the copy of whose: people's are numbered from 1
	copied   bool
	since    uint8 // tick
}

// board is one side's comments.
type board struct {
	remarks [remarksMax]remark
	n       uint8
	told    uint8 // how many of them records have told of
}

// talk is one state of everything.
type talk struct {
	entry   uint32
	boards  [2]board
	writer  phase // the one that works; the lock lets only one
	side    incident.Side
	post    uint8 // what it posts
	landed  bool
	written uint8 // comments that people wrote
	left    budget
}

// talker runs a search of comments.
type talker struct {
	entries []*ledger.Entry
	numbers map[string]uint32
	without string
	settle  ledger.Settings
	steps   []move
}

// move is one thing that may happen next.
type move struct {
	talk talk
	name string
	err  error
}

// comment is a remark as the service shows it.
func (r remark) comment(side incident.Side, at int) incident.Comment {
	author := incident.SideDefender
	if writtenOn(r.original) == sentinel {
		author = incident.SideSentinel
	}
	c := incident.Comment{Author: "a person", Created: moment(int(r.original)), Text: fmt.Sprintf("remark %d", r.original)}
	if author == sentinel {
		c.Name = fmt.Sprintf("name-%d", r.original)
	}
	if !r.copied {
		return c
	}
	if side == sentinel {
		return incident.Comment{Name: incident.CopyName(link("1").SentinelName(), c), Author: "us", Created: moment(20 + at), Text: c.ToSentinel()}
	}
	return incident.Comment{Author: "us", Created: moment(20 + at), Text: c.ToDefender()}
}

// writtenOn is the side of a person's comment: Sentinel's are numbered above
// Defender's.
func writtenOn(original uint8) incident.Side {
	if original > sentinelRemarks {
		return sentinel
	}
	return defender
}

const sentinelRemarks = 8

func (b *board) comments(side incident.Side, n uint8) []incident.Comment {
	list := []incident.Comment{}
	for i, r := range b.remarks[:n] {
		list = append(list, r.comment(side, i))
	}
	return list
}

func (b *board) has(r remark) bool {
	return slices.ContainsFunc(b.remarks[:b.n], func(h remark) bool { return h.original == r.original && h.copied == r.copied })
}

func (b *board) add(r remark) {
	r.since = present
	b.remarks[b.n] = r
	b.n++
}

func (k *talker) add(t talk, err error, format string, args ...any) {
	k.steps = append(k.steps, move{t, fmt.Sprintf(format, args...), err})
}

// next lists all that may happen next, what comes by itself first.
func (k *talker) next(t talk) []move {
	k.steps = nil
	for _, side := range incident.Sides() {
		b := t.boards[side]
		for n := b.told + 1; n <= b.n; n++ {
			began := uint8(present)
			if n < b.n {
				began = b.remarks[n].since
			}
			next := t
			next.boards[side].told = n
			k.record(&next, side, n, began)
			k.add(next, nil, "%s: record of %d comments arrives", side, n)
		}
	}
	k.writers(t)
	// A POST is on its way for less than settle_time (W5).
	if later := k.pass(t, 1); later != t && t.writer != intended {
		k.add(later, nil, "a tick passes")
	}
	for _, side := range incident.Sides() {
		if t.left.edits > 0 {
			next := t
			next.left.edits--
			next.written++
			original := next.written
			if side == sentinel {
				original += sentinelRemarks
			}
			next.boards[side].add(remark{original: original})
			k.add(next, nil, "%s: a person writes remark %d", side, original)
		}
	}
	if t.left.faults > 0 {
		k.mischief(t)
	}
	return k.steps
}

func (k *talker) mischief(t talk) {
	t.left.faults--
	for _, side := range incident.Sides() {
		b := t.boards[side]
		for n := range b.n {
			next := t
			k.record(&next, side, n, min(present, b.remarks[n].since+k.settleTicks()-1))
			k.add(next, nil, "%s: a late, repeated or stale record of %d comments arrives", side, n)
		}
		if b.told < b.n {
			next := t
			next.boards[side].told = b.n
			k.add(next, nil, "%s: records are lost", side)
		}
	}
	next := t
	next.entry, next.writer, next.post, next.landed = k.fresh(present), idle, 0, false
	next.boards[defender].told, next.boards[sentinel].told = 0, 0
	k.add(next, nil, "the ledger is lost")
}

func (k *talker) settleTicks() uint8 { return uint8(k.settle.SettleTime.Seconds()) }

// record is a list that a poll brought.
func (k *talker) record(t *talk, side incident.Side, n, began uint8) {
	t.entry = k.change(t.entry, func(e *ledger.Entry) {
		e.ObserveComments(side, t.boards[side].comments(side, n), ledger.Reading{Began: at(began)})
	})
}
