package defenderreceiver

import (
	"context"
	"encoding/binary"
	"io"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graphapi"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// Operations, as they stand in metrics.
const (
	operationIncidents = "list_incidents"
	operationAlerts    = "list_alerts"
	operationIncident  = "get_incident"
)

// list is one of a tenant's collections being read.
type list struct {
	set       state.Set
	kind      graph.Kind
	operation string
	drain     *window.Drain
	ladder    polling.Ladder[rung]
	// seen are the revisions of kind.
	seen *window.Seen
	// resync reads open incidents only and marks their records.
	resync bool
	// failures in a row, and until when the list is left alone.
	failures int
	until    time.Time
	// news says that the last page brought something.
	news bool
	// unsaved counts pages since the last save, hops the rows passed over one
	// after the other.
	unsaved, hops int
	// hopError is why a row was passed over last.
	hopError error
}

// pageReader turns one answer into records and rows.
type pageReader struct {
	tenant *tenant
	list   *list
	ctx    context.Context //nolint:containedctx // lives as long as one call of read
	body   *countingReader
	rows   []window.Row
	// held are the new incidents of a page whose alerts are asked for one by
	// one; nil where they are handed on at once.
	held *held
	last int64
}

// read asks for one page and hands on what is new in it. What was whole is
// handed on even if the answer breaks off.
func (t *tenant) read(ctx context.Context, l *list, ask window.Ask) (window.Page, error) {
	if ask.Count {
		return t.count(ctx, l, ask)
	}
	r := l.ladder.Now()
	answer, err := t.list(ctx, l, graphapi.Query{
		From: ask.Updated.From, To: ask.Updated.To,
		CreatedFrom: ask.Created.From, CreatedTo: ask.Created.To,
		Top: r.top, Skip: ask.Skip, ExpandAlerts: r.expand, OpenOnly: l.resync,
	})
	if err != nil {
		return window.Page{}, err
	}
	defer answer.Body.Close()
	p := pageReader{tenant: t, list: l, ctx: ctx, body: &countingReader{from: answer.Body}}
	if r.each {
		p.held = newHeld()
	}
	page, err := graph.ReadPage(p.body, l.kind, p.visit)
	err = unreadable(err)
	if flushed := t.sink.Flush(ctx); flushed != nil {
		return window.Page{}, flushed
	}
	t.telemetry.request(ctx, l.operation, err)
	if err != nil {
		return window.Page{}, err
	}
	if p.held != nil {
		if err := t.complete(ctx, p.held); err != nil {
			return window.Page{}, err
		}
	}
	t.telemetry.page(ctx, l.operation)
	return window.Page{
		Rows: p.rows, Top: r.top, Served: answer.Date, Count: -1,
		More: page.NextLink != "" || answer.Warning != "",
	}, nil
}

// count asks how many rows lie in a window.
func (t *tenant) count(ctx context.Context, l *list, ask window.Ask) (window.Page, error) {
	answer, err := t.list(ctx, l, graphapi.Query{
		From: ask.Updated.From, To: ask.Updated.To, Top: 1, Count: true, OpenOnly: l.resync,
	})
	if err != nil {
		return window.Page{}, err
	}
	defer answer.Body.Close()
	page, err := graph.ReadPage(answer.Body, l.kind, func(*graph.Object) error { return nil })
	err = unreadable(err)
	t.telemetry.request(ctx, l.operation, err)
	return window.Page{Top: 1, Count: page.Count}, err
}

// list sends the request; a failure is counted here, a success when the body
// was read.
func (t *tenant) list(ctx context.Context, l *list, q graphapi.Query) (*graphapi.Page, error) {
	ask := t.api.ListIncidents
	if l.kind == graph.KindAlert {
		ask = t.api.ListAlerts
	}
	t.sink.asked = time.Now()
	answer, err := ask(ctx, q)
	if err != nil {
		t.telemetry.request(ctx, l.operation, err)
	}
	return answer, err
}

// visit takes one object of the page.
func (p *pageReader) visit(o *graph.Object) error {
	bytes := p.body.n - p.last
	p.last = p.body.n
	if o.Kind == graph.KindAlert {
		isNew := p.tenant.takeAlert(p.ctx, o, int(bytes))
		if p.list.kind == graph.KindAlert {
			p.rows = append(p.rows, window.Row{Key: revisionKey(o), Updated: o.LastUpdate, New: isNew})
		}
	} else {
		p.takeIncident(o, int(bytes))
	}
	if p.tenant.sink.Full() {
		return p.tenant.sink.Flush(p.ctx)
	}
	return nil
}

func (p *pageReader) takeIncident(o *graph.Object, bytes int) {
	t, key := p.tenant, revisionKey(o)
	isNew := !t.sink.Known(p.list.seen, key)
	p.rows = append(p.rows, window.Row{Key: key, Updated: o.LastUpdate, New: isNew})
	switch {
	case !isNew:
		t.telemetry.duplicate(p.ctx, o.Kind.String())
	case p.held != nil:
		p.held.add(o, key, t.sink.origin, t.sink.asked)
	default:
		t.emitIncident(p.list, o, key, bytes)
	}
}

// emitIncident puts an unseen incident into the batch.
func (t *tenant) emitIncident(l *list, o *graph.Object, key window.Digest, bytes int) {
	r := t.sink.add(o, bytes)
	if l.resync {
		r.Attributes().PutBool(record.DefenderResync, true)
	}
	if o.AlertsNextLink != "" {
		// The service did not show all alerts with their incident.
		t.readAlertsApart(o.Created)
	}
	t.sink.Mark(l.seen, key, o.LastUpdate)
}

// takeAlert puts an alert into the batch unless its content was seen before,
// and reports whether it was new.
func (t *tenant) takeAlert(ctx context.Context, o *graph.Object, bytes int) bool {
	seen, key := t.seen[state.SetAlerts], contentKey(o)
	if t.sink.Known(seen, key) {
		seen.Refresh(key, o.LastUpdate)
		t.telemetry.duplicate(ctx, o.Kind.String())
		return false
	}
	t.sink.add(o, bytes)
	t.sink.Mark(seen, key, o.LastUpdate)
	return true
}

// revisionKey names a revision of an incident, and a row of either list.
func revisionKey(o *graph.Object) window.Digest {
	updated := binary.BigEndian.AppendUint64(nil, uint64(o.LastUpdate.UnixNano()))
	return window.NewDigest([]byte(o.ID), updated, o.Hash[:])
}

// contentKey names the content of an alert, which comes again unchanged with
// each revision of its incident.
func contentKey(o *graph.Object) window.Digest {
	return window.NewDigest([]byte("alert"), []byte(o.ID), o.Hash[:])
}

// countingReader counts what was read through it.
type countingReader struct {
	from io.Reader
	n    int64
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.n += int64(n)
	return n, err
}
