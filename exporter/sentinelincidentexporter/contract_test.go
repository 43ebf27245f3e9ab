package sentinelincidentexporter

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

func TestLifecycle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := NewFactory()
		require.Equal(t, component.MustNewType("sentinel_incident"), f.Type())
		l := newStoppedLab(t, emulator.Settings{}, onEmulator)
		unstarted, err := f.CreateLogs(t.Context(), exportertest.NewNopSettings(f.Type()), l.config)
		require.NoError(t, err)
		require.False(t, unstarted.Capabilities().MutatesData)
		require.NoError(t, unstarted.Shutdown(t.Context()), "shut down without a start")
		l.start()
		require.NoError(t, l.running.Shutdown(t.Context()))
		l.startExporter()
		l.open("1", "")
		synctest.Wait()
		l.twin("1")
		l.stop()
	})
}

func TestStartTellsWhatCannotHeal(t *testing.T) {
	cfg, err := load(t, onEmulator)
	require.NoError(t, err)
	id := component.MustNewID("incident_ledger")
	for name, c := range map[string]struct {
		extensions map[component.ID]component.Component
		want       string
	}{
		"no such extension":   {nil, `"ledger" names extension "incident_ledger", which is not in service::extensions`},
		"another extension":   {map[component.ID]component.Component{id: collectortest.NewDisk()}, `"ledger" must name an incident_ledger extension, got "incident_ledger"`},
		"one that is not yet": {map[component.ID]component.Component{id: &holder{}}, `"ledger" names extension "incident_ledger", which is not started`},
	} {
		t.Run(name, func(t *testing.T) {
			f := NewFactory()
			x, err := f.CreateLogs(t.Context(), exportertest.NewNopSettings(f.Type()), cfg)
			require.NoError(t, err)
			require.ErrorContains(t, x.Start(t.Context(), &collectortest.Host{Extensions: c.extensions}), c.want)
			require.NoError(t, x.Shutdown(t.Context()))
		})
	}
}

func TestAWorkspaceHasOneExporter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		second, err := NewFactory(WithTransport(l.wire)).CreateLogs(t.Context(), exportertest.NewNopSettings(component.MustNewType(Type)), l.config)
		require.NoError(t, err)
		require.ErrorContains(t, second.Start(t.Context(), l.host), `"links" names workspace soc, which another sentinel_incident exporter of this ledger writes`)
		require.NoError(t, second.Shutdown(t.Context()))
		l.open("1", "")
		synctest.Wait()
		l.twin("1")
	})
}

// TestAShutdownObeysItsDeadline shuts down while Azure does not answer.
func TestAShutdownObeysItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newStoppedLab(t, emulator.Settings{}, onEmulator)
		l.faults(emulator.Fault{Kind: emulator.FaultSlow, Delay: emulator.Duration(time.Minute), Operation: "put_sentinel"})
		l.start()
		l.open("1", "")
		time.Sleep(10 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_ = l.running.Shutdown(ctx) // whether it made it is the network's affair
		require.LessOrEqual(t, time.Since(began), time.Second)
		time.Sleep(2 * time.Minute)
		l.stop()
	})
}

// TestALostLedgerIsSaid lets another process take the ledger.
func TestALostLedgerIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		synctest.Wait()
		require.NoError(t, l.holder.ledger.Close(t.Context()))
		require.ErrorIs(t, l.running.ConsumeLogs(t.Context(), l.records(contoso, "contoso", "1")), ledger.ErrClosed)
		require.ErrorContains(t, l.host.StatusError(), "the ledger incident_ledger is not held by this collector any more")
	})
}

// TestARoleThatIsMissingIsNamed is the first start of every new user.
func TestARoleThatIsMissingIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		fault emulator.Fault
		want  string
	}{
		"the role":      {emulator.Fault{Kind: emulator.FaultWithdrawRoles, Service: "arm"}, "incidents of workspace soc are not written and wait. Assign the role Microsoft Sentinel Responder"},
		"to write":      {emulator.Fault{Kind: emulator.FaultStatus, Status: 403, Operation: "put_sentinel"}, "Assign the role Microsoft Sentinel Responder"},
		"the workspace": {emulator.Fault{Kind: emulator.FaultStatus, Status: 404, Operation: "list_sentinel"}, "Check the workspace's resource id"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newStoppedLab(t, emulator.Settings{}, onEmulator)
				l.faults(c.fault)
				l.start()
				defer l.stop()
				l.open("1", "")
				time.Sleep(20 * time.Minute)
				require.Empty(t, l.twins(soc))
				require.ErrorContains(t, l.host.StatusError(), c.want)
				require.LessOrEqual(t, l.logs.FilterMessageSnippet(c.want).Len(), 1, "it is said once")
				require.Less(t, len(l.emulator.Requests(0)), 100, "and not asked without end")
				l.faults()
				time.Sleep(10 * time.Minute)
				l.twin("1")
				require.NoError(t, l.host.StatusError())
			})
		})
	}
}

// TestLagIsUnderASecond is from the record to the accepted write, without faults.
func TestLagIsUnderASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.openMany(50)
		time.Sleep(12 * time.Hour) // and the moment of a resync
		for i := range 50 {
			l.edit("7", `{"displayName":"title `+string(rune('a'+i%26))+`"}`)
			began := time.Now()
			for l.twin("7").Properties.Title != "title "+string(rune('a'+i%26)) {
				time.Sleep(10 * time.Millisecond)
				require.Less(t, time.Since(began), time.Second)
			}
			time.Sleep(5 * time.Second)
		}
	})
}
