package emulator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/odata"
)

// mergeable finds the incidents of a merge: each named once, there, and not
// merged away before.
func (t *tenant) mergeable(wish mergeWish) ([]*history, *errQuery) {
	var chosen []*history
	for i, id := range wish.ids {
		h := t.incidents[id]
		switch {
		case h == nil:
			return nil, missing(id)
		case slices.Contains(wish.ids[:i], id):
			return nil, refuseBody("incident %q is named twice", id)
		case h.newest().hasStatus("redirected"):
			return nil, refuseBody("incident %q was merged into another one already", id)
		}
		chosen = append(chosen, h)
	}
	if wish.target != "" && !slices.Contains(wish.ids, wish.target) {
		return nil, refuseBody("the target %q is not among the incidents", wish.target)
	}
	return chosen, nil
}

// correlates refuses what correlation never merges.
// Source: MicrosoftDocs/defender-docs, alerts-incidents-correlation.md.
func (t *tenant) correlates(chosen []*history) *errQuery {
	first, alerts := chosen[0].newest(), 0
	for _, h := range chosen {
		alerts += len(h.alerts)
		if d := h.newest(); d.hasStatus("resolved") {
			return refuseBody("incident %q is closed", d.id)
		}
		for _, name := range []string{"assignedTo", "classification", "determination"} {
			if verdictOf(h.newest().value(name)) != verdictOf(first.value(name)) {
				return refuseBody("%q of incidents %q and %q differs", name, first.id, h.newest().id)
			}
		}
	}
	if alerts > mergeAlertsMax {
		return refuseBody("the incidents have %d alerts together, more than %d", alerts, mergeAlertsMax)
	}
	return nil
}

// older orders incidents by creation, then by number: the eldest becomes the
// target. The service picks by rules of its own that are not published.
func older(a, b *history) int {
	created := func(h *history) odata.Value { return h.newest().field("createdDateTime", odata.KindTime) }
	x, y := a.newest().id, b.newest().id
	return cmp.Or(created(a).Time.Compare(created(b).Time), cmp.Compare(len(x), len(y)), strings.Compare(x, y))
}
