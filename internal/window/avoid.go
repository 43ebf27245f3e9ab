package window

import "time"

// Avoid leaves spans out that were passed over, until they are owed again.
func (w *Walk) Avoid(spans []Span) { w.avoided = spans }

// behind is t, or the end of the avoided span that it lies in.
func (w *Walk) behind(t time.Time) time.Time {
	for moved := true; moved; {
		moved = false
		for _, a := range w.avoided {
			if !a.To.IsZero() && a.Contains(t) {
				t, moved = a.To, true
			}
		}
	}
	return t
}

// without is what is left of a span without the avoided ones, the oldest first.
func (w *Walk) without(s Span) (left []Span) {
	for s.From = w.behind(s.From); !s.Empty(); s.From = w.behind(s.From) {
		part := s
		for _, a := range w.avoided {
			if a.From.After(part.From) && a.From.Before(part.To) {
				part.To = a.From
			}
		}
		left = append(left, part)
		s.From = part.To
	}
	return left
}

// divide bounds the open gap at t, if it begins before, and opens one from t on.
func (w *Walk) divide(t time.Time) {
	if len(w.gaps) == 0 || !w.gaps[0].To.IsZero() || !w.gaps[0].From.Before(t) || w.gaps[0].probe != nil {
		return
	}
	w.gaps[0].To = t
	w.add(Span{From: t})
}
