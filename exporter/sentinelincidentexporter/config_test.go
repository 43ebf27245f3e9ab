package sentinelincidentexporter

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
)

// least is the least that works.
const least = `
tenant_id: ` + provider + `
ledger: incident_ledger
links:
  - {tenant: contoso, workspace: ` + soc + `}
`

func TestDefaults(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	cfg, err := load(t, least)
	require.NoError(t, err)
	require.Equal(t, BudgetConfig{IncidentWrites: 75, CommentWrites: 75, RelationWrites: 75, Per: 5 * time.Minute}, cfg.Budget)
	require.Equal(t, FilterConfig{MinSeverity: "informational"}, cfg.Filter)
	require.Equal(t, 6*time.Hour, cfg.ResyncInterval)
	require.False(t, cfg.DryRun)
	require.Zero(t, cfg.MaxChanges)
}

func TestEverySettingIsRead(t *testing.T) {
	cfg, err := load(t, `
cloud: usgov
tenant_id: `+provider+`
credential: {client_secret: {client_id: app, secret: s}}
ledger: incident_ledger/sync
links:
  - {tenant: contoso, workspace: `+soc+`, mode: arm, tenant_id: `+fabrikam+`, credential: {managed_identity: {}}}
  - {tenant: `+contoso+`, workspace: `+strings.Replace(soc, "workspaces/soc", "workspaces/two", 1)+`}
filter: {min_severity: high, service_sources: [a], tags: [b]}
budget: {incident_writes: 1, comment_writes: 2, relation_writes: 0, per: 1m}
dry_run: true
max_changes: 9
resync_interval: 0
`)
	require.NoError(t, err)
	require.Equal(t, component.MustNewIDWithName("incident_ledger", "sync"), cfg.Ledger)
	require.Equal(t, modeARM, cfg.Links[0].Mode)
	require.Equal(t, fabrikam, cfg.tenantOf(cfg.Links[0]))
	require.Equal(t, provider, cfg.tenantOf(cfg.Links[1]))
	require.True(t, cfg.Links[0].Credential.ManagedIdentity.HasValue())
	require.Equal(t, FilterConfig{MinSeverity: "high", ServiceSources: []string{"a"}, Tags: []string{"b"}}, cfg.Filter)
	require.Equal(t, BudgetConfig{1, 2, 0, time.Minute}, cfg.Budget)
	require.True(t, cfg.DryRun)
	require.Equal(t, 9, cfg.MaxChanges)
	require.Zero(t, cfg.ResyncInterval)
}

func TestFaults(t *testing.T) {
	link := func(rest string) string {
		return "tenant_id: " + provider + "\nledger: incident_ledger\nlinks:\n  - {" + rest + "}\n"
	}
	for _, c := range []struct{ name, config, want string }{
		{"no ledger", "tenant_id: t\nlinks: [{tenant: a, workspace: " + soc + "}]", `"ledger" must name an incident_ledger extension`},
		{"no link", "ledger: incident_ledger", `"links" must not be empty`},
		{"no tenant", link("workspace: " + soc), `links::0: "tenant" must be set`},
		{"a tenant id in another form", link(`tenant: "{` + contoso + `}", workspace: ` + soc), `"tenant" must write a tenant id with hyphens and without braces`},
		{"no workspace", link("tenant: a"), `"workspace" must be a workspace's resource id`},
		{"a workspace's name", link("tenant: a, workspace: soc"), `"workspace" must be a workspace's resource id, like /subscriptions/`},
		{"mode graph", link("tenant: a, mode: graph, workspace: " + soc), `"mode" graph is not built yet: use auto or arm`},
		{"an unknown mode", link("tenant: a, mode: rest, workspace: " + soc), `"mode" must be auto or arm, got "rest"`},
		{"no tenant of the workspace", "ledger: incident_ledger\nlinks: [{tenant: a, workspace: " + soc + "}]", `links::0: "tenant_id" must be set, here or for the exporter`},
		{"a tenant twice", least + "  - {tenant: contoso, workspace: " + strings.ToUpper(soc[:20]) + soc[20:] + "}\n", `links::1: "tenant" contoso is linked with this workspace twice`},
		{"a workspace of two tenants", least + "  - {tenant: b, tenant_id: other, workspace: " + soc + "}\n", `links::1: "tenant_id" and "credential" must be the same in all links of one workspace`},
		{"a workspace of two credentials", least + "  - {tenant: b, credential: {azure_cli: {}}, workspace: " + soc + "}\n", `links::1: "tenant_id" and "credential" must be the same`},
		{"an unknown severity", least + "filter: {min_severity: severe}", `"filter::min_severity" must be one of informational, low, medium, high, got "severe"`},
		{"an empty source", least + `filter: {service_sources: [""]}`, `"filter::service_sources" must not hold an empty entry`},
		{"an empty tag", least + `filter: {tags: [""]}`, `"filter::tags" must not hold an empty entry`},
		{"a negative budget", least + "budget: {comment_writes: -1}", `"budget::comment_writes" must not be negative, got -1`},
		{"no span", least + "budget: {per: 0s}", `"budget::per" must be at least 1s, got 0s`},
		{"a negative brake", least + "max_changes: -1", `"max_changes" must not be negative, got -1`},
		{"a resync without end", least + "resync_interval: 5s", `"resync_interval" must be 0 or at least 1m0s, got 5s`},
		{"an endpoint in http", least + `http: {endpoint: "https://x"}`, `"http::endpoint" must not be set`},
		{"a custom cloud without hosts", "cloud: custom\nhosts: {login: \"https://login\"}\n" + least, `"hosts::arm" must be set with cloud custom`},
		{"an unknown key", least + "sending_queue: {}", "has invalid keys: sending_queue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.config)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := load(t, `
links: [{mode: graph}]
filter: {min_severity: x}
budget: {incident_writes: -1, per: 0s}
max_changes: -1
resync_interval: 1s
`)
	for _, want := range []string{`"ledger"`, `"tenant"`, "graph is not built", `"tenant_id"`, `"workspace"`, "min_severity", "incident_writes", "budget::per", "max_changes", "resync_interval"} {
		require.ErrorContains(t, err, want)
	}
}
