package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

const (
	refusedKey = "refused"
	// refusedMax bounds how many claims are remembered; beyond it the oldest
	// is forgotten, and would be told of again.
	refusedMax = 4096
	// refusedChars is how much of a claim's digest is kept.
	refusedChars = 16
)

// Refuse tells, once, whoever asks for it, of a Sentinel incident whose claim to belong to a
// Defender incident is not believed: a forged, copied or moved label. Nothing
// else is done about it.
func (l *Ledger) Refuse(ctx context.Context, workspace, name string, claim incident.Link, reason string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	digest := digestOf(strings.Join([]string{workspace, name, claim.Cloud, claim.TenantID, claim.IncidentID}, "\x00"), refusedChars)
	known, err := l.refusals(ctx)
	if err != nil || slices.Contains(known, digest) {
		return err
	}
	known = append(known[max(0, len(known)-refusedMax+1):], digest)
	if err := l.lease.hold(ctx); err != nil {
		return err
	}
	if err := l.settings.Client.Set(ctx, refusedKey, seal(refusedKey, []byte(strings.Join(known, "\n")))); err != nil {
		return fmt.Errorf("save refused claim: %w", err)
	}
	l.refused = known
	l.tell(NewID(name, workspace), claim, workspace, Decision{
		At: l.settings.Now().UTC(), Field: "link", Rule: "trust", Result: ResultRefused, Reason: reason,
	})
	return nil
}

// refusals reads them, once.
func (l *Ledger) refusals(ctx context.Context) ([]string, error) {
	if l.refused != nil {
		return l.refused, nil
	}
	text, err := l.settings.Client.Get(ctx, refusedKey)
	if err != nil {
		return nil, fmt.Errorf("read refused claims: %w", err)
	}
	l.refused = []string{}
	if text == nil {
		return l.refused, nil
	}
	document, err := unseal(refusedKey, text)
	if err != nil {
		return l.refused, l.store.setAside(ctx, refusedKey, text, err)
	}
	l.refused = strings.Split(string(document), "\n")
	return l.refused, nil
}
