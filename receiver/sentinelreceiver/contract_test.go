package sentinelreceiver

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// generator makes incidents; the checker's id of a record is its name.
type generator struct {
	t *testing.T
	e *emulator.Emulator

	mu sync.Mutex
	n  int
}

func (g *generator) Start() {}

// Stop ends a scenario; the next one's receiver must find nothing of it.
func (g *generator) Stop() { g.e.Reset() }

func (g *generator) Generate() []receivertest.UniqueIDAttrVal {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
	id := strconv.Itoa(g.n)
	_, err := g.e.PutSentinel("soc", "", strings.NewReader(fmt.Sprintf(`[{"name":%q,"properties":{"title":%q}}]`, id, id)))
	require.NoError(g.t, err)
	return []receivertest.UniqueIDAttrVal{receivertest.UniqueIDAttrVal(id)}
}

// named gives each record the attribute that the checker knows it by.
type named struct{ consumer.Logs }

func (n named) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	for _, r := range ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
		id, _ := r.Attributes().Get(record.SentinelIncidentName)
		r.Attributes().PutStr(receivertest.UniqueIDAttrName, id.Str())
	}
	return n.Logs.ConsumeLogs(ctx, ld)
}

// contractFactory makes receivers that poll an emulator every few milliseconds.
func contractFactory(e *emulator.Emulator) receiver.Factory {
	inner := NewFactory(WithTransport(emulator.NewTransport(e)))
	create := func(ctx context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
		return inner.CreateLogs(ctx, set, cfg, named{next})
	}
	return receiver.NewFactory(inner.Type(), inner.CreateDefaultConfig, receiver.WithLogs(create, inner.LogsStability()))
}

func contractConfig() *Config {
	c := labConfig()
	c.Storage = createDefaultConfig().(*Config).Storage
	c.PollInterval, c.RequestsPerMinute = 5*time.Millisecond, 0
	return c
}

func TestConsumeContract(t *testing.T) {
	e, err := emulator.New(emulator.Settings{})
	require.NoError(t, err)
	receivertest.CheckConsumeContract(receivertest.CheckConsumeContractParams{
		T: t, Factory: contractFactory(e), Signal: pipeline.SignalLogs, Config: contractConfig(),
		Generator: &generator{t: t, e: e}, GenerateCount: 100,
	})
}

func TestLifecycle(t *testing.T) {
	e, err := emulator.New(emulator.Settings{})
	require.NoError(t, err)
	build := func() receiver.Logs {
		r, err := contractFactory(e).CreateLogs(t.Context(), receivertest.NewNopSettings(component.MustNewType(Type)), contractConfig(), consumertest.NewNop())
		require.NoError(t, err)
		return r
	}
	unstarted := build()
	require.NoError(t, unstarted.Shutdown(t.Context()))
	for range 2 {
		started := build()
		ctx, cancel := context.WithCancel(t.Context())
		require.NoError(t, started.Start(ctx, componenttest.NewNopHost()))
		cancel() // the start's context is for starting only
		require.NoError(t, started.Shutdown(t.Context()))
		require.NoError(t, started.Shutdown(t.Context()), "twice is as good as once")
	}
}

func TestStartErrsForAStorageThatIsNotThere(t *testing.T) {
	e, err := emulator.New(emulator.Settings{})
	require.NoError(t, err)
	r, err := contractFactory(e).CreateLogs(t.Context(), receivertest.NewNopSettings(component.MustNewType(Type)), labConfig(), consumertest.NewNop())
	require.NoError(t, err)
	require.ErrorContains(t, r.Start(t.Context(), componenttest.NewNopHost()), `"storage" names extension`)
	require.NoError(t, r.Shutdown(t.Context()))
}

// A consumer that does not return must not hold the collector's shutdown.
func TestShutdownObeysItsDeadline(t *testing.T) {
	e, err := emulator.New(emulator.Settings{})
	require.NoError(t, err)
	(&generator{t: t, e: e}).Generate()
	entered, release := make(chan struct{}), make(chan struct{})
	stuck, err := consumer.NewLogs(func(context.Context, plog.Logs) error {
		close(entered)
		<-release
		return nil
	})
	require.NoError(t, err)
	r, err := contractFactory(e).CreateLogs(t.Context(), receivertest.NewNopSettings(component.MustNewType(Type)), contractConfig(), stuck)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), componenttest.NewNopHost()))
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, r.Shutdown(ctx), context.DeadlineExceeded)
	close(release)
	require.NoError(t, r.Shutdown(t.Context()))
}
