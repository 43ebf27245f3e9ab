package azure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"go.opentelemetry.io/collector/component"
)

// ConnectSettings is what [Connect] needs beside the user's configuration.
type ConnectSettings struct {
	// Config is the user's, already validated.
	Config Config
	// Host resolves the auth extension and http middlewares; it may be nil
	// where none is configured.
	Host component.Host
	// Telemetry is the component's.
	Telemetry component.TelemetrySettings
	// Version is ours, for the user agent `defender-sentinel/<version>`.
	Version string
	// RoundTripper replaces what Config.HTTP would make, its timeout apart;
	// nil outside tests.
	RoundTripper http.RoundTripper
}

// Connector makes a component's clients: one cloud, one HTTP client, one
// credential for each tenant and identity, however often it is asked for. Safe
// for concurrent use.
type Connector struct {
	config    Config
	cloud     Cloud
	http      *http.Client
	extension azcore.TokenCredential // nil without `auth`
	version   string

	mu          sync.Mutex
	credentials map[identity]*credential
}

// identity is who asks and in which tenant.
type identity struct {
	tenantID string
	config   CredentialConfig
}

// Connect prepares, and sends nothing. It errs where the configuration cannot
// work: an unreadable TLS file, an auth extension that is absent or no
// azcore.TokenCredential.
func Connect(ctx context.Context, s ConnectSettings) (*Connector, error) {
	cloud, err := s.Config.Environment()
	if err != nil {
		return nil, err
	}
	var extensions map[component.ID]component.Component
	if s.Host != nil {
		extensions = s.Host.GetExtensions()
	}
	client, err := httpClient(ctx, s, extensions)
	if err != nil {
		return nil, err
	}
	k := &Connector{
		config: s.Config, cloud: cloud, http: client, version: s.Version,
		credentials: map[identity]*credential{},
	}
	if id := s.Config.Auth.Get(); id != nil {
		if k.extension, err = tokenExtension(extensions, *id); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// httpClient is confighttp's, or the test's round tripper, without redirects: a
// token must not follow one.
func httpClient(ctx context.Context, s ConnectSettings, extensions map[component.ID]component.Component) (*http.Client, error) {
	client := &http.Client{Transport: s.RoundTripper, Timeout: s.Config.HTTP.Timeout}
	if s.RoundTripper == nil {
		var err error
		if client, err = s.Config.HTTP.ToClient(ctx, extensions, s.Telemetry); err != nil {
			return nil, fmt.Errorf("make http client: %w", err)
		}
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client, nil
}

func tokenExtension(extensions map[component.ID]component.Component, id component.ID) (azcore.TokenCredential, error) {
	extension, found := extensions[id]
	if !found {
		return nil, fmt.Errorf(`"auth" names extension %q, which is not in service::extensions`, id)
	}
	credential, ok := extension.(azcore.TokenCredential)
	if !ok {
		return nil, fmt.Errorf(`"auth" must name an extension that gives Azure tokens, got %q`, id)
	}
	return credential, nil
}

// Cloud is the configured cloud.
func (k *Connector) Cloud() Cloud { return k.cloud }

// Graph is a client for one tenant's Microsoft Graph. own is the tenant's
// override of the component's credential; its zero value inherits. It errs for
// a tenant id that cannot be one, and for a cloud without Graph.
func (k *Connector) Graph(tenantID string, own CredentialConfig) (*Client, error) {
	return k.service(ServiceGraph, tenantID, own)
}

// ARM is a client for Azure Resource Manager with a token of one tenant;
// otherwise like [Connector.Graph].
func (k *Connector) ARM(tenantID string, own CredentialConfig) (*Client, error) {
	return k.service(ServiceARM, tenantID, own)
}

// LogAnalytics is a client for queries with a token of one tenant, which is the
// workspace's; otherwise like [Connector.Graph].
func (k *Connector) LogAnalytics(tenantID string, own CredentialConfig) (*Client, error) {
	return k.service(ServiceLogAnalytics, tenantID, own)
}

func (k *Connector) service(service Service, tenantID string, own CredentialConfig) (*Client, error) {
	if tenantID == "" {
		return nil, errors.New(`"tenant_id" must be set`)
	}
	if err := k.config.Require(service); err != nil {
		return nil, err
	}
	return k.client(service, identity{tenantID, own}, []string{k.cloud.Origin(service)})
}

// Ingestion is one client for all endpoints, which share a token. tenantID is
// the tenant of the DCRs; it may be empty where the credential knows its own:
// workload and managed identity, Azure CLI, the default chain, auth. own
// overrides the component's credential; its zero value inherits.
func (k *Connector) Ingestion(tenantID string, own CredentialConfig, endpoints ...string) (*Client, error) {
	if err := k.config.Require(ServiceIngestion); err != nil {
		return nil, err
	}
	origins := make([]string, 0, len(endpoints))
	for _, endpoint := range endpoints {
		if err := k.cloud.CheckIngestionEndpoint(endpoint); err != nil {
			return nil, err
		}
		origin, err := ParseOrigin(endpoint)
		if err != nil {
			return nil, err
		}
		origins = append(origins, origin)
	}
	return k.client(ServiceIngestion, identity{tenantID, own}, origins)
}

func (k *Connector) client(service Service, who identity, origins []string) (*Client, error) {
	credential, err := k.credential(who)
	if err != nil {
		return nil, err
	}
	return newClient(clientSettings{
		tokens:    credential.tokens(k.cloud.Scope(service)),
		origins:   origins,
		transport: k.http,
		version:   k.version,
	}), nil
}

// credential is the one for this identity, made at its first use.
func (k *Connector) credential(who identity) (*credential, error) {
	if err := checkTenantID(who.tenantID); err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if known, ok := k.credentials[who]; ok {
		return known, nil
	}
	source, err := k.source(who)
	if err != nil {
		return nil, err
	}
	made := newCredential(source, who.tenantID)
	k.credentials[who] = made
	return made, nil
}

// source is the override, else the extension, else the component's credential.
func (k *Connector) source(who identity) (source, error) {
	inherits := who.config.IsZero()
	if inherits && k.extension != nil {
		return extensionSource(k.extension), nil
	}
	config := who.config
	if inherits {
		config = k.config.Credential
	}
	m := maker{cloud: k.cloud, transport: tracingTransport{k.http}, tenantID: who.tenantID}
	return m.source(config)
}

// checkTenantID accepts a GUID or a domain name, which go into the login URL.
func checkTenantID(id string) error {
	for _, r := range id {
		word := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !word && !strings.ContainsRune(".-", r) {
			return fmt.Errorf(`"tenant_id" must be a GUID or a domain name, got %q`, id)
		}
	}
	return nil
}

// Close drops idle connections. Requests under way are not disturbed.
func (k *Connector) Close() { k.http.CloseIdleConnections() }
