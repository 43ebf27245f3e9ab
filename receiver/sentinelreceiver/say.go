package sentinelreceiver

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
)

// troubled says once why the workspace cannot be read and what to do about it.
func (w *workspace) troubled(ctx context.Context, _ *list, err error) {
	w.telemetry.alive(ctx, false)
	w.health.Set(w.label, err)
	said := polling.KindOf(err)
	if said == w.trouble {
		return
	}
	w.trouble = said
	w.log.Warn("workspace cannot be read, tried again with back-off", zap.Error(err), zap.String("remedy", azure.Remedy(err)))
}

// well takes the trouble back.
func (w *workspace) well(ctx context.Context) {
	w.telemetry.alive(ctx, true)
	w.health.Set(w.label, nil)
	if w.trouble != "" {
		w.log.Info("workspace is read again")
	}
	w.trouble = ""
}

// unconsumed says once that the next component refuses records. They are read
// again with the next poll, and the cursor stays where it is.
func (w *workspace) unconsumed(err error) {
	if w.refusing {
		return
	}
	w.refusing = true
	w.log.Warn("the next component refuses records; they are read again until it takes them", zap.Error(err))
}

// unlinked says once that a page's link was not followed.
func (w *workspace) unlinked(err error) {
	if w.misled {
		return
	}
	w.misled = true
	w.log.Warn("a link from one page to the next leads nowhere; what lies behind it is asked for again with every poll",
		zap.Error(err), zap.String("remedy", azure.Remedy(err)))
}

// uncommented says once why comments cannot be read and what to do about it.
func (w *workspace) uncommented(err error) {
	said := polling.KindOf(err)
	if said == w.comments.trouble {
		return
	}
	w.comments.trouble = said
	w.log.Warn("comments cannot be read, tried again with back-off; their incidents were emitted without them",
		zap.Error(err), zap.String("remedy", azure.Remedy(err)))
}

// commented takes that back.
func (w *workspace) commented() {
	if w.comments.trouble != "" {
		w.log.Info("comments are read again")
	}
	w.comments.trouble = ""
}

// warnOfPace says that polls will wait for the limit of requests.
func warnOfPace(log *zap.Logger, c *Config) {
	if needs := int(time.Minute/c.PollInterval) + requestsBeside; c.RequestsPerMinute > 0 && c.RequestsPerMinute < needs {
		log.Warn(`"requests_per_minute" is too small for "poll_interval": polls will wait for it`,
			zap.Int("requests_per_minute", c.RequestsPerMinute), zap.Int("needed", needs))
	}
}

// requestsBeside is what the overlap and a look behind the end of the list take
// in a minute, beside the polls.
const requestsBeside = 2 * int(time.Minute/passEvery)

// report sets the gauges.
func (w *workspace) report(ctx context.Context) {
	c := w.incidents.walk.Cursor()
	owed := time.Duration(0)
	if n := len(c.Gaps); n > 0 {
		owed = max(0, c.Head.Sub(c.Gaps[n-1].Updated.From))
	}
	w.telemetry.window.Record(ctx, owed.Seconds(), w.telemetry.with())
	w.telemetry.commentsOwed.Record(ctx, int64(w.comments.known.Owing()), w.telemetry.with())
	w.telemetry.quarantined.Record(ctx, int64(len(w.state.Quarantine)), w.telemetry.with())
	w.telemetry.lag.Record(ctx, time.Since(w.completed).Seconds(), w.telemetry.with())
}
