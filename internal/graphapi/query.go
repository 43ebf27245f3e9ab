package graphapi

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Limits of one page, in objects.
const (
	// IncidentsTopMax is the most incidents a page may hold; the service
	// answers 400 to more (wazuh issue 28070).
	IncidentsTopMax = 50
	// AlertsTopMax is the most alerts a page may hold; the service cuts more
	// to this number without a word.
	AlertsTopMax = 1000
)

// expandAlerts is the one expansion there is.
const expandAlerts = "$expand=alerts"

// Query selects a slice of a collection. The zero value is everything, newest
// first, in pages of the service's choice.
type Query struct {
	// From is the first second of last update asked for; a fraction is cut
	// off. Zero asks from the beginning.
	From time.Time
	// To is the first second of last update not asked for; a fraction rounds
	// up. Zero leaves the end open.
	To time.Time
	// CreatedFrom and CreatedTo narrow by time of creation, in the same way.
	CreatedFrom, CreatedTo time.Time
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

func (q Query) incidents() string {
	options := q.options(IncidentsTopMax, "status ne 'resolved' and status ne 'redirected'")
	if q.ExpandAlerts {
		options = append(options, expandAlerts)
	}
	return queryOf(options)
}

func (q Query) alerts() string {
	return queryOf(q.options(AlertsTopMax, "status ne 'resolved'"))
}

func (q Query) options(topMax int, open string) []string {
	var options []string
	if filter := q.filter(open); filter != "" {
		options = append(options, "$filter="+escape(filter))
	}
	if q.Top > 0 {
		options = append(options, "$top="+strconv.Itoa(min(q.Top, topMax)))
	}
	if q.Skip > 0 {
		options = append(options, "$skip="+strconv.Itoa(q.Skip))
	}
	if q.Count {
		options = append(options, "$count=true")
	}
	return options
}

func (q Query) filter(open string) string {
	var terms []string
	for _, bound := range []struct {
		property, operator string
		at                 time.Time
	}{
		{"lastUpdateDateTime", "ge", q.From},
		{"lastUpdateDateTime", "lt", roundUp(q.To)},
		{"createdDateTime", "ge", q.CreatedFrom},
		{"createdDateTime", "lt", roundUp(q.CreatedTo)},
	} {
		if !bound.at.IsZero() {
			terms = append(terms, fmt.Sprintf("%s %s %s",
				bound.property, bound.operator, bound.at.UTC().Format("2006-01-02T15:04:05Z")))
		}
	}
	if q.OpenOnly {
		terms = append(terms, open)
	}
	return strings.Join(terms, " and ")
}

// roundUp is the next whole second. Whether the service compares fractions is
// not known, so none are sent, and the span only ever grows.
func roundUp(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); whole.Before(t) {
		return whole.Add(time.Second)
	}
	return t
}

func queryOf(options []string) string {
	if len(options) == 0 {
		return ""
	}
	return "?" + strings.Join(options, "&")
}

// escape writes a space as %20: a plus is a plus in OData.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
