package defenderexporter

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// Defaults and limits.
const (
	// defaultRequestsPerMinute is as in the receiver: both together leave 60 of
	// the 150 a minute that Graph documents for the security workload.
	defaultRequestsPerMinute = 45
	// minRequestsPerMinute: an edit takes a read and a write.
	minRequestsPerMinute = 2
	defaultPer           = 5 * time.Minute
	minPer               = time.Second
	// defaultResyncInterval is how long a record that was lost on the way may
	// keep both sides apart.
	defaultResyncInterval = 6 * time.Hour
	// minResyncInterval keeps a slip of the pen from reading all the time.
	minResyncInterval = time.Minute
)

// Config is the `defender` exporter as the user writes it.
type Config struct {
	// Azure says which cloud, whose token and over what connection: the keys
	// cloud, hosts, credential, auth and http.
	Azure azure.Config `mapstructure:",squash"`
	// Ledger is the id of the incident_ledger extension, the same that the
	// sentinel_incident exporter names. Required.
	Ledger component.ID `mapstructure:"ledger"`
	// Tenants lists whose incidents are written, as in the receiver. An edit
	// of another tenant's incident waits in the ledger. Required; ids and names
	// are unique.
	Tenants []azure.TenantConfig `mapstructure:"tenants"`
	// RequestsPerMinute limits the requests to each tenant in any minute; an
	// edit takes two. 0 = no limit of our own, else at least 2. Default 45.
	// Graph documents 150 a minute and app in a tenant for alerts, none for
	// incidents.
	RequestsPerMinute int `mapstructure:"requests_per_minute"`
	// DryRun plans and records every write and sends none. Default false.
	DryRun bool `mapstructure:"dry_run"`
	// MaxChanges is how many incidents of a tenant may be closed in `per`; more
	// wait, visible, for approval on the ledger's endpoint or for the next
	// span. 0 = no brake, the default.
	MaxChanges int `mapstructure:"max_changes"`
	// Per is the span of max_changes, at least 1s. Default 5m.
	Per time.Duration `mapstructure:"per"`
	// ResyncInterval is after how long without news an open incident is read
	// again in Defender, so that what was lost on the way heals by itself; at
	// least 1m. 0 = never. Default 6h.
	ResyncInterval time.Duration `mapstructure:"resync_interval"`
}

func createDefaultConfig() component.Config {
	return &Config{
		Azure:             azure.NewDefaultConfig(),
		RequestsPerMinute: defaultRequestsPerMinute,
		Per:               defaultPer,
		ResyncInterval:    defaultResyncInterval,
	}
}

// Validate reports every fault at once, save those of the azure block, which
// the collector asks itself.
func (c *Config) Validate() error {
	errs := []error{c.Azure.Require(azure.ServiceGraph), writer.ValidateLedger(c.Ledger)}
	errs = append(errs, azure.ValidateTenants(c.Tenants)...)
	if c.RequestsPerMinute != 0 && c.RequestsPerMinute < minRequestsPerMinute {
		errs = append(errs, fmt.Errorf(`"requests_per_minute" must be 0 or at least %d, got %d`, minRequestsPerMinute, c.RequestsPerMinute))
	}
	if c.MaxChanges < 0 {
		errs = append(errs, fmt.Errorf(`"max_changes" must not be negative, got %d`, c.MaxChanges))
	}
	if c.Per < minPer {
		errs = append(errs, fmt.Errorf(`"per" must be at least %s, got %s`, minPer, c.Per))
	}
	if c.ResyncInterval != 0 && c.ResyncInterval < minResyncInterval {
		errs = append(errs, fmt.Errorf(`"resync_interval" must be 0 or at least %s, got %s`, minResyncInterval, c.ResyncInterval))
	}
	return errors.Join(errs...)
}
