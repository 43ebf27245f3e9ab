package emulator

import (
	"net/http"
	"net/url"
	"strings"
)

// listSmall answers a list that is short enough to be made whole: comments,
// relations, connectors. It is cut into pages as the list of incidents is.
func (e *Emulator) listSmall(x *exchange, found []armResource) {
	q := sentinelQuery{top: sentinelPageMax}
	values, err := url.ParseQuery(x.request.URL.RawQuery)
	if err != nil {
		x.refuse(badRequest("The query is not well formed: %v.", err))
		return
	}
	for name := range values {
		if !strings.HasPrefix(name, "$") {
			continue
		}
		if name != "$top" && name != "$skipToken" {
			x.refuse(badRequest("The query parameter '%s' is not supported.", name))
			return
		}
		if x.refuse(q.option(name, values.Get(name))) {
			return
		}
	}
	size := q.top
	if f, played := e.play(x, FaultTinyPages); played {
		size = min(size, f.Rows)
	}
	if _, played := e.play(x, FaultShuffle); played {
		shuffleBy(found, e.settings.Seed, func(r armResource) string { return r.Name })
	}
	rows := found[min(q.offset, len(found)):]
	answer := struct {
		Value    []armResource `json:"value"`
		NextLink string        `json:"nextLink,omitempty"`
	}{Value: rows[:min(size, len(rows))]}
	if len(rows) > size {
		answer.NextLink = sentinelLink(x.request, q.token(q.offset+size))
	}
	if answer.Value == nil {
		answer.Value = []armResource{}
	}
	x.armJSON(http.StatusOK, plainJSON(answer))
}
