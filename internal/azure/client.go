package azure

import (
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Client sends requests with the token of one identity to one service. It
// neither retries nor follows redirects. Safe for concurrent use.
type Client struct {
}

// Origin is the service's https origin without a slash at the end; empty for
// Logs Ingestion, whose requests name their endpoint.
func (c *Client) Origin() string { panic("soon") }

// Do sends req and returns the answer when its status is 2xx; the body is then
// a stream that the caller closes. Anything else is an error: an [*Error]
// wrapped with operation, or the request's own context error.
func (c *Client) Do(operation string, req *policy.Request) (*http.Response, error) { panic("soon") }
