package window

import "time"

// Hop tells that the service cannot show the one row that was asked for: the
// reading goes on behind it.
func (d *Drain) Hop() {
	if d.cursor.Audit != nil {
		d.cursor.Audit = nil
		return
	}
	if g := d.current(); g != nil {
		g.hop()
	}
}

// Hopped returns the spans in which rows were passed over since the last call,
// each known once the page behind the row was taken.
func (d *Drain) Hopped() []Span {
	spans := d.hopped
	d.hopped = nil
	return spans
}

// hop goes on behind the row at skip, which cannot be read.
func (g *reading) hop() {
	g.pos, g.step, g.hopped, g.whole = g.skip()+1, stepClosing, true, false
}

// passedOver is when a row was updated that lies between the last one taken and
// the first of rows: all of the window where no order is known.
func (g *reading) passedOver(rows []Row) Span {
	span := g.Updated
	var next time.Time
	if len(rows) > 0 && g.Updated.Contains(rows[0].Updated) {
		next = rows[0].Updated
	}
	switch g.order {
	case orderNewestFirst:
		if !next.IsZero() {
			span.From = second(next)
		}
	case orderOldestFirst:
		if !next.IsZero() {
			span.To = secondAfter(next)
		}
	case orderUnknown, orderNone:
	}
	return span
}
