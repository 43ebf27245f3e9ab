package defenderreceiver

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// Validate reports every fault at once, save those of the azure block, which
// the collector asks itself.
func (c *Config) Validate() error {
	errs := []error{c.Azure.Require(azure.ServiceGraph)}
	errs = append(errs, c.validateTimes()...)
	if c.RequestsPerMinute < 0 {
		errs = append(errs, fmt.Errorf(`"requests_per_minute" must not be negative, got %d`, c.RequestsPerMinute))
	}
	if !slices.Contains([]string{alertsExpand, alertsList, alertsNone}, c.Alerts) {
		errs = append(errs, fmt.Errorf(`"alerts" must be expand, list or none, got %q`, c.Alerts))
	}
	for key, n := range map[string]int{"seen_incidents": c.SeenIncidents, "seen_alerts": c.SeenAlerts} {
		if n < minSeen || n > maxSeen {
			errs = append(errs, fmt.Errorf(`%q must be between %d and %d, got %d`, key, minSeen, maxSeen, n))
		}
	}
	return errors.Join(append(errs, azure.ValidateTenants(c.Tenants)...)...)
}

func (c *Config) validateTimes() []error {
	var errs []error
	atLeast := func(key string, got, least time.Duration) {
		if got < least {
			errs = append(errs, fmt.Errorf(`%q must be at least %s, got %s`, key, least, got))
		}
	}
	atLeast("poll_interval", c.PollInterval, minPollInterval)
	atLeast("initial_lookback", c.InitialLookback, 0)
	atLeast("overlap", c.Overlap, 0)
	if c.ResyncInterval != 0 {
		atLeast("resync_interval", c.ResyncInterval, minResync)
	}
	if c.Azure.Cloud == azure.CloudCustom {
		return errs
	}
	if c.InitialLookback > maxLookback {
		errs = append(errs, fmt.Errorf(`"initial_lookback" must be at most %s, as far as Graph reaches, got %s`, maxLookback, c.InitialLookback))
	}
	if c.Overlap > c.InitialLookback {
		errs = append(errs, fmt.Errorf(`"overlap" must be at most "initial_lookback" %s, got %s`, c.InitialLookback, c.Overlap))
	}
	return errs
}
