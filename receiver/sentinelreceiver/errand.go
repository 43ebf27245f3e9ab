package sentinelreceiver

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
)

// attemptsMax is how often comments that the incident counts and the list does
// not show are asked for.
const attemptsMax = 5

// errands are incidents with the comments they are owed, read one by one beside
// the polls, which wait for none of them. Only the loop of polls emits.
type errands struct {
	reader reader
	// back brings what the one under way has found; nil while there is none.
	back chan found
	// attempts at the incidents that are owed comments, and when the next is.
	attempts map[string]attempt
}

type attempt struct {
	failures int
	next     time.Time
}

// found is what an errand brings back.
type found struct {
	name     string
	asked    time.Time
	incident sentinel.Incident
	gone     bool
	comments [][]byte
	err      error
}

// run reads an incident as it is now, and its comments.
func (e *errands) run(ctx context.Context, name string) (f found) {
	f = found{name: name, asked: time.Now()}
	if f.incident, f.gone, f.err = e.reader.incident(ctx, name); f.err == nil && f.incident.CommentCount != 0 {
		f.comments, f.err = e.reader.comments(ctx, name, f.incident.CommentCount)
	}
	return f
}

// sendOut begins the next errand that is due, unless one is under way.
func (w *workspace) sendOut(ctx context.Context) {
	e, now := &w.comments.errands, time.Now()
	if e.back != nil || w.refusing || w.comments.known.Owing() == 0 || !w.comments.budget.spare(now) || !w.requests.Open(now) {
		return
	}
	for _, name := range w.comments.known.Owed() {
		if now.Before(e.attempts[name].next) {
			continue
		}
		back := make(chan found, 1)
		e.back = back
		w.requests.Use(now)
		go func() { back <- e.run(ctx, name) }()
		return
	}
}

// rest waits for the next tick and takes what errands bring back meanwhile;
// false if ctx ended first.
func (w *workspace) rest(ctx context.Context, tick time.Time) bool {
	timer := time.NewTimer(max(0, time.Until(tick)))
	defer timer.Stop()
	for {
		w.sendOut(ctx)
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return ctx.Err() == nil
		case f := <-w.comments.errands.back:
			w.comments.errands.back = nil
			w.takeBack(ctx, f)
		}
	}
}

// comeBack waits for the errand under way, which ends with its context.
func (w *workspace) comeBack() {
	if back := w.comments.errands.back; back != nil {
		<-back
	}
}

// takeBack emits what an errand has found, or has it tried again later.
func (w *workspace) takeBack(ctx context.Context, f found) {
	known, tried := w.comments.known.Of(f.name), w.comments.errands.attempts[f.name]
	stale := f.incident.Updated.Before(known.Updated)
	short := isShort(f.comments, &f.incident) && tried.failures < attemptsMax
	switch {
	case ctx.Err() != nil || !known.Owed:
		return
	case f.gone, f.err == nil && f.incident.CommentCount == 0 && !stale:
		// The list tells whatever else became of it.
		w.comments.known.Set(f.name, state.Commented{})
		delete(w.comments.errands.attempts, f.name)
	case f.err != nil || stale || short:
		w.putOff(f, tried)
		return
	default:
		w.emit(held{incident: f.incident, asked: f.asked, list: w.incidents}, f.comments)
		w.remember(f.name, state.Commented{Count: max(f.incident.CommentCount, 0), Updated: f.incident.Updated})
		if err := w.sink.Flush(ctx); err != nil {
			w.unconsumed(err)
			return
		}
		delete(w.comments.errands.attempts, f.name)
		w.commented()
	}
	w.save(ctx)
}

// putOff tries an incident again later, and as soon as may be for want of budget.
func (w *workspace) putOff(f found, tried attempt) {
	if errors.Is(f.err, errNoBudget) {
		return
	}
	tried.failures++
	tried.next = time.Now().Add(w.backoff.WaitAfter(f.err, tried.failures))
	w.comments.errands.attempts[f.name] = tried
	if f.err != nil && tried.failures >= attemptsMax {
		w.uncommented(f.err)
	}
}

func newErrands(r reader) errands {
	r.backoff = polling.NewBackoff("errands of " + r.telemetry.workspace.Value.AsString())
	return errands{reader: r, attempts: map[string]attempt{}}
}
