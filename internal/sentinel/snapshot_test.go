package sentinel

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

func TestASnapshotHoldsEveryField(t *testing.T) {
	want := incident.Snapshot{
		Values: incident.Values{
			"Active", "FalsePositive/IncorrectAlertLogic", "jane@provider.test", "High", "Alpha\x1fzeta", "A title", "A <description>",
		},
		Revision: at(4).Add(123456700), Etag: `"0300bf09-0000-0000-0000-5c37296e0000"`, CommentCount: 2,
		URL: "https://portal.azure.com/#x", Labels: []string{"zeta", "defender:4711@t", "Auto", "Alpha"},
		ProviderName: "Azure Sentinel", ProviderIncidentID: "3177", ProviderURL: "https://d.test",
		Created: at(3), FirstActivity: at(1), LastActivity: at(2),
	}
	got, err := ReadSnapshot([]byte(full))
	require.NoError(t, err)
	require.Equal(t, want, got)

	body := mapOf(t, strings.TrimSuffix(full, "}")+`,"comments":`+someComments+`}`)
	want.CommentsKnown = true
	later := at(0).Add(time.Minute)
	want.Comments = []incident.Comment{
		{Name: "c-1", Author: "Jane Doe", Created: later.Add(time.Second), Text: "first"},
		{Name: "c-2", Author: "joe@provider.test", Created: later.Add(2 * time.Second), Text: "second"},
	}
	got, err = Snapshot(body)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestUnsetAndAbsentFieldsAreAlike(t *testing.T) {
	bare, err := ReadSnapshot([]byte(least("")))
	require.NoError(t, err)
	require.Equal(t, incident.Values{incident.FieldStatus: "New", incident.FieldSeverity: "Low", incident.FieldTitle: "t"}, bare.Values)
	require.Equal(t, -1, bare.CommentCount)
	require.False(t, bare.CommentsKnown)
	for _, unset := range []string{
		`"classification":null`, `"classification":"Undetermined"`, `"owner":null`, `"owner":{}`, `"labels":null`, `"labels":[]`, `"description":null`,
		`"owner":{"objectId":null,"email":null,"assignedTo":" ","userPrincipalName":""}`, `"additionalData":null`, `"additionalData":{"commentsCount":"2"}`,
		`"incidentUrl":7.5`, `"createdTimeUtc":"soon"`, `"additionalData":{"commentsCount":-5}`,
	} {
		got, err := ReadSnapshot([]byte(least(unset)))
		require.NoError(t, err, unset)
		require.Equal(t, bare.Values, got.Values, unset)
		require.Equal(t, bare.CommentCount, got.CommentCount, unset)
	}
}

func TestWordsInOtherCasesAreSpelledAsSpecified(t *testing.T) {
	got, err := ReadSnapshot([]byte(`{"etag":"e","properties":{"status":"closed","severity":"HIGH","classification":"benignpositive",
		"classificationReason":"suspiciousButExpected","lastModifiedTimeUtc":"2026-01-02T03:04:04Z","labels":[{"labelName":"x","labelType":"autoassigned"}]}}`))
	require.NoError(t, err)
	require.Equal(t, incident.Values{"Closed", "BenignPositive/SuspiciousButExpected", "", "High"}, got.Values)
	got, err = ReadSnapshot([]byte(least(`"classification":"Newest","classificationReason":"Why"`)))
	require.NoError(t, err)
	require.Equal(t, incident.Value("Newest/Why"), got.Values[incident.FieldVerdict], "a word newer than we are stays")
}

func TestAnOwnerIsWhoeverIsNamedFirst(t *testing.T) {
	for _, tt := range []struct {
		owner string
		want  incident.Value
	}{
		{`{"userPrincipalName":"A@B.test","email":"c@d.test","assignedTo":"E F","objectId":"1"}`, "a@b.test"},
		{`{"userPrincipalName":null,"email":"C@d.test","assignedTo":"E F"}`, "c@d.test"},
		{`{"email":"","assignedTo":"SOC Tier 1","ownerType":"Group"}`, "soc tier 1"},
		{`{"objectId":"2046FEEA-040d-4a46-9e2b-91c2941bfa70"}`, "id:2046feea-040d-4a46-9e2b-91c2941bfa70"},
	} {
		got, err := ReadSnapshot([]byte(least(`"owner":` + tt.owner)))
		require.NoError(t, err)
		require.Equal(t, tt.want, got.Values[incident.FieldOwner])
	}
}

func TestWhatCannotBeReadIsNamedAndNotShown(t *testing.T) {
	for _, tt := range []struct{ member, want string }{
		{`"owner":"geheim"`, "properties.owner: not an object"},
		{`"owner":{"email":["geheim"]}`, "properties.owner.email: not a text"},
		{`"labels":{}`, "properties.labels: not an array"},
		{`"labels":["geheim"]`, "properties.labels: holds something else than objects"},
		{`"labels":[{"labelName":true}]`, "properties.labels[0].labelName: not a text"},
		{`"classification":[]`, "properties.classification: not a text"},
		{`"description":1`, "properties.description: not a text"},
		{`"lastModifiedTimeUtc":"geheim"`, "properties.lastModifiedTimeUtc: not a time"},
		{`"lastModifiedTimeUtc":null`, "properties.lastModifiedTimeUtc: missing"},
		{`"status":null`, "properties.status: missing"},
	} {
		_, err := ReadSnapshot([]byte(least(tt.member)))
		require.EqualError(t, err, "read incident: "+tt.want)
	}
	for text, want := range map[string]string{
		``: "not JSON", `[]`: "not JSON", `{"properties":[]}`: "properties: not an object", `{}`: "properties.lastModifiedTimeUtc: missing",
		`{"etag":{},"properties":{}}`:                                                      "etag: not a text",
		strings.TrimSuffix(least(""), "}") + `,"comments":{}}`:                             "comments: not an array",
		strings.TrimSuffix(least(""), "}") + `,"comments":[{"properties":{"message":1}}]}`: "comments[0].properties.message: not a text",
	} {
		_, err := ReadSnapshot([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}

func TestThePublishedIncidentGivesASnapshot(t *testing.T) {
	for _, status := range []string{"200", "201"} {
		got, err := ReadSnapshot([]byte(published(t, "incident-put.json", status)))
		require.NoError(t, err)
		require.Equal(t, incident.Values{
			"Closed", "FalsePositive/IncorrectAlertLogic", "john@contoso.com", "High", "", "My incident", "This is a demo incident",
		}, got.Values)
		require.Equal(t, 3, got.CommentCount)
		require.Equal(t, "Azure Sentinel", got.ProviderName)
		require.Equal(t, `"0300bf09-0000-0000-0000-5c37296e0001"`, got.Etag, "with its inner quotes")
		require.False(t, IsFromDefender(got))
	}
}

func TestWhoMadeAnIncidentIsToldByItsProvider(t *testing.T) {
	for provider, want := range map[string]bool{
		"Microsoft XDR": true, "microsoft 365 defender": true, "Azure Sentinel": false, "": false,
	} {
		require.Equal(t, want, IsFromDefender(incident.Snapshot{ProviderName: provider}), provider)
	}
}
