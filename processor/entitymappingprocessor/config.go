package entitymappingprocessor

import (
	"fmt"

	"go.opentelemetry.io/collector/component"
)

// Format is a schema that alerts are mapped to besides Sentinel's entities.
type Format string

// The formats.
const (
	// FormatNone adds entities and semantic-convention attributes, no more.
	FormatNone Format = "none"
	// FormatASIM is the ASIM Alert Event schema.
	FormatASIM Format = "asim"
	// FormatOCSF is OCSF's Detection Finding and Incident Finding.
	FormatOCSF Format = "ocsf"
)

// Config is what the user writes under `entity_mapping`.
type Config struct {
	// Format is another schema to map records to, besides the entities that
	// are always added. `none` is the default and, in this version, the only
	// one supported; `asim` and `ocsf` are refused.
	Format Format `mapstructure:"format"`
}

func createDefaultConfig() component.Config {
	return &Config{Format: FormatNone}
}

// Validate reports a format that this version does not map to.
func (c *Config) Validate() error {
	switch c.Format {
	case FormatNone:
		return nil
	case FormatASIM, FormatOCSF:
		return fmt.Errorf(`"format" supports only %q in this version, got %q`, FormatNone, c.Format)
	default:
		return fmt.Errorf(`"format" must be %q, got %q`, FormatNone, c.Format)
	}
}
