package defenderexporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

func TestConfigStruct(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
}

func TestConfigIsReadAsItIsWritten(t *testing.T) {
	c := createDefaultConfig().(*Config)
	require.NoError(t, confmap.NewFromStringMap(map[string]any{
		"cloud":               "usgov",
		"credential":          map[string]any{"client_secret": map[string]any{"client_id": "a", "secret_file": "/b"}},
		"ledger":              "incident_ledger/both",
		"tenants":             []any{map[string]any{"tenant_id": contoso, "name": "contoso", "credential": map[string]any{"managed_identity": nil}}, map[string]any{"tenant_id": fabrikam}},
		"requests_per_minute": 0,
		"dry_run":             true,
		"max_changes":         10,
		"per":                 "1h",
		"resync_interval":     "0s",
	}).Unmarshal(c))
	require.NoError(t, confmap.Validate(c))
	require.Equal(t, azure.CloudUSGov, c.Azure.Cloud)
	require.Equal(t, component.MustNewIDWithName("incident_ledger", "both"), c.Ledger)
	require.Equal(t, "contoso", c.Tenants[0].Label())
	require.True(t, c.Tenants[0].Credential.ManagedIdentity.HasValue())
	require.True(t, c.DryRun)
	require.Equal(t, 10, c.MaxChanges)
	require.Equal(t, time.Hour, c.Per)
	require.Zero(t, c.ResyncInterval)
}

func TestDefaultsAreValidOnceLedgerAndTenantAreNamed(t *testing.T) {
	c := createDefaultConfig().(*Config)
	err := confmap.Validate(c)
	require.ErrorContains(t, err, `"tenants" must not be empty`)
	require.ErrorContains(t, err, `"ledger" must name an incident_ledger extension`)
	c.Ledger = ledgerID
	c.Tenants = []azure.TenantConfig{{TenantID: contoso}}
	require.NoError(t, confmap.Validate(c))
	require.Equal(t, 45, c.RequestsPerMinute)
	require.Equal(t, 5*time.Minute, c.Per)
	require.Equal(t, 6*time.Hour, c.ResyncInterval)
	require.False(t, c.DryRun)
	require.Zero(t, c.MaxChanges)
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	c := createDefaultConfig().(*Config)
	c.Azure.Cloud = azure.CloudChina
	c.Tenants = []azure.TenantConfig{{TenantID: "contoso.onmicrosoft.com"}}
	c.RequestsPerMinute, c.MaxChanges, c.Per, c.ResyncInterval = 1, -1, 200*time.Millisecond, time.Second
	err := c.Validate()
	for _, want := range []string{
		`"cloud" china offers no Defender incidents over Microsoft Graph`,
		`"ledger" must name an incident_ledger extension`,
		`"tenants::0::tenant_id" must be a GUID, got "contoso.onmicrosoft.com"`,
		`"requests_per_minute" must be 0 or at least 2, got 1`,
		`"max_changes" must not be negative, got -1`,
		`"per" must be at least 1s, got 200ms`,
		`"resync_interval" must be 0 or at least 1m0s, got 1s`,
	} {
		require.ErrorContains(t, err, want)
	}
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
}
