package emulator_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestSentinelsOwnLimitsHoldInAnyFiveMinutes(t *testing.T) {
	l := newLab(t, emulator.Settings{TokenFor: 24 * time.Hour})
	l.putSentinel(guid, "", "A", "")
	for name, c := range map[string]struct {
		limit        int
		method, path string
		body         string
	}{
		"put_comment":   {75, http.MethodPut, "/comments/c", message("x")},
		"put_relation":  {75, http.MethodPut, "/relations/rel", `{"properties":{"relatedResourceId":"` + insights + `/entities/x"}}`},
		"get_comments":  {100, http.MethodGet, "/comments", ""},
		"get_relations": {100, http.MethodGet, "/relations", ""},
		"get_alerts":    {100, http.MethodPost, "/alerts", ""},
		"get_entities":  {100, http.MethodPost, "/entities", ""},
		"get_bookmarks": {100, http.MethodPost, "/bookmarks", ""},
	} {
		ask := func() answer { return l.arm(c.method, sentinels+"/"+guid+c.path, c.body) }
		start := l.now
		for range c.limit {
			if a := ask(); a.status == http.StatusTooManyRequests {
				t.Fatalf("%s: refused too early", name)
			}
			l.now = l.now.Add(time.Second)
		}
		a := ask()
		l.refused(name, a, 429, "TooManyRequests", fmt.Sprint(c.limit))
		wait, err := strconv.Atoi(a.header.Get("Retry-After"))
		if err != nil {
			t.Fatal(err)
		}
		l.now = l.now.Add(time.Duration(wait)*time.Second - time.Millisecond)
		if a := ask(); a.status != http.StatusTooManyRequests {
			t.Errorf("%s: taken before the five minutes were over: %d", name, a.status)
		}
		l.now = start.Add(2 * time.Hour)
		l.equal(name+" in the end", ask().status == http.StatusTooManyRequests, false)
		count := l.e.Summary().ARM.Limits[name]
		l.equal(name+" in the summary", []int{count.Limit, count.Requests, count.Refused, count.Largest}, []int{c.limit, c.limit + 3, 2, c.limit + 1})
	}
}

func TestAClientThatKeepsTheLimitIsNeverRefused(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	refused := 0
	for i := range 300 {
		a := l.arm(http.MethodPut, fmt.Sprint(sentinels, "/", i), putText("", "A", ""))
		if a.status == http.StatusTooManyRequests {
			refused++
			seconds, _ := strconv.Atoi(a.header.Get("Retry-After"))
			l.now = l.now.Add(time.Duration(seconds) * time.Second)
		}
		l.now = l.now.Add(4 * time.Second)
	}
	s := l.e.Summary().ARM.Limits["put_incident"]
	l.equal("a client of 75 in five minutes is never refused", []int{refused, s.Refused, s.Largest}, []int{0, 0, 75})
	l.equal("the log says why", l.e.Summary().Faults["arm_limit"], 0)
	for range 76 {
		l.arm(http.MethodPut, sentinels+"/0", "{}")
	}
	requests := l.e.Requests(0)
	l.equal("a refused one", []any{requests[len(requests)-1].Status, requests[len(requests)-1].Fault, l.e.Summary().Faults["arm_limit"] > 0}, []any{429, "arm_limit", true})
}

func TestLimitsAreForEachSubscription(t *testing.T) {
	other := "/subscriptions/00000000-0000-4000-8000-0000000000bb/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/two"
	l := newLab(t, emulator.Settings{Workspaces: []emulator.Workspace{{ResourceID: emulator.DefaultWorkspace}, {ResourceID: other}}})
	for range 75 {
		l.arm(http.MethodPut, sentinels+"/0", "{}")
	}
	l.equal("one is used up", l.arm(http.MethodPut, sentinels+"/0", "{}").status, 429)
	l.equal("the other is not", l.arm(http.MethodPut, other+"/providers/Microsoft.SecurityInsights/incidents/0", "{}").status, 400)
}

func TestLooseLimitsAreCountedOnly(t *testing.T) {
	l := newLab(t, emulator.Settings{LooseARMLimits: true})
	for range 80 {
		l.equal("taken", l.arm(http.MethodPut, sentinels+"/0", "{}").status, 400)
	}
	s := l.e.Summary().ARM.Limits["put_incident"]
	l.equal("counted", []int{s.Requests, s.Refused, s.Largest}, []int{80, 0, 80})
}

func TestTokenBuckets(t *testing.T) {
	for name, c := range map[string]struct {
		method      string
		size, after int // after a second
	}{"reads": {http.MethodGet, 250, 25}, "writes": {http.MethodPut, 200, 10}, "deletes": {http.MethodDelete, 200, 10}} {
		l := newLab(t, emulator.Settings{ARMBuckets: true, LooseARMLimits: true})
		drain := func() (taken int) {
			for {
				a := l.arm(c.method, sentinels+"/x", "")
				if a.status == http.StatusTooManyRequests {
					l.refused(name, a, 429, "SubscriptionRequestsThrottled", "'"+name+"'")
					l.equal("retry after", a.header.Get("Retry-After"), "1")
					return taken
				}
				if taken++; taken == 1 && a.header.Get("x-ms-ratelimit-remaining-subscription-"+name) == "" {
					t.Errorf("%s: no header in %v", name, a.header)
				}
			}
		}
		l.equal(name, drain(), c.size)
		l.now = l.now.Add(time.Second)
		l.equal(name+" come back", drain(), c.after)
		l.now = l.now.Add(time.Hour - 2*time.Second)
		l.equal(name+" fill up and no further", drain(), c.size)
		l.equal("in the summary", []int{l.e.Summary().ARM.BucketRefused, l.e.Summary().Faults["arm_bucket"]}, []int{3, 3})
	}
	l := newLab(t, emulator.Settings{})
	for range 300 {
		l.equal("buckets are off", l.arm(http.MethodGet, sentinels, "").status, 200)
	}
}
