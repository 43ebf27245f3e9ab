package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

const (
	// calmLimit is within how long everything must be in step once people and
	// mischief ended: the shipped limits, pauses and holds included.
	calmLimit = time.Hour
	// calmAfter is how long nothing was written before it counts as quiet.
	calmAfter = 10 * time.Minute
	// quietFor is how long nobody may write a thing after that.
	quietFor = 20 * time.Minute
	// afterForgetting is how long a lost ledger has to be told of everything
	// again.
	afterForgetting = 20 * time.Minute
)

// controlCall asks the emulator's control interface.
func controlCall(e *emulator.Emulator, method, path string, body []byte) ([]byte, error) {
	rec := httptest.NewRecorder()
	e.Control().ServeHTTP(rec, httptest.NewRequest(method, path, bytes.NewReader(body)))
	if rec.Code/100 != 2 {
		return nil, fmt.Errorf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	}
	return rec.Body.Bytes(), nil
}

// outcome is what came of a script.
type outcome struct {
	broken   []string // laws, with what broke them
	edits    int      // people's
	writes   int      // ours
	lost     int      // edits that lost a recorded conflict
	excused  int      // edits written over in a window that cannot be closed
	parked   int      // incidents that differ in what a service would not take
	requests uint64
	history  string // of the incident that broke the first law
}

// simulate plays a script in virtual time and judges it.
func simulate(t *testing.T, s script) outcome {
	t.Helper()
	var o outcome
	synctest.Test(t, func(t *testing.T) { o = play(t, s) })
	return o
}

// player carries a script out.
type player struct {
	*pair
	script  script
	stories map[int]map[string]any
	forgot  []time.Time // when the ledger was lost
}

func play(t *testing.T, s script) outcome {
	pair, err := newPair(t, emulator.Settings{
		Seed: s.Seed, Faults: emulator.Plan{Seed: s.Seed, Faults: s.Faults}, Rows: emulator.RowsCount, RuleDelay: 2 * time.Minute,
	}, s.Poll, s.Conflict)
	if err != nil {
		return outcome{broken: []string{err.Error()}}
	}
	p := &player{pair: pair, script: s, stories: map[int]map[string]any{}}
	if s.has(deedForget) { // what is in step no longer comes up before the next resync
		for _, receiver := range []string{"defender", "sentinel"} {
			p.settings[receiver] = map[string]any{"resync_interval": afterForgetting.String()}
		}
	}
	began := time.Now()
	p.start()
	for _, a := range s.Acts {
		time.Sleep(time.Until(began.Add(a.At)))
		p.act(a)
	}
	if err := p.emulator.SetFaults(emulator.Plan{}); err != nil {
		return outcome{broken: []string{err.Error()}}
	}
	if len(p.forgot) > 0 {
		time.Sleep(afterForgetting + time.Minute)
	}
	var late []string
	if !p.calmDown() {
		late = append(late, fmt.Sprintf("not quiet %s after everything ended", calmLimit))
	}
	calm := len(p.emulator.Writes(0))
	time.Sleep(quietFor)
	for _, w := range p.emulator.Writes(uint64(calm)) {
		late = append(late, fmt.Sprintf("written after quiet: %s %s %s %v", w.Side, w.Kind, w.ID, w.Changed))
	}
	entries := p.entries()
	if err := p.stop(); err != nil {
		late = append(late, "stop: "+err.Error())
	}
	o := p.judge()
	o.broken = append(o.broken, late...)
	if len(o.broken) > 0 {
		id, _, _ := strings.Cut(o.broken[0], ":")
		o.history = p.history(id) + entries[id]
	}
	return o
}

// calmDown waits until nothing was written for a while; false if that never
// comes.
func (p *player) calmDown() bool {
	last, since := uint64(0), time.Now()
	for deadline := time.Now().Add(calmLimit); time.Now().Before(deadline); time.Sleep(time.Minute) {
		if now := p.emulator.Summary().Sync.Writes; now != last {
			last, since = now, time.Now()
		}
		if time.Since(since) >= calmAfter {
			return true
		}
	}
	return false
}

func incidentID(n int) string { return fmt.Sprint(4_000_000_000 + n) }

// act does one thing; what cannot be done is left undone, as people find.
func (p *player) act(a act) {
	switch a.Do {
	case deedOpen:
		p.stories[a.N] = p.story(a.N)
		p.tell(a.N)
	case deedAlert:
		if s := p.stories[a.N]; s != nil {
			s["alerts"] = append(s["alerts"].([]any), p.alert(a.N, len(s["alerts"].([]any))))
			p.tell(a.N)
		}
	case deedEdit:
		if a.Side == emulator.SideDefender {
			_ = p.emulator.EditIncident(tenant, incidentID(a.N), "analyst@contoso.com", []byte(a.Change))
			return
		}
		_, _ = p.emulator.EditTwin(tenant, incidentID(a.N), "analyst@provider.com", []byte(a.Change))
	case deedMerge:
		if a.N != a.Into {
			_, _ = p.emulator.MergeIncidents(tenant, "analyst@contoso.com", []string{incidentID(a.N), incidentID(a.Into)}, incidentID(a.Into))
		}
	case deedDelete:
		if name := p.twin(incidentID(a.N)); name != "" {
			_, _ = controlCall(p.emulator, http.MethodDelete, "/control/sentinel/incidents/"+name, nil)
		}
	case deedKill, deedStop, deedForget:
		p.interrupt(a)
	}
}

func (p *player) interrupt(a act) {
	if a.Do == deedStop {
		_ = p.stop()
	} else {
		p.kill()
	}
	if a.Do == deedForget {
		p.disk.forget("incident_ledger")
		p.forgot = append(p.forgot, time.Now())
	}
	time.Sleep(a.Down)
	p.start()
}

// twin is the name of the Sentinel incident that stands for a Defender one.
func (p *player) twin(id string) string {
	queue, err := p.queue("/control/sentinel/incidents")
	if err != nil {
		return ""
	}
	for _, text := range queue {
		var doc struct{ Name string }
		if strings.Contains(string(text), labelOf(id)) && json.Unmarshal(text, &doc) == nil {
			return doc.Name
		}
	}
	return ""
}

// labelOf is our label, as the JSON of a Sentinel incident has it.
func labelOf(id string) string { return `"defender:` + id + `@` + tenant + `"` }

// story is an incident as the service makes it, with an alert or three.
func (p *player) story(n int) map[string]any {
	now := stamp(time.Now())
	alerts := []any{}
	for i := range 1 + n%3 {
		alerts = append(alerts, p.alert(n, i))
	}
	return map[string]any{
		"id": incidentID(n), "tenantId": tenant, "status": "active", "displayName": fmt.Sprintf("Incident %d", n),
		"severity": []string{"low", "medium", "high"}[n%3], "createdDateTime": now, "lastUpdateDateTime": now, "assignedTo": nil,
		"classification": "unknown", "determination": "unknown", "customTags": []any{}, "systemTags": []any{}, "comments": []any{},
		"description":        strings.Repeat("What happened. ", n%5),
		"incidentWebUrl":     "https://security.microsoft.com/incident2/" + incidentID(n) + "/overview?tid=" + tenant,
		"redirectIncidentId": nil, "alerts": alerts,
	}
}

func (p *player) alert(n, i int) map[string]any {
	now := stamp(time.Now())
	return map[string]any{
		"id": fmt.Sprintf("da%032x_1", n*1000+i), "incidentId": incidentID(n), "tenantId": tenant, "status": "new", "severity": "medium",
		"title": fmt.Sprintf("Alert %d of %d", i, n), "serviceSource": "microsoftDefenderForEndpoint", "category": "Execution",
		"createdDateTime": now, "lastUpdateDateTime": now, "mitreTechniques": []any{"T1059"}, "classification": "unknown", "determination": "unknown",
		"evidence": []any{map[string]any{
			"@odata.type": "#microsoft.graph.security.ipEvidence", "createdDateTime": now, "verdict": "malicious", "ipAddress": fmt.Sprintf("203.0.113.%d", n),
		}},
	}
}

// tell lets the service say how the incident stands.
func (p *player) tell(n int) {
	s := p.stories[n]
	s["lastUpdateDateTime"] = stamp(time.Now())
	if _, err := p.emulator.PutStory(tenant, bytes.NewReader(mustJSON(s))); err != nil {
		panic(err) // a mistake of this file
	}
}

func jsonReader(text string) *bytes.Reader { return bytes.NewReader([]byte(text)) }

// entries is what the ledger holds of every incident, for the reader of a broken
// law.
func (p *player) entries() map[string]string {
	all := map[string]string{}
	held := p.living.ledger.Ledger()
	for n := range p.stories {
		ids, err := held.FindIncident(p.t.Context(), incidentID(n))
		if err != nil {
			continue // the reader has to do without
		}
		for _, id := range ids {
			e, err := held.Find(p.t.Context(), id)
			if err == nil && e != nil {
				e.Decisions = nil // are in the history
				all[incidentID(n)] = fmt.Sprintf("    ledger %s\n", mustJSON(e))
			}
		}
	}
	return all
}
