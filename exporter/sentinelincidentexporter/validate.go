package sentinelincidentexporter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// resyncIntervalMin keeps a typing error from reading every incident all the
// time.
const resyncIntervalMin = time.Minute

// Validate reports every fault of the exporter's own keys at once. The azure
// block is checked by its own Validate.
func (c *Config) Validate() error {
	faults := []error{c.Azure.Require(azure.ServiceARM, azure.ServiceLogAnalytics), writer.ValidateLedger(c.Ledger)}
	if len(c.Links) == 0 {
		faults = append(faults, errors.New(`"links" must not be empty`))
	}
	for i := range c.Links {
		for _, err := range c.linkFaults(i) {
			faults = append(faults, fmt.Errorf("links::%d: %w", i, err))
		}
	}
	faults = append(faults, c.Filter.faults()...)
	faults = append(faults, c.Budget.faults()...)
	if c.MaxChanges < 0 {
		faults = append(faults, fmt.Errorf(`"max_changes" must not be negative, got %d`, c.MaxChanges))
	}
	if c.ResyncInterval != 0 && c.ResyncInterval < resyncIntervalMin {
		faults = append(faults, fmt.Errorf(`"resync_interval" must be 0 or at least %s, got %s`, resyncIntervalMin, c.ResyncInterval))
	}
	return errors.Join(faults...)
}

func (c *Config) linkFaults(i int) []error {
	l := c.Links[i]
	var faults []error
	switch {
	case l.Tenant == "":
		faults = append(faults, errors.New(`"tenant" must be set`))
	case uuid.Validate(l.Tenant) == nil && len(l.Tenant) != len(uuid.Nil.String()):
		faults = append(faults, fmt.Errorf(`"tenant" must write a tenant id with hyphens and without braces, got %q`, l.Tenant))
	}
	switch l.Mode {
	case "", modeAuto, modeARM:
	case modeGraph:
		faults = append(faults, errors.New(`"mode" graph is not built yet: use auto or arm, with a workspace that is not onboarded to the Defender portal`))
	default:
		faults = append(faults, fmt.Errorf(`"mode" must be auto or arm, got %q`, l.Mode))
	}
	if c.tenantOf(l) == "" {
		faults = append(faults, errors.New(`"tenant_id" must be set, here or for the exporter: tokens are asked from the workspace's tenant`))
	}
	workspace, err := sentinel.ParseWorkspace(l.Workspace)
	if err != nil {
		return append(faults, fmt.Errorf(`"workspace" must be %w`, err))
	}
	return append(faults, c.clashes(i, workspace)...)
}

// clashes reports what a link says otherwise than those before it.
func (c *Config) clashes(i int, workspace sentinel.Workspace) []error {
	l := c.Links[i]
	var faults []error
	for _, earlier := range c.Links[:i] {
		if there, err := sentinel.ParseWorkspace(earlier.Workspace); err != nil || there != workspace {
			continue
		}
		if strings.EqualFold(earlier.Tenant, l.Tenant) {
			faults = append(faults, fmt.Errorf(`"tenant" %s is linked with this workspace twice`, l.Tenant))
		}
		if c.tenantOf(earlier) != c.tenantOf(l) || earlier.Credential != l.Credential {
			faults = append(faults, errors.New(`"tenant_id" and "credential" must be the same in all links of one workspace`))
		}
	}
	return faults
}

// tenantOf is the Entra tenant that a link's token is asked from.
func (c *Config) tenantOf(l LinkConfig) string {
	if l.TenantID != "" {
		return l.TenantID
	}
	return c.TenantID
}

func (f FilterConfig) faults() []error {
	var faults []error
	if !slices.Contains(severities, f.MinSeverity) {
		faults = append(faults, fmt.Errorf(`"filter::min_severity" must be one of %s, got %q`, strings.Join(severities, ", "), f.MinSeverity))
	}
	if slices.Contains(f.ServiceSources, "") {
		faults = append(faults, errors.New(`"filter::service_sources" must not hold an empty entry`))
	}
	if slices.Contains(f.Tags, "") {
		faults = append(faults, errors.New(`"filter::tags" must not hold an empty entry`))
	}
	return faults
}

func (b BudgetConfig) faults() []error {
	var faults []error
	for _, limit := range []struct {
		key   string
		value int
	}{{"incident_writes", b.IncidentWrites}, {"comment_writes", b.CommentWrites}, {"relation_writes", b.RelationWrites}} {
		if limit.value < 0 {
			faults = append(faults, fmt.Errorf(`"budget::%s" must not be negative, got %d`, limit.key, limit.value))
		}
	}
	if b.Per < time.Second {
		faults = append(faults, fmt.Errorf(`"budget::per" must be at least 1s, got %s`, b.Per))
	}
	return faults
}
