package azure

import (
	"context"
	"net/http"

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
// credential for each tenant. Safe for concurrent use.
type Connector struct {
}

// Connect prepares, and sends nothing. It errs where the configuration cannot
// work: an unreadable TLS file, an auth extension that is absent or no
// azcore.TokenCredential.
func Connect(ctx context.Context, s ConnectSettings) (*Connector, error) {
	panic("soon")
}

// Cloud is the configured cloud.
func (k *Connector) Cloud() Cloud { panic("soon") }

// Graph is a client for one tenant's Microsoft Graph. own is the tenant's
// override of the component's credential; its zero value inherits. It errs for
// a tenant id that cannot be one, and for a cloud without Graph.
func (k *Connector) Graph(tenantID string, own CredentialConfig) (*Client, error) { panic("soon") }

// ARM is a client for Azure Resource Manager with a token of one tenant;
// otherwise like [Connector.Graph].
func (k *Connector) ARM(tenantID string, own CredentialConfig) (*Client, error) { panic("soon") }

// Ingestion is one client for all endpoints, which share a token. tenantID is
// the tenant of the DCRs; it may be empty where the credential knows its own:
// workload and managed identity, Azure CLI, the default chain, auth.
func (k *Connector) Ingestion(tenantID string, endpoints ...string) (*Client, error) { panic("soon") }

// Close drops idle connections. Requests under way are not disturbed.
func (k *Connector) Close() {}
