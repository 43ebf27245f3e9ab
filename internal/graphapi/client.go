package graphapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/google/uuid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// The collections.
const (
	incidentsPath = "/v1.0/security/incidents"
	alertsPath    = "/v1.0/security/alerts_v2"
)

// warningCharsMax bounds the service's word on a partial answer.
const warningCharsMax = 256

// Client reads one tenant's incidents and alerts and writes its incidents. It
// sends each request once. Safe for concurrent use.
//
// Source: Microsoft Graph v1.0, list and get of security incident and alert,
// read 2026-11.
type Client struct {
	azure *azure.Client
}

// NewClient takes a client from [azure.Connector.Graph].
func NewClient(client *azure.Client) *Client { return &Client{azure: client} }

// Page is one answer, still unread.
type Page struct {
	// Body is the JSON document, decompressed and bounded by [BodyBytesMax].
	// The caller reads it once and closes it. It ends in io.EOF, or in an
	// [*azure.Error]: a cut connection or damaged gzip is retryable, a body
	// over the bound asks for a split. A cancelled context shows as itself.
	Body *Body
	// Warning is the service's word on a partial answer (206), at most 256
	// printable characters; empty for a whole one.
	Warning string
	// RequestID names the request in Microsoft's logs.
	RequestID string
	// Date is the service's clock; zero when it did not say.
	Date time.Time
}

// ListIncidents asks for the first page of incidents.
func (c *Client) ListIncidents(ctx context.Context, query Query) (*Page, error) {
	return c.get(ctx, "list incidents", c.azure.Origin()+incidentsPath+query.incidents())
}

// ListAlerts asks for the first page of alerts_v2. ExpandAlerts is ignored.
func (c *Client) ListAlerts(ctx context.Context, query Query) (*Page, error) {
	return c.get(ctx, "list alerts", c.azure.Origin()+alertsPath+query.alerts())
}

// NextIncidents follows a nextLink of ListIncidents. A link that leaves the
// configured origin or the incidents collection is refused with
// [azure.ReasonForeignHost], unsent.
func (c *Client) NextIncidents(ctx context.Context, link string) (*Page, error) {
	return c.next(ctx, "list incidents", incidentsPath, link)
}

// NextAlerts follows a nextLink of ListAlerts, with the same care.
func (c *Client) NextAlerts(ctx context.Context, link string) (*Page, error) {
	return c.next(ctx, "list alerts", alertsPath, link)
}

// GetIncident asks for one incident without its alerts. An id the service does
// not know is an [*azure.Error] with Status 404.
func (c *Client) GetIncident(ctx context.Context, id string) (*Page, error) {
	return c.one(ctx, "get incident", incidentsPath, id)
}

// GetIncidentWithAlerts is GetIncident with `$expand=alerts`.
func (c *Client) GetIncidentWithAlerts(ctx context.Context, id string) (*Page, error) {
	return c.one(ctx, "get incident", incidentsPath, id, expandAlerts)
}

// GetAlert asks for one alert, like GetIncident.
func (c *Client) GetAlert(ctx context.Context, id string) (*Page, error) {
	return c.one(ctx, "get alert", alertsPath, id)
}

func (c *Client) next(ctx context.Context, operation, path, link string) (*Page, error) {
	target, err := checkLink(c.azure.Origin(), path, link)
	if err != nil {
		return nil, &azure.Error{
			Operation: operation, Class: azure.ClassPermanent, Reason: azure.ReasonForeignHost, Cause: err,
		}
	}
	return c.get(ctx, operation, target)
}

func (c *Client) one(ctx context.Context, operation, path, id string, options ...string) (*Page, error) {
	target, err := c.object(operation, path, id)
	if err != nil {
		return nil, err
	}
	return c.get(ctx, operation, target+queryOf(options))
}

// object is where one object is, its id kept to one segment of the path.
func (c *Client) object(operation, path, id string) (string, error) {
	if id == "" || id == "." || id == ".." {
		return "", &azure.Error{Operation: operation, Class: azure.ClassPermanent, Cause: errors.New("not an id")}
	}
	return c.azure.Origin() + path + "/" + url.PathEscape(id), nil
}

func (c *Client) get(ctx context.Context, operation, target string) (*Page, error) {
	return c.do(ctx, operation, http.MethodGet, target, nil)
}

// do sends one request, with a body unless it is nil.
func (c *Client) do(ctx context.Context, operation, method, target string, body []byte) (*Page, error) {
	req, err := runtime.NewRequest(ctx, method, target)
	if err == nil && body != nil {
		err = req.SetBody(streaming.NopCloser(bytes.NewReader(body)), "application/json")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operation, err)
	}
	setHeaders(req)
	resp, err := c.azure.Do(operation, req)
	if err != nil {
		return nil, err
	}
	if !isPage(resp) {
		e := azure.NewResponseError(operation, resp)
		e.Class, e.Reason, e.Code = azure.ClassRetryable, azure.ReasonNotMicrosoft, "NotJSON"
		return nil, e
	}
	page := &Page{RequestID: azure.RequestID(resp.Header)}
	if resp.StatusCode == http.StatusPartialContent {
		page.Warning = azure.CleanText(resp.Header.Get("Warning"), warningCharsMax)
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		page.Date = date
	}
	page.Body = newBody(ctx, operation, resp)
	return page, nil
}

// setHeaders asks for every enum member by name, and for gzip: asked for by
// hand, so that both sides of the decompression can be bounded.
func setHeaders(req *policy.Request) {
	header := req.Raw().Header
	header.Set("Accept", "application/json")
	header.Set("Accept-Encoding", "gzip")
	header.Set("Prefer", "include-unknown-enum-members")
	header.Set("Client-Request-Id", uuid.NewString())
}
