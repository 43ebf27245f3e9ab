package graph

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

func TestAPatchHoldsOnlyWhatChanges(t *testing.T) {
	for _, tt := range []struct {
		name  string
		field incident.Field
		value incident.Value
		want  string
	}{
		{"active", incident.FieldStatus, "active", `{"status":"active"}`},
		{"in progress", incident.FieldStatus, "inProgress", `{"status":"inProgress"}`},
		{"resolved", incident.FieldStatus, "resolved", `{"status":"resolved"}`},
		{"a verdict is a pair", incident.FieldVerdict, "truePositive/malware", `{"classification":"truePositive","determination":"malware"}`},
		{"an unset verdict is the service's unknown", incident.FieldVerdict, "", `{"classification":"unknown","determination":"unknown"}`},
		{"an owner", incident.FieldOwner, "jane@contoso.com", `{"assignedTo":"jane@contoso.com"}`},
		{"nobody is null", incident.FieldOwner, "", `{"assignedTo":null}`},
		{"a severity", incident.FieldSeverity, "informational", `{"severity":"informational"}`},
		{"tags replace the set", incident.FieldTags, "a\x1fb c", `{"customTags":["a","b c"]}`},
		{"no tags are an empty set", incident.FieldTags, "", `{"customTags":[]}`},
		{"a title, as it reads", incident.FieldTitle, `<a> & "b"`, `{"displayName":"<a> & \"b\""}`},
		{"a description", incident.FieldDescription, "d", `{"description":"d"}`},
		{"no description", incident.FieldDescription, "", `{"description":null}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, err := PatchBody(map[incident.Field]incident.Value{tt.field: tt.value})
			require.NoError(t, err)
			require.Equal(t, tt.want, string(body))
		})
	}
}

func TestWhatGraphWouldRefuseIsNotWritten(t *testing.T) {
	for _, tt := range []struct {
		name    string
		changes map[incident.Field]incident.Value
		want    string
	}{
		{"nothing", nil, "write incident: nothing to change"},
		{"redirected", map[incident.Field]incident.Value{incident.FieldStatus: "redirected"}, "write incident: status must be one of [active inProgress resolved]"},
		{"awaiting action", map[incident.Field]incident.Value{incident.FieldStatus: "awaitingAction"}, "status must be one of"},
		{"the other side's word", map[incident.Field]incident.Value{incident.FieldStatus: "Closed"}, "status must be one of"},
		{"unset status", map[incident.Field]incident.Value{incident.FieldStatus: ""}, "status must be one of"},
		{"unknown severity", map[incident.Field]incident.Value{incident.FieldSeverity: "unknown"}, "severity must be one of"},
		{"a stale name", map[incident.Field]incident.Value{incident.FieldVerdict: "informationalExpectedActivity/confirmedUserActivity"}, "determination must be one of"},
		{"half a verdict", map[incident.Field]incident.Value{incident.FieldVerdict: "truePositive/"}, "determination must be one of"},
		{"the other half", map[incident.Field]incident.Value{incident.FieldVerdict: "/malware"}, "classification must be one of"},
		{"an empty title", map[incident.Field]incident.Value{incident.FieldTitle: ""}, "displayName must not be empty"},
		{"a field there is not", map[incident.Field]incident.Value{incident.FieldCount: "x"}, "no such field: field(7)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := PatchBody(tt.changes)
			require.ErrorContains(t, err, tt.want)
		})
	}
	_, err := PatchBody(map[incident.Field]incident.Value{incident.FieldStatus: "geheim", incident.FieldSeverity: "geheim"})
	require.ErrorContains(t, err, "status")
	require.ErrorContains(t, err, "severity", "all faults at once")
	require.NotContains(t, err.Error(), "geheim")
}

// Whatever the vocabulary makes of Sentinel's words can be written, and reads
// back as it was asked.
func TestEveryValueOfTheOtherSideIsWritableAndReadsBack(t *testing.T) {
	sentinel := map[incident.Field][]incident.Value{
		incident.FieldStatus:   {"New", "Active", "Closed"},
		incident.FieldSeverity: {"Informational", "Low", "Medium", "High"},
		incident.FieldVerdict: {
			"", "TruePositive/SuspiciousActivity", "BenignPositive/SuspiciousButExpected", "FalsePositive/IncorrectAlertLogic", "FalsePositive/InaccurateData",
		},
		incident.FieldOwner: {"", "jane@contoso.com", "soc tier 1"},
		incident.FieldTags:  {"", "a", "a\x1fb"},
	}
	present := map[incident.Field][]incident.Value{
		incident.FieldStatus:   {"active", "inProgress", "awaitingAction", "resolved"},
		incident.FieldSeverity: {"unknown", "low"},
		incident.FieldVerdict:  {"", "truePositive/malware", "truePositive/apt", "falsePositive/other", "informationalExpectedActivity/securityPersonnel", "falsePositive/apt"},
		incident.FieldOwner:    {"", "automation", "joe@contoso.com"},
		incident.FieldTags:     {"", "c"},
	}
	var words incident.Vocabulary
	for field, values := range sentinel {
		for _, s := range values {
			for _, d := range present[field] {
				asked := words.Translate(field, incident.SideSentinel, s, d)
				if asked == d {
					continue
				}
				body, err := PatchBody(map[incident.Field]incident.Value{field: asked})
				require.NoError(t, err, "%s %q over %q", field, s, d)
				require.Equal(t, asked, afterPatch(t, string(body)).Values[field])
			}
		}
	}
}

// afterPatch is what the full incident reads as after the service took a body.
func afterPatch(t *testing.T, body string) incident.Snapshot {
	t.Helper()
	var object, members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(full), &object))
	require.NoError(t, json.Unmarshal([]byte(body), &members))
	for name := range members {
		require.Contains(t, object, name, "only fields there are")
	}
	maps.Copy(object, members)
	text, err := json.Marshal(object)
	require.NoError(t, err)
	s, err := Snapshot(bodyOf(t, string(text)))
	require.NoError(t, err)
	return s
}

func TestACommentIsWrittenWithItsType(t *testing.T) {
	body, err := CommentBody("a \"b\"\n<c>")
	require.NoError(t, err)
	require.Equal(t, `{"@odata.type":"microsoft.graph.security.alertComment","comment":"a \"b\"\n<c>"}`, string(body))
	_, err = CommentBody(strings.Repeat("é", incident.CommentCharsMax))
	require.NoError(t, err)
	for _, text := range []string{"", strings.Repeat("é", incident.CommentCharsMax+1)} {
		_, err = CommentBody(text)
		require.ErrorContains(t, err, "write comment: it must have 1 to 30000 characters")
	}
}

// FuzzSnapshot: no panic, and what a snapshot says can be written again, or is
// refused for a reason.
func FuzzSnapshot(f *testing.F) {
	f.Add(full)
	f.Add(`{` + least + `,"customTags":["a\u001fb","\ud800"],"comments":[{"comment":"x"}]}`)
	f.Add(`{` + least + `,"customTags":[{}],"assignedTo":1e400,"alerts":[[]],"classification":"a/b","determination":"/"}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadSnapshot(strings.NewReader(text))
		_, _ = ReadComments(strings.NewReader(text))
		if err != nil {
			require.Equal(t, incident.Snapshot{}, s)
			return
		}
		require.False(t, s.Revision.IsZero())
		require.True(t, slices.IsSortedFunc(s.Comments, func(a, b incident.Comment) int { return a.Created.Compare(b.Created) }))
		for _, field := range incident.Fields() {
			body, err := PatchBody(map[incident.Field]incident.Value{field: s.Values[field]})
			if err != nil || field == incident.FieldVerdict {
				continue
			}
			members := bodyOf(t, string(body))
			members.PutStr("lastUpdateDateTime", "2026-01-02T03:05:06Z")
			if _, has := members.Get("status"); !has {
				members.PutStr("status", "active")
			}
			again, err := Snapshot(members)
			require.NoError(t, err)
			require.Equal(t, s.Values[field], again.Values[field], field)
		}
	})
}

func TestASnapshotOfNothingIsAnError(t *testing.T) {
	_, err := Snapshot(pcommon.NewMap())
	require.EqualError(t, err, "read incident: lastUpdateDateTime: missing")
}
