package defenderreceiver

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// slow is a network on which every answer of Graph takes its time.
type slow struct {
	http.RoundTripper
	takes time.Duration

	mu    sync.Mutex
	begun map[pcommon.Timestamp]string // path by when a request was begun
}

func (s *slow) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasPrefix(req.URL.Path, "/v1.0/") {
		s.mu.Lock()
		s.begun[pcommon.NewTimestampFromTime(time.Now())] = req.URL.Path
		s.mu.Unlock()
		time.Sleep(s.takes)
	}
	return s.RoundTripper.RoundTrip(req)
}

// Whoever wrote to Graph after a request was begun cannot expect its records to
// show it, however late the answer is read.
func TestARecordIsObservedWhenItsRequestWasBegun(t *testing.T) {
	const incidents = "/v1.0/security/incidents"
	for name, c := range map[string]struct {
		alerts string
		fault  emulator.Fault
		paths  []string
	}{
		"incidents with their alerts": {alerts: alertsExpand, paths: []string{incidents}},
		"alerts from a list of their own": {
			alerts: alertsList, paths: []string{incidents, "/v1.0/security/alerts_v2"},
		},
		"incidents asked for one by one": {
			alerts: alertsExpand, paths: []string{incidents + "/1"},
			fault: emulator.Fault{Kind: emulator.FaultPoison, Operation: "list_incidents", IDs: []string{"1"}, ExpandOnly: true},
		},
		"an incident that cannot be had one by one": {
			alerts: alertsExpand, paths: []string{incidents, "/v1.0/security/alerts_v2"},
			fault: emulator.Fault{Kind: emulator.FaultPoison, IDs: []string{"1"}, ExpandOnly: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				network := &slow{RoundTripper: l.transport, takes: 3 * time.Second, begun: map[pcommon.Timestamp]string{}}
				l.transport, l.config.Alerts = network, c.alerts
				if c.fault.Kind != "" {
					l.faults(c.fault)
				}
				hour := time.Now().Add(-time.Hour)
				l.put(contoso, newIncident(1, hour, 2).with("createdDateTime", hour.UTC().Format(time.RFC3339)))
				l.start()
				time.Sleep(5 * time.Minute)
				l.stop()
				require.Len(t, l.out.After(0), 3)
				seen := map[string]bool{}
				for _, r := range l.out.After(0) {
					path, ok := network.begun[r.ObservedTimestamp()]
					require.True(t, ok, "observed while no request was begun")
					seen[path] = true
				}
				for _, path := range c.paths {
					require.True(t, seen[path], "%s: %v", path, seen)
				}
			})
		})
	}
}
