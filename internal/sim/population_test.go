package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// population is a seeded tenant that changes in rounds. Its documents are small,
// so that thousands fit a test; the scenarios of the emulator have the realistic
// ones.
type population struct {
	random    *rand.Rand
	incidents []map[string]any
	alerts    int
}

func newPopulation(seed uint64) *population {
	return &population{random: rand.New(rand.NewPCG(seed, 7))}
}

// history makes n incidents updated within the given time before now, several
// of them within the same second, newest last.
func (p *population) history(n int, now time.Time, reach time.Duration) []any {
	added := make([]any, n)
	for i := range added {
		at := now.Add(-time.Duration(p.random.Int64N(int64(reach)))).Truncate(time.Second)
		if i%3 != 0 && i > 0 { // two of three share the second of the one before
			at, _ = time.Parse(time.RFC3339, added[i-1].(map[string]any)["lastUpdateDateTime"].(string))
		}
		added[i] = p.incident(at)
	}
	return added
}

// round changes about a share of the incidents at now, and returns the changed
// ones. A change may touch the incident alone, an alert, or add one.
func (p *population) round(share float64, now time.Time) []any {
	changed := []any{}
	for _, incident := range p.incidents {
		if p.random.Float64() >= share {
			continue
		}
		at := stamp(now.Add(-time.Duration(p.random.IntN(3)) * time.Second))
		incident["lastUpdateDateTime"] = at
		switch alerts := incident["alerts"].([]any); p.random.IntN(3) {
		case 0:
			incident["assignedTo"] = fmt.Sprintf("analyst%d@contoso.com", p.random.IntN(9))
		case 1:
			if len(alerts) > 0 {
				alert := alerts[p.random.IntN(len(alerts))].(map[string]any)
				alert["lastUpdateDateTime"], alert["status"] = at, "inProgress"
			}
		case 2:
			incident["alerts"] = append(alerts, p.alert(incident["id"].(string), at))
		}
		changed = append(changed, incident)
	}
	return changed
}

func (p *population) incident(at time.Time) map[string]any {
	id := fmt.Sprint(3_000_000_000 + len(p.incidents))
	alerts := []any{}
	for range p.random.IntN(4) {
		alerts = append(alerts, p.alert(id, stamp(at)))
	}
	incident := map[string]any{
		"id": id, "tenantId": tenant, "status": "active", "displayName": "Incident " + id, "severity": "medium",
		"createdDateTime": stamp(at.Add(-time.Hour)), "lastUpdateDateTime": stamp(at), "assignedTo": nil,
		"classification": "unknown", "determination": "unknown", "customTags": []any{}, "systemTags": []any{}, "comments": []any{},
		"incidentWebUrl":     "https://security.microsoft.com/incident2/" + id + "/overview?tid=" + tenant,
		"redirectIncidentId": nil, "priorityScore": p.random.IntN(100), "alerts": alerts,
	}
	p.incidents = append(p.incidents, incident)
	return incident
}

func (p *population) alert(incident, at string) map[string]any {
	p.alerts++
	return map[string]any{
		"id": fmt.Sprintf("da%032x_1", p.alerts), "incidentId": incident, "tenantId": tenant, "status": "new", "severity": "medium",
		"title": "Suspicious thing", "serviceSource": "microsoftDefenderForEndpoint", "category": "Execution",
		"createdDateTime": at, "lastUpdateDateTime": at, "mitreTechniques": []any{"T1059"},
		"evidence": []any{
			map[string]any{
				"@odata.type": "#microsoft.graph.security.deviceEvidence", "createdDateTime": at, "verdict": "suspicious",
				"mdeDeviceId": fmt.Sprintf("%040x", p.random.Uint64()), "hostName": fmt.Sprintf("host%d", p.random.IntN(500)), "dnsDomain": "contoso.com",
			},
			map[string]any{
				"@odata.type": "#microsoft.graph.security.ipEvidence", "createdDateTime": at, "verdict": "malicious",
				"ipAddress": fmt.Sprintf("203.0.113.%d", p.random.IntN(255)),
			},
		},
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.9999999Z07:00") }
