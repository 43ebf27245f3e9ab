package defenderreceiver

import (
	"math/rand/v2"
	"time"
)

const (
	// paceSlack spaces requests a little wider than the budget says, so that
	// a service that counts the same minute on a clock of its own and over a
	// network that jitters never counts one too many.
	paceSlack = 1.003
	// backoffFirst and backoffMax bound the wait after an answer that did not
	// say how long; it doubles in between.
	backoffFirst = time.Second
	backoffMax   = time.Minute
)

// pace says when the next request may be sent: requests are spread evenly over
// the minute, and none is sent before a time that the service asked for. It is
// a value of times; it waits for nothing.
type pace struct {
	every time.Duration
	next  time.Time
	dice  *rand.Rand
}

func newPace(requestsPerMinute int, dice *rand.Rand) pace {
	p := pace{dice: dice}
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

// backoff is the wait before attempt number failures+1: doubled each time,
// with jitter of a half.
func (p *pace) backoff(failures int) time.Duration {
	wait := backoffMax
	if failures < 7 {
		wait = min(backoffMax, backoffFirst<<max(failures-1, 0))
	}
	return wait/2 + time.Duration(p.dice.Int64N(int64(wait/2)+1))
}
