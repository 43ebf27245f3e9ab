package scenario

import (
	"cmp"
	"slices"
	"time"
)

// caseOf plans what the service and the people do with an incident after it
// opened, in order of time. People begin when it has had time to reach the other
// side.
func caseOf(t *tracked) []beat {
	var beats []beat
	last := time.Duration(0)
	for range t.pending {
		last += t.span(2*time.Second, 10*time.Second)
		beats = append(beats, beat{last, joins})
	}
	beats = append(beats, beat{t.span(2*time.Second, 12*time.Second), does((*tracked).scored)})
	if t.oneIn(2) {
		beats = append(beats, beat{t.span(4*time.Second, 20*time.Second), does((*tracked).investigated)})
	}
	beats = append(beats, t.people()...)
	slices.SortStableFunc(beats, func(a, b beat) int { return cmp.Compare(a.after, b.after) })
	return beats
}

// diary is what people will do with one incident.
type diary struct {
	t     *tracked
	at    time.Duration
	beats []beat
}

// then writes down the next thing, some seconds after the one before.
func (d *diary) then(a act) { d.after(2*time.Second, 8*time.Second, a) }

func (d *diary) after(from, to time.Duration, a act) {
	d.at += d.t.span(from, to)
	d.beats = append(d.beats, beat{d.at, a})
}

// people decides who works on the incident, and how they get on.
func (t *tracked) people() []beat {
	d := &diary{t: t, at: t.span(7*time.Second, 14*time.Second)}
	switch n := t.upto(20); {
	case n < 8:
		d.work(Sentinel)
	case n < 12:
		d.work(Defender)
	case n < 15:
		d.disagree()
	case n < 17:
		d.reopen()
	case n < 18:
		d.then(t.workerOn(Defender).merging)
	case n < 19:
		d.then(t.workerOn(Sentinel).takes()) // taken and never finished
	} // else nobody ever looks at it
	return d.beats
}

// work is the common course: one side works, the other looks in.
func (d *diary) work(side Side) {
	w, guest := d.t.workerOn(side), d.t.workerOn(other(side))
	d.then(w.takes())
	for _, chance := range []act{
		w.tags(d.tag()), w.comments(d.remark()), guest.comments(d.remark()), guest.tags(d.tag()),
		w.regrades(pick(d.t.dice, []string{"low", "medium", "high"})), w.untags("Shift A"),
	} {
		if d.t.oneIn(2) {
			d.then(chance)
		}
	}
	d.then(w.closes(d.truth(), d.t.plot.advice))
	if d.t.oneIn(4) {
		d.then(guest.comments("Seen, thank you."))
	}
	d.then(rests)
}

// disagree: both sides act on the same thing at nearly one moment, then one of
// them gives in, or does not.
func (d *diary) disagree() {
	a, b := d.t.workerOn(Sentinel), d.t.workerOn(Defender)
	if d.t.oneIn(2) {
		a, b = b, a
	}
	d.then(a.takes())
	together := func(act act) { d.after(0, 1200*time.Millisecond, act) }
	switch d.t.upto(3) {
	case 0: // two owners
		d.then(a.takes())
		together(b.takes())
	case 1: // two severities
		d.then(a.regrades("high"))
		together(b.regrades("low"))
	default: // a comment and a tag cross, which is no quarrel
		d.then(a.comments(d.remark()))
		together(b.comments(d.remark()))
		together(b.tags(d.tag()))
		together(a.tags(d.tag()))
	}
	d.then(a.closes(d.truth(), d.t.plot.advice))
	together(b.closes(verdict{"falsePositive", "notMalicious"}, "Nothing of ours."))
	if d.t.oneIn(2) {
		d.after(8*time.Second, 14*time.Second, b.closes(d.truth(), "You are right."))
	}
	d.then(rests)
}

// reopen: closed here, reopened there, closed for good.
func (d *diary) reopen() {
	a, b := d.t.workerOn(Sentinel), d.t.workerOn(Defender)
	if d.t.oneIn(2) {
		a, b = b, a
	}
	d.then(a.takes())
	d.then(a.closes(verdict{"falsePositive", "notEnoughDataToValidate"}, "Cannot tell."))
	d.after(6*time.Second, 12*time.Second, b.reopens())
	d.then(b.comments("There is more to it, look at the second host."))
	d.then(b.closes(d.truth(), d.t.plot.advice))
	d.then(rests)
}

func (d *diary) truth() verdict { return d.t.plot.truth }

func (d *diary) tag() string {
	return pick(d.t.dice, append([]string{"Shift A", "Tier 2", "Customer informed"}, d.t.plot.tags...))
}

func (d *diary) remark() string {
	return pick(d.t.dice, []string{
		"Called the user: they did not sign in at that time.", "Device isolated, waiting for the memory image.",
		"Same sender as last week, added to the block list.", "Handing over to the next shift.",
		"Zweite Prüfung läuft – bitte nicht schließen.", "Asked the customer for the change number.",
	})
}
