package sentinelincidentexporter

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

var stormSeverities = []string{"high", "medium", "low", "informational"}

// stormed is incident n as it is before the storm, or in it: one in five each is
// closed, reopened, assigned, commented on, and new.
func stormed(n int, storm bool) (text string, exists bool) {
	status, owner, comments := "active", "null", ""
	switch n % 5 {
	case 0:
		if storm {
			status = "resolved"
		}
	case 1:
		if !storm {
			status = "resolved"
		}
	case 2:
		if storm {
			owner = `"jane@contoso.com"`
		}
	case 3:
		if storm {
			comments = `{"comment":"hello","createdByDisplayName":"Jane","createdDateTime":"2026-01-01T00:00:00Z"}`
		}
	case 4:
		if !storm {
			return "", false
		}
	}
	return fmt.Sprintf(`{"id":"%d","displayName":"incident %d","status":%q,"severity":%q,"assignedTo":%s,"comments":[%s],"customTags":[],
		"createdDateTime":"2026-01-01T00:00:00Z","lastUpdateDateTime":%q,"alerts":[{"id":"a%d"}]}`,
		n, n, status, stormSeverities[n/5%4], owner, comments, stamp(), n), true
}

// storm gives the exporter n incidents as they are at that moment, all at once.
func (l *lab) storm(n int, storm bool) {
	l.Helper()
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	(record.Origin{Cloud: "custom", TenantID: contoso, TenantName: "contoso"}).Fill(rl.Resource())
	records := rl.ScopeLogs().AppendEmpty().LogRecords()
	for i := range n {
		text, exists := stormed(i, storm)
		if !exists {
			continue
		}
		require.NoError(l, graph.ReadObject(strings.NewReader(text), graph.KindIncident, func(o *graph.Object) error {
			if o.Kind == graph.KindIncident {
				o.AppendTo(records, record.Origin{}, time.Now())
			}
			return nil
		}))
	}
	require.NoError(l, l.running.ConsumeLogs(context.Background(), ld))
}

// stormKind is in which part of the order a write of an incident belongs, and by
// severity within it.
func stormKind(name string, n int) (kind, severity int) {
	kind = map[int]int{0: 0, 1: 0, 2: 1, 4: 2}[n%5]
	return kind, n / 5 % 4
}

// names finds the number of an incident by its twin's name.
func stormNames(n int) map[string]int {
	names := map[string]int{}
	for i := range n {
		names[link(fmt.Sprint(i)).SentinelName()] = i
	}
	return names
}

// untold is how many writes may be chosen while the exporter is still being told of
// the others.
const untold = 8

// inOrder requires that writes went closings and reopenings, edits, new ones, each
// by severity, once all were known.
func inOrder(t *testing.T, written []string, names map[string]int) {
	t.Helper()
	last := 0
	for at, name := range written[untold:] {
		kind, severity := stormKind(name, names[name])
		place := kind*10 + severity
		require.GreaterOrEqual(t, place, last, "write %d of incident %d", at, names[name])
		last = place
	}
}

// largest is the most of some times in any span.
func largest(times []time.Time, span time.Duration) int {
	most := 0
	for first, n := 0, 0; n < len(times); n++ {
		for times[n].Sub(times[first]) >= span {
			first++
		}
		most = max(most, n-first+1)
	}
	return most
}

// TestAStormKeepsToTheServicesLimits plays a storm against the emulator, which
// refuses what is over its limits.
func TestAStormKeepsToTheServicesLimits(t *testing.T) {
	const n = 300
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		var alerts []string
		for i := range n {
			alerts = append(alerts, fmt.Sprintf("a%d", i))
		}
		l.storm(n, false)
		time.Sleep(24 * time.Hour)
		require.Len(t, l.twins(soc), n*4/5)
		first := uint64(len(l.emulator.Writes(0)))
		began := time.Now()
		l.upload("0", alerts...)
		l.storm(n, true)
		time.Sleep(time.Minute)
		remaining := time.Duration(l.metric("remaining_time")) * time.Second
		require.InDelta(t, (14 * time.Minute).Seconds(), remaining.Seconds(), 20, "165 writes are left: 75 after 4 minutes, and again every 5")
		require.Zero(t, l.metric("budget_left", "budget=incident_writes"))
		require.Positive(t, l.metric("budget_left", "budget=incident_reads"))
		require.Equal(t, 2, l.logs.FilterMessageSnippet("as fast as Sentinel allows").Len(), "once for each of two")
		time.Sleep(24 * time.Hour)
		require.Zero(t, l.metric("remaining_time"))

		var incidents []string
		counts, last := map[emulator.WriteKind]int{}, time.Time{}
		for _, w := range l.emulator.Writes(first) {
			if w.Actor != emulator.ActorApp {
				continue
			}
			counts[w.Kind]++
			if w.Kind == emulator.WriteIncident {
				incidents, last = append(incidents, w.ID), w.Time
			}
		}
		require.Equal(t, map[emulator.WriteKind]int{emulator.WriteIncident: n * 4 / 5, emulator.WriteComment: n / 5, emulator.WriteRelation: n}, counts)
		inOrder(t, incidents, stormNames(n))
		require.Less(t, last.Sub(began), 17*time.Minute, "no slower than it must be")
		for name, limit := range l.emulator.Summary().ARM.Limits {
			require.Zero(t, limit.Refused, name)
			require.LessOrEqual(t, limit.Largest, limit.Limit, name)
		}
		twins := l.twins(soc)
		for i := range n {
			text, _ := stormed(i, true)
			p := twins[link(fmt.Sprint(i)).SentinelName()].Properties
			require.Equal(t, strings.Contains(text, "resolved"), p.Status == "Closed")
		}
		require.Zero(t, l.holder.ledger.Backlog()[0].Alerts)
	})
}

// TestTwoWorkspacesOfOneSubscriptionShareItsBudget links two tenants with two
// workspaces.
func TestTwoWorkspacesOfOneSubscriptionShareItsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := strings.Replace(soc, "workspaces/soc", "workspaces/second", 1)
		l := newStoppedLab(t, emulator.Settings{Workspaces: []emulator.Workspace{{ResourceID: soc}, {ResourceID: second}}},
			strings.Replace(onEmulator, "links: [", "links: [{tenant: contoso, workspace: "+second+"}, ", 1))
		l.start()
		defer l.stop()
		l.storm(100, true)
		time.Sleep(24 * time.Hour)
		require.Len(t, l.twins("soc"), 100)
		require.Len(t, l.twins("second"), 100)
		limit := l.emulator.Summary().ARM.Limits["put_incident"]
		require.Zero(t, limit.Refused)
		require.LessOrEqual(t, limit.Largest, 75)
	})
}

// TestTenThousandIncidentsChangedAtOnce measures what the collector holds of a
// storm: the service is a stub, the ledger's storage a directory.
func TestTenThousandIncidentsChangedAtOnce(t *testing.T) {
	n := 2_000
	if os.Getenv("SOAK") != "" {
		n = 10_000
	}
	synctest.Test(t, func(t *testing.T) {
		l := newStoppedLab(t, emulator.Settings{}, onEmulator)
		l.storage = &directory{path: t.TempDir()}
		l.service = newStubSide()
		budgets := l.config.Budget
		l.config.Budget.IncidentWrites, l.config.ResyncInterval = 0, 0
		l.start()
		l.storm(n, false)
		time.Sleep(24 * time.Hour)
		l.stop()
		require.Len(t, l.service.incidents, n*4/5)

		l.config.Budget = budgets
		l.service.begin(n)
		l.start()
		defer l.stop()
		time.Sleep(time.Minute)
		l.storm(n, true)
		time.Sleep(time.Minute)
		after := heap()
		largestHeap := after
		for range 20 {
			time.Sleep(time.Hour)
			largestHeap = max(largestHeap, heap())
		}
		t.Logf("%d incidents: heap after the first minute %.1f MB, largest later %.1f MB (%.2f times)",
			n, float64(after)/1e6, float64(largestHeap)/1e6, float64(largestHeap)/float64(after))
		require.LessOrEqual(t, float64(largestHeap), 1.1*float64(after))
		time.Sleep(24 * time.Hour)

		s := l.service
		require.Len(t, s.incidents, n)
		inOrder(t, s.written, stormNames(n))
		require.Equal(t, []int{n * 4 / 5, n / 5, n / 5}, []int{len(s.written), len(s.times[spendComment]), len(s.times[spendRelation])})
		for kind, limit := range map[spend]int{spendIncident: 75, spendComment: 75, spendRelation: 75} {
			require.LessOrEqual(t, largest(s.times[kind], 5*time.Minute), limit, kind)
		}
		for i := range n {
			text, _ := stormed(i, true)
			values := s.incidents[link(fmt.Sprint(i)).SentinelName()].Values
			require.Equal(t, strings.Contains(text, "resolved"), values[incident.FieldStatus] == incident.SentinelClosed)
		}
		for _, b := range l.holder.ledger.Backlog() {
			require.Zero(t, b.Sides[own].Oldest)
		}
	})
}

// heap is what is in use once the garbage is gone.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
