package sentinelincidentexporter

import (
	"slices"
	"sync"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

const (
	// lobbyMax is of how many incidents something is remembered.
	lobbyMax = 10_000
	// lobbyAlertsMax is how many alerts of each: more are not related anyway.
	lobbyAlertsMax = ledger.AlertsMax
)

// lobby remembers, for a while and in memory, what was seen of incidents that
// are not admitted: an alert may come before its incident, and an incident
// before the alert that a filter of service sources waits for. What it forgets
// comes again with a resync. Safe for concurrent use.
type lobby struct {
	mu    sync.Mutex
	seats map[incident.Link]*seat
	// order is a ring of those that have a seat, next the oldest of them once
	// it is full; some have left already.
	order []incident.Link
	next  int
}

// seat is what waits of one incident.
type seat struct {
	alerts, sources []string
	snapshot        *incident.Snapshot // nil if it was not seen, or needs no alert
	began           time.Time
}

func newLobby() *lobby { return &lobby{seats: map[incident.Link]*seat{}} }

// alert remembers an alert, and returns what is known of its incident now, a
// copy.
func (l *lobby) alert(link incident.Link, id, source string) seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.seat(link)
	if !slices.Contains(s.alerts, id) && len(s.alerts) < lobbyAlertsMax {
		s.alerts = append(s.alerts, id)
	}
	if source != "" && !slices.Contains(s.sources, source) && len(s.sources) < lobbyAlertsMax {
		s.sources = append(s.sources, source)
	}
	return *s
}

// incident remembers an incident that was not admitted, without its comments,
// which are long and come again.
func (l *lobby) incident(link incident.Link, snapshot incident.Snapshot, began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.seat(link)
	snapshot.Comments, snapshot.CommentsKnown = nil, false
	s.snapshot, s.began = &snapshot, began
}

// known is what waits of an incident, a copy; the zero seat for nothing.
func (l *lobby) known(link incident.Link) seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.seats[link]; s != nil {
		return *s
	}
	return seat{}
}

// leave forgets incidents that the ledger has now.
func (l *lobby) leave(links []incident.Link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, link := range links {
		delete(l.seats, link)
	}
}

// seat is that of a link, made if there is none; the oldest goes. The lobby is
// locked.
func (l *lobby) seat(link incident.Link) *seat {
	if s := l.seats[link]; s != nil {
		return s
	}
	if len(l.order) < lobbyMax {
		l.order = append(l.order, link)
	} else {
		delete(l.seats, l.order[l.next])
		l.order[l.next] = link
		l.next = (l.next + 1) % lobbyMax
	}
	s := &seat{}
	l.seats[link] = s
	return s
}
