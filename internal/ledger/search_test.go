package ledger_test

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

var sides = incident.Sides()

// found is what a search found.
type found struct {
	states, depth, entries int
	took                   time.Duration
	err                    error
	trace                  []string
}

// node is how a state was come by: from which, by which of its steps.
type node struct {
	parent int32
	step   uint16
}

// search walks every state breadth first, and plays each to its end. It stops at
// the first broken law, which then has a shortest trace.
func (x *explorer) search(first world) found {
	began := time.Now()
	seen := map[[16]byte]struct{}{x.key(&first): {}}
	nodes := []node{{parent: -1}}
	level, at := []world{first}, []int32{0}
	depth := 0
	end := func(err error, last int32, more ...uint16) found {
		f := found{states: len(seen), depth: depth, entries: len(x.entries), took: time.Since(began), err: err}
		if err != nil {
			f.trace = x.tell(first, nodes, last, more)
		}
		return f
	}
	for ; len(level) > 0; depth++ {
		var next []world
		var nextAt []int32
		for i := range level {
			steps := x.next(&level[i])
			if x.mayRest(steps, seen) {
				if err := x.close(&level[i]); err != nil {
					return end(err, at[i])
				}
				steps = x.next(&level[i])
			}
			for n, s := range steps {
				if s.err != nil {
					return end(s.err, at[i], uint16(n))
				}
				key := x.key(&s.world)
				if _, had := seen[key]; had {
					continue
				}
				seen[key] = struct{}{}
				nodes = append(nodes, node{at[i], uint16(n)})
				next, nextAt = append(next, s.world), append(nextAt, int32(len(nodes)-1))
			}
		}
		level, at = next, nextAt
	}
	return end(nil, 0)
}

// mayRest reports whether a state is to be closed: nothing moves by itself, or
// what does leads where somebody was before, which closes every circle.
func (x *explorer) mayRest(steps []step, seen map[[16]byte]struct{}) bool {
	if !x.moves {
		return true
	}
	_, had := seen[x.key(&steps[0].world)]
	return had
}

// tell plays a trace again, with names.
func (x *explorer) tell(w world, nodes []node, last int32, more []uint16) []string {
	var way []uint16
	for i := last; nodes[i].parent >= 0; i = nodes[i].parent {
		way = append(way, nodes[i].step)
	}
	slices.Reverse(way)
	way = append(way, more...)
	x.naming = true
	defer func() { x.naming = false }()
	var names []string
	for _, n := range way {
		s := x.next(&w)[n]
		names, w = append(names, s.name), s.world
	}
	if len(more) > 0 {
		return names
	}
	names = append(names, "-- no more edits and faults --")
	w.left = budget{}
	rest, _ := x.end(x.canonical(w))
	return append(names, rest...)
}

// key is a digest of a world: what is equal has the same future.
func (x *explorer) key(w *world) [16]byte {
	b := append(x.buffer[:0],
		byte(w.entry), byte(w.entry>>8), byte(w.entry>>16), byte(w.entry>>24),
		w.left.edits, w.left.faults, w.left.merges, w.left.deletions, w.made, w.root[0], w.root[1], w.recorded, w.closings, byte(w.deleted),
		byte(w.lost[0]), byte(w.lost[0]>>8), byte(w.lost[1]), byte(w.lost[1]>>8), flags(w.begun, w.old[0], w.old[1], w.excused, w.disordered, w.hollow), flags(w.finished, w.owed))
	for side := range w.sides {
		s, wr := &w.sides[side], &w.writers[side]
		b = append(b, s.n, s.fresh, w.believed[side][0], w.believed[side][1])
		for i := range s.n {
			b = s.past[i].spell(b)
		}
		b = append(b, byte(wr.phase))
		if wr.phase != idle {
			b = append(b, wr.began, wr.since, flags(wr.news, wr.moved, wr.unsure), byte(wr.plan), byte(wr.plan>>8), wr.source[0], wr.source[1], wr.read[0], wr.read[1], wr.told)
			b = append(b, byte(wr.from), byte(wr.from>>8), byte(wr.from>>16))
			b = wr.answer.spell(b)
		}
	}
	for _, e := range w.edits[:w.made] {
		b = append(b, byte(e.side), e.cell, e.value, e.parent, e.rev, flags(e.lost))
	}
	x.buffer = b
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

func (h held) spell(b []byte) []byte {
	return append(b, h.cells[0].value, h.cells[0].origin, h.cells[1].value, h.cells[1].origin, h.rev, flags(h.gone, h.merged, h.old))
}

func (f found) report(t *testing.T, o order) {
	t.Helper()
	t.Logf("alphabet: %s; %s wins; %d edits, %d faults, %d merges, %d deletions; settle_time %d; reads take time: %t: depth %d, %d states, %d entries, %s",
		o.words.name, o.conflict, o.budget.edits, o.budget.faults, o.budget.merges, o.budget.deletions, o.settle, o.split,
		f.depth, f.states, f.entries, f.took.Round(10*time.Millisecond))
	if f.err != nil {
		t.Logf("%v:\n  %s", f.err, strings.Join(f.trace, "\n  "))
	}
}
