package window

// audit is what to count after a gap was settled by a moving edge: the seconds
// strictly between its first and its last row, since rows may join those two
// from outside. Nil if there is nothing to count.
func (g *reading) audit() *Audit {
	if !g.edge() || g.settled == 0 || len(g.pass) == 0 {
		return nil
	}
	low, high := g.pass[len(g.pass)-1].Updated, g.first
	if g.order == orderOldestFirst {
		low, high = high, low
	}
	span := Span{From: secondAfter(low), To: second(high)}
	if span.Empty() {
		return nil
	}
	return &Audit{Span: span, Taken: g.settled, Origin: g.origin}
}

// answerAudit believes the order if no more rows are there than were taken.
// Fewer are no fault: rows leave a span when they are updated.
func (d *Drain) answerAudit(p Page) {
	a := d.cursor.Audit
	d.cursor.Audit = nil
	if p.Count <= a.Taken {
		return
	}
	d.disbelieve(a.Origin)
}
