package polling

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/window"
)

// tally remembers what it was told.
type tally struct {
	emitted           map[string]int
	refused, rejected int
}

func (t *tally) Emitted(_ context.Context, event string, n int) { t.emitted[event] += n }
func (t *tally) Refused(_ context.Context, n int)               { t.refused += n }
func (t *tally) Rejected(_ context.Context, n int)              { t.rejected += n }

func newTestSink(t *testing.T) (*Sink, *collectortest.Consumed, *tally) {
	t.Helper()
	set := receivertest.NewNopSettings(component.MustNewType("test"))
	obs, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{ReceiverID: set.ID, ReceiverCreateSettings: set})
	require.NoError(t, err)
	next, counts := collectortest.NewConsumed(), &tally{emitted: map[string]int{}}
	return NewSink(SinkSettings{
		Next: next, Obs: obs, Format: "test", Tally: counts, Log: zap.NewNop(),
		Prepare: func(resource plog.ResourceLogs, scope plog.ScopeLogs) {
			resource.Resource().Attributes().PutStr("microsoft.tenant.id", "t")
			scope.Scope().SetName("scope")
		},
	}), next, counts
}

func put(s *Sink, seen *window.Seen, n int) window.Digest {
	key := window.NewDigest([]byte(fmt.Sprint(n)))
	s.Records().AppendEmpty().Attributes().PutStr("log.record.uid", fmt.Sprint(n))
	s.Count("event", 10)
	s.Mark(seen, key, time.Unix(int64(n), 0))
	return key
}

func TestARevisionCountsAsSeenOnceItsBatchWasTaken(t *testing.T) {
	refusal := errors.New("not now")
	for name, tt := range map[string]struct {
		answer             error
		seen, called       bool
		refused, rejected  int
		emitted, delivered int
	}{
		"taken":            {seen: true, called: true, emitted: 1, delivered: 1},
		"refused":          {answer: refusal, refused: 1},
		"refused for good": {answer: consumererror.NewPermanent(refusal), seen: true, called: true, rejected: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, next, counts := newTestSink(t)
			seen := window.NewSeen(0, nil)
			next.Decide = func(context.Context, plog.Logs) error { return tt.answer }
			called := false
			key := put(s, seen, 1)
			s.Then(func() { called = true })
			require.True(t, s.Known(seen, key), "it waits in the batch")
			require.False(t, seen.Has(key))
			err := s.Flush(t.Context())
			if tt.refused > 0 {
				require.Equal(t, VerdictUnconsumed, Judge(t.Context(), err))
				require.ErrorIs(t, err, refusal)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, tt.seen, seen.Has(key))
			require.Equal(t, tt.seen, s.Known(seen, key))
			require.Equal(t, tt.called, called)
			require.Equal(t, &tally{map[string]int{}, tt.refused, tt.rejected}, &tally{map[string]int{}, counts.refused, counts.rejected})
			require.Equal(t, tt.emitted, counts.emitted["event"])
			require.Equal(t, tt.delivered, next.Count())

			next.Decide = nil
			require.NoError(t, s.Flush(t.Context()), "what was refused is not kept")
			require.Equal(t, tt.delivered, next.Count())
		})
	}
}

func TestABatchIsFullByRecordsOrByBytes(t *testing.T) {
	s, next, _ := newTestSink(t)
	seen := window.NewSeen(0, nil)
	for n := range batchRecords {
		require.False(t, s.Full())
		put(s, seen, n)
	}
	require.True(t, s.Full())
	require.NoError(t, s.Flush(t.Context()))
	require.False(t, s.Full())
	s.Count("event", batchBytes)
	require.True(t, s.Full())
	require.Equal(t, batchRecords, next.Count())
	next.OnlyOnce(t)
	require.Equal(t, map[string]any{"microsoft.tenant.id": "t"}, next.Resource("t"))
}

func TestARecordBuiltElsewhereIsAdopted(t *testing.T) {
	s, next, counts := newTestSink(t)
	r := plog.NewLogRecord()
	r.SetEventName("elsewhere")
	s.Adopt(r, 7)
	require.NoError(t, s.Flush(t.Context()))
	require.Equal(t, "elsewhere", next.After(0)[0].EventName())
	require.Equal(t, 1, counts.emitted["elsewhere"])
}

func TestMarksWithoutRecordsCountToo(t *testing.T) {
	s, next, _ := newTestSink(t)
	seen := window.NewSeen(0, nil)
	key := window.NewDigest([]byte("left out"))
	s.Mark(seen, key, time.Time{})
	require.NoError(t, s.Flush(t.Context()))
	require.True(t, seen.Has(key))
	require.Zero(t, next.Count())
}

func TestHealthTurnsWhenAllPartsFailAndBack(t *testing.T) {
	host := &collectortest.Host{}
	h := NewHealth(host, "workspace", 2)
	h.Set("a", errors.New("forbidden"))
	h.Set("a", errors.New("forbidden"))
	require.Equal(t, componentstatus.StatusNone, host.Status(), "one is well")
	h.Set("b", errors.New("gone"))
	require.Equal(t, componentstatus.StatusRecoverableError, host.Status())
	require.EqualError(t, host.StatusError(), "no workspace can be read, the last one: gone")
	h.Set("a", nil)
	require.Equal(t, componentstatus.StatusOK, host.Status())
}

func TestAPauseEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	require.True(t, Pause(ctx, 0))
	require.True(t, Pause(ctx, time.Nanosecond))
	cancel()
	require.False(t, Pause(ctx, time.Hour))
	require.False(t, Pause(ctx, 0))
}
