package defenderreceiver

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/state"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

const (
	// getsMax is how often an incident is asked for with its alerts before it
	// is quarantined.
	getsMax = 3
	// brokenGetsMax is the same for answers that never come whole: half a
	// minute of back-off, which outlives a hiccup of the network.
	brokenGetsMax = 6
)

// held are new incidents of a page that was read without alerts: at most a page
// of 50, each without its alerts.
type held struct {
	logs      plog.Logs
	records   plog.LogRecordSlice
	incidents []heldIncident
}

type heldIncident struct {
	id               string
	key              window.Digest
	created, updated time.Time
}

func newHeld() *held {
	logs := plog.NewLogs()
	records := logs.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	return &held{logs: logs, records: records}
}

func (h *held) add(o *graph.Object, key window.Digest, origin record.Origin, asked time.Time) {
	o.AppendTo(h.records, origin, asked)
	h.incidents = append(h.incidents, heldIncident{o.ID, key, o.Created, o.LastUpdate})
}

// complete hands on held incidents, each with its alerts as a get shows them.
func (t *tenant) complete(ctx context.Context, h *held) error {
	for i, incident := range h.incidents {
		same, err := t.getIncident(ctx, incident.id, incident.key)
		switch polling.Judge(ctx, err) {
		case polling.VerdictGood:
		case polling.VerdictHeavy:
			t.quarantine(state.Quarantined{Kind: state.SetIncidents, ID: incident.id}, err)
			t.readAlertsApart(incident.created)
		case polling.VerdictGone, polling.VerdictRefused:
			// Merged away or not to be had singly: what the list said stands.
		case polling.VerdictWait, polling.VerdictStop, polling.VerdictUnconsumed, polling.VerdictEnd:
			return err
		}
		if !same {
			t.sink.Adopt(h.records.At(i), 0)
			t.sink.Mark(t.incidents.seen, incident.key, incident.updated)
		}
		if err := t.sink.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// getIncident asks for one incident with its alerts and puts what is new into
// the batch. same says that the revision named key was among it. An answer of
// 500 or one that breaks off is asked for again some times, since one incident
// must not hold up its tenant; an answer of 429 is waited for.
func (t *tenant) getIncident(ctx context.Context, id string, key window.Digest) (same bool, err error) {
	for failures := 0; ; {
		if err := t.turn(ctx); err != nil {
			return false, err
		}
		same, err = t.getOnce(ctx, id, key)
		switch polling.Judge(ctx, err) {
		case polling.VerdictHeavy:
			if failures++; failures >= getsMax {
				return false, err
			}
			t.pace.hold(time.Now(), t.pace.Wait(failures))
		case polling.VerdictWait:
			failures++
			if throttled := t.hold(ctx, err, failures); !throttled && failures >= brokenGetsMax {
				return false, &polling.UnreadableError{Err: err}
			}
			t.report(ctx)
		case polling.VerdictGood, polling.VerdictGone, polling.VerdictRefused, polling.VerdictStop, polling.VerdictUnconsumed, polling.VerdictEnd:
			return same, err
		}
	}
}

func (t *tenant) getOnce(ctx context.Context, id string, key window.Digest) (same bool, err error) {
	t.sink.asked = time.Now()
	answer, err := t.api.GetIncidentWithAlerts(ctx, id)
	if err != nil {
		t.telemetry.request(ctx, operationIncident, err)
		return false, err
	}
	defer answer.Body.Close()
	body := &countingReader{from: answer.Body}
	last := int64(0)
	err = unreadable(graph.ReadObject(body, graph.KindIncident, func(o *graph.Object) error {
		bytes := int(body.n - last)
		last = body.n
		if o.Kind == graph.KindAlert {
			t.takeAlert(ctx, o, bytes)
		} else if got := revisionKey(o); !t.sink.Known(t.incidents.seen, got) {
			same = got == key
			t.emitIncident(t.incidents, o, got, bytes)
		}
		if t.sink.Full() {
			return t.sink.Flush(ctx)
		}
		return nil
	}))
	t.telemetry.request(ctx, operationIncident, err)
	if flushed := t.sink.Flush(ctx); flushed != nil {
		return false, flushed
	}
	return same, err
}
