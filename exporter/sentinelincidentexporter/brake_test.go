package sentinelincidentexporter

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// closed counts the twins that are closed.
func (l *lab) closed() int {
	l.Helper()
	n := 0
	for _, twin := range l.twins(soc) {
		if twin.Properties.Status == "Closed" {
			n++
		}
	}
	return n
}

// openMany opens incidents 0 to n-1.
func (l *lab) openMany(n int) {
	l.Helper()
	for i := range n {
		l.open(fmt.Sprint(i), "")
	}
	time.Sleep(time.Minute)
	require.Len(l, l.twins(soc), n)
}

func (l *lab) editMany(n int, members string) {
	l.Helper()
	for i := range n {
		l.control("POST", fmt.Sprintf("/control/defender/incidents/%d", i), members)
		l.deliver(fmt.Sprint(i))
	}
}

func TestMoreClosingsThanMaxChangesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator+"max_changes: 5\n")
		l.openMany(20)
		l.editMany(20, `{"status":"resolved"}`)
		time.Sleep(time.Minute)
		require.Equal(t, 5, l.closed())
		require.Equal(t, 15, l.decision("status", ledger.ResultHeld))
		require.Equal(t, 15, l.holder.ledger.Backlog()[0].Sides[own].Held, "they are visible")
		l.edit("19", `{"displayName":"the rest goes on"}`)
		time.Sleep(5 * time.Minute)
		require.Equal(t, 10, l.closed(), "the next span")
		require.Equal(t, "the rest goes on", l.twin("19").Properties.Title)
		n, err := l.holder.ledger.Approve(context.Background(), "")
		require.NoError(t, err)
		require.Equal(t, 10, n)
		time.Sleep(time.Minute)
		require.Equal(t, 20, l.closed())
		require.Equal(t, 15, l.decision("status", ledger.ResultHeld), "each is told once")
		require.Zero(t, l.holder.ledger.Backlog()[0].Sides[own].Held)
	})
}

func TestOneClosingMayBeApproved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator+"max_changes: 1\n")
		l.openMany(4)
		l.editMany(4, `{"status":"resolved"}`)
		time.Sleep(time.Minute)
		require.Equal(t, 1, l.closed())
		for _, s := range l.holder.ledger.Summaries("", 10) {
			if s.Held {
				_, err := l.holder.ledger.Approve(context.Background(), s.ID)
				require.NoError(t, err)
				break
			}
		}
		time.Sleep(time.Minute)
		require.Equal(t, 2, l.closed())
	})
}

func TestAnIncidentReopenedMeanwhileIsNotHeldAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator+"max_changes: 1\n")
		l.openMany(2)
		l.editMany(2, `{"status":"resolved"}`)
		time.Sleep(time.Minute)
		l.editMany(2, `{"status":"active"}`)
		time.Sleep(time.Hour)
		require.Zero(t, l.closed())
		for _, b := range l.holder.ledger.Backlog() {
			require.Zero(t, b.Sides[own].Held)
		}
	})
}

func TestMergesAreClosingsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator+"max_changes: 1\n")
		l.openMany(4)
		l.merge("0", "1", "2", "3")
		time.Sleep(time.Minute)
		require.Equal(t, 1, l.closed())
		comments := 0
		for _, twin := range l.twins(soc) {
			comments += len(twin.Comments)
		}
		require.Equal(t, 1, comments, "what is held is not announced")
		time.Sleep(20 * time.Minute)
		require.Equal(t, 3, l.closed())
	})
}

func TestADryRunWritesNothingAndItsEndWritesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newStoppedLab(t, emulator.Settings{}, onEmulator)
		l.start()
		defer func() { l.stop() }()
		l.upload("1", "a1")
		l.open("1", "")
		synctest.Wait()
		l.stop()
		n := len(l.writes())
		l.config.DryRun = true
		time.Sleep(time.Second)
		l.start()
		l.open("1", `{"severity":"low","status":"resolved","comments":[{"comment":"c","createdByDisplayName":"Jane","createdDateTime":"2026-01-01T00:00:00Z"}]}`, "a1")
		l.open("2", "")
		time.Sleep(24 * time.Hour)
		require.Len(t, l.writes(), n)
		require.Equal(t, 1, l.decision("severity", ledger.ResultDryRun))
		require.Equal(t, 1, l.decision("status", ledger.ResultDryRun))
		require.Equal(t, 1, l.decision("incident", ledger.ResultDryRun))
		require.EqualValues(t, 1, l.metric("writes", "field=severity", "result=dry_run"))
		require.EqualValues(t, 1, l.metric("writes", "field=create", "result=dry_run"))
		l.stop()
		l.config.DryRun = false
		l.start()
		time.Sleep(time.Hour)
		require.Equal(t, []string{"Low", "Closed"}, []string{l.twin("1").Properties.Severity, l.twin("1").Properties.Status})
		require.Len(t, l.twin("1").Comments, 1)
		require.Len(t, l.twin("1").Relations, 1)
		l.twin("2")
	})
}
