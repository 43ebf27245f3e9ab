package defenderexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// TestOneIncidentInTwoWorkspacesStaysInStepWithBoth has a customer's workspace
// and a provider's.
func TestOneIncidentInTwoWorkspacesStaysInStepWithBoth(t *testing.T) {
	const second = workspace + "-of-the-provider"
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		l.ledger.Bind(ledger.Binding{Tenant: contoso, Workspace: second})
		ours := l.pair("1", nil)
		l.pollInto("1", second)
		theirs := newTwin(l, linkOf("1"))
		theirs.workspace = second
		theirs.work()
		theirs.deliver()
		round := func() {
			for range 3 {
				l.run(settle)
				l.poll("1")
				l.pollInto("1", second)
				for _, twin := range []*twin{ours, theirs} {
					twin.work()
					twin.deliver()
				}
			}
			l.run(settle)
		}
		for i, c := range []struct {
			twin   *twin
			status incident.Value
		}{{ours, "Active"}, {theirs, "Closed"}, {ours, "New"}, {theirs, "Active"}} {
			c.twin.edit(incident.FieldStatus, c.status).comment(fmt.Sprintf("round %d.", i)).deliver()
			round()
			require.Equal(t, c.status, ours.values[incident.FieldStatus])
			require.Equal(t, c.status, theirs.values[incident.FieldStatus])
			for n := range i + 1 {
				text := fmt.Sprintf("round %d.", n)
				require.Equal(t, 1, l.said("1", text))
				require.Equal(t, 1, ours.said(text))
				require.Equal(t, 1, theirs.said(text))
			}
			require.Equal(t, i+1, l.effective(emulator.WriteIncident), "each edit is one PATCH")
		}
		written := len(l.emulator.Writes(0))
		round()
		l.run(24 * time.Hour)
		require.Len(t, l.emulator.Writes(0), written)
	})
}

// TestBothWorkspacesEditAtOnce is the case that the lock is for: one Defender
// incident has one writer at a time, whichever workspace the edit comes from.
func TestBothWorkspacesEditAtOnce(t *testing.T) {
	const second = workspace + "-of-the-provider"
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		l.ledger.Bind(ledger.Binding{Tenant: contoso, Workspace: second})
		ours := l.pair("1", nil)
		l.pollInto("1", second)
		theirs := newTwin(l, linkOf("1"))
		theirs.workspace = second
		theirs.work()
		l.faults(emulator.Fault{Kind: emulator.FaultSlow, Delay: emulator.Duration(2 * time.Second), Service: "graph"})
		ours.edit(incident.FieldTags, "ours").edit(incident.FieldOwner, "jane@provider.test").deliver()
		theirs.edit(incident.FieldTags, "theirs").edit(incident.FieldSeverity, "Low").deliver()
		l.run(time.Minute)
		got := l.defender(contoso, "1").Values
		require.Equal(t, incident.Tags([]string{"ours", "theirs"}), got[incident.FieldTags], "none is written over")
		require.Equal(t, incident.Value("jane@provider.test"), got[incident.FieldOwner])
		require.Equal(t, incident.Value("low"), got[incident.FieldSeverity])
	})
}
