package sentinel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

func TestAWorkspaceHasOneSpelling(t *testing.T) {
	const want = "/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/soc_(1).a/providers/Microsoft.OperationalInsights/workspaces/so-c"
	for _, text := range []string{
		want, strings.ToUpper(want), strings.ToLower(want), want + "/",
		"/Subscriptions/00000000-0000-4000-8000-0000000000AA/resourcegroups/SOC_(1).a/providers/microsoft.operationalinsights/workspaces/So-C",
	} {
		w, err := ParseWorkspace(text)
		require.NoError(t, err)
		require.Equal(t, want, w.String())
	}
	w, err := ParseWorkspace(want)
	require.NoError(t, err)
	require.Equal(t, "00000000-0000-4000-8000-0000000000aa", w.Subscription)
	require.Equal(t, want+"/providers/Microsoft.SecurityInsights/entities/a", w.AlertID("a"))
	for _, text := range []string{
		"", "soc", strings.TrimPrefix(want, "/"), want + "/providers/x", want + "?a", want + "-", want + strings.Repeat("c", 90),
		strings.Replace(want, "resourceGroups/soc_(1).a", "resourceGroups/..%2Fx", 1), strings.Replace(want, "000000aa", "000000xx", 1),
		strings.Replace(want, "resourceGroups/soc_(1).a", "resourceGroups/a/b", 1), "https://management.azure.com" + want,
		strings.Replace(want, "Microsoft.Op", "MicrosoftxOp", 1),
	} {
		_, err := ParseWorkspace(text)
		require.ErrorContains(t, err, "a workspace's resource id", text)
	}
}

func TestCommentsAreWrittenAndRead(t *testing.T) {
	body, err := CommentBody("a \"b\"\n<c>")
	require.NoError(t, err)
	require.Equal(t, `{"properties":{"message":"a \"b\"\n<c>"}}`, string(body))
	_, err = CommentBody(strings.Repeat("é", incident.CommentCharsMax))
	require.NoError(t, err)
	for _, text := range []string{"", strings.Repeat("é", incident.CommentCharsMax+1)} {
		_, err = CommentBody(text)
		require.ErrorContains(t, err, "write comment: it must have 1 to 30000 characters")
	}

	page, next, err := ReadComments([]byte(`{"value":` + someComments + `,"nextLink":"https://x/y z"}`))
	require.NoError(t, err)
	require.Equal(t, "https://x/y z", next)
	require.Equal(t, []string{"first", "second"}, []string{page[0].Text, page[1].Text})

	for _, status := range []string{"200", "201"} {
		page, _, err := ReadComments([]byte(`{"value":[` + published(t, "incident-comment-put.json", status) + `]}`))
		require.NoError(t, err)
		c := page[0]
		require.Equal(t, "4bb36b7b-26ff-4d1c-9cbe-0d8ab3da0014", c.Name)
		require.Equal(t, "john doe", c.Author)
		require.Equal(t, "Some message", c.Text)
		require.Equal(t, "2019-01-01T13:15:30Z", c.Created.Format("2006-01-02T15:04:05Z07:00"))
	}
	sent, err := CommentBody("Some message")
	require.NoError(t, err)
	require.JSONEq(t, published(t, "incident-comment-put.json", ""), string(sent))
}

func TestRelationsAreWrittenAndRead(t *testing.T) {
	body, err := RelationBody(origin.Workspace.AlertID("2216D0E1-91e3-4902-89fd-d2df8c535096"))
	require.NoError(t, err)
	require.Equal(t, `{"properties":{"relatedResourceId":"/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc/providers/Microsoft.SecurityInsights/entities/2216D0E1-91e3-4902-89fd-d2df8c535096"}}`, string(body))
	page, next, err := ReadRelations([]byte(`{"nextLink":null,"value":[
		{"name":"r1","properties":{"relatedResourceId":"/subscriptions/s/providers/Microsoft.SecurityInsights/Entities/2216D0E1","relatedResourceKind":"SecurityAlert"}},
		{"name":"r2","properties":{"relatedResourceId":"/subscriptions/s/bookmarks/b","relatedResourceKind":"Bookmark"}},
		{"name":"r3","properties":{"relatedResourceId":"entities"}},{"name":"r4"}]}`))
	require.NoError(t, err)
	require.Empty(t, next)
	require.Equal(t, []Relation{{"r1", "2216d0e1"}, {"r2", ""}, {"r3", ""}, {"r4", ""}}, page)
}

func TestConnectorsSayWhoseIncidentsTheyBring(t *testing.T) {
	page, _, err := ReadConnectors([]byte(`{"value":[
		{"kind":"MicrosoftThreatProtection","properties":{"tenantId":"AAAA","dataTypes":{"incidents":{"state":"Enabled"},"alerts":{"state":"disabled"}}}},
		{"kind":"microsoftthreatprotection","properties":{"tenantId":"bbbb","dataTypes":{"incidents":{"state":"disabled"}}}},
		{"kind":"AzureActiveDirectory","properties":{"tenantId":"cccc","dataTypes":{"alerts":{"state":"enabled"}}}},
		{"kind":"Odd","properties":{"dataTypes":["x"]}},{}]}`))
	require.NoError(t, err)
	require.Equal(t, []Connector{
		{"MicrosoftThreatProtection", "aaaa", true}, {"microsoftthreatprotection", "bbbb", false}, {"AzureActiveDirectory", "cccc", false}, {Kind: "Odd"}, {},
	}, page)
	require.True(t, page[0].BringsDefender())
	require.False(t, page[1].BringsDefender())
	require.False(t, Connector{Kind: "Other", Incidents: true}.BringsDefender())
}

func TestAListThatIsNoneIsAnError(t *testing.T) {
	for text, want := range map[string]string{
		``: "not JSON", `{"value":[`: "not JSON", `[]`: "not JSON", `{}`: "value: missing", `{"value":null}`: "value: missing",
		`{"value":{}}`: "value: not an array", `{"value":["geheim"]}`: "value: holds something else than objects",
	} {
		_, _, err := ReadComments([]byte(text))
		require.ErrorContains(t, err, want, text)
		_, _, err = ReadRelations([]byte(text))
		require.ErrorContains(t, err, want, text)
		_, _, err = ReadConnectors([]byte(text))
		require.ErrorContains(t, err, want, text)
		_, err = ReadPage([]byte(text))
		require.Error(t, err, text)
		require.NotContains(t, err.Error(), "geheim")
		_, _, err = RawComments([]byte(text))
		require.ErrorContains(t, err, want, text)
		_, err = ReadIncident([]byte(text))
		if text != `{}` && !strings.HasPrefix(text, `{"value":n`) && !strings.HasSuffix(text, "}") {
			require.Error(t, err, text)
		}
	}
	_, _, err := ReadComments([]byte(`{"value":[{"properties":{"message":["geheim"]}}]}`))
	require.EqualError(t, err, "read incident: value[0].properties.message: not a text")
	_, _, err = ReadComments([]byte(`{"value":[{"properties":{"createdTimeUtc":"geheim"}}]}`))
	require.EqualError(t, err, "read incident: value[0].properties.createdTimeUtc: not a time")
}

const wantQuery = `SecurityAlert
| where TimeGenerated > ago(14d)
| extend Details = parse_json(tostring(parse_json(ExtendedProperties)["Custom Details"]))
| extend DefenderTenantId = tostring(Details.DefenderTenantId[0]), DefenderIncidentId = tostring(Details.DefenderIncidentId[0]), DefenderAlertId = tostring(Details.DefenderAlertId[0])
| where DefenderTenantId == "t-1" and DefenderAlertId in ("da1", "da637_-2")
| summarize arg_max(TimeGenerated, *) by SystemAlertId
| project SystemAlertId, DefenderTenantId, DefenderIncidentId, DefenderAlertId, AlertType, ProviderName`

func TestTheQueryNamesPlainIdsOnly(t *testing.T) {
	query, ok := AlertsQuery("t-1", []string{"da1", `x" or 1==1 //`, "", "da637_-2", "a\nb", strings.Repeat("x", 201)}, 14)
	require.True(t, ok)
	require.Equal(t, wantQuery, query)
	for _, ids := range [][]string{nil, {`"`}} {
		_, ok = AlertsQuery("t-1", ids, 14)
		require.False(t, ok)
	}
	_, ok = AlertsQuery(`"`, []string{"da1"}, 14)
	require.False(t, ok)
	many := make([]string, 2*AlertsQueryMax)
	for i := range many {
		many[i] = "a"
	}
	query, _ = AlertsQuery("t", many, 0)
	require.Equal(t, AlertsQueryMax, strings.Count(query, `"a"`))
	require.Contains(t, query, "ago(1d)")
	body, err := QueryBody("a | b > \"c\"")
	require.NoError(t, err)
	require.Equal(t, `{"query":"a | b > \"c\""}`, string(body))
}

func TestTheAnswerToTheQueryIsReadByColumnName(t *testing.T) {
	got, err := ReadRuleAlerts([]byte(`{"tables":[{"name":"PrimaryResult","columns":[{"name":"DefenderAlertId","type":"string"},{"name":"SystemAlertId","type":"string"},
		{"name":"Other","type":"long"},{"name":"DefenderTenantId","type":"string"},{"name":"DefenderIncidentId","type":"string"},{"name":"AlertType","type":"string"},{"name":"ProviderName","type":"string"}],
		"rows":[["da1","2216D0E1",7,"AAAA","4711","ws_rule","ASI Scheduled Alerts"],["da2",null,7],["da3","b"],[]]},{"name":"Statistics","columns":[],"rows":[[1]]}]}`))
	require.NoError(t, err)
	require.Equal(t, []RuleAlert{
		{"2216d0e1", "aaaa", "4711", "da1", "ws_rule", "ASI Scheduled Alerts"}, {SystemAlertID: "b", AlertID: "da3"},
	}, got)
	for text, want := range map[string]string{
		`{}`: "tables: missing", `{"tables":[{"rows":{}}]}`: "tables[0].rows: not an array", `{"tables":[{"rows":[{}]}]}`: "holds something else than arrays",
		`{"tables":[{"columns":[1],"rows":[]}]}`: "columns: holds something else", `[`: "not JSON",
	} {
		_, err := ReadRuleAlerts([]byte(text))
		require.ErrorContains(t, err, want)
	}
}
