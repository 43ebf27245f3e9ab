package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestLateRowsShowAfterTheirDelay(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.faults(emulator.Fault{Kind: emulator.FaultLate, Delay: emulator.Duration(time.Minute)})
	l.incident("1", time.Hour, `,"v":1,"alerts":[{"id":"a","v":1}]`)
	l.equal("an old row shows", l.list(incidents).ids(), []string{"1"})
	l.incident("1", 0, `,"v":2,"alerts":[{"id":"a","v":2}]`)
	l.incident("2", 0, "")
	l.contains("the list shows the revision before", l.get(incidents+"?$expand=alerts").body, `"v":1,"alerts":[{"id":"a","v":1}]}]}`)
	l.contains("get shows the new one", l.get(incidents+"/1?$expand=alerts").body, `"v":2,"alerts":[{"id":"a","v":2}]`)
	since := filter("lastUpdateDateTime ge " + l.now.Format(time.RFC3339))
	l.equal("the filter sees none", l.list(since).ids(), []string{})
	l.now = l.now.Add(59 * time.Second)
	l.equal("not yet", l.list(since).ids(), []string{})
	l.now = l.now.Add(time.Second)
	l.equal("now", l.list(since).ids(), []string{"2", "1"})
	l.contains("expanded", l.get(incidents+"?$expand=alerts").body, `"v":2,"alerts":[{"id":"a","v":2}]`)
}

func TestSomeRowsAreLateTheSameOnesEachTime(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.faults(emulator.Fault{Kind: emulator.FaultLate, Delay: emulator.Duration(time.Minute), Rate: share(0.5)})
	for i := range 100 {
		l.incident(fmt.Sprint(i), 0, "")
	}
	ids, _ := l.walk(incidents)
	if len(ids) < 30 || len(ids) > 70 {
		t.Errorf("%d of 100 show at a rate of 0.5", len(ids))
	}
	again, _ := l.walk(incidents)
	l.equal("the same", again, ids)
}

func TestTiesTinyPagesAndShuffledRows(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.faults(emulator.Fault{Kind: emulator.FaultTies}, emulator.Fault{Kind: emulator.FaultTinyPages}, emulator.Fault{Kind: emulator.FaultShuffle})
	for i := range 10 {
		l.put(fmt.Sprintf(`{"id":"%d","lastUpdateDateTime":"2026-01-02T00:00:00.%dZ","alerts":[{"id":"a%d","lastUpdateDateTime":"2026-01-02T00:00:00.%dZ"},{"id":"b%d"}]}`, i, i+1, i, i+1, i))
	}
	page := l.list(incidents + "?$top=50&$expand=alerts")
	l.equal("rows", len(page.Value), 3)
	for _, text := range page.Value {
		l.equal("times cut to the second, none invented", strings.Count(string(text), `"lastUpdateDateTime":"2026-01-02T00:00:00Z"`), 2)
	}
	ids, pages := l.walk(incidents)
	l.equal("all, once", sorted(ids), numbers(0, 9, 1))
	l.equal("pages", pages, 4)
	l.faults(emulator.Fault{Kind: emulator.FaultShuffle})
	shuffled := l.list(incidents).ids()
	if slices.Equal(shuffled, numbers(9, 0, -1)) || !slices.Equal(sorted(shuffled), numbers(0, 9, 1)) {
		t.Errorf("shuffled %v", shuffled)
	}
}

func TestNextLinkFaults(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	fill(l, 30)
	top := incidents + "?$top=10"
	l.faults(emulator.Fault{Kind: emulator.FaultNoNextLink, Rows: 20})
	l.equal("before the depth", l.list(top).Next != "", true)
	l.equal("from the depth on", l.list(top+"&$skip=10").Next, "")
	l.faults(emulator.Fault{Kind: emulator.FaultSkipLimit, Rows: 10})
	l.equal("at the limit", l.get(top+"&$skip=10").status, 200)
	l.equal("past the limit", l.get(top+"&$skip=11").status, 400)
	l.faults(emulator.Fault{Kind: emulator.FaultRefuseNextLink, Count: 1})
	l.equal("first page", l.get(top).status, 200)
	l.equal("refused link", l.get(l.list(top).Next).status, 400)
	l.equal("good again", l.get(l.list(top).Next).status, 200)
	l.faults(emulator.Fault{Kind: emulator.FaultForeignNextLink, Host: "graph.evil.example"})
	l.equal("another host", l.list(top).Next, "https://graph.evil.example"+incidents+"?$top=10&$skip=10")
	l.faults(emulator.Fault{Kind: emulator.FaultNextLinkLast})
	l.contains("after the rows", l.get(top).body, `}],"@odata.nextLink":"`)
	l.equal("still right", l.list(top).Next, base+top+"&$skip=10")
}

func TestExpandFailsAboveSomeAlerts(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.faults(emulator.Fault{Kind: emulator.FaultExpandFails, Rows: 2})
	l.incident("1", 0, `,"alerts":[{"id":"a"},{"id":"b"}]`)
	l.equal("at the number", l.get(incidents+"?$expand=alerts").status, 200)
	l.incident("2", time.Second, `,"alerts":[{"id":"c"},{"id":"d"},{"id":"e"}]`)
	for range 3 {
		l.equal("a page with more, again and again", l.get(incidents+"?$expand=alerts").status, 500)
	}
	l.equal("a page without it", l.get(incidents+"?$expand=alerts&$top=1").status, 200)
	l.equal("without expanding", l.get(incidents).status, 200)
	l.equal("by id", l.get(incidents+"/2?$expand=alerts").status, 500)
	l.equal("by id without expanding", l.get(incidents+"/2").status, 200)
}

func TestPoisonedIncidents(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	fill(l, 4)
	l.faults(emulator.Fault{Kind: emulator.FaultPoison, IDs: []string{"3"}, ExpandOnly: true})
	l.equal("list", l.get(incidents).status, 200)
	l.equal("expanded list", l.get(incidents+"?$expand=alerts").status, 500)
	l.equal("expanded page without it", l.get(incidents+"?$expand=alerts&$top=1").status, 200)
	l.equal("expanded by id", l.get(incidents+"/3?$expand=alerts").status, 500)
	l.faults(emulator.Fault{Kind: emulator.FaultPoison, IDs: []string{"3"}})
	l.equal("list, always poisoned", l.get(incidents).status, 500)
	l.equal("page beside it", l.get(incidents+"?$top=2&$skip=2").status, 200)
	l.equal("by id", l.get(incidents+"/3").status, 500)
	l.equal("another by id", l.get(incidents+"/2").status, 200)
}

func TestPartialAnswers(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	fill(l, 10)
	l.faults(emulator.Fault{Kind: emulator.FaultPartial, Count: 1})
	a := l.get(incidents)
	l.equal("status", a.status, 206)
	l.equal("warning", a.header.Get("Warning"), `199 - "Microsoft/Defender/504/30000"`)
	l.equal("half of the rows", strings.Count(a.body, `"id"`), 5)
	l.equal("whole again", len(l.list(incidents).Value), 10)
}
