package ingestapi

import (
	"context"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// Client uploads rows. Safe for concurrent use.
type Client struct {
	azure *azure.Client
}

// NewClient takes a client from [azure.Connector.Ingestion].
func NewClient(client *azure.Client) *Client { return &Client{azure: client} }

// Request is one body for one stream.
type Request struct {
	// Endpoint is the https origin of the DCR's own ingestion endpoint or of a
	// data collection endpoint; one of those given to
	// [azure.Connector.Ingestion].
	Endpoint string
	// DCR is the rule's immutable id, `dcr-` and 32 hex digits.
	DCR string
	// Stream is the stream's name as the rule declares it.
	Stream string
	// Body is a gzipped JSON array of rows, never empty. It is only read.
	Body []byte
}

// Upload sends the body and returns nil when the service accepted it (204; any
// other 2xx is not an acceptance and comes back retryable). Errors are
// [*azure.Error], to be asked with [azure.ClassOf], or the context's own:
//
//	400 InvalidStream, 401, 403   misconfigured
//	400 RecordsTimeRangeIs…       split, with [azure.ReasonTimeRange]
//	413, aborted large uploads    split
//	429, 503 with Retry-After     throttled
//	404 and other 4xx             permanent
//	5xx, network, no token        retryable
func (c *Client) Upload(ctx context.Context, request Request) error { panic("soon") }
