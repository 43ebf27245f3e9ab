package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// look is when a side is read although nothing asks for it (rule R12): a record
// that was lost on the way would keep the sides apart for ever.
type look struct {
	// never is true while there is nothing to read, a write is not answered, and
	// for good once the incident was merged away.
	never bool
	// last is when the side was last read, not when the writer may work again.
	last, not time.Time
}

// look is what the queue knows of it.
func (e *Entry) look(side incident.Side) look {
	o := e.Sides[side]
	return look{never: !o.Known || o.Gone || e.Intent != nil || e.Redirect != nil, last: o.ReadAt, not: e.Pause[side].Until}
}

func (l look) need(every time.Duration, severity int) Need {
	at := l.last.Add(every)
	if at.Before(l.not) {
		at = l.not
	}
	return Need{Kind: KindLook, At: at, Severity: severity}
}

// Reread lets the writer of a lane read each open incident that was not read for
// a time, as [KindLook]; 0 ends that.
func (l *Ledger) Reread(of Lane, every time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.lane(of)
	lane.looks = every
	for id, it := range l.open {
		if laneOf(of.Side, it.link, it.workspace) == of {
			lane.enter(id, it, of.Side)
		}
	}
}

// Claim reserves a lane for one writer until release is called. It returns
// false if another one has it.
func (l *Ledger) Claim(of Lane) (release func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.claimed[of] {
		return nil, false
	}
	l.claimed[of] = true
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.claimed, of)
	}, true
}

// shelved reports whether something of a side was not written because of a dry
// run.
func (e *Entry) shelved(side incident.Side) bool {
	return e.Comments.Parked[side] == string(ResultDryRun) || slices.ContainsFunc(e.Parks, func(p Park) bool { return p.dry(side) })
}

func (p Park) dry(side incident.Side) bool { return p.Side == side && p.Reason == string(ResultDryRun) }

// Unshelve lets a lane's writer do what a dry run has only planned. It reports
// how many open entries that concerns.
func (l *Ledger) Unshelve(ctx context.Context, of Lane) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []ID
	for _, id := range slices.Sorted(maps.Keys(l.open)) {
		if it := l.open[id]; it.shelved[of.Side] && laneOf(of.Side, it.link, it.workspace) == of {
			ids = append(ids, id)
		}
	}
	batch, err := l.load(ctx, ids...)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range ids {
		e := batch.entry(id)
		if e == nil {
			continue
		}
		e.Parks = slices.DeleteFunc(e.Parks, func(p Park) bool { return p.dry(of.Side) })
		if e.Comments.Parked[of.Side] == string(ResultDryRun) {
			e.Comments.Parked[of.Side] = ""
		}
		batch.changed(id)
		n++
	}
	return n, batch.save(ctx)
}

// WaitingAlerts lists the alerts of a tenant that a lane's writer may look for
// now, those of the most urgent incidents first, at most limit. It changes
// nothing.
func (l *Ledger) WaitingAlerts(ctx context.Context, of Lane, tenantID string, limit int) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.lane(of)
	lane.ripen(KindRelation, l.settings.Now())
	var due []candidate
	for _, s := range lane.due[KindRelation].slots {
		if s.item.link.TenantID == tenantID {
			due = append(due, s.candidate)
		}
	}
	slices.SortFunc(due, candidate.compare)
	due = due[:min(len(due), limit)] // each has one at least
	ids := make([]ID, 0, len(due))
	for _, c := range due {
		ids = append(ids, c.id)
	}
	batch, err := l.load(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var alerts []string
	for _, id := range ids {
		if e := batch.entry(id); e != nil && len(alerts) < limit {
			alerts = append(alerts, e.Alerts.Waiting...)
		}
	}
	return alerts[:min(len(alerts), limit)], nil
}

// compare orders work: by kind, severity, age, and id so that it is the same in
// every run.
func (c candidate) compare(o candidate) int {
	return cmp.Or(
		cmp.Compare(c.need.Kind, o.need.Kind),
		-cmp.Compare(c.need.Severity, o.need.Severity),
		c.since.Compare(o.since),
		cmp.Compare(c.id, o.id),
	)
}
