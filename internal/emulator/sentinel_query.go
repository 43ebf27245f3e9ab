package emulator

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/odata"
)

const (
	sentinelPageMax     = 1000 // $top above it is refused; chosen, the limit is documented and its answer is not
	sentinelPageDefault = 50   // chosen: the service's own is not known
)

// sentinelQuery is what a list request asks for.
type sentinelQuery struct {
	filter    *odata.Filter // nil = all
	from      time.Time     // no incident modified earlier can match
	top       int
	offset    int
	orderBy   string // "" = in no useful order: by name
	ascending bool
	mark      string // ties a skip token to its query
}

const (
	propertyModified = "properties/lastModifiedTimeUtc"
	propertyCreated  = "properties/createdTimeUtc"
	propertyStatus   = "properties/status"
	propertyOwner    = "properties/owner/assignedTo"
	propertyLabels   = "properties/labels"
)

// sentinelSchema names what is known to work in a filter; the rest is refused.
func sentinelSchema() odata.Schema {
	return odata.Schema{
		propertyModified: {Kind: odata.KindTime},
		propertyCreated:  {Kind: odata.KindTime},
		propertyStatus:   {Kind: odata.KindEnum, Members: sentinelStatuses()},
		propertyOwner:    {Kind: odata.KindString},
		propertyLabels:   {Kind: odata.KindAny, Members: []string{"labelName"}},
	}
}

// value is what an incident holds under a property of the schema.
func (i *sentinelIncident) value(property string) odata.Value {
	switch property {
	case propertyModified:
		return odata.Value{Time: i.modified}
	case propertyCreated:
		return odata.Value{Time: i.created}
	case propertyStatus:
		return odata.Value{Text: i.Status}
	case propertyLabels:
		texts := make([]string, len(i.Labels))
		for n, label := range i.Labels {
			texts[n] = label.Name
		}
		return odata.Value{Texts: texts}
	}
	if i.Owner.AssignedTo == nil {
		return odata.Value{Null: true}
	}
	return odata.Value{Text: *i.Owner.AssignedTo}
}

func parseSentinelQuery(r *http.Request) (sentinelQuery, *armRefusal) {
	q := sentinelQuery{top: sentinelPageDefault}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, badRequest("The query is not well formed: %v.", err)
	}
	hash := fnv.New64a()
	for _, name := range []string{"$filter", "$orderby"} {
		_, _ = hash.Write([]byte(values.Get(name) + "\x00")) // never fails
	}
	q.mark = strconv.FormatUint(hash.Sum64(), 36)
	for name, given := range values {
		if len(given) != 1 {
			return q, badRequest("The query option '%s' is given more than once.", name)
		}
		if bad := q.option(name, given[0]); bad != nil {
			return q, bad
		}
	}
	return q, nil
}

func (q *sentinelQuery) option(name, value string) *armRefusal {
	switch name {
	case "$filter":
		filter, err := odata.Parse(value, sentinelSchema())
		if err != nil {
			return badRequest("Invalid filter clause: %v.", err)
		}
		q.filter, q.from = filter, filter.From(propertyModified)
	case "$top":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > sentinelPageMax {
			return badRequest("The value '%s' of $top must be between 1 and %d.", value, sentinelPageMax)
		}
		q.top = n
	case "$skipToken":
		return q.skip(value)
	case "$orderby":
		property, direction, _ := strings.Cut(strings.TrimSpace(value), " ")
		direction = strings.TrimSpace(direction)
		if property != propertyModified && property != propertyCreated || direction != "" && direction != "asc" && direction != "desc" {
			return badRequest("The value '%s' of $orderby is not supported.", value)
		}
		q.orderBy, q.ascending = property, direction != "desc"
	default:
		if strings.HasPrefix(name, "$") {
			return badRequest("The query parameter '%s' is not supported.", name)
		}
	}
	return nil
}

// token names a place in the list. It is a count of rows, so a list that
// changes between two pages shifts under the reader: chosen, as the worst that
// a client must expect.
func (q *sentinelQuery) token(offset int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s.%d", q.mark, offset))
}

func (q *sentinelQuery) skip(token string) *armRefusal {
	text, err := base64.RawURLEncoding.DecodeString(token)
	mark, number, _ := strings.Cut(string(text), ".")
	offset, notNumber := strconv.Atoi(number)
	if err != nil || notNumber != nil || offset < 0 || mark != q.mark {
		return badRequest("The skip token is not one of this query.")
	}
	q.offset = offset
	return nil
}

// sentinelLink is the request's own URL with another skip token, its query not
// escaped, as the service writes it; only what would end the query or its
// values is.
func sentinelLink(r *http.Request, token string) string {
	values := r.URL.Query()
	values.Set("$skipToken", token)
	plain := strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "+", "%2B")
	var link strings.Builder
	link.WriteString(origin(r) + r.URL.EscapedPath())
	separator := "?"
	for _, name := range []string{"api-version", "$filter", "$orderby", "$top", "$skipToken"} {
		if values.Has(name) {
			link.WriteString(separator + name + "=" + plain.Replace(values.Get(name)))
			separator = "&"
		}
	}
	return link.String()
}
