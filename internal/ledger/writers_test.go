package ledger_test

import (
	"errors"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// writer takes its next step.
func (x *explorer) writer(w *world, side incident.Side) {
	wr := w.writers[side]
	switch wr.phase {
	case idle:
		if x.mayWork(w, side) {
			next := *w
			next.writers[side] = writer{phase: reading, began: present}
			if x.split {
				x.add(next, nil, "%s writer begins to read", side)
				return
			}
			x.finishRead(&next, side)
		}
	case reading:
		x.finishRead(w, side)
	case intended:
		x.send(w, side)
	case sent:
		x.finishWrite(w, side)
	}
}

// mayWork reports whether the side's writer may begin: the lock is free, and
// something is due.
func (x *explorer) mayWork(w *world, side incident.Side) bool {
	return x.info(w.entry).due[side] && (x.without == "lock" || w.writers[side.Other()].phase == idle)
}

// finishRead is what the read shows: the side as it was at any moment since the
// read began; and on Defender's side something stale. Sentinel shows what was
// written.
func (x *explorer) finishRead(w *world, side incident.Side) {
	s, wr := w.sides[side], w.writers[side]
	first := s.n - 1 - wr.since
	for i := first; i < s.n; i++ {
		x.work(*w, side, i, "reads")
	}
	if w.left.faults == 0 || side == sentinel {
		return
	}
	faulty := *w
	faulty.left.faults--
	for i := range first {
		if x.stale(&s, int(i)) || s.past[i+1].rev+x.settle > wr.began {
			stale := faulty
			// W2: of edits at the same time a stale read may show the older.
			known := x.info(w.entry)
			stale.excused = stale.excused || s.past[i].rev == known.revision[side] && x.value(s.past[i].cells) != known.value[side]
			x.work(stale, side, i, "reads stale")
		}
	}
}

// work is a writer's read, plan and intent.
func (x *explorer) work(w world, side incident.Side, i uint8, how string) {
	wr, h := w.writers[side], w.sides[side].past[i]
	a := x.ask(question{verb: verbRead, side: side, entry: w.entry, seen: x.seen(h), began: wr.began, news: wr.news})
	w.writers[side] = writer{}
	x.believe(&w, side, h, a)
	w.lost[side] = 0
	if a.plan == 0 {
		x.add(w, nil, "%s writer %s %s, and has nothing to write", side, how, x.told(side, h))
		return
	}
	next := writer{phase: intended, plan: a.plan, source: w.believed[side.Other()], moved: i+1 != w.sides[side].n, began: wr.began}
	for cell := range next.read {
		next.read[cell] = h.cells[cell].origin
	}
	if side == sentinel {
		next.began = 0 // its etag tells what changed since
	}
	if x.without == "lock" {
		next.from = a.entry
	}
	w.writers[side] = next
	p := x.plans[a.plan]
	x.add(w, x.maySend(&w, p), "%s writer %s %s and plans %s (%s)", side, how, x.told(side, h), x.says(side, p.asked), p.rule)
}

// send lets the service take the write, or refuse it.
func (x *explorer) send(w *world, side incident.Side) {
	p := x.plans[w.writers[side].plan]
	if next := *w; x.refuses(w, side, p) {
		next.writers[side].phase, next.writers[side].told = sent, toldStale
		x.add(next, nil, "%s write %s is refused: 409", side, x.says(side, p.asked))
	} else if now := w.sides[side].now(); now.merged {
		next.writers[side].phase, next.writers[side].told, next.writers[side].answer = sent, toldNothing, now
		x.add(next, nil, "%s write %s is answered 200: merged", side, x.says(side, p.asked))
	} else {
		err := x.effect(&next, side, p)
		x.add(next, err, "%s write %s", side, x.says(side, p.asked))
	}
	if w.left.faults == 0 {
		return
	}
	faulty := *w
	faulty.left.faults--
	killed := faulty
	x.kill(&killed)
	x.add(killed, nil, "killed before %s write", side)
	if now := w.sides[side].now(); side == defender && !now.merged {
		faulty.excused = faulty.excused || w.writers[side].moved
		faulty.hollow = true
		wr := &faulty.writers[side]
		wr.phase, wr.told, wr.answer = sent, toldNothing, now
		x.add(faulty, nil, "%s write %s is answered 200, without effect", side, x.says(side, p.asked))
	}
}

// refuses reports whether Sentinel answers 409: the etag is stale, or there is
// no incident, or one where none was expected.
func (x *explorer) refuses(w *world, side incident.Side, p planned) bool {
	return side == sentinel && (w.writers[side].moved || w.sides[side].now().gone != p.create)
}

// effect is the service after the write, and the law that it broke.
func (x *explorer) effect(w *world, side incident.Side, p planned) error {
	now := w.sides[side].now()
	if w.sides[side].n == pastMax {
		return errors.New("it is written for ever")
	}
	next, err := x.overwrite(w, side, p, now)
	if p.redirect {
		w.closings++
	}
	w.change(side, next)
	wr := &w.writers[side]
	wr.phase, wr.answer, wr.moved = sent, w.sides[side].now(), false
	return err
}

// finishWrite lets the answer come, or not.
func (x *explorer) finishWrite(w *world, side incident.Side) {
	wr := w.writers[side]
	next := *w
	x.save(&next, side, wr.answer, false)
	x.add(next, nil, "%s write is answered with %s", side, x.told(side, wr.answer))
	if w.left.faults == 0 {
		return
	}
	faulty := *w
	faulty.left.faults--
	s := w.sides[side]
	for i := range s.n - 1 {
		if wr.told == toldTaken && x.stale(&s, int(i)) && s.past[i] != wr.answer && (side == defender || s.past[i+1] == wr.answer) {
			next := faulty
			x.save(&next, side, s.past[i], true)
			x.add(next, nil, "%s write is answered with %s, which is stale", side, x.told(side, s.past[i]))
		}
	}
	x.kill(&faulty)
	x.add(faulty, nil, "%s answer is lost", side)
}

// save takes the answer.
func (x *explorer) save(w *world, side incident.Side, shown held, stale bool) {
	wr := w.writers[side]
	w.writers[side] = writer{}
	q := question{verb: verbUnsent, side: side, entry: w.entry}
	if wr.told != toldStale {
		q = question{verb: verbAnswer, side: side, entry: w.entry, seen: x.seen(shown), stale: stale, from: wr.from}
	}
	a := x.ask(q)
	if stale && side == sentinel {
		x.lose(w, side, wr)
		x.became(w, a)
		return
	}
	if wr.told == toldStale {
		x.became(w, a)
		return
	}
	w.finished = w.finished || x.plans[wr.plan].redirect
	after := x.info(a.entry)
	for i := range w.believed[side] {
		switch {
		case side == sentinel && x.cell(after.value[side], i) == shown.cells[i].value:
			w.believed[side][i] = shown.cells[i].origin
		case side == defender && x.carries(x.plans[wr.plan], i) && x.cell(after.value[side], i) == x.cell(x.plans[wr.plan].asked, i):
			w.believed[side][i] = wr.source[i]
		}
	}
	x.became(w, a)
}

// lose: nobody knows what became of a write. An edit that looks like it, or like
// none, cannot be told from it (W3); what a service made of it looks like an edit.
func (x *explorer) lose(w *world, side incident.Side, wr writer) {
	p := x.plans[wr.plan]
	w.lost[side] = wr.plan
	w.excused = w.excused || wr.unsure || x.store(side, p.asked) != p.asked
}

// kill ends both writers; what was not saved is gone. Cursors overlap: what was
// on its way comes again.
func (x *explorer) kill(w *world) {
	for side := range w.writers {
		if wr := w.writers[side]; wr.phase > reading {
			x.lose(w, sides[side], wr)
		}
		w.sides[side].fresh = max(1, w.sides[side].fresh)
	}
	w.writers = [2]writer{}
	x.became(w, x.ask(question{verb: verbKill, entry: w.entry}))
}
