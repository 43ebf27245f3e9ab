package defenderreceiver

// rung is one way to ask for a page: how many rows, and whether each incident
// comes with its alerts.
type rung struct {
	top    int
	expand bool
	// each asks for the alerts of every new incident by a request of its own.
	each bool
}

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

// ladder decides how to ask, by how it went: down after answers of 500, up
// again after good pages, and the later the more often up was too early.
type ladder struct {
	rungs          []rung
	at             int
	failures, good int
	climb          int
}

// ladderFor is the ladder of a list. The last rung asks for one bare row.
func ladderFor(alerts string) ladder {
	plain := []rung{{top: 50}, {top: 10}, {top: 1}}
	if alerts == alertsExpand {
		each := []rung{{top: 50, each: true}, {top: 10, each: true}, {top: 1, each: true}}
		plain = append([]rung{{top: 50, expand: true}, {top: 10, expand: true}, {top: 2, expand: true}}, each...)
	}
	return ladder{rungs: plain, climb: 1}
}

// alertsLadder is the ladder of alerts_v2. A page is far below the 1000 that
// the service allows, so that one cut short costs little.
func alertsLadder() ladder {
	return ladder{rungs: []rung{{top: 200}, {top: 50}, {top: 10}, {top: 1}}, climb: 1}
}

func (l *ladder) now() rung { return l.rungs[l.at] }

// succeeded notes a good page.
func (l *ladder) succeeded() {
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

// failed notes a page that the service could not give. over says that it was a
// single row for the last time: go on without it.
func (l *ladder) failed() (over bool) {
	l.failures++
	switch {
	case l.at == len(l.rungs)-1:
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
