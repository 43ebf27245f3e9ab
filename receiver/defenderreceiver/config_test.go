package defenderreceiver

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
		"cloud":               "usgov",
		"credential":          map[string]any{"client_secret": map[string]any{"client_id": "a", "secret_file": "/b"}},
		"tenants":             []any{map[string]any{"tenant_id": contoso, "name": "contoso"}, map[string]any{"tenant_id": fabrikam}},
		"poll_interval":       "1s",
		"requests_per_minute": 0,
		"initial_lookback":    "4320h",
		"overlap":             "5m",
		"alerts":              "list",
		"resync_interval":     "6h",
		"storage":             "file_storage",
		"seen_incidents":      20000,
		"seen_alerts":         30000,
	}).Unmarshal(c))
	require.NoError(t, confmap.Validate(c))
	require.Equal(t, azure.CloudUSGov, c.Azure.Cloud)
	require.Equal(t, "contoso", c.Tenants[0].Label())
	require.Equal(t, fabrikam, c.Tenants[1].Label())
	require.Equal(t, time.Second, c.PollInterval)
	require.Equal(t, "file_storage", c.Storage.Get().String())
}

func TestDefaultsAreValidOnceATenantIsNamed(t *testing.T) {
	c := createDefaultConfig().(*Config)
	require.ErrorContains(t, confmap.Validate(c), `"tenants" must not be empty`)
	c.Tenants = []azure.TenantConfig{{TenantID: contoso}}
	require.NoError(t, confmap.Validate(c))
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	c := createDefaultConfig().(*Config)
	c.PollInterval, c.RequestsPerMinute, c.InitialLookback = 200*time.Millisecond, -1, 181*24*time.Hour
	c.Overlap, c.Alerts, c.ResyncInterval = 200*24*time.Hour, "some", time.Second
	c.SeenIncidents, c.SeenAlerts = 1, maxSeen+1
	c.Tenants = []azure.TenantConfig{
		{TenantID: "contoso.onmicrosoft.com"},
		{TenantID: contoso, Name: fabrikam},
		{TenantID: strings.ToUpper(contoso), Name: "twice"},
		{TenantID: fabrikam, Name: "twice"},
		{TenantID: "{" + fabrikam + "}", Name: "a\nb"},
	}
	err := c.Validate()
	for _, want := range []string{
		`"poll_interval" must be at least 1s, got 200ms`,
		`"requests_per_minute" must not be negative, got -1`,
		`"initial_lookback" must be at most 4320h0m0s, as far as Graph reaches, got 4344h0m0s`,
		`"overlap" must be at most "initial_lookback" 4344h0m0s, got 4800h0m0s`,
		`"alerts" must be expand, list or none, got "some"`,
		`"resync_interval" must be at least 10m0s, got 1s`,
		`"seen_incidents" must be between 16384 and 2000000, got 1`,
		`"seen_alerts" must be between 16384 and 2000000, got 2000001`,
		`"tenants::0::tenant_id" must be a GUID, got "contoso.onmicrosoft.com"`,
		`"tenants::1::name" must not look like a tenant id`,
		`"tenants::2::tenant_id" must not come twice`,
		`"tenants::3::name" must not come twice, got "twice"`,
		`"tenants::4::tenant_id" must be a GUID`,
		`"tenants::4::name" must be printable`,
	} {
		require.ErrorContains(t, err, want)
	}
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)
}

func TestChinaIsRefusedAndACustomCloudReachesAnyLengthBack(t *testing.T) {
	c := createDefaultConfig().(*Config)
	c.Tenants = []azure.TenantConfig{{TenantID: contoso}}
	c.Azure.Cloud = azure.CloudChina
	require.ErrorContains(t, c.Validate(), "china")

	c = labConfig()
	c.InitialLookback, c.Overlap = 87600*time.Hour, 87600*time.Hour
	require.NoError(t, confmap.Validate(c))
}
