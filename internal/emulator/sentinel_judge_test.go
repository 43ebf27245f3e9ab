package emulator_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	insightsclient "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/securityinsights/armsecurityinsights/v2"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// signIn is a credential that signs in at the lab's emulator.
type signIn struct{ lab *lab }

func (s signIn) GetToken(_ context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token := s.lab.token(emulator.DefaultWorkspaceTenant, options.Scopes[0])
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// judge is Microsoft's own client, made to talk to a lab's emulator.
type judge struct {
	*lab
	factory *insightsclient.ClientFactory
	ctx     context.Context
}

func newJudge(t *testing.T) judge {
	t.Helper()
	l := newLab(t, emulator.Settings{})
	subscription := strings.Split(emulator.DefaultWorkspace, "/")[2]
	factory, err := insightsclient.NewClientFactory(subscription, signIn{l}, &arm.ClientOptions{ClientOptions: policy.ClientOptions{
		Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: base, Audience: "https://management.azure.com"},
		}},
		Transport: &http.Client{Transport: emulator.NewTransport(l.e)},
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return judge{l, factory, t.Context()}
}

func (j judge) must(err error) {
	j.Helper()
	if err != nil {
		j.Fatal(err)
	}
}

// status wants an error of the service.
func (j judge) status(what string, err error, status int, code string) {
	j.Helper()
	var failed *azcore.ResponseError
	if !errors.As(err, &failed) || failed.StatusCode != status || failed.ErrorCode != code {
		j.Errorf("%s: want %d %s, got %v", what, status, code, err)
	}
}

func newIncident(title string) insightsclient.Incident {
	return insightsclient.Incident{Properties: &insightsclient.IncidentProperties{
		Title: &title, Severity: to.Ptr(insightsclient.IncidentSeverityHigh), Status: to.Ptr(insightsclient.IncidentStatusNew),
		Description: to.Ptr("d"), FirstActivityTimeUTC: to.Ptr(time.Date(2026, 1, 1, 1, 2, 3, 0, time.UTC)),
		Labels: []*insightsclient.IncidentLabel{{LabelName: to.Ptr("a & b")}},
		Owner:  &insightsclient.IncidentOwnerInfo{UserPrincipalName: to.Ptr("jane@contoso.com")},
	}}
}

func TestMicrosoftsClientWritesIncidents(t *testing.T) {
	j := newJudge(t)
	incidents := j.factory.NewIncidentsClient()
	made, err := incidents.CreateOrUpdate(j.ctx, "soc", "soc", guid, newIncident("A"), nil)
	j.must(err)
	j.equal("made", []any{*made.Properties.Title, *made.Properties.IncidentNumber, *made.Properties.ProviderName, *made.Properties.Owner.AssignedTo, *made.Properties.Labels[0].LabelName, made.Properties.FirstActivityTimeUTC.Format(time.RFC3339)},
		[]any{"A", 1, "Azure Sentinel", "jane", "a & b", "2026-01-01T01:02:03Z"})
	got, err := incidents.Get(j.ctx, "soc", "soc", guid, nil)
	j.must(err)
	j.equal("got", []any{*got.Etag, *got.ID, got.Properties.CreatedTimeUTC.UTC()}, []any{*made.Etag, *made.ID, j.now})
	change := got.Incident
	change.Properties.Status = to.Ptr(insightsclient.IncidentStatusClosed)
	change.Properties.Classification = to.Ptr(insightsclient.IncidentClassificationFalsePositive)
	_, err = incidents.CreateOrUpdate(j.ctx, "soc", "soc", guid, change, nil)
	j.status("no reason", err, 400, "BadRequest")
	change.Properties.ClassificationReason = to.Ptr(insightsclient.IncidentClassificationReasonInaccurateData)
	closed, err := incidents.CreateOrUpdate(j.ctx, "soc", "soc", guid, change, nil)
	j.must(err)
	j.equal("closed, the rest kept", []any{*closed.Properties.Status, *closed.Properties.Owner.UserPrincipalName, *closed.Properties.Description, *closed.Etag != *got.Etag}, []any{"Closed", "jane@contoso.com", "d", true})
	_, err = incidents.CreateOrUpdate(j.ctx, "soc", "soc", guid, change, nil)
	j.status("a stale etag", err, 409, "Conflict")
	_, err = incidents.Delete(j.ctx, "soc", "soc", guid, nil)
	j.must(err)
	_, err = incidents.Delete(j.ctx, "soc", "soc", guid, nil)
	j.must(err)
	_, err = incidents.Get(j.ctx, "soc", "soc", guid, nil)
	j.status("gone", err, 404, "NotFound")
	_, err = incidents.Get(j.ctx, "soc", "elsewhere", guid, nil)
	j.status("no workspace", err, 404, "ResourceNotFound")
}

func TestMicrosoftsClientPagesThroughIncidents(t *testing.T) {
	j := newJudge(t)
	j.many(37)
	pager := j.factory.NewIncidentsClient().NewListPager("soc", "soc", &insightsclient.IncidentsClientListOptions{
		Filter: to.Ptr("properties/createdTimeUtc ge 2026-01-02T12:00:01Z and properties/status eq 'New'"), Orderby: to.Ptr(byModifiedAsc), Top: to.Ptr[int32](10),
	})
	names, pages := []string{}, 0
	for pager.More() {
		page, err := pager.NextPage(j.ctx)
		j.must(err)
		for _, i := range page.Value {
			names = append(names, *i.Name)
		}
		pages++
	}
	j.equal("all in order", []any{len(names), slices.IsSorted(names), names[0], pages > 4}, []any{36, true, "i001", true})
}

func TestMicrosoftsClientReadsWhatHangsOnAnIncident(t *testing.T) {
	j := newJudge(t)
	j.putSentinel(guid, "", "A", "")
	alert := j.madeAlert("1", "a", `,"Category":"Execution","AlertLink":"https://security.microsoft.com/alerts/a","StartTime":"2026-01-01T00:00:00Z","Entities":"[{\"$id\":\"2\",\"Type\":\"host\",\"HostName\":\"pc1\"},{\"$id\":\"3\",\"Type\":\"process\",\"ProcessId\":\"1\",\"CreationTimeUtc\":\"2026-01-01T00:00:00Z\",\"Host\":{\"$ref\":\"2\"}}]"`)
	comments, relations := j.factory.NewIncidentCommentsClient(), j.factory.NewIncidentRelationsClient()
	comment, err := comments.CreateOrUpdate(j.ctx, "soc", "soc", guid, "c1", insightsclient.IncidentComment{Properties: &insightsclient.IncidentCommentProperties{Message: to.Ptr("hello")}}, nil)
	j.must(err)
	j.equal("comment", []any{*comment.Properties.Message, *comment.Properties.Author.Name, comment.Properties.CreatedTimeUTC.IsZero()}, []any{"hello", "app " + client, false})
	listed, err := comments.NewListPager("soc", "soc", guid, nil).NextPage(j.ctx)
	j.must(err)
	j.equal("comments", []any{len(listed.Value), *listed.Value[0].Name}, []any{1, "c1"})
	relation, err := relations.CreateOrUpdate(j.ctx, "soc", "soc", guid, "rel-1", insightsclient.Relation{Properties: &insightsclient.RelationProperties{RelatedResourceID: to.Ptr(insights + "/entities/" + alert)}}, nil)
	j.must(err)
	j.equal("relation", []any{*relation.Properties.RelatedResourceName, *relation.Properties.RelatedResourceKind}, []any{alert, "SecurityAlert"})
	related, err := relations.NewListPager("soc", "soc", guid, nil).NextPage(j.ctx)
	j.must(err)
	j.equal("relations", len(related.Value), 1)
	j.alertsAndEntities(alert)
	_, err = comments.Delete(j.ctx, "soc", "soc", guid, "c1", nil)
	j.must(err)
	_, err = relations.Delete(j.ctx, "soc", "soc", guid, "rel-1", nil)
	j.must(err)
	connectors, err := j.factory.NewDataConnectorsClient().NewListPager("soc", "soc", nil).NextPage(j.ctx)
	j.must(err)
	j.equal("connectors", len(connectors.Value), 0)
	j.must(j.e.PutWorkspaces(emulator.Workspace{ResourceID: emulator.DefaultWorkspace, State: emulator.WorkspaceConnected}))
	connectors, err = j.factory.NewDataConnectorsClient().NewListPager("soc", "soc", nil).NextPage(j.ctx)
	j.must(err)
	connector, ok := connectors.Value[0].(*insightsclient.MTPDataConnector)
	if !ok {
		t.Fatalf("a connector of type %T", connectors.Value[0])
	}
	j.equal("connector", []any{*connector.Properties.TenantID, *connector.Properties.DataTypes.Incidents.State}, []any{emulator.DefaultWorkspaceTenant, "Enabled"})
}

func (j judge) alertsAndEntities(alert string) {
	j.Helper()
	incidents := j.factory.NewIncidentsClient()
	alerts, err := incidents.ListAlerts(j.ctx, "soc", "soc", guid, nil)
	j.must(err)
	p := alerts.Value[0].Properties
	j.equal("alert", []any{*p.SystemAlertID, *p.AlertDisplayName, *p.Severity, *p.Tactics[0], *p.ProductName, p.StartTimeUTC.Format(time.DateOnly), strings.Contains(p.AdditionalData["Custom Details"].(string), `"DefenderAlertId":["a"]`)},
		[]any{alert, "Alert a", "Medium", "Execution", "Azure Sentinel", "2026-01-01", true})
	entities, err := incidents.ListEntities(j.ctx, "soc", "soc", guid, nil)
	j.must(err)
	j.equal("entities", []any{len(entities.Entities), len(entities.MetaData), *entities.MetaData[0].EntityKind, *entities.MetaData[0].Count}, []any{2, 2, "Host", 1})
	host, ok := entities.Entities[0].(*insightsclient.HostEntity)
	if !ok {
		j.Fatalf("an entity of type %T", entities.Entities[0])
	}
	process, ok := entities.Entities[1].(*insightsclient.ProcessEntity)
	if !ok {
		j.Fatalf("an entity of type %T", entities.Entities[1])
	}
	j.equal("read by their kinds", []any{*host.Properties.HostName, *process.Properties.HostEntityID, process.Properties.CreationTimeUTC.Format(time.DateOnly)}, []any{"pc1", *host.ID, "2026-01-01"})
	bookmarks, err := incidents.ListBookmarks(j.ctx, "soc", "soc", guid, nil)
	j.must(err)
	j.equal("bookmarks", len(bookmarks.Value), 0)
}
