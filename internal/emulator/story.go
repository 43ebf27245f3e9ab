package emulator

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// PutStory stores what the service itself makes of incidents, in the forms that
// [Emulator.Put] takes: each whole, as it would be had nobody touched it. What
// people and apps have written since stays: status, owner, verdict, tags,
// comments and a severity that somebody set, of incident and alerts, and the
// incident that an alert was moved to. An incident that was closed or merged
// away has no further story.
func (e *Emulator) PutStory(tenantID string, from io.Reader) (Stored, error) {
	var told []bundle
	now := e.settings.Now()
	err := eachIncident(from, func(text []byte) error {
		b, err := parseBundle(text, now)
		told = append(told, b)
		return err
	})
	if err != nil {
		return Stored{}, fmt.Errorf("put story: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	t := e.tenantLocked(tenantID)
	var bundles []bundle
	for _, b := range told {
		if t.retell(&b) {
			bundles = append(bundles, b)
		}
	}
	return e.storeBundlesLocked(tenantID, bundles), nil
}

// retell fits a story to what has become of the incident; false means that
// there is nothing to tell.
func (t *tenant) retell(b *bundle) bool {
	h := t.incidents[b.incident.id]
	if h == nil || len(h.revisions) == 0 {
		return true
	}
	old := h.newest()
	if old.hasStatus("resolved") || old.hasStatus("redirected") {
		return false
	}
	kept := []string{
		"status", "assignedTo", "classification", "determination", "customTags", "systemTags", "comments", "resolvingComment",
		"redirectIncidentId",
	}
	if h.graded {
		kept = append(kept, "severity")
	}
	b.alerts = slices.DeleteFunc(b.alerts, func(a *document) bool {
		was := t.alerts[a.id]
		if was == nil {
			return false
		}
		a.keeps(was.newest().document, "status", "assignedTo", "classification", "determination", "comments", "resolvedDateTime")
		return was.incident != b.incident.id || a.sameButTimed(was.newest().document)
	})
	at := b.incident.updated
	for _, a := range b.alerts {
		if a.updated.After(at) {
			at = a.updated
		}
	}
	b.incident.keeps(old.document, kept...)
	if at.After(b.incident.updated) {
		b.incident.setUpdated(at)
	}
	return true
}

// keeps takes members over from what is there, and a time after it.
func (d *document) keeps(old *document, names ...string) {
	for _, name := range names {
		if value := old.value(name); value != nil {
			d.set(name, value)
		}
	}
	if d.timed && !d.updated.After(old.updated) {
		d.setUpdated(old.updated.Add(100 * time.Nanosecond))
	}
	d.measure()
}

// sameButTimed tells whether two documents differ in nothing but when they were
// updated.
func (d *document) sameButTimed(other *document) bool {
	if len(d.members) != len(other.members) {
		return false
	}
	for i := range d.members {
		a, b := d.members[i], other.members[i]
		if a.Name != b.Name || a.Name != "lastUpdateDateTime" && string(a.Value) != string(b.Value) {
			return false
		}
	}
	return true
}
