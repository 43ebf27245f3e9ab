package defenderexporter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

func TestEditsOfEveryFieldReachDefenderInOnePatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.start()
		twin := l.pair("1", nil)
		require.Empty(t, l.writes(), "nothing to write yet")
		twin.edit(incident.FieldStatus, "Closed").edit(incident.FieldVerdict, "TruePositive/SuspiciousActivity").
			edit(incident.FieldOwner, "jane@provider.test").edit(incident.FieldSeverity, "Low").
			edit(incident.FieldTags, incident.Tags([]string{"vip", "phish"}))
		twin.deliver()
		l.run(time.Second)
		twin.agrees()
		require.Len(t, l.writes(), 1)
		got := l.defender(contoso, "1").Values
		require.Equal(t, incident.DefenderResolved, got[incident.FieldStatus])
		require.Equal(t, incident.Value("truePositive/other"), got[incident.FieldVerdict])
		require.Equal(t, incident.Value("low"), got[incident.FieldSeverity])
		require.Equal(t, incident.Value("jane@provider.test"), got[incident.FieldOwner])
	})
}
