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

const laScope = "https://api.loganalytics.io/.default"

// alertRow uploads a row of a Defender alert; more is appended to it.
func (l *lab) alertRow(tenant, incident, alert, more string) {
	l.Helper()
	a := l.upload("Custom-DefenderAlert", fmt.Sprintf(`[{"SourceCloud":"public","SourceTenantId":%q,"IncidentId":%q,"AlertId":%q,"AlertName":"Alert %s","AlertSeverity":"medium"%s}]`,
		tenant, incident, alert, alert, more))
	l.equal("upload", a.status, 204)
}

// madeAlert makes the alert of a row by waiting for the rule, and returns its id.
func (l *lab) madeAlert(incident, alert, more string) string {
	l.Helper()
	l.alertRow(emulator.DefaultTenant, incident, alert, more)
	l.now = l.now.Add(5 * time.Minute)
	rows := l.query(emulator.DefaultTenant, alert)
	if len(rows) != 1 {
		l.Fatalf("alert %s: %v", alert, rows)
	}
	return rows[0][0]
}

func queryText(tenant string, alerts ...string) string {
	return `SecurityAlert
| where TimeGenerated > ago(14d)
| extend Details = parse_json(tostring(parse_json(ExtendedProperties)["Custom Details"]))
| extend DefenderTenantId = tostring(Details.DefenderTenantId[0]), DefenderIncidentId = tostring(Details.DefenderIncidentId[0]),
    DefenderAlertId = tostring(Details.DefenderAlertId[0])
| where DefenderTenantId == "` + tenant + `" and DefenderAlertId in ("` + strings.Join(alerts, `", "`) + `")
| summarize arg_max(TimeGenerated, *) by SystemAlertId | project SystemAlertId, DefenderTenantId, DefenderIncidentId, DefenderAlertId, AlertType, ProviderName`
}

func (l *lab) ask(path, text string) answer {
	l.Helper()
	body, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		l.Fatal(err)
	}
	header := http.Header{"Authorization": {"Bearer " + l.token(emulator.DefaultWorkspaceTenant, laScope)}, "Content-Type": {"application/json"}}
	return l.do(l.e.Handler(), http.MethodPost, path, header, strings.NewReader(string(body)))
}

// query asks for the alerts made of Defender alerts and returns the rows.
func (l *lab) query(tenant string, alerts ...string) [][]string {
	l.Helper()
	a := l.ask("/v1"+emulator.DefaultWorkspace+"/query", queryText(tenant, alerts...))
	var body struct {
		Tables []struct {
			Name    string
			Columns []struct{ Name, Type string }
			Rows    [][]string
		}
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != http.StatusOK || len(body.Tables) != 1 {
		l.Fatalf("query: %d %s %v", a.status, a.body, err)
	}
	l.equal("table", []any{body.Tables[0].Name, fmt.Sprint(body.Tables[0].Columns)}, []any{
		"PrimaryResult",
		"[{SystemAlertId string} {DefenderTenantId string} {DefenderIncidentId string} {DefenderAlertId string} {AlertType string} {ProviderName string}]",
	})
	return body.Tables[0].Rows
}

func TestRowsOfAlertsBecomeAlertsAfterADelay(t *testing.T) {
	l := newLab(t, emulator.Settings{TokenFor: 24 * time.Hour})
	l.alertRow(emulator.DefaultTenant, "1", "a", "")
	l.now = l.now.Add(4 * time.Minute)
	l.alertRow(emulator.DefaultTenant, "1", "b", "")
	l.alertRow(emulator.DefaultTenant, "2", "a", `,"Description":"a newer revision"`)
	l.equal("not yet", len(l.query(emulator.DefaultTenant, "a", "b")), 0)
	l.equal("two wait", fmt.Sprint(l.e.Summary().Sentinel), "[{"+emulator.DefaultWorkspace+" 0 0 2}]")
	l.now = l.now.Add(time.Minute)
	rows := l.query(emulator.DefaultTenant, "a", "b", "none")
	l.equal("the first", []any{len(rows), rows[0][1:4], len(rows[0][0]), rows[0][5]}, []any{1, []string{emulator.DefaultTenant, "2", "a"}, 36, "ASI Scheduled Alerts"})
	l.now = l.now.Add(4 * time.Minute)
	l.alertRow(emulator.DefaultTenant, "3", "a", "")
	l.alertRow(emulator.DefaultWorkspaceTenant, "9", "a", "")
	l.now = l.now.Add(time.Hour)
	l.equal("both, one alert each", len(l.query(emulator.DefaultTenant, "a", "b", "b")), 2)
	l.equal("a later revision is no new alert", l.query(emulator.DefaultTenant, "a")[0], rows[0])
	l.equal("another tenant's", l.query(emulator.DefaultWorkspaceTenant, "a")[0][2], "9")
	made := []string{}
	for _, w := range l.e.Writes(0) {
		made = append(made, fmt.Sprint(w.Kind, " ", w.Op, " ", w.Actor, " ", w.Time.Format(time.TimeOnly)))
	}
	l.equal("writes", made, []string{"alert create service 12:05:00", "alert create service 12:09:00", "alert create service 12:14:00"})
	l.now = l.now.Add(14 * 24 * time.Hour)
	clear(l.tokens)
	l.equal("too old for the query", len(l.query(emulator.DefaultTenant, "a")), 0)
}

func TestTheRulesDelayAndWorkspaceAreSettings(t *testing.T) {
	other := strings.ReplaceAll(emulator.DefaultWorkspace, "soc", "lab")
	l := newLab(t, emulator.Settings{RuleDelay: time.Second, Workspaces: []emulator.Workspace{{ResourceID: other}, {ResourceID: emulator.DefaultWorkspace}}})
	l.alertRow(emulator.DefaultTenant, "1", "a", "")
	l.now = l.now.Add(time.Second)
	l.equal("there", len(l.query(emulator.DefaultTenant, "a")), 1)
	l.equal("not elsewhere", strings.Contains(l.ask("/v1"+other+"/query", queryText(emulator.DefaultTenant, "a")).body, `"rows":[]`), true)
}

func TestOneQueryIsUnderstood(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	path := "/v1" + emulator.DefaultWorkspace + "/query"
	good := queryText(emulator.DefaultTenant, `a \"quoted\\ one`, "b")
	l.equal("white space is free", l.ask(path, strings.NewReplacer("\n| ", "|", "(TimeGenerated, *)", "\t(\r\nTimeGenerated ,* )\n").Replace(good)).status, 200)
	for what, change := range map[string][2]string{
		"another table":        {"SecurityAlert\n", "SecurityIncident\n"},
		"another order":        {"| summarize arg_max(TimeGenerated, *) by SystemAlertId", ""},
		"no days":              {"ago(14d)", "ago(14h)"},
		"no tenant":            {emulator.DefaultTenant, "contoso"},
		"no alerts":            {`"b")`, ")"},
		"a trailing clause":    {"ProviderName", "ProviderName | take 1"},
		"no end":               {"ProviderName", ""},
		"an open string":       {`"b"`, `"b`},
		"an odd escape":        {`"b"`, `"\b"`},
		"words without quotes": {`"b"`, `b`},
	} {
		text := good[:len(good)-len("ProviderName")] + strings.Replace("ProviderName", change[0], change[1], 1)
		if change[0] != "ProviderName" {
			text = strings.Replace(good, change[0], change[1], 1)
		}
		l.refused(what, l.ask(path, text), 400, "BadArgumentError", "one query only")
	}
	l.refused("no query", l.ask(path, " "), 400, "BadArgumentError", "query")
	l.refused("no such workspace", l.ask("/v1/workspaces/x/query", good), 404, "PathNotFoundError", "")
	l.refused("no such path", l.ask("/v1/metadata", good), 404, "PathNotFoundError", "")
	header := func(tenant, scope string) http.Header {
		return http.Header{"Authorization": {"Bearer " + l.token(tenant, scope)}}
	}
	l.refused("no token", l.do(l.e.Handler(), http.MethodPost, path, nil, nil), 401, "AuthorizationRequiredError", "")
	l.refused("ARM's token", l.do(l.e.Handler(), http.MethodPost, path, header(emulator.DefaultWorkspaceTenant, armScope), nil), 401, "AuthorizationRequiredError", "audience")
	l.refused("another tenant", l.do(l.e.Handler(), http.MethodPost, path, header(emulator.DefaultTenant, laScope), nil), 403, "InsufficientAccessError", "")
	l.refused("a GET", l.do(l.e.Handler(), http.MethodGet, path, header(emulator.DefaultWorkspaceTenant, laScope), nil), 405, "MethodNotAllowedError", "")
	l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles, Service: "loganalytics"})
	l.refused("no role", l.ask(path, good), 403, "InsufficientAccessError", "")
	l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 503, Operation: "query"})
	l.equal("status", l.ask(path, good).status, 503)
}

func TestAlertsAreLateInTheQuery(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.faults(emulator.Fault{Kind: emulator.FaultLate, Operation: "query", Delay: emulator.Duration(time.Minute)})
	l.alertRow(emulator.DefaultTenant, "1", "a", "")
	l.now = l.now.Add(5*time.Minute + 59*time.Second)
	l.equal("late", len(l.query(emulator.DefaultTenant, "a")), 0)
	l.now = l.now.Add(time.Second)
	l.equal("there", len(l.query(emulator.DefaultTenant, "a")), 1)
}

func FuzzQueriesNeverPanic(f *testing.F) {
	f.Add(queryText(emulator.DefaultTenant, "a", "b"))
	f.Add(`SecurityAlert | where TimeGenerated > ago(<`)
	e, err := emulator.New(emulator.Settings{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := &lab{T: t, e: e, tokens: map[string]string{}}
		if a := l.ask("/v1"+emulator.DefaultWorkspace+"/query", text); a.status != 200 && a.status != 400 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}
