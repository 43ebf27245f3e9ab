package incidentledgerextension

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap/zapcore"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

const stored = `storage: memory_storage`

func over(m *disk) map[component.ID]component.Component {
	return map[component.ID]component.Component{storageID: m}
}

func TestTheLedgerIsThereFromStartToShutdown(t *testing.T) {
	f := NewFactory()
	x, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), f.CreateDefaultConfig())
	require.NoError(t, err)
	provider := x.(ledger.Provider)
	require.Nil(t, provider.Ledger())
	require.NoError(t, x.Start(t.Context(), componenttest.NewNopHost()))
	require.NotNil(t, provider.Ledger())
	require.NoError(t, x.Shutdown(t.Context()))
	require.Nil(t, provider.Ledger())
	require.NoError(t, x.Shutdown(t.Context()), "twice is as once")
}

func TestShutdownWithoutStart(t *testing.T) { newRig(t, stored, nil).stop(t) }

func TestWithoutStorageItSaysOnceWhatThatCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `{}`, nil)
		r.start(t)
		require.Equal(t, 1, r.logs.FilterMessageSnippet(`no "storage": the ledger lives in memory`).Len())
		require.Equal(t, 1, r.logs.FilterLevelExact(zapcore.WarnLevel).Len())
		r.stop(t)
	})
}

func TestAStorageThatIsNone(t *testing.T) {
	r := newRig(t, stored, nil)
	require.ErrorContains(t, r.Start(t.Context(), r.host), `"storage" names extension "memory_storage", which is not in service::extensions`)
	r.stop(t)
	r = newRig(t, stored, map[component.ID]component.Component{storageID: newRig(t, `{}`, nil).ledgerExtension})
	require.ErrorContains(t, r.Start(t.Context(), r.host), `"storage" must name a storage extension`)
	r.stop(t)
}

func TestARestartKnowsWhatWasKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDisk()
		r := newRig(t, stored, over(m))
		observe(t, r.start(t), link("1"), values(), time.Now())
		require.Equal(t, "Extension incident_ledger", m.owner)
		r.stop(t)
		require.Equal(t, 1, m.closed)

		r = newRig(t, stored, over(m))
		began := time.Now()
		require.Equal(t, 1, r.start(t).Open())
		require.Less(t, time.Since(began), time.Second, "the lease was given back")
		require.EqualValues(t, 1, r.logs.FilterMessage("ledger is open").All()[0].ContextMap()["open_entries"])
		r.stop(t)
	})
}

func TestASecondCollectorDoesNotStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDisk()
		first, second := newRig(t, stored, over(m)), newRig(t, stored, over(m))
		first.start(t)
		err := second.Start(t.Context(), second.host)
		require.ErrorIs(t, err, ledger.ErrHeld)
		require.ErrorContains(t, err, `give each collector a "storage" of its own, or stop the other one`)
		require.Nil(t, second.Ledger())
		second.stop(t)
		observe(t, first.Ledger(), link("1"), values(), time.Now())
		require.Equal(t, componentstatus.StatusNone, first.host.Status(), "the first one goes on")
		first.stop(t)
	})
}

// TestALostLeaseIsPermanent: somebody else holds the ledger after this process
// stood still; nothing is saved here any more, and a person is told.
func TestALostLeaseIsPermanent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDisk()
		r := newRig(t, stored, over(m))
		l := r.start(t)
		require.NoError(t, m.Set(t.Context(), "lease", []byte(`{"holder": "another", "fence": 2, "beat": 1}`)))
		time.Sleep(ledger.RenewEvery + time.Millisecond)
		status, err := r.host.Status(), r.host.StatusError()
		require.Equal(t, componentstatus.StatusPermanentError, status)
		require.EqualError(t, err, lostRemedy)
		require.Equal(t, 1, r.logs.FilterMessage(lostRemedy).Len())
		require.ErrorIs(t, l.Observe(t.Context(), ledger.News{Link: link("1"), Workspace: workspace, Admit: true}), ledger.ErrClosed)
		time.Sleep(time.Hour)
		require.Equal(t, 1, r.logs.FilterMessage(lostRemedy).Len(), "once")
		r.stop(t)
		lease, err := m.Get(t.Context(), "lease")
		require.NoError(t, err)
		require.Contains(t, string(lease), "another", "the other one's lease stays")
	})
}

func TestAStorageThatIsAwayIsSaidAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDisk()
		r := newRig(t, stored, over(m))
		l := r.start(t)
		m.BreakDown(errors.New("disk is gone"))
		time.Sleep(time.Minute)
		status, err := r.host.Status(), r.host.StatusError()
		require.Equal(t, componentstatus.StatusRecoverableError, status)
		require.ErrorContains(t, err, "look after the storage")
		require.Equal(t, 1, r.logs.FilterMessageSnippet("storage does not answer").Len(), "once, however long")
		require.Error(t, l.Observe(t.Context(), ledger.News{Side: incident.SideDefender, Link: link("1"), Workspace: workspace, Admit: true}))
		m.BreakDown(nil)
		time.Sleep(ledger.RenewEvery)
		synctest.Wait()
		require.Equal(t, componentstatus.StatusOK, r.host.Status())
		observe(t, l, link("1"), values(), time.Now())
		r.stop(t)
	})
}

func TestWhatIsDamagedIsNamedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDisk()
		r := newRig(t, stored, over(m))
		l := r.start(t)
		observe(t, l, link("1"), values(), time.Now())
		observe(t, l, link("2"), values(), time.Now())
		r.stop(t)
		id := string(ledger.IDOf(link("1"), workspace))
		require.NoError(t, m.Set(t.Context(), "e/"+id, []byte("jane@contoso.com")))
		r = newRig(t, stored, over(m))
		require.Equal(t, 1, r.start(t).Open(), "the rest goes on")
		said := r.logs.FilterMessageSnippet("set aside").All()
		require.Len(t, said, 1)
		require.Contains(t, said[0].ContextMap()["error"], id)
		require.NotContains(t, said[0].ContextMap()["error"], "jane")
		require.Equal(t, map[string]float64{"": 1}, r.points(t, "unusable_entries"))
		r.stop(t)
	})
}

func TestWhatIsPastItsRetentionIsForgottenByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDisk()
		r := newRig(t, `{storage: memory_storage, retention: 24h}`, over(m))
		l := r.start(t)
		closed := values()
		closed[incident.FieldStatus] = "resolved"
		observe(t, l, link("1"), closed, time.Now())
		write(t, l, same)
		require.Zero(t, l.Open())
		find := func() *ledger.Entry {
			e, err := l.Find(t.Context(), ledger.IDOf(link("1"), workspace))
			require.NoError(t, err)
			return e
		}
		time.Sleep(23 * time.Hour)
		require.NotNil(t, find())
		time.Sleep(26 * time.Hour)
		require.Nil(t, find())
		r.stop(t)
	})
}

// stuck is a storage that answers nothing more until it is let go.
type stuck struct {
	*disk
	letGo atomic.Pointer[chan struct{}] // nil while it answers
}

func (s *stuck) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return s, nil
}

func (s *stuck) Get(ctx context.Context, key string) ([]byte, error) {
	if letGo := s.letGo.Load(); letGo != nil {
		<-*letGo
	}
	return s.disk.Get(ctx, key)
}

func TestShutdownObeysItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stuck{disk: newDisk()}
		r := newRig(t, stored, map[component.ID]component.Component{storageID: s})
		r.start(t)
		letGo := make(chan struct{})
		s.letGo.Store(&letGo)
		time.Sleep(ledger.RenewEvery + time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorContains(t, r.Shutdown(ctx), "shut down ledger: its storage is still busy")
		close(letGo)
		r.stop(t)
		require.Nil(t, r.Ledger())
	})
}
