package defenderexporter

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

func TestADayOfQuietHasResyncsAndNoWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const incidents = 200
		l := newLab(t, emulator.Settings{GraphRPM: 45})
		l.config.RequestsPerMinute, l.config.ResyncInterval = 45, 6*time.Hour
		l.start()
		for id := range incidents {
			twin := l.pair(fmt.Sprint(id), map[string]any{"classification": "truePositive", "determination": "phishing", "customTags": []string{"a"}})
			twin.edit(incident.FieldStatus, "Active").comment("noted").deliver()
		}
		l.run(time.Hour)
		for id, twin := range l.twins {
			l.poll(id)
			twin.work()
			twin.agrees()
		}
		l.run(time.Hour)
		written, read := len(l.emulator.Writes(0)), l.requests(http.MethodGet, "/incidents/")
		for range 4 {
			l.run(6 * time.Hour)
			all := plog.NewLogs()
			for _, twin := range l.twins { // Sentinel's receiver resyncs, too
				twin.record().ResourceLogs().MoveAndAppendTo(all.ResourceLogs())
			}
			l.consume(all)
		}
		require.Len(t, l.emulator.Writes(0), written)
		require.InDelta(t, 4*incidents, l.requests(http.MethodGet, "/incidents/")-read, incidents, "each is read every six hours")
		for _, r := range l.emulator.Requests(0) {
			require.NotEqual(t, http.StatusTooManyRequests, r.Status)
		}
	})
}

func TestAResyncMendsWhatWasLostOnTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.ResyncInterval = time.Hour
		l.start()
		twin := l.pair("1", nil)
		l.edit("1", `{"severity":"low"}`) // and its record is filtered out, lost, whatever
		l.run(time.Hour + time.Second)
		twin.work()
		require.Equal(t, incident.Value("Low"), twin.values[incident.FieldSeverity])
		require.Empty(t, l.writes())
	})
}

func TestAResyncIsNeverInAnEditsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{GraphRPM: 10})
		l.config.RequestsPerMinute, l.config.ResyncInterval = 10, time.Hour
		l.start()
		for id := range 100 {
			l.pair(fmt.Sprint(id), nil)
		}
		l.run(time.Hour + 30*time.Second) // all are due at once
		for id := range 4 {
			twin := l.twins[fmt.Sprint(id)]
			twin.edit(incident.FieldStatus, "Active").deliver()
			l.run(time.Second)
			if id < 2 {
				twin.agrees()
			}
			l.run(time.Minute)
			twin.agrees()
		}
	})
}

func TestAnEditIsInDefenderWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.RequestsPerMinute = defaultRequestsPerMinute
		l.faults(emulator.Fault{Kind: emulator.FaultSlow, Delay: emulator.Duration(150 * time.Millisecond), Service: "graph"})
		l.start()
		for id := range 100 {
			l.pair(fmt.Sprint(id), nil)
		}
		var lags []time.Duration
		for round := range 3 {
			for id := range 100 {
				twin := l.twins[fmt.Sprint(id)]
				twin.edit(incident.FieldOwner, incident.Value(fmt.Sprintf("analyst%d@provider.test", round))).deliver()
				at := time.Now()
				l.run(6 * time.Second)
				w := l.writes()
				lags = append(lags, w[len(w)-1].Time.Sub(at))
			}
		}
		slices.Sort(lags)
		require.Len(t, l.writes(), 300)
		require.LessOrEqual(t, lags[len(lags)*99/100], time.Second)
		t.Logf("p50 %v, p99 %v, largest %v with 150 ms a request", lags[len(lags)/2], lags[len(lags)*99/100], lags[len(lags)-1])
	})
}
