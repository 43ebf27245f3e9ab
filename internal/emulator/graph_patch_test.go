package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// send writes to Graph as the usual tenant; pairs are headers.
func (l *lab) send(method, target, body string, pairs ...string) answer {
	l.Helper()
	header := http.Header{
		"Authorization": {"Bearer " + l.token(emulator.DefaultTenant, graphScope)},
		"Prefer":        {"include-unknown-enum-members"}, "Content-Type": {"application/json"},
	}
	for i := 0; i < len(pairs); i += 2 {
		header.Set(pairs[i], pairs[i+1])
	}
	return l.do(l.e.Handler(), method, target, header, strings.NewReader(body))
}

func (l *lab) patch(target, body string) answer {
	l.Helper()
	return l.send(http.MethodPatch, target, body)
}

// object reads an answer's members.
func (a answer) object() map[string]any {
	var members map[string]any
	_ = json.Unmarshal([]byte(a.body), &members)
	return members
}

// writes are the accepted writes since a number, a line each: who did what to
// which, and what changed.
func (l *lab) writes(since uint64) []string {
	lines := []string{}
	for _, w := range l.e.Writes(since) {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %v %s", w.Actor, w.Op, w.Kind, w.ID, w.Changed, w.Lost)))
	}
	return lines
}

// number is the number of the newest write.
func (l *lab) number() uint64 {
	all := l.e.Writes(0)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].N
}

// twoAlerts puts an incident with an open and a resolved alert in, an hour old.
func (l *lab) twoAlerts(id string) {
	l.Helper()
	at := l.now.Add(-time.Hour).Format(time.RFC3339)
	l.put(fmt.Sprintf(`{"id":%[1]q,"tenantId":"t","status":"active","severity":"medium","assignedTo":null,"classification":"unknown","determination":"unknown",
		"customTags":["old"],"systemTags":[],"displayName":"n","description":null,"summary":null,"resolvingComment":null,"redirectIncidentId":null,
		"createdDateTime":%[2]q,"lastUpdateDateTime":%[2]q,"lastModifiedBy":"x","comments":[],"priorityScore":7,"odd":1.0,
		"alerts":[{"id":"a%[1]s","status":"new","title":"T","assignedTo":null,"classification":null,"determination":null,"incidentId":%[1]q,"incidentWebUrl":"u%[1]s","resolvedDateTime":null,"lastUpdateDateTime":%[2]q,"comments":[]},
			{"id":"b%[1]s","status":"resolved","title":"T","assignedTo":"r","classification":null,"determination":null,"incidentId":%[1]q,"incidentWebUrl":"u%[1]s","resolvedDateTime":%[2]q,"lastUpdateDateTime":%[2]q,"comments":[]}]}`, id, at))
}

func TestPatchSetsTheTenFieldsAndLeavesTheRest(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	for member, value := range map[string]string{
		"assignedTo": `"a@contoso.com"`, "classification": `"truePositive"`, "customTags": `["x","y"]`, "description": `"d \u00e9"`,
		"determination": `"malware"`, "displayName": `"other"`, "resolvingComment": `"done"`, "severity": `"high"`, "status": `"inProgress"`, "summary": `"s"`,
	} {
		body := fmt.Sprintf(`{%q:%s}`, member, value)
		if member == "determination" {
			body = `{"@odata.type":"#microsoft.graph.security.incident","classification":"truePositive","determination":"malware"}`
		}
		l.now = l.now.Add(time.Minute)
		a := l.patch(incidents+"/1", body)
		l.equal(member, a.status, 200)
		l.contains(member, a.body, fmt.Sprintf(`%q:%s`, member, value), `"odd":1.0`, `"priorityScore":7`)
		l.contains(member, a.body, `"lastUpdateDateTime":"`+l.now.Format(time.RFC3339)+`"`, `"lastModifiedBy":"API-App:`+client+`"`, `/v1.0/$metadata#security/incidents/$entity"`)
		l.equal(member+" read again", l.get(incidents+"/1").body, a.body)
	}
	l.equal("ETag", l.get(incidents+"/1").header.Get("ETag"), "")
	l.contains("emptied", l.patch(incidents+"/1", `{"assignedTo":null,"customTags":[],"classification":null,"determination":null}`).body,
		`"assignedTo":null`, `"customTags":[]`, `"classification":null`, `"determination":null`)
}

func TestPatchRefusesWhatTheSchemaDoesNotHave(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	before, n := l.get(incidents+"/1?$expand=alerts").body, l.number()
	for body, detail := range map[string]string{
		`{"status":"redirected"}`:                       "no value",
		`{"status":"awaitingAction"}`:                   "no value",
		`{"status":"unknownFutureValue"}`:               "no value",
		`{"status":"Resolved"}`:                         "no value",
		`{"status":null}`:                               "got null",
		`{"status":2}`:                                  "got number",
		`{"severity":null}`:                             "got null",
		`{"severity":"critical"}`:                       "no value",
		`{"classification":"benignPositive"}`:           "no value",
		`{"determination":"notEnoughData"}`:             "no value",
		`{"assignedTo":["a"]}`:                          "got array",
		`{"customTags":"x"}`:                            "array of strings",
		`{"customTags":null}`:                           "array of strings",
		`{"customTags":["x",null]}`:                     "array of strings",
		`{"customTags":["x",7]}`:                        "array of strings",
		`{"customTags":[""]}`:                           "empty string",
		`{"systemTags":[]}`:                             "cannot be written",
		`{"lastUpdateDateTime":"2026-01-01T00:00:00Z"}`: "cannot be written",
		`{"comments":[]}`:                               "cannot be written",
		`{"id":"1"}`:                                    "cannot be written",
		`{"@odata.type":"microsoft.graph.incident"}`:    "must be",
		`{"status":"resolved","status":"active"}`:       "comes twice",
		`[]`: "want a JSON object",
		`{"status":"resolved","displayName":{"a":1}}`:               "got object",
		`{"classification":"truePositive","determination":"x y z"}`: "no value",
	} {
		a := l.patch(incidents+"/1", body)
		l.equal("status of "+body, a.status, 400)
		l.contains(body, a.body, `"code":"InvalidRequestBody"`, `"message":"Request body is incorrect"`, detail)
	}
	l.equal("not JSON", l.patch(incidents+"/1", `{"status":`).status, 400)
	l.contains("empty", l.patch(incidents+"/1", ``).body, "Empty Payload")
	l.equal("another media type", l.send("PATCH", incidents+"/1", `{}`, "Content-Type", "text/plain").status, 415)
	l.equal("another charset", l.send("PATCH", incidents+"/1", `{}`, "Content-Type", "application/json; charset=latin1").status, 415)
	l.equal("utf-8", l.send("PATCH", incidents+"/2", `{}`, "Content-Type", "application/json; charset=utf-8").status, 404)
	l.equal("too large", l.patch(incidents+"/1", `{"summary":"`+strings.Repeat("x", 1<<20)+`"}`).status, 413)
	l.equal("missing", l.patch(incidents+"/2", `{"status":"active"}`).status, 404)
	l.equal("the collection", l.patch(incidents, `{"status":"active"}`).status, 405)
	l.equal("DELETE", l.send("DELETE", incidents+"/1", ``).status, 405)
	l.equal("unchanged", l.get(incidents+"/1?$expand=alerts").body, before)
	l.equal("no write", l.writes(n), []string{})
}

func TestPatchChecksThePairOfTheVerdict(t *testing.T) {
	pairs := map[string]string{
		"truePositive":                  "multiStagedAttack maliciousUserActivity compromisedAccount malware phishing unwantedSoftware other unknown",
		"informationalExpectedActivity": "securityTesting lineOfBusinessApplication confirmedActivity other unknown",
		"falsePositive":                 "notMalicious notEnoughDataToValidate other unknown",
		"unknown":                       "unknown",
	}
	for classification, good := range pairs {
		for determination := range strings.SplitSeq("unknown apt malware securityPersonnel securityTesting unwantedSoftware other multiStagedAttack compromisedAccount phishing maliciousUserActivity notMalicious notEnoughDataToValidate confirmedActivity lineOfBusinessApplication", " ") {
			for _, kind := range []string{incidents + "/1", alerts + "/a1"} {
				l := newLab(t, emulator.Settings{})
				l.twoAlerts("1")
				body := fmt.Sprintf(`{"classification":%q,"determination":%q}`, classification, determination)
				want := 400
				if strings.Contains(" "+good+" ", " "+determination+" ") {
					want = 200
				}
				l.equal(kind+" "+body, l.patch(kind, body).status, want)
			}
		}
	}
	l := newLab(t, emulator.Settings{})
	l.put(`{"id":"1","classification":"truePositive","determination":"apt"}`)
	l.equal("an old pair sent again", l.patch(incidents+"/1", `{"classification":"truePositive","determination":"apt","status":"resolved"}`).status, 200)
	l.equal("one half leaves a pair that does not suit", l.patch(incidents+"/1", `{"classification":"falsePositive"}`).status, 400)
	l.equal("both halves", l.patch(incidents+"/1", `{"classification":"falsePositive","determination":"other"}`).status, 200)
	l.equal("the other half", l.patch(incidents+"/1", `{"determination":"phishing"}`).status, 400)
	loose := newLab(t, emulator.Settings{LoosePairs: true})
	loose.put(`{"id":"1"}`)
	loose.equal("switched off", loose.patch(incidents+"/1", `{"classification":"falsePositive","determination":"phishing"}`).status, 200)
}

func TestPatchCascadesToAlertsWithOneTime(t *testing.T) {
	for name, c := range map[string]struct {
		body             string
		open, closed     string // the two alerts after it
		writes           string
		resolvedAt, same bool
	}{
		"assigned":                 {`{"assignedTo":"p"}`, "new p  ", "resolved r  ", "aa1", false, true},
		"resolved":                 {`{"status":"resolved"}`, "resolved   ", "resolved r  ", "aa1", true, true},
		"resolved with verdict":    {`{"status":"resolved","classification":"truePositive","determination":"malware","assignedTo":"p"}`, "resolved p truePositive malware", "resolved p truePositive malware", "both", true, true},
		"verdict while open":       {`{"classification":"falsePositive","determination":"notMalicious"}`, "new  falsePositive notMalicious", "resolved r  ", "aa1", false, true},
		"begun":                    {`{"status":"inProgress"}`, "new   ", "resolved r  ", "", false, false},
		"tags, texts and severity": {`{"customTags":["z"],"severity":"low","description":"d"}`, "new   ", "resolved r  ", "", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, emulator.Settings{})
			l.twoAlerts("1")
			n := l.number()
			at := l.patch(incidents+"/1", c.body).object()["lastUpdateDateTime"]
			for id, want := range map[string]string{"a1": c.open, "b1": c.closed} {
				alert := l.get(alerts + "/" + id).object()
				text := func(name string) string { s, _ := alert[name].(string); return s }
				l.equal(id, strings.Join([]string{text("status"), text("assignedTo"), text("classification"), text("determination")}, " "), want)
				moved := c.writes == "both" || c.writes == "aa1" && id == "a1"
				l.equal(id+" has the incident's time", alert["lastUpdateDateTime"] == at, moved)
			}
			l.equal("resolvedDateTime", l.get(alerts + "/a1").object()["resolvedDateTime"] == at, c.resolvedAt)
			lines := l.writes(n)
			l.contains("the write", lines[0], "app update incident 1 [")
			l.equal("cascaded writes", len(lines)-1, map[string]int{"": 0, "aa1": 1, "both": 2}[c.writes])
			for _, line := range lines[1:] {
				l.contains("a cascade is the service's", line, "service update alert ")
			}
			l.contains("expanded", l.get(incidents+"/1?$expand=alerts").body, l.get(alerts + "/a1").body[strings.Index(l.get(alerts+"/a1").body, `"id":"a1"`):])
		})
	}
}

func TestPatchOfWhatIsThereAlreadyMovesTheTimeAll(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	n := l.number()
	first := l.patch(incidents+"/1", `{"customTags":["old"]}`).object()["lastUpdateDateTime"]
	second := l.patch(incidents+"/1", `{}`).object()["lastUpdateDateTime"]
	l.equal("times, 100 ns apart at one instant", []any{first, second}, []any{"2026-01-02T12:00:00Z", "2026-01-02T12:00:00.0000001Z"})
	l.equal("writes", l.writes(n), []string{"app update incident 1 []", "app update incident 1 []"})
	written := l.e.Writes(n)[0]
	l.equal("by", []any{written.By, written.Side, written.Tenant, written.Workspace}, []any{client, "defender", emulator.DefaultTenant, ""})
	l.equal("the state", string(written.Before), `{"status":"active","classification":"unknown","determination":"unknown","severity":"medium","assignedTo":null,"customTags":["old"],"displayName":"n","description":null,"resolvingComment":null,"redirectIncidentId":null}`)
	l.equal("after it", string(written.After), string(written.Before))
}

func TestPatchOfAnAlert(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	n := l.number()
	a := l.patch(alerts+"/a1", `{"status":"resolved","assignedTo":"p","classification":"truePositive","determination":"malware","customDetails":{"k":"v"}}`)
	l.equal("status", a.status, 200)
	l.contains("alert", a.body, `"status":"resolved"`, `"customDetails":{"k":"v"}`, `"resolvedDateTime":"2026-01-02T12:00:00Z"`, `#security/alerts_v2/$entity"`)
	incident := l.get(incidents + "/1").object()
	l.equal("its incident moves, nothing else of it", []any{incident["lastUpdateDateTime"], incident["status"], incident["assignedTo"]}, []any{"2026-01-02T12:00:00Z", "active", nil})
	l.equal("writes", l.writes(n), []string{"app update alert a1 [status classification determination assignedTo]", "service update incident 1 []"})
	l.contains("reopened", l.patch(alerts+"/a1", `{"status":"inProgress"}`).body, `"resolvedDateTime":null`, `"lastUpdateDateTime":"2026-01-02T12:00:00.0000001Z"`)
	l.contains("only its time", l.patch(alerts+"/a1", `{}`).body, `"lastUpdateDateTime":"2026-01-02T12:00:00.0000002Z"`)
	for _, body := range []string{`{"status":"active"}`, `{"status":"unknown"}`, `{"severity":"high"}`, `{"customDetails":[]}`, `{"classification":"x"}`, `{"assignedTo":1}`, `{"determination":true}`, `{"@odata.type":"#microsoft.graph.security.incident"}`} {
		l.equal(body, l.patch(alerts+"/a1", body).status, 400)
	}
	l.equal("missing", l.patch(alerts+"/zz", `{"status":"new"}`).status, 404)
}

func TestWritesNeedTheirOwnRoles(t *testing.T) {
	for target, role := range map[string]string{
		"PATCH " + incidents + "/1":                                      "SecurityIncident.ReadWrite.All",
		"POST " + incidents + "/1/comments":                              "SecurityIncident.ReadWrite.All",
		"PATCH " + alerts + "/a1":                                        "SecurityAlert.ReadWrite.All",
		"POST " + alerts + "/a1/comments":                                "SecurityAlert.ReadWrite.All",
		"POST " + incidents + "/mergeIncidents":                          "SecurityData.Manage.All",
		"POST " + incidents + "/microsoft.graph.security.mergeIncidents": "SecurityData.Manage.All",
		"POST " + alerts + "/moveAlerts":                                 "SecurityData.Manage.All",
		"POST " + alerts + "/microsoft.graph.security.moveAlerts":        "SecurityData.Manage.All",
	} {
		l := newLab(t, emulator.Settings{})
		l.twoAlerts("1")
		l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles, Roles: []string{role}})
		method, path, _ := strings.Cut(target, " ")
		a := l.send(method, path, `{"status":"resolved","comment":"c","incidentIds":["1","2"],"alertIds":["a1"]}`)
		l.equal(target, a.status, 403)
		l.contains(target, a.body, `"code":"Forbidden"`, "Missing application roles. API required roles: "+role+", application roles: ")
		l.equal("reading goes on", l.get(incidents).status, 200)
		l.faults()
		if a := l.send(method, path, `{}`); a.status == 403 || a.status == 405 || a.status == 404 {
			t.Errorf("%s with all roles: %d", target, a.status)
		}
	}
}
