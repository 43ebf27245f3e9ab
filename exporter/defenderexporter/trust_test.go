package defenderexporter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// stranger is a Sentinel incident that nobody made of a Defender incident, with a
// name and labels of its own.
func (l *lab) stranger(name string, labels ...string) *twin {
	t := newTwin(l, linkOf("1"))
	t.name, t.labels = name, labels
	t.values = incident.Values{"Closed", "TruePositive/SuspiciousActivity", "mallory@provider.test", "Low", "", "a stranger", ""}
	t.touch()
	return t
}

// refused are the decisions about claims.
func (l *lab) refused() []ledger.Decision {
	var refused []ledger.Decision
	for _, d := range l.told() {
		if d.Result == ledger.ResultRefused {
			refused = append(refused, d)
		}
	}
	return refused
}

func TestClaimsThatNothingProvesWriteNothingAndAreToldOnce(t *testing.T) {
	const otherWorkspace = "/subscriptions/00000000-0000-4000-8000-0000000000ab/resourceGroups/x/providers/Microsoft.OperationalInsights/workspaces/other"
	for name, make := range map[string]func(l *lab) *twin{
		"a forged label on an incident of one's own": func(l *lab) *twin {
			return l.stranger("8f0a1a1c-30f5-4a5e-9c55-0d63f2f1b0a1", linkOf("1").Label())
		},
		"a label copied from one twin to another": func(l *lab) *twin {
			return l.stranger("8f0a1a1c-30f5-4a5e-9c55-0d63f2f1b0a1", "some tag", linkOf("1").Label(), "another")
		},
		"a name that only looks derived": func(l *lab) *twin {
			return l.stranger("8f0a1a1c-30f5-5a5e-9c55-0d63f2f1b0a1", linkOf("1").Label())
		},
		"a label of another tenant": func(l *lab) *twin {
			return l.stranger(linkOf("1").SentinelName()[:35]+"0", incident.Link{Cloud: cloud, TenantID: fabrikam, IncidentID: "1"}.Label())
		},
		"an incident moved to a workspace where its tenant does not live": func(l *lab) *twin {
			t := l.stranger(linkOf("1").SentinelName(), linkOf("1").Label())
			t.workspace = otherWorkspace
			return t
		},
		"an incident renamed to look like a tenant's that lives elsewhere": func(l *lab) *twin {
			link := incident.Link{Cloud: cloud, TenantID: "00000000-0000-4000-8000-0000000000ee", IncidentID: "1"}
			return l.stranger(link.SentinelName(), link.Label())
		},
		"a twin of another cloud": func(l *lab) *twin {
			link := incident.Link{Cloud: "usgov", TenantID: contoso, IncidentID: "1"}
			return l.stranger(link.SentinelName(), link.Label())
		},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
				l.run(bindGrace)
				genuine := l.pair("1", nil)
				l.put(fabrikam, map[string]any{"id": "1"})
				open := l.ledger.Open()
				stranger := make(l)
				for range 3 {
					stranger.deliver()
					l.run(time.Minute)
				}
				stranger.edit(incident.FieldStatus, "Active").deliver()
				l.run(time.Hour)
				require.Empty(t, l.writes())
				require.Empty(t, l.wire.sent)
				require.Equal(t, open, l.ledger.Open())
				require.Len(t, l.refused(), 1)
				require.Equal(t, "link", l.refused()[0].Field)
				genuine.edit(incident.FieldStatus, "Active").deliver()
				l.run(time.Second)
				genuine.agrees()

				// A restart does not tell it again.
				l.stop()
				l.start()
				l.run(bindGrace)
				stranger.deliver()
				l.run(time.Minute)
				require.Len(t, l.refused(), 1)
			})
		})
	}
}

func TestALabelChangedOnATwinChangesNothing(t *testing.T) {
	for name, labels := range map[string][]string{
		"taken away":         {},
		"replaced":           {incident.Link{Cloud: cloud, TenantID: fabrikam, IncidentID: "1"}.Label()},
		"another put before": {incident.Link{Cloud: cloud, TenantID: fabrikam, IncidentID: "7"}.Label(), linkOf("1").Label()},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
				twin := l.pair("1", nil)
				l.put(fabrikam, map[string]any{"id": "1"})
				l.put(fabrikam, map[string]any{"id": "7"})
				twin.labels = labels
				twin.edit(incident.FieldStatus, "Closed").deliver()
				l.run(time.Minute)
				twin.deliver()
				l.run(time.Minute)
				twin.agrees()
				require.Len(t, l.writes(), 1)
				require.Equal(t, contoso, l.writes()[0].Tenant)
				forged := min(1, max(0, len(labels)-len(linkIn(labels))))
				require.Len(t, l.refused(), forged)
			})
		})
	}
}

// linkIn are the genuine ones of labels.
func linkIn(labels []string) (genuine []string) {
	for _, label := range labels {
		if label == linkOf("1").Label() {
			genuine = append(genuine, label)
		}
	}
	return genuine
}

func TestATwinIsAdmittedByItsNameAfterTheLedgerWasLost(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.stop()
		l.disk = newDisk()
		l.start()
		twin.edit(incident.FieldSeverity, "Low").deliver()
		require.Equal(t, 1, l.ledger.Open(), "the name proves it")
		l.run(time.Minute)
		require.Empty(t, l.wire.sent, "not before both sides were read (R9)")
		l.run(settle)
		l.poll("1")
		l.run(settle)
		twin.work()
		twin.deliver()
		l.run(time.Hour)
		twin.work()
		twin.agrees()
	})
}

func TestALinkWaitsForItsBindingAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		l.unbound = true
		l.start()
		l.put(contoso, map[string]any{"id": "1"})
		twin := newTwin(l, linkOf("1"))
		twin.values = incident.Values{"Active", "", "", "High", "", "an incident", ""}
		twin.touch()
		require.ErrorIs(t, l.running.ConsumeLogs(t.Context(), twin.record()), errUnbound)
		require.Empty(t, l.refused())
		l.ledger.Bind(ledger.Binding{Tenant: "contoso", Workspace: workspace})
		twin.deliver()
		require.Equal(t, 1, l.ledger.Open())
	})
}

func TestALinkThatWasTakenOutOfTheConfigurationIsNotWritten(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.stop()
		l.unbound = true
		l.start()
		l.run(bindGrace)
		twin.edit(incident.FieldStatus, "Closed").deliver()
		l.run(24 * time.Hour)
		require.Empty(t, l.wire.sent)
		require.Contains(t, l.entry("1").Pause[incident.SideDefender].Reason, "does not link the tenant")
		require.Len(t, l.refused(), 1)
		l.ledger.Bind(ledger.Binding{Tenant: contoso, Workspace: workspace})
		l.run(2 * time.Hour)
		twin.agrees()
	})
}

func TestIncidentsOfTenantsThatAreNotOursAreLeftToTheirExporter(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		link := incident.Link{Cloud: cloud, TenantID: fabrikam, IncidentID: "1"}
		twin := newTwin(l, link)
		twin.values = incident.Values{"Active", "", "", "High", "", "an incident", ""}
		twin.touch()
		twin.deliver()
		l.run(time.Hour)
		require.Zero(t, l.ledger.Open())
		require.Empty(t, l.refused(), "it is genuine")
		require.Zero(t, l.requests("GET", "/incidents"))
	})
}

func TestIncidentsWithoutALinkAreNobodysBusiness(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		l.stranger("8f0a1a1c-30f5-4a5e-9c55-0d63f2f1b0a1").deliver()
		l.stranger(linkOf("1").SentinelName()).deliver() // a derived name without a label
		l.run(time.Hour)
		require.Zero(t, l.ledger.Open())
		require.Empty(t, l.told())
	})
}

func TestWhatWaitsAtAStartIsWrittenAsSoonAsItsLinkIsSaid(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultSlow, Delay: emulator.Duration(5 * time.Second), Service: "graph"})
		twin.edit(incident.FieldStatus, "Closed").deliver()
		l.run(time.Second)
		l.kill()
		l.faults()
		l.unbound = true // the other exporter starts after this one
		l.start()
		l.run(100 * time.Millisecond)
		require.Empty(t, l.wire.sent)
		l.ledger.Bind(ledger.Binding{Tenant: contoso, Workspace: workspace})
		l.run(time.Second)
		twin.agrees()
	})
}
