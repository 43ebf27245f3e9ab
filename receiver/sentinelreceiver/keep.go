package sentinelreceiver

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// passEvery is how often the overlap is read again: what came late may wait
// that long. What is new is asked for with every poll.
const passEvery = 15 * time.Second

// passShare is how many parts of the budget there are of which the overlap may
// take one.
const passShare = 4

// passPace is how long a page of the overlap has to last, so that a storm in it
// leaves the budget to the present.
func passPace(requestsPerMinute int) time.Duration {
	if requestsPerMinute == 0 {
		return time.Second
	}
	return passShare * time.Minute / time.Duration(requestsPerMinute)
}

// load takes up where the workspace was left, waiting for a storage that does
// not answer. false if ctx ended first.
func (w *workspace) load(ctx context.Context) bool {
	for failures := 1; ; failures++ {
		found, err := w.store.Load(ctx)
		if err == nil && found.Found {
			err = w.loadComments(ctx)
		}
		if err == nil {
			w.restore(found)
			return true
		}
		if failures == 1 {
			w.log.Warn("storage does not answer, tried again with back-off; nothing is polled until it does", zap.Error(err))
		}
		if !polling.Pause(ctx, w.backoff.Wait(failures)) {
			return false
		}
	}
}

// loadComments takes up what is known of comments.
func (w *workspace) loadComments(ctx context.Context) error {
	known, forgotten, err := w.store.LoadComments(ctx, w.config.SeenIncidents)
	if forgotten > 0 {
		w.log.Warn("part of what is known of comments is unreadable; comments of some incidents are read once more",
			zap.Int("shards", forgotten))
	}
	w.comments.known = known
	return err
}

func (w *workspace) restore(found state.Loaded) {
	now := time.Now()
	if found.SetAside != nil {
		w.log.Warn("stored state set aside; collection resumes from the lookback",
			zap.Error(found.SetAside), zap.Duration("initial_lookback", w.config.InitialLookback))
	}
	if found.Forgotten > 0 {
		w.log.Warn("part of the seen-set is unreadable; some records will come again under the same uid",
			zap.Int("chunks", found.Forgotten))
	}
	w.state = found.Position
	if !found.Found {
		w.state.Incidents = window.Start(now, w.config.InitialLookback)
		w.state.Resynced = now.UTC()
		w.comments.known = state.NewComments(w.config.SeenIncidents)
	}
	w.seen = window.NewSeen(w.config.SeenIncidents, found.Chunks[state.SetIncidents])
	w.incidents = newList(window.NewWalk(w.state.Incidents, window.WalkSettings{
		Overlap: w.config.Overlap, Every: passEvery, PerPage: passPace(w.config.RequestsPerMinute),
	}), w.seen)
}

// lastSaveMax bounds the save at shutdown.
const lastSaveMax = 5 * time.Second

// saveLast keeps what was handed on since the last save when the loop ends.
func (w *workspace) saveLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSaveMax)
	defer cancel()
	w.save(ctx)
}

// save keeps where the workspace stands. Without success it goes on: what is
// lost by a crash until it succeeds is read again.
func (w *workspace) save(ctx context.Context) {
	w.state.Incidents = w.incidents.walk.Cursor()
	err := w.store.SaveWith(ctx, w.state, map[state.Set]*window.Seen{state.SetIncidents: w.seen}, w.comments.known)
	switch {
	case err != nil && !w.saving && ctx.Err() == nil:
		w.saving = true
		w.log.Warn("state cannot be saved; a restart would read again what was read since", zap.Error(err))
	case err == nil && w.saving:
		w.saving = false
		w.log.Info("state is saved again")
	}
}

// limitSeen keeps the seen-set within its bounds. What a full set forgets is not
// read again: the overlap becomes shorter.
func (w *workspace) limitSeen() {
	walk := w.incidents.walk
	forgotten := w.seen.Shrink()
	if forgotten.IsZero() {
		return
	}
	narrows := !forgotten.Before(walk.Cursor().PassFrom(w.config.Overlap))
	walk.RaiseFloor(forgotten)
	if narrows && !w.narrowed {
		w.narrowed = true
		w.log.Warn(`"seen_incidents" is too small for "overlap": the overlap is shorter until fewer incidents change`,
			zap.Int("seen_incidents", w.config.SeenIncidents), zap.Time("overlap_begins", forgotten))
	}
}
