package ocsf_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ocsf"
)

// full is an object of Graph with a value of its own in every property.
func full(g graphTypes, properties map[string]string) (text string, values map[string]string) {
	o, values := map[string]any{}, map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(properties)) {
		value := fmt.Sprintf("v-%d-%s", i, name)
		switch kind := strings.TrimSuffix(properties[name], "[]"); {
		case kind == "DateTimeOffset":
			at := time.Date(2026, 10, 11, 12, 13, i, 0, time.UTC)
			o[name] = at.Format(time.RFC3339)
			value = fmt.Sprint(at.UnixMilli())
		case kind == "alertEvidence", kind == "alert":
			continue
		case kind == "alertComment":
			o[name] = []any{map[string]any{"comment": value}}
		case kind == "dictionary":
			o[name] = map[string]any{"key": value}
		case kind == "Int32":
			o[name] = 47
			value = "47"
		case g.Enums[kind] != nil:
			value = g.Enums[kind][2]
			o[name] = value
		case strings.HasSuffix(properties[name], "[]"):
			o[name] = []any{value}
		default:
			o[name] = value
		}
		values[name] = value
	}
	out, _ := json.Marshal(o)
	return string(out), values
}

// at is what stands at a path of attributes, of lists the first element.
func at(event map[string]any, path string) any {
	var v any = event
	for _, name := range strings.Split(path, ".") {
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
		o, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = o[name]
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	return v
}

func TestEveryPropertyOfAnAlertHasItsPlace(t *testing.T) {
	g := graph(t)
	text, values := full(g, g.Alert)
	event := detectionOf(t, text)
	for property, path := range map[string]string{
		"title": "finding_info.title", "description": "finding_info.desc", "id": "finding_info.uid", "providerAlertId": "finding_info.uid_alt",
		"alertWebUrl": "finding_info.src_url", "createdDateTime": "finding_info.created_time", "lastUpdateDateTime": "time",
		"firstActivityDateTime": "start_time", "lastActivityDateTime": "end_time", "recommendedActions": "remediation.desc",
		"mitreTechniques": "finding_info.attacks.technique.uid", "categories": "finding_info.types", "detectorId": "finding_info.analytic.uid",
		"assignedTo": "assignee.name", "incidentId": "metadata.correlation_uid", "tenantId": "metadata.tenant_uid", "systemTags": "metadata.labels",
		"productName": "metadata.product.name", "serviceSource": "metadata.product.uid", "detectionSource": "metadata.product.feature.name",
		"actorDisplayName": "unmapped.actorDisplayName", "additionalData": "unmapped.additionalData.key", "alertPolicyId": "unmapped.alertPolicyId",
		"classification": "unmapped.classification", "comments": "unmapped.comments.comment", "customDetails": "unmapped.customDetails.key",
		"determination": "unmapped.determination", "incidentWebUrl": "unmapped.incidentWebUrl", "investigationState": "unmapped.investigationState",
		"threatDisplayName": "unmapped.threatDisplayName", "threatFamilyName": "unmapped.threatFamilyName",
	} {
		assert.Equal(t, values[property], fmt.Sprint(at(event, path)), "%s at %s", property, path)
		delete(values, property)
	}
	assert.Contains(t, event["finding_info"].(map[string]any)["types"], values["category"])
	assert.NotNil(t, at(event, "unmapped.resolvedDateTime"))
	assert.Equal(t, []any{"low", "inProgress"}, []any{values["severity"], values["status"]})
	assert.Equal(t, []any{"Low", "In Progress"}, []any{event["severity"], event["status"]})
	for _, done := range []string{"category", "resolvedDateTime", "severity", "status"} {
		delete(values, done)
	}
	assert.Empty(t, values, "properties that this test forgot")
}

func TestEveryPropertyOfAnIncidentHasItsPlace(t *testing.T) {
	g := graph(t)
	text, values := full(g, g.Incident)
	event := incidentOf(t, text, "da1", "da2")
	for property, path := range map[string]string{
		"displayName": "message", "description": "desc", "id": "metadata.correlation_uid", "incidentWebUrl": "src_url", "assignedTo": "assignee.name",
		"resolvingComment": "comment", "createdDateTime": "start_time", "lastUpdateDateTime": "time", "systemTags": "metadata.labels", "tenantId": "metadata.tenant_uid",
		"classification": "unmapped.classification", "determination": "unmapped.determination", "comments": "unmapped.comments.comment",
		"customTags": "unmapped.customTags", "lastModifiedBy": "unmapped.lastModifiedBy", "priorityScore": "unmapped.priorityScore",
		"redirectIncidentId": "unmapped.redirectIncidentId", "summary": "unmapped.summary",
	} {
		assert.Equal(t, values[property], fmt.Sprint(at(event, path)), "%s at %s", property, path)
		delete(values, property)
	}
	assert.Equal(t, []any{map[string]any{"uid": "da1"}, map[string]any{"uid": "da2"}}, event["finding_info_list"])
	assert.Equal(t, []any{"low", "inProgress"}, []any{values["severity"], values["status"]})
	delete(values, "severity")
	delete(values, "status")
	assert.Empty(t, values, "properties that this test forgot")
}

// The checker, which both functions call, wants every required attribute.
func TestRequiredAttributesAreThereWhateverIsLacking(t *testing.T) {
	for _, text := range []string{`{}`, `{"id":null}`, `{"id":7,"lastUpdateDateTime":"soon","status":["x"],"assignedTo":""}`} {
		detection := detectionOf(t, text)
		assert.Equal(t, "uid-1", at(detection, "finding_info.uid"))
		assert.Equal(t, now().UnixMilli(), detection["time"])
		incident := incidentOf(t, text)
		assert.Equal(t, "uid-1", at(incident, "finding_info_list.uid"))
		assert.Equal(t, "Unassigned", at(incident, "assignee_group.name"))
	}
	assert.Equal(t, map[string]any{"id": int64(7), "lastUpdateDateTime": "soon", "status": []any{"x"}},
		detectionOf(t, `{"id":7,"lastUpdateDateTime":"soon","status":["x"]}`)["unmapped"])
}

func TestVersionIsTheOneOfTheFacts(t *testing.T) {
	assert.Equal(t, ocsf.Version, facts(t).Version)
}

// The checker holds each number and caption against the schema's.
func TestEveryWordOfGraphHasOneInTheSchema(t *testing.T) {
	g := graph(t)
	for property, kind := range map[string]string{
		"severity": "alertSeverity", "status": "alertStatus", "classification": "alertClassification", "determination": "alertDetermination",
		"serviceSource": "serviceSource", "investigationState": "investigationState",
	} {
		for _, word := range append(g.Enums[kind], "someFutureWord") {
			detectionOf(t, fmt.Sprintf(`{%q:%q}`, property, word))
		}
	}
	for _, word := range append(g.Enums["detectionSource"], "someFutureWord") {
		detectionOf(t, fmt.Sprintf(`{"detectionSource":%q,"detectorId":"d"}`, word))
	}
	for property, kind := range map[string]string{
		"severity": "alertSeverity", "status": "incidentStatus", "classification": "alertClassification", "determination": "alertDetermination",
	} {
		for _, word := range append(g.Enums[kind], "someFutureWord") {
			incidentOf(t, fmt.Sprintf(`{%q:%q}`, property, word))
		}
	}
	for _, word := range append(g.Enums["evidenceVerdict"], "someFutureWord") {
		for _, role := range append(g.Enums["evidenceRole"], "someFutureWord") {
			detectionOf(t, fmt.Sprintf(`{"evidence":[{"@odata.type":"#x.azureResourceEvidence","resourceId":"/r","verdict":%q,"roles":[%q]}]}`, word, role))
		}
	}
	for _, word := range append(g.Enums["deviceRiskScore"], "someFutureWord") {
		detectionOf(t, fmt.Sprintf(`{"evidence":[{"@odata.type":"#x.deviceEvidence","hostName":"h","riskScore":%q}]}`, word))
	}
	for _, word := range append(g.Enums["fileHashAlgorithm"], "someFutureWord") {
		detectionOf(t, fmt.Sprintf(`{"evidence":[{"@odata.type":"#x.blobEvidence","name":"b","fileHashes":[{"algorithm":%q,"value":"ab"}]}]}`, word))
	}
}

func TestWords(t *testing.T) {
	for name, tt := range map[string]struct {
		event map[string]any
		want  map[string]any
	}{
		"new alert": {
			detectionOf(t, `{"status":"new","severity":"high","createdDateTime":"2026-01-01T00:00:00Z","lastUpdateDateTime":"2026-01-01T00:00:00Z"}`),
			map[string]any{"activity_id": int64(1), "type_uid": int64(200401), "severity_id": int64(4), "status_id": int64(1), "is_alert": true, "verdict_id": int64(0)},
		},
		"changed alert": {
			detectionOf(t, `{"status":"inProgress","createdDateTime":"2026-01-01T00:00:00Z","lastUpdateDateTime":"2026-01-02T00:00:00Z"}`),
			map[string]any{"activity_id": int64(2), "activity_name": "Update", "type_name": "Detection Finding: Update"},
		},
		"resolved alert": {
			detectionOf(t, `{"status":"resolved","classification":"truePositive","determination":"malware"}`),
			map[string]any{"activity_id": int64(3), "verdict_id": int64(2), "status_id": int64(4)},
		},
		"a test":             {detectionOf(t, `{"classification":"informationalExpectedActivity","determination":"securityTesting"}`), map[string]any{"verdict_id": int64(6)}},
		"too little data":    {detectionOf(t, `{"classification":"unknown","determination":"notEnoughDataToValidate"}`), map[string]any{"verdict_id": int64(7)}},
		"a future severity":  {detectionOf(t, `{"severity":"apocalyptic"}`), map[string]any{"severity_id": int64(99), "severity": "apocalyptic"}},
		"a person":           {detectionOf(t, `{"assignedTo":"jane@contoso.com"}`), map[string]any{"assignee.name": "jane@contoso.com", "assignee.email_addr": "jane@contoso.com", "assignee.type_id": int64(1)}},
		"Automation":         {detectionOf(t, `{"assignedTo":"Automation"}`), map[string]any{"assignee.name": "Automation", "assignee.type_id": int64(4), "assignee.email_addr": nil}},
		"nobody":             {detectionOf(t, `{}`), map[string]any{"assignee": nil}},
		"technique":          {detectionOf(t, `{"mitreTechniques":["T1059.001"]}`), map[string]any{"finding_info.attacks.technique.uid": "T1059", "finding_info.attacks.sub_technique.uid": "T1059.001"}},
		"tactic":             {detectionOf(t, `{"category":"PrivilegeEscalation"}`), map[string]any{"finding_info.attacks.tactic.uid": "TA0004", "finding_info.attacks.tactic.name": "Privilege Escalation"}},
		"named malware":      {detectionOf(t, `{"category":"Ransomware","threatDisplayName":"Ransom:Win32/X"}`), map[string]any{"malware.name": "Ransom:Win32/X", "malware.classification_ids": int64(10), "unmapped.threatDisplayName": nil}},
		"no malware":         {detectionOf(t, `{"category":"Persistence","threatDisplayName":"X"}`), map[string]any{"malware": nil, "unmapped.threatDisplayName": "X"}},
		"merged incident":    {incidentOf(t, `{"status":"redirected"}`), map[string]any{"status_id": int64(5), "activity_id": int64(3), "type_uid": int64(200503)}},
		"waiting incident":   {incidentOf(t, `{"status":"awaitingAction","priorityScore":86}`), map[string]any{"status_id": int64(3), "priority_id": int64(3)}},
		"unimportant":        {incidentOf(t, `{"priorityScore":14}`), map[string]any{"priority_id": int64(1)}},
		"without a priority": {incidentOf(t, `{"priorityScore":null}`), map[string]any{"priority_id": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			for path, want := range tt.want {
				assert.Equal(t, want, at(tt.event, path), path)
			}
		})
	}
}

func TestTooManyEntitiesAreMarked(t *testing.T) {
	evidence := make([]string, entity.EntitiesMax+1)
	for i := range evidence {
		evidence[i] = fmt.Sprintf(`{"@odata.type":"#x.futureEvidence","n":%d}`, i)
	}
	event := detectionOf(t, `{"evidence":[`+strings.Join(evidence, ",")+`]}`)
	assert.Equal(t, true, at(event, "metadata.is_truncated"))
	assert.Len(t, event["evidences"], entity.EntitiesMax)
	assert.Nil(t, at(detectionOf(t, `{"evidence":[`+evidence[0]+`]}`), "metadata.is_truncated"))
}

func TestGoldenAlertsAreValidEvents(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "entity", "testdata", "mapping", "*", "alert.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		event := detectionOf(t, string(text))
		assert.NotEmpty(t, event["evidences"])
		assert.NotEmpty(t, event["observables"])
	}
}

func TestAnyAlertAndIncidentIsAValidEvent(t *testing.T) {
	g := graph(t)
	names := append(slices.Sorted(maps.Keys(g.Alert)), "displayName", "priorityScore", "customTags", "unknown")
	var evidence []string
	for _, k := range entity.Kinds() {
		if k.Evidence {
			evidence = append(evidence, k.Name)
		}
	}
	leaf := rapid.SampledFrom([]string{
		`null`, `""`, `"x"`, `7`, `-1`, `1.5`, `true`, `[]`, `["a",1]`, `{}`, `{"a":null}`, `"2026-01-02T03:04:05Z"`, `"resolved"`, `"****"`, `"a@b.example"`,
		`"10.0.0.1"`, `"fe80::1%eth0"`, `"00-11-22-33-44-55"`, `"https://x.example:99999/a?b"`, `"https://x.example:443/%zz"`, `"\ufeff"`, `70000`,
	})
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom(evidence).Draw(rt, "kind")
		var properties []string
		for _, k := range entity.Kinds() {
			if k.Name == kind || !k.Evidence {
				for _, p := range k.Props {
					properties = append(properties, p.Source)
				}
			}
		}
		object := func(typed string) string {
			members := []string{fmt.Sprintf(`"@odata.type":"#x.%s"`, typed)}
			for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(properties), 0, 6, rapid.ID).Draw(rt, "properties") {
				members = append(members, fmt.Sprintf("%q:%s", name, leaf.Draw(rt, "leaf")))
			}
			return "{" + strings.Join(members, ",") + "}"
		}
		members := []string{`"evidence":[` + object(kind) + "," + object(kind) + `]`}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 10, rapid.ID).Draw(rt, "names") {
			if name != "evidence" {
				members = append(members, fmt.Sprintf("%q:%s", name, leaf.Draw(rt, "value")))
			}
		}
		detectionOf(t, "{"+strings.Join(members, ",")+"}")
		incidentOf(t, "{"+strings.Join(members[1:], ",")+"}")
	})
}
