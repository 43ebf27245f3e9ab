package emulator

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/odata"
)

// row is one incident or alert of an answer; alerts are filled in when the
// request expands them.
type row struct {
	*revision
	alerts []*revision
}

// page is one answer of a list.
type page struct {
	rows     []row
	expanded bool
	counted  bool
	total    int    // rows that match, over all pages
	next     string // "" = no further page
	nextLast bool   // write the link after the rows
	status   int    // 200, or 206 for a partial answer
}

// graphList answers one page of incidents or alerts.
func (e *Emulator) graphList(x *exchange, op operation) {
	q, bad := parseQuery(x.request, op)
	if bad != nil {
		x.graphError(http.StatusBadRequest, bad.code, bad.message)
		return
	}
	if e.refusesSkip(x, q) {
		return
	}
	if _, played := e.play(x, FaultIgnoreOrderBy); played || q.orderBy == "" {
		q.orderBy, q.ascending = "lastUpdateDateTime", false
	}
	size := q.pageSize(op, e.settings.PageSize)
	if f, played := e.play(x, FaultTinyPages); played {
		size = min(size, f.Rows)
	}
	p := e.page(x, op, q, size)
	if e.failsOn(x, p.rows, q.expand) {
		return
	}
	e.spoilPage(x, q, size, &p)
	e.writePage(x, op, p)
}

// refusesSkip answers 400 for a $skip beyond the depth a fault sets, or for a
// link that the service handed out and now disowns.
func (e *Emulator) refusesSkip(x *exchange, q query) bool {
	if q.skip == 0 {
		return false
	}
	if f, played := e.playIf(x, FaultSkipLimit, func(f Fault) bool { return q.skip > f.Rows }); played {
		x.graphError(http.StatusBadRequest, "BadRequest",
			fmt.Sprintf("The value '%d' of $skip exceeds the limit of '%d'.", q.skip, f.Rows))
		return true
	}
	if _, played := e.play(x, FaultRefuseNextLink); played {
		x.graphError(http.StatusBadRequest, "BadRequest", "The next link is no longer valid.")
		return true
	}
	return false
}

// page reads one page of what is visible now.
func (e *Emulator) page(x *exchange, op operation, q query, size int) page {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tenantLocked(x.tenant)
	schema, kind := filterSchema(op), KindIncident
	if op == opAlerts {
		kind = KindAlert
	}
	visible := e.visibleLocked(x)
	var matched []row
	t.updated[kind].since(q.from(), func(h *history) {
		r := h.seen(visible)
		if r == nil {
			return
		}
		value := func(name string) odata.Value { return r.field(name, schema[name].Kind) }
		if q.filter == nil || q.filter.Match(value) {
			matched = append(matched, row{revision: r})
		}
	})
	order(matched, q)
	p := page{expanded: q.expand, counted: q.count, total: len(matched), status: http.StatusOK}
	p.rows = matched[min(q.skip, len(matched)):min(q.skip+size, len(matched))]
	if q.expand {
		for i := range p.rows {
			p.rows[i].alerts = t.alertsOf(p.rows[i].revision)
		}
	}
	if q.skip+size < len(matched) {
		p.next = nextLink(x.request, q.skip+size)
	}
	return p
}

// alertsOf returns the alerts of an incident as they were at that revision.
func (t *tenant) alertsOf(r *revision) []*revision {
	alerts := []*revision{}
	for _, id := range t.incidents[r.id].alerts {
		if alert := t.alerts[id].at(r.through); alert != nil {
			alerts = append(alerts, alert)
		}
	}
	return alerts
}

// order sorts rows as asked; rows of one time stand in order of their ids, so
// that pages of a list that does not change fit together.
func order(rows []row, q query) {
	created := q.orderBy == "createdDateTime"
	type keyed struct {
		row
		at time.Time
	}
	sorted := make([]keyed, len(rows))
	for i, r := range rows {
		sorted[i] = keyed{row: r, at: r.updated}
		if created {
			sorted[i].at = r.field(q.orderBy, odata.KindTime).Time
		}
	}
	slices.SortFunc(sorted, func(a, b keyed) int {
		c := a.at.Compare(b.at)
		if !q.ascending {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(len(b.id), len(a.id)), strings.Compare(b.id, a.id))
	})
	for i := range sorted {
		rows[i] = sorted[i].row
	}
}

// nextLink is the request's own URL with another $skip.
func nextLink(r *http.Request, skip int) string {
	var link strings.Builder
	link.WriteString(origin(r) + r.URL.EscapedPath() + "?")
	values := r.URL.Query()
	values.Del("$skip")
	for _, name := range slices.Sorted(keys(values)) {
		link.WriteString(name + "=" + strings.ReplaceAll(url.QueryEscape(values.Get(name)), "+", "%20") + "&")
	}
	link.WriteString("$skip=" + strconv.Itoa(skip))
	return link.String()
}

func keys[K comparable, V any](m map[K]V) func(yield func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
