package emulator_test

import (
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func (l *lab) move(body string) answer {
	l.Helper()
	return l.send("POST", alerts+"/moveAlerts", body)
}

func TestMoveAlertsToAnotherIncident(t *testing.T) {
	for _, path := range []string{alerts + "/moveAlerts", alerts + "/microsoft.graph.security.moveAlerts"} {
		l := newLab(t, emulator.Settings{})
		l.twoAlerts("1")
		l.twoAlerts("2")
		n := l.number()
		a := l.send("POST", path, `{"alertIds":["a2"],"incidentId":"1","alertComment":"belongs there","newCorrelationReasons":"sameAsset"}`)
		l.equal("answer", []any{a.status, a.body}, []any{200, `{"@odata.context":"` + base + `/v1.0/$metadata#microsoft.graph.security.mergeResponse","targetIncidentId":"1"}`})
		at := `"lastUpdateDateTime":"2026-01-02T12:00:00Z"`
		l.contains("the alert", l.get(alerts+"/a2").body, `"incidentId":"1"`, `"comment":"belongs there"`, at)
		l.contains("its new incident", l.get(incidents+"/1?$expand=alerts").body, `{"id":"a2"`, at)
		l.contains("the one it left", l.get(incidents+"/2?$expand=alerts").body, `"alerts":[{"id":"b2"`, `"status":"active"`, at)
		l.equal("writes", l.writes(n), []string{"app update move a2 [incidentId]", "service update incident 1 []", "service update incident 2 []"})
	}
}

func TestMoveAlertsOpensANewIncident(t *testing.T) {
	for _, incident := range []string{``, `,"incidentId":null`} {
		l := newLab(t, emulator.Settings{})
		l.twoAlerts("4711")
		l.put(`{"id":"4712","alerts":[{"id":"c","title":"worse","severity":"high"}]}`)
		l.now = l.now.Add(time.Minute)
		n := l.number()
		target := l.move(`{"alertIds":["c","a4711"]` + incident + `}`).object()["targetIncidentId"]
		l.equal("its id is beyond those that were put in", target, "1004712")
		opened := l.get(incidents + "/1004712?$expand=alerts").body
		l.contains("it", opened, `"displayName":"worse"`, `"severity":"high"`, `"status":"active"`, `"customTags":[]`, `"redirectIncidentId":null`, `"tenantId":"`+emulator.DefaultTenant+`"`,
			`"createdDateTime":"2026-01-02T12:01:00Z"`, `"lastUpdateDateTime":"2026-01-02T12:01:00Z"`, `"lastModifiedBy":"API-App:`+client+`"`, `{"id":"c"`, `{"id":"a4711"`)
		l.contains("the moved alert leads there", l.get(alerts+"/a4711").body, `"incidentWebUrl":"https://security.microsoft.com/incident2/1004712/overview?tid=`+emulator.DefaultTenant+`"`)
		l.contains("left empty", l.get(incidents+"/4712?$expand=alerts").body, `"alerts":[]`)
		l.equal("writes", l.writes(n), []string{
			"app update move c [incidentId]", "app update move a4711 [incidentId]",
			"app create incident 1004712 [status classification determination severity assignedTo customTags displayName description resolvingComment redirectIncidentId]",
			"service update incident 4712 []", "service update incident 4711 []",
		})
		l.equal("the next one", l.move(`{"alertIds":["a4711"]}`).object()["targetIncidentId"], "1004713")
		l.equal("listed", len(l.list(incidents).Value), 4)
	}
}

func TestMovesThatAreRefused(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for _, id := range []string{"1", "2", "3", "4"} {
		l.twoAlerts(id)
	}
	l.merge(`{"incidentIds":["3","4"]}`)
	l.patch(incidents+"/2", `{"status":"resolved"}`)
	n := l.number()
	for body, status := range map[string]int{
		`{}`: 400, `{"alertIds":[]}`: 400, `{"alertIds":"a1"}`: 400, `{"alertIds":["a1","a1"]}`: 400, `{"alertIds":["a1"],"incidentId":7}`: 400,
		`{"alertIds":["a1"],"other":1}`: 400, `{"alertIds":["a1"],"newCorrelationReasons":"x"}`: 400, `{"alertIds":["a1"],"alertComment":[]}`: 400,
		`{"alertIds":["a1"],"incidentId":"2"}`: 400, `{"alertIds":["a1"],"incidentId":"4"}`: 400,
		`{"alertIds":["zz"]}`: 404, `{"alertIds":["a1"],"incidentId":"99"}`: 404,
	} {
		l.equal(body, l.move(body).status, status)
	}
	l.equal("no write", l.writes(n), []string{})
	l.equal("incidents", len(l.list(incidents).Value), 4)
}
