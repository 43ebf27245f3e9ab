package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func (l *lab) merge(body string) answer {
	l.Helper()
	return l.send("POST", incidents+"/mergeIncidents", body)
}

func TestMergeMovesAlertsAndTagsAndRedirectsTheSource(t *testing.T) {
	for _, path := range []string{incidents + "/mergeIncidents", incidents + "/microsoft.graph.security.mergeIncidents"} {
		l := newLab(t, emulator.Settings{})
		l.twoAlerts("9")
		l.twoAlerts("10")
		l.patch(incidents+"/10", `{"customTags":["new","old"],"severity":"high"}`)
		l.send("POST", incidents+"/10/comments", `{"comment":"mine"}`)
		l.now = l.now.Add(time.Minute)
		n := l.number()
		a := l.send("POST", path, `{"incidentIds":["10","9"],"incidentComment":"both","mergeReasons":"sameActor, timeFrame"}`)
		l.equal("answer", []any{a.status, a.body}, []any{200, `{"@odata.context":"` + base + `/v1.0/$metadata#microsoft.graph.security.mergeResponse","targetIncidentId":"9"}`})
		source, target := l.get(incidents+"/10?$expand=alerts").body, l.get(incidents+"/9?$expand=alerts").body
		at := `"lastUpdateDateTime":"2026-01-02T12:01:00Z"`
		l.contains("source", source, `"status":"redirected"`, `"redirectIncidentId":"9"`, `"systemTags":["Redirected"]`, `"customTags":["new","old"]`, `"comment":"mine"`, `"alerts":[]`, at)
		l.contains("target", target, `"status":"active"`, `"customTags":["old","new"]`, `"severity":"high"`, `"comment":"both"`, `{"id":"a9"`, `{"id":"b9"`, `{"id":"a10"`, `{"id":"b10"`, at)
		if strings.Contains(target, "mine") {
			t.Error("the source's comments moved")
		}
		l.contains("a moved alert", l.get(alerts+"/a10").body, `"incidentId":"9"`, `"incidentWebUrl":"u10"`, at)
		l.contains("an alert that was there", l.get(alerts+"/a9").body, `"lastUpdateDateTime":"2026-01-02T11:00:00Z"`)
		l.equal("writes", l.writes(n), []string{
			"app update merge 10 [status redirectIncidentId]", "app create comment 9 [comments]",
			"service update alert a10 [incidentId]", "service update alert b10 [incidentId]", "service update incident 9 [severity customTags]",
		})
	}
}

func TestWritesOfARedirectedIncidentAnswerButDoNothing(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.twoAlerts("2")
	l.merge(`{"incidentIds":["1","2"]}`)
	before, n := l.get(incidents+"/2").body, l.number()
	l.now = l.now.Add(time.Minute)
	a := l.patch(incidents+"/2", `{"status":"active","customTags":["z"]}`)
	l.equal("a PATCH answers what is there", []any{a.status, a.body}, []any{200, before})
	l.contains("which says where to go", a.body, `"status":"redirected"`, `"redirectIncidentId":"1"`)
	l.equal("unchanged", l.get(incidents+"/2").body, before)
	l.equal("listed as lost", l.writes(n), []string{"app update incident 2 [] redirected"})
	l.equal("nonsense is still refused", l.patch(incidents+"/2", `{"status":"redirected"}`).status, 400)
	l.contains("comments stay with it", l.send("POST", incidents+"/2/comments", `{"comment":"late"}`).body, `"comment":"late"`)
}

func TestRedirectsChain(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for _, id := range []string{"1", "2", "3"} {
		l.twoAlerts(id)
	}
	l.merge(`{"incidentIds":["3","2"]}`)
	l.merge(`{"incidentIds":["2","1"]}`)
	for id, to := range map[string]string{"3": "2", "2": "1"} {
		l.contains(id, l.get(incidents+"/"+id).body, `"status":"redirected"`, fmt.Sprintf(`"redirectIncidentId":%q`, to))
	}
	l.equal("all alerts", strings.Count(l.get(incidents+"/1?$expand=alerts").body, `"incidentId":"1"`), 6)
	l.equal("a redirected one is merged no more", l.merge(`{"incidentIds":["3","1"]}`).status, 400)
}

func TestMergesThatAreRefused(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for _, id := range []string{"1", "2", "closed", "owned", "judged", "unset", "5", "6", "7"} {
		l.twoAlerts(id)
	}
	l.patch(incidents+"/closed", `{"status":"resolved"}`)
	l.patch(incidents+"/owned", `{"assignedTo":"p"}`)
	l.patch(incidents+"/judged", `{"classification":"truePositive","determination":"malware"}`)
	l.patch(incidents+"/unset", `{"classification":null,"determination":null}`)
	n := l.number()
	for body, part := range map[string]string{
		`{}`:                    "2 to 5",
		`{"incidentIds":["1"]}`: "2 to 5",
		`{"incidentIds":["1","2","5","6","7","unset"]}`:          "2 to 5",
		`{"incidentIds":"1,2"}`:                                  "array of strings",
		`{"incidentIds":["1",2]}`:                                "array of strings",
		`{"incidentIds":["1","1"]}`:                              "twice",
		`{"incidentIds":["1","closed"]}`:                         "closed",
		`{"incidentIds":["1","owned"]}`:                          "assignedTo",
		`{"incidentIds":["judged","1"]}`:                         "classification",
		`{"incidentIds":["1","2"],"mergeReasons":"sameActor,x"}`: "no value",
		`{"incidentIds":["1","2"],"mergeReasons":["sameActor"]}`: "got array",
		`{"incidentIds":["1","2"],"incidentComment":7}`:          "got number",
		`{"incidentIds":["1","2"],"targetIncidentId":"1"}`:       "no parameter",
	} {
		a := l.merge(body)
		l.equal(body, a.status, 400)
		l.contains(body, a.body, part)
	}
	l.equal("missing", l.merge(`{"incidentIds":["1","no such"]}`).status, 404)
	l.equal("no write", l.writes(n), []string{})
	l.equal("unset either way", l.merge(`{"incidentIds":["1","unset"],"mergeReasons":null,"incidentComment":null}`).status, 200)
	l.equal("GET is not offered", l.get(incidents+"/mergeIncidents").status, 404)
	l.put(`{"id":"big","alerts":[` + strings.TrimSuffix(manyAlerts(1000), ",") + `]}`)
	l.put(`{"id":"small","alerts":[{"id":"s"}]}`)
	l.contains("too many alerts", l.merge(`{"incidentIds":["big","small"]}`).body, "more than 1000")
}

func manyAlerts(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `{"id":"m%d"},`, i)
	}
	return text.String()
}
