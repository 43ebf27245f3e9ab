package defenderexporter

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// braked is a lab that closes so many in five minutes.
func braked(t *testing.T, maxChanges int, test func(l *lab, twins []*twin)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.MaxChanges = maxChanges
		l.start()
		var twins []*twin
		for id := range 20 {
			twins = append(twins, l.pair(fmt.Sprint(id), nil))
		}
		test(l, twins)
	})
}

func (l *lab) closed() (n int) {
	for id := range l.twins {
		if l.value(id, incident.FieldStatus) == incident.DefenderResolved {
			n++
		}
	}
	return n
}

func (l *lab) held() (n int) {
	for _, s := range l.ledger.Stats() {
		n += s.Held
	}
	return n
}

func TestMoreClosingsThanAllowedWaitForTheNextSpan(t *testing.T) {
	braked(t, 3, func(l *lab, twins []*twin) {
		for _, twin := range twins {
			twin.edit(incident.FieldStatus, "Closed").deliver()
		}
		l.run(time.Second)
		require.Equal(l.t, 3, l.closed())
		require.Equal(l.t, 17, l.held())
		require.Less(l.t, l.requests("GET", "/incidents/"), 3+workersPerTenant, "what waits asks Graph nothing")
		held := 0
		for _, d := range l.told() {
			if d.Result == ledger.ResultHeld {
				held++
			}
		}
		require.Equal(l.t, 17, held)
		for span := 2; span <= 7; span++ {
			l.run(5*time.Minute + 2*time.Second)
			require.Equal(l.t, min(20, 3*span), l.closed(), "span %d", span)
		}
		require.Zero(l.t, l.held())
		require.Equal(l.t, 20, l.effective(emulator.WriteIncident))
	})
}

func TestOtherEditsAndReopeningsDoNotWaitForTheBrake(t *testing.T) {
	braked(t, 1, func(l *lab, twins []*twin) {
		twins[0].edit(incident.FieldStatus, "Closed").deliver()
		l.run(time.Second)
		twins[1].edit(incident.FieldStatus, "Closed").deliver()
		twins[2].edit(incident.FieldOwner, "jane@provider.test").deliver()
		twins[0].edit(incident.FieldStatus, "Active").deliver()
		l.run(time.Second)
		require.Equal(l.t, 0, l.closed(), "reopened")
		require.Equal(l.t, 1, l.held())
		require.Equal(l.t, incident.Value("jane@provider.test"), l.value("2", incident.FieldOwner))
		twins[1].edit(incident.FieldStatus, "Active").deliver()
		l.run(time.Second)
		require.Zero(l.t, l.held(), "taken back")
		twins[1].agrees()
	})
}

func TestAnApprovedClosingGoesThroughAtOnce(t *testing.T) {
	braked(t, 2, func(l *lab, twins []*twin) {
		for _, twin := range twins {
			twin.edit(incident.FieldStatus, "Closed").deliver()
		}
		l.run(time.Second)
		var some ledger.ID
		for _, s := range l.ledger.Summaries("", 100) {
			if s.Held {
				some = s.ID
			}
		}
		n, err := l.ledger.Approve(l.t.Context(), some)
		require.NoError(l.t, err)
		require.Equal(l.t, 1, n)
		l.run(time.Second)
		require.Equal(l.t, 3, l.closed())
		_, err = l.ledger.Approve(l.t.Context(), "")
		require.NoError(l.t, err)
		l.run(time.Second)
		require.Equal(l.t, 20, l.closed())
		require.Zero(l.t, l.held())
	})
}

func TestARefusedClosingUsesNothingUp(t *testing.T) {
	braked(t, 1, func(l *lab, twins []*twin) {
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 400, Operation: "patch_incident", Count: 1})
		twins[0].edit(incident.FieldStatus, "Closed").deliver()
		l.run(time.Second)
		require.Zero(l.t, l.closed())
		twins[1].edit(incident.FieldStatus, "Closed").deliver()
		l.run(time.Second)
		require.Equal(l.t, 1, l.closed())
	})
}

func TestADryRunPlansAndRecordsAndSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.config.DryRun = true
		l.start()
		twin := l.pair("1", nil)
		twin.edit(incident.FieldStatus, "Closed").edit(incident.FieldOwner, "jane@provider.test").comment("look").deliver()
		l.run(24 * time.Hour)
		require.Empty(t, l.writes())
		require.Empty(t, l.wire.sent)
		planned := map[string]incident.Value{}
		for _, d := range l.told() {
			if d.Result == ledger.ResultDryRun || d.Reason == string(ledger.ResultDryRun) {
				planned[d.Field] = d.Value
			}
		}
		require.Equal(t, map[string]incident.Value{"status": "resolved", "owner": "jane@provider.test", "comment": ""}, planned)
		require.Equal(t, 1, l.metric("writes", "field=status", "result=dry_run"))
		require.Less(t, l.requests("GET", "/incidents/"), 5, "planned once")

		l.stop()
		l.config.DryRun = false
		l.start()
		l.run(time.Second)
		twin.agrees()
		require.Equal(t, 1, l.said("1", "look"), "what was planned is done once it is over")
	})
}
