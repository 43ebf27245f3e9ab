package azure

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"
)

// component's Config, as the receivers and exporters write it.
type componentConfig struct {
	Azure Config `mapstructure:",squash"`
	Other int    `mapstructure:"other"`
}

func load(t *testing.T, text string) *componentConfig {
	t.Helper()
	var raw map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &raw))
	config := &componentConfig{Azure: NewDefaultConfig()}
	require.NoError(t, confmap.NewFromStringMap(raw).Unmarshal(config))
	return config
}

func TestTheDefaultIsThePublicCloudAndTheDefaultChain(t *testing.T) {
	config := load(t, `other: 7`)
	require.NoError(t, confmap.Validate(config))
	require.Equal(t, 7, config.Other)
	require.Equal(t, CloudPublic, config.Azure.Cloud)
	require.True(t, config.Azure.Credential.IsZero())
	require.Equal(t, httpTimeout, config.Azure.HTTP.Timeout)
	require.NoError(t, config.Azure.Require(ServiceGraph, ServiceARM, ServiceIngestion))
}

func TestAWholeBlockIsRead(t *testing.T) {
	config := load(t, `
cloud: custom
hosts: {login: "https://localhost:1", graph: "https://localhost:2"}
auth: azure_auth/work
http: {timeout: 7s, tls: {ca_file: /tmp/ca.pem}, proxy_url: "http://proxy:3128"}
`)
	require.NoError(t, confmap.Validate(config))
	require.Equal(t, "https://localhost:2", config.Azure.Hosts.Graph)
	require.Equal(t, component.MustNewIDWithName("azure_auth", "work"), *config.Azure.Auth.Get())
	require.Equal(t, "7s", config.Azure.HTTP.Timeout.String())
	require.Equal(t, "/tmp/ca.pem", config.Azure.HTTP.TLS.CAFile)
	require.Positive(t, config.Azure.HTTP.HTTP2ReadIdleTimeout, "what is not set keeps its default")
}

func TestEveryIdentityIsRead(t *testing.T) {
	for text, check := range map[string]func(CredentialConfig) bool{
		`workload_identity: {client_id: app, token_file: /t}`: func(c CredentialConfig) bool {
			return *c.WorkloadIdentity.Get() == WorkloadIdentityConfig{ClientID: "app", TokenFile: "/t"}
		},
		`workload_identity:`:   func(c CredentialConfig) bool { return c.WorkloadIdentity.HasValue() },
		`managed_identity: {}`: func(c CredentialConfig) bool { return c.ManagedIdentity.HasValue() },
		`managed_identity:`:    func(c CredentialConfig) bool { return c.ManagedIdentity.HasValue() },
		`managed_identity: {object_id: o}`: func(c CredentialConfig) bool {
			return c.ManagedIdentity.Get().ObjectID == "o"
		},
		`client_secret: {client_id: app, secret: s}`: func(c CredentialConfig) bool {
			return c.ClientSecret.Get().Secret == "s"
		},
		`client_secret: {client_id: app, secret_file: /s}`: func(c CredentialConfig) bool {
			return c.ClientSecret.Get().SecretFile == "/s"
		},
		`certificate: {client_id: app, file: /c, password: p, send_chain: true}`: func(c CredentialConfig) bool {
			return *c.Certificate.Get() == CertificateConfig{ClientID: "app", File: "/c", Password: "p", SendChain: true}
		},
		`federated: {client_id: app, managed_identity: {client_id: mi}}`: func(c CredentialConfig) bool {
			return c.Federated.Get().ManagedIdentity.Get().ClientID == "mi"
		},
		`federated: {client_id: app, managed_identity: {}}`: func(c CredentialConfig) bool {
			return c.Federated.Get().ManagedIdentity.HasValue()
		},
		`federated: {client_id: app, assertion_file: /a}`: func(c CredentialConfig) bool {
			return c.Federated.Get().AssertionFile == "/a"
		},
		`azure_cli:`: func(c CredentialConfig) bool { return c.AzureCLI.HasValue() },
	} {
		t.Run(text, func(t *testing.T) {
			config := load(t, "credential:\n  "+text)
			require.NoError(t, confmap.Validate(config))
			require.True(t, check(config.Azure.Credential))
			require.Len(t, config.Azure.Credential.kinds(), 1)
			require.False(t, config.Azure.Credential.IsZero())
		})
	}
}

func TestAllFaultsAreReportedAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{
			"everything wrong in one block",
			`
cloud: mars
auth: azure_auth
credential:
  client_secret: {secret: top, secret_file: /s}
  managed_identity: {client_id: a, object_id: b}
http:
  endpoint: https://graph.microsoft.com
  auth: {authenticator: oauth2client}
  compression: gzip
  timeout: -1s
  proxy_url: "http://me:geheim@pro xy"
  headers: {authorization: Bearer x, Host: y, X-Fine: z}
`,
			[]string{
				`"cloud" must be`,
				`"auth" and "credential" exclude each other`,
				`credential: must name one identity, got managed_identity and client_secret`,
				`credential::client_secret: "client_id" must be set`,
				`"secret" and "secret_file" exclude each other`,
				`credential::managed_identity: only one of "client_id", "object_id" and "resource_id" may be set`,
				`"http::endpoint" must not be set`,
				`"http::auth" must not be set`,
				`"http::compression" must not be set`,
				`"http::proxy_url" must be a URL`,
				`"http::timeout" must not be negative, got -1s`,
				`"http::headers" must not hold "authorization"`,
				`"http::headers" must not hold "Host"`,
			},
		},
		{
			"a secret forgotten",
			`credential: {client_secret: {client_id: app}}`,
			[]string{`"secret" or "secret_file" must be set`},
		},
		{
			"a secret that names nothing is not the default chain",
			"credential:\n  client_secret:",
			[]string{`"client_id" must be set`, `"secret" or "secret_file" must be set`},
		},
		{
			"a certificate without anything",
			`credential: {certificate: {}}`,
			[]string{`"client_id" must be set`, `"file" must be set`},
		},
		{
			"a federation with two assertions, one of them with two ids",
			`credential: {federated: {managed_identity: {client_id: a, resource_id: b}, assertion_file: /a}}`,
			[]string{
				`"client_id" must be set`, `"managed_identity" and "assertion_file" exclude each other`,
				`only one of "client_id"`,
			},
		},
		{
			"a federation with no assertion",
			`credential: {federated: {client_id: app}}`,
			[]string{`"managed_identity" or "assertion_file" must be set`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := confmap.Validate(load(t, tt.text))
			for _, want := range tt.want {
				require.ErrorContains(t, err, want)
				require.Equal(t, 1, strings.Count(err.Error(), want), "said once: %s", want)
			}
			require.NotContains(t, err.Error(), "top")
			require.NotContains(t, err.Error(), "geheim")
		})
	}
}

func TestASecretIsNeverPrinted(t *testing.T) {
	config := load(t, `credential: {client_secret: {client_id: app, secret: geheim}}`)
	conf := confmap.New()
	require.NoError(t, conf.Marshal(config))
	text, err := yaml.Marshal(conf.ToStringMap())
	require.NoError(t, err)
	require.Contains(t, string(text), "client_id: app")
	require.NotContains(t, string(text), "geheim")
}

func TestRequireNamesTheServiceThatIsMissing(t *testing.T) {
	require.ErrorContains(t, Config{Cloud: CloudChina}.Require(ServiceGraph),
		`"cloud" china offers no Defender incidents over Microsoft Graph`)
	require.NoError(t, Config{Cloud: CloudChina}.Require(ServiceARM, ServiceIngestion))
	custom := Config{Cloud: CloudCustom, Hosts: Hosts{Login: "https://localhost:1"}}
	err := custom.Require(ServiceGraph, ServiceIngestion)
	require.ErrorContains(t, err, `"hosts::graph" must be set with cloud custom`)
	require.ErrorContains(t, err, `"hosts::ingestion" must be set with cloud custom`)
	require.NoError(t, Config{Cloud: "mars"}.Require(ServiceGraph), "Validate reports that")
}
