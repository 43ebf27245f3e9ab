package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// person edits an incident over the control interface and returns what it says.
func (l *lab) person(name, change string) answer {
	l.Helper()
	return l.control(http.MethodPost, "/control/sentinel/incidents/"+name, change)
}

func TestControlStoresSentinelIncidents(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	a := l.control(http.MethodPut, "/control/sentinel/incidents?by=eve@contoso.com", `{"name":"one","etag":"x","id":"/y","properties":{"title":"One","severity":"Low","incidentNumber":77,
		"labels":[{"labelName":"auto","labelType":"AutoAssigned"},{"labelName":"user"}],"providerName":"Microsoft XDR","providerIncidentId":"4711",
		"additionalData":{"providerIncidentUrl":"https://security.microsoft.com/incidents/4711?tid=x"}},"comments":[{"message":"m"}]}`)
	l.equal("one", a.status, 200)
	one := l.getSentinel("one")
	p := one.Properties
	l.equal("as if made", []any{p.Title, p.Severity, p.Status, p.IncidentNumber, p.ProviderName, p.ProviderIncidentID, p.AdditionalData.ProviderIncidentURL, p.Labels, p.AdditionalData.CommentsCount},
		[]any{"One", "Low", "New", 1, "Microsoft XDR", "4711", "https://security.microsoft.com/incidents/4711?tid=x", "[{auto AutoAssigned} {user User}]", 1})
	l.equal("a client's PUT keeps the label's type", l.putSentinel("one", one.Etag, "One", `,"labels":[{"labelName":"auto"},{"labelName":"user"}]`).Properties.Labels, p.Labels)
	for _, body := range []string{`[{"properties":{"title":"Two"}},{"title":"Three"}]`, `{"value":[{"name":"four","properties":{"title":"Four"}}]}`} {
		l.equal(body, l.control(http.MethodPut, "/control/sentinel/incidents", body).status, 200)
	}
	var all struct {
		Value []struct {
			Name                        string
			Properties                  struct{ Title string }
			Comments, Relations, Alerts []resource
		}
	}
	a = l.control(http.MethodGet, "/control/sentinel/incidents?workspace=soc", "")
	if err := json.Unmarshal([]byte(a.body), &all); err != nil || len(all.Value) != 4 {
		t.Fatalf("%v %s", err, a.body)
	}
	titles := map[string]bool{}
	for _, i := range all.Value {
		titles[i.Properties.Title] = len(i.Name) == 36 || i.Name == "one" || i.Name == "four"
		if i.Comments == nil || i.Relations == nil || i.Alerts == nil {
			t.Errorf("a list is missing: %+v", i)
		}
	}
	l.equal("all there, named", titles, map[string]bool{"One": true, "Two": true, "Three": true, "Four": true})
	var single struct {
		Name     string
		Comments []resource
	}
	if err := json.Unmarshal([]byte(l.control(http.MethodGet, "/control/sentinel/incidents/one", "").body), &single); err != nil {
		t.Fatal(err)
	}
	author, _ := single.Comments[0].Properties["author"].(map[string]any)
	l.equal("by whom", []any{single.Name, author["email"], author["userPrincipalName"], author["name"]}, []any{"one", "eve@contoso.com", "eve@contoso.com", "eve"})
	l.equal("deleted", l.control(http.MethodDelete, "/control/sentinel/incidents/one", "").status, 200)
	l.equal("not there", l.control(http.MethodDelete, "/control/sentinel/incidents/one", "").status, 404)
	l.equal("not there either", l.control(http.MethodGet, "/control/sentinel/incidents/one", "").status, 404)
}

func TestControlRefusesSentinelDocuments(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for body, message := range map[string]string{
		`[{"title":"Fine"},{"severity":"Low"}]`:           "put incident 2: 'Title'",
		`{"title":"A","status":"Closed"}`:                 "classification",
		`{"title":"A","severity":"x"}`:                    "severity",
		`{"title":"A","labels":[1]}`:                      "labels",
		`{"title":"A","comments":[{}]}`:                   "comment",
		`{"title":"A","comments":{}}`:                     "comments",
		`{"title":"A","comment":1}`:                       "comment",
		`{"properties":[]}`:                               "properties",
		`{"title":`:                                       "EOF",
		`{"title":"A","additionalData":1}`:                "",
		`{"title":"A","owner":{"objectId":"not a guid"}}`: "objectId",
	} {
		a := l.control(http.MethodPut, "/control/sentinel/incidents", body)
		l.equal(body, a.status, 400)
		l.contains(body, a.body, message)
	}
	l.equal("none stored", len(l.listSentinel().Value), 0)
	l.equal("no workspace", l.control(http.MethodPut, "/control/sentinel/incidents?workspace=x", `{"title":"A"}`).status, 404)
	l.equal("no workspace to read", l.control(http.MethodGet, "/control/sentinel/incidents?workspace=x", "").status, 404)
	l.equal("no workspace to edit", l.control(http.MethodPost, "/control/sentinel/incidents/a?workspace=x", `{}`).status, 404)
	l.equal("no incident", l.person("x", `{"title":"A"}`).status, 404)
	l.putSentinel("a", "", "A", "")
	for _, body := range []string{`{`, `[]`, `{"status":"Closed"}`, `{"title":""}`, `{"comment":" "}`} {
		l.equal(body, l.person("a", body).status, 400)
	}
}

func TestAPersonsEditChangesWhatIsGiven(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.putSentinel("a", "", "A", `,"description":"d","labels":[{"labelName":"x"}],"owner":{"userPrincipalName":"jane@contoso.com"}`)
	before := l.getSentinel("a")
	l.equal("edit", l.person("a", `{"properties":{"status":"Closed","classification":"TruePositive"}}`).status, 200)
	p := l.getSentinel("a").Properties
	l.equal("only that, with the reason that fits", []any{p.Status, p.Classification, p.ClassificationReason, p.Description, p.Labels, *p.Owner.UserPrincipalName},
		[]any{"Closed", "TruePositive", "SuspiciousActivity", "d", "[{x User}]", "jane@contoso.com"})
	l.refused("the etag moved", l.arm(http.MethodPut, sentinels+"/a", putText(before.Etag, "B", "")), 409, "Conflict", "")
	l.person("a", `{"classification":"FalsePositive","classificationReason":"InaccurateData"}`)
	l.person("a", `{"classification":"FalsePositive"}`)
	l.equal("a reason that fits stays", l.getSentinel("a").Properties.ClassificationReason, "InaccurateData")
	l.person("a", `{"classification":"Undetermined","owner":null,"labels":[],"title":"B"}`)
	p = l.getSentinel("a").Properties
	l.equal("cleared", []any{p.ClassificationReason, p.Owner.ObjectID == nil, p.Labels, p.Title}, []any{"", true, "[]", "B"})
	l.equal("by whom", l.control(http.MethodPost, "/control/sentinel/incidents/a?by=eve@contoso.com", `{"comment":"one","comments":[{"message":"two"}]}`).status, 200)
	l.person("a", `{}`)
	got := []string{}
	for _, w := range l.e.Writes(1) {
		got = append(got, fmt.Sprint(w.Kind, " ", w.Op, " ", w.Actor, " ", w.By, " ", w.Changed))
	}
	l.equal("writes", strings.Join(got, "\n"), strings.Join([]string{
		"incident update person analyst@provider.com [status classification classificationReason]",
		"incident update person analyst@provider.com [classification classificationReason]",
		"incident update person analyst@provider.com []",
		"incident update person analyst@provider.com [title classification classificationReason owner labels]",
		"comment create person eve@contoso.com [comments]",
		"comment create person eve@contoso.com [comments]",
		"incident update person analyst@provider.com []",
	}, "\n"))
}

func TestWorkspacesComeAndChangeAtRunTime(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	other := strings.ReplaceAll(emulator.DefaultWorkspace, "soc", "lab")
	body := fmt.Sprintf(`[{"resource_id":%q,"tenant_id":%q,"state":"connected"},{"resource_id":%q,"state":"onboarded"}]`, other, strings.ToUpper(emulator.DefaultTenant), emulator.DefaultWorkspace)
	a := l.control(http.MethodPut, "/control/sentinel/workspaces", body)
	l.equal("put", a.status, 200)
	l.contains("put", a.body, other)
	l.equal("known", l.e.Workspaces(), []emulator.Workspace{
		{ResourceID: emulator.DefaultWorkspace, TenantID: emulator.DefaultWorkspaceTenant, State: "onboarded"},
		{ResourceID: other, TenantID: emulator.DefaultTenant, State: "connected"},
	})
	l.equal("served", l.armAs(emulator.DefaultTenant, http.MethodGet, other+"/providers/Microsoft.SecurityInsights/incidents", "").status, 200)
	for _, bad := range []string{`{"resource_id":"x"}`, `{"resource_id":"x","resourceGroup":"y"}`, `1`, `[{"resource_id":"` + other + `","state":"x"}]`} {
		l.equal(bad, l.control(http.MethodPut, "/control/sentinel/workspaces", bad).status, 400)
	}
	l.e.Reset()
	l.equal("forgotten", len(l.e.Workspaces()), 1)
}
