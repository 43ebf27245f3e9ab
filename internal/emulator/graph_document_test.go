package emulator_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestDocumentsComeOutAsTheyWentIn(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	incident := `"zeta":1.10,"id":"77777777777","lastUpdateDateTime":"2026-01-02T03:04:05.678Z","alpha":{"n":[1E3,-0,12345678901234567890,0.1e-7]},"text":"<b>&\u00e9 \u2028 \"\\ 💥</b>","empty":{},"none":null,"list":[],"q":"a\/b","brandNew":true`
	alert := `"b":2.50,"id":"da1","evidence":[{"@odata.type":"#microsoft.graph.security.futureEvidence","x":1.0,"@odata.id":"y"}],"a":1,"status":"someday"`
	l.put("{\n " + incident + " , \"alerts\" : [ {" + alert + "} ] }")
	l.contains("list", l.get(incidents).body, `"value":[{`+incident+`}]`)
	l.contains("list, expanded", l.get(incidents+"?$expand=alerts").body, `"value":[{`+incident+`,"alerts":[{`+alert+`}]}]`)
	l.equal("get", l.get(incidents+"/77777777777").body, `{"@odata.context":"`+base+`/v1.0/$metadata#security/incidents/$entity",`+incident+`}`)
	l.equal("get, expanded", l.get(incidents+"/77777777777?$expand=alerts").body,
		`{"@odata.context":"`+base+`/v1.0/$metadata#security/incidents(alerts())/$entity",`+incident+`,"alerts":[{`+alert+`}]}`)
	l.contains("alerts", l.get(alerts).body, `"value":[{`+alert+`}]`)
	l.equal("alert", l.get(alerts+"/da1").body, `{"@odata.context":"`+base+`/v1.0/$metadata#security/alerts_v2/$entity",`+alert+`}`)
	l.contains("control", l.control("GET", "/control/defender/incidents", "").body, `{`+incident+`,"alerts":[{`+alert+`}]}`)
	l.equal("control, one", l.control("GET", "/control/defender/incidents/77777777777", "").body, `{`+incident+`,"alerts":[{`+alert+"}]}\n")
}

func TestPublishedDocumentsComeOutAsTheyWentIn(t *testing.T) {
	for _, name := range []string{"incident-list.json", "incident-list-expand-alerts.json"} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile("testdata/vendor/" + name)
			if err != nil {
				t.Fatal(err)
			}
			l := newLab(t, emulator.Settings{})
			l.put(string(text))
			var given, got struct {
				Value []map[string]any `json:"value"`
			}
			if err := json.Unmarshal(text, &given); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(l.get(incidents+"?$expand=alerts").body), &got); err != nil {
				t.Fatal(err)
			}
			for _, incident := range given.Value {
				if incident["alerts"] == nil {
					incident["alerts"] = []any{}
				}
			}
			if len(given.Value) == 0 || !reflect.DeepEqual(got, given) {
				t.Errorf("got  %v\nwant %v", got, given)
			}
		})
	}
}

func TestListAnswerSaysWhatItIs(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.incident("1", 0, `,"alerts":[]`)
	l.equal("context", l.list(incidents).Context, base+"/v1.0/$metadata#security/incidents")
	l.equal("context, expanded", l.list(incidents+"?$expand=alerts").Context, base+"/v1.0/$metadata#security/incidents(alerts())")
	l.contains("no alerts", l.get(incidents+"?$expand=alerts").body, `"alerts":[]`)
	if strings.Contains(l.get(incidents).body, `"alerts"`) {
		t.Error("alerts without being asked for")
	}
	l.equal("empty tenant", l.getAs("00000000-0000-4000-8000-00000000000c", incidents).body,
		`{"@odata.context":"`+base+`/v1.0/$metadata#security/incidents","value":[]}`)
}

func TestAnswersCarryGraphsHeaders(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	a := l.get(incidents, "client-request-id", "mine")
	l.equal("client-request-id", a.header.Get("client-request-id"), "mine")
	l.equal("content type", a.header.Get("Content-Type"),
		"application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	l.equal("version", a.header.Get("OData-Version"), "4.0")
	l.equal("date", a.header.Get("Date"), l.now.Format(http.TimeFormat))
	l.equal("preference", a.header.Get("Preference-Applied"), "include-unknown-enum-members")
	if a.header.Get("ETag") != "" || len(a.header.Get("request-id")) != 36 || !json.Valid([]byte(a.header.Get("x-ms-ags-diagnostic"))) {
		t.Errorf("headers %v", a.header)
	}
	if l.get(incidents).header.Get("request-id") == a.header.Get("request-id") {
		t.Error("two requests have one id")
	}
}

func TestAnswersAreGzippedWhenAsked(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.incident("1", 0, "")
	a := l.get(incidents, "Accept-Encoding", "gzip")
	l.equal("encoding", a.header.Get("Content-Encoding"), "gzip")
	zip, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	l.equal("body", string(text), l.get(incidents).body)
}

func TestMembersAboveTheSentinelAreHiddenWithoutThePreferHeader(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for property, members := range map[string][]string{ // "seen" members come first, hidden ones after the empty string
		"remediationStatus": {"none", "remediated", "prevented", "blocked", "notFound", "", "active", "pendingApproval", "declined", "unremediated", "running", "partiallyRemediated", "invented"},
		"verdict":           {"unknown", "suspicious", "malicious", "noThreatsFound", "", "invented"},
	} {
		hidden := false
		for _, member := range members {
			if member == "" {
				hidden = true
				continue
			}
			l.put(fmt.Sprintf(`{"id":"e","alerts":[{"id":"a","description":"%[2]s","evidence":[{"%[1]s":"%[2]s","inner":{"%[1]s":"%[2]s"},"tags":["%[1]s","%[2]s"]}]}]}`, property, member))
			l.masked(alerts+"/a", member, hidden, `"`+property+`":"%s"`, 2)
		}
	}
	for _, status := range []string{"active", "resolved", "inProgress", "redirected"} {
		l.put(fmt.Sprintf(`{"id":"i","status":%q}`, status))
		l.masked(incidents+"/i", status, false, `"status":"%s"`, 1)
	}
	l.put(`{"id":"i","status":"awaitingAction"}`)
	l.masked(incidents+"/i", "awaitingAction", true, `"status":"%s"`, 1)
	for _, source := range []string{"microsoftDefenderForCloud", "microsoftSentinel", "microsoftInsiderRiskManagement", "microsoftThreatIntelligence", "microsoftSecurityForAI"} {
		l.put(fmt.Sprintf(`{"id":"s","alerts":[{"id":"s","serviceSource":%q}]}`, source))
		l.masked(alerts+"/s", source, true, `"serviceSource":"%s"`, 1)
		l.masked(incidents+"/s?$expand=alerts", source, true, `"serviceSource":"%s"`, 1)
	}
	for _, source := range []string{
		"microsoftDefenderForCloud", "microsoftDefenderForIoT", "microsoftDefenderForServers", "microsoftDefenderForStorage",
		"microsoftDefenderForDNS", "microsoftDefenderForDatabases", "microsoftDefenderForContainers", "microsoftDefenderForNetwork",
		"microsoftDefenderForAppService", "microsoftDefenderForKeyVault", "microsoftDefenderForResourceManager",
		"microsoftDefenderForApiManagement", "nrtAlerts", "scheduledAlerts", "microsoftDefenderThreatIntelligenceAnalytics", "builtInMl",
		"microsoftInsiderRiskManagement", "microsoftThreatIntelligence", "microsoftDefenderForAIServices", "securityCopilot", "microsoftSentinel",
	} {
		l.put(fmt.Sprintf(`{"id":"s","alerts":[{"id":"s","detectionSource":%q}]}`, source))
		l.masked(alerts+"/s", source, true, `"detectionSource":"%s"`, 1)
	}
	l.put(`{"id":"r","alerts":[{"id":"r","evidence":[{"roles":["source","invented","attacked"],"x":1},{"roles":[]}],"title":"roles"}]}`)
	l.contains("roles", l.get(alerts+"/r", "Prefer", "").body, `"evidence":[{"roles":["source","unknownFutureValue","attacked"],"x":1},{"roles":[]}],"title":"roles"`)
}

// masked gets one object with and without the Prefer header.
func (l *lab) masked(target, member string, hidden bool, form string, times int) {
	l.Helper()
	want := member
	if hidden {
		want = "unknownFutureValue"
	}
	with, without := l.get(target).body, l.get(target, "Prefer", "odata.maxpagesize=3").body
	if strings.Count(with, fmt.Sprintf(form, member)) != times || strings.Count(without, fmt.Sprintf(form, want)) != times {
		l.Errorf("%s: want %s with the header and %s without, got\n%s\n%s", form, member, want, with, without)
	}
	l.equal("nothing else changed", strings.ReplaceAll(without, fmt.Sprintf(form, want), fmt.Sprintf(form, member)), with)
}

func TestUnknownObjectsAndPaths(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.equal("incident", l.get(incidents+"/404").status, 404)
	l.equal("alert", l.get(alerts+"/404").status, 404)
	l.equal("segment", l.get("/v1.0/security/secureScores").status, 400)
	l.equal("deeper", l.get(incidents+"/1/alerts").status, 400)
	header := http.Header{"Authorization": {"Bearer " + l.token(emulator.DefaultTenant, graphScope)}}
	l.equal("method", l.do(l.e.Handler(), http.MethodDelete, incidents+"/1", header, nil).status, 405)
	l.incident("1", 0, "")
	l.equal("expanding nonsense", l.get(incidents+"/1?$expand=x").status, 400)
	l.equal("expanding an alert", l.get(alerts+"/1?$expand=alerts").status, 400)
}

func TestIncidentWithoutTimeGetsOne(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.now = l.now.Add(123456700 * time.Nanosecond)
	l.put(`{"id":"1"}`)
	l.put(`{"id":"2","lastUpdateDateTime":null,"x":1}`)
	l.contains("added", l.get(incidents+"/1").body, `"id":"1","lastUpdateDateTime":"2026-01-02T12:00:00.1234567Z"}`)
	l.contains("filled in at its place", l.get(incidents+"/2").body, `"id":"2","lastUpdateDateTime":"2026-01-02T12:00:00.1234567Z","x":1}`)
}
