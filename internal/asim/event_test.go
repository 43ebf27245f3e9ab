package asim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/asim"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

func TestEveryPropertyIsFoundInTheEvent(t *testing.T) {
	alert, values := fullAlert(t, `[]`)
	text, err := json.Marshal(alert)
	require.NoError(t, err)
	event := eventOf(t, string(text))
	all, err := json.Marshal(event)
	require.NoError(t, err)
	for name, value := range values {
		assert.Contains(t, string(all), fmt.Sprintf("%q", value), "%s is nowhere", name)
	}
	rest := event["AdditionalFields"].(map[string]any)
	for column, property := range map[string]string{
		"AlertName": "title", "EventMessage": "description", "AlertDescription": "description", "EventUid": "id", "AlertId": "id",
		"EventOriginalUid": "providerAlertId", "EventReportUrl": "alertWebUrl", "EventOriginalSeverity": "severity", "AlertOriginalStatus": "status",
		"ThreatName": "threatDisplayName", "ThreatOriginalCategory": "category", "AttackRemediationSteps": "recommendedActions",
		"AttackTechniques": "mitreTechniques", "EventProduct": "productName", "RuleName": "detectorId", "Rule": "detectorId",
		"EventStartTime": "firstActivityDateTime", "EventEndTime": "lastActivityDateTime",
	} {
		assert.Equal(t, values[property], event[column], column)
		assert.NotContains(t, rest, property)
	}
	for _, property := range []string{"incidentId", "incidentWebUrl", "assignedTo", "classification", "determination", "detectionSource", "serviceSource", "categories", "systemTags", "customDetails", "comments", "tenantId"} {
		assert.Contains(t, rest, property)
	}
}

func TestMandatoryColumnsAreThereWhateverTheAlertLacks(t *testing.T) {
	for _, alert := range []string{`{}`, `{"id":null,"evidence":null}`, `{"id":7,"title":["x"],"firstActivityDateTime":"soon","evidence":{}}`} {
		event := eventOf(t, alert)
		assert.Equal(t, "uid-1", event["EventUid"])
		assert.Equal(t, "2026-11-23T21:00:00Z", event["EventStartTime"])
		assert.Equal(t, "2026-11-23T21:00:00Z", event["EventEndTime"])
		assert.Equal(t, "Microsoft Defender XDR", event["EventProduct"])
	}
	event := eventOf(t, `{"id":7,"title":["x"],"firstActivityDateTime":"soon"}`)
	assert.Equal(t, map[string]any{"id": int64(7), "title": []any{"x"}, "firstActivityDateTime": "soon"}, event["AdditionalFields"])
	event = eventOf(t, `{"createdDateTime":"2026-01-02T03:04:05Z","lastUpdateDateTime":"2026-01-03T03:04:05Z"}`)
	assert.Equal(t, []any{"2026-01-02T03:04:05Z", "2026-01-03T03:04:05Z"}, []any{event["EventStartTime"], event["EventEndTime"]})
}

func TestSchemaVersionIsTheOneOfTheFacts(t *testing.T) {
	assert.Equal(t, asim.SchemaVersion, schemaFacts(t).Version)
	assert.Equal(t, []string{"EventSchema"}, schemaFacts(t).WithoutColumn)
}

// requireValid, which eventOf calls, holds each word against the schema's.
func TestEveryWordOfGraphHasOneInTheSchema(t *testing.T) {
	g := graph(t)
	for property, kind := range map[string]string{
		"severity": "alertSeverity", "status": "alertStatus", "classification": "alertClassification", "determination": "alertDetermination",
		"detectionSource": "detectionSource", "serviceSource": "serviceSource", "investigationState": "investigationState",
	} {
		for _, word := range append(g.Enums[kind], "someFutureWord") {
			eventOf(t, fmt.Sprintf(`{%q:%q}`, property, word))
		}
	}
	for _, word := range g.Enums["evidenceVerdict"] {
		for _, role := range g.Enums["evidenceRole"] {
			event := eventOf(t, fmt.Sprintf(`{"evidence":[{"@odata.type":"#x.ipEvidence","ipAddress":"10.0.0.1","verdict":%q,"roles":[%q]}]}`, word, role))
			assert.Contains(t, event, "IndicatorAssociation")
		}
	}
}

func TestEveryEvidenceTypeIsAnIndicator(t *testing.T) {
	want := map[string]string{
		"userEvidence": "User", "deviceEvidence": "Host", "fileEvidence": "File", "processEvidence": "Process", "urlEvidence": "Url",
		"registryKeyEvidence": "Registry", "analyzedMessageEvidence": "Email", "mailboxEvidence": "Mailbox", "ipEvidence": "Ip",
		"cloudApplicationEvidence": "Application", "hostLogonSessionEvidence": "Logon Session", "azureResourceEvidence": "Cloud Resource",
		"kubernetesPodEvidence": "Cloud Resource", "futureEvidence": "Cloud Resource",
	}
	for _, k := range append(entity.Kinds(), entity.Kind{Name: "futureEvidence", Evidence: true}) {
		if !k.Evidence {
			continue
		}
		event := eventOf(t, fmt.Sprintf(`{"evidence":[{"@odata.type":"#x.%s","verdict":"malicious"}]}`, k.Name))
		require.Contains(t, event, "IndicatorType")
		if word, ok := want[k.Name]; ok {
			assert.Equal(t, word, event["IndicatorType"], k.Name)
		}
		assert.Equal(t, "Threat", event["EventSubType"])
	}
}

func TestWords(t *testing.T) {
	for name, tt := range map[string]struct {
		alert string
		want  map[string]any
	}{
		"resolved true positive": {
			`{"status":"resolved","classification":"truePositive","severity":"high"}`,
			map[string]any{"AlertStatus": "Closed", "AlertVerdict": "True Positive", "EventSeverity": "High", "EventSubType": "Threat"},
		},
		"expected activity":       {`{"status":"inProgress","classification":"informationalExpectedActivity"}`, map[string]any{"AlertStatus": "Active", "AlertVerdict": "Benign Positive"}},
		"nobody has judged":       {`{"classification":null}`, map[string]any{"AlertVerdict": "Unknown", "AlertStatus": nil, "EventSubType": "Suspicious Activity"}},
		"no severity":             {`{"severity":"unknown"}`, map[string]any{"EventSeverity": nil, "EventOriginalSeverity": "unknown"}},
		"a breach of policy":      {`{"serviceSource":"dataLossPrevention"}`, map[string]any{"EventSubType": "Compliance Violation", "ThreatCategory": "Security Policy Violation", "EventProduct": "Microsoft Purview Data Loss Prevention"}},
		"an unusual sign-in":      {`{"serviceSource":"azureAdIdentityProtection","detectionSource":"azureAdIdentityProtection"}`, map[string]any{"EventSubType": "Anomaly", "DetectionMethod": "Behavioral Analytics"}},
		"malware":                 {`{"category":"Malware","detectionSource":"antivirus"}`, map[string]any{"ThreatCategory": "Malware", "DetectionMethod": "Antivirus", "EventSubType": "Threat", "AttackTactics": nil}},
		"phishing by its verdict": {`{"determination":"phishing"}`, map[string]any{"ThreatCategory": "Phishing"}},
		"miner":                   {`{"categories":["CryptoMining"]}`, map[string]any{"ThreatCategory": "Cryptominor"}},
		"tactics":                 {`{"category":"Persistence","categories":["PrivilegeEscalation","Malware","CommandAndControl","PrivilegeEscalation",7]}`, map[string]any{"AttackTactics": "Privilege Escalation, Command and Control"}},
		"one tactic":              {`{"category":"InitialAccess"}`, map[string]any{"AttackTactics": "Initial Access"}},
		"techniques":              {`{"mitreTechniques":["T1059","T1105.001"]}`, map[string]any{"AttackTechniques": "T1059, T1105.001"}},
	} {
		t.Run(name, func(t *testing.T) {
			event := eventOf(t, tt.alert)
			for column, want := range tt.want {
				assert.Equal(t, want, event[column], column)
			}
		})
	}
}

func TestRestIsBounded(t *testing.T) {
	long := strings.Repeat("x", 30_000)
	event := eventOf(t, fmt.Sprintf(`{"a":%q,"b":%q,"c":1,"@odata.type":"x","d":"","e":[],"f":null}`, long, long))
	assert.Equal(t, map[string]any{"a": long, "c": int64(1), "OmittedFields": []any{"b"}}, event["AdditionalFields"])
}

func TestGoldenAlertsAreValidEvents(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "entity", "testdata", "mapping", "*", "alert.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		event := eventOf(t, string(text))
		assert.NotEmpty(t, event["AdditionalEntities"])
		assert.Contains(t, event, "IndicatorType")
	}
}

// anyAlert draws an alert of known and unknown properties with any values.
func TestAnyAlertIsAValidEvent(t *testing.T) {
	g := graph(t)
	names := []string{"evidence", "unknown"}
	for name := range g.Alert {
		names = append(names, name)
	}
	value := rapid.SampledFrom([]string{
		`null`, `""`, `"x"`, `7`, `1.10`, `true`, `[]`, `["a",1]`, `{}`, `{"a":null}`, `"2026-01-02T03:04:05Z"`, `"resolved"`, `"malware"`,
		`[{"@odata.type":"#x.fileEvidence","fileDetails":{"fileName":7,"sha1":"x"}}]`, `[{"@odata.type":"#x.registryValueEvidence","registryKey":"k"}]`,
		`[{"@odata.type":"#x.deviceEvidence","lastIpAddress":"no address","hostName":"***"}]`,
	})
	rapid.Check(t, func(rt *rapid.T) {
		var members []string
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 12, rapid.ID).Draw(rt, "names") {
			members = append(members, fmt.Sprintf("%q:%s", name, value.Draw(rt, "value")))
		}
		eventOf(t, "{"+strings.Join(members, ",")+"}")
	})
}
