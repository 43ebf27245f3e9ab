package graphapi

import (
	"context"
	"io"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
)

// Client reads one tenant's incidents and alerts. Safe for concurrent use.
type Client struct {
	azure *azure.Client
}

// NewClient takes a client from [azure.Connector.Graph].
func NewClient(client *azure.Client) *Client { return &Client{azure: client} }

// Limits of one page, in objects.
const (
	// IncidentsTopMax is the most incidents a page may hold; the service
	// answers 400 to more.
	IncidentsTopMax = 50
	// AlertsTopMax is the most alerts a page may hold; the service cuts more
	// to this number without a word.
	AlertsTopMax = 1000
)

// Query selects a slice of a collection by time of last update.
type Query struct {
	// From is the first second asked for; fractions are cut off. Zero asks
	// from the beginning.
	From time.Time
	// To is the first second not asked for; a fraction rounds up. Zero leaves
	// the end open.
	To time.Time
	// OpenOnly leaves out resolved objects, and redirected incidents.
	OpenOnly bool
	// Top is the page size, 0 for the service's own. More than the
	// collection's maximum is lowered to it.
	Top int
	// Skip leaves out that many rows; deep values fail at the service.
	Skip int
	// ExpandAlerts asks for each incident with its alerts.
	ExpandAlerts bool
	// Count asks for @odata.count.
	Count bool
}

// Page is one answer, still unread.
type Page struct {
	// Body is the JSON document, decompressed and bounded by
	// [BodyBytesMax]. The caller reads it once and closes it. Its errors are
	// [*azure.Error]: a cut connection is retryable.
	Body io.ReadCloser
	// Warning is the service's word on a partial answer (206), at most 256
	// printable characters; empty for a whole one.
	Warning string
	// Date is the service's clock; zero when it did not say.
	Date time.Time
}

// ListIncidents asks for the first page of incidents.
func (c *Client) ListIncidents(ctx context.Context, query Query) (*Page, error) { panic("soon") }

// ListAlerts asks for the first page of alerts_v2. ExpandAlerts is ignored.
func (c *Client) ListAlerts(ctx context.Context, query Query) (*Page, error) { panic("soon") }

// NextIncidents follows a nextLink of ListIncidents. A link that leaves the
// configured origin or the incidents collection is refused with
// [azure.ReasonForeignHost], unsent.
func (c *Client) NextIncidents(ctx context.Context, link string) (*Page, error) { panic("soon") }

// NextAlerts follows a nextLink of ListAlerts, with the same care.
func (c *Client) NextAlerts(ctx context.Context, link string) (*Page, error) { panic("soon") }

// GetIncident asks for one incident without its alerts. An id the service does
// not know is an [*azure.Error] with Status 404.
func (c *Client) GetIncident(ctx context.Context, id string) (*Page, error) { panic("soon") }

// GetIncidentWithAlerts is GetIncident with `$expand=alerts`.
func (c *Client) GetIncidentWithAlerts(ctx context.Context, id string) (*Page, error) { panic("soon") }

// GetAlert asks for one alert.
func (c *Client) GetAlert(ctx context.Context, id string) (*Page, error) { panic("soon") }

// BodyBytesMax bounds one decompressed body. Pages over 100 MB are real; the
// cap is against an endless one.
const BodyBytesMax = 1 << 30

// WireBytesMax bounds one body as it travels.
const WireBytesMax = 512 << 20
