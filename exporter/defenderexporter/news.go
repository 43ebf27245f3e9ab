package defenderexporter

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// bindGrace is how long after the start a link waits for its binding: which
// tenant lives in which workspace is said by another exporter, which may start
// after this one.
const bindGrace = 10 * time.Second

// errUnbound asks for the record again.
var errUnbound = errors.New("no exporter has said yet which tenant lives in the incident's workspace")

// plainName is what a resource of ours may be called: a GUID. Others may have any
// name; what cannot stand in a key or a log line is nobody's twin.
var plainName = regexp.MustCompile(`^[\w.-]{1,128}$`)

// desk takes the news out of records. Safe for concurrent use.
type desk struct {
	ledger    *ledger.Ledger
	cloud     string // of the Defender tenants
	telemetry *telemetry
	tenants   map[string]string // label by id
	started   time.Time
}

func newDesk(l *ledger.Ledger, cloud string, t *telemetry, now time.Time) *desk {
	return &desk{ledger: l, cloud: cloud, telemetry: t, tenants: map[string]string{}, started: now}
}

// take saves what records say, all or on error none. Claims that are not
// believed are told once, and write nothing.
func (d *desk) take(ctx context.Context, ld plog.Logs) error {
	var news []ledger.News
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				if r.EventName() != record.EventSentinelIncident {
					d.telemetry.record(ctx, recordOtherKind)
					continue
				}
				n, err := d.read(r)
				if err != nil {
					d.telemetry.record(ctx, recordUnreadable)
					continue
				}
				if err := d.trust(ctx, &n); err != nil {
					return fmt.Errorf("take sentinel incident: %w", err)
				}
				d.telemetry.record(ctx, recordObserved)
				news = append(news, n)
			}
		}
	}
	if err := d.ledger.Observe(ctx, news...); err != nil {
		return fmt.Errorf("take sentinel incidents: %w", err)
	}
	return nil
}

// read is a record's news. Its error holds no value.
func (d *desk) read(r plog.LogRecord) (ledger.News, error) {
	name := strings.ToLower(textOf(r, record.SentinelIncidentName))
	if !plainName.MatchString(name) {
		return ledger.News{}, errors.New("no incident name")
	}
	workspace, err := sentinel.ParseWorkspace(textOf(r, record.CloudResourceID))
	if err != nil {
		return ledger.News{}, errors.New("no workspace")
	}
	snapshot, err := snapshotOf(r.Body())
	if err != nil {
		return ledger.News{}, err
	}
	return ledger.News{
		Side: incident.SideSentinel, Workspace: strings.ToLower(workspace.String()), Name: name,
		Snapshot: &snapshot, Began: began(r, time.Now()),
	}, nil
}

// began is when the request that brought a record was begun; in the future only
// for a clock that is wrong. A record that does not say was begun long ago.
func began(r plog.LogRecord, now time.Time) time.Time {
	if r.ObservedTimestamp() == 0 {
		return time.Time{}
	}
	if at := r.ObservedTimestamp().AsTime(); at.Before(now) {
		return at
	}
	return now
}

func snapshotOf(body pcommon.Value) (incident.Snapshot, error) {
	if body.Type() == pcommon.ValueTypeMap {
		return sentinel.Snapshot(body.Map())
	}
	return sentinel.ReadSnapshot([]byte(body.AsString()))
}

func textOf(r plog.LogRecord, key string) string {
	v, ok := r.Attributes().Get(key)
	if !ok || v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

// trust decides what an incident's labels are worth. They are for people: only a
// claim that the incident's own name proves, of a tenant that is bound to the
// workspace, makes an entry. Every other one is told once and changes nothing;
// an incident that has an entry keeps it by its name.
func (d *desk) trust(ctx context.Context, n *ledger.News) error {
	for _, label := range n.Snapshot.Labels {
		claim, claims := incident.ClaimedLink(d.cloud, []string{label})
		if !claims {
			continue
		}
		proven, bound := claim.SentinelName() == n.Name, d.ledger.Bound(claim.TenantID, n.Workspace)
		switch {
		case proven && bound:
			_, ours := d.tenants[claim.TenantID]
			n.Link, n.Admit = claim, ours
			continue
		case proven && time.Since(d.started) < bindGrace:
			return errUnbound
		}
		reason := "the label claims an incident whose twin has another name"
		if proven {
			reason = "the label claims a tenant that does not live in this workspace"
		}
		if err := d.ledger.Refuse(ctx, n.Workspace, n.Name, claim, reason); err != nil {
			return err
		}
	}
	return nil
}
