package window

import "time"

// Span is a half-open interval of time [From, To) whose ends are whole
// seconds, since the service's filter is documented with whole seconds only.
// A zero From has no lower end, a zero To no upper end; the zero Span is all
// of time.
type Span struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Contains reports whether t lies in the span.
func (s Span) Contains(t time.Time) bool {
	return (s.From.IsZero() || !t.Before(s.From)) && (s.To.IsZero() || t.Before(s.To))
}

// Empty reports whether no time lies in the span.
func (s Span) Empty() bool {
	return !s.From.IsZero() && !s.To.IsZero() && !s.From.Before(s.To)
}

// single reports whether the span cannot be divided further.
func (s Span) single() bool {
	return !s.From.IsZero() && !s.To.IsZero() && s.To.Sub(s.From) <= time.Second
}

// second is the whole second that t falls in.
func second(t time.Time) time.Time {
	return t.UTC().Truncate(time.Second)
}

// secondAfter is the first whole second behind t's own.
func secondAfter(t time.Time) time.Time {
	return second(t).Add(time.Second)
}
