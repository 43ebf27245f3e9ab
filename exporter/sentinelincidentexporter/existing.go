package sentinelincidentexporter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/polling"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

const (
	// lookEvery is how often it is asked who else brings incidents.
	lookEvery = time.Hour
	// freshFor is how old an incident may be that Microsoft's own sync brought
	// to prove that it is still on: one day where the connectors can be listed
	// and none brings incidents, a week where nobody may list them.
	freshFor        = 24 * time.Hour
	freshForUnasked = 7 * 24 * time.Hour
	// connectorsPatience is how long an answer about connectors is waited for
	// before the incidents alone decide.
	connectorsPatience = 10 * time.Minute
)

// verdict is whether a tenant's incidents may be written into the workspace.
type verdict uint8

const (
	// verdictUnknown: it was not asked yet.
	verdictUnknown verdict = iota
	// verdictNone: nobody else brings incidents.
	verdictNone
	// verdictForced: another tenant's are brought, and the user wants ours too.
	verdictForced
	// verdictOther: another tenant's are brought.
	verdictOther
	// verdictSame: this tenant's are brought already.
	verdictSame
)

// forbids reports whether nothing is to be written.
func (v verdict) forbids() bool { return v >= verdictOther }

// reason is why, in an entry.
func (v verdict) reason() string {
	if v == verdictSame {
		return "Microsoft's own sync brings this tenant's incidents into the workspace"
	}
	return "the workspace belongs to Microsoft's own sync with another tenant"
}

// String is the state in metrics.
func (v verdict) String() string {
	return [...]string{"unknown", "none", "other_tenant", "other_tenant", "same_tenant"}[v]
}

// existing finds out whether Microsoft's own sync, by its connector or because
// the workspace is onboarded to the Defender portal, brings Defender incidents
// into a workspace. A second incident for each would be the worst that we could
// do, so nothing is written before that is known. Safe for concurrent use.
type existing struct {
	lane *lane
	home string // the workspace's own tenant, as configured

	mu       sync.Mutex
	known    bool
	tenants  map[string]bool // whose incidents are brought, in lower case
	at       time.Time       // of the next look
	silent   bool            // connectors cannot be listed, which was said
	remarked map[string]bool // tenants that are written all the same, which was said
}

func newExisting(l *lane, home string) *existing {
	return &existing{lane: l, home: strings.ToLower(home), remarked: map[string]bool{}}
}

// verdict judges a tenant by its id, and says what a person should know of it.
func (x *existing) verdict(tenantID string) verdict {
	l := x.lane
	link := l.link(tenantID)
	x.mu.Lock()
	v := x.judge(tenantID, link.arm)
	x.mu.Unlock()
	topic := topicExisting + link.tenant
	switch v {
	case verdictUnknown:
	case verdictNone:
		l.health.Well(l.name, topic)
	case verdictForced:
		l.health.Well(l.name, topic)
		x.remark(link.tenant)
	case verdictOther:
		l.health.Failed(l.name, topic, fmt.Sprintf("workspace %s is onboarded to the Defender portal of another tenant, or connected with it, where incidents "+
			`of tenant %s would not show, so none is written; set "mode" to arm in this link to write them all the same, or name another workspace`,
			l.workspace.Name, link.tenant), nil)
	case verdictSame:
		l.health.Failed(l.name, topic, fmt.Sprintf("workspace %s already has Microsoft's own sync with tenant %s, so its incidents are not written a second time; "+
			"take this link out, or switch Microsoft's connector off", l.workspace.Name, link.tenant), nil)
	}
	return v
}

// remark says once that incidents are written where they do not show, since the
// user wants it.
func (x *existing) remark(tenant string) {
	x.mu.Lock()
	said := x.remarked[tenant]
	x.remarked[tenant] = true
	x.mu.Unlock()
	if !said {
		x.lane.log.Info(`incidents are written because "mode" is arm, and do not show in the Defender portal: the workspace is onboarded to another tenant's, or connected`,
			zap.String("tenant", tenant))
	}
}

// judge is the verdict; x is locked.
func (x *existing) judge(tenantID string, arm bool) verdict {
	switch {
	case !x.known:
		return verdictUnknown
	case len(x.tenants) == 0:
		return verdictNone
	case x.tenants[tenantID]:
		return verdictSame
	case arm:
		return verdictForced
	}
	return verdictOther
}

// next is when it is asked again.
func (x *existing) next() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.at
}

// first asks until there is an answer. It returns false when ctx ends before.
func (x *existing) first(ctx context.Context) bool {
	began := time.Now()
	for failures := 0; ; failures++ {
		err := x.look(ctx, time.Since(began) > connectorsPatience)
		if err == nil {
			x.lane.health.Well(x.lane.name, topicRead)
			return true
		}
		x.lane.health.Failed(x.lane.name, topicRead, sentenceFor(x.lane.workspace, err), err)
		if !polling.Pause(ctx, max(azure.RetryAfterOf(err), x.lane.reads.Backoff(failures+1))) {
			return false
		}
	}
}

// watch asks again every hour. While there is no answer the old one stands.
func (x *existing) watch(ctx context.Context) {
	for polling.Pause(ctx, lookEvery) {
		if err := x.look(ctx, true); err != nil && ctx.Err() == nil {
			x.lane.log.Info("cannot ask who else brings incidents; what was known holds", zap.Error(err))
			x.mu.Lock()
			x.at = time.Now().Add(lookEvery)
			x.mu.Unlock()
		}
	}
}

// look asks once: the connectors of the workspace, and its newest incidents.
// Impatient, the incidents alone may decide.
func (x *existing) look(ctx context.Context, impatient bool) error {
	tenants := map[string]bool{}
	connectors, unasked := x.lane.side.connectors(ctx)
	for _, c := range connectors {
		if c.BringsDefender() {
			tenants[x.tenantOr(c.TenantID)] = true
		}
	}
	newest, err := x.lane.side.list(ctx)
	if err != nil && len(tenants) == 0 {
		return err
	}
	if unasked != nil && !impatient && !isDenied(unasked) {
		return unasked
	}
	fresh := freshFor
	if unasked != nil {
		fresh = freshForUnasked
	}
	for _, i := range newest {
		if sentinel.IsFromDefender(i.snapshot) && time.Since(i.snapshot.Created) < fresh {
			tenants[x.tenantOr(sentinel.DefenderTenant(i.snapshot))] = true
		}
	}
	x.found(tenants, unasked)
	x.distrust(ctx, newest)
	return nil
}

// tenantOr is a tenant, or, where nobody says whose incidents are brought, the
// workspace's own: Microsoft's sync stays within a tenant.
func (x *existing) tenantOr(tenantID string) string {
	if tenantID == "" {
		return x.home
	}
	return tenantID
}

// found takes an answer, and says what follows for each link.
func (x *existing) found(tenants map[string]bool, unasked error) {
	x.mu.Lock()
	x.known, x.tenants, x.at = true, tenants, time.Now().Add(lookEvery)
	say := unasked != nil && !x.silent
	x.silent = unasked != nil
	x.mu.Unlock()
	if say {
		x.lane.log.Info("the data connectors cannot be listed; whether Microsoft's own sync is on is told by the newest incidents alone", zap.Error(unasked))
	}
	for _, link := range x.lane.links {
		if id := x.lane.routes.id(link.tenant); id != "" {
			x.verdict(id)
		}
	}
}

// state is the verdict on a tenant as the user wrote it.
func (x *existing) state(tenant string) string {
	link := x.lane.linkOf(tenant)
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.judge(x.lane.routes.id(tenant), link.arm).String()
}

// isDenied reports that who asks may not know, which no waiting heals.
func isDenied(err error) bool {
	class := azure.ClassOf(err)
	return class == azure.ClassMisconfigured || class == azure.ClassPermanent
}

// distrust tells the ledger of incidents whose label claims a link that their
// name does not prove, or that nobody configured.
func (x *existing) distrust(ctx context.Context, newest []listed) {
	for _, i := range newest {
		claim, claims := incident.ClaimedLink(x.lane.cloud, i.snapshot.Labels)
		if !claims {
			continue
		}
		reason := ""
		switch {
		case x.isTwin(ctx, i.name, claim):
			continue
		case !strings.EqualFold(claim.SentinelName(), i.name):
			reason = "its name is not the one that the Defender incident's twin has"
		case !x.lane.ledger.Bound(claim.TenantID, x.lane.name) && !x.lane.routes.unsettled(x.lane.links):
			reason = "no link binds that tenant to this workspace"
		default:
			continue
		}
		if err := x.lane.ledger.Refuse(ctx, x.lane.name, strings.ToLower(i.name), claim, reason); err != nil && !errors.Is(err, context.Canceled) {
			x.lane.log.Warn("cannot note a claim that is not believed", zap.Error(err))
		}
	}
}

// isTwin reports whether the ledger knows an incident as that of the claim,
// whichever cloud its Defender is in.
func (x *existing) isTwin(ctx context.Context, name string, claim incident.Link) bool {
	e, err := x.lane.ledger.Find(ctx, ledger.NewID(name, x.lane.name))
	return err == nil && e != nil && e.Link.TenantID == claim.TenantID && e.Link.IncidentID == claim.IncidentID
}
