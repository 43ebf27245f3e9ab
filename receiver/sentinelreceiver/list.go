package sentinelreceiver

import (
	"context"
	"errors"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinelapi"
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
	// failures in a row, and until when the list is left alone.
	failures int
	until    time.Time
	// unsaved counts pages since the last save.
	unsaved int
}

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
	rows := make([]window.Row, 0, len(page.Incidents))
	for i := range page.Incidents {
		row, err := w.take(ctx, l, &page.Incidents[i], asked)
		if err != nil {
			return window.LegPage{}, err
		}
		rows = append(rows, row)
	}
	if err := w.sink.Flush(ctx); err != nil {
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
	return w.api.ListIncidents(ctx, sentinelapi.Query{From: leg.From, Top: top})
}

// take puts an incident into the batch unless its revision was seen before.
func (w *workspace) take(ctx context.Context, l *list, i *sentinel.Incident, asked time.Time) (window.Row, error) {
	key := revisionKey(i)
	row := window.Row{Key: key, Updated: i.Updated, New: !w.sink.Known(l.seen, key)}
	switch {
	case !row.New:
		w.telemetry.duplicate(ctx)
		return row, nil
	case w.config.Scope == scopeAll || i.MayBeLinked(w.origin.Cloud):
		i.AppendTo(w.sink.Records(), w.origin, asked, nil)
		w.sink.Count(record.EventSentinelIncident, 0)
	}
	w.sink.Mark(l.seen, key, i.Updated)
	if w.sink.Full() {
		return row, w.sink.Flush(ctx)
	}
	return row, nil
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
