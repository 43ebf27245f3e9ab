package graph

import (
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

// full gives every field its own value.
const full = `{"@odata.context":"c","id":"4711","tenantId":"t","status":"inProgress",
	"incidentWebUrl":"https://security.microsoft.com/incident2/4711/overview","redirectIncidentId":"4712",
	"displayName":"A title","createdDateTime":"2026-01-02T03:04:05.67Z","lastUpdateDateTime":"2026-01-02T03:05:06.7890123Z",
	"assignedTo":" Jane@Contoso.com","classification":"truePositive","determination":"malware","severity":"medium",
	"customTags":["zeta","Alpha","alpha"," "],"systemTags":["System"],"description":"A description","summary":"s",
	"resolvingComment":"r","lastModifiedBy":"m","priorityScore":42,"comments":[
		{"comment":"second","createdByDisplayName":"Sec Ond","createdDateTime":"2026-01-02T03:04:07Z"},
		{"comment":"first","createdByDisplayName":"Fir St","createdDateTime":"2026-01-02T03:04:06.1234567Z"},
		{"comment":null,"createdByDisplayName":"No Body","createdDateTime":"2026-01-02T03:04:05Z"}],
	"alerts":[{"id":"da1"},{"id":"da2"},{}]}`

func fullSnapshot() incident.Snapshot {
	return incident.Snapshot{
		Values: incident.Values{
			"inProgress", "truePositive/malware", "jane@contoso.com", "medium", "Alpha\x1fzeta", "A title", "A description",
		},
		Revision:     time.Date(2026, 1, 2, 3, 5, 6, 789012300, time.UTC),
		RedirectedTo: "4712",
		Comments: []incident.Comment{
			{Author: "Fir St", Created: time.Date(2026, 1, 2, 3, 4, 6, 123456700, time.UTC), Text: "first"},
			{Author: "Sec Ond", Created: time.Date(2026, 1, 2, 3, 4, 7, 0, time.UTC), Text: "second"},
		},
		CommentsKnown: true,
		CommentCount:  2,
		AlertIDs:      []string{"da1", "da2"},
		URL:           "https://security.microsoft.com/incident2/4711/overview",
		Created:       time.Date(2026, 1, 2, 3, 4, 5, 670000000, time.UTC),
	}
}

func bodyOf(t testing.TB, text string) pcommon.Map {
	var d record.Document
	require.NoError(t, d.Parse([]byte(text)))
	v := pcommon.NewValueEmpty()
	d.Build(v)
	return v.Map()
}

func TestASnapshotHoldsEveryField(t *testing.T) {
	got, err := Snapshot(bodyOf(t, full))
	require.NoError(t, err)
	require.Equal(t, fullSnapshot(), got)
}

func TestARecordAndAnAnswerGiveTheSameSnapshot(t *testing.T) {
	fromAnswer, err := ReadSnapshot(iotest.OneByteReader(strings.NewReader(full)))
	require.NoError(t, err)
	want := fullSnapshot()
	require.Equal(t, want, fromAnswer)

	records := plog.NewLogRecordSlice()
	require.NoError(t, ReadObject(strings.NewReader(full), KindIncident, func(o *Object) error {
		if o.Kind == KindIncident {
			o.AppendTo(records, record.Origin{}, time.Time{})
		}
		return nil
	}))
	fromRecord, err := Snapshot(records.At(0).Body().Map())
	require.NoError(t, err)
	want.AlertIDs = nil // they are an attribute there
	require.Equal(t, want, fromRecord)
}

const least = `"status":"active","lastUpdateDateTime":"2026-01-02T03:05:06Z"`

func TestUnsetAndAbsentFieldsAreAlike(t *testing.T) {
	bare, err := Snapshot(bodyOf(t, `{`+least+`}`))
	require.NoError(t, err)
	require.Equal(t, incident.Values{incident.FieldStatus: "active"}, bare.Values)
	require.False(t, bare.CommentsKnown)
	require.Equal(t, -1, bare.CommentCount)
	for _, unset := range []string{
		`"classification":"unknown","determination":"unknown"`, `"classification":null,"determination":null`, `"assignedTo":null`,
		`"assignedTo":""`, `"assignedTo":"  "`, `"customTags":[]`, `"customTags":null`, `"description":null`, `"severity":null`,
		`"redirectIncidentId":null`, `"comments":null`, `"alerts":null`, `"incidentWebUrl":7.5`, `"createdDateTime":"soon"`, `"alerts":"x"`,
	} {
		got, err := Snapshot(bodyOf(t, `{`+least+`,`+unset+`}`))
		require.NoError(t, err, unset)
		require.Equal(t, bare, got, unset)
	}
	got, err := Snapshot(bodyOf(t, `{`+least+`,"comments":[]}`))
	require.NoError(t, err)
	require.True(t, got.CommentsKnown, "an empty list is a known one")
	require.Zero(t, got.CommentCount)
}

func TestWhatCannotBeReadIsNamedAndNotShown(t *testing.T) {
	for _, tt := range []struct{ member, want string }{
		{`"assignedTo":{"upn":"geheim"}`, "assignedTo: not a text"},
		{`"classification":true`, "classification: not a text"},
		{`"customTags":"geheim"`, "customTags: not an array"},
		{`"customTags":[["geheim"]]`, "customTags: holds something else than short texts"},
		{`"displayName":[]`, "displayName: not a text"},
		{`"description":1`, "description: not a text"},
		{`"redirectIncidentId":[]`, "redirectIncidentId: not a text"},
		{`"lastUpdateDateTime":"geheim"`, "lastUpdateDateTime: not a time"},
		{`"lastUpdateDateTime":null`, "lastUpdateDateTime: missing"},
		{`"status":null`, "status: missing"},
		{`"comments":{}`, "comments: not an array"},
		{`"comments":[1]`, "comments: holds something else than objects"},
		{`"comments":[{"comment":"a","createdDateTime":"geheim"}]`, "comments[0].createdDateTime: not a time"},
		{`"assignedTo":"` + strings.Repeat("x", 5000) + `"`, "assignedTo: too long"},
	} {
		_, err := Snapshot(bodyOf(t, `{`+least+`,`+tt.member+`}`))
		require.EqualError(t, err, "read incident: "+tt.want)
		_, err = ReadSnapshot(strings.NewReader(`{` + least + `,` + tt.member + `}`))
		require.EqualError(t, err, "read incident: "+tt.want)
	}
	for _, text := range []string{``, `{`, `[]`, `{} {}`, `"x"`} {
		_, err := ReadSnapshot(strings.NewReader(text))
		require.Error(t, err, text)
	}
}

func TestPublishedIncidentsGiveSnapshots(t *testing.T) {
	want := map[string]incident.Values{
		"incident-list.json": {
			"active", "", "", "medium", "",
			"DLP policy (Custom policy) matched for email with subject (Splunk Report: High Or Critical Priority Host With Malware - 15 min) involving one user", "",
		},
		"incident-list-expand-alerts.json": {
			"active", "truePositive/multiStagedAttack", "admin@contoso.com", "high", "Demo",
			"Multi-stage incident involving Execution & Command and control on one endpoint",
			"Microsoft observed Raspberry Robin worm activity spreading through infected USB devices on multiple endpoints in your environment.",
		},
	}
	for file, values := range want {
		text, err := os.ReadFile("testdata/" + file)
		require.NoError(t, err)
		var first *incident.Snapshot
		_, err = ReadPage(strings.NewReader(string(text)), KindIncident, func(o *Object) error {
			if o.Kind != KindIncident || first != nil {
				return nil
			}
			records := plog.NewLogRecordSlice()
			s, err := Snapshot(o.AppendTo(records, origin, observed).Body().Map())
			first = &s
			return err
		})
		require.NoError(t, err)
		require.Equal(t, values, first.Values, file)
		require.True(t, first.CommentsKnown)
		require.False(t, first.Revision.IsZero())
	}
}

func TestTheAnswerToACommentIsTheWholeList(t *testing.T) {
	list, err := ReadComments(strings.NewReader(`{"@odata.context":"…#security/alerts_v2('1')/comments","value":[
		{"comment":"b","createdByDisplayName":"B","createdDateTime":"2026-01-02T03:04:07Z"},
		{"@odata.type":"x","comment":"a","createdByDisplayName":null,"createdDateTime":"2026-01-02T03:04:07Z"}]}`))
	require.NoError(t, err)
	at := time.Date(2026, 1, 2, 3, 4, 7, 0, time.UTC)
	require.Equal(t, []incident.Comment{{Created: at, Text: "a"}, {Author: "B", Created: at, Text: "b"}}, list)
	for text, want := range map[string]string{
		`{"value":{}}`:  "read incident: value: not an array",
		`{"value":[]`:   "read incident response: byte 0: unexpected EOF",
		`[]`:            "read incident response: byte 2: no object",
		`{}`:            "read incident: value: missing",
		`{"value":[]}}`: "read incident response: byte 12: not JSON",
	} {
		_, err := ReadComments(strings.NewReader(text))
		require.EqualError(t, err, want)
	}
}
