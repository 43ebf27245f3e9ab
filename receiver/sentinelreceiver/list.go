package sentinelreceiver

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinelapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// Operations, as they stand in metrics.
const (
	operationList     = "list_incidents"
	operationComments = "list_comments"
	operationIncident = "get_incident"
)

// list is the workspace's incidents being read.
type list struct {
	walk *window.Walk
	// ladder holds how many rows to ask for.
	ladder polling.Ladder[int]
	seen   *window.Seen
	// status asks for incidents of that status only; resync marks the records.
	status string
	resync bool
	// failures in a row, and until when the list is left alone.
	failures int
	until    time.Time
	// unsaved counts pages since the last save.
	unsaved int
	// heavy is why a page could not be had last.
	heavy error
}

// held is an incident whose comments have to be read.
type held struct {
	incident sentinel.Incident
	asked    time.Time
	list     *list
	// fresh says that it changed just now.
	fresh bool
}

// freshFor is how long a change is fresh.
const freshFor = 10 * time.Minute

// newList reads pages far below the 1000 that the service allows, so that one
// cut short costs little.
func newList(walk *window.Walk, seen *window.Seen) *list {
	return &list{walk: walk, seen: seen, ladder: polling.NewLadder(500, 50, 5, 1)}
}

// read asks for one page and hands on what is new in it.
func (w *workspace) read(ctx context.Context, l *list, leg window.Leg) (window.LegPage, error) {
	asked := time.Now()
	answer, err := w.list(ctx, l, leg)
	w.requests.Use(time.Now())
	if err != nil {
		w.telemetry.request(ctx, operationList, err)
		return window.LegPage{}, err
	}
	page, err := sentinel.ReadPage(answer.Body)
	w.telemetry.request(ctx, operationList, err)
	if err != nil {
		return window.LegPage{}, &polling.UnreadableError{Err: err}
	}
	now := answer.Date
	if now.IsZero() {
		now = asked
	}
	rows := make([]window.Row, 0, len(page.Incidents))
	var waiting []held
	for _, i := range page.Incidents {
		h := held{incident: i, asked: asked, list: l, fresh: now.Sub(i.Updated) < freshFor}
		row, waits := w.take(ctx, h, waiting)
		rows = append(rows, row)
		if waits {
			waiting = append(waiting, h)
		}
		if err := w.flushFull(ctx); err != nil {
			return window.LegPage{}, err
		}
	}
	if err := w.sink.Flush(ctx); err != nil {
		return window.LegPage{}, err
	}
	if err := w.emitHeld(ctx, waiting); err != nil {
		return window.LegPage{}, err
	}
	w.telemetry.page(ctx, operationList)
	return window.LegPage{Rows: rows, Link: page.NextLink, Served: answer.Date}, nil
}

func (w *workspace) list(ctx context.Context, l *list, leg window.Leg) (sentinelapi.Answer, error) {
	if leg.Link != "" {
		return w.api.NextIncidents(ctx, leg.Link)
	}
	top := l.ladder.Now()
	if leg.Single {
		top = 1
	}
	return w.api.ListIncidents(ctx, sentinelapi.Query{From: leg.From, Status: l.status, Top: top})
}

// take puts an incident into the batch unless its revision was seen before, or
// its comments have to be read first.
func (w *workspace) take(ctx context.Context, h held, waiting []held) (row window.Row, waits bool) {
	i := &h.incident
	key := revisionKey(i)
	known := w.sink.Known(h.list.seen, key) ||
		slices.ContainsFunc(waiting, func(o held) bool { return revisionKey(&o.incident) == key })
	row = window.Row{Key: key, Updated: i.Updated, New: !known}
	switch {
	case known:
		w.telemetry.duplicate(ctx)
	case w.config.Scope == scopeLinked && !i.MayBeLinked(w.origin.Cloud):
		w.sink.Mark(h.list.seen, key, i.Updated)
	case h.list.resync:
		w.emit(h, nil)
	default:
		switch wants(w.comments.known.Of(i.Name), i.CommentCount) {
		case wantNone:
			w.emit(h, nil)
		case wantEmpty:
			w.emit(h, [][]byte{})
			w.remember(i.Name, state.Commented{Updated: i.Updated})
		case wantRead:
			return row, true
		}
	}
	return row, false
}

// emit puts an incident into the batch; comments are nil if they were not read.
func (w *workspace) emit(h held, comments [][]byte) {
	r := h.incident.AppendTo(w.sink.Records(), w.origin, h.asked, comments)
	bytes := h.incident.Bytes()
	for _, c := range comments {
		bytes += len(c)
	}
	w.sink.Count(record.EventSentinelIncident, bytes)
	if h.list.resync {
		r.Attributes().PutBool(record.DefenderResync, true)
	}
	w.sink.Mark(h.list.seen, revisionKey(&h.incident), h.incident.Updated)
}

// flushFull hands a full batch on.
func (w *workspace) flushFull(ctx context.Context) error {
	if !w.sink.Full() {
		return nil
	}
	return w.sink.Flush(ctx)
}

// revisionKey names a revision: the etag moves with each.
func revisionKey(i *sentinel.Incident) window.Digest {
	revision := i.Revision()
	return window.NewDigest([]byte(i.Name), revision[:])
}

// leadsElsewhere reports a nextLink that names another place.
func leadsElsewhere(err error) bool {
	var e *azure.Error
	return errors.As(err, &e) && e.Reason == azure.ReasonForeignHost && e.Status == 0
}
