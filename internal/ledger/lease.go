package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

const (
	leaseKey = "lease"
	// leaseTime is how long a lease lasts that is not renewed: a collector
	// that was killed keeps its successor waiting for this long.
	leaseTime = 6 * time.Second
	// RenewEvery is how often the holder renews it.
	RenewEvery = 2 * time.Second
)

// ErrHeld is in the error of opening a ledger that another living process holds.
var ErrHeld = errors.New("another collector holds this ledger")

// lease is the right of one process to a ledger's storage (rule R12). Its fence
// is a number that grows with every holder.
type lease struct {
	client storage.Client
	now    func() time.Time
	mine   leaseDocument
	gone   atomic.Bool
}

type leaseDocument struct {
	Holder string    `json:"holder"`
	Fence  uint64    `json:"fence"`
	Beat   uint64    `json:"beat"` // grows with every renewal
	Until  time.Time `json:"until"`
}

// acquire takes the lease. That of a holder that gave none back is waited out,
// and one that is renewed meanwhile is an error: its holder lives.
func acquire(ctx context.Context, client storage.Client, now func() time.Time) (*lease, error) {
	l := &lease{client: client, now: now}
	first, err := l.read(ctx)
	if err != nil {
		return nil, err
	}
	if first.Holder != "" {
		if err := l.waitOut(ctx, first); err != nil {
			return nil, err
		}
	}
	l.mine = leaseDocument{Holder: uuid.NewString(), Fence: first.Fence + 1}
	return l, l.write(ctx)
}

func (l *lease) waitOut(ctx context.Context, first leaseDocument) error {
	wait := min(first.Until.Sub(l.now()), leaseTime)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
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
	if again.Holder != first.Holder || again.Beat != first.Beat {
		return fmt.Errorf(`open ledger: %w; give each collector a "storage" of its own, or stop the other one`, ErrHeld)
	}
	return nil
}

// renew keeps the lease, unless another took it.
func (l *lease) renew(ctx context.Context) error {
	if l.lost() {
		return ErrClosed
	}
	now, err := l.read(ctx)
	if err != nil {
		return err
	}
	if now.Holder != l.mine.Holder {
		l.gone.Store(true)
		return fmt.Errorf("renew lease of ledger: %w", ErrHeld)
	}
	return l.write(ctx)
}

// release gives the lease back, so that the next holder need not wait.
func (l *lease) release(ctx context.Context) error {
	if l.lost() {
		return nil
	}
	l.gone.Store(true)
	text, err := json.Marshal(leaseDocument{Fence: l.mine.Fence})
	if err != nil {
		return fmt.Errorf("release lease of ledger: %w", err)
	}
	if err := l.client.Set(ctx, leaseKey, text); err != nil {
		return fmt.Errorf("release lease of ledger: %w", err)
	}
	return nil
}

func (l *lease) lost() bool { return l.gone.Load() }

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

func (l *lease) write(ctx context.Context) error {
	l.mine.Beat++
	l.mine.Until = l.now().Add(leaseTime).UTC()
	text, err := json.Marshal(l.mine)
	if err != nil {
		return fmt.Errorf("write lease of ledger: %w", err)
	}
	if err := l.client.Set(ctx, leaseKey, text); err != nil {
		return fmt.Errorf("write lease of ledger: %w", err)
	}
	return nil
}
