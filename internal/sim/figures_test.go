//go:build e2e

package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
)

// The figures of docs/performance.md that need whole programs: `make bench` runs
// them. Each prints its figure beside the number to reach or a baseline of the
// same run, and none fails on a slow machine.

// pageIncidents times pageAlerts alerts of alertBytes each is one page of at
// least 100 MB.
const (
	pageIncidents = 50
	pageAlerts    = 400
	alertBytes    = 5_300
)

func TestBenchMemoryOfOnePage(t *testing.T) {
	p := newPrograms(t, "--scenario", "none", "--rows", "count")
	idle := p.collector(p.quickstart())
	p.eventually(20*time.Second, "the collector polls", func() bool {
		return strings.Contains(string(p.call(http.MethodGet, "/control/requests", nil)), "/security/incidents")
	})
	resting := peakMiB(t, idle.Process.Pid)
	p.interrupt(idle)

	page, bytes := []any{}, 0
	for i := range pageIncidents {
		incident := heavyIncident(i)
		text, err := json.Marshal(incident)
		require.NoError(t, err)
		p.call(http.MethodPut, "/control/defender/incidents", text)
		page, bytes = append(page, incident), bytes+len(text)
	}
	require.GreaterOrEqual(t, bytes, 100_000_000)
	collector := p.collector(p.quickstart())
	p.eventually(5*time.Minute, "the page has arrived", func() bool { return p.summary().unwritten() == 0 })
	peak := peakMiB(t, collector.Process.Pid)
	p.interrupt(collector)

	naive := naivePeakMiB(t, page)
	t.Logf("BENCH one page of %d incidents x %d alerts, %d MB of JSON: collector's peak %d MiB (to reach: 150; idle: %d); read whole with the standard library: %d MiB",
		pageIncidents, pageAlerts, bytes/1_000_000, peak, resting, naive)
}

func heavyIncident(i int) map[string]any {
	id := fmt.Sprint(500_000 + i)
	at := stamp(time.Now().Add(-time.Duration(i) * time.Minute))
	alerts := make([]any, pageAlerts)
	for j := range alerts {
		evidence := make([]any, 8)
		for k := range evidence {
			evidence[k] = map[string]any{
				"@odata.type": "#microsoft.graph.security.processEvidence", "processId": k, "mdeDeviceId": fmt.Sprintf("%040d", i),
				"processCreationDateTime": at, "processCommandLine": strings.Repeat(fmt.Sprintf("cmd.exe /c %d-%d-%d ", i, j, k), (alertBytes/len(evidence)-250)/18),
				"imageFile": map[string]any{"fileName": "cmd.exe", "filePath": `C:\Windows\System32`, "sha256": fmt.Sprintf("%064d", j)},
			}
		}
		alerts[j] = map[string]any{
			"id": fmt.Sprintf("da%s-%d", id, j), "incidentId": id, "status": "new", "severity": "high", "title": "heavy",
			"serviceSource": "microsoftDefenderForEndpoint", "createdDateTime": at, "lastUpdateDateTime": at, "evidence": evidence,
		}
	}
	return map[string]any{"id": id, "displayName": "heavy", "status": "active", "severity": "high", "createdDateTime": at, "lastUpdateDateTime": at, "alerts": alerts}
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMiB is the largest resident set a process ever had.
func peakMiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	kib, err := strconv.Atoi(string(peakLine.FindSubmatch(status)[1]))
	require.NoError(t, err)
	return kib >> 10
}

// naivePeakMiB has another process read the page as a peer would: whole.
func naivePeakMiB(t *testing.T, page []any) int {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.json")
	text, err := json.Marshal(map[string]any{"value": page})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	cmd := exec.Command(os.Args[0], "-test.run", "^TestBenchNaivePage$", "-test.v")
	cmd.Env = append(os.Environ(), "NAIVE_PAGE="+file)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	peak, err := strconv.Atoi(string(regexp.MustCompile(`peak (\d+) MiB`).FindSubmatch(out)[1]))
	require.NoError(t, err)
	return peak
}

// TestBenchNaivePage is the other process; by itself it has nothing to read.
func TestBenchNaivePage(t *testing.T) {
	file := os.Getenv("NAIVE_PAGE")
	if file == "" {
		return
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var page map[string]any
	require.NoError(t, json.Unmarshal(text, &page))
	logs := plog.NewLogs()
	require.NoError(t, logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().FromRaw(page))
	require.Positive(t, logs.LogRecordCount())
	t.Logf("peak %d MiB", peakMiB(t, os.Getpid()))
}

// backfillRPM is the limit that the emulator enforces and the client keeps: high
// enough that a backfill takes seconds, low enough that the pace is the limit.
const backfillRPM = 300

func TestBenchBackfillAtTheLimit(t *testing.T) {
	const incidents = 8_000
	p := newPrograms(t, "--scenario", "none", "--rows", "count", "--graph-rpm", strconv.Itoa(backfillRPM))
	people := newPopulation(1)
	now := time.Now()
	history := make([]any, incidents)
	for i := range history { // one every ten seconds, as a busy provider's day
		history[i] = people.incident(now.Add(-time.Duration(i) * 10 * time.Second))
	}
	for start := 0; start < incidents; start += 500 {
		text, err := json.Marshal(history[start : start+500])
		require.NoError(t, err)
		p.call(http.MethodPut, "/control/defender/incidents", text)
	}
	started := time.Now()
	collector := p.collector(p.quickstart("requests_per_minute: 0", "requests_per_minute: "+strconv.Itoa(backfillRPM)), "QUICKSTART_OVERLAP=10m")
	p.eventually(5*time.Minute, "all have arrived", func() bool { return p.summary().unwritten() == 0 })
	took := time.Since(started)
	p.interrupt(collector)

	rate := float64(incidents) / took.Minutes()
	ceiling := float64(backfillRPM * 50)
	throttled := p.summary().Faults["429"]
	t.Logf("BENCH backfill of %d incidents under %d requests a minute: %.0f incidents a minute, %.1f %% (to reach: 95) of the %.0f that the limit allows; %d answers 429 (to reach: 0)",
		incidents, backfillRPM, rate, 100*rate/ceiling, ceiling, throttled)
}

func TestBenchForwardLag(t *testing.T) {
	p := newPrograms(t, "--scenario", "life", "--rows", "count")
	collector := p.collector(p.quickstart(), "QUICKSTART_OVERLAP=10m")
	p.eventually(3*time.Minute, "200 revisions have arrived", func() bool { return p.summary().Lag.Count >= 200 })
	s := p.summary()
	p.interrupt(collector)
	t.Logf("BENCH forward lag, change in Defender to row accepted, polls every second: p50 %.0f ms, p99 %.0f ms (to reach: 2000), max %.0f ms over %d revisions", s.Lag.P50, s.Lag.P99, s.Lag.Max, s.Lag.Count)
}
