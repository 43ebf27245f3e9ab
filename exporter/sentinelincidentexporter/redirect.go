package sentinelincidentexporter

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/writer"
)

// chainMax bounds a chain of merges that is followed. Correlation merges again
// and again, but seldom the same incident.
const chainMax = 16

// announce writes the comment that says where a merged incident went, before its
// twin is closed: a closed incident without a word would look solved. It reports
// whether the comment is there.
func (l *lane) announce(ctx context.Context, w *ledger.Work, e *ledger.Entry) bool {
	now := time.Now()
	if e.Sides[own].Gone {
		return true
	}
	if at := l.budgets.opens(spendComment, now); at.After(now) || !l.budgets.take(spendComment) {
		l.pause(ctx, w, "the comment that names the merged incident waits for its turn", at)
		return false
	}
	err := l.side.comment(ctx, e.SentinelName(), incident.RedirectName(e.SentinelName()), l.announcement(ctx, e))
	l.budgets.settle(spendComment, err)
	l.telemetry.did(ctx, e.Link.TenantID, whatRedirectComment, resultOf(err))
	switch {
	case err == nil:
		return true
	case isMissing(err):
		return true // the read that follows finds it gone
	case refuses(err):
		// There are 100 comments already. The label still says it.
		l.log.Info("a merged incident is closed without the comment that names its target",
			zap.String("incident", e.Link.IncidentID), zap.String("cause", writer.Reason(err)))
		return true
	}
	l.failed(ctx, w, l.writes, err)
	return false
}

// announcement names the incident that a merged one went into, at the end of
// the chain as far as it is known.
func (l *lane) announcement(ctx context.Context, e *ledger.Entry) string {
	target, via := e.Redirect.Into, ""
	if target == "" {
		return "This incident was merged into another one in Microsoft Defender and is closed here. Microsoft Defender does not say which."
	}
	seen := map[string]bool{e.Link.IncidentID: true}
	for range chainMax {
		seen[target] = true
		link := incident.Link{Cloud: e.Link.Cloud, TenantID: e.Link.TenantID, IncidentID: target}
		next, err := l.ledger.Find(ctx, ledger.IDOf(link, l.name))
		if err != nil || next == nil || next.Redirect == nil || next.Redirect.Into == "" || seen[next.Redirect.Into] {
			break
		}
		via += ", by way of incident " + target
		target = next.Redirect.Into
	}
	return fmt.Sprintf("This incident was merged into incident %s in Microsoft Defender%s and is closed here. Work on it goes on there.", target, via)
}
