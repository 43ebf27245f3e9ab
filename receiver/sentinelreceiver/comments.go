package sentinelreceiver

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/budget"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
)

const (
	// commentsWait is how long the incidents of one poll may wait for their
	// comments all together: a change has to be known within a second of it.
	commentsWait = 500 * time.Millisecond
	// reserved of shares of the budget is kept for incidents that change now;
	// what is owed from before does with the rest.
	reserved, shares = 1, 2
)

// commentsBudget is what the workspaces of one subscription share.
type commentsBudget struct {
	*budget.Shared
	limit int
}

func newCommentsBudget(limit int) *commentsBudget {
	return &commentsBudget{budget.NewShared(limit, 5*time.Minute), limit}
}

// spare reports whether there is more left than is reserved.
func (b *commentsBudget) spare(now time.Time) bool {
	left := b.Left(now)
	return left < 0 || left > b.limit*reserved/shares
}

// comments are the comments of the workspace's incidents.
type comments struct {
	budget *commentsBudget
	known  *state.Comments
	// now reads for the poll under way, until that time; errands read what is
	// owed beside the polls.
	now     reader
	until   time.Time
	errands errands
	// lost says that it was said that some were given up, trouble why the last
	// ones cannot be read.
	lost    bool
	trouble string
}

// wanted is what to do about the comments of a revision.
type wanted int

const (
	// wantNone: they are as they were when they were last handed on.
	wantNone wanted = iota
	// wantEmpty: there are none any more.
	wantEmpty
	// wantRead: they have to be read.
	wantRead
)

// wants decides it by their number; below zero it is not known.
func wants(known state.Commented, count int) wanted {
	switch {
	case count < 0 || count == known.Count && !known.Owed:
		return wantNone
	case count == 0:
		return wantEmpty
	}
	return wantRead
}

// fetch reads the comments that a revision counts. ok is false where they cannot
// be had now, or do not yet show all that it counts.
func (w *workspace) fetch(ctx context.Context, i *sentinel.Incident) (all [][]byte, ok bool) {
	all, err := w.comments.now.comments(ctx, i.Name, i.CommentCount)
	if err != nil {
		w.log.Debug("comments cannot be read now", zap.Error(err))
		return nil, false
	}
	if isShort(all, i) {
		return nil, false
	}
	return all, true
}

// isShort reports fewer comments than the incident counts.
func isShort(all [][]byte, i *sentinel.Incident) bool {
	return len(all) < min(i.CommentCount, sentinel.CommentsMax)
}

// emitHeld emits the incidents of a page whose comments have to be read, with
// them as far as that takes no time, else without: those follow.
func (w *workspace) emitHeld(ctx context.Context, held []held) error {
	for _, h := range held {
		all, ok := [][]byte(nil), false
		if now := time.Now(); now.Before(w.comments.until) && (h.fresh || w.comments.budget.spare(now)) {
			limited, cancel := context.WithDeadline(ctx, w.comments.until)
			all, ok = w.fetch(limited, &h.incident)
			cancel()
		}
		w.emit(h, all)
		w.remember(h.incident.Name, state.Commented{Count: h.incident.CommentCount, Owed: !ok, Updated: h.incident.Updated})
		if err := w.flushFull(ctx); err != nil {
			return err
		}
	}
	return w.sink.Flush(ctx)
}

// remember keeps what is known of an incident's comments once its record is
// taken.
func (w *workspace) remember(name string, k state.Commented) {
	w.sink.Then(func() {
		if w.comments.known.Set(name, k) == 0 || w.comments.lost {
			return
		}
		w.comments.lost = true
		w.log.Warn(`more incidents are owed their comments than "seen_incidents": some get them with their next change`,
			zap.Int("seen_incidents", w.config.SeenIncidents))
	})
}
