package defenderreceiver

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func attributesOf(set attribute.Set) func(string) string {
	return func(key string) string {
		v, _ := set.Value(attribute.Key(key))
		return v.AsString()
	}
}

func TestWithoutFaultsEachRevisionComesOnceAndIdleBringsNothing(t *testing.T) {
	for _, alerts := range []string{alertsExpand, alertsList, alertsNone} {
		t.Run(alerts, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, emulator.Settings{})
				l.config.Alerts = alerts
				all := spread(170, 2, 20*time.Hour)
				l.put(contoso, all...)
				l.start()
				time.Sleep(time.Minute)
				for i := range 20 {
					l.put(contoso, all[i].with("lastUpdateDateTime", time.Now().UTC().Format(time.RFC3339Nano)).with("severity", "low"))
					time.Sleep(7 * time.Second)
				}
				time.Sleep(time.Minute)
				require.Len(t, l.out.incidents(), 170)
				wantAlerts := 340
				if alerts == alertsNone {
					wantAlerts = 0
				}
				require.Len(t, l.out.alerts(), wantAlerts)
				require.Equal(t, 190+wantAlerts, l.out.Count())
				l.out.OnlyOnce(t)

				requests := l.metric("requests")
				time.Sleep(time.Hour)
				require.Equal(t, 190+wantAlerts, l.out.Count(), "an idle tenant was emitted again")
				polls := float64(time.Hour / l.config.PollInterval)
				lists := 1.0
				if alerts == alertsList {
					lists = 2
				}
				require.LessOrEqual(t, l.metric("requests")-requests, 2*lists*polls+2)
			})
		})
	}
}
