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
	// FormatASIM adds a record in the ASIM Alert Event schema for each alert.
	FormatASIM Format = "asim"
	// FormatOCSF adds an OCSF Detection Finding for each alert and an Incident
	// Finding for each incident.
	FormatOCSF Format = "ocsf"
)

// Config is what the user writes under `entity_mapping`.
type Config struct {
	// Format is another schema to write alerts, and in OCSF incidents, in: none,
	// asim or ocsf. Each becomes a record of its own beside the one it was made
	// of, which stays as it is and has the entities in every format. Default:
	// none. Several processors in a row add several.
	Format Format `mapstructure:"format"`
}

func createDefaultConfig() component.Config {
	return &Config{Format: FormatNone}
}

// Validate reports a format that there is not.
func (c *Config) Validate() error {
	switch c.Format {
	case FormatNone, FormatASIM, FormatOCSF:
		return nil
	default:
		return fmt.Errorf(`"format" must be %q, %q or %q, got %q`, FormatNone, FormatASIM, FormatOCSF, c.Format)
	}
}
