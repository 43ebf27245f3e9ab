package emulator

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Names of the two kinds of limits among the faults.
const (
	faultARMBucket = "arm_bucket"
	faultARMLimit  = "arm_limit"
)

const (
	limitSpan = 5 * time.Minute
	putLimit  = 75
	getLimit  = 100
	spanMax   = 1 << 16 // requests remembered for one span; a client that sends more is refused all the same
)

// limitOf is the limit an operation counts towards, with its name; none is 0.
// Source: Microsoft Sentinel REST API, request limits and throttling, read
// 2026-11. That a get of one counts like a list of all is chosen.
func limitOf(op operation) (name string, limit int) {
	switch op {
	case opPutSentinel:
		return "put_incident", putLimit
	case opPutComment:
		return "put_comment", putLimit
	case opPutRelation:
		return "put_relation", putLimit
	case opListComments, opGetComment:
		return "get_comments", getLimit
	case opListRelations, opGetRelation:
		return "get_relations", getLimit
	case opListIncidentAlerts:
		return "get_alerts", getLimit
	case opListIncidentEntities:
		return "get_entities", getLimit
	case opListIncidentBookmarks:
		return "get_bookmarks", getLimit
	default:
		return "", 0
	}
}

// ARMLimit is what came of one limit of Sentinel's, over all subscriptions.
type ARMLimit struct {
	Limit    int `json:"limit"`    // in any five minutes of a subscription
	Requests int `json:"requests"` // since the start, refused ones among them
	Refused  int `json:"refused"`  // with 429
	Largest  int `json:"largest"`  // most requests of a subscription in any five minutes, refused ones among them
}

// limitKey is what a limit is counted for.
type limitKey struct{ subscription, name string }

// span is the times of the latest requests of one limit.
type span struct{ times []time.Time }

// add notes a request and returns how many there were in the five minutes that
// end with it, and how long until one more would be within the limit. Requests
// over the limit count too, so whoever keeps this limit keeps any reading of it.
func (s *span) add(now time.Time, limit int) (count int, wait time.Duration) {
	n := 0
	for n < len(s.times) && !s.times[n].After(now.Add(-limitSpan)) {
		n++
	}
	s.times = append(s.times[max(n, len(s.times)+1-spanMax):], now)
	count = len(s.times)
	if count <= limit {
		return count, 0
	}
	return count, s.times[count-limit].Add(limitSpan).Sub(now)
}

// bucket is the tokens of one kind that an app has in a subscription.
type bucket struct {
	tokens float64
	at     time.Time
}

// bucketKey is what a bucket is kept for.
type bucketKey struct{ subscription, app, kind string }

// bucketOf is the bucket a request draws from: its kind, its size and how many
// tokens a second come back. Source: Azure Resource Manager throttling since
// 2024, read 2026-11; that a POST counts as a write is chosen.
func bucketOf(method string) (kind string, size, refill float64) {
	switch method {
	case http.MethodGet, http.MethodHead:
		return "reads", 250, 25
	case http.MethodDelete:
		return "deletes", 200, 10
	default:
		return "writes", 200, 10
	}
}

// armLimits is all limits of ARM and what came of them.
type armLimits struct {
	spans   map[limitKey]*span
	counts  map[string]*ARMLimit // by name
	buckets map[bucketKey]*bucket
	refused int // by a bucket
}

func newARMLimits() armLimits {
	return armLimits{spans: map[limitKey]*span{}, counts: map[string]*ARMLimit{}, buckets: map[bucketKey]*bucket{}}
}

// ARMSummary is what came of the limits.
type ARMSummary struct {
	Limits        map[string]ARMLimit `json:"limits"`         // by name: put_incident, get_comments, …; those that were used
	BucketRefused int                 `json:"bucket_refused"` // by ARM's token buckets
}

// report copies the counts, and enters the refusals among the faults.
func (l *armLimits) report(faults map[string]int) ARMSummary {
	s := ARMSummary{Limits: map[string]ARMLimit{}, BucketRefused: l.refused}
	refused := 0
	for name, count := range l.counts {
		s.Limits[name] = *count
		refused += count.Refused
	}
	if refused > 0 {
		faults[faultARMLimit] = refused
	}
	if l.refused > 0 {
		faults[faultARMBucket] = l.refused
	}
	return s
}

// overBucket draws a token and says how many are left; it answers 429 when
// there is none and the settings say that buckets are real.
func (e *Emulator) overBucket(x *exchange, c claims, subscription string) bool {
	kind, size, refill := bucketOf(x.request.Method)
	key := bucketKey{subscription, c.AppID, kind}
	e.mu.Lock()
	b := e.limits.buckets[key]
	if b == nil {
		b = &bucket{tokens: size, at: x.now}
		e.limits.buckets[key] = b
	}
	b.tokens = min(size, b.tokens+max(0, x.now.Sub(b.at).Seconds())*refill)
	b.at = x.now
	empty := b.tokens < 1 && e.settings.ARMBuckets
	if empty {
		e.limits.refused++
	} else {
		b.tokens = max(0, b.tokens-1)
	}
	left := b.tokens
	e.mu.Unlock()
	x.Header().Set("x-ms-ratelimit-remaining-subscription-"+kind, strconv.Itoa(int(left)))
	if !empty {
		return false
	}
	wait := int(math.Ceil((1 - left) / refill))
	x.fault = faultARMBucket
	x.tooMany(wait, "SubscriptionRequestsThrottled", fmt.Sprintf(
		"Number of '%s' requests for subscription '%s' actor '%s' exceeded. Please try again after '%d' seconds after additional tokens are available.",
		kind, subscription, c.AppID, wait))
	return true
}

// overARMLimit counts a request towards Sentinel's own limit and answers 429
// when it is one too many.
func (e *Emulator) overARMLimit(x *exchange, subscription string) bool {
	name, limit := limitOf(x.op)
	if limit == 0 {
		return false
	}
	key := limitKey{subscription, name}
	e.mu.Lock()
	s, total := e.limits.spans[key], e.limits.counts[name]
	if s == nil {
		s = &span{}
		e.limits.spans[key] = s
	}
	if total == nil {
		total = &ARMLimit{Limit: limit}
		e.limits.counts[name] = total
	}
	count, wait := s.add(x.now, limit)
	over := count > limit && !e.settings.LooseARMLimits
	total.Requests++
	total.Largest = max(total.Largest, count)
	if over {
		total.Refused++
	}
	e.mu.Unlock()
	x.Header().Set("x-ms-ratelimit-remaining-subscription-resource-requests", strconv.Itoa(max(0, limit-count)))
	if over {
		x.fault = faultARMLimit
		x.tooMany(int(math.Ceil(wait.Seconds())), "TooManyRequests", fmt.Sprintf(
			"The request limit of %d in %d minutes was exceeded for this operation. Please retry later.", limit, limitSpan/time.Minute))
	}
	return over
}

func (x *exchange) tooMany(seconds int, code, message string) {
	x.Header().Set("Retry-After", strconv.Itoa(max(1, seconds)))
	x.armError(http.StatusTooManyRequests, code, message)
}
