package budget

import "time"

// slack lengthens the span a little: the service counts when a request arrives,
// on a clock of its own.
const slack = time.Second

// Budget lets at most Limit requests begin in any span of Per. The zero value
// has no limit. It is not safe for concurrent use.
type Budget struct {
	limit int
	per   time.Duration
	// used are the times of the last requests, oldest first, at most limit.
	used []time.Time
	held time.Time
}

// New is a budget of limit requests in any span of per; 0 or less is no limit.
func New(limit int, per time.Duration) *Budget {
	return &Budget{limit: max(0, limit), per: per + slack}
}

// At is when the next request may begin: now or earlier if at once.
func (b *Budget) At(now time.Time) time.Time {
	at := b.held
	if b.limit > 0 && len(b.used) >= b.limit {
		if free := b.used[0].Add(b.per); free.After(at) {
			at = free
		}
	}
	return at
}

// Open reports whether a request may begin now.
func (b *Budget) Open(now time.Time) bool { return !b.At(now).After(now) }

// Use counts a request. Call it when its answer came, or nobody waits for one
// any more: the service cannot have counted it later than that. Until then one
// who sends several at once counts them himself.
func (b *Budget) Use(now time.Time) {
	if b.limit == 0 {
		return
	}
	if len(b.used) >= b.limit {
		n := copy(b.used, b.used[1:])
		b.used = b.used[:n]
	}
	b.used = append(b.used, now)
}

// Hold lets no request begin before a time, as a Retry-After asks.
func (b *Budget) Hold(until time.Time) {
	if until.After(b.held) {
		b.held = until
	}
}

// Left is how many requests may begin now.
func (b *Budget) Left(now time.Time) int {
	if b.limit == 0 {
		return -1
	}
	left := b.limit
	for _, t := range b.used {
		if t.Add(b.per).After(now) {
			left--
		}
	}
	return left
}
