package emulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/odata"
)

const (
	incidentPageMax  = 50   // $top above it is refused
	alertPageMax     = 1000 // $top above it is cut
	alertPageDefault = 100  // chosen: the service's own is not known
)

// query is what a list request asks for.
type query struct {
	filter    *odata.Filter // nil = all
	top       int           // 0 = not given
	skip      int
	count     bool
	expand    bool
	orderBy   string // "" = newest first
	ascending bool
}

// errQuery is a query or body that Graph refuses.
type errQuery struct {
	status        int // 0 = 400
	code, message string
	detail        string // what exactly is wrong; "" = nothing to add
}

func (e *errQuery) Error() string {
	if e.detail != "" {
		return e.message + ": " + e.detail
	}
	return e.message
}

func refuse(format string, values ...any) *errQuery {
	return &errQuery{code: "BadRequest", message: fmt.Sprintf(format, values...)}
}

// parseQuery reads the documented options of the two lists. An option of OData
// that is not documented for them is refused, so that nobody comes to rely on it.
func parseQuery(r *http.Request, op operation) (query, *errQuery) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return query{}, refuse("The query is not well formed: %v", err)
	}
	var q query
	for name, given := range values {
		if len(given) != 1 {
			return query{}, refuse("Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
		if bad := q.option(name, given[0], op); bad != nil {
			return query{}, bad
		}
	}
	return q, nil
}

func (q *query) option(name, value string, op operation) *errQuery {
	switch name {
	case "$filter":
		filter, err := odata.Parse(value, filterSchema(op))
		if err != nil {
			return refuse("Invalid filter clause: %v.", err)
		}
		q.filter = filter
	case "$top":
		return q.setTop(value, op)
	case "$skip":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return refuse("Invalid value '%s' for $skip query option found. The $skip query option requires a non-negative integer value.", value)
		}
		q.skip = n
	case "$count":
		if value != "true" && value != "false" {
			return refuse("Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", value)
		}
		q.count = value == "true"
	case "$expand":
		if value != "alerts" || op != opIncidents {
			return refuse("Parsing OData Select and Expand failed: could not find a property named '%s' to expand.", value)
		}
		q.expand = true
	case "$orderby":
		return q.setOrder(value)
	default:
		if strings.HasPrefix(name, "$") {
			return refuse("The query parameter '%s' is not supported.", name)
		}
	}
	return nil
}

// setTop refuses an incident page above 50 and cuts an alert page at 1000: the
// two lists really differ.
func (q *query) setTop(value string, op operation) *errQuery {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return refuse("Invalid value '%s' for $top query option found. The $top query option requires a positive integer value.", value)
	}
	if op == opIncidents && n > incidentPageMax {
		return &errQuery{message: fmt.Sprintf(
			"The limit of '%d' for Top query has been exceeded. The value from the incoming request is '%d'.", incidentPageMax, n)}
	}
	q.top = min(n, alertPageMax)
	return nil
}

// setOrder takes the two properties that clients in the field sort by.
func (q *query) setOrder(value string) *errQuery {
	property, direction, _ := strings.Cut(strings.TrimSpace(value), " ")
	direction = strings.TrimSpace(direction)
	if property != "lastUpdateDateTime" && property != "createdDateTime" {
		return refuse("The property '%s' cannot be used in the $orderby query option.", property)
	}
	if direction != "" && direction != "asc" && direction != "desc" {
		return refuse("Syntax error in $orderby: '%s'.", value)
	}
	q.orderBy, q.ascending = property, direction != "desc"
	return nil
}

// from is the earliest lastUpdateDateTime that a row may have; zero = any.
func (q *query) from() time.Time {
	if q.filter == nil {
		return time.Time{}
	}
	return q.filter.From("lastUpdateDateTime")
}

// pageSize is how many rows the answer may hold.
func (q *query) pageSize(op operation, incidentDefault int) int {
	switch {
	case q.top > 0:
		return q.top
	case op == opAlerts:
		return alertPageDefault
	default:
		return incidentDefault
	}
}

// filterSchema names what each list can be filtered by: seven properties of
// incidents, eight of alerts.
func filterSchema(op operation) odata.Schema {
	schema := odata.Schema{
		"assignedTo":         {Kind: odata.KindString},
		"classification":     {Kind: odata.KindEnum, Members: classifications()},
		"createdDateTime":    {Kind: odata.KindTime},
		"determination":      {Kind: odata.KindEnum, Members: determinations()},
		"lastUpdateDateTime": {Kind: odata.KindTime},
		"severity":           {Kind: odata.KindEnum, Members: severities()},
	}
	if op == opAlerts {
		schema["status"] = odata.Property{Kind: odata.KindEnum, Members: alertStatuses()}
		schema["serviceSource"] = odata.Property{
			Kind: odata.KindEnum, Members: append(serviceSources(), hiddenServiceSources()...),
		}
		return schema
	}
	schema["status"] = odata.Property{Kind: odata.KindEnum, Members: append(incidentStatuses(), "awaitingAction")}
	return schema
}
