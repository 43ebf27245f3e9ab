package sim

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// between is the virtual time from one round of changes to the next: long
// enough for a poll to see each revision, even after a bad quarter of an hour.
const between = 20 * time.Minute

// incidents is the size of the population: SOAK asks for the long run, -short
// for what the race detector bears.
func incidents() int {
	switch {
	case os.Getenv("SOAK") != "":
		return 10_000
	case testing.Short():
		return 200
	}
	return 2_000
}

func seed() uint64 {
	n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil || n == 0 {
		return 1
	}
	return n
}

func rate(share float64) *float64 { return &share }

// hostile is every fault that a list can have, at rates a bad day has.
func hostile() emulator.Plan {
	return emulator.Plan{Seed: seed(), Faults: []emulator.Fault{
		{Kind: emulator.FaultTinyPages, Rows: 3},
		{Kind: emulator.FaultTies},
		{Kind: emulator.FaultLate, Delay: emulator.Duration(90 * time.Second)},
		{Kind: emulator.FaultStatus, Service: "graph", Status: 500, Rate: rate(0.05)},
		{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "7", Rate: rate(0.05)},
		{Kind: emulator.FaultStatus, Status: 429, Rate: rate(0.05)},
		{Kind: emulator.FaultCut, Rate: rate(0.01), Bytes: 700},
		{Kind: emulator.FaultShuffle, Rate: rate(0.1)},
		{Kind: emulator.FaultPartial, Rate: rate(0.02)},
		{Kind: emulator.FaultNoNextLink, Rows: 30},
		{Kind: emulator.FaultForeignNextLink, Rate: rate(0.05), Host: "elsewhere.test"},
	}}
}

func TestSoakEveryRevisionArrives(t *testing.T) {
	for name, plan := range map[string]emulator.Plan{"without faults": {}, "under faults": hostile()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, emulator.Settings{Seed: seed(), Faults: plan}, map[string]any{})
				p := newPopulation(seed())
				w.put(p.history(incidents(), time.Now(), 20*time.Hour))
				w.start()
				w.quiesce(6 * time.Hour) // a backfill may last longer than a revision
				for range 4 {
					time.Sleep(between)
					w.put(p.round(0.05, time.Now()))
				}
				w.quiesce(6 * time.Hour)
				requests := len(w.rows("Custom-DefenderIncident"))
				time.Sleep(time.Hour)
				require.Len(t, w.rows("Custom-DefenderIncident"), requests, "an idle tenant sends nothing")
				w.stop()

				sent, twice := w.uids()
				w.hasNewest(p)
				t.Logf("%d incidents and %d alerts: %d revisions arrived, %d rows more than once", len(p.incidents), p.alerts, sent, twice)
				require.Zero(t, w.emulator.Lag().Replaced, "each revision was visible for %s", between)
				if len(plan.Faults) == 0 {
					require.Zero(t, twice, "without faults each revision arrives exactly once")
				}
			})
		})
	}
}

func TestSoakKilledAtAnyMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, emulator.Settings{Seed: seed(), Faults: hostile()}, map[string]any{})
		p := newPopulation(seed())
		w.put(p.history(incidents(), time.Now(), 20*time.Hour))
		for range 50 {
			w.start()
			time.Sleep(time.Duration(p.random.Int64N(int64(40 * time.Second))))
			if p.random.IntN(4) == 0 {
				w.put(p.round(0.01, time.Now()))
			}
			time.Sleep(time.Duration(p.random.Int64N(int64(20 * time.Second))))
			w.kill()
		}
		w.start()
		w.quiesce(6 * time.Hour)
		w.stop()
		sent, twice := w.uids()
		w.hasNewest(p)
		t.Logf("50 kills: %d revisions arrived, %d rows more than once", sent, twice)
	})
}

// quiesce lets the collector work until every newest revision has its row.
func (w *world) quiesce(limit time.Duration) {
	w.t.Helper()
	for deadline := time.Now().Add(limit); len(w.emulator.Unwritten()) > 0; time.Sleep(time.Minute) {
		if time.Now().After(deadline) {
			left := w.emulator.Unwritten()
			w.t.Fatalf("%d revisions have no row after %s, such as %v", len(left), limit, left[0])
		}
	}
}

// hasNewest checks that the newest revision of every incident and alert of the
// population has a row.
func (w *world) hasNewest(p *population) {
	w.t.Helper()
	arrived := map[string]bool{}
	for _, stream := range []string{"Custom-DefenderIncident", "Custom-DefenderAlert"} {
		for _, row := range w.rows(stream) {
			arrived[rowKey(row)] = true
		}
	}
	requireNewest(w.t, p, arrived)
}

// rowKey names the revision of a row. Under ties the emulator cuts the times to
// the second.
func rowKey(row map[string]any) string {
	return fmt.Sprint(row["IncidentId"], row["AlertId"], second(row["LastModifiedTime"]))
}

func requireNewest(t *testing.T, p *population, arrived map[string]bool) {
	t.Helper()
	for _, incident := range p.incidents {
		require.True(t, arrived[fmt.Sprint(incident["id"], nil, second(incident["lastUpdateDateTime"]))], "incident %v", incident["id"])
		for _, a := range incident["alerts"].([]any) {
			alert := a.(map[string]any)
			require.True(t, arrived[fmt.Sprint(incident["id"], alert["id"], second(alert["lastUpdateDateTime"]))], "alert %v", alert["id"])
		}
	}
}

func second(stamp any) string { return strings.TrimSuffix(fmt.Sprint(stamp), "Z")[:19] }

// uids counts the revisions that arrived and the rows that came again, and
// checks that one uid always means one revision.
func (w *world) uids() (revisions, twice int) {
	w.t.Helper()
	seen := map[string]string{}
	for _, stream := range []string{"Custom-DefenderIncident", "Custom-DefenderAlert"} {
		for _, row := range w.rows(stream) {
			uid, is := row["RecordUid"].(string), rowKey(row)
			if was, again := seen[uid]; again {
				require.Equal(w.t, was, is, "one uid, one revision")
				twice++
			}
			seen[uid] = is
		}
	}
	return len(seen), twice
}
