package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

const (
	leaseKey = "lease"
	// RenewEvery is how often the holder renews its lease.
	RenewEvery = 2 * time.Second
	// leaseTime is how long a lease that is not given back must stand still
	// before another takes it: two renewals were missed.
	leaseTime = 5 * time.Second
	// holdTime is how long after a renewal the holder saves: it stops before
	// another may begin.
	holdTime = 4 * time.Second
	// leaseForgotten is after how long a lease is taken without looking whether
	// it stands still. Clocks of two machines differ less.
	leaseForgotten = time.Minute
	// leaseSettles is how long a new holder waits for another that took the
	// lease at the same moment: the last one has it.
	leaseSettles = 100 * time.Millisecond
)

// ErrHeld is in the error of opening a ledger that another living process holds.
var ErrHeld = errors.New("another collector holds this ledger")

// lease is the right of one process to a ledger's storage (rule R12). Storages
// cannot compare and swap, so it rests on time: whoever holds it renews it and
// stops saving when that is overdue, whoever wants it waits for longer. Safe for
// concurrent use.
type lease struct {
	client storage.Client
	now    func() time.Time

	mu      sync.Mutex
	mine    leaseDocument
	renewed time.Time // when the last renewal was begun
	lost    bool      // for ever
}

type leaseDocument struct {
	// Holder is the holder's own name; "" if it was given back.
	Holder string `json:"holder"`
	// Fence is a number that grows with every holder, Beat with every renewal.
	Fence uint64 `json:"fence"`
	Beat  uint64 `json:"beat"`
	// At is when it was renewed, by the holder's clock.
	At time.Time `json:"at"`
}

// acquire takes the lease. That of a holder that gave none back is looked at
// for leaseTime, and one that is renewed meanwhile is an error: its holder lives.
func acquire(ctx context.Context, client storage.Client, now func() time.Time) (*lease, error) {
	l := &lease{client: client, now: now}
	first, err := l.read(ctx)
	if err != nil {
		return nil, err
	}
	if first.Holder != "" && now().Sub(first.At) < leaseForgotten {
		if err := l.await(ctx, leaseTime, first); err != nil {
			return nil, err
		}
	}
	l.mine = leaseDocument{Holder: uuid.NewString(), Fence: first.Fence + 1}
	if err := l.write(ctx); err != nil {
		return nil, err
	}
	if _, alone := client.(*memory); alone {
		return l, nil
	}
	return l, l.await(ctx, leaseSettles, l.mine)
}

// await errs unless the lease stands still for a while.
func (l *lease) await(ctx context.Context, while time.Duration, seen leaseDocument) error {
	timer := time.NewTimer(while)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("wait for the lease of the ledger: %w", ctx.Err())
	case <-timer.C:
	}
	again, err := l.read(ctx)
	if err != nil {
		return err
	}
	if again.Holder != seen.Holder || again.Beat != seen.Beat {
		return fmt.Errorf(`open ledger: %w; give each collector a "storage" of its own, or stop the other one`, ErrHeld)
	}
	return nil
}

// hold errs unless the lease is held now, and may be for the time of a save.
func (l *lease) hold(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return ErrClosed
	}
	if l.now().Sub(l.renewed) < holdTime {
		return nil
	}
	return l.renewLocked(ctx)
}

// renew keeps the lease, unless another took it.
func (l *lease) renew(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return ErrClosed
	}
	return l.renewLocked(ctx)
}

func (l *lease) renewLocked(ctx context.Context) error {
	began := l.now()
	stored, err := l.read(ctx)
	if err != nil {
		return err
	}
	if stored.Holder == l.mine.Holder {
		err = l.write(ctx)
	}
	// Between reading and writing for so long, another may have taken it.
	if stored.Holder != l.mine.Holder || err == nil && l.now().Sub(began) >= holdTime {
		l.lost = true
		return fmt.Errorf("renew lease of ledger: %w", ErrHeld)
	}
	return err
}

// release gives the lease back, so that the next holder need not wait.
func (l *lease) release(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return nil
	}
	l.lost = true
	stored, err := l.read(ctx)
	if err != nil || stored.Holder != l.mine.Holder {
		return err
	}
	return l.put(ctx, leaseDocument{Fence: l.mine.Fence})
}

func (l *lease) read(ctx context.Context) (leaseDocument, error) {
	var d leaseDocument
	text, err := l.client.Get(ctx, leaseKey)
	if err != nil {
		return d, fmt.Errorf("read lease of ledger: %w", err)
	}
	if text != nil && json.Unmarshal(text, &d) != nil {
		d = leaseDocument{} // nobody's: it was never written whole
	}
	return d, nil
}

// write renews, from the moment before on.
func (l *lease) write(ctx context.Context) error {
	next, now := l.mine, l.now()
	next.Beat++
	next.At = now.UTC()
	if err := l.put(ctx, next); err != nil {
		return err
	}
	l.mine, l.renewed = next, now
	return nil
}

func (l *lease) put(ctx context.Context, d leaseDocument) error {
	text, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("write lease of ledger: %w", err)
	}
	if err := l.client.Set(ctx, leaseKey, text); err != nil {
		return fmt.Errorf("write lease of ledger: %w", err)
	}
	return nil
}
