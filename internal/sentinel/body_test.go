package sentinel

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

// properties are those of a body, each in its text.
func properties(t *testing.T, body []byte) map[string]string {
	t.Helper()
	var b struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	require.NoError(t, json.Unmarshal(body, &b))
	out := map[string]string{}
	for name, value := range b.Properties {
		out[name] = string(value)
	}
	return out
}

func TestAPutKeepsWhatItDoesNotChange(t *testing.T) {
	kept, err := IncidentBody([]byte(full), Change{})
	require.NoError(t, err)
	var sent struct {
		Etag string `json:"etag"`
	}
	require.NoError(t, json.Unmarshal(kept, &sent))
	require.Equal(t, `"0300bf09-0000-0000-0000-5c37296e0000"`, sent.Etag)
	want := map[string]string{
		"title": `"A title"`, "severity": `"High"`, "status": `"Active"`, "description": `"A <description>"`,
		"classification": `"FalsePositive"`, "classificationReason": `"IncorrectAlertLogic"`, "classificationComment": `"because"`,
		"firstActivityTimeUtc": `"2026-01-02T03:04:01Z"`, "lastActivityTimeUtc": `"2026-01-02T03:04:02Z"`,
		"labels":  `[{"labelName":"zeta","labelType":"User"},{"labelName":"defender:4711@t","labelType":"User"},{"labelName":"Auto","labelType":"AutoAssigned"},{"labelName":"Alpha","labelType":"User","extra":[1.10]}]`,
		"owner":   `{"objectId":"2046feea-040d-4a46-9e2b-91c2941bfa70","email":"jane@mail.test","assignedTo":"Jane Doe","userPrincipalName":"Jane@Provider.test"}`,
		"newToUs": `{"deep":[1.10e3]}`,
	}
	require.Equal(t, want, properties(t, kept), "nothing else, and nothing of the service's own")

	before, err := ReadSnapshot([]byte(full))
	require.NoError(t, err)
	after, err := ReadSnapshot([]byte(put(t, full, string(kept))))
	require.NoError(t, err)
	require.Equal(t, before.Values, after.Values)
	require.Equal(t, before.Labels, after.Labels)
}

func TestEachChangeChangesItsOwnMembersOnly(t *testing.T) {
	base, err := IncidentBody([]byte(full), Change{})
	require.NoError(t, err)
	const absent = ""
	for _, tt := range []struct {
		name   string
		change Change
		want   map[string]string
	}{
		{"status", set(incident.FieldStatus, "New"), map[string]string{"status": `"New"`}},
		{"severity", set(incident.FieldSeverity, "Informational"), map[string]string{"severity": `"Informational"`}},
		{"title", set(incident.FieldTitle, ` "b" & <c>`), map[string]string{"title": `"\"b\" & <c>"`}},
		{"description", set(incident.FieldDescription, ""), map[string]string{"description": `""`}},
		{
			"a verdict is a pair", set(incident.FieldVerdict, "TruePositive/SuspiciousActivity"),
			map[string]string{"classification": `"TruePositive"`, "classificationReason": `"SuspiciousActivity"`},
		},
		{
			"no verdict while it is open", set(incident.FieldVerdict, ""),
			map[string]string{"classification": absent, "classificationReason": absent},
		},
		{
			"closing without a verdict",
			Change{Values: map[incident.Field]incident.Value{incident.FieldStatus: "Closed", incident.FieldVerdict: ""}},
			map[string]string{"status": `"Closed"`, "classification": `"Undetermined"`, "classificationReason": absent},
		},
		{"closing with the verdict there is", set(incident.FieldStatus, "Closed"), map[string]string{"status": `"Closed"`}},
		{
			"a person", set(incident.FieldOwner, "joe@provider.test"),
			map[string]string{"owner": `{"assignedTo":"joe@provider.test","email":"joe@provider.test","userPrincipalName":"joe@provider.test"}`},
		},
		{"free text", set(incident.FieldOwner, "soc tier 1"), map[string]string{"owner": `{"assignedTo":"soc tier 1"}`}},
		{"an object id", set(incident.FieldOwner, "id:2046feea"), map[string]string{"owner": `{"objectId":"2046feea"}`}},
		{"nobody", set(incident.FieldOwner, ""), map[string]string{"owner": absent}},
		{
			"tags replaced, kept as they stand, ours and the system's kept, forgeries left out",
			set(incident.FieldTags, "ALPHA\x1fdefender:1@evil\x1fnew\x1fredirected"),
			map[string]string{"labels": `[{"labelName":"defender:4711@t","labelType":"User"},{"labelName":"Auto","labelType":"AutoAssigned"},{"labelName":"Alpha","labelType":"User","extra":[1.10]},{"labelName":"new"}]`},
		},
		{
			"no tags", set(incident.FieldTags, ""),
			map[string]string{"labels": `[{"labelName":"defender:4711@t","labelType":"User"},{"labelName":"Auto","labelType":"AutoAssigned"}]`},
		},
		{
			"our labels",
			Change{Labels: []string{"Defender:4711@T", incident.RedirectedLabel}},
			map[string]string{"labels": `[{"labelName":"zeta","labelType":"User"},{"labelName":"defender:4711@t","labelType":"User"},{"labelName":"Auto","labelType":"AutoAssigned"},{"labelName":"Alpha","labelType":"User","extra":[1.10]},{"labelName":"Redirected"}]`},
		},
		{
			"times and comment",
			Change{FirstActivity: at(7).Add(100), LastActivity: at(8).In(time.FixedZone("", 3600)), ClassificationComment: "so"},
			map[string]string{"firstActivityTimeUtc": `"2026-01-02T03:04:07.0000001Z"`, "lastActivityTimeUtc": `"2026-01-02T03:04:08Z"`, "classificationComment": `"so"`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, err := IncidentBody([]byte(full), tt.change)
			require.NoError(t, err)
			want := properties(t, base)
			for name, value := range tt.want {
				if want[name] = value; value == absent {
					delete(want, name)
				}
			}
			require.Equal(t, want, properties(t, body))
		})
	}
}

func set(field incident.Field, value incident.Value) Change {
	return Change{Values: map[incident.Field]incident.Value{field: value}}
}

func TestANewIncidentHasWhatItMust(t *testing.T) {
	values := map[incident.Field]incident.Value{
		incident.FieldTitle: "t", incident.FieldStatus: "Closed", incident.FieldSeverity: "Low", incident.FieldTags: "a", incident.FieldVerdict: "",
	}
	body, err := IncidentBody(nil, Change{Values: values, Labels: []string{"defender:1@t"}})
	require.NoError(t, err)
	require.Equal(t, `{"properties":{"classification":"Undetermined","labels":[{"labelName":"defender:1@t"},{"labelName":"a"}],"severity":"Low","status":"Closed","title":"t"}}`, string(body))
	for name, field := range map[string]incident.Field{"title": incident.FieldTitle, "status": incident.FieldStatus, "severity": incident.FieldSeverity} {
		incomplete := map[incident.Field]incident.Value{}
		for f, v := range values {
			if f != field {
				incomplete[f] = v
			}
		}
		_, err := IncidentBody(nil, Change{Values: incomplete})
		require.EqualError(t, err, "write incident: "+name+" must not be empty")
	}
	_, err = IncidentBody(nil, Change{})
	require.EqualError(t, err, "write incident: title must not be empty\nstatus must not be empty\nseverity must not be empty")
}

func TestWhatTheServiceWouldRefuseIsNotWritten(t *testing.T) {
	for _, tt := range []struct {
		name    string
		current string
		change  Change
		want    string
	}{
		{"the other side's word", full, set(incident.FieldStatus, "geheim"), "status must be one of [New Active Closed]"},
		{"no status", full, set(incident.FieldStatus, ""), "status must be one of"},
		{"a severity there is not", full, set(incident.FieldSeverity, "geheim"), "severity must be one of"},
		{"an empty title", full, set(incident.FieldTitle, " "), "title must not be empty"},
		{"a long description", full, set(incident.FieldDescription, incident.Value(strings.Repeat("é", 5001))), "description must have at most 5000 characters"},
		{"another's reason", full, set(incident.FieldVerdict, "TruePositive/InaccurateData"), "classificationReason of TruePositive must be one of [SuspiciousActivity]"},
		{"no reason", full, set(incident.FieldVerdict, "BenignPositive/"), "classificationReason of BenignPositive"},
		{"a class there is not", full, set(incident.FieldVerdict, "geheim/geheim"), "classification must be one of [TruePositive BenignPositive FalsePositive] or unset"},
		{"a reason for nothing", full, set(incident.FieldVerdict, "/SuspiciousActivity"), "classification must be one of"},
		{"a field there is not", full, set(incident.FieldCount, "geheim"), "no such field"},
		{"no etag", `{"properties":{"title":"t"}}`, Change{}, "etag: missing"},
		{"an etag that is none", `{"etag":1,"properties":{}}`, Change{}, "etag: missing"},
		{"no JSON", `{"etag":`, Change{}, "not JSON"},
		{"an owner that cannot be read", least(`"owner":["geheim"]`), set(incident.FieldStatus, "Active"), "properties.owner: not an object"},
		{"too much", least(`"newToUs":"` + strings.Repeat("x", BodyBytesMax) + `"`), Change{}, "body must have at most 4194304 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := IncidentBody([]byte(tt.current), tt.change)
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, "write incident: ")
			require.NotContains(t, err.Error(), "geheim")
		})
	}
}

func TestAVerdictThatIsThereIsKeptInAFormTheServiceTakes(t *testing.T) {
	for _, tt := range []struct{ name, current, class, reason string }{
		{"an unset one of an open incident", `"status":"New","classification":null`, "", ""},
		{"an undetermined one of an open incident", `"status":"Active","classification":"Undetermined"`, `"Undetermined"`, ""},
		{"an undetermined one that lost its meaning", `"classification":"Undetermined","classificationReason":"InaccurateData"`, `"Undetermined"`, ""},
		{"a closed one without any", `"status":"Closed"`, `"Undetermined"`, ""},
		{"a class without its reason", `"classification":"FalsePositive"`, `"FalsePositive"`, `"InaccurateData"`},
		{"a word newer than we are", `"classification":"Newest","classificationReason":"Why"`, `"Newest"`, `"Why"`},
		{"in another case", `"status":"closed","classification":"truepositive","classificationReason":"suspiciousactivity"`, `"TruePositive"`, `"SuspiciousActivity"`},
	} {
		body, err := IncidentBody([]byte(least(tt.current)), set(incident.FieldSeverity, "High"))
		require.NoError(t, err, tt.name)
		p := properties(t, body)
		require.Equal(t, tt.class, p["classification"], tt.name)
		require.Equal(t, tt.reason, p["classificationReason"], tt.name)
	}
}

// Whatever the vocabulary makes of Defender's words can be written, and reads
// back as it was asked.
func TestEveryValueOfTheOtherSideIsWritableAndReadsBack(t *testing.T) {
	defender := map[incident.Field][]incident.Value{
		incident.FieldStatus:   {"active", "inProgress", "awaitingAction", "resolved", "redirected"},
		incident.FieldSeverity: {"informational", "low", "medium", "high"},
		incident.FieldVerdict: {
			"", "truePositive/malware", "informationalExpectedActivity/securityTesting", "falsePositive/notMalicious",
		},
		incident.FieldOwner: {"", "jane@contoso.com", "soc tier 1", "automation"},
		incident.FieldTags:  {"", "a", "a\x1fB c"},
		incident.FieldTitle: {"another"},
		incident.FieldDescription: {
			"", "another", incident.Value(strings.Repeat("é", 6000)),
		},
	}
	present := []string{
		full, least(""), least(`"status":"Closed","classification":"Undetermined"`),
		least(`"status":"Closed","classification":"BenignPositive","classificationReason":"SuspiciousButExpected","owner":{"objectId":"1"}`),
	}
	var words incident.Vocabulary
	for _, current := range present {
		before, err := ReadSnapshot([]byte(current))
		require.NoError(t, err)
		for field, values := range defender {
			for _, d := range values {
				asked := words.Translate(field, incident.SideDefender, d, before.Values[field])
				body, err := IncidentBody([]byte(current), set(field, asked))
				require.NoError(t, err, "%s %q", field, d)
				after, err := ReadSnapshot([]byte(put(t, current, string(body))))
				require.NoError(t, err)
				want := before.Values
				want[field] = asked
				require.Equal(t, want, after.Values, "%s %q", field, d)
			}
		}
	}
}

func TestTheRequestOfThePublishedExampleIsWhatAChangeGives(t *testing.T) {
	body, err := IncidentBody([]byte(published(t, "incident-put.json", "200")), set(incident.FieldOwner, "id:2046feea-040d-4a46-9e2b-91c2941bfa70"))
	require.NoError(t, err)
	var sent, want map[string]any
	require.NoError(t, json.Unmarshal(body, &sent))
	require.NoError(t, json.Unmarshal([]byte(published(t, "incident-put.json", "")), &want))
	want["etag"] = `"0300bf09-0000-0000-0000-5c37296e0001"`
	want["properties"].(map[string]any)["labels"] = []any{}
	require.Equal(t, want, sent)
}
