package defenderreceiver

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graphapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// tenant is one tenant being polled, by one goroutine.
type tenant struct {
	config    *Config
	label     string
	api       *graphapi.Client
	store     *state.Store
	sink      *sink
	pace      pace
	health    *polling.Health
	telemetry tenantTelemetry
	log       *zap.Logger

	state     state.Position
	seen      map[state.Set]*window.Seen
	incidents *list
	alerts    *list // nil while alerts come with their incidents, or not at all
	resync    *list // nil while none is under way
	// probing is the attempts of the quarantined row that is being read again.
	probing map[state.Set]int
	// trouble, saving and refusing are what was said last, so that it is said
	// once: why the tenant cannot be read, why the state cannot be saved, and
	// that the next component refuses.
	trouble          string
	saving, refusing bool
	narrowed         bool
	// completed is when all was last read to the end.
	completed time.Time
}

// run polls until ctx ends. A tick that comes while a poll is under way is
// skipped.
func (t *tenant) run(ctx context.Context, after time.Duration) {
	if !polling.Pause(ctx, after) || !t.load(ctx) {
		return
	}
	defer t.saveLast(ctx)
	t.completed = time.Now()
	tick := time.Now()
	for {
		tick = tick.Add(t.config.PollInterval)
		t.poll(ctx, tick)
		if late := time.Since(tick); late > 0 {
			tick = tick.Add(late.Truncate(t.config.PollInterval))
		}
		if !polling.Pause(ctx, time.Until(tick)) {
			return
		}
	}
}

// poll reads all lists to their end, the present before the past.
func (t *tenant) poll(ctx context.Context, tick time.Time) {
	for _, l := range t.lists() {
		l.drain.Poll()
	}
	if !t.drain(ctx, tick) {
		return
	}
	if t.incidents.until.IsZero() && (t.alerts == nil || t.alerts.until.IsZero()) {
		t.completed = time.Now()
	}
	t.limitSeen()
	t.incidents.seen.Prune(t.incidents.drain.Cursor().PassFrom(t.config.Overlap))
	clear(t.probing)
	if t.retryQuarantined(ctx, tick) != nil || !t.drain(ctx, tick) {
		return
	}
	t.resyncSome(ctx, tick)
	t.save(ctx)
	t.report(ctx)
}

// peekEvery is after how many pages of a backlog the present is looked at: one
// request in a hundred is what that may cost.
const peekEvery = 100

// drain works off what is owed, a page of each list in turn. false ends the
// poll: the next component refuses, or the receiver is shut down.
func (t *tenant) drain(ctx context.Context, tick time.Time) bool {
	for pages := 1; ; pages++ {
		worked := false
		for _, l := range t.lists() {
			did, ok := t.page(ctx, l)
			if !ok {
				t.report(ctx)
				return false
			}
			worked = worked || did
		}
		if !worked {
			return true
		}
		if time.Now().Before(tick) || (pages < peekEvery && t.news()) {
			continue
		}
		for _, l := range t.lists() {
			l.drain.Peek()
		}
		pages, tick = 0, time.Now().Add(t.config.PollInterval)
		t.report(ctx)
	}
}

// news reports whether the last page of any list brought something.
func (t *tenant) news() bool {
	return slices.ContainsFunc(t.lists(), func(l *list) bool { return l.news })
}

// page makes one request of a list. did is false if there is nothing to do; ok
// is false if the poll must end.
func (t *tenant) page(ctx context.Context, l *list) (did, ok bool) {
	if time.Now().Before(l.until) {
		return false, true
	}
	ask, owed := l.drain.Next()
	if !owed {
		return false, true
	}
	if t.turn(ctx) != nil {
		return false, false
	}
	p, err := t.read(ctx, l, ask)
	return true, t.settle(ctx, l, ask, p, err)
}

// settle draws the consequence of one answer; false ends the poll.
func (t *tenant) settle(ctx context.Context, l *list, ask window.Ask, p window.Page, err error) bool {
	v := polling.Judge(ctx, err)
	switch {
	case v == polling.VerdictHeavy && ask.Count:
		v = polling.VerdictRefused // a count is good to have, no more
	case v == polling.VerdictRefused && ask.Skip == 0 && !ask.Count:
		v = polling.VerdictStop
	}
	switch v {
	case polling.VerdictGood:
		t.accept(ctx, l, p)
	case polling.VerdictRefused:
		l.drain.Refused()
	case polling.VerdictHeavy:
		t.stepDown(ctx, l, err)
	case polling.VerdictWait:
		t.waitOut(ctx, l, err)
	case polling.VerdictStop, polling.VerdictGone:
		l.failures++
		l.until = time.Now().Add(t.pace.Wait(l.failures))
		t.troubled(ctx, l, err)
	case polling.VerdictUnconsumed:
		t.unconsumed(err)
		return false
	case polling.VerdictEnd:
		return false
	}
	return true
}

// accept moves the cursor past a page all of which was taken.
func (t *tenant) accept(ctx context.Context, l *list, p window.Page) {
	l.news = slices.ContainsFunc(p.Rows, func(r window.Row) bool { return r.New })
	l.drain.Page(p, time.Now())
	l.ladder.Succeeded()
	l.failures, l.hops, l.until = 0, 0, time.Time{}
	t.hopped(l)
	t.refusing = false
	if t.incidents.seen.Overfull() || t.seen[state.SetAlerts].Overfull() {
		t.limitSeen()
	}
	if l.unsaved++; l.news || l.unsaved >= unsavedMax {
		l.unsaved = 0
		t.save(ctx)
	}
	t.well(ctx)
}

// stepDown asks for less; where a single row cannot be had, it is passed over.
func (t *tenant) stepDown(ctx context.Context, l *list, err error) {
	l.failures++
	t.log.Debug("page cannot be had, asking for less", zap.String("list", string(l.set)), zap.Error(err))
	// What helps is asking for less, so the waits on the way down are short.
	// Where one row after the other cannot be had, it is the service that is
	// unwell, and waiting does help.
	waits := min(l.failures, heavyBackoffs)
	if l.ladder.Failed() {
		l.hopError = err
		l.hops++
		l.drain.Hop()
	}
	if l.hops > 1 {
		waits = l.hops
	}
	t.pace.hold(time.Now(), t.pace.Wait(waits))
	if l.failures >= failuresTold {
		t.troubled(ctx, l, err)
	}
}

const (
	// heavyBackoffs keeps the way down the ladder short.
	heavyBackoffs = 2
	// unsavedMax is how many pages without news go unsaved.
	unsavedMax = 20
	// failuresTold is after how many failures in a row a tenant is in
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
func (t *tenant) waitOut(ctx context.Context, l *list, err error) {
	l.failures++
	if throttled := t.hold(ctx, err, l.failures); throttled {
		if azure.RetryAfterOf(err) >= throttleTold {
			t.troubled(ctx, l, err)
		}
		t.report(ctx)
		return
	}
	if l.failures%tornMax == 0 && !l.ladder.Last() {
		l.ladder.Failed()
	}
	if l.failures >= waitsTold {
		t.troubled(ctx, l, err)
	}
}

// lists are the tenant's lists that carry a cursor.
func (t *tenant) lists() []*list {
	if t.alerts == nil {
		return []*list{t.incidents}
	}
	return []*list{t.incidents, t.alerts}
}

func (t *tenant) listOf(set state.Set) *list {
	if set == state.SetAlerts {
		return t.alerts
	}
	return t.incidents
}

// turn waits for the tenant's next slot.
func (t *tenant) turn(ctx context.Context) error {
	if !polling.Pause(ctx, t.pace.turn(time.Now())) {
		return ctx.Err()
	}
	return nil
}
