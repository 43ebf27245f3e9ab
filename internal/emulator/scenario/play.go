package scenario

import (
	"time"
)

// playLife: incidents arrive every second or two, and each runs its course in a minute or so.
func playLife(st *stage) {
	st.arrive(st.settings.Start)
	st.run(time.Time{})
}

// arrive lets the next incident open a second or two after a moment, and so on until there are enough.
func (st *stage) arrive(after time.Time) {
	st.at(st.snap(after.Add(st.span(900*time.Millisecond, 2*time.Second))), func(at time.Time) {
		st.openOne(at)
		if !st.enough(0) {
			st.arrive(at)
		}
	})
}

// openOne opens an incident and sends it on its course.
func (st *stage) openOne(at time.Time) {
	t := st.begin(at)
	st.emit(at, t, t.opened(at, 1+t.upto(2)))
	st.follow(t, at)
}

// playBackfill lives through the 30 days before Start in silence, then delivers what has become of
// each incident, oldest first. lastUpdateDateTime is when each last changed.
func playBackfill(st *stage) {
	const past = 30 * 24 * time.Hour
	n := st.settings.Incidents
	if n == 0 {
		n = backfillIncidents
	}
	var history []*tracked
	seen := map[*tracked]bool{}
	st.sink = func(t *tracked) {
		if !seen[t] {
			seen[t] = true
			history = append(history, t)
		}
	}
	st.pace = 20 * 60 // a second of life is twenty minutes of history
	apart := past / time.Duration(n)
	for i := range n {
		from := st.settings.Start.Add(-past + time.Duration(i)*apart)
		st.at(st.snap(from.Add(st.span(0, apart*9/10))), st.openOne)
	}
	st.run(st.settings.Start)

	st.sink = nil
	for _, t := range history {
		if st.quit {
			return
		}
		st.emit(st.settings.Start, t, "from the past, "+t.word())
	}
}

func (t *tracked) word() string {
	status, _ := t.doc["status"].(string)
	return status
}

// playEveryType tells each story once, whole and without oddities, and then lets each incident be
// worked on and resolved in one stroke.
func playEveryType(st *stage) {
	all := stories()
	at := st.settings.Start
	for !st.quit && !st.enough(len(all)) {
		at = st.snap(at.Add(200 * time.Millisecond))
		t := st.beginStory(all[st.made%len(all)].tell, at)
		t.full = true
		st.emit(at, t, t.opened(at, len(t.pending)))
		at = st.snap(at.Add(200 * time.Millisecond))
		for _, change := range []func(*tracked, time.Time) string{
			(*tracked).scored, (*tracked).assigned, (*tracked).begun, (*tracked).tagged, (*tracked).commented, (*tracked).alertCommented, (*tracked).resolved,
		} {
			change(t, at)
		}
		st.emit(at, t, "worked on and resolved")
	}
}

// playBurst: storms. All incidents of a storm open at one instant, are taken up at one, and most are
// resolved at one, so that page after page of a list shares one lastUpdateDateTime.
func playBurst(st *stage) {
	for at := st.settings.Start.Add(time.Second); !st.quit && !st.enough(0); at = at.Add(30 * time.Second) {
		storm := st.storm(st.snap(at))
		for i, change := range []func(*tracked, time.Time) string{(*tracked).begun, (*tracked).resolved} {
			moment := st.snap(at.Add(time.Duration(2+2*i) * time.Second))
			for n, t := range storm {
				if n%3 >= i {
					st.emit(moment, t, change(t, moment))
				}
			}
		}
	}
}

func (st *stage) storm(at time.Time) []*tracked {
	var out []*tracked
	for len(out) < stormIncidents && !st.quit && !st.enough(0) {
		t := st.begin(at)
		st.emit(at, t, t.opened(at, len(t.pending)))
		out = append(out, t)
	}
	return out
}
