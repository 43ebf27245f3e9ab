package emulator_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func (l *lab) edit(id, body string) answer {
	l.Helper()
	return l.control("POST", "/control/defender/incidents/"+id, body)
}

func TestAPersonsEditChangesOnlyWhatIsGiven(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	n := l.number()
	a := l.edit("1", `{"status":"resolved","assignedTo":"p@contoso.com","classification":"truePositive","determination":"phishing","customTags":["x"]}`)
	l.equal("status", a.status, 200)
	l.contains("the answer is the incident with its alerts", a.body, `"status":"resolved"`, `"lastModifiedBy":"analyst@contoso.com"`,
		`"lastUpdateDateTime":"2026-01-02T12:00:00Z"`, `"displayName":"n"`, `"odd":1.0`, `"alerts":[{"id":"a1","status":"resolved"`)
	l.contains("over Graph", l.get(incidents+"/1").body, `"assignedTo":"p@contoso.com"`)
	l.contains("cascade", l.get(alerts+"/b1").body, `"assignedTo":"p@contoso.com"`, `"determination":"phishing"`, `"lastUpdateDateTime":"2026-01-02T12:00:00Z"`)
	l.equal("writes", l.writes(n), []string{
		"person update incident 1 [status classification determination assignedTo customTags]",
		"service update alert a1 [status classification determination assignedTo]", "service update alert b1 [classification determination assignedTo]",
	})
	l.equal("by", l.e.Writes(n)[0].By, "analyst@contoso.com")
	l.contains("by somebody else", l.control("POST", "/control/defender/incidents/1?by="+url.QueryEscape("b@contoso.com"), `{"status":"active"}`).body, `"lastModifiedBy":"b@contoso.com"`)
	l.equal("of another tenant", l.control("POST", "/control/defender/incidents/1?tenant=00000000-0000-4000-8000-00000000000b", `{"status":"active"}`).status, 404)
}

func TestAPersonsCommentsAreAdded(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	n := l.number()
	l.equal("status", l.edit("1", `{"comments":[{"comment":"one"},{"comment":"two"}],"comment":"three"}`).status, 200)
	l.contains("in order", l.get(incidents+"/1").body,
		`"comments":[{"comment":"one","createdByDisplayName":"analyst@contoso.com","createdDateTime":"2026-01-02T12:00:00Z"},{"comment":"two","created`, `{"comment":"three",`)
	l.equal("writes", l.writes(n), []string{"person create comment 1 [comments]", "person create comment 1 [comments]", "person create comment 1 [comments]"})
	l.edit("1", `{"comment":"four","status":"inProgress"}`)
	l.equal("with a change", l.writes(n+3), []string{"person update incident 1 [status]", "person create comment 1 [comments]"})
	l.edit("1", `{}`)
	l.equal("nothing", l.writes(n+5), []string{"person update incident 1 []"})
}

func TestAPersonCanPlayTheFuture(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.contains("new members of enums", l.edit("1", `{"status":"awaitingAction","determination":"somethingNew","systemTags":["Defender Experts"],"priorityScore":99,"novel":{"a":[1.0]}}`).body,
		`"status":"awaitingAction"`, `"determination":"somethingNew"`, `"novel":{"a":[1.0]}`)
}

func TestEditsThatAreRefused(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.twoAlerts("2")
	l.merge(`{"incidentIds":["1","2"]}`)
	n := l.number()
	for body, part := range map[string]string{
		``: "JSON", `[]`: "want a JSON object", `{"status":null}`: "got null", `{"status":1}`: "got number", `{"id":"3"}`: "not for people",
		`{"alerts":[]}`: "not for people", `{"lastUpdateDateTime":"2026-01-01T00:00:00Z"}`: "not for people", `{"customTags":[1]}`: "array of strings",
		`{"comments":"c"}`: "must be an array", `{"comments":[{"comment":""}]}`: "must not be empty", `{"comment":7}`: "got number", `{"comments":[5]}`: "must be an array",
		`{"assignedTo":{}}`: "got object",
	} {
		a := l.edit("1", body)
		l.equal(body, a.status, 400)
		l.contains(body, a.body, part)
	}
	l.equal("missing", l.edit("9", `{"status":"active"}`).status, 404)
	l.equal("merged away", l.edit("2", `{"status":"active"}`).status, 409)
	l.equal("too large", l.edit("1", `{"comment":"`+strings.Repeat("x", 1<<20)+`"}`).status, 400)
	l.equal("tenant", l.control("POST", "/control/defender/incidents/1?tenant=x", `{}`).status, 400)
	l.equal("no write", l.writes(n), []string{})
}

func TestAPersonMergesWhateverIsThere(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.twoAlerts("2")
	l.twoAlerts("3")
	l.edit("1", `{"status":"resolved","assignedTo":"p"}`)
	n := l.number()
	a := l.control("POST", "/control/defender/merge?by=m", `{"incidentIds":["1","2"],"targetIncidentId":"2"}`)
	l.equal("answer", []any{a.status, a.body}, []any{200, "{\n  \"targetIncidentId\": \"2\"\n}\n"})
	l.contains("source", l.get(incidents+"/1").body, `"status":"redirected"`, `"redirectIncidentId":"2"`, `"lastModifiedBy":"m"`)
	l.equal("writes", l.writes(n)[0], "person update merge 1 [status redirectIncidentId]")
	l.contains("the eldest, when none is named", l.control("POST", "/control/defender/merge", `{"incidentIds":["3","2"]}`).body, `"2"`)
	for body, status := range map[string]int{
		`{}`: 400, `{"incidentIds":["2"]}`: 400, `{"incidentIds":["2","2"]}`: 400, `{"incidentIds":["1","2"]}`: 400, `{"incidentIds":["2","9"]}`: 404,
		`{"incidentIds":["2","3"],"targetIncidentId":"1"}`: 400, `{"ids":["2","3"]}`: 400, `x`: 400,
	} {
		l.equal(body, l.control("POST", "/control/defender/merge", body).status, status)
	}
	l.equal("tenant", l.control("POST", "/control/defender/merge?tenant=x", `{}`).status, 400)
}

func TestDocumentsPutInAreWritesOfTheService(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.twoAlerts("1")
	l.put(`{"id":"1","lastUpdateDateTime":"2026-01-02T11:30:00Z","status":"active","severity":"medium","assignedTo":null,"classification":"unknown","determination":"unknown","customTags":["old"],"displayName":"n"}`)
	l.put(`{"id":"1","lastUpdateDateTime":"2026-01-02T11:31:00Z","status":"redirected","redirectIncidentId":"2"}`)
	l.equal("writes", l.writes(0), []string{
		"service create incident 1 [status classification determination severity assignedTo customTags displayName description resolvingComment redirectIncidentId]",
		"service update incident 1 []",
		"service update merge 1 [status classification determination severity customTags displayName redirectIncidentId]",
	})
	l.equal("before the first", string(l.e.Writes(0)[0].Before), "")
	l.contains("as JSON", l.control("GET", "/control/writes?since=0", "").body, `"before": null`, `"by": "Microsoft Defender XDR"`, `"side": "defender"`, `"changed": []`)
	l.equal("since nonsense", l.control("GET", "/control/writes?since=x", "").status, 400)
}

func TestSummaryCountsWrites(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.twoAlerts("2")
	l.patch(incidents+"/1", `{"assignedTo":"p"}`)
	l.patch(incidents+"/1", `{"assignedTo":"p"}`)
	l.edit("1", `{"assignedTo":null}`)
	l.edit("1", `{}`)
	l.merge(`{"incidentIds":["1","2"]}`)
	l.patch(incidents+"/2", `{"status":"active"}`)
	var s struct {
		Sync json.RawMessage `json:"sync"`
	}
	if err := json.Unmarshal([]byte(l.control("GET", "/control/summary", "").body), &s); err != nil {
		t.Fatal(err)
	}
	var flat strings.Builder
	for _, field := range strings.Fields(string(s.Sync)) {
		flat.WriteString(field)
	}
	l.equal("sync", flat.String(), `{"writes":13,"counts":{"defender":{"alert":{"service":4},"incident":{"app":3,"person":2,"service":3},"merge":{"app":1}}},"idle":{"defender":1},"lost":{"defender":1}}`)
}

func TestTimesOfEditsGrow(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	last := ""
	for i := range 20 {
		if i%5 == 0 {
			l.now = l.now.Add(-time.Second) // a clock may go back
		}
		at, _ := l.patch(incidents+"/1", `{}`).object()["lastUpdateDateTime"].(string)
		parsed, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		if this := parsed.Format("15:04:05.0000000"); this <= last {
			t.Errorf("%s after %s", this, last)
		} else {
			last = this
		}
	}
	l.put(`{"id":"2","lastUpdateDateTime":"2026-02-01T00:00:00.1234567Z"}`)
	l.equal("ahead of the clock", l.patch(incidents+"/2", `{}`).object()["lastUpdateDateTime"], "2026-02-01T00:00:00.1234568Z")
}
