package incidentledgerextension

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
)

// ledgerExtension opens the ledger at Start and closes it at Shutdown.
type ledgerExtension struct {
	config    *Config
	set       extension.Settings
	telemetry *telemetry
	decisions *decisionLog

	ledger  atomic.Pointer[ledger.Ledger] // nil outside Start and Shutdown
	client  storage.Client                // nil in memory
	server  *server                       // nil without endpoint
	cancel  context.CancelFunc            // ends the loops; nil before Start
	running sync.WaitGroup
}

var (
	_ ledger.Provider                 = (*ledgerExtension)(nil)
	_ extensioncapabilities.Dependent = (*ledgerExtension)(nil)
)

func newExtension(set extension.Settings, cfg *Config) (*ledgerExtension, error) {
	t, err := newTelemetry(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("create metrics: %w", err)
	}
	return &ledgerExtension{config: cfg, set: set, telemetry: t, decisions: newDecisionLog(set.Logger)}, nil
}

// Ledger is the ledger, nil before Start and after Shutdown.
func (x *ledgerExtension) Ledger() *ledger.Ledger { return x.ledger.Load() }

// Dependencies makes the storage extension, and one that authenticates the
// endpoint, start before this one.
func (x *ledgerExtension) Dependencies() []component.ID {
	var ids []component.ID
	if id := x.config.Storage.Get(); id != nil {
		ids = append(ids, *id)
	}
	if auth := x.config.Server.Auth.Get(); auth != nil && x.config.Server.NetAddr.Endpoint != "" {
		ids = append(ids, auth.Config.AuthenticatorID)
	}
	return ids
}

// Start opens the ledger, waiting some seconds for the lease of a process that
// was killed. It errs beside a process that lives.
func (x *ledgerExtension) Start(ctx context.Context, host component.Host) error {
	if err := x.openStorage(ctx, host); err != nil {
		return err
	}
	l, err := ledger.Open(ctx, ledger.OpenSettings{
		Settings:   x.config.settings(),
		Client:     x.client,
		Retention:  x.config.Retention,
		OnDecision: x.decided,
		OnUnusable: x.unusable,
	})
	if err != nil {
		return err
	}
	x.ledger.Store(l)
	if err := x.telemetry.observe(l); err != nil {
		return fmt.Errorf("create metrics: %w", err)
	}
	if x.config.Server.NetAddr.Endpoint != "" {
		if x.server, err = serve(ctx, host, x); err != nil {
			return err
		}
	}
	// The loops outlive ctx, which is for starting only.
	loops, cancel := context.WithCancel(context.WithoutCancel(ctx))
	x.cancel = cancel
	k := &keeper{ledger: l, host: host, log: x.set.Logger}
	x.running.Go(func() { k.renew(loops) })
	x.running.Go(func() { k.sweep(loops) })
	x.set.Logger.Info("ledger is open", zap.Int("open_entries", l.Open()))
	return nil
}

func (x *ledgerExtension) openStorage(ctx context.Context, host component.Host) error {
	id := x.config.Storage.Get()
	if id == nil {
		x.set.Logger.Warn(`no "storage": the ledger lives in memory, and a restart forgets what both sides agreed on; what differs then is settled without knowing who changed it`)
		return nil
	}
	client, err := state.OpenFor(ctx, host, *id, state.Owner{Kind: component.KindExtension, ID: x.set.ID})
	x.client = client
	return err
}

// decided is told of every decision, with the ledger locked.
func (x *ledgerExtension) decided(s ledger.Subject, d ledger.Decision) {
	x.telemetry.decided(s, d)
	x.decisions.write(s, d)
}

// unusable is told of what was set aside.
func (x *ledgerExtension) unusable(err error) {
	x.telemetry.setAside()
	x.set.Logger.Error("part of the ledger cannot be used and was set aside; what it told begins anew, as after the loss of a ledger", zap.Error(err))
}

// Shutdown ends the endpoint and the loops, waits for them no longer than ctx
// allows, and gives the lease back. Entries need no saving.
func (x *ledgerExtension) Shutdown(ctx context.Context) error {
	var err error
	if x.server != nil {
		err = x.server.shutdown(ctx)
		x.server = nil
	}
	if x.cancel != nil {
		x.cancel()
	}
	ended := make(chan struct{})
	go func() {
		x.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return errors.Join(err, fmt.Errorf("shut down ledger: its storage is still busy: %w", ctx.Err()))
	}
	return errors.Join(err, x.close(ctx))
}

// close gives back what was opened, once.
func (x *ledgerExtension) close(ctx context.Context) error {
	err := x.telemetry.close()
	if l := x.ledger.Swap(nil); l != nil {
		err = errors.Join(err, l.Close(ctx))
	}
	if x.client != nil {
		err = errors.Join(err, x.client.Close(ctx))
		x.client = nil
	}
	return err
}
