package defenderexporter

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// merge puts incidents into another.
func (l *lab) merge(into string, ids ...string) {
	l.t.Helper()
	_, err := l.emulator.MergeIncidents(contoso, "", append(ids, into), into)
	require.NoError(l.t, err)
}

// atPatch has something done as the first PATCH leaves.
func (l *lab) atPatch(do func()) {
	done := false
	l.wire.listen(func(r *http.Request, _ string) (*http.Response, error) {
		if r.Method == http.MethodPatch && !done {
			done = true
			do()
		}
		return nil, nil
	}, nil)
}

func TestAMergeThatRacesAPatchParksWhatIsLost(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin, target := l.pair("1", nil), l.pair("2", nil)
		l.atPatch(func() { l.merge("2", "1") })
		twin.edit(incident.FieldStatus, "Closed").edit(incident.FieldOwner, "jane@provider.test").deliver()
		l.run(time.Second)
		e := l.entry("1")
		require.Equal(t, "2", e.Redirect.Into)
		require.Len(t, e.Parks, 2)
		for _, p := range e.Parks {
			require.Equal(t, "lost to the merge into incident 2", p.Reason)
		}
		require.Equal(t, 1, l.metric("writes", "field=owner", "result=redirected"))
		twin.work()
		require.Contains(t, twin.labels, incident.RedirectedLabel)
		require.Equal(t, incident.SentinelClosed, twin.values[incident.FieldStatus])

		// Later edits are noted, never fought, and the target lives on.
		twin.edit(incident.FieldStatus, "Active").comment("still here").deliver()
		target.edit(incident.FieldStatus, "Active").deliver()
		l.run(24 * time.Hour)
		twin.work()
		require.Equal(t, incident.SentinelActive, twin.values[incident.FieldStatus], "reopened, and left so")
		require.Len(t, l.wire.sent, 2)
		target.agrees()
		require.Equal(t, 0, l.said("1", "still here"))
		require.Contains(t, l.document("1"), `"status":"redirected"`)
	})
}

func TestAnEditOfAnIncidentMergedBeforeIsNotSent(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.pair("2", nil)
		l.merge("2", "1")
		twin.edit(incident.FieldOwner, "jane@provider.test").deliver()
		l.run(time.Second)
		require.Empty(t, l.wire.sent, "the own read has said so")
		require.Equal(t, "2", l.entry("1").Redirect.Into)
		require.Equal(t, "lost to the merge into incident 2", l.entry("1").Parks[0].Reason)
	})
}

func TestAChainOfMergesIsFollowedToItsEnd(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		for id := 2; id <= 5; id++ {
			l.put(contoso, map[string]any{"id": fmt.Sprint(id)})
			l.merge(fmt.Sprint(id), fmt.Sprint(id-1))
		}
		twin.edit(incident.FieldOwner, "jane@provider.test").deliver()
		l.run(time.Second)
		require.Equal(t, "5", l.entry("1").Redirect.Into)
		require.Equal(t, 5, l.requests(http.MethodGet, "/security/incidents/"))
	})
}

func TestALoopOfMergesEnds(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.put(contoso, map[string]any{"id": "1", "status": "redirected", "redirectIncidentId": "2"})
		l.put(contoso, map[string]any{"id": "2", "status": "redirected", "redirectIncidentId": "3"})
		l.put(contoso, map[string]any{"id": "3", "status": "redirected", "redirectIncidentId": "2"})
		twin.edit(incident.FieldOwner, "jane@provider.test").deliver()
		l.run(time.Hour)
		require.Contains(t, []string{"2", "3"}, l.entry("1").Redirect.Into)
		require.LessOrEqual(t, l.requests(http.MethodGet, "/security/incidents/"), 4)
	})
}

func TestAChainIsFollowedAsFarAsTheBudgetGoes(t *testing.T) {
	inLab(t, emulator.Settings{GraphRPM: 2}, func(t *testing.T, l *lab) {
		l.stop()
		l.config.RequestsPerMinute = 2
		l.start()
		twin := l.pair("1", nil)
		for id := 2; id <= 5; id++ {
			l.put(contoso, map[string]any{"id": fmt.Sprint(id)})
			l.merge(fmt.Sprint(id), fmt.Sprint(id-1))
		}
		twin.edit(incident.FieldOwner, "jane@provider.test").deliver()
		l.run(time.Hour)
		require.Equal(t, "3", l.entry("1").Redirect.Into)
		for _, r := range l.emulator.Requests(0) {
			require.NotEqual(t, http.StatusTooManyRequests, r.Status)
		}
	})
}

func TestAMergeAfterALostPatchIsBelieved(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.pair("2", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultLostAnswer, Operation: "patch_incident", Count: 1})
		twin.edit(incident.FieldOwner, "jane@provider.test").deliver()
		l.run(time.Second)
		l.merge("2", "1")
		l.run(time.Hour)
		e := l.entry("1")
		require.Nil(t, e.Intent)
		require.Equal(t, "2", e.Redirect.Into)
		require.Len(t, l.wire.sent, 1)
		parked := 0
		for _, d := range e.Decisions {
			if d.Result == ledger.ResultParked && strings.Contains(d.Reason, "merge into incident 2") {
				parked++
			}
		}
		require.Equal(t, 1, parked)
	})
}
