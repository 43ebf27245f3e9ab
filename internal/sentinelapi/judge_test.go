package sentinelapi

import (
	"context"
	"net/http"
	"testing"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	insights "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/securityinsights/armsecurityinsights/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/securityinsights/armsecurityinsights/v2/fake"
	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

// judge is Microsoft's own fake server behind our client. It parses paths,
// queries and bodies by the specification, and writes its answers by it.
type judge struct {
	t    *testing.T
	held *insights.Incident
	// options, comment and relation are what came last.
	options  *insights.IncidentsClientListOptions
	comment  insights.IncidentComment
	relation insights.Relation
}

// client sends every request to the judge, under the name that its server knows
// the operation by.
func (j *judge) client() *Client {
	transport := fake.NewServerFactoryTransport(&fake.ServerFactory{
		IncidentsServer: fake.IncidentsServer{
			NewListPager: j.list, Get: j.get, CreateOrUpdate: j.put,
		},
		IncidentCommentsServer:  fake.IncidentCommentsServer{NewListPager: j.comments, CreateOrUpdate: j.putComment},
		IncidentRelationsServer: fake.IncidentRelationsServer{NewListPager: j.relations, CreateOrUpdate: j.putRelation},
		DataConnectorsServer:    fake.DataConnectorsServer{NewListPager: j.connectors},
	})
	c, _ := clients(j.t, nil, func(req *http.Request) (*http.Response, error) {
		operation, _ := req.Context().Value(operationKey{}).(string)
		return transport.Do(req.WithContext(context.WithValue(req.Context(), runtime.CtxAPINameKey{}, operation)))
	})
	return c
}

type operationKey struct{}

func (j *judge) as(operation string) context.Context {
	return context.WithValue(j.t.Context(), operationKey{}, operation)
}

func (j *judge) list(group, workspace string, options *insights.IncidentsClientListOptions) (page azfake.PagerResponder[insights.IncidentsClientListResponse]) {
	require.Equal(j.t, "soc", group)
	require.Equal(j.t, "soc", workspace)
	j.options = options
	page.AddPage(http.StatusOK, insights.IncidentsClientListResponse{IncidentList: insights.IncidentList{Value: []*insights.Incident{j.held}}}, nil)
	return page
}

func (j *judge) get(_ context.Context, _, _, _ string, _ *insights.IncidentsClientGetOptions) (resp azfake.Responder[insights.IncidentsClientGetResponse], e azfake.ErrorResponder) {
	resp.SetResponse(http.StatusOK, insights.IncidentsClientGetResponse{Incident: *j.held}, nil)
	return resp, e
}

func (j *judge) put(_ context.Context, _, _, id string, sent insights.Incident, _ *insights.IncidentsClientCreateOrUpdateOptions) (resp azfake.Responder[insights.IncidentsClientCreateOrUpdateResponse], e azfake.ErrorResponder) {
	status := http.StatusOK
	if j.held == nil {
		status = http.StatusCreated
	} else {
		require.Equal(j.t, j.held.Etag, sent.Etag)
	}
	etag, modified := `"e`+id+`"`, at("2026-01-02T03:04:05.1234567Z")
	sent.Name, sent.Etag = &id, &etag
	sent.Properties.LastModifiedTimeUTC = &modified
	j.held = &sent
	resp.SetResponse(status, insights.IncidentsClientCreateOrUpdateResponse{Incident: sent}, nil)
	return resp, e
}

func (j *judge) comments(_, _, _ string, _ *insights.IncidentCommentsClientListOptions) (page azfake.PagerResponder[insights.IncidentCommentsClientListResponse]) {
	page.AddPage(http.StatusOK, insights.IncidentCommentsClientListResponse{IncidentCommentList: insights.IncidentCommentList{Value: []*insights.IncidentComment{&j.comment}}}, nil)
	return page
}

func (j *judge) putComment(_ context.Context, _, _, _, id string, sent insights.IncidentComment, _ *insights.IncidentCommentsClientCreateOrUpdateOptions) (resp azfake.Responder[insights.IncidentCommentsClientCreateOrUpdateResponse], e azfake.ErrorResponder) {
	sent.Name = &id
	j.comment = sent
	resp.SetResponse(http.StatusCreated, insights.IncidentCommentsClientCreateOrUpdateResponse{IncidentComment: sent}, nil)
	return resp, e
}

func (j *judge) relations(_, _, _ string, _ *insights.IncidentRelationsClientListOptions) (page azfake.PagerResponder[insights.IncidentRelationsClientListResponse]) {
	page.AddPage(http.StatusOK, insights.IncidentRelationsClientListResponse{RelationList: insights.RelationList{Value: []*insights.Relation{&j.relation}}}, nil)
	return page
}

func (j *judge) putRelation(_ context.Context, _, _, _, id string, sent insights.Relation, _ *insights.IncidentRelationsClientCreateOrUpdateOptions) (resp azfake.Responder[insights.IncidentRelationsClientCreateOrUpdateResponse], e azfake.ErrorResponder) {
	sent.Name = &id
	j.relation = sent
	resp.SetResponse(http.StatusOK, insights.IncidentRelationsClientCreateOrUpdateResponse{Relation: sent}, nil)
	return resp, e
}

func (j *judge) connectors(_, _ string, _ *insights.DataConnectorsClientListOptions) (page azfake.PagerResponder[insights.DataConnectorsClientListResponse]) {
	kind, tenant, state := insights.DataConnectorKindMicrosoftThreatProtection, name, insights.DataTypeStateEnabled
	page.AddPage(http.StatusOK, insights.DataConnectorsClientListResponse{DataConnectorList: insights.DataConnectorList{
		Value: []insights.DataConnectorClassification{&insights.MTPDataConnector{
			Kind: &kind, Properties: &insights.MTPDataConnectorProperties{
				TenantID:  &tenant,
				DataTypes: &insights.MTPDataConnectorDataTypes{Incidents: &insights.MTPDataConnectorDataTypesIncidents{State: &state}},
			},
		}},
	}}, nil)
	return page
}

func TestMicrosoftsFakeServerTakesOurIncidents(t *testing.T) {
	j := &judge{t: t}
	c := j.client()
	body, err := sentinel.IncidentBody(nil, newOne())
	require.NoError(t, err)
	made, err := c.PutIncident(j.as("IncidentsClient.CreateOrUpdate"), name, body)
	s := snapshot(t, made, err)
	require.True(t, made.Created)
	require.Equal(t, incident.Values{"New", "", "jane@provider.test", "High", "a\x1fb", "t", "d"}, s.Values)
	require.Equal(t, "defender:4711@t", *j.held.Properties.Labels[0].LabelName)
	require.Equal(t, at("2026-01-02T03:04:05Z"), *j.held.Properties.FirstActivityTimeUTC)

	body, err = sentinel.IncidentBody(made.Body, sentinel.Change{Values: map[incident.Field]incident.Value{
		incident.FieldStatus: "Closed", incident.FieldVerdict: "BenignPositive/SuspiciousButExpected", incident.FieldOwner: "id:" + other,
	}})
	require.NoError(t, err)
	answer, err := c.PutIncident(j.as("IncidentsClient.CreateOrUpdate"), name, body)
	require.NoError(t, err)
	require.False(t, answer.Created)
	p := j.held.Properties
	require.Equal(t, insights.IncidentStatusClosed, *p.Status)
	require.Equal(t, insights.IncidentClassificationBenignPositive, *p.Classification)
	require.Equal(t, insights.IncidentClassificationReasonSuspiciousButExpected, *p.ClassificationReason)
	require.Equal(t, other, *p.Owner.ObjectID)
	require.Equal(t, "d", *p.Description)
	require.Len(t, p.Labels, 3)

	got, err := c.GetIncident(j.as("IncidentsClient.Get"), name)
	require.Equal(t, incident.Value("Closed"), snapshot(t, got, err).Values[incident.FieldStatus])

	answer, err = c.ListIncidents(j.as("IncidentsClient.NewListPager"), Query{From: at("2026-01-01T00:00:00Z"), Status: "New", Top: 7})
	require.NoError(t, err)
	page, err := sentinel.ReadPage(answer.Body)
	require.NoError(t, err)
	require.Equal(t, name, page.Incidents[0].Name)
	require.Equal(t, "properties/lastModifiedTimeUtc ge 2026-01-01T00:00:00Z and properties/status eq 'New'", *j.options.Filter)
	require.Equal(t, "properties/lastModifiedTimeUtc asc", *j.options.Orderby)
	require.Equal(t, int32(7), *j.options.Top)
}

func TestMicrosoftsFakeServerTakesOurCommentsAndRelations(t *testing.T) {
	j := &judge{t: t}
	c := j.client()
	body, err := sentinel.CommentBody("text")
	require.NoError(t, err)
	_, err = c.PutComment(j.as("IncidentCommentsClient.CreateOrUpdate"), name, other, body)
	require.NoError(t, err)
	require.Equal(t, "text", *j.comment.Properties.Message)
	answer, err := c.ListComments(j.as("IncidentCommentsClient.NewListPager"), name)
	require.NoError(t, err)
	comments, _, err := sentinel.ReadComments(answer.Body)
	require.NoError(t, err)
	require.Equal(t, []incident.Comment{{Name: other, Text: "text"}}, comments)

	body, err = sentinel.RelationBody(workspace().AlertID(other))
	require.NoError(t, err)
	_, err = c.PutRelation(j.as("IncidentRelationsClient.CreateOrUpdate"), name, other, body)
	require.NoError(t, err)
	require.Equal(t, workspace().AlertID(other), *j.relation.Properties.RelatedResourceID)
	answer, err = c.ListRelations(j.as("IncidentRelationsClient.NewListPager"), name)
	require.NoError(t, err)
	relations, _, err := sentinel.ReadRelations(answer.Body)
	require.NoError(t, err)
	require.Equal(t, []sentinel.Relation{{Name: other, AlertID: other}}, relations)

	answer, err = c.ListConnectors(j.as("DataConnectorsClient.NewListPager"))
	require.NoError(t, err)
	connectors, _, err := sentinel.ReadConnectors(answer.Body)
	require.NoError(t, err)
	require.Equal(t, []sentinel.Connector{{Kind: "MicrosoftThreatProtection", TenantID: name, Incidents: true}}, connectors)
}
