package sentinelincidentexporter

import (
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
)

// spend is what a subscription's requests are counted as.
type spend uint8

const (
	spendIncident spend = iota
	spendComment
	spendRelation
	spendCommentRead
	spendRelationRead
	spendRead
	spendLook
	spendCount
)

var spendNames = [spendCount]string{
	"incident_writes", "comment_writes", "relation_writes", "comment_reads", "relation_reads", "incident_reads", "resync_reads",
}

// String is the name in metrics.
func (s spend) String() string { return spendNames[s] }

// Our own limits where the user sets none.
const (
	// readsOfParts is how often comments or relations are listed in 5 minutes: a
	// quarter of the limit of 100, for the receiver lists comments too.
	// Source: Microsoft Sentinel REST API, request limits, read 2026-11.
	readsOfParts = 25
	// readsPerMinute of incidents leave ARM's 12,000 reads an hour room for the
	// receiver.
	// Source: Azure Resource Manager throttling, read 2026-11.
	readsPerMinute = 180
	// looksPerMinute are those of them that a resync may take, so that an edit
	// never waits for it: 3,600 incidents an hour.
	looksPerMinute = 60
	// throttledPause is how long a 429 without Retry-After is obeyed.
	throttledPause = 30 * time.Second
)

// subscription is the requests that Azure counts together: those of all
// workspaces of one subscription. Safe for concurrent use.
type subscription struct {
	id     string
	meters [spendCount]meter
}

// meter is one limit.
type meter struct {
	*budget.Shared
	limit int
	per   time.Duration
}

func newSubscription(id string, c BudgetConfig) *subscription {
	meterOf := func(limit int, per time.Duration) meter { return meter{budget.NewShared(limit, per), limit, per} }
	return &subscription{id: id, meters: [spendCount]meter{
		spendIncident: meterOf(c.IncidentWrites, c.Per), spendComment: meterOf(c.CommentWrites, c.Per), spendRelation: meterOf(c.RelationWrites, c.Per),
		spendCommentRead: meterOf(readsOfParts, defaultPer), spendRelationRead: meterOf(readsOfParts, defaultPer),
		spendRead: meterOf(readsPerMinute, time.Minute), spendLook: meterOf(looksPerMinute, time.Minute),
	}}
}

// opens is when a request may begin: now or earlier if at once.
func (s *subscription) opens(kind spend, now time.Time) time.Time {
	at := s.meters[kind].At(now, 1)
	if at.IsZero() {
		return now.Add(time.Second) // those under way will be counted by then
	}
	return at
}

// take lets a request begin; settle or release must follow.
func (s *subscription) take(kind spend) bool { return s.meters[kind].Take(time.Now(), 1) }

// release gives back a request that was not sent.
func (s *subscription) release(kind spend) { s.meters[kind].Give(1) }

// settle counts a request whose answer came, and obeys it.
func (s *subscription) settle(kind spend, err error) {
	now := time.Now()
	s.meters[kind].Used(now)
	if err != nil && azure.ClassOf(err) == azure.ClassThrottled {
		wait := azure.RetryAfterOf(err)
		if wait == 0 {
			wait = throttledPause
		}
		s.meters[kind].Hold(now.Add(wait))
	}
}

// left is how many requests may begin now; -1 without a limit.
func (s *subscription) left(kind spend, now time.Time) int {
	if s.opens(kind, now).After(now) {
		return 0
	}
	return s.meters[kind].Left(now)
}

// duration is how long n requests take from now on.
func (s *subscription) duration(kind spend, n int, now time.Time) time.Duration {
	m := s.meters[kind]
	if n -= m.Left(now); n <= 0 || m.limit == 0 {
		return 0
	}
	return max(0, s.opens(kind, now).Sub(now)) + time.Duration((n-1)/m.limit)*m.per
}
