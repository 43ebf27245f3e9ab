package ledger_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// node is a state that was met, and how.
type node struct {
	parent int
	name   string
}

// found is what a search found.
type found struct {
	states int
	depth  int
	err    error
	trace  []string
}

// search walks every state breadth first, and plays each to its end. It stops at
// the first broken law, which then has a shortest trace.
func (r rules) search(b budget, statesMax int) found {
	seen := map[[16]byte]bool{}
	nodes := []node{{parent: -1}}
	level, at := []*world{r.begin(b)}, []int{0}
	seen[r.key(level[0])] = true
	depth := 0
	for ; len(level) > 0; depth++ {
		var next []*world
		var nextAt []int
		for i, w := range level {
			if trace, err := r.closeIfDue(w, nodes[at[i]].name); err != nil {
				return found{len(seen), depth, err, append(path(nodes, at[i]), append([]string{"-- no more edits and faults --"}, trace...)...)}
			}
			for _, s := range r.steps(w) {
				if s.err != nil {
					return found{len(seen), depth, s.err, append(path(nodes, at[i]), s.name)}
				}
				k := r.key(s.world)
				if seen[k] {
					continue
				}
				seen[k] = true
				nodes = append(nodes, node{at[i], s.name})
				next, nextAt = append(next, s.world), append(nextAt, len(nodes)-1)
				if len(seen) >= statesMax {
					return found{len(seen), depth, fmt.Errorf("more than %d states", statesMax), nil}
				}
			}
		}
		level, at = next, nextAt
	}
	return found{states: len(seen), depth: depth}
}

func path(nodes []node, i int) []string {
	var names []string
	for ; nodes[i].parent >= 0; i = nodes[i].parent {
		names = append(names, nodes[i].name)
	}
	slices.Reverse(names)
	return names
}

// key is what makes two states the same: what the future depends on. Counters
// count only by what they are compared with.
func (r rules) key(w *world) [16]byte {
	e, f := w.entry, r.field()
	held := max(e.Sides[0].Since[f], e.Sides[1].Since[f])
	text := make([]byte, 0, 512)
	number := func(numbers ...int) {
		for _, n := range numbers {
			text = append(strconv.AppendInt(text, int64(n), 10), ' ')
		}
	}
	number(w.tick, w.budget.edits, w.budget.faults, w.budget.ticks, w.budget.unrelated)
	for side, o := range e.Sides {
		text = fmt.Appendf(text, "%t%t%t%t%s %d %d|", o.Known, o.Gone, o.Wanted, o.OwnRead >= held, o.Values[f], o.Stamps[f].Unix(), o.Revision.Unix())
		if w.misled {
			number(int(o.ReadAt.Unix()))
		}
		text = fmt.Appendf(text, "%v%t%t", e.Pause[side].Single, w.lost[side], w.misled)
		now := w.sides[side].now()
		text = fmt.Appendf(text, "%v%d%t", now.cells, now.rev, now.serial == w.polled[side])
		for _, old := range w.older(incident.Side(side)) {
			text = fmt.Appendf(text, "%v%d,", old.cells, old.rev)
		}
		if wr := w.writers[side]; wr.phase != idle {
			text = fmt.Appendf(text, "%d%s%v%t%t%v%d", wr.phase, writeText(wr.plan.Writes[0]), wr.origins, wr.refused, wr.read.serial == now.serial, wr.answer.cells, wr.answer.rev)
			if wr.entry != nil {
				text = fmt.Appendf(text, "%v", wr.entry.Sides)
			}
		}
		for _, l := range w.post {
			if l.side == incident.Side(side) {
				text = fmt.Appendf(text, "%v%d %d,", l.state.cells, l.state.rev, l.began)
			}
		}
	}
	text = fmt.Appendf(text, "%v%v%d%v", pairText(e.Base[f]), e.Parks, e.NoEffects[f], w.edits)
	for _, h := range e.Holds {
		text = append(text, writeText(h.Write)...)
		number(int(h.Answered.Unix()), int(h.Due.Unix()), int(h.Revision.Unix()))
		text = strconv.AppendBool(text, h.Contrary)
	}
	if in := e.Intent; in != nil {
		text = append(text, writeText(in.Writes[0])...)
		number(int(in.Side), int(in.At.Unix()), int(in.Revision.Unix()))
	}
	sum := sha256.Sum256(text)
	return [16]byte(sum[:16])
}

func pairText(p *reconcile.Pair) string {
	if p == nil {
		return "none"
	}
	return fmt.Sprint(*p)
}

func writeText(w reconcile.Write) string {
	base := w.Base
	w.Base = nil
	return fmt.Sprint(w, pairText(base))
}

func (f found) report(t *testing.T, name string, r rules, b budget) {
	t.Helper()
	t.Logf("%s: alphabet %q, %d edits, %d faults, %d ticks, %d unrelated: depth %d, %d states",
		name, r.alphabet(0), b.edits, b.faults, b.ticks, b.unrelated, f.depth, f.states)
	if f.err != nil {
		t.Logf("%v after\n  %s", f.err, strings.Join(f.trace, "\n  "))
	}
}

func policies() []reconcile.Conflict {
	return []reconcile.Conflict{reconcile.ConflictLatest, reconcile.ConflictDefender, reconcile.ConflictSentinel}
}

func TestEveryOrderOfEditsAndFaults(t *testing.T) {
	for _, tags := range []bool{false, true} {
		for _, conflict := range policies() {
			r, b := newRules(tags, conflict), budget{edits: 1, faults: 1, ticks: 3}
			if os.Getenv("SOAK") != "" {
				b.edits = 2
			}
			f := r.search(b, 5_000_000)
			f.report(t, string(conflict), r, b)
			require.NoError(t, f.err)
		}
	}
}
