package sentinelincidentexporter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestEverythingIsMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.upload("1", "a1")
		l.open("1", "", "a1", "a2")
		l.commented("1", 0, 1)
		synctest.Wait()
		l.faults(emulator.Fault{Kind: emulator.FaultEtagConflict, Count: 1}, emulator.Fault{Kind: emulator.FaultStatus, Status: 500, Operation: "put_sentinel", Count: 1},
			emulator.Fault{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "9", Operation: "put_comment", Count: 1})
		l.edit("1", `{"severity":"low","status":"inProgress"}`)
		l.commented("1", 1, 2)
		time.Sleep(30 * time.Minute)
		const where = "workspace=/subscriptions/00000000-0000-4000-8000-0000000000aa/resourcegroups/soc/providers/microsoft.operationalinsights/workspaces/soc"
		for _, want := range []struct {
			name       string
			value      int64
			attributes []string
		}{
			{"records", 12, []string{"tenant=contoso", "result=observed"}},
			{"writes", 1, []string{"tenant=contoso", where, "side=sentinel", "field=create", "result=written"}},
			{"writes", 1, []string{"tenant=contoso", "field=severity", "result=written"}},
			{"writes", 1, []string{"tenant=contoso", "field=status", "result=written"}},
			{"writes", 1, []string{"tenant=contoso", "field=status", "result=conflict"}},
			{"writes", 1, []string{"tenant=contoso", "field=status", "result=unknown"}},
			{"writes", 2, []string{"tenant=contoso", "field=comment", "result=written"}},
			{"writes", 1, []string{"tenant=contoso", "field=comment", "result=throttled"}},
			{"writes", 1, []string{"tenant=contoso", "field=relation", "result=written"}},
			{"copied_comments", 2, []string{"tenant=contoso", where, "side=sentinel"}},
			{"related_alerts", 1, []string{"tenant=contoso", where, "side=sentinel"}},
			{"waiting_alerts", 1, []string{"tenant=contoso", where, "side=sentinel"}},
			{"existing_sync", 1, []string{"tenant=contoso", where, "side=sentinel", "state=none"}},
			{"budget_left", 75, []string{"subscription=00000000-0000-4000-8000-0000000000aa", "budget=incident_writes"}},
			{"remaining_time", 0, []string{"subscription=00000000-0000-4000-8000-0000000000aa"}},
		} {
			require.Equal(t, want.value, l.metric(want.name, want.attributes...), "%s %v", want.name, want.attributes)
		}
	})
}
