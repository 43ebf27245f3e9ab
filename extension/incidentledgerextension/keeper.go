package incidentledgerextension

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// keeper keeps the lease and forgets what was closed long ago.
type keeper struct {
	ledger *ledger.Ledger
	host   component.Host
	log    *zap.Logger
}

const lostRemedy = `another collector took this ledger while this one stood still, and nothing is saved here any more: stop one of the two, or give each a "storage" of its own, then restart this one`

// renew keeps the lease until ctx ends or another process took it. A storage
// that does not answer is asked again; meanwhile the ledger refuses to save
// once its lease has run out.
func (k *keeper) renew(ctx context.Context) {
	ill := false
	for k.pause(ctx, ledger.RenewEvery) {
		err := k.ledger.Renew(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, ledger.ErrHeld):
			k.log.Error(lostRemedy, zap.Error(err))
			componentstatus.ReportStatus(k.host, componentstatus.NewPermanentErrorEvent(errors.New(lostRemedy)))
			return
		case err != nil && !ill:
			ill = true
			k.log.Warn("storage does not answer, asked again; the ledger takes nothing until it does", zap.Error(err))
			componentstatus.ReportStatus(k.host, componentstatus.NewRecoverableErrorEvent(
				fmt.Errorf("the ledger takes nothing until its storage answers: look after the storage: %w", err)))
		case err == nil && ill:
			ill = false
			k.log.Info("storage answers again")
			componentstatus.ReportStatus(k.host, componentstatus.NewEvent(componentstatus.StatusOK))
		}
	}
}

// sweep forgets a part of what is past its retention, every SweepEvery.
func (k *keeper) sweep(ctx context.Context) {
	ill := false
	for k.pause(ctx, ledger.SweepEvery()) {
		err := k.ledger.Sweep(ctx)
		if err != nil && !ill && ctx.Err() == nil {
			k.log.Warn("incidents past their retention are not forgotten, tried again", zap.Error(err))
		}
		ill = err != nil
	}
}

// pause waits; false if ctx ended first.
func (*keeper) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
