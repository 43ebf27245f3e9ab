package incidentledgerextension

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
)

// Type is the extension's component type.
const Type = "incident_ledger"

// NewFactory returns the factory of the `incident_ledger` extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(component.MustNewType(Type), createDefaultConfig, create, component.StabilityLevelAlpha)
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return newExtension(set, cfg.(*Config))
}
