package ledger_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// keep renews a ledger's lease until stopped, and says how it ended.
func keep(t *testing.T, l *ledger.Ledger) (stop func() error) {
	t.Helper()
	done, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-done:
				ended <- nil
				return
			case <-time.After(ledger.RenewEvery):
				if err := l.Renew(t.Context()); err != nil {
					ended <- err
					return
				}
			}
		}
	}()
	return func() error { close(done); return <-ended }
}

func TestASecondLedgerIsRefusedBesideOneThatLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		stop := keep(t, mustOpen(t, d))
		_, err := open(d)
		require.ErrorIs(t, err, ledger.ErrHeld)
		require.ErrorContains(t, err, `give each collector a "storage" of its own, or stop the other one`)
		require.NoError(t, stop(), "the first one goes on")
	})
}

func TestTheLeaseOfAProcessThatWasKilledIsWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		l := mustOpen(t, d)
		require.NoError(t, l.Observe(t.Context(), news("1", "active")))
		killed := time.Now()
		l = mustOpen(t, d)
		require.Greater(t, time.Since(killed), 4*time.Second)
		require.Less(t, time.Since(killed), 6*time.Second, "a start takes ten seconds at most")
		require.Equal(t, 1, l.Open())
	})
}

func TestALeaseThatWasGivenBackOrForgottenIsTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		require.NoError(t, mustOpen(t, d).Close(t.Context()))
		began := time.Now()
		mustOpen(t, d)
		require.Less(t, time.Since(began), time.Second)
		time.Sleep(time.Hour)
		began = time.Now()
		mustOpen(t, d)
		require.Less(t, time.Since(began), time.Second)
	})
}

// TestAHolderThatStoodStillSavesNothingMore: a process that was frozen while
// another took its lease.
func TestAHolderThatStoodStillSavesNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		first := mustOpen(t, d)
		require.NoError(t, first.Observe(t.Context(), news("1", "active")))
		work, _ := first.Next(lane, ledger.AllKinds)
		second := mustOpen(t, d) // waits while the first stands still
		require.NoError(t, second.Observe(t.Context(), news("1", "resolved")))
		stored := d.crashed().values

		require.ErrorIs(t, first.Observe(t.Context(), news("2", "active")), ledger.ErrHeld)
		require.ErrorIs(t, first.Observe(t.Context(), news("1", "active")), ledger.ErrClosed, "for good")
		require.ErrorIs(t, work.Update(t.Context(), func(e *ledger.Entry) { e.Unsent() }), ledger.ErrClosed)
		require.ErrorIs(t, first.Refuse(t.Context(), workspace, "x", link("1"), "forged"), ledger.ErrClosed)
		require.ErrorIs(t, first.Renew(t.Context()), ledger.ErrClosed)
		require.NoError(t, first.Close(t.Context()))
		require.Equal(t, stored, d.crashed().values, "not even when it ends")
		require.NoError(t, second.Renew(t.Context()))
	})
}

// TestAHolderWhoseRenewalsFailStopsInTime: whoever waits may take the lease
// after five seconds, so the holder saves for four.
func TestAHolderWhoseRenewalsFailStopsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		l := mustOpen(t, d)
		time.Sleep(3 * time.Second)
		batches := d.batches
		require.NoError(t, l.Observe(t.Context(), news("1", "active")))
		require.Equal(t, batches+3, d.batches, "own key, shelf, save")
		time.Sleep(2 * time.Second)
		require.NoError(t, l.Observe(t.Context(), news("2", "active")))
		require.Equal(t, batches+8, d.batches, "and a renewal first")
	})
}

// meeting is a storage whose first reader waits for that of another.
type meeting struct {
	*disk
	readers *sync.WaitGroup
	once    *sync.Once
}

func (m meeting) Get(ctx context.Context, key string) ([]byte, error) {
	text, err := m.disk.Get(ctx, key)
	m.once.Do(func() {
		m.readers.Done()
		m.readers.Wait()
	})
	return text, err
}

func TestOfTwoThatTakeALeaseAtOnceOneHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, readers := newDisk(), sync.WaitGroup{}
		readers.Add(2)
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := open(meeting{d, &readers, &sync.Once{}})
				errs <- err
			}()
		}
		failed := 0
		for range 2 {
			if err := <-errs; err != nil {
				require.ErrorIs(t, err, ledger.ErrHeld)
				failed++
			}
		}
		require.Equal(t, 1, failed)
	})
}

func TestOpeningEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		mustOpen(t, d)
		ctx, cancel := contextFor(t, time.Second)
		defer cancel()
		_, err := ledger.Open(ctx, ledger.OpenSettings{Client: d, Settings: settings()})
		require.ErrorIs(t, err, ctx.Err())
	})
}
