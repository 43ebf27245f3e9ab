package writer_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// host remembers status events.
type host struct {
	extensions map[component.ID]component.Component
	events     []*componentstatus.Event
}

func (h *host) GetExtensions() map[component.ID]component.Component { return h.extensions }
func (h *host) Report(e *componentstatus.Event)                     { h.events = append(h.events, e) }

func TestTroubleIsSaidOnceAndTakenBackWhenAllIsWell(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	h, seen := writer.NewHealth(zap.New(core)), &host{}
	h.Failed("contoso", "write", "too early to be reported", nil)
	h.Well("contoso", "write")
	h.Start(seen)
	h.Failed("contoso", "write", "", errors.New("nobody has to act"))
	require.Empty(t, seen.events)

	h.Failed("contoso", "write", "grant a role.", errors.New("403"))
	h.Failed("contoso", "write", "grant a role.", errors.New("403"))
	h.Failed("fabrikam", "read", "mend the network.", errors.New("no connection"))
	require.Len(t, seen.events, 2)
	require.Equal(t, componentstatus.StatusRecoverableError, seen.events[0].Status())
	require.EqualError(t, seen.events[0].Err(), "grant a role.")

	h.Well("fabrikam", "write")
	require.Len(t, seen.events, 2, "it was not in trouble")
	h.Well("fabrikam", "read")
	require.EqualError(t, seen.events[2].Err(), "grant a role.", "what is left")
	h.Well("contoso", "write")
	require.Equal(t, componentstatus.StatusOK, seen.events[3].Status())
	require.Equal(t, 3, logs.FilterLevelExact(zap.WarnLevel).Len())
	require.Equal(t, 3, logs.FilterMessage("mended").Len())
}

// keeper holds a ledger, nobody does not.
type keeper struct {
	component.StartFunc
	component.ShutdownFunc
	ledger *ledger.Ledger
}

func (k keeper) Ledger() *ledger.Ledger { return k.ledger }

type nobody struct {
	component.StartFunc
	component.ShutdownFunc
}

func TestALedgerIsFoundByItsID(t *testing.T) {
	id := component.MustNewID("incident_ledger")
	held, err := ledger.Open(t.Context(), ledger.OpenSettings{})
	require.NoError(t, err)
	for want, extensions := range map[string]map[component.ID]component.Component{
		`"ledger" names extension "incident_ledger", which is not in service::extensions`: nil,
		`"ledger" must name an incident_ledger extension, got "incident_ledger"`:          {id: nobody{}},
		`"ledger" names extension "incident_ledger", which is not started`:                {id: keeper{}},
		"": {id: keeper{ledger: held}},
	} {
		found, err := writer.FindLedger(&host{extensions: extensions}, id)
		if want == "" {
			require.NoError(t, err)
			require.Same(t, held, found)
			continue
		}
		require.EqualError(t, err, want)
	}
	require.NoError(t, writer.ValidateLedger(id))
	require.EqualError(t, writer.ValidateLedger(component.ID{}), `"ledger" must name an incident_ledger extension`)
	require.Contains(t, writer.LedgerSentence(id, ledger.ErrClosed), "not held by this collector any more")
	require.Contains(t, writer.LedgerSentence(id, errors.New("no space")), "look after the storage")
}
