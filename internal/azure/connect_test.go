package azure

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
)

// extension gives tokens named after what it was asked for.
type extension struct {
	component.StartFunc
	component.ShutdownFunc
	err error
}

func (e extension) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "ext " + o.TenantID + " " + o.Scopes[0], ExpiresOn: time.Now().Add(time.Hour)}, e.err
}

func withAuth(id component.ID) Config {
	config := custom()
	config.Credential = CredentialConfig{}
	config.Auth = configoptional.Some(id)
	return config
}

func TestAnExtensionGivesTheTokens(t *testing.T) {
	id := component.MustNewID("azure_auth")
	k := connectTo(t, ConnectSettings{
		Config: withAuth(id), Host: host{id: extension{}}, RoundTripper: &fakeEntra{next: echo},
	})
	body, err := get(t.Context(), graph(t, k), "https://cloud.test/v1.0")
	require.NoError(t, err)
	require.Equal(t, "Bearer ext "+tenantA+" https://cloud.test/.default", body)

	own, err := k.Graph(tenantA, secret("emulator"))
	require.NoError(t, err)
	body, err = get(t.Context(), own, "https://cloud.test/v1.0")
	require.NoError(t, err)
	require.Equal(t, "Bearer token-1", body, "a tenant's own credential goes before the extension")

	rows, err := k.Ingestion("", CredentialConfig{}, "https://cloud.test")
	require.NoError(t, err)
	body, err = get(t.Context(), rows, "https://cloud.test/v1.0")
	require.NoError(t, err)
	require.Equal(t, "Bearer ext  https://cloud.test//.default", body)
}

func TestAnExtensionsErrorKeepsItsTextToItself(t *testing.T) {
	id := component.MustNewID("azure_auth")
	k := connectTo(t, ConnectSettings{
		Config: withAuth(id), Host: host{id: extension{err: errors.New("geheim")}}, RoundTripper: &fakeEntra{next: echo},
	})
	_, err := get(t.Context(), graph(t, k), "https://cloud.test/v1.0")
	require.EqualError(t, err, "get thing: get token: no credential available")
}

func TestConnectRefusesWhatCannotWork(t *testing.T) {
	id := component.MustNewIDWithName("azure_auth", "work")
	badTLS := custom()
	badTLS.HTTP.TLS.CAFile = filepath.Join(t.TempDir(), "none.pem")
	for _, tt := range []struct {
		name     string
		settings ConnectSettings
		want     string
	}{
		{"no such cloud", ConnectSettings{Config: Config{Cloud: "mars"}}, `"cloud" must be`},
		{"no such extension", ConnectSettings{Config: withAuth(id), Host: host{}}, `"auth" names extension "azure_auth/work", which is not in service::extensions`},
		{"no host", ConnectSettings{Config: withAuth(id)}, `"auth" names extension "azure_auth/work"`},
		{"an extension of another kind", ConnectSettings{Config: withAuth(id), Host: host{id: nopExtension{}}}, `"auth" must name an extension that gives Azure tokens, got "azure_auth/work"`},
		{"an unreadable CA", ConnectSettings{Config: badTLS}, "make http client: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Connect(t.Context(), tt.settings)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

type nopExtension struct {
	component.StartFunc
	component.ShutdownFunc
}

func TestClientsAreRefusedWhereTheyCannotWork(t *testing.T) {
	china := NewDefaultConfig()
	china.Cloud = CloudChina
	china.Credential = secret("x")
	inChina := connect(t, china, &fakeEntra{})
	k := connect(t, custom(), &fakeEntra{})
	for _, tt := range []struct {
		name string
		make func() (*Client, error)
		want string
	}{
		{"no tenant", func() (*Client, error) { return k.Graph("", CredentialConfig{}) }, `"tenant_id" must be set`},
		{"a tenant that leaves the path", func() (*Client, error) { return k.ARM("../common", CredentialConfig{}) }, `"tenant_id" must be a GUID or a domain name, got "../common"`},
		{"an application without tenant", func() (*Client, error) {
			return k.Ingestion("", CredentialConfig{}, "https://cloud.test")
		}, `"tenant_id" must be set with an application's credential`},
		{"no Graph in China", func() (*Client, error) { return inChina.Graph(tenantA, CredentialConfig{}) }, `"cloud" china offers no`},
		{"another cloud's endpoint", func() (*Client, error) {
			return inChina.Ingestion(tenantA, CredentialConfig{}, "https://a.westeurope-1.ingest.monitor.azure.com")
		}, `"endpoint" must be in cloud china`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.make()
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestEqualIdentitiesShareOneToken(t *testing.T) {
	entra := &fakeEntra{next: echo}
	k := connect(t, custom(), entra)
	ask := func(tenantID string, own CredentialConfig) string {
		c, err := k.Graph(tenantID, own)
		require.NoError(t, err)
		body, err := get(t.Context(), c, "https://cloud.test/v1.0")
		require.NoError(t, err)
		return body
	}
	require.Equal(t, "Bearer token-1", ask(tenantA, CredentialConfig{}))
	require.Equal(t, "Bearer token-1", ask(tenantA, CredentialConfig{}))
	require.Equal(t, "Bearer token-2", ask(tenantB, CredentialConfig{}), "another tenant")
	require.Equal(t, "Bearer token-3", ask(tenantA, secret("other")), "another secret")

	rows, err := k.Ingestion(tenantA, CredentialConfig{}, "https://cloud.test", "https://OTHER.test:443/")
	require.NoError(t, err)
	for _, url := range []string{"https://cloud.test/v1.0", "https://other.test/v1.0"} {
		body, err := get(t.Context(), rows, url)
		require.NoError(t, err)
		require.Equal(t, "Bearer token-4", body, "another scope, one for all endpoints")
	}
	require.Empty(t, rows.Origin())
}

func TestTheServicesHaveTheirOrigins(t *testing.T) {
	config := custom()
	config.Hosts.Graph, config.Hosts.ARM, config.Hosts.LogAnalytics = "https://graph.test", "https://arm.test", "https://logs.test"
	k := connect(t, config, &fakeEntra{next: echo})
	require.Equal(t, CloudCustom, k.Cloud().Name())
	require.Equal(t, "https://graph.test", graph(t, k).Origin())
	arm, err := k.ARM(tenantA, CredentialConfig{})
	require.NoError(t, err)
	require.Equal(t, "https://arm.test", arm.Origin())
	logs, err := k.LogAnalytics(tenantA, CredentialConfig{})
	require.NoError(t, err)
	require.Equal(t, "https://logs.test", logs.Origin())
	_, err = get(t.Context(), arm, "https://graph.test/v1.0")
	require.ErrorContains(t, err, "host is not the configured one", "one service's token is not another's")
}

func TestConfighttpMakesTheClientOutsideTests(t *testing.T) {
	var requests []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.URL.Path)
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	id := component.MustNewID("azure_auth")
	config := withAuth(id)
	config.Hosts.Graph = server.URL
	settings := ConnectSettings{Config: config, Host: host{id: extension{}}}

	_, err := get(t.Context(), graph(t, connectTo(t, settings)), server.URL+"/v1.0")
	require.ErrorContains(t, err, "certificate signed by unknown authority")
	require.Contains(t, Remedy(err), "`http::tls::ca_file`")
	require.Equal(t, ClassRetryable, ClassOf(err))
	require.Empty(t, requests)

	settings.Config.HTTP.TLS.InsecureSkipVerify = true
	_, err = get(t.Context(), graph(t, connectTo(t, settings)), server.URL+"/v1.0")
	require.EqualError(t, err, "get thing: 302 Found")
	require.Equal(t, []string{"/v1.0"}, requests, "a redirect is not followed")
}
