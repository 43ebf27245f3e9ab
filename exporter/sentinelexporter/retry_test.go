package sentinelexporter

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/storagetest"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
)

// These tests run the exporter as the collector does, with exporterhelper's
// queue and retry, through hours of virtual time.

// inBubble runs a test with an exporter of its own clock.
func inBubble(t *testing.T, yaml string, decide func(request) answer, test func(*testing.T, *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, yaml, decide)
		test(t, r)
		r.stop(t)
	})
}

// to returns the requests for a stream.
func (f *fakeAzure) to(stream string) []request {
	var seen []request
	for _, q := range f.all() {
		if q.stream == stream {
			seen = append(seen, q)
		}
	}
	return seen
}

func TestRetryResendsOnlyWhatFailed(t *testing.T) {
	failures := 3
	inBubble(t, everyStream, func(q request) answer {
		if q.stream == "Custom-DefenderEntity" && failures > 0 {
			failures--
			return answer{status: http.StatusBadGateway}
		}
		return answer{}
	}, func(t *testing.T, r *rig) {
		b := newBatch()
		b.incident("i")
		b.alert("a")
		b.other("o")
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		time.Sleep(time.Hour)
		require.Len(t, r.azure.to("Custom-DefenderEntity"), 4)
		for _, once := range []string{"Custom-DefenderIncident", "Custom-DefenderAlert", "Microsoft-OTelLogs"} {
			require.Len(t, r.azure.to(once), 1, once)
		}
		require.Len(t, r.azure.accepted("Custom-DefenderEntity"), 2)
	})
}

func TestRetryAfterIsObeyedByEveryPush(t *testing.T) {
	throttled := false
	inBubble(t, everyStream, func(q request) answer {
		if q.rule == dcr1 && !throttled {
			throttled = true
			return answer{status: http.StatusTooManyRequests, code: "TooManyRequests", retryAfter: "7200"}
		}
		return answer{}
	}, func(t *testing.T, r *rig) {
		begin := time.Now()
		send := func(uid string) {
			b := newBatch()
			b.incident(uid)
			b.alert(uid)
			b.other(uid)
			require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		}
		send("first")
		time.Sleep(time.Minute)
		send("second")
		time.Sleep(24 * time.Hour)
		require.Len(t, r.azure.accepted("Microsoft-OTelLogs"), 2, "another rule is not throttled")
		require.Len(t, r.azure.accepted("Custom-DefenderIncident"), 2)
		require.Len(t, r.azure.accepted("Custom-DefenderEntity"), 4)
		for i, q := range r.azure.all() {
			if q.rule == dcr1 && i > 0 {
				require.GreaterOrEqual(t, q.at.Sub(begin), 2*time.Hour, "%s came too early", q.stream)
				require.Less(t, q.at.Sub(begin), 2*time.Hour+time.Minute, "%s waited longer than it was asked to", q.stream)
			}
			if q.rule == dcr2 {
				require.LessOrEqual(t, q.at.Sub(begin), time.Minute, "%s waited for another rule", q.stream)
			}
		}
	})
}

func TestLongWaitDoesNotHoldUpAShortOne(t *testing.T) {
	failed := map[string]bool{}
	inBubble(t, everyStream, func(q request) answer {
		if failed[q.stream] {
			return answer{}
		}
		failed[q.stream] = true
		if q.stream == "Custom-DefenderIncident" {
			return answer{status: http.StatusTooManyRequests, retryAfter: "36000"}
		}
		return answer{status: http.StatusInternalServerError}
	}, func(t *testing.T, r *rig) {
		b := newBatch()
		b.incident("i")
		b.other("o")
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		time.Sleep(time.Minute)
		require.Len(t, r.azure.accepted("Microsoft-OTelLogs"), 1)
		time.Sleep(10 * time.Hour)
		require.Len(t, r.azure.accepted("Custom-DefenderIncident"), 1)
	})
}

func TestThrottledWithoutRetryAfter(t *testing.T) {
	count := 0
	inBubble(t, everyStream, func(request) answer {
		if count++; count <= 5 {
			return answer{status: http.StatusTooManyRequests}
		}
		return answer{}
	}, func(t *testing.T, r *rig) {
		b := newBatch()
		b.other("o")
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		time.Sleep(time.Hour)
		seen := r.azure.all()
		require.Len(t, seen, 6)
		for i := range seen[1:] {
			require.GreaterOrEqual(t, seen[i+1].at.Sub(seen[i].at), throttledPause)
		}
	})
}

func TestMisconfiguredStreamIsGivenUpAfterThirtyMinutes(t *testing.T) {
	for _, c := range []struct {
		name string
		answer
	}{
		{"unknown stream", answer{status: http.StatusBadRequest, code: "InvalidStream"}},
		{"no access", answer{status: http.StatusForbidden, code: "OperationFailed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			inBubble(t, everyStream+`dead_letter: {directory: "`+dir+`"}`, func(q request) answer {
				if q.stream == "Custom-Audit" {
					return c.answer
				}
				return answer{}
			}, func(t *testing.T, r *rig) {
				b := newBatch()
				b.audit("x")
				b.other("o")
				require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
				time.Sleep(29 * time.Minute)
				require.Zero(t, r.count(t, "dead_letter_records"))
				require.Len(t, r.azure.accepted("Microsoft-OTelLogs"), 1)
				time.Sleep(2 * time.Minute)
				require.Equal(t, int64(1), r.count(t, "dead_letter_records", attribute.String("reason", "misconfigured")))
				tries := r.azure.to("Custom-Audit")
				require.Len(t, tries, 31, "once a minute")
				require.Len(t, r.host.told(), 1)
				require.Contains(t, r.host.told()[0], "StatusRecoverableError: rows of Custom-Audit are not taken by "+dcr2)

				b = newBatch()
				b.audit("later")
				require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
				synctest.Wait()
				require.Equal(t, int64(2), r.count(t, "dead_letter_records", attribute.String("reason", "misconfigured")), "it is believed now")
			})
		})
	}
}

func TestMisconfiguredStreamThatHeals(t *testing.T) {
	var begin time.Time
	inBubble(t, everyStream, func(q request) answer {
		if since := q.at.Sub(begin); since < 20*time.Minute || since > 30*time.Minute && since < 55*time.Minute {
			return answer{status: http.StatusForbidden, code: "OperationFailed"}
		}
		return answer{}
	}, func(t *testing.T, r *rig) {
		begin = time.Now()
		b := newBatch()
		b.incident("i")
		b.other("o")
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		time.Sleep(19 * time.Minute)
		require.Len(t, r.host.told(), 2, "one sentence for each stream, not one for each try")
		time.Sleep(10 * time.Minute)
		require.Len(t, r.azure.accepted("Custom-DefenderIncident"), 1)
		require.Len(t, r.azure.accepted("Microsoft-OTelLogs"), 1)
		require.Zero(t, r.count(t, "lost_records"))
		require.Equal(t, "StatusOK", r.host.told()[2])
		require.Len(t, r.host.told(), 3)

		time.Sleep(5 * time.Minute)
		b = newBatch()
		b.other("in the second trouble")
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		time.Sleep(time.Hour)
		require.Len(t, r.azure.accepted("Microsoft-OTelLogs"), 2, "a success between begins the thirty minutes anew")
		require.Len(t, r.host.told(), 5)
	})
}

// TestPortalIsNotAzure: what a captive portal or proxy says never costs rows.
func TestPortalIsNotAzure(t *testing.T) {
	var begin time.Time
	inBubble(t, everyStream, func(q request) answer {
		if q.at.Sub(begin) < 5*time.Hour {
			return answer{status: http.StatusForbidden}
		}
		return answer{}
	}, func(t *testing.T, r *rig) {
		begin = time.Now()
		b := newBatch()
		b.other("o")
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		time.Sleep(6 * time.Hour)
		require.Len(t, r.azure.accepted("Microsoft-OTelLogs"), 1)
		require.Zero(t, r.count(t, "lost_records"))
	})
}

func TestOutageOfADayLosesNothing(t *testing.T) {
	var begin time.Time
	inBubble(t, everyStream, func(q request) answer {
		if q.at.Sub(begin) < 24*time.Hour {
			return answer{status: http.StatusInternalServerError}
		}
		return answer{}
	}, func(t *testing.T, r *rig) {
		begin = time.Now()
		for _, uid := range []string{"1", "2", "3"} {
			b := newBatch()
			b.incident(uid)
			require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		}
		time.Sleep(25 * time.Hour)
		require.ElementsMatch(t, []string{"1", "2", "3"}, uids(r.azure.accepted("Custom-DefenderIncident")))
	})
}

// TestSlowAzureIsCutOffByTimeout: what a timed out attempt had sent is not sent
// again, so each attempt gets further.
func TestSlowAzureIsCutOffByTimeout(t *testing.T) {
	inBubble(t, everyStream+"timeout: 25s", func(request) answer {
		time.Sleep(10 * time.Second)
		return answer{}
	}, func(t *testing.T, r *rig) {
		b := newBatch()
		b.incident("i")
		b.alert("a")
		b.other("o")
		b.audit("x")
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		time.Sleep(10 * time.Minute)
		for _, stream := range []string{"Custom-DefenderIncident", "Custom-DefenderAlert", "Custom-DefenderEntity", "Microsoft-OTelLogs", "Custom-Audit"} {
			require.NotEmpty(t, r.azure.accepted(stream), stream)
		}
		require.Len(t, r.azure.accepted("Custom-DefenderIncident"), 1)
	})
}

func TestShutdownObeysItsDeadlineAndTheQueueKeepsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		storage := map[component.ID]component.Component{
			storagetest.NewStorageID("q"): storagetest.NewFileBackedStorageExtension("q", t.TempDir()),
		}
		yaml := everyStream + "timeout: 1h\nsending_queue: {storage: test_storage/q}\n"
		hang := func(q request) answer {
			if q.stream == "Custom-DefenderEntity" {
				<-q.ctx.Done()
			}
			return answer{}
		}
		r := newStoppedRig(t, yaml, hang)
		r.host.more = storage
		require.NoError(t, r.Start(t.Context(), r.host))
		b := newBatch()
		b.alert("a")
		require.NoError(t, r.ConsumeLogs(t.Context(), b.ld))
		synctest.Wait()

		begin := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		require.NoError(t, r.Shutdown(ctx))
		require.Equal(t, 5*time.Second, time.Since(begin))
		require.NoError(t, r.meter.Shutdown(context.Background()))

		again := newStoppedRig(t, yaml, nil)
		again.host.more = storage
		require.NoError(t, again.Start(t.Context(), again.host))
		synctest.Wait()
		require.Len(t, again.azure.accepted("Custom-DefenderEntity"), 2)
		again.stop(t)
	})
}
