package defenderreceiver

import (
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
)

// paceSlack spaces requests a little wider than the budget says, so that a
// service that counts the same minute on a clock of its own and over a network
// that jitters never counts one too many.
const paceSlack = 1.003

// pace says when the next request may be sent: requests are spread evenly over
// the minute, and none is sent before a time that the service asked for. It is
// a value of times; it waits for nothing.
type pace struct {
	polling.Backoff
	every time.Duration
	next  time.Time
}

func newPace(requestsPerMinute int, backoff polling.Backoff) pace {
	p := pace{Backoff: backoff}
	if requestsPerMinute > 0 {
		p.every = time.Duration(float64(time.Minute) / float64(requestsPerMinute) * paceSlack)
	}
	return p
}

// turn takes the next slot and returns how long it is until then.
func (p *pace) turn(now time.Time) time.Duration {
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.every)
	return at.Sub(now)
}

// hold keeps every request back for a while.
func (p *pace) hold(now time.Time, wait time.Duration) {
	if until := now.Add(wait); until.After(p.next) {
		p.next = until
	}
}
