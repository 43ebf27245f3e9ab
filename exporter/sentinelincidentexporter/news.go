package sentinelincidentexporter

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// What becomes of a record, in metrics.
const (
	recordObserved      = "observed"
	recordFiltered      = "filtered"
	recordUnknownTenant = "unknown_tenant"
	recordUnreadable    = "unreadable"
	recordOtherKind     = "other_kind"
)

// plainID is what ids of incidents and alerts are made of. Anything else came
// from no Graph, and would be ambiguous in a label.
var plainID = regexp.MustCompile(`^[\w.:-]{1,200}$`)

// desk turns records into news for the ledger. Safe for concurrent use.
type desk struct {
	routes    *routes
	filter    filter
	lobby     *lobby
	telemetry *telemetry
}

// origin is whose records stand under a resource.
type origin struct {
	cloud, tenantID, tenantName string
	routes                      []route
}

// delivery is the news in some records.
type delivery struct {
	incidents, alerts []ledger.News
	// admitted are incidents that need not wait any more once that is saved.
	admitted []incident.Link
}

// news is all of it, incidents before alerts.
func (d *delivery) news() []ledger.News { return append(d.incidents, d.alerts...) }

// sort takes the news out of records.
func (d *desk) sort(ctx context.Context, ld plog.Logs, now time.Time) *delivery {
	into := &delivery{}
	for _, rl := range ld.ResourceLogs().All() {
		from := d.origin(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				if r.EventName() == record.EventDefenderAlert {
					d.alert(ctx, into, from, r, now)
				}
			}
			for _, r := range sl.LogRecords().All() {
				switch r.EventName() {
				case record.EventDefenderIncident:
					d.incident(ctx, into, from, r, now)
				case record.EventDefenderAlert:
				default:
					d.telemetry.record(ctx, from.label(), recordOtherKind)
				}
			}
		}
	}
	return into
}

func (d *desk) origin(r pcommon.Resource) origin {
	text := func(key string) string {
		if v, ok := r.Attributes().Get(key); ok {
			return v.AsString()
		}
		return ""
	}
	o := origin{cloud: text(record.Cloud), tenantID: strings.ToLower(text(record.TenantID)), tenantName: text(record.TenantName)}
	if isTenantID(o.tenantID) {
		o.routes = d.routes.of(o.tenantID, o.tenantName)
	}
	return o
}

// label is the tenant in metrics, as the user wrote it; "" for one without a
// link, so that strangers make no series.
func (o origin) label() string {
	if len(o.routes) == 0 {
		return ""
	}
	return o.routes[0].tenant
}

// link is the incident a record is about; false, and counted, if it is none of
// ours.
func (d *desk) link(ctx context.Context, from origin, r plog.LogRecord) (incident.Link, bool) {
	if len(from.routes) == 0 {
		d.telemetry.record(ctx, "", recordUnknownTenant)
		return incident.Link{}, false
	}
	id := attributeOf(r, record.DefenderIncidentID)
	if !plainID.MatchString(id) {
		d.telemetry.record(ctx, from.label(), recordUnreadable)
		return incident.Link{}, false
	}
	return incident.Link{Cloud: from.cloud, TenantID: from.tenantID, IncidentID: id}, true
}

func attributeOf(r plog.LogRecord, key string) string {
	v, ok := r.Attributes().Get(key)
	if !ok {
		return ""
	}
	return v.AsString()
}

// began is when the request that brought a record was begun: in the future only
// for a clock that is wrong.
func began(r plog.LogRecord, now time.Time) time.Time {
	if r.ObservedTimestamp() == 0 {
		return time.Time{}
	}
	if at := r.ObservedTimestamp().AsTime(); at.Before(now) {
		return at
	}
	return now
}

// incident takes the news in an incident's record.
func (d *desk) incident(ctx context.Context, into *delivery, from origin, r plog.LogRecord, now time.Time) {
	link, ok := d.link(ctx, from, r)
	if !ok {
		return
	}
	snapshot, err := snapshotOf(r.Body())
	if err != nil {
		d.telemetry.record(ctx, from.label(), recordUnreadable)
		return
	}
	if ids, ok := r.Attributes().Get(record.DefenderAlertIDs); ok && ids.Type() == pcommon.ValueTypeSlice {
		for _, id := range ids.Slice().All() {
			snapshot.AlertIDs = append(snapshot.AlertIDs, id.AsString())
		}
	}
	snapshot.AlertIDs = slices.DeleteFunc(snapshot.AlertIDs, func(id string) bool { return !plainID.MatchString(id) })
	known, result := d.lobby.known(link), recordObserved
	admit := d.filter.admits(snapshot, known.sources)
	if admit {
		snapshot.AlertIDs = append(snapshot.AlertIDs, known.alerts...)
		into.admitted = append(into.admitted, link)
	} else {
		d.lobby.incident(link, snapshot, began(r, now))
		result = recordFiltered
	}
	d.telemetry.record(ctx, from.label(), result)
	into.incidents = append(into.incidents, newsOf(from, link, seat{snapshot: &snapshot, began: began(r, now)}, admit)...)
}

func snapshotOf(body pcommon.Value) (incident.Snapshot, error) {
	if body.Type() == pcommon.ValueTypeMap {
		return graph.Snapshot(body.Map())
	}
	return graph.ReadSnapshot(strings.NewReader(body.AsString()))
}

// alert takes the news in an alert's record: that its incident has it, and the
// incident itself if that waited for an alert of this source.
func (d *desk) alert(ctx context.Context, into *delivery, from origin, r plog.LogRecord, now time.Time) {
	link, ok := d.link(ctx, from, r)
	if !ok {
		return
	}
	id := attributeOf(r, record.DefenderAlertID)
	if !plainID.MatchString(id) {
		d.telemetry.record(ctx, from.label(), recordUnreadable)
		return
	}
	d.telemetry.record(ctx, from.label(), recordObserved)
	known := d.lobby.alert(link, id, attributeOf(r, record.DefenderServiceSource))
	into.alerts = append(into.alerts, newsOf(from, link, seat{alerts: []string{id}, began: began(r, now)}, false)...)
	if known.snapshot != nil && d.filter.admits(*known.snapshot, known.sources) {
		into.incidents = append(into.incidents, newsOf(from, link, known, true)...)
		into.admitted = append(into.admitted, link)
	}
}

// newsOf tells every workspace of the tenant.
func newsOf(from origin, link incident.Link, s seat, admit bool) []ledger.News {
	news := make([]ledger.News, 0, len(from.routes))
	for _, route := range from.routes {
		news = append(news, ledger.News{
			Side: incident.SideDefender, Link: link, Workspace: route.lane.name, Snapshot: s.snapshot, AlertIDs: s.alerts,
			Began: s.began, Admit: admit && route.lane.admits(link.TenantID),
		})
	}
	return news
}
