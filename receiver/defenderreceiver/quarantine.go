package defenderreceiver

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// quarantine notes what the service does not show, to be tried again.
func (t *tenant) quarantine(q state.Quarantined, why error) {
	now := time.Now()
	at := slices.IndexFunc(t.state.Quarantine, func(o state.Quarantined) bool { return sameQuarantined(o, q) })
	if at >= 0 {
		if known := &t.state.Quarantine[at]; !now.Before(known.Next) {
			known.Attempts++
			known.Next = now.UTC().Add(polling.QuarantineWait(known.Attempts))
		}
		return
	}
	q.Since, q.Attempts = now.UTC(), 1+t.probing[q.Kind]
	q.Next = now.UTC().Add(polling.QuarantineWait(q.Attempts))
	if len(t.state.Quarantine) >= state.QuarantineMax {
		t.state.Quarantine = slices.Delete(t.state.Quarantine, 0, 1)
	}
	t.state.Quarantine = append(t.state.Quarantine, q)
	if q.Attempts > 1 {
		return
	}
	t.log.Warn("quarantined, tried again with back-off; everything else goes on",
		zap.String("list", string(q.Kind)), zap.String("id", q.ID),
		zap.Time("updated_from", q.Between.From), zap.Time("updated_to", q.Between.To), zap.Error(why))
}

// retryQuarantined tries again what is due: an incident by its id, an unlisted
// row by reading its span again.
func (t *tenant) retryQuarantined(ctx context.Context, until time.Time) error {
	for _, q := range slices.Clone(t.state.Quarantine) {
		now := time.Now()
		if now.Before(q.Next) {
			continue
		}
		if !now.Before(until) {
			return nil
		}
		if q.ID == "" {
			t.forget(q)
			t.probing[q.Kind] = q.Attempts
			if l := t.listOf(q.Kind); l != nil {
				l.drain.Owe(q.Between)
			}
			continue
		}
		if err := t.retryIncident(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

func (t *tenant) retryIncident(ctx context.Context, q state.Quarantined) error {
	_, err := t.getIncident(ctx, q.ID, window.Digest{})
	switch polling.Judge(ctx, err) {
	case polling.VerdictGood:
		t.log.Info("quarantined incident is readable again", zap.String("id", q.ID), zap.Int("attempts", q.Attempts))
		t.forget(q)
	case polling.VerdictGone:
		t.forget(q)
	case polling.VerdictHeavy, polling.VerdictRefused:
		t.quarantine(q, err)
	case polling.VerdictWait, polling.VerdictStop, polling.VerdictUnconsumed, polling.VerdictEnd:
		return err
	}
	return nil
}

func (t *tenant) forget(q state.Quarantined) {
	t.state.Quarantine = slices.DeleteFunc(t.state.Quarantine, func(o state.Quarantined) bool { return sameQuarantined(o, q) })
}

// hopped notes the rows that were passed over since the last page.
func (t *tenant) hopped(l *list) {
	for _, between := range l.drain.Hopped() {
		if between.To.IsZero() {
			between.To = time.Now().UTC().Truncate(time.Second).Add(time.Second)
		}
		t.quarantine(state.Quarantined{Kind: l.set, Between: between}, l.hopError)
	}
}

// sameQuarantined reports whether both stand for the same object; of unlisted
// rows only the time is known.
func sameQuarantined(a, b state.Quarantined) bool {
	if a.Kind != b.Kind || a.ID != b.ID {
		return false
	}
	return a.ID != "" || (a.Between.From.Before(b.Between.To) && b.Between.From.Before(a.Between.To))
}
