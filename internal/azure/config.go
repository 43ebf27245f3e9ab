package azure

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
)

// Defaults of the http block.
const (
	// httpTimeout bounds one request from first to last byte. A page of
	// 100 MB at 1 MB/s fits.
	httpTimeout = 2 * time.Minute
	// httpReadIdleTimeout is after how long a silent HTTP/2 connection is
	// pinged, so that a dead one is noticed before httpTimeout.
	httpReadIdleTimeout = 30 * time.Second
	// httpPingTimeout is how long that ping may take.
	httpPingTimeout = 15 * time.Second
)

// Config is the part of every component's configuration that says how to reach
// Microsoft. A component holds it as a named, squashed field:
//
//	Azure azure.Config `mapstructure:",squash"`
//
// The collector's validation reaches it by itself. A component adds
// [Config.Require] for the services it uses.
type Config struct {
	// Cloud is public, usgov, usgov_dod, china or custom. Default public.
	Cloud CloudName `mapstructure:"cloud"`
	// Hosts are the origins of a custom cloud; empty otherwise.
	Hosts Hosts `mapstructure:"hosts"`
	// Credential says who asks for tokens. Absent means azidentity's default
	// chain: environment, workload identity, managed identity, developer tools.
	Credential CredentialConfig `mapstructure:"credential"`
	// Auth names an extension that is an azcore.TokenCredential, instead of
	// Credential.
	Auth configoptional.Optional[component.ID] `mapstructure:"auth"`
	// HTTP holds TLS, proxy, timeout and pools. Its auth, compression and
	// endpoint are refused: they are ours. Timeout covers one request, its
	// body included; default 2m.
	HTTP confighttp.ClientConfig `mapstructure:"http"`
}

// NewDefaultConfig is the public cloud, the default credential chain, and an
// HTTP client that gives up on a request after two minutes.
func NewDefaultConfig() Config {
	http := confighttp.NewDefaultClientConfig()
	http.Timeout = httpTimeout
	http.HTTP2ReadIdleTimeout = httpReadIdleTimeout
	http.HTTP2PingTimeout = httpPingTimeout
	return Config{Cloud: CloudPublic, HTTP: http}
}

// Validate reports every fault of the block itself. The credential and http
// blocks have a Validate of their own, which the collector calls too.
func (c Config) Validate() error {
	_, cloudErr := c.Environment()
	errs := []error{cloudErr}
	if c.Auth.HasValue() && !c.Credential.IsZero() {
		errs = append(errs, errors.New(`"auth" and "credential" exclude each other`))
	}
	return errors.Join(append(errs, validateHTTP(c.HTTP)...)...)
}

func validateHTTP(http confighttp.ClientConfig) []error {
	var errs []error
	if http.Endpoint != "" {
		errs = append(errs, errors.New(`"http::endpoint" must not be set: hosts follow from "cloud" and "hosts"`))
	}
	if http.Auth.HasValue() {
		errs = append(errs, errors.New(`"http::auth" must not be set: use "credential" or "auth"`))
	}
	if http.Compression != "" {
		errs = append(errs, errors.New(`"http::compression" must not be set: bodies are compressed where the service takes it`))
	}
	if _, err := url.ParseRequestURI(http.ProxyURL); http.ProxyURL != "" && err != nil {
		errs = append(errs, errors.New(`"http::proxy_url" must be a URL`)) // It may hold a password.
	}
	if http.Timeout < 0 {
		errs = append(errs, fmt.Errorf(`"http::timeout" must not be negative, got %s`, http.Timeout))
	}
	for name := range http.Headers.Iter {
		if strings.EqualFold(name, "authorization") || strings.EqualFold(name, "host") {
			errs = append(errs, fmt.Errorf(`"http::headers" must not hold %q: a token goes to its own host only`, name))
		}
	}
	return errs
}

// Require reports the services that the component needs and the cloud lacks.
// It is silent about what Validate already reports.
func (c Config) Require(services ...Service) error {
	cloud, err := c.Environment()
	if err != nil {
		return nil // Validate reports it, once.
	}
	var errs []error
	for _, service := range services {
		if cloud.Origin(service) != "" {
			continue
		}
		if c.Cloud == CloudCustom {
			errs = append(errs, fmt.Errorf(`"hosts::%s" must be set with cloud custom`, service))
			continue
		}
		errs = append(errs, fmt.Errorf(`"cloud" %s offers no Defender incidents over Microsoft Graph`, c.Cloud))
	}
	return errors.Join(errs...)
}

// CheckIngestionEndpoint is [Cloud.CheckIngestionEndpoint] of the configured
// cloud. It is silent when the cloud itself is at fault.
func (c Config) CheckIngestionEndpoint(endpoint string) error {
	cloud, err := c.Environment()
	if err != nil {
		return nil // Validate reports it, once.
	}
	return cloud.CheckIngestionEndpoint(endpoint)
}
