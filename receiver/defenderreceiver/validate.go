package defenderreceiver

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// nameBytesMax bounds a tenant's name, which becomes an attribute of every
// record and metric.
const nameBytesMax = 128

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
	return errors.Join(append(errs, c.validateTenants()...)...)
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

func (c *Config) validateTenants() []error {
	if len(c.Tenants) == 0 {
		return []error{errors.New(`"tenants" must not be empty`)}
	}
	var errs []error
	ids, names := map[string]bool{}, map[string]bool{}
	for i, t := range c.Tenants {
		key := fmt.Sprintf("tenants::%d", i)
		id := strings.ToLower(t.TenantID)
		switch {
		case !isGUID(id):
			errs = append(errs, fmt.Errorf(`"%s::tenant_id" must be a GUID, got %q`, key, t.TenantID))
		case ids[id]:
			errs = append(errs, fmt.Errorf(`"%s::tenant_id" must not come twice, got %q`, key, t.TenantID))
		}
		ids[id] = true
		if t.Name == "" {
			continue
		}
		switch {
		case uuid.Validate(t.Name) == nil: // in any form, with braces or without hyphens
			errs = append(errs, fmt.Errorf(`"%s::name" must not look like a tenant id, got %q`, key, t.Name))
		case len(t.Name) > nameBytesMax || strings.ContainsFunc(t.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
			errs = append(errs, fmt.Errorf(`"%s::name" must be printable and at most %d bytes long, got %q`, key, nameBytesMax, t.Name))
		case names[t.Name]:
			errs = append(errs, fmt.Errorf(`"%s::name" must not come twice, got %q`, key, t.Name))
		}
		names[t.Name] = true
	}
	return errs
}

// isGUID accepts the one form that Entra shows: 36 characters with hyphens.
func isGUID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36
}
