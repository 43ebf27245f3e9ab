package sentinelapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// write sends a change of the incident as it is now, read if it is there.
func write(t *testing.T, c *Client, name string, change sentinel.Change) (Answer, error) {
	t.Helper()
	current, err := c.GetIncident(t.Context(), name)
	if err != nil {
		current = Answer{}
	}
	body, err := sentinel.IncidentBody(current.Body, change)
	require.NoError(t, err)
	return c.PutIncident(t.Context(), name, body)
}

// newOne is what an incident needs to be created.
func newOne() sentinel.Change {
	return sentinel.Change{
		Values: map[incident.Field]incident.Value{
			incident.FieldTitle: "t", incident.FieldStatus: "New", incident.FieldSeverity: "High",
			incident.FieldTags: "a\x1fb", incident.FieldDescription: "d", incident.FieldOwner: "jane@provider.test",
		},
		Labels:        []string{"defender:4711@t"},
		FirstActivity: at("2026-01-02T03:04:05Z"), LastActivity: at("2026-01-02T03:04:06.1234567Z"),
	}
}

func snapshot(t *testing.T, answer Answer, err error) incident.Snapshot {
	t.Helper()
	require.NoError(t, err)
	s, err := sentinel.ReadSnapshot(answer.Body)
	require.NoError(t, err)
	return s
}

func TestTheEmulatorTakesEveryChange(t *testing.T) {
	c, _ := clients(t, nil, nil)
	made, err := write(t, c, name, newOne())
	s := snapshot(t, made, err)
	require.True(t, made.Created)
	require.Equal(t, incident.Values{"New", "", "jane@provider.test", "High", "a\x1fb", "t", "d"}, s.Values)
	require.Contains(t, s.Labels, "defender:4711@t")
	require.Equal(t, at("2026-01-02T03:04:06.1234567Z"), s.LastActivity)
	require.False(t, sentinel.IsFromDefender(s))

	want := s.Values
	for _, change := range []struct {
		field incident.Field
		value incident.Value
	}{
		{incident.FieldStatus, "Active"},
		{incident.FieldVerdict, "FalsePositive/IncorrectAlertLogic"},
		{incident.FieldOwner, ""},
		{incident.FieldOwner, "joe@provider.test"},
		{incident.FieldSeverity, "Informational"},
		{incident.FieldTags, "c"},
		{incident.FieldTitle, "another"},
		{incident.FieldDescription, ""},
		{incident.FieldStatus, "Closed"},
		{incident.FieldVerdict, ""},
		{incident.FieldStatus, "New"},
	} {
		want[change.field] = change.value
		answer, err := write(t, c, name, sentinel.Change{Values: map[incident.Field]incident.Value{change.field: change.value}})
		require.Equal(t, want, snapshot(t, answer, err).Values, "%s %q", change.field, change.value)
		require.False(t, answer.Created)
		got, err := c.GetIncident(t.Context(), name)
		s = snapshot(t, got, err)
		require.Equal(t, want, s.Values)
		require.Contains(t, s.Labels, "defender:4711@t", "ours stays")
	}
	_, err = c.GetIncident(t.Context(), other)
	var e *azure.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, 404, e.Status)
	require.Empty(t, e.Reason)
	require.Equal(t, azure.ClassPermanent, e.Class)
}

func TestAStaleEtagIsAConflict(t *testing.T) {
	c, _ := clients(t, nil, nil)
	made, err := write(t, c, name, newOne())
	require.NoError(t, err)
	body, err := sentinel.IncidentBody(made.Body, sentinel.Change{Values: map[incident.Field]incident.Value{incident.FieldStatus: "Active"}})
	require.NoError(t, err)
	_, err = c.PutIncident(t.Context(), name, body)
	require.NoError(t, err)
	_, err = c.PutIncident(t.Context(), name, body)
	require.EqualError(t, err, "put incident: 409 Conflict, request "+requestOf(err))
	require.Equal(t, azure.ClassConflictETag, azure.ClassOf(err))
	created, err := sentinel.IncidentBody(nil, newOne())
	require.NoError(t, err)
	_, err = c.PutIncident(t.Context(), name, created)
	require.Equal(t, azure.ClassConflictETag, azure.ClassOf(err), "to create what is there is one too")
}

func requestOf(err error) string { return err.Error()[strings.LastIndex(err.Error(), " ")+1:] }

func TestCommentsAreTakenOnceUnderTheirName(t *testing.T) {
	c, _ := clients(t, nil, nil)
	_, err := write(t, c, name, newOne())
	require.NoError(t, err)
	body, err := sentinel.CommentBody("text")
	require.NoError(t, err)
	for i := range 2 {
		answer, err := c.PutComment(t.Context(), name, other, body)
		require.NoError(t, err)
		require.Equal(t, i == 0, answer.Created)
	}
	answer, err := c.ListComments(t.Context(), name)
	require.NoError(t, err)
	page, next, err := sentinel.ReadComments(answer.Body)
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, page, 1)
	require.Equal(t, other, page[0].Name)
	got, err := c.GetIncident(t.Context(), name)
	require.Equal(t, 1, snapshot(t, got, err).CommentCount)
}

func TestPagesOfCommentsAreFollowed(t *testing.T) {
	c, _ := clients(t, emulatorWith(t, emulator.Fault{Kind: emulator.FaultTinyPages, Rows: 2}), nil)
	_, err := write(t, c, name, newOne())
	require.NoError(t, err)
	for i := range 5 {
		body, err := sentinel.CommentBody(fmt.Sprint(i))
		require.NoError(t, err)
		_, err = c.PutComment(t.Context(), name, fmt.Sprintf("0b6f1c52-9a4e-5d17-8e63-2f7041d8a%03d", i), body)
		require.NoError(t, err)
	}
	var texts []string
	answer, err := c.ListComments(t.Context(), name)
	for {
		require.NoError(t, err)
		page, next, err := sentinel.ReadComments(answer.Body)
		require.NoError(t, err)
		for _, comment := range page {
			texts = append(texts, comment.Text)
		}
		if next == "" {
			break
		}
		answer, err = c.NextComments(t.Context(), name, next)
		require.NoError(t, err)
	}
	require.ElementsMatch(t, []string{"0", "1", "2", "3", "4"}, texts)
}

func TestPagesOfIncidentsAreFollowedThroughBareLinks(t *testing.T) {
	c, _ := clients(t, emulatorWith(t, emulator.Fault{Kind: emulator.FaultTinyPages, Rows: 3}), nil)
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprintf("0b6f1c52-9a4e-5d17-8e63-2f7041d8a%03d", i))
		_, err := write(t, c, want[i], newOne())
		require.NoError(t, err)
	}
	var got []string
	answer, err := c.ListIncidents(t.Context(), Query{From: time.Now().Add(-time.Hour), Status: "New", Top: 100})
	for followed := 0; ; followed++ {
		require.NoError(t, err)
		page, err := sentinel.ReadPage(answer.Body)
		require.NoError(t, err)
		for _, i := range page.Incidents {
			got = append(got, i.Name)
			require.NotEmpty(t, i.Etag)
		}
		if page.NextLink == "" {
			require.Greater(t, followed, 1)
			break
		}
		require.Contains(t, page.NextLink, " ", "the service leaves blanks bare")
		answer, err = c.NextIncidents(t.Context(), page.NextLink)
		require.NoError(t, err)
	}
	require.Equal(t, want, got, "in the order of modification")
	answer, err = c.ListIncidents(t.Context(), Query{Newest: true, Top: 1})
	require.NoError(t, err)
	page, err := sentinel.ReadPage(answer.Body)
	require.NoError(t, err)
	require.Equal(t, want[9], page.Incidents[0].Name)
}

func TestConnectorsTellWhoseIncidentsAWorkspaceHas(t *testing.T) {
	e := emulatorWith(t)
	require.NoError(t, e.PutWorkspaces(emulator.Workspace{ResourceID: emulator.DefaultWorkspace, State: emulator.WorkspaceConnected}))
	for _, tt := range []struct {
		emulator *emulator.Emulator
		want     []sentinel.Connector
	}{
		{nil, nil},
		{e, []sentinel.Connector{{Kind: "MicrosoftThreatProtection", TenantID: emulator.DefaultWorkspaceTenant, Incidents: true}}},
	} {
		c, _ := clients(t, tt.emulator, nil)
		answer, err := c.ListConnectors(t.Context())
		require.NoError(t, err)
		page, _, err := sentinel.ReadConnectors(answer.Body)
		require.NoError(t, err)
		require.Equal(t, tt.want, page)
	}
}

// upload puts a row of an alert in, as the exporter of tables would.
func upload(t *testing.T, e *emulator.Emulator, row string) {
	t.Helper()
	dcrs, err := emulator.DefaultDCRs()
	require.NoError(t, err)
	config := azure.NewDefaultConfig()
	config.Cloud, config.Hosts = azure.CloudCustom, azure.Hosts{Login: origin, Ingestion: "https://monitor.azure.com"}
	config.Credential = azure.CredentialConfig{ClientSecret: configoptional.Some(azure.ClientSecretConfig{ClientID: name, Secret: emulator.Secret})}
	k, err := azure.Connect(t.Context(), azure.ConnectSettings{
		Config: config, Telemetry: componenttest.NewNopTelemetrySettings(), RoundTripper: emulator.Transport(e.Handler()),
	})
	require.NoError(t, err)
	rows, err := k.Ingestion(emulator.DefaultWorkspaceTenant, azure.CredentialConfig{}, origin)
	require.NoError(t, err)
	req, err := runtime.NewRequest(t.Context(), http.MethodPost, origin+"/dataCollectionRules/"+dcrs[0].ID+"/streams/Custom-DefenderAlert?api-version=2023-01-01")
	require.NoError(t, err)
	require.NoError(t, req.SetBody(streaming.NopCloser(strings.NewReader(row)), "application/json"))
	resp, err := rows.Do("upload", req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}

func TestAnAlertOfTheRuleIsFoundAndRelated(t *testing.T) {
	e, err := emulator.New(emulator.Settings{RuleDelay: time.Nanosecond})
	require.NoError(t, err)
	const tenant = "00000000-0000-4000-8000-000000000001"
	upload(t, e, `[{"SourceCloud":"public","SourceTenantId":"`+tenant+`","IncidentId":"4711","AlertId":"da1","AlertName":"n","AlertSeverity":"High"}]`)
	c, l := clients(t, e, nil)
	query, ok := sentinel.AlertsQuery(tenant, []string{"da1", "da2"}, 14)
	require.True(t, ok)
	body, err := sentinel.QueryBody(query)
	require.NoError(t, err)
	answer, err := l.Query(t.Context(), body)
	require.NoError(t, err)
	found, err := sentinel.ReadRuleAlerts(answer.Body)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, [3]string{tenant, "4711", "da1"}, [3]string{found[0].TenantID, found[0].IncidentID, found[0].AlertID})
	require.Equal(t, "ASI Scheduled Alerts", found[0].Provider)

	_, err = write(t, c, name, newOne())
	require.NoError(t, err)
	relation, err := sentinel.RelationBody(workspace().AlertID(found[0].SystemAlertID))
	require.NoError(t, err)
	_, err = c.PutRelation(t.Context(), name, other, relation)
	require.NoError(t, err)
	answer, err = c.ListRelations(t.Context(), name)
	require.NoError(t, err)
	page, _, err := sentinel.ReadRelations(answer.Body)
	require.NoError(t, err)
	require.Equal(t, []sentinel.Relation{{Name: other, AlertID: found[0].SystemAlertID}}, page)

	absent, err := sentinel.RelationBody(workspace().AlertID(other))
	require.NoError(t, err)
	_, err = c.PutRelation(t.Context(), name, name, absent)
	require.Equal(t, azure.ClassPermanent, azure.ClassOf(err), "no such alert yet")
}

func TestTheEmulatorsFaultsAreUnderstood(t *testing.T) {
	for _, tt := range []struct {
		fault  emulator.Fault
		class  azure.Class
		status int
		remedy string
	}{
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 500, Service: "arm"}, azure.ClassRetryable, 500, ""},
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "30", Service: "arm"}, azure.ClassThrottled, 429, ""},
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 503, Body: "html", Service: "arm"}, azure.ClassRetryable, 503, ""},
		{emulator.Fault{Kind: emulator.FaultCut, Service: "arm"}, azure.ClassRetryable, 0, ""},
		{emulator.Fault{Kind: emulator.FaultCut, Service: "arm", Bytes: 10}, azure.ClassRetryable, 0, ""},
		{emulator.Fault{Kind: emulator.FaultWithdrawRoles}, azure.ClassMisconfigured, 403, "Microsoft Sentinel Responder"},
	} {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			c, _ := clients(t, emulatorWith(t, tt.fault), nil)
			_, err := c.ListIncidents(t.Context(), Query{})
			var e *azure.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.class, e.Class, err)
			require.Equal(t, tt.status, e.Status)
			require.Contains(t, azure.Remedy(err), tt.remedy)
		})
	}
	_, l := clients(t, emulatorWith(t, emulator.Fault{Kind: emulator.FaultWithdrawRoles}), nil)
	_, err := l.Query(t.Context(), []byte(`{"query":"x"}`))
	require.Contains(t, azure.Remedy(err), "Log Analytics Reader")
	_, l = clients(t, nil, nil)
	_, err = l.Query(t.Context(), []byte(`{"query":"x"}`))
	require.Equal(t, azure.ClassPermanent, azure.ClassOf(err))

	c, _ := clients(t, nil, nil)
	c.root = strings.Replace(c.root, "workspaces/soc", "workspaces/none", 1)
	_, err = c.GetIncident(t.Context(), name)
	require.Contains(t, azure.Remedy(err), "resource id")
	require.Equal(t, azure.ClassMisconfigured, azure.ClassOf(err))
}
