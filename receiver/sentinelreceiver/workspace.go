package sentinelreceiver

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinelapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// workspace is one workspace being polled, by one goroutine.
type workspace struct {
	config    *Config
	label     string
	api       *sentinelapi.Client
	store     *state.Store
	origin    sentinel.Origin
	sink      *polling.Sink
	requests  *budget.Budget
	backoff   polling.Backoff
	health    *polling.Health
	telemetry workspaceTelemetry
	log       *zap.Logger

	state     state.Position
	seen      *window.Seen
	incidents *list
	resync    []*list // what is left of one that is under way
	comments  comments
	// probing is the attempts at the quarantined span that is being read again.
	probing int
	// trouble, saving and refusing are what was said last, so that it is said
	// once: why the workspace cannot be read, why the state cannot be saved,
	// and that the next component refuses. So are narrowed and misled: that
	// the overlap is shorter than asked for, and that a link led elsewhere.
	trouble          string
	saving, refusing bool
	narrowed, misled bool
	// completed is when all was last read to the end.
	completed time.Time
}

// run polls until ctx ends. A tick that comes while a poll is under way is
// skipped.
func (w *workspace) run(ctx context.Context, after time.Duration) {
	if !polling.Pause(ctx, after) || !w.load(ctx) {
		return
	}
	defer w.saveLast(ctx)
	defer w.comeBack()
	w.completed = time.Now()
	tick := time.Now()
	for {
		tick = tick.Add(w.config.PollInterval)
		w.poll(ctx, tick)
		if late := time.Since(tick); late > 0 {
			tick = tick.Add(late.Truncate(w.config.PollInterval))
		}
		if !w.rest(ctx, tick) {
			return
		}
	}
}

// poll reads what is new, then what is owed.
func (w *workspace) poll(ctx context.Context, tick time.Time) {
	defer w.report(ctx)
	w.open(time.Now())
	if !w.drain(ctx, tick) {
		return
	}
	if w.incidents.until.IsZero() {
		w.completed = time.Now()
	}
	w.limitSeen()
	w.seen.Prune(w.incidents.walk.Cursor().PassFrom(w.config.Overlap))
	owed := w.retryQuarantined()
	if owed && !w.drain(ctx, tick) {
		return
	}
	w.probing = 0
	w.resyncSome(ctx, tick)
	w.save(ctx)
}

// open begins to look for what is new.
func (w *workspace) open(now time.Time) {
	w.incidents.walk.Avoid(spansOf(w.state.Quarantine))
	w.incidents.walk.Poll(now)
	w.comments.until = now.Add(commentsWait)
}

// drain works off what is owed. false ends the poll: the next component refuses,
// or the receiver is shut down.
func (w *workspace) drain(ctx context.Context, tick time.Time) bool {
	for {
		did, ok := w.page(ctx, w.incidents)
		if !ok || !did {
			return ok
		}
		if now := time.Now(); !now.Before(tick) {
			w.open(now)
			tick = now.Add(w.config.PollInterval)
			w.report(ctx)
		}
	}
}

// page makes one request of a list. did is false if there is nothing to do; ok
// is false if the poll must end.
func (w *workspace) page(ctx context.Context, l *list) (did, ok bool) {
	if time.Now().Before(l.until) {
		return false, true
	}
	leg, owed := l.walk.Next()
	if !owed {
		return false, true
	}
	if w.turn(ctx) != nil {
		return false, false
	}
	p, err := w.read(ctx, l, leg)
	return true, w.settle(ctx, l, leg, p, err)
}

// settle draws the consequence of one answer; false ends the poll.
func (w *workspace) settle(ctx context.Context, l *list, leg window.Leg, p window.LegPage, err error) bool {
	v := polling.Judge(ctx, err)
	if leg.Link != "" && (v == polling.VerdictRefused || leadsElsewhere(err)) {
		w.unlinked(err)
		l.walk.Refused()
		return true
	}
	switch v {
	case polling.VerdictGood:
		w.accept(ctx, l, leg, p)
	case polling.VerdictHeavy:
		w.stepDown(ctx, l, leg, err)
	case polling.VerdictWait:
		w.waitOut(ctx, l, err)
	case polling.VerdictRefused, polling.VerdictStop, polling.VerdictGone:
		l.failures++
		l.until = time.Now().Add(w.backoff.Wait(l.failures))
		w.troubled(ctx, l, err)
	case polling.VerdictUnconsumed:
		w.unconsumed(err)
		return false
	case polling.VerdictEnd:
		return false
	}
	return true
}

// accept moves the cursor past a page all of which was taken.
func (w *workspace) accept(ctx context.Context, l *list, leg window.Leg, p window.LegPage) {
	news := slices.ContainsFunc(p.Rows, func(r window.Row) bool { return r.New })
	l.walk.Page(p, time.Now())
	if !leg.Single {
		l.ladder.Succeeded()
	}
	l.failures, l.until = 0, time.Time{}
	w.hopped(l.heavy)
	w.refusing = false
	if w.seen.Overfull() {
		w.limitSeen()
	}
	if l.unsaved++; news || l.unsaved >= unsavedMax {
		l.unsaved = 0
		w.save(ctx)
	}
	w.well(ctx)
}

// stepDown asks for less; a single row that cannot be had is looked for and
// passed over.
func (w *workspace) stepDown(ctx context.Context, l *list, leg window.Leg, err error) {
	l.failures++
	w.log.Debug("page cannot be had, asking for less", zap.Error(err))
	l.heavy = err
	unwell := w.ease(l, leg)
	w.hopped(err)
	if unwell || l.failures >= failuresTold {
		w.troubled(ctx, l, err)
	}
}

// ease asks for less the next time, after a short wait: what helps is asking for
// less. Where nothing can be had it is the service that is unwell, and waiting
// does help.
func (w *workspace) ease(l *list, leg window.Leg) (unwell bool) {
	if leg.Single || l.ladder.Failed() {
		unwell = l.walk.Heavy(time.Now())
	}
	waits := min(l.failures, heavyBackoffs)
	if unwell {
		waits = l.failures
	}
	w.requests.Hold(time.Now().Add(w.backoff.Wait(waits)))
	return unwell
}

const (
	// heavyBackoffs keeps the way down the ladder short.
	heavyBackoffs = 2
	// unsavedMax is how many pages without news go unsaved.
	unsavedMax = 20
	// failuresTold is after how many failures in a row a workspace is in
	// trouble, and not only unlucky: more than a walk down the ladder takes.
	failuresTold = 12
	// tornMax is after how many broken answers a page counts as too heavy.
	tornMax = 3
	// waitsTold is failuresTold for answers that never came.
	waitsTold = 3
	// throttleTold is from which wait on being throttled is worth a word:
	// ordinary throttling asks for less.
	throttleTold = 5 * time.Minute
)

// waitOut waits for what heals by itself. A page that breaks off again and
// again may be too large for the line.
func (w *workspace) waitOut(ctx context.Context, l *list, err error) {
	l.failures++
	if w.hold(ctx, err, l.failures) {
		if azure.RetryAfterOf(err) >= throttleTold {
			w.troubled(ctx, l, err)
		}
		w.report(ctx)
		return
	}
	if l.failures%tornMax == 0 && !l.ladder.Last() {
		l.ladder.Failed()
	}
	if l.failures >= waitsTold {
		w.troubled(ctx, l, err)
	}
}

// hold keeps the workspace's requests back after an error, and reports whether it
// was throttling.
func (w *workspace) hold(ctx context.Context, err error, failures int) (throttled bool) {
	wait := w.backoff.WaitAfter(err, failures)
	w.requests.Hold(time.Now().Add(wait))
	if azure.ClassOf(err) != azure.ClassThrottled {
		return false
	}
	w.telemetry.waited(ctx, operationList, wait)
	return true
}

// turn waits until the workspace's next request may be sent.
func (w *workspace) turn(ctx context.Context) error {
	if !polling.Pause(ctx, time.Until(w.requests.At(time.Now()))) {
		return ctx.Err()
	}
	return nil
}
