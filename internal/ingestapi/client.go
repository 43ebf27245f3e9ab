package ingestapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// apiVersion is the stable version of the API.
const apiVersion = "2023-01-01"

// operation is the one there is.
const operation = "upload rows"

// Client uploads rows. It sends each request once. Safe for concurrent use.
//
// Source: Logs Ingestion API overview and azlogs v1.1.0, read 2026-11.
type Client struct {
	azure *azure.Client
}

// NewClient takes a client from [azure.Connector.Ingestion].
func NewClient(client *azure.Client) *Client { return &Client{azure: client} }

// Request is one body for one stream.
type Request struct {
	// Endpoint is the https origin of the DCR's own ingestion endpoint or of a
	// data collection endpoint, as the user wrote it; one of those given to
	// [azure.Connector.Ingestion].
	Endpoint string
	// DCR is the rule's immutable id, `dcr-` and 32 hex digits.
	DCR string
	// Stream is the stream's name as the rule declares it.
	Stream string
	// Body is a gzipped JSON array of rows, never empty. It is only read, and
	// not kept after Upload returned.
	Body []byte
}

// Upload sends the body and returns nil when the service accepted it: 204, and
// no other status, though a proxy may answer 200. Errors are [*azure.Error], to
// be asked with [azure.ClassOf], or the context's own, wrapped:
//
//	400 InvalidStream, 401, 403   misconfigured
//	400 RecordsTimeRangeIs…       split, with azure.ReasonTimeRange: by time
//	413                           split
//	aborted large upload          split, with azure.ReasonAborted: a guess
//	429, 503 with Retry-After     throttled
//	404, other 4xx                permanent
//	5xx, network, no token        retryable
//
// 204 means accepted, not stored: rows that do not fit the DCR's declaration
// may vanish without a word.
func (c *Client) Upload(ctx context.Context, request Request) error {
	req, err := newRequest(ctx, request)
	if err != nil {
		return &azure.Error{Operation: operation, Class: azure.ClassPermanent, Cause: err}
	}
	resp, err := c.azure.Do(operation, req)
	if err != nil {
		return refine(err, len(request.Body))
	}
	if resp.StatusCode != http.StatusNoContent {
		e := azure.NewResponseError(operation, resp)
		e.Class, e.Reason = azure.ClassRetryable, azure.ReasonNotMicrosoft
		return e
	}
	return resp.Body.Close()
}

func newRequest(ctx context.Context, r Request) (*policy.Request, error) {
	origin, err := azure.ParseOrigin(r.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("endpoint must be %w", err)
	}
	if r.DCR == "" || r.Stream == "" || len(r.Body) == 0 {
		return nil, errors.New("rule, stream and body must not be empty")
	}
	req, err := runtime.NewRequest(ctx, http.MethodPost, origin+
		"/dataCollectionRules/"+url.PathEscape(r.DCR)+
		"/streams/"+url.PathEscape(r.Stream)+
		"?api-version="+apiVersion)
	if err != nil {
		return nil, err
	}
	header := req.Raw().Header
	header.Set("Accept", "application/json")
	header.Set("Content-Encoding", "gzip")
	header.Set("X-Ms-Client-Request-Id", uuid.NewString())
	return req, req.SetBody(streaming.NopCloser(bytes.NewReader(r.Body)), "application/json")
}
