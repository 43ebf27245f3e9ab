package sentinelincidentexporter

import (
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// The ways to reach a workspace.
const (
	modeAuto  = "auto"
	modeARM   = "arm"
	modeGraph = "graph"
)

// Sentinel's limits, which are the defaults of the budget.
// Source: Microsoft Sentinel REST API, request limits and throttling, read
// 2026-11.
const (
	defaultWrites = 75
	defaultPer    = 5 * time.Minute
)

// defaultResyncInterval is how long a record that was lost on the way may keep
// both sides apart.
const defaultResyncInterval = 6 * time.Hour

// Config is the `sentinel_incident` exporter as the user writes it.
type Config struct {
	// Azure says which cloud, whose token and over what connection: the keys
	// cloud, hosts, credential, auth and http.
	Azure azure.Config `mapstructure:",squash"`
	// TenantID is the Entra tenant of the workspaces, which the token is asked
	// from; not the tenant whose incidents are written. Required, here or in
	// each link.
	TenantID string `mapstructure:"tenant_id"`
	// Ledger is the id of the incident_ledger extension. Required.
	Ledger component.ID `mapstructure:"ledger"`
	// Links says which tenant's incidents live in which workspace. A record of
	// a tenant without a link is counted and never written anywhere. Required.
	Links []LinkConfig `mapstructure:"links"`
	// Filter says which incidents are admitted. It is asked once for each: one
	// that was admitted stays in step, whatever becomes of it.
	Filter FilterConfig `mapstructure:"filter"`
	// Budget limits the requests to each subscription.
	Budget BudgetConfig `mapstructure:"budget"`
	// DryRun plans and records every write and sends none. Default: false.
	DryRun bool `mapstructure:"dry_run"`
	// MaxChanges is how many incidents of a workspace may be closed in
	// budget.per; more wait, visible, for approval on the ledger's endpoint or
	// for the next span. 0 = no brake. Default: 0.
	MaxChanges int `mapstructure:"max_changes"`
	// ResyncInterval is after how long without news an open incident is read
	// again in Sentinel, so that a lost record heals by itself. 0 = never.
	// Default: 6h.
	ResyncInterval time.Duration `mapstructure:"resync_interval"`
}

// LinkConfig says that a tenant's incidents live in a workspace.
type LinkConfig struct {
	// Tenant is the Defender tenant: its id, a GUID, or the name given in the
	// receiver. Names are compared letter by letter. Required.
	Tenant string `mapstructure:"tenant"`
	// Workspace is the workspace's resource id: /subscriptions/…/workspaces/….
	// Required.
	Workspace string `mapstructure:"workspace"`
	// Mode is `auto` or `arm`. Both write over Azure Resource Manager, but auto
	// writes nothing into a workspace where Microsoft's own sync brings another
	// tenant's incidents. Neither writes where it brings this tenant's.
	// Default: auto.
	Mode string `mapstructure:"mode"`
	// TenantID is the Entra tenant of this workspace. Default: the exporter's.
	TenantID string `mapstructure:"tenant_id"`
	// Credential replaces the exporter's for this workspace. Default: the
	// exporter's.
	Credential azure.CredentialConfig `mapstructure:"credential"`
}

// FilterConfig admits incidents that meet all of it.
type FilterConfig struct {
	// MinSeverity is informational, low, medium or high. Default:
	// informational, which is all.
	MinSeverity string `mapstructure:"min_severity"`
	// ServiceSources admits incidents with an alert of one of these sources, in
	// Graph's words, like microsoftDefenderForEndpoint, in any case. Default:
	// any.
	ServiceSources []string `mapstructure:"service_sources"`
	// Tags admits incidents with one of these custom tags, in any case.
	// Default: any.
	Tags []string `mapstructure:"tags"`
}

// BudgetConfig limits requests in any span of Per to one subscription, however
// many workspaces are in it. Two exporters know nothing of one another: share
// the limits between them.
type BudgetConfig struct {
	// IncidentWrites is how many incidents are written. 0 = no own limit.
	// Default: 75, Sentinel's limit.
	// Source: Microsoft Sentinel REST API, request limits, read 2026-11.
	IncidentWrites int `mapstructure:"incident_writes"`
	// CommentWrites is how many comments are. Default: 75, as above.
	CommentWrites int `mapstructure:"comment_writes"`
	// RelationWrites is how many relations of alerts are. Default: 75, as
	// above.
	RelationWrites int `mapstructure:"relation_writes"`
	// Per is the span. Default: 5m.
	Per time.Duration `mapstructure:"per"`
}

func createDefaultConfig() component.Config {
	return &Config{
		Azure:          azure.NewDefaultConfig(),
		Filter:         FilterConfig{MinSeverity: severities[0]},
		Budget:         BudgetConfig{IncidentWrites: defaultWrites, CommentWrites: defaultWrites, RelationWrites: defaultWrites, Per: defaultPer},
		ResyncInterval: defaultResyncInterval,
	}
}
