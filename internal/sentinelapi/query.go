package sentinelapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// TopMax is the most incidents a page may hold.
// Source: Microsoft Sentinel service limits, read 2026-11.
const TopMax = 1000

// Query selects incidents. The zero value is everything, in the order of last
// modification, in pages of the service's choice.
type Query struct {
	// From is the first second of last modification asked for; a fraction is
	// cut off, since how exactly the service compares is not known. Zero asks
	// from the beginning.
	From time.Time
	// Status is New, Active or Closed; "" for any.
	Status string
	// Newest asks for the newest creation first, instead of the oldest
	// modification.
	Newest bool
	// Top is the page size, 0 for the service's own; more than TopMax is
	// lowered to it.
	Top int
}

// options are the forms that public clients use.
// Source: demisto/content AzureSentinel, elastic/integrations
// microsoft_sentinel; read 2026-11.
func (q Query) options() []string {
	var terms []string
	if !q.From.IsZero() {
		terms = append(terms, "properties/lastModifiedTimeUtc ge "+q.From.UTC().Format("2006-01-02T15:04:05Z"))
	}
	if q.Status != "" {
		terms = append(terms, "properties/status eq '"+strings.ReplaceAll(q.Status, "'", "''")+"'")
	}
	var options []string
	if len(terms) > 0 {
		options = append(options, "$filter="+escape(strings.Join(terms, " and ")))
	}
	order := "properties/lastModifiedTimeUtc asc"
	if q.Newest {
		order = "properties/createdTimeUtc desc"
	}
	options = append(options, "$orderby="+escape(order))
	if q.Top > 0 {
		options = append(options, "$top="+strconv.Itoa(min(q.Top, TopMax)))
	}
	return options
}

// escape writes a space as %20: a plus is a plus in OData.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// Logs asks one workspace's Log Analytics. It sends each request once. Safe for
// concurrent use.
type Logs struct {
	azure *azure.Client
	path  string
}

// NewLogs takes a client from [azure.Connector.LogAnalytics], of the tenant that
// the workspace is in.
func NewLogs(client *azure.Client, workspace sentinel.Workspace) *Logs {
	return &Logs{azure: client, path: "/v1" + workspace.String() + "/query"}
}

// Query sends a body of sentinel.QueryBody; the answer is for
// sentinel.ReadRuleAlerts.
//
// Source: Log Analytics query API v1, query by resource, read 2026-11.
func (l *Logs) Query(ctx context.Context, body []byte) (Answer, error) {
	answer, err := send(ctx, l.azure, request{"query logs", http.MethodPost, l.azure.Origin() + l.path, body})
	var e *azure.Error
	if !errors.As(err, &e) || e.Reason != "" {
		return answer, err
	}
	refined := *e
	switch e.Status {
	case http.StatusForbidden:
		refined.Reason = azure.ReasonNoQueryAccess
	case http.StatusNotFound:
		refined.Class, refined.Reason = azure.ClassMisconfigured, azure.ReasonNoWorkspace
	default:
		return answer, err
	}
	return answer, &refined
}
