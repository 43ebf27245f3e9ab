package azure

import (
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Client sends requests with the token of one identity to one service. It
// neither retries nor follows redirects. Safe for concurrent use.
type Client struct {
	origin   string
	pipeline runtime.Pipeline
}

// clientSettings is what a client is made of.
type clientSettings struct {
	tokens    *tokenCache
	origins   []string // normal form; the token goes nowhere else
	transport policy.Transporter
	version   string
}

func newClient(s clientSettings) *Client {
	allowed := make(map[string]bool, len(s.origins))
	for _, origin := range s.origins {
		allowed[origin] = true
	}
	c := &Client{pipeline: runtime.NewPipeline("defender-sentinel", s.version,
		runtime.PipelineOptions{
			PerCall:  []policy.Policy{userAgentPolicy("defender-sentinel/" + s.version)},
			PerRetry: []policy.Policy{&tokenPolicy{tokens: s.tokens, origins: allowed}},
		},
		&policy.ClientOptions{
			Retry:     policy.RetryOptions{MaxRetries: -1}, // One retry layer, and it is not this one.
			Telemetry: policy.TelemetryOptions{Disabled: true},
			Transport: s.transport,
		})}
	if len(s.origins) == 1 {
		c.origin = s.origins[0]
	}
	return c
}

// Origin is the service's https origin without a slash at the end; empty for a
// client of several Logs Ingestion endpoints, whose requests name theirs.
func (c *Client) Origin() string { return c.origin }

// Do sends req and returns the answer when its status is 2xx; the body is then
// a stream that the caller closes. Anything else is an [*Error] of this
// operation, or the request's own context error, wrapped.
func (c *Client) Do(operation string, req *policy.Request) (*http.Response, error) {
	runtime.SkipBodyDownload(req)
	resp, err := c.pipeline.Do(req)
	if err != nil {
		if resp != nil { // it came as the context ended, and nobody else closes it
			_ = resp.Body.Close()
		}
		return nil, NewNetworkError(req.Raw().Context(), operation, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, NewResponseError(operation, resp)
	}
	return resp, nil
}

// userAgentPolicy names us instead of the SDK.
type userAgentPolicy string

// Do implements policy.Policy.
func (p userAgentPolicy) Do(req *policy.Request) (*http.Response, error) {
	req.Raw().Header.Set("User-Agent", string(p))
	return req.Next()
}
