package sentinelreceiver

import (
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// hopped notes the spans of time that were passed over, to be tried again. What
// was passed over again after a retry waits the longer.
func (w *workspace) hopped(why error) {
	now := time.Now().UTC()
	for _, span := range w.incidents.walk.Hopped() {
		q := state.Quarantined{Kind: state.SetIncidents, Between: span, Since: now, Attempts: 1 + w.probing}
		q.Next = now.Add(polling.QuarantineWait(q.Attempts))
		if len(w.state.Quarantine) >= state.QuarantineMax {
			w.state.Quarantine = mergeEldest(w.state.Quarantine)
		}
		w.state.Quarantine = append(w.state.Quarantine, q)
		if q.Attempts > 1 {
			continue
		}
		w.log.Warn("an incident cannot be had and is quarantined, tried again with back-off; everything else goes on",
			zap.Time("updated_from", span.From), zap.Time("updated_to", span.To), zap.Error(why))
	}
}

// mergeEldest makes one of the two eldest spans, so that none is dropped.
func mergeEldest(all []state.Quarantined) []state.Quarantined {
	a, b := all[0], all[1]
	if b.Between.From.Before(a.Between.From) {
		a.Between.From = b.Between.From
	}
	if b.Between.To.After(a.Between.To) {
		a.Between.To = b.Between.To
	}
	a.Attempts, a.Next = max(a.Attempts, b.Attempts), b.Next
	return append([]state.Quarantined{a}, all[2:]...)
}

// retryQuarantined owes the first span that is due again, and reports whether
// there was one.
func (w *workspace) retryQuarantined() bool {
	now := time.Now()
	at := slices.IndexFunc(w.state.Quarantine, func(q state.Quarantined) bool { return !now.Before(q.Next) })
	if at < 0 {
		return false
	}
	q := w.state.Quarantine[at]
	w.state.Quarantine = slices.Delete(w.state.Quarantine, at, at+1)
	w.probing = q.Attempts
	w.incidents.walk.Owe(q.Between)
	return true
}

// spansOf are the spans in quarantine.
func spansOf(all []state.Quarantined) []window.Span {
	spans := make([]window.Span, 0, len(all))
	for _, q := range all {
		spans = append(spans, q.Between)
	}
	return spans
}
