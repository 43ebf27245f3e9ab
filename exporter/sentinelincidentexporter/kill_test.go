package sentinelincidentexporter

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// mortal is a disk that a process dies on: at its n-th write, before or after
// that is done.
type mortal struct {
	*collectortest.Disk
	writes, at int
	after      bool
	die        func()
}

// Batch implements storage.Client.
func (m *mortal) Batch(ctx context.Context, ops ...*storage.Operation) error {
	writes := false
	for _, op := range ops {
		writes = writes || op.Type != storage.Get
	}
	if !writes {
		return m.Disk.Batch(ctx, ops...)
	}
	m.writes++
	if m.writes == m.at && !m.after {
		m.die()
	}
	err := m.Disk.Batch(ctx, ops...)
	if m.writes == m.at && m.after {
		m.die()
	}
	return err
}

// Set implements storage.Client.
func (m *mortal) Set(ctx context.Context, key string, value []byte) error {
	return m.Batch(ctx, storage.SetOperation(key, value))
}

// die loses every later write and request.
func (l *lab) die() {
	l.disk.Freeze()
	l.wire.intercept(func(*http.Request, http.RoundTripper) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
}

// survives plays a life during which the process dies, and requires that the
// next process makes up for it.
func survives(t *testing.T, l *lab) {
	t.Helper()
	l.startExporter()
	l.put("1", "", "a1", "a2")
	tell := func() { _ = l.running.ConsumeLogs(context.Background(), l.records(contoso, "contoso", "1")) } // a dead process takes nothing
	tell()
	time.Sleep(time.Minute)
	for _, edit := range []string{
		`{"severity":"low","comments":[{"comment":"look at the host"}]}`, `{"assignedTo":"joe@contoso.com"}`,
		`{"status":"resolved","classification":"falsePositive","determination":"notMalicious","comment":"it was a test"}`,
	} {
		l.control(http.MethodPost, "/control/defender/incidents/1", edit)
		tell()
		time.Sleep(time.Minute)
	}
	l.stop()
	l.wire.intercept(nil)
	l.disk.Thaw()
	l.storage = nil
	l.start()
	defer l.stop()
	tell() // what was not acknowledged comes again
	time.Sleep(2 * time.Hour)
	lived(t, l)
	require.Zero(t, l.decision("incident", ledger.ResultParked))
	n := len(l.emulator.Writes(0))
	time.Sleep(24 * time.Hour)
	require.Len(t, l.emulator.Writes(0), n)
}

// TestAKillAtAnyRequest ends the process with each request of a life, before or
// after it is carried out.
func TestAKillAtAnyRequest(t *testing.T) {
	for at, died := 1, true; died; at++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d %v", at, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newStoppedLab(t, emulator.Settings{}, onEmulator)
					l.upload("1", "a1", "a2")
					time.Sleep(6 * time.Minute)
					l.openLedger()
					n := 0
					died = false
					l.wire.intercept(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
						if n++; n < at {
							return next.RoundTrip(r)
						}
						died = true
						if after {
							if resp, err := next.RoundTrip(r); err == nil {
								_ = resp.Body.Close()
							}
						}
						l.die()
						return nil, io.ErrUnexpectedEOF
					})
					survives(t, l)
				})
			})
		}
	}
}

// TestAKillAtAnySave ends the process with each save of a life, before or after
// it is done.
func TestAKillAtAnySave(t *testing.T) {
	for at, died := 1, true; died; at++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d %v", at, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newStoppedLab(t, emulator.Settings{}, onEmulator)
					l.upload("1", "a1", "a2")
					time.Sleep(6 * time.Minute)
					m := &mortal{Disk: l.disk, after: after, die: func() {}}
					l.storage = m
					l.openLedger()
					died = false
					m.at, m.die = m.writes+at, func() {
						died = true
						l.die()
					}
					survives(t, l)
				})
			})
		}
	}
}
