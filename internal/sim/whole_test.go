//go:build e2e

package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// distinct is an incident with a value of its own in every property, unknown
// properties, enum members of tomorrow and numbers that no float keeps.
const distinct = `{
 "id":"9007199254740993","tenantId":"t-1","status":"awaitingAction","incidentWebUrl":"https://security.microsoft.com/incident2/1","redirectIncidentId":"77",
 "displayName":"name é 漢 \u2028 \"quoted\"","createdDateTime":"2026-01-02T03:04:05.1Z","lastUpdateDateTime":"2026-01-02T03:04:06.1234567Z",
 "assignedTo":"owner@contoso.com","classification":"classificationOfTomorrow","determination":"determinationOfTomorrow","severity":"severityOfTomorrow",
 "customTags":["tag a","tag b"],"systemTags":["system"],"description":"description","summary":"summary","resolvingComment":"resolving",
 "lastModifiedBy":"API-App:somebody","priorityScore":42,"comments":[{"comment":"text","createdByDisplayName":"author","createdDateTime":"2026-01-02T03:04:05Z"}],
 "newProperty":{"big":12345678901234567890123,"tiny":1.10,"exponent":1E3,"minus":-0,"whole":47.0,"int":9223372036854775807,"null":null,"empty":{},"list":[[],[{}]]},
 "alerts":[{
  "id":"xx1","providerAlertId":"provider","incidentId":"9007199254740993","status":"statusOfTomorrow","severity":"severityX","classification":"classificationX",
  "determination":"determinationX","serviceSource":"microsoftSentinel","detectionSource":"securityCopilot","productName":"product","detectorId":"detector",
  "tenantId":"t-2","title":"alert title","description":"alert description","recommendedActions":"actions","category":"categoryX","categories":["one","two"],
  "assignedTo":"Automation","alertWebUrl":"https://security.microsoft.com/alerts/xx1","incidentWebUrl":"https://security.microsoft.com/incident2/2",
  "actorDisplayName":"actor","threatDisplayName":"threat","threatFamilyName":"family","mitreTechniques":["T1546.003"],
  "createdDateTime":"2026-01-02T03:03:01Z","lastUpdateDateTime":"2026-01-02T03:03:02Z","resolvedDateTime":"2026-01-02T03:03:03Z",
  "firstActivityDateTime":"2026-01-02T03:03:04Z","lastActivityDateTime":"2026-01-02T03:03:05Z","systemTags":["st"],"alertPolicyId":"policy",
  "investigationState":"investigationX","comments":[{"comment":"c2"}],"customDetails":{"k":["v"]},"additionalData":{"n":1.50},"evidenceOfTomorrow":true,
  "evidence":[{"@odata.type":"#microsoft.graph.security.evidenceOfTomorrow","verdict":"suspicious","surprise":[1,2.50,{"deep":null}]}]}]}`

func TestDocumentsComeOutWhole(t *testing.T) {
	p := newPrograms(t, "--scenario", "none")
	collector := p.collector(p.quickstart())
	for name, document := range map[string]string{
		"distinct": distinct, "with alerts": sample(t, "incident-list-expand-alerts.json"), "list": sample(t, "incident-list.json"), "3 MB": bigAlert(),
	} {
		t.Run(name, func(t *testing.T) {
			p.call(http.MethodPut, "/control/defender/incidents", []byte(document))
			for _, incident := range incidentsOf(t, document) {
				alerts, _ := incident["alerts"].([]any)
				delete(incident, "alerts")
				p.comesOutWhole("Custom-DefenderIncident", "IncidentId", incident)
				for _, alert := range alerts {
					p.comesOutWhole("Custom-DefenderAlert", "AlertId", alert.(map[string]any))
				}
			}
		})
	}
	p.interrupt(collector)
}

// comesOutWhole waits for the object's row and compares its original, joined
// from the parts where it travelled in parts, with the object.
func (p *programs) comesOutWhole(stream, key string, object map[string]any) {
	p.t.Helper()
	var row map[string]any
	p.eventually(30*time.Second, fmt.Sprintf("%v has a row", object["id"]), func() bool {
		rows := p.rows(stream)
		i := slices.IndexFunc(rows, func(r map[string]any) bool { return r[key] == object["id"] })
		if i >= 0 {
			row = rows[i]
		}
		return i >= 0
	})
	original, ok := row["Original"].(map[string]any)
	if !ok {
		p.eventually(30*time.Second, "all parts arrive", func() bool {
			original, ok = p.joined(row["RecordUid"])
			return ok
		})
	}
	require.Equal(p.t, object, original)
}

// joined puts the parts of an original together, as the shipped KQL does.
func (p *programs) joined(uid any) (original map[string]any, whole bool) {
	parts, of := map[string]string{}, ""
	for _, row := range p.rows("Custom-DefenderOriginal") {
		if row["RecordUid"] == uid {
			parts[fmt.Sprint(row["Part"])], of = row["Text"].(string), fmt.Sprint(row["Parts"])
		}
	}
	if fmt.Sprint(len(parts)) != of {
		return nil, false
	}
	var text strings.Builder
	for i := range len(parts) {
		text.WriteString(parts[fmt.Sprint(i+1)])
	}
	dec := json.NewDecoder(strings.NewReader(text.String()))
	dec.UseNumber()
	require.NoError(p.t, dec.Decode(&original))
	return original, true
}

func incidentsOf(t *testing.T, document string) []map[string]any {
	t.Helper()
	var one map[string]any
	dec := json.NewDecoder(strings.NewReader(document))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&one))
	list, ok := one["value"].([]any)
	if !ok {
		return []map[string]any{one}
	}
	incidents := make([]map[string]any, len(list))
	for i := range list {
		incidents[i] = list[i].(map[string]any)
	}
	return incidents
}

func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "internal", "graph", "testdata", name))
	require.NoError(t, err)
	return string(text)
}

// bigAlert is an incident whose one alert has 400 pieces of evidence and 3 MB.
func bigAlert() string {
	evidence := make([]any, 400)
	for i := range evidence {
		evidence[i] = map[string]any{
			"@odata.type": "#microsoft.graph.security.processEvidence", "processId": i, "mdeDeviceId": fmt.Sprintf("%040d", i),
			"processCreationDateTime": "2026-01-02T03:04:05.1234567Z",
			"processCommandLine":      strings.Repeat(fmt.Sprintf("powershell.exe -enc é%d\t\"x\" ", i), 260),
		}
	}
	alert := map[string]any{"id": "big-alert", "incidentId": "big", "lastUpdateDateTime": "2026-01-02T03:04:05Z", "evidence": evidence}
	text, _ := json.Marshal(map[string]any{"id": "big", "lastUpdateDateTime": "2026-01-02T03:04:05Z", "alerts": []any{alert}})
	return string(text)
}

// TestEachColumnEqualsItsSource reads the columns from docs/tables.md, which is
// what a user would do.
func TestEachColumnEqualsItsSource(t *testing.T) {
	p := newPrograms(t, "--scenario", "none")
	collector := p.collector(p.quickstart())
	p.call(http.MethodPut, "/control/defender/incidents", []byte(distinct))
	incident := incidentsOf(t, distinct)[0]
	alert := incident["alerts"].([]any)[0].(map[string]any)
	for stream, object := range map[string]map[string]any{"Custom-DefenderIncident": incident, "Custom-DefenderAlert": alert} {
		var rows []map[string]any
		p.eventually(30*time.Second, "a row in "+stream, func() bool { rows = p.rows(stream); return len(rows) > 0 })
		sources := documentedColumns(t, stream)
		require.NotEmpty(t, sources)
		for column, property := range sources {
			require.Contains(t, object, property, "the document has every documented property")
			require.Equal(t, object[property], rows[0][column], "%s of %s", column, stream)
		}
		for _, property := range slices.Sorted(maps.Keys(object)) {
			if !slices.Contains([]string{"tenantId", "alerts", "newProperty", "evidence", "evidenceOfTomorrow"}, property) {
				require.Contains(t, slices.Collect(maps.Values(sources)), property, "every property of Graph's schema has a column")
			}
		}
	}
	p.interrupt(collector)
}

// documentedColumns reads docs/tables.md: column to Graph property, for the
// columns that are read from the body.
func documentedColumns(t *testing.T, stream string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "tables.md"))
	require.NoError(t, err)
	_, section, found := bytes.Cut(text, []byte("## "+strings.TrimPrefix(stream, "Custom-")+"_CL"))
	require.True(t, found, stream)
	section, _, _ = bytes.Cut(section, []byte("\n## "))
	columns := map[string]string{}
	for line := range strings.Lines(string(section)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		column, source := strings.Trim(cells[1], " `"), strings.TrimSpace(cells[3])
		if property, ok := strings.CutPrefix(source, "body `"); ok {
			columns[column] = strings.TrimSuffix(property, "`")
		}
	}
	return columns
}
