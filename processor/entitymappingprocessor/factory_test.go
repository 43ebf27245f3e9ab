package entitymappingprocessor

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

func TestFactory(t *testing.T) {
	f := NewFactory()
	assert.Equal(t, component.MustNewType("entity_mapping"), f.Type())
	assert.Equal(t, component.StabilityLevelAlpha, f.LogsStability())
	p, err := f.CreateLogs(context.Background(), processortest.NewNopSettings(f.Type()), f.CreateDefaultConfig(), consumertest.NewNop())
	require.NoError(t, err)
	assert.True(t, p.Capabilities().MutatesData)
}

func TestLifecycle(t *testing.T) {
	f, ctx, host := NewFactory(), context.Background(), componenttest.NewNopHost()
	create := func(t *testing.T, next *consumertest.LogsSink) component.Component {
		t.Helper()
		p, err := f.CreateLogs(ctx, processortest.NewNopSettings(f.Type()), f.CreateDefaultConfig(), next)
		require.NoError(t, err)
		return p
	}
	t.Run("shut down without a start", func(t *testing.T) {
		require.NoError(t, create(t, &consumertest.LogsSink{}).Shutdown(ctx))
	})
	t.Run("one after another", func(t *testing.T) {
		for range 2 {
			p := create(t, &consumertest.LogsSink{})
			require.NoError(t, p.Start(ctx, host))
			require.NoError(t, p.Shutdown(ctx))
		}
	})
	t.Run("refusal of the next component comes back", func(t *testing.T) {
		p, err := f.CreateLogs(ctx, processortest.NewNopSettings(f.Type()), f.CreateDefaultConfig(), consumertest.NewErr(assert.AnError))
		require.NoError(t, err)
		require.ErrorIs(t, p.ConsumeLogs(ctx, logsOf(t, record.EventDefenderAlert, endpoint)), assert.AnError)
	})
}

func TestShutdownContract(t *testing.T) {
	processortest.VerifyShutdown(t, NewFactory(), NewFactory().CreateDefaultConfig())
}

func TestInstrumentsAreNamedAndDescribed(t *testing.T) {
	telemetry := &telemetry{}
	seen := map[string]bool{}
	for _, i := range telemetry.instruments() {
		assert.Regexp(t, `^[a-z_]+$`, i.name)
		assert.Regexp(t, `^\{[a-z]+\}$`, i.unit)
		assert.Regexp(t, `^[A-Z].*\.$`, i.description)
		assert.False(t, seen[i.name])
		seen[i.name] = true
	}
}
