package sentinelreceiver

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

func TestConfigStruct(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
}

func TestConfigIsReadAsTheDesignWritesIt(t *testing.T) {
	c := createDefaultConfig().(*Config)
	require.NoError(t, confmap.NewFromStringMap(map[string]any{
		"cloud":      "china",
		"tenant_id":  strings.ToUpper(provider),
		"credential": map[string]any{"client_secret": map[string]any{"client_id": "a", "secret_file": "/b"}},
		"workspaces": []any{
			map[string]any{"resource_id": soc, "mode": "arm"},
			map[string]any{
				"resource_id": hunting, "name": "hunters", "tenant_id": customer, "mode": "auto",
				"credential": map[string]any{"managed_identity": nil},
			},
		},
		"scope":               "all",
		"poll_interval":       "1s",
		"requests_per_minute": 0,
		"comment_reads":       0,
		"initial_lookback":    "4320h",
		"overlap":             "5m",
		"resync_interval":     "6h",
		"storage":             "file_storage",
		"seen_incidents":      20000,
	}).Unmarshal(c))
	require.NoError(t, confmap.Validate(c))
	require.Equal(t, azure.CloudChina, c.Azure.Cloud, "China has Sentinel, if no Defender")
	require.Equal(t, time.Second, c.PollInterval)
	require.Equal(t, "file_storage", c.Storage.Get().String())
	p := c.places()
	require.Equal(t, []string{"soc", "hunters"}, []string{p[0].label, p[1].label})
	require.Equal(t, []string{provider, customer}, []string{p[0].tenantID, p[1].tenantID})
	require.True(t, p[1].Credential.ManagedIdentity.HasValue())
}

func TestDefaultsAreValidOnceAWorkspaceIsNamed(t *testing.T) {
	c := createDefaultConfig().(*Config)
	require.ErrorContains(t, confmap.Validate(c), `"workspaces" must not be empty`)
	c.Workspaces = []WorkspaceConfig{{ResourceID: soc, TenantID: provider}}
	require.NoError(t, confmap.Validate(c))
	require.Equal(t, scopeLinked, c.Scope)
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	c := createDefaultConfig().(*Config)
	c.PollInterval, c.RequestsPerMinute, c.CommentReads = 200*time.Millisecond, -1, -2
	c.InitialLookback, c.Overlap, c.ResyncInterval = 90_000*time.Hour, 100_000*time.Hour, time.Second
	c.Scope, c.SeenIncidents = "some", 1
	c.Workspaces = []WorkspaceConfig{
		{ResourceID: "soc", TenantID: "contoso.onmicrosoft.com", Mode: "graph"},
		{ResourceID: soc, Name: "twice"},
		{ResourceID: strings.ToUpper(soc), Name: "twice", Mode: "both"},
		{ResourceID: hunting, Name: "a\nb"},
	}
	err := c.Validate()
	for _, want := range []string{
		`"scope" must be linked or all, got "some"`,
		`"poll_interval" must be at least 1s, got 200ms`,
		`"requests_per_minute" must not be negative, got -1`,
		`"comment_reads" must not be negative, got -2`,
		`"initial_lookback" must be at most 87672h0m0s, got 90000h0m0s`,
		`"overlap" must be at most "initial_lookback" 90000h0m0s, got 100000h0m0s`,
		`"resync_interval" must be at least 10m0s, got 1s`,
		`"seen_incidents" must be between 16384 and 2000000, got 1`,
		`"workspaces::0::resource_id" must be `,
		`"workspaces::0::tenant_id" must be a GUID, got "contoso.onmicrosoft.com"`,
		`"workspaces::0::mode" must be auto or arm: "graph", for a workspace onboarded to the Defender portal, is not built yet`,
		`"workspaces::1::tenant_id" must be set, here or for the receiver`,
		`"workspaces::2::resource_id" must not come twice`,
		`"workspaces::2::name" must not come twice, got "twice"`,
		`"workspaces::2::mode" must be auto or arm, got "both"`,
		`"workspaces::3::name" must be printable`,
	} {
		require.ErrorContains(t, err, want)
	}
	c.TenantID = "nobody"
	require.ErrorContains(t, c.Validate(), `"tenant_id" must be a GUID, got "nobody"`)
}

func TestNoTwoWorkspacesShareALabel(t *testing.T) {
	other := strings.Replace(hunting, "workspaces/hunting", "workspaces/SOC", 1)
	c := &Config{TenantID: provider, Workspaces: []WorkspaceConfig{{ResourceID: soc}, {ResourceID: other}, {ResourceID: hunting}}}
	labels := map[string]bool{}
	for _, p := range c.places() {
		labels[p.label] = true
	}
	require.Len(t, labels, 3)
	require.Contains(t, labels, "hunting")
	c.Workspaces[0].Name = "hunting"
	for _, p := range c.places() {
		labels[p.label] = true
	}
	require.Contains(t, labels, c.places()[2].workspace.String())
}

func TestACustomCloudReachesAnyOverlapBack(t *testing.T) {
	c := labConfig()
	c.InitialLookback, c.Overlap = time.Hour, 48*time.Hour
	require.NoError(t, confmap.Validate(c))
	c.Azure.Hosts.ARM = ""
	require.Error(t, confmap.Validate(c), "a cloud without Resource Manager")
}
