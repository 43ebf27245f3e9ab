package defenderreceiver

import (
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// consumed is the next consumer, asked for what Graph calls its objects.
type consumed struct{ *collectortest.Consumed }

func (c consumed) incidents() map[string]int {
	return c.Times(record.EventDefenderIncident, record.DefenderIncidentID)
}

func (c consumed) alerts() map[string]int {
	return c.Times(record.EventDefenderAlert, record.DefenderAlertID)
}

// has reports whether the revision of an object with that title came.
func (c consumed) has(id, title string) bool {
	for _, r := range c.After(0) {
		body := r.Body().Map()
		if v, _ := body.Get("id"); v.AsString() != id {
			continue
		}
		for _, field := range []string{"displayName", "title"} {
			if v, ok := body.Get(field); ok && v.AsString() == title {
				return true
			}
		}
	}
	return false
}
