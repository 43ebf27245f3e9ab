package sentinelreceiver

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

// begun is a network on which every answer takes its time; it knows by when a
// request was begun what was asked for.
type begun struct {
	http.RoundTripper
	takes time.Duration

	mu   sync.Mutex
	path map[pcommon.Timestamp]string
}

func (b *begun) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(req.URL.Path, "/subscriptions/") {
		return b.RoundTripper.RoundTrip(req)
	}
	b.mu.Lock()
	b.path[pcommon.NewTimestampFromTime(time.Now())] = req.URL.Path
	b.mu.Unlock()
	time.Sleep(b.takes)
	return b.RoundTripper.RoundTrip(req)
}

// Whoever wrote to Sentinel after a request was begun cannot expect its records
// to show it, however late the answer is read.
func TestARecordIsObservedWhenItsRequestWasBegun(t *testing.T) {
	list := soc + "/providers/Microsoft.SecurityInsights/incidents"
	for name, tt := range map[string]struct {
		takes time.Duration
		paths []string
	}{
		"with comments at once":   {takes: 100 * time.Millisecond, paths: []string{list}},
		"with comments to follow": {takes: 3 * time.Second, paths: []string{list, list + "/" + guid(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				network := &begun{RoundTripper: l.transport, takes: tt.takes, path: map[pcommon.Timestamp]string{}}
				l.transport = network
				l.put(guid(1))
				l.edit(guid(1), "commented", comment("c"))
				l.start()
				time.Sleep(5 * time.Minute)
				l.stop()
				require.Len(t, l.out.After(0), len(tt.paths))
				for i, r := range l.out.After(0) {
					path, ok := network.path[r.ObservedTimestamp()]
					require.True(t, ok, "observed while no request was begun")
					require.Equal(t, strings.ToLower(tt.paths[i]), strings.ToLower(path))
				}
			})
		})
	}
}
