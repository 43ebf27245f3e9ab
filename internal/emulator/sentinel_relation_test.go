package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// relate asks for a relation to an alert of the usual workspace.
func (l *lab) relate(incident, name, alert string) answer {
	l.Helper()
	return l.relateTo(incident, name, insights+"/entities/"+alert)
}

func (l *lab) relateTo(incident, name, id string) answer {
	l.Helper()
	return l.arm(http.MethodPut, sentinels+"/"+incident+"/relations/"+name, fmt.Sprintf(`{"properties":{"relatedResourceId":%q}}`, id))
}

func TestRelationsTieAlertsToIncidents(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.putSentinel(guid, "", "A", "")
	l.putSentinel("other", "", "B", "")
	alert := l.madeAlert("1", "a", `,"Categories":["Execution","Malware"],"Category":"InitialAccess"`)
	etag := l.getSentinel(guid).Etag
	a := l.relate(guid, "rel-1", strings.ToUpper(alert))
	r := l.resource(a)
	l.equal("made", []any{a.status, r.ID, r.Name, r.Type, r.Etag == "", strings.Contains(r.Etag, `"`)},
		[]any{201, sentinels + "/" + guid + "/relations/rel-1", "rel-1", "Microsoft.SecurityInsights/incidents/relations", false, false})
	l.equal("points to", r.Properties, map[string]any{
		"relatedResourceId": insights + "/entities/" + alert, "relatedResourceName": alert,
		"relatedResourceType": "Microsoft.SecurityInsights/entities", "relatedResourceKind": "SecurityAlert",
	})
	i := l.getSentinel(guid)
	l.equal("the incident says so", []any{i.Etag != etag, i.Properties.AdditionalData.AlertsCount, i.Properties.AdditionalData.AlertProductNames, i.Properties.AdditionalData.Tactics},
		[]any{true, 1, "[Azure Sentinel]", "[Execution InitialAccess]"})
	again := l.relate(guid, "rel-1", alert)
	l.equal("the same again", []any{again.status, l.getSentinel(guid).Etag == i.Etag}, []any{200, true})
	l.equal("an alert may have several incidents", l.relate("other", "rel-1", alert).status, 201)
	relations := sentinels + "/" + guid + "/relations"
	l.equal("listed", l.resources(http.MethodGet, relations), []resource{r})
	l.equal("one", l.resource(l.arm(http.MethodGet, relations+"/rel-1", "")), r)
	l.refused("none", l.arm(http.MethodGet, relations+"/rel-2", ""), 404, "NotFound", "rel-2")
	l.refused("no incident", l.arm(http.MethodGet, sentinels+"/x/relations", ""), 404, "NotFound", "'x'")
	l.equal("removed", l.arm(http.MethodDelete, relations+"/REL-1", "").status, 200)
	l.equal("removed already", l.arm(http.MethodDelete, relations+"/rel-1", "").status, 204)
	l.equal("of no incident", l.arm(http.MethodDelete, sentinels+"/x/relations/rel-1", "").status, 204)
	l.equal("none left", l.getSentinel(guid).Properties.AdditionalData.AlertsCount, 0)
	got := []string{}
	for _, w := range l.e.Writes(3) {
		got = append(got, fmt.Sprint(w.Kind, " ", w.Op, " ", w.Actor, " ", w.ID))
	}
	l.equal("writes", got, []string{"relation create app " + guid, "relation create app other", "relation delete app " + guid})
	l.contains("a write's relation", string(l.e.Writes(3)[0].After), alert, `"defenderAlertId":"a"`)
}

func TestRelationsThatAreRefused(t *testing.T) {
	second := strings.ReplaceAll(emulator.DefaultWorkspace, "soc", "lab")
	l := newLab(t, emulator.Settings{Workspaces: []emulator.Workspace{{ResourceID: emulator.DefaultWorkspace}, {ResourceID: second}}, TokenFor: 24 * time.Hour})
	l.putSentinel(guid, "", "A", "")
	a, b := l.madeAlert("1", "a", ""), l.madeAlert("1", "b", "")
	l.equal("the first", l.relate(guid, "rel-a", a).status, 201)
	for what, c := range map[string]struct {
		a             answer
		status        int
		code, message string
	}{
		"a short name":            {l.relate(guid, "ab", b), 400, "BadRequest", "'ab'"},
		"an odd name":             {l.relate(guid, "rel_b", b), 400, "BadRequest", "'rel_b'"},
		"a long name":             {l.relate(guid, strings.Repeat("x", 64), b), 400, "BadRequest", "63"},
		"no id":                   {l.relateTo(guid, "rel-b", ""), 400, "BadRequest", "relatedResourceId"},
		"another type":            {l.relateTo(guid, "rel-b", sentinels+"/other"), 400, "BadRequest", "relatedResourceId"},
		"no JSON":                 {l.arm(http.MethodPut, sentinels+"/"+guid+"/relations/rel-b", `[]`), 400, "BadRequest", "not valid"},
		"no incident":             {l.relate("x", "rel-b", b), 404, "NotFound", "Incident doesn't exist."},
		"no alert":                {l.relate(guid, "rel-b", guid), 404, "NotFound", "Resource '" + guid + "' does not exist."},
		"no bookmark":             {l.relateTo(guid, "rel-b", insights+"/bookmarks/"+guid), 404, "NotFound", "Resource '" + guid + "' does not exist."},
		"another workspace":       {l.relateTo(guid, "rel-b", strings.Replace(insights, emulator.DefaultWorkspace, second, 1)+"/entities/"+b), 400, "BadRequest", "different workspaces"},
		"a workspace of nobody":   {l.relateTo(guid, "rel-b", strings.ReplaceAll(insights, "soc", "x")+"/entities/"+b), 400, "BadRequest", "different workspaces"},
		"the name of another":     {l.relate(guid, "rel-a", b), 409, "Conflict", "'rel-a'"},
		"the name of other types": {l.relateTo(guid, "rel-a", insights+"/bookmarks/"+guid), 400, "BadRequest", "another relation type"},
		"the same alert twice":    {l.relate(guid, "rel-b", a), 400, "BadRequest", "already"},
	} {
		l.refused(what, c.a, c.status, c.code, c.message)
	}
	l.equal("none of it was stored", l.getSentinel(guid).Properties.AdditionalData.AlertsCount, 1)
}

func TestAnIncidentTakesOneHundredAndFiftyAlerts(t *testing.T) {
	l := newLab(t, emulator.Settings{TokenFor: 24 * time.Hour})
	l.putSentinel(guid, "", "A", "")
	ids := []string{}
	for i := range 151 {
		ids = append(ids, fmt.Sprint("a", i))
		l.alertRow(emulator.DefaultTenant, "1", ids[i], "")
	}
	l.now = l.now.Add(5 * time.Minute)
	for i, row := range l.query(emulator.DefaultTenant, ids...) {
		l.now = l.now.Add(5 * time.Second)
		a := l.relate(guid, fmt.Sprint("rel-", i), row[0])
		if i < 150 {
			l.equal("within", a.status, 201)
		} else {
			l.refused("over", a, 400, "BadRequest", "150 alerts")
		}
	}
}

func TestAlertsAndEntitiesOfAnIncident(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.putSentinel(guid, "", "A", "")
	entities := `[{"$id":"2","Type":"host","HostName":"pc1","NTDomain":"corp","OSFamily":"Windows"},
		{"$id":"3","Type":"process","ProcessId":"42","CommandLine":"x.exe /a","Host":{"$ref":"2"},"ImageFile":{"$id":"4","Type":"file","Name":"x.exe","Directory":"c:\\","FileHashes":[{"$id":"5","Type":"filehash","Algorithm":"SHA256","Value":"ab"}]}},
		{"$ref":"4"},{"$id":"6","Type":"ip","Address":"203.0.113.7"},{"$id":"7","Type":"host-logon-session","SessionId":"1","Account":{"$id":"8","Type":"Account","Name":"jane","UPNSuffix":"contoso.com"}}]`
	text, err := json.Marshal(entities)
	if err != nil {
		t.Fatal(err)
	}
	first := l.madeAlert("1", "a", `,"Entities":`+string(text)+`,"AlertLink":"https://security.microsoft.com/alerts/a","Description":"d","RemediationSteps":"do","StartTime":"2026-01-01T00:00:00Z"`)
	l.relate(guid, "rel-1", first)
	l.relate(guid, "rel-2", l.madeAlert("1", "b", `,"Entities":"[{\"$id\":\"2\",\"Type\":\"ip\",\"Address\":\"203.0.113.7\"},{\"$id\":\"3\",\"Type\":\"ip\",\"Address\":\"203.0.113.8\"}]"`))
	l.relate(guid, "rel-3", l.madeAlert("1", "c", `,"Entities":"not JSON"`))
	alerts := l.resources(http.MethodPost, sentinels+"/"+guid+"/alerts")
	l.equal("alerts", len(alerts), 3)
	for _, a := range alerts {
		l.equal("kind", []any{a.Kind, a.Type, a.ID}, []any{"SecurityAlert", "Microsoft.SecurityInsights/Entities", insights + "/Entities/" + a.Name})
		if a.Name != first {
			continue
		}
		p := a.Properties
		l.equal("alert", []any{p["systemAlertId"], p["alertDisplayName"], p["severity"], p["description"], p["alertLink"], p["remediationSteps"], p["productName"], p["productComponentName"], p["startTimeUtc"], p["timeGenerated"]},
			[]any{first, "Alert a", "Medium", "d", "https://security.microsoft.com/alerts/a", "[do]", "Azure Sentinel", "Scheduled Alerts", "2026-01-01T00:00:00Z", "2026-01-02T12:05:00Z"})
		additional, _ := p["additionalData"].(map[string]any)
		l.equal("custom details are a string in which the values are arrays", additional["Custom Details"],
			`{"DefenderCloud":["public"],"DefenderTenantId":["`+emulator.DefaultTenant+`"],"DefenderIncidentId":["1"],"DefenderAlertId":["a"]}`)
	}
	var found struct {
		Entities []resource
		MetaData []struct {
			EntityKind string
			Count      int
		}
	}
	a := l.arm(http.MethodPost, sentinels+"/"+guid+"/entities", "")
	if err := json.Unmarshal([]byte(a.body), &found); err != nil {
		t.Fatal(err)
	}
	l.equal("counts", fmt.Sprint(found.MetaData), "[{Account 1} {File 1} {FileHash 1} {Host 1} {Ip 2} {Process 1}]")
	byKind := map[string]resource{}
	for _, entity := range found.Entities {
		byKind[entity.Kind] = entity
	}
	process, file := byKind["Process"].Properties, byKind["File"].Properties
	l.equal("wire names", []any{process["processId"], process["commandLine"], file["fileName"], file["directory"], byKind["FileHash"].Properties["hashValue"], byKind["Account"].Properties["accountName"]},
		[]any{"42", "x.exe /a", "x.exe", `c:\`, "ab", "jane"})
	l.equal("references", []any{process["hostEntityId"], process["imageFileEntityId"], file["fileHashEntityIds"]},
		[]any{byKind["Host"].ID, byKind["File"].ID, []any{byKind["FileHash"].ID}})
	l.equal("no bookmarks", l.arm(http.MethodPost, sentinels+"/"+guid+"/bookmarks", "").body, `{"value":[]}`)
	for _, part := range []string{"alerts", "entities", "bookmarks"} {
		l.refused(part, l.arm(http.MethodPost, sentinels+"/x/"+part, ""), 404, "NotFound", "'x'")
	}
	l.faults(emulator.Fault{Kind: emulator.FaultPoison, IDs: []string{guid}, Operation: "list_incident_alerts"})
	l.equal("poisoned", l.arm(http.MethodPost, sentinels+"/"+guid+"/alerts", "").status, 500)
}

func TestConnectorsAreListedAndDeleted(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.equal("none in a workspace by itself", len(l.resources(http.MethodGet, insights+"/dataConnectors")), 0)
	for _, state := range []emulator.WorkspaceState{emulator.WorkspaceConnected, emulator.WorkspaceOnboarded} {
		if err := l.e.PutWorkspaces(emulator.Workspace{ResourceID: emulator.DefaultWorkspace, State: state}); err != nil {
			t.Fatal(err)
		}
		found := l.resources(http.MethodGet, insights+"/dataConnectors")
		l.equal("Microsoft's own", []any{len(found), found[0].Kind, found[0].Properties["tenantId"], fmt.Sprint(found[0].Properties["dataTypes"])},
			[]any{1, "MicrosoftThreatProtection", emulator.DefaultWorkspaceTenant, "map[alerts:map[state:Enabled] incidents:map[state:Enabled]]"})
		one := insights + "/dataConnectors/" + found[0].Name
		l.equal("one", l.resource(l.arm(http.MethodGet, one, "")), found[0])
		l.equal("deleted", l.arm(http.MethodDelete, one, "").status, 200)
		l.equal("deleted already", l.arm(http.MethodDelete, one, "").status, 204)
		l.refused("gone", l.arm(http.MethodGet, one, ""), 404, "NotFound", found[0].Name)
	}
}
