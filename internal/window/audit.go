package window

// audit is a span whose rows were all taken if the service sorts by last-update
// time. A service that sorts by creation looks the same while nothing old is
// updated, and would hide what is. The count of the span tells.
type audit struct {
	span   Span
	taken  int
	origin Span
}

// audit is what to count after a gap was settled by a moving edge: the seconds
// strictly between its first and its last row, since rows may join those two
// from outside. Nil if there is nothing to count.
func (g *reading) audit() *audit {
	if !g.edge() || g.settled == 0 || len(g.pass) == 0 {
		return nil
	}
	low, high := g.pass[len(g.pass)-1].Updated, g.first
	if g.order == orderOldestFirst {
		low, high = high, low
	}
	return &audit{span: Span{From: secondAfter(low), To: second(high)}, taken: g.settled, origin: g.origin}
}

// answerAudit believes the order if no more rows are there than were taken.
// Fewer are no fault: rows leave a span when they are updated.
func (d *Drain) answerAudit(p Page) {
	a := d.audit
	d.audit = nil
	if p.Count <= a.taken {
		return
	}
	d.unsorted = true
	d.add(newReading(Gap{Updated: a.origin}))
}
