package entitymappingprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"
)

// Type is the processor's component type.
const Type = "entity_mapping"

// NewFactory returns the factory of the `entity_mapping` processor.
func NewFactory() processor.Factory {
	return processor.NewFactory(component.MustNewType(Type), createDefaultConfig,
		processor.WithLogs(newLogs, component.StabilityLevelAlpha))
}

func newLogs(ctx context.Context, set processor.Settings, cfg component.Config, next consumer.Logs) (processor.Logs, error) {
	t, err := newTelemetry(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return processorhelper.NewLogs(ctx, set, cfg, next, newMapping(cfg.(*Config).Format, t).process,
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}))
}
