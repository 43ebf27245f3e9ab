package azure

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
)

const (
	tenantA = "aaaaaaaa-0000-4000-8000-000000000001"
	tenantB = "bbbbbbbb-0000-4000-8000-000000000002"
	appID   = "cccccccc-0000-4000-8000-000000000003"
)

// tripper is a round tripper as a function.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// fakeEntra gives out token-1, token-2, … and hands every other request on.
type fakeEntra struct {
	next    tripper
	expires int                                // seconds a token lives; 0 = 3600
	refuse  func(*http.Request) *http.Response // nil, or an answer instead of a token
	wait    func(ctx context.Context)          // nil, or called before a token is given

	mu    sync.Mutex
	asked []string // bodies of the token requests
}

func (f *fakeEntra) RoundTrip(req *http.Request) (*http.Response, error) {
	switch {
	case strings.HasSuffix(req.URL.Path, "/.well-known/openid-configuration"):
		base := "https://" + req.URL.Host + "/" + strings.Split(req.URL.Path, "/")[1]
		return answer(200, fmt.Sprintf(`{"token_endpoint":"%[1]s/oauth2/v2.0/token",`+
			`"authorization_endpoint":"%[1]s/oauth2/v2.0/authorize","issuer":"%[1]s/v2.0"}`, base)), nil
	case strings.HasSuffix(req.URL.Path, "/oauth2/v2.0/token"):
		return f.token(req)
	default:
		return f.next(req)
	}
}

func (f *fakeEntra) token(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.asked = append(f.asked, req.URL.Path+"?"+string(body))
	n := len(f.asked)
	f.mu.Unlock()
	if f.wait != nil {
		f.wait(req.Context())
	}
	if f.refuse != nil {
		if resp := f.refuse(req); resp != nil {
			return resp, nil
		}
	}
	expires := f.expires
	if expires == 0 {
		expires = 3600
	}
	return answer(200, fmt.Sprintf(`{"token_type":"Bearer","expires_in":%d,"access_token":"token-%d"}`, expires, n)), nil
}

func (f *fakeEntra) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

func answer(status int, body string, header ...string) *http.Response {
	return response(status, body, append([]string{"Content-Type", "application/json"}, header...)...)
}

func entraError(status, code int) *http.Response {
	return answer(status, fmt.Sprintf(
		`{"error":"invalid_client","error_description":"AADSTS%[1]d: geheim","error_codes":[%[1]d]}`, code),
		"x-ms-request-id", "entra-1")
}

// custom is a configuration for one origin, with an application's secret.
func custom() Config {
	config := NewDefaultConfig()
	config.Cloud = CloudCustom
	config.Hosts = Hosts{
		Login: "https://cloud.test", Graph: "https://cloud.test",
		ARM: "https://cloud.test", Ingestion: "https://cloud.test",
	}
	config.Credential = secret("emulator")
	return config
}

func secret(value string) CredentialConfig {
	return CredentialConfig{ClientSecret: configoptional.Some(ClientSecretConfig{ClientID: appID, Secret: configopaque.String(value)})}
}

func connect(t *testing.T, config Config, rt http.RoundTripper) *Connector {
	t.Helper()
	return connectTo(t, ConnectSettings{Config: config, RoundTripper: rt})
}

func connectTo(t *testing.T, s ConnectSettings) *Connector {
	t.Helper()
	s.Telemetry = componenttest.NewNopTelemetrySettings()
	s.Version = "1.2.3"
	k, err := Connect(t.Context(), s)
	require.NoError(t, err)
	t.Cleanup(k.Close)
	return k
}

func graph(t *testing.T, k *Connector) *Client {
	t.Helper()
	c, err := k.Graph(tenantA, CredentialConfig{})
	require.NoError(t, err)
	return c
}

// get does one request and returns the body.
func get(ctx context.Context, c *Client, url string) (string, error) {
	req, err := runtime.NewRequest(ctx, http.MethodGet, url)
	if err != nil {
		return "", err
	}
	resp, err := c.Do("get thing", req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// echo answers with the request's authorization.
func echo(req *http.Request) (*http.Response, error) {
	return answer(200, req.Header.Get("Authorization")), nil
}

// host is a component.Host with the given extensions.
type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }
