package ledger_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

// settings are what the tests of the storage half judge entries by.
func settings() ledger.Settings {
	return ledger.Settings{Policy: reconcile.DefaultPolicy(), SettleTime: 2 * time.Minute}
}

// open opens a ledger over a storage, or errs.
func open(client storage.Client, more ...func(*ledger.OpenSettings)) (*ledger.Ledger, error) {
	s := ledger.OpenSettings{Client: client, Settings: settings()}
	for _, change := range more {
		change(&s)
	}
	return ledger.Open(context.Background(), s)
}

// told keeps what a ledger says was unusable.
func told(into *[]error) func(*ledger.OpenSettings) {
	return func(s *ledger.OpenSettings) { s.OnUnusable = func(err error) { *into = append(*into, err) } }
}

func mustOpen(t *testing.T, client storage.Client, more ...func(*ledger.OpenSettings)) *ledger.Ledger {
	t.Helper()
	l, err := open(client, more...)
	require.NoError(t, err)
	return l
}

// news is what a poll of Defender brings of an incident now.
func news(id string, status incident.Value) ledger.News {
	now := time.Now()
	return ledger.News{
		Side: incident.SideDefender, Link: link(id), Workspace: workspace, Snapshot: snapshotOf(status, "high", now), Began: now, Admit: true,
	}
}

func idOf(id string) ledger.ID { return ledger.IDOf(link(id), workspace) }

// twins is Sentinel: what it holds by name.
type twins map[string]incident.Snapshot

// drain does what is due on Sentinel's side, as its writer would.
func (s twins) drain(ctx context.Context, l *ledger.Ledger) error {
	for {
		work, _ := l.Next(lane, ledger.AllKinds)
		if work == nil {
			return nil
		}
		err := s.work(ctx, l, work)
		work.Done()
		if err != nil {
			return err
		}
	}
}

func (s twins) work(ctx context.Context, l *ledger.Ledger, work *ledger.Work) error {
	name, now := work.Link().SentinelName(), time.Now()
	var plan ledger.Plan
	err := work.Update(ctx, func(e *ledger.Entry) {
		for _, alert := range slices.Clone(e.Alerts.Waiting) {
			if work.Kind() == ledger.KindRelation {
				e.AlertRelated(alert, now)
			}
		}
		if held, there := s[name]; there {
			e.Read(incident.SideSentinel, held, e.Begin(now))
		} else {
			e.Missing(incident.SideSentinel, e.Begin(now))
		}
		plan = e.Plan(incident.SideSentinel, l.Settings())
		if len(plan.Writes) == 0 {
			e.Settle(plan, now)
			return
		}
		e.Intend(incident.SideSentinel, plan, now)
	})
	if err != nil || len(plan.Writes) == 0 {
		return err
	}
	after := s[name]
	for _, w := range plan.Writes {
		after.Values[w.Field] = w.Asked
	}
	after.Revision = now
	s[name] = after
	return work.Update(ctx, func(e *ledger.Entry) { e.Answered(after, now, l.Settings()) })
}

// deed is something that is acknowledged by its nil error.
type deed struct {
	name string
	do   func(context.Context, *ledger.Ledger, twins) error
	// holds is what an acknowledged step leaves behind for good.
	holds func(*testing.T, *ledger.Ledger)
}

// life is two incidents that are made, closed, reopened and closed again.
func life() []deed {
	observe := func(name string, all ...ledger.News) deed {
		return deed{
			name: name,
			do:   func(ctx context.Context, l *ledger.Ledger, _ twins) error { return l.Observe(ctx, all...) },
			holds: func(t *testing.T, l *ledger.Ledger) {
				for _, n := range all {
					e, err := l.Find(t.Context(), ledger.IDOf(n.Link, n.Workspace))
					require.NoError(t, err)
					require.NotNil(t, e, "%s: incident %s is forgotten", name, n.Link.IncidentID)
					require.False(t, e.Sides[0].Revision.Before(n.Snapshot.Revision), "%s: news of incident %s are forgotten", name, n.Link.IncidentID)
				}
			},
		}
	}
	write := func(name string) deed {
		return deed{name: name, do: func(ctx context.Context, l *ledger.Ledger, s twins) error { return s.drain(ctx, l) }}
	}
	at := func(after time.Duration, n ledger.News) ledger.News {
		n.Snapshot.Revision = n.Snapshot.Revision.Add(after)
		n.Began = n.Snapshot.Revision
		return n
	}
	return []deed{
		observe("both are new", news("1", "active"), news("2", "resolved")),
		write("twins are made"),
		observe("the first is closed", at(time.Second, news("1", "resolved"))),
		write("its twin is closed"),
		observe("both are reopened", at(2*time.Second, news("1", "active")), at(2*time.Second, news("2", "inProgress"))),
		write("their twins are reopened"),
		{name: "a claim is refused", do: func(ctx context.Context, l *ledger.Ledger, _ twins) error {
			return l.Refuse(ctx, workspace, "forged", link("1"), "the name is not derived")
		}},
		observe("both are closed", at(3*time.Second, news("1", "resolved")), at(3*time.Second, news("2", "resolved"))),
		write("their twins are closed"),
	}
}

// state is what a ledger and Sentinel hold, without times.
func state(t *testing.T, l *ledger.Ledger, s twins) string {
	t.Helper()
	text := fmt.Sprintln(l.Open(), "open")
	for _, id := range []string{"1", "2"} {
		e, err := l.Find(t.Context(), idOf(id))
		require.NoError(t, err)
		require.NotNil(t, e)
		text += fmt.Sprintln(id, e.Sides[0].Values[0], e.Sides[1].Values[0], *e.Base[0], *e.Base[3], !e.ClosedAt.IsZero(), e.Intent == nil)
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		text += fmt.Sprintln(name, s[name].Values)
	}
	return text
}
