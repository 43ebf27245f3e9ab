package sentinelexporter

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"
)

const (
	endpoint = "https://dce.westeurope-1.ingest.monitor.azure.com"
	dcr1     = "dcr-00000000000000000000000000000001"
	dcr2     = "dcr-00000000000000000000000000000002"
)

// load reads YAML over the defaults, as the collector does, and validates it.
func load(t testing.TB, text string) (*Config, error) {
	t.Helper()
	var raw map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &raw))
	cfg := createDefaultConfig().(*Config)
	if err := confmap.NewFromStringMap(raw).Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

// destination1 is the least that works.
const destination1 = `
destinations:
  - rules:
      - {endpoint: "` + endpoint + `", immutable_id: ` + dcr1 + `, streams: [Custom-DefenderAlert, Custom-DefenderOriginal]}
`

func TestDefaults(t *testing.T) {
	require.NoError(t, componenttest.CheckConfigStruct(createDefaultConfig()))
	cfg, err := load(t, destination1)
	require.NoError(t, err)
	require.Equal(t, "Microsoft-OTelLogs", cfg.DefaultStream)
	require.Equal(t, "uncompressed", cfg.LimitAppliesTo)
	require.Equal(t, 1024, cfg.DeadLetter.MaxSizeMiB)
	require.Empty(t, cfg.DeadLetter.Directory)
	require.False(t, cfg.DeadLetter.Replay)
	require.Equal(t, 30*time.Second, cfg.Timeout.Timeout)
	require.True(t, cfg.Retry.Enabled)
	require.Zero(t, cfg.Retry.MaxElapsedTime)
	require.True(t, cfg.Queue.HasValue())
}

func TestEverySettingIsRead(t *testing.T) {
	cfg, err := load(t, `
cloud: usgov
tenant_id: `+tenantC+`
credential: {client_secret: {client_id: app, secret: s}}
destinations:
  - tenants: [contoso, `+tenantA+`]
    tenant_id: `+tenantB+`
    credential: {managed_identity: {}}
    rules:
      - endpoint: https://dce.usgovvirginia-1.ingest.monitor.azure.us
        immutable_id: `+dcr1+`
        streams: [Custom-Audit, Custom-Cheap]
        auxiliary_streams: [Custom-Cheap]
streams:
  - {event_name: audit, stream: Custom-Audit, row: body}
  - {attribute: {key: kind, value: cheap}, stream: Custom-Cheap, row: otel}
  - {attribute: {key: kind}, stream: Custom-Audit}
default_stream: ""
limit_applies_to: compressed
dead_letter: {directory: /var/lib/letters, max_size_mib: 7, replay: true}
sending_queue: {queue_size: 5, num_consumers: 2, storage: file_storage}
retry_on_failure: {max_elapsed_time: 1h}
timeout: 9s
`)
	require.NoError(t, err)
	require.Equal(t, tenantC, cfg.TenantID)
	require.Equal(t, []string{"contoso", tenantA}, cfg.Destinations[0].Tenants)
	require.Equal(t, tenantB, cfg.Destinations[0].TenantID)
	require.True(t, cfg.Destinations[0].Credential.ManagedIdentity.HasValue())
	require.Equal(t, []string{"Custom-Cheap"}, cfg.Destinations[0].Rules[0].AuxiliaryStreams)
	require.Equal(t, "cheap", *cfg.Streams[1].Attribute.Get().Value.Get())
	require.False(t, cfg.Streams[2].Attribute.Get().Value.HasValue())
	require.Empty(t, cfg.DefaultStream)
	require.Equal(t, "compressed", cfg.LimitAppliesTo)
	require.Equal(t, DeadLetterConfig{Directory: "/var/lib/letters", MaxSizeMiB: 7, Replay: true}, cfg.DeadLetter)
	require.Equal(t, int64(5), cfg.Queue.Get().QueueSize)
	require.Equal(t, time.Hour, cfg.Retry.MaxElapsedTime)
	require.Equal(t, 9*time.Second, cfg.Timeout.Timeout)
}

func TestFaults(t *testing.T) {
	rule := func(rest string) string {
		return "destinations:\n  - rules:\n      - {" + rest + "}\n"
	}
	good := `endpoint: "` + endpoint + `", immutable_id: ` + dcr1
	for _, c := range []struct{ name, config, want string }{
		{"no destination", `{}`, `"destinations" must not be empty`},
		{"no rule", `destinations: [{tenants: [a]}]`, `destinations::0: "rules" must not be empty`},
		{"a name instead of the immutable id", rule(`endpoint: "` + endpoint + `", immutable_id: my-dcr, streams: [Custom-A]`), `"immutable_id" must be dcr- and 32 hexadecimal digits`},
		{"an id in upper case", rule(`endpoint: "` + endpoint + `", immutable_id: dcr-0000000000000000000000000000000A, streams: [Custom-A]`), `"immutable_id" must be`},
		{"no https", rule(`endpoint: "http://dce.westeurope-1.ingest.monitor.azure.com", immutable_id: ` + dcr1 + `, streams: [Custom-A]`), `rules::0: "endpoint" must be`},
		{"no endpoint", rule(`immutable_id: ` + dcr1 + `, streams: [Custom-A]`), `"endpoint" must be`},
		{"an endpoint of another cloud", "cloud: usgov\n" + rule(good+`, streams: [Custom-A]`), `"endpoint" must be in cloud usgov`},
		{"no stream", rule(good + `, streams: []`), `"streams" must list 1 to 10 streams, got 0`},
		{"eleven streams", rule(good + `, streams: [Custom-1, Custom-2, Custom-3, Custom-4, Custom-5, Custom-6, Custom-7, Custom-8, Custom-9, Custom-10, Custom-11]`), `"streams" must list 1 to 10 streams, got 11`},
		{"a table's name instead of a stream's", rule(good + `, streams: [DefenderAlert_CL]`), `got "DefenderAlert_CL"`},
		{"a stream twice in a rule", rule(good + `, streams: [Custom-A, Custom-A]`), `"streams" lists Custom-A twice`},
		{"an auxiliary stream that is no stream", rule(good + `, streams: [Custom-A], auxiliary_streams: [Custom-B]`), `"auxiliary_streams" must be among "streams", got Custom-B`},
		{"incidents without originals", rule(good + `, streams: [Custom-DefenderIncident]`), `"streams" must list Custom-DefenderOriginal beside Custom-DefenderIncident`},
		{"alerts without originals", rule(good + `, streams: [Custom-DefenderAlert]`), `"streams" must list Custom-DefenderOriginal beside Custom-DefenderAlert`},
		{"a stream in two rules", `destinations: [{rules: [{` + good + `, streams: [Custom-A]}, {endpoint: "` + endpoint + `", immutable_id: ` + dcr2 + `, streams: [Custom-A]}]}]`, `rules::1: "streams" lists Custom-A, which another rule`},
		{"a DCR twice", `destinations: [{rules: [{` + good + `, streams: [Custom-A]}, {` + good + `, streams: [Custom-B]}]}]`, `rules::1: "immutable_id" ` + dcr1 + ` is listed twice`},
		{"a destination behind the one that takes all", `destinations: [{rules: [{` + good + `, streams: [Custom-A]}]}, {tenants: [a], rules: [{` + good + `, streams: [Custom-A]}]}]`, `destinations::0: a destination without "tenants" takes every tenant and must be the last`},
		{"a tenant in two destinations", `destinations: [{tenants: [` + tenantA + `], rules: [{` + good + `, streams: [Custom-A]}]}, {tenants: [` + strings.ToUpper(tenantA) + `], rules: [{` + good + `, streams: [Custom-A]}]}]`, `destinations::1: "tenants" lists "AAAAAAAA`},
		{"a tenant id in another form", `destinations: [{tenants: ["{` + tenantA + `}"], rules: [{` + good + `, streams: [Custom-A]}]}]`, `"tenants" must write a tenant id with hyphens and without braces`},
		{"an empty tenant", `destinations: [{tenants: [""], rules: [{` + good + `, streams: [Custom-A]}]}]`, `"tenants" must not hold an empty entry`},
		{"a match without a criterion", destination1 + `streams: [{stream: Custom-DefenderAlert}]`, `streams::0: "event_name" or "attribute" must be set`},
		{"a match with two", destination1 + `streams: [{event_name: a, attribute: {key: k}, stream: Custom-DefenderAlert}]`, `"event_name" and "attribute" exclude each other`},
		{"an attribute without key", destination1 + `streams: [{attribute: {value: v}, stream: Custom-DefenderAlert}]`, `"attribute::key" must be set`},
		{"a match to a stream that no rule lists", destination1 + `streams: [{event_name: a, stream: Custom-X}]`, `"stream" must be listed by a rule, got "Custom-X"`},
		{"an unknown row", destination1 + `streams: [{event_name: a, stream: Custom-DefenderAlert, row: json}]`, `"row" must be original, body or otel, got "json"`},
		{"an unknown limit", destination1 + `limit_applies_to: wire`, `"limit_applies_to" must be uncompressed or compressed, got "wire"`},
		{"a default stream that is none", destination1 + `default_stream: Custom-Other`, `"default_stream" must be listed by a rule, or empty, got "Custom-Other"`},
		{"no room for letters", destination1 + `dead_letter: {max_size_mib: 0}`, `"dead_letter::max_size_mib" must be at least 1, got 0`},
		{"an application without its tenant", destination1 + `credential: {client_secret: {client_id: a, secret: s}}`, `destinations::0: "tenant_id" must be set`},
		{"waiting for a result that is stored", destination1 + `sending_queue: {wait_for_result: true, storage: file_storage}`, "`wait_for_result` is not supported with a persistent queue"},
		{"an endpoint in http", destination1 + `http: {endpoint: "https://x"}`, `"http::endpoint" must not be set`},
		{"a custom cloud without hosts", "cloud: custom\nhosts: {login: \"https://login\"}\n" + destination1, `"hosts::ingestion" must be set`},
		{"an unknown key", destination1 + `destination: []`, `has invalid keys: destination`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.config)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := load(t, `
destinations:
  - rules: [{endpoint: "http://x", immutable_id: y, streams: []}]
  - {tenants: [a, a]}
streams: [{row: z}]
limit_applies_to: no
dead_letter: {max_size_mib: -1}
`)
	for _, want := range []string{"must be the last", `"endpoint"`, `"immutable_id"`, `"streams" must list 1 to 10`, `lists "a" twice`, `"rules" must not`, `"event_name" or`, `"row"`, "limit_applies_to", "max_size_mib"} {
		require.ErrorContains(t, err, want)
	}
}

func TestTenantOfAWorkspaceMayBeItsOwn(t *testing.T) {
	_, err := load(t, `
credential: {client_secret: {client_id: a, secret: s}}
destinations:
  - tenants: [contoso]
    tenant_id: `+tenantB+`
    rules: [{endpoint: "`+endpoint+`", immutable_id: `+dcr1+`, streams: [Custom-A]}]
  - tenant_id: `+tenantC+`
    rules: [{endpoint: "`+endpoint+`", immutable_id: `+dcr1+`, streams: [Custom-A]}]
`)
	require.NoError(t, err, "one DCR may serve two destinations, and each names its tenant")
}
