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

func TestPutTakesThreeForms(t *testing.T) {
	for name, document := range map[string]string{
		"single":                       `{"id":"1","value":[1]}`,
		"single, annotated":            `{"@odata.context":"x","id":"1","value":[1]}`,
		"array":                        `[{"id":"1","value":[1]}]`,
		"list":                         `{"@odata.context":"x","value":[{"id":"1","value":[1]}],"@odata.nextLink":"y"}`,
		"list, count before the value": `{"@odata.count":1,"value":[{"@odata.context":"z","id":"1","value":[1]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, emulator.Settings{})
			l.put(document)
			l.equal("stored", l.control("GET", "/control/defender/incidents/1", "").body,
				`{"id":"1","value":[1],"lastUpdateDateTime":"2026-01-02T12:00:00Z","alerts":[]}`+"\n")
		})
	}
	l := newLab(t, emulator.Settings{})
	l.put(`[]`)
	l.equal("empty array", l.e.Summary().Incidents, 0)
}

func TestPutRefusesAllOrNothing(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for document, part := range map[string]string{
		``:                           "want an incident",
		`"x"`:                        "want an incident",
		`[{"id":"1"},{"id":""}]`:     "\"id\" must be a string that is not empty",
		`[{"id":"1"},{"id":7}]`:      "got number",
		`[{"id":"1"},5]`:             "want a JSON object, got number",
		`[{"id":"1"},{}]`:            "got nothing",
		`[{"id":"1"}`:                "put incidents",
		`[{"id":"1"}] x`:             "follows",
		`[{"id":"1"},{"id":"2",}]`:   "put incidents",
		`{"value":{"id":"1"}}`:       "must be an array",
		`{"value":[{"id":"1"}],"x"}`: "put incidents",
		`{"id":"1","lastUpdateDateTime":"yesterday"}`:                                      "yesterday",
		`{"id":"1","lastUpdateDateTime":5}`:                                                "got number",
		`{"id":"1","alerts":{}}`:                                                           "want a JSON array, got object",
		`{"id":"1","alerts":[{}]}`:                                                         "alert 0",
		`{"id":"1","alerts":["x"]}`:                                                        "got string",
		`{"id":"1","alerts":[{"id":"a","lastUpdateDateTime":"soon"}]}`:                     "soon",
		"{\"id\":\"1\",\"x\":\"\xff\"}":                                                    "UTF-8",
		`{"id":"1","x":` + strings.Repeat("[", 20_000):                                     "put incidents",
		`{"id":"1","x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`: "depth",
	} {
		a := l.control("PUT", "/control/defender/incidents", document)
		l.equal("status of "+document[:min(60, len(document))], a.status, 400)
		l.contains("body of "+document[:min(60, len(document))], strings.ReplaceAll(a.body, `\"`, `"`), part)
	}
	l.equal("stored", l.e.Summary().Incidents, 0)
	l.equal("tenant", l.control("PUT", "/control/defender/incidents?tenant=contoso", `{"id":"1"}`).status, 400)
	l.equal("tenant to read", l.control("GET", "/control/defender/incidents?tenant=contoso", "").status, 400)
	l.equal("tenant to read one", l.control("GET", "/control/defender/incidents/1?tenant=contoso", "").status, 400)
	l.equal("missing", l.control("GET", "/control/defender/incidents/1", "").status, 404)
}

func TestPutAgainMakesRevisionsOnlyOfWhatChanged(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	put := func(document string) emulator.Stored {
		l.now = l.now.Add(time.Second)
		var stored emulator.Stored
		if err := json.Unmarshal([]byte(l.control("PUT", "/control/defender/incidents", document).body), &stored); err != nil {
			t.Fatal(err)
		}
		return stored
	}
	at := `"lastUpdateDateTime":"2026-01-02T00:00:00Z"`
	l.equal("first", put(`{"id":"1",`+at+`,"alerts":[{"id":"a","x":1},{"id":"b"}]}`), emulator.Stored{Incidents: 1, Alerts: 2, IncidentRevisions: 1, AlertRevisions: 2})
	l.equal("same, other white space", put(`{"id":"1", `+at+`,"alerts":[{"id":"a","x": 1},{"id":"b"}]}`), emulator.Stored{Incidents: 1, Alerts: 2})
	l.equal("one alert changed", put(`{"id":"1",`+at+`,"alerts":[{"id":"a","x":2}]}`), emulator.Stored{Incidents: 1, Alerts: 1, AlertRevisions: 1})
	l.contains("the missing alert stays, the changed one shows", l.get(incidents+"/1?$expand=alerts").body, `"alerts":[{"id":"a","x":2},{"id":"b"}]`)
	l.equal("incident changed", put(`{"id":"1","lastUpdateDateTime":"2026-01-02T00:00:01Z"}`), emulator.Stored{Incidents: 1, IncidentRevisions: 1})
	l.contains("its alerts stay", l.get(incidents+"?$expand=alerts").body, `:01Z","alerts":[{"id":"a","x":2},{"id":"b"}]`)
	l.equal("moved alert", put(`{"id":"2","alerts":[{"id":"b","moved":true}]}`), emulator.Stored{Incidents: 1, Alerts: 1, IncidentRevisions: 1, AlertRevisions: 1})
	l.contains("left behind", l.get(incidents+"/1?$expand=alerts").body, `"alerts":[{"id":"a","x":2}]`)
	l.contains("arrived", l.get(incidents+"/2?$expand=alerts").body, `"alerts":[{"id":"b","moved":true}]`)
	s := l.e.Summary()
	l.equal("summary", []int{s.Incidents, s.Alerts, s.IncidentRevisions, s.AlertRevisions}, []int{2, 2, 3, 4})
}

func TestRequestLogKeepsNoSecret(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	token := l.token(emulator.DefaultTenant, graphScope)
	l.get(incidents + "?$top=1")
	l.upload("Custom-DefenderOriginal", `[{"Part":1,"Text":"body text"}]`)
	a := l.control("GET", "/control/requests?since=0", "")
	for _, secret := range []string{token, token[:40], "client_secret", "body text", "Bearer"} {
		if strings.Contains(a.body, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	var lines []emulator.Request
	if err := json.Unmarshal([]byte(a.body), &lines); err != nil {
		t.Fatal(err)
	}
	l.equal("lines", len(lines), 4)
	got := lines[1]
	l.equal("a line", fmt.Sprint(got.N, got.Service, got.Tenant, got.Method, got.Path, got.Query, got.Status, got.Bytes > 0),
		fmt.Sprint(2, "graph", emulator.DefaultTenant, "GET", incidents, "$top=1", 200, true))
	l.equal("upload", fmt.Sprintf("%s %s %d %d", lines[3].Service, lines[3].Method, lines[3].Status, lines[3].Received), "ingestion POST 204 31")
	l.equal("since", len(l.e.Requests(3)), 1)
	l.equal("since the last", l.control("GET", "/control/requests?since=4", "").body, "[]\n")
	l.equal("since nonsense", l.control("GET", "/control/requests?since=x", "").status, 400)
}

func TestRequestLogIsBounded(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for range 20_010 {
		l.do(l.e.Handler(), http.MethodGet, "/", nil, nil)
	}
	lines := l.e.Requests(0)
	l.equal("kept", len(lines), 20_000)
	l.equal("oldest and newest", []uint64{lines[0].N, lines[len(lines)-1].N}, []uint64{11, 20_010})
}

func TestStreamsRowsAndReset(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.upload("Custom-DefenderOriginal", `[{"Part":1},{"Part":2}]`)
	var streams []map[string]any
	if err := json.Unmarshal([]byte(l.control("GET", "/control/streams", "").body), &streams); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range streams {
		seen[fmt.Sprint(s["name"])] = true
		if s["name"] == "Custom-DefenderOriginal" {
			l.equal("counts", []any{s["rows"], s["bytes"], s["requests"]}, []any{2, 23, 1})
		} else {
			l.equal(fmt.Sprint(s["name"]), []any{s["rows"], s["bytes"], s["requests"]}, []any{0, 0, 0})
		}
	}
	for _, name := range []string{
		"Custom-DefenderIncident", "Custom-DefenderAlert", "Custom-DefenderEntity", "Custom-DefenderOriginal",
		"Microsoft-OTelLogs", "Microsoft-ASimAlertEventLogs",
	} {
		if !seen[name] {
			t.Errorf("stream %s is missing", name)
		}
	}
	rows := strings.Split(strings.TrimSpace(l.control("GET", "/control/rows?stream=Custom-DefenderOriginal", "").body), "\n")
	l.equal("rows", len(rows), 2)
	l.contains("row", rows[1], `"Part":2`)
	l.equal("no such stream", l.control("GET", "/control/rows?stream=Nope", "").status, 404)

	l.put(`{"id":"1"}`)
	l.equal("reset", l.control("POST", "/control/reset", "").status, 200)
	s := l.e.Summary()
	l.equal("after it", []any{s.Incidents, s.Requests, s.IncidentRevisions, len(l.e.Rows("Custom-DefenderOriginal", ""))}, []any{0, 0, 0, 0})
	l.equal("tokens stay good", l.get(incidents).status, 200)
	l.contains("health", l.control("GET", "/control/health", "").body, `"status": "ok"`)
}

func TestRowsCanBeCountedOnly(t *testing.T) {
	l := newLab(t, emulator.Settings{Rows: emulator.RowsCount})
	l.upload("Custom-DefenderOriginal", `[{"Part":1},{"Part":2}]`)
	l.equal("kept", len(l.e.Rows("Custom-DefenderOriginal", "")), 0)
	for _, s := range l.e.Streams() {
		if s.Name == "Custom-DefenderOriginal" {
			l.equal("counted", s.Rows, 2)
		}
	}
	l.equal("reading them", l.control("GET", "/control/rows?stream=Custom-DefenderOriginal", "").status, 409)
}

func TestControlRefusesForeignPagesAndBadPlans(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	foreign := func(origin string) int {
		return l.do(l.e.Control(), http.MethodPost, "http://127.0.0.1:18080/control/reset", http.Header{"Origin": {origin}}, nil).status
	}
	l.equal("foreign page", foreign("https://evil.example"), 403)
	l.equal("page of no origin", foreign("null"), 403)
	l.equal("own page", foreign("http://127.0.0.1:18080"), 200)
	for plan, part := range map[string]string{
		``: "EOF", `{"faults":[{"kind":"nonsense"}]}`: "\"kind\" must be one of",
		`{"faults":[{"kind":"status","status":200}]}`:                      "between 400 and 599",
		`{"faults":[{"kind":"status","status":500,"rate":2}]}`:             "between 0 and 1",
		`{"faults":[{"kind":"status","status":500,"tenant":"x"}]}`:         "GUID",
		`{"faults":[{"kind":"status","status":500,"operation":"x"}]}`:      "\"operation\"",
		`{"faults":[{"kind":"status","status":500,"service":"x"}]}`:        "\"service\"",
		`{"faults":[{"kind":"status","status":500,"body":"x"}]}`:           "\"body\"",
		`{"faults":[{"kind":"status","status":500,"retry_after":"soon"}]}`: "\"retry_after\"",
		`{"faults":[{"kind":"status","status":500,"count":-1}]}`:           "negative",
		`{"faults":[{"kind":"late"}]}`:                                     "\"delay\"",
		`{"faults":[{"kind":"late","delay":"20m"}]}`:                       "at most 15m0s",
		`{"faults":[{"kind":"late","delay":5}]}`:                           "must be a text",
		`{"faults":[{"kind":"slow","delay":"1h"}]}`:                        "at most 10m0s",
		`{"faults":[{"kind":"poison"}]}`:                                   "\"ids\"",
		`{"faults":[{"kind":"foreign_next_link"}]}`:                        "\"host\"",
		`{"faults":[{"kind":"body_limit"}]}`:                               "\"bytes\"",
		`{"faults":[{"kind":"body_limit","bytes":1,"applies_to":"x"}]}`:    "\"applies_to\"",
		`{"faults":[{"kind":"ties","colour":"red"}]}`:                      "unknown field",
		`{"faults":[]} more`:                                               "follows",
	} {
		a := l.control("POST", "/control/faults", plan)
		l.equal("status of "+plan, a.status, 400)
		l.contains("body of "+plan, strings.ReplaceAll(a.body, `\"`, `"`), part)
	}
	a := l.control("POST", "/control/faults", `{"faults":[{"kind":"late"},{"kind":"status","status":1}]}`)
	l.contains("all at once", a.body, "fault 1 (late)", "fault 2 (status)")
	a = l.control("POST", "/control/faults", `{"seed":5,"faults":[{"kind":"status","status":503,"rate":0.05,"service":"graph","count":3}]}`)
	l.contains("accepted", a.body, `"seed": 5`, `answers 503 without Retry-After of graph, in 5 % of all cases, 3 times`)
	l.contains("read again", l.control("GET", "/control/faults", "").body, `"played": [`)
}
