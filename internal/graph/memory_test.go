package graph

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
)

// TestMemoryIsBoundedByOneAlert reads a page of 50 incidents with 400 alerts
// each, over 100 MB, and watches the heap: what is live and the garbage that
// the collector has let stand.
func TestMemoryIsBoundedByOneAlert(t *testing.T) {
	const incidents, alerts, heapMax = 50, 400, 8 << 20
	g := newGenerator(5)
	g.alert(5<<10, "29")
	alert := g.String()
	require.Greater(t, incidents*alerts*len(alert), 100_000_000)
	// Pieces: the page's head, then for each incident its head and its alerts.
	const perIncident = 2 * alerts // each alert and what follows it
	page := &pieceReader{n: incidents * perIncident, piece: func(i int) string {
		switch {
		case i%2 == 1 && i == incidents*perIncident-1:
			return `]}]}`
		case i%2 == 1 && i%perIncident == perIncident-1:
			return `]},{"id":"29","alerts":[`
		case i%2 == 1:
			return `,`
		case i == 0:
			return `{"value":[{"id":"29","alerts":[` + alert
		default:
			return alert
		}
	}}
	var seen int
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	before, peak := stats.HeapAlloc, uint64(0)
	result, err := ReadPage(page, KindIncident, func(o *Object) error {
		o.AppendTo(plog.NewLogRecordSlice(), origin, observed)
		if seen++; seen%100 == 0 {
			runtime.ReadMemStats(&stats)
			peak = max(peak, stats.HeapAlloc)
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, incidents, result.Objects)
	require.Equal(t, incidents*(alerts+1), seen)
	t.Logf("peak heap %d bytes over a page of %d", peak-min(before, peak), result.Objects*alerts*len(alert))
	require.Less(t, peak-min(before, peak), uint64(heapMax))
}
