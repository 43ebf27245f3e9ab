package polling

const (
	// failuresFirst is how often the first rung may fail before a step down:
	// a single 500 is mostly chance.
	failuresFirst = 2
	// failuresLast is how often a page of one row may fail before the row is
	// passed over.
	failuresLast = 3
	// climbMax is after how many good pages a step up is tried at the latest.
	climbMax = 32
)

// Ladder decides how to ask, by how it went: down after answers of 500, up again
// after good pages, and the later the more often up was too early. R is one way
// to ask. The last rung asks for one bare row. It is not safe for concurrent
// use.
type Ladder[R any] struct {
	rungs          []R
	at             int
	failures, good int
	climb          int
}

// NewLadder stands on the first rung.
func NewLadder[R any](rungs ...R) Ladder[R] { return Ladder[R]{rungs: rungs, climb: 1} }

// Now is how to ask now.
func (l *Ladder[R]) Now() R { return l.rungs[l.at] }

// Last reports whether there is no rung below.
func (l *Ladder[R]) Last() bool { return l.at == len(l.rungs)-1 }

// Succeeded notes a good page.
func (l *Ladder[R]) Succeeded() {
	l.failures = 0
	if l.at == 0 {
		l.good++
		if l.good >= climbMax {
			l.climb = 1
		}
		return
	}
	if l.good++; l.good >= l.climb {
		l.at--
		l.good = 0
	}
}

// Failed notes a page that the service could not give. over says that it was a
// single row for the last time: go on without it.
func (l *Ladder[R]) Failed() (over bool) {
	l.failures++
	switch {
	case l.Last():
		if l.failures < failuresLast {
			return false
		}
		l.failures, l.good = 0, 0
		return true
	case l.at == 0 && l.failures < failuresFirst:
		return false
	case l.at == 0:
		l.climb = min(climbMax, l.climb*2)
	}
	l.at++
	l.failures, l.good = 0, 0
	return false
}
