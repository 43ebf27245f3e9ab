package ledger_test

import "github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"

// lineage is what edits stem from. The laws ask whether the editor of one value
// saw another, so a world keeps its edits; and forgets them again once all that
// is held or believed anywhere stems from the same one, or once the laws that
// ask no longer hold.

// root forgets edits that no law can ask for.
func (x *explorer) root(w *world) {
	if w.made == 0 {
		return
	}
	var used [2][editsMax + 1]bool
	w.origins(x.cells, func(cell int, origin *uint8) {
		if w.excused {
			*origin = 0
		}
		used[cell][*origin] = true
	})
	var keep [editsMax + 1]bool
	var roots [2]uint8
	for i := range x.cells {
		roots[i] = w.rootOf(used[i])
		for origin := range used[i] {
			if used[i][origin] {
				for o := uint8(origin); o > roots[i]; o = w.edits[o-1].parent {
					keep[o] = true
				}
			}
		}
	}
	for i := range x.cells {
		w.root[i] = w.editValue(roots[i], i)
		if w.excused {
			w.root[i] = 0
		}
	}
	w.renumber(x.cells, keep)
	if w.excused {
		w.recorded = 0
	}
}

// coincide: two people did the same on both sides, and the base says so. From
// now on it is one edit.
func (x *explorer) coincide(w *world) {
	for i := range x.cells {
		d, s := w.believed[defender][i], w.believed[sentinel][i]
		if d == s || x.cell(x.info(w.entry).value[defender], i) != x.cell(x.info(w.entry).value[sentinel], i) {
			continue
		}
		if w.leftBefore(defender, d, s) || w.leftBefore(sentinel, s, d) {
			continue // they never held it together (rule R8)
		}
		one, other := min(d, s), max(d, s)
		w.origins(x.cells, func(cell int, origin *uint8) {
			if cell == i && *origin == other {
				*origin = one
			}
		})
		for e := range w.made {
			if w.edits[e].parent == other {
				w.edits[e].parent = one
			}
		}
	}
}

// leftBefore reports whether a side was edited away from an edit before the
// other was made.
func (w *world) leftBefore(side incident.Side, from, other uint8) bool {
	for i, e := range w.edits[:w.made] {
		if e.side == side && e.parent == from && uint8(i+1) < other {
			return true
		}
	}
	return false
}

// rootOf is the youngest edit that all of some stem from.
func (w *world) rootOf(used [editsMax + 1]bool) uint8 {
	root, any := uint8(0), false
	for origin, is := range used {
		switch {
		case !is:
		case !any:
			root, any = uint8(origin), true
		default:
			root = w.common(root, uint8(origin))
		}
	}
	return root
}

// renumber drops the edits that are not kept; what stems from them stems from
// the root now.
func (w *world) renumber(cells int, keep [editsMax + 1]bool) {
	var to [editsMax + 1]uint8
	n := uint8(0)
	for o := uint8(1); o <= w.made; o++ {
		if !keep[o] {
			continue
		}
		e := w.edits[o-1]
		e.parent = to[e.parent]
		w.edits[n] = e
		n++
		to[o] = n
	}
	for i := n; i < w.made; i++ {
		w.edits[i] = edit{}
	}
	w.made = n
	w.origins(cells, func(_ int, origin *uint8) { *origin = to[*origin] })
}

// origins visits every mention of an edit.
func (w *world) origins(cells int, visit func(cell int, origin *uint8)) {
	for i := range cells {
		for side := range w.sides {
			s := &w.sides[side]
			for h := range s.n {
				visit(i, &s.past[h].cells[i].origin)
			}
			visit(i, &w.believed[side][i])
			if wr := &w.writers[side]; wr.phase > reading {
				visit(i, &wr.source[i])
				visit(i, &wr.read[i])
				if wr.phase == sent {
					visit(i, &wr.answer.cells[i].origin)
				}
			}
		}
	}
}
