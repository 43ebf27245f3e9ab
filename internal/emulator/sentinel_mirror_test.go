package emulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// inState makes a lab whose workspace stands in a state and belongs to the
// tenant whose Defender incidents the lab puts in.
func inState(t *testing.T, state emulator.WorkspaceState) *lab {
	t.Helper()
	return newLab(t, emulator.Settings{Workspaces: []emulator.Workspace{
		{ResourceID: emulator.DefaultWorkspace, TenantID: emulator.DefaultTenant, State: state},
	}})
}

// own asks ARM as the tenant of the lab's Defender incidents.
func (l *lab) own(method, target, body string) answer {
	l.Helper()
	return l.armAs(emulator.DefaultTenant, method, target, body)
}

// only is the one incident of the workspace.
func (l *lab) only() sentinel {
	l.Helper()
	a := l.own(http.MethodGet, sentinels, "")
	name := strings.SplitN(a.body, `"name":"`, 2)
	if len(name) != 2 || strings.Count(a.body, `"etag"`) != 1 {
		l.Fatalf("not one incident: %s", a.body)
	}
	return l.sentinel(l.own(http.MethodGet, sentinels+"/"+name[1][:36], ""))
}

func TestDefenderIncidentsAppearWhereTheSyncIsOn(t *testing.T) {
	for state, want := range map[emulator.WorkspaceState][]any{
		emulator.WorkspaceOnboarded: {"Microsoft XDR", ""}, emulator.WorkspaceConnected: {"Microsoft 365 Defender", "d"},
	} {
		l := inState(t, state)
		l.put(`{"id":"4711","displayName":"Bad thing","description":"d","severity":"high","status":"inProgress","classification":"truePositive","assignedTo":"jane@contoso.com",
			"customTags":["x"],"createdDateTime":"2026-01-01T00:00:00Z","comments":[{"comment":"hello","createdByDisplayName":"Jane"}],
			"alerts":[{"id":"da1","title":"Alert","severity":"low"},{"id":"da2","title":"Other"}]}`)
		i := l.only()
		p := i.Properties
		l.equal(string(state), []any{p.ProviderName, p.Description, p.ProviderIncidentID, p.AdditionalData.ProviderIncidentURL, p.Title, p.Severity, p.Status, p.Classification, p.ClassificationReason, *p.Owner.UserPrincipalName, p.Labels, p.AdditionalData.CommentsCount, p.AdditionalData.AlertsCount, p.AdditionalData.AlertProductNames, p.FirstActivityTimeUtc},
			[]any{want[0], want[1], "4711", "https://security.microsoft.com/incidents/4711?tid=" + emulator.DefaultTenant, "Bad thing", "High", "Active", "TruePositive", "SuspiciousActivity", "jane@contoso.com", "[{x User}]", 1, 2, "[Microsoft Defender XDR]", "2026-01-01T00:00:00Z"})
		l.equal("under a name of its own", []any{len(i.Name), p.IncidentNumber}, []any{36, 1})
	}
}

func TestMirroredIncidentsFollowDefender(t *testing.T) {
	l := inState(t, emulator.WorkspaceConnected)
	l.put(`{"id":"1","displayName":"A","status":"active","alerts":[{"id":"da1"}]}`)
	first := l.only()
	l.equal("as it is", []any{first.Properties.Status, first.Properties.Severity}, []any{"New", "Informational"})
	l.equal("nothing new, nothing written", l.only().Etag, first.Etag)
	l.equal("a Sentinel edit stays", l.control(http.MethodPost, "/control/sentinel/incidents/"+first.Name, `{"severity":"High","labels":[{"labelName":"mine"}]}`).status, 200)
	l.put(`{"id":"1","displayName":"B","status":"resolved","classification":"falsePositive","comments":[{"comment":"one","createdByDisplayName":"x"}],"alerts":[{"id":"da1"},{"id":"da2"}]}`)
	p := l.only().Properties
	l.equal("what Defender changed is changed", []any{p.Title, p.Status, p.Classification, p.ClassificationReason, p.Severity, p.Labels, p.AdditionalData.CommentsCount, p.AdditionalData.AlertsCount},
		[]any{"B", "Closed", "FalsePositive", "InaccurateData", "High", "[{mine User}]", 1, 2})
	n := uint64(len(l.e.Writes(0)))
	l.put(`{"id":"1","displayName":"B","status":"resolved","classification":"falsePositive","comments":[{"comment":"one","createdByDisplayName":"x"}],"alerts":[{"id":"da1"},{"id":"da2","v":2},{"id":"da3"}]}`)
	l.only()
	kinds := []string{}
	for _, w := range l.e.Writes(n) {
		if w.Side == emulator.SideSentinel {
			kinds = append(kinds, string(w.Kind))
		}
	}
	l.equal("a new alert writes a relation and nothing else", kinds, []string{"relation"})
	l.put(`{"id":"2","displayName":"C","alerts":[{"id":"da1"}]}`)
	l.put(`{"id":"1","displayName":"B","status":"redirected","alerts":[]}`)
	var moved, target sentinel
	for _, name := range strings.Split(l.own(http.MethodGet, sentinels, "").body, `"name":"`)[1:] {
		i := l.sentinel(l.own(http.MethodGet, sentinels+"/"+name[:36], ""))
		if i.Properties.ProviderIncidentID == "1" {
			moved = i
		} else {
			target = i
		}
	}
	l.equal("redirected", []any{moved.Properties.Status, moved.Properties.Labels, moved.Properties.AdditionalData.AlertsCount, target.Properties.AdditionalData.AlertsCount},
		[]any{"Closed", "[{Redirected AutoAssigned}]", 2, 1})
	for _, w := range l.e.Writes(0) {
		if w.Side == emulator.SideSentinel && w.Actor != emulator.ActorService && w.Actor != emulator.ActorPerson {
			t.Errorf("a write of nobody: %+v", w)
		}
	}
	l.equal("deleted", l.own(http.MethodDelete, sentinels+"/"+target.Name, "").status, 200)
	l.put(`{"id":"2","displayName":"D"}`)
	l.equal("stays deleted", l.only().Name, moved.Name)
}

func TestAWorkspaceOfAnotherTenantMirrorsItsOwn(t *testing.T) {
	l := newLab(t, emulator.Settings{Workspaces: []emulator.Workspace{{ResourceID: emulator.DefaultWorkspace, State: emulator.WorkspaceOnboarded}}})
	l.put(`{"id":"1","displayName":"A"}`)
	l.equal("none of the customer's", len(l.listSentinel().Value), 0)
	l.equal("put", l.control(http.MethodPut, "/control/defender/incidents?tenant="+emulator.DefaultWorkspaceTenant, `{"id":"9","displayName":"Own"}`).status, 200)
	page := l.listSentinel()
	l.equal("its own", []any{len(page.Value), page.Value[0].Properties.ProviderIncidentID, strings.HasSuffix(page.Value[0].Properties.AdditionalData.ProviderIncidentURL, "tid="+emulator.DefaultWorkspaceTenant)}, []any{1, "9", true})
	made := l.putSentinel(guid, "", "Made here", "")
	l.equal("an incident made by the API stays Sentinel's", []any{made.Properties.ProviderName, made.Properties.ProviderIncidentID}, []any{"Azure Sentinel", "2"})
}

func TestAlertsOfDefenderCannotBeMoved(t *testing.T) {
	for state, text := range map[emulator.WorkspaceState]string{
		emulator.WorkspaceConnected: "Defender XDR incidents", emulator.WorkspaceOnboarded: "onboarded to the Defender portal",
	} {
		l := inState(t, state)
		l.put(`{"id":"1","displayName":"A","alerts":[{"id":"da1"}]}`)
		i := l.only()
		relations := sentinels + "/" + i.Name + "/relations"
		a := l.own(http.MethodGet, relations, "")
		relation, alert := between(a.body, `"name":"`, `"`), between(a.body, `"relatedResourceName":"`, `"`)
		l.refused("removing", l.own(http.MethodDelete, relations+"/"+relation, ""), 400, "BadRequest", text)
		l.put(`{"id":"2","displayName":"B"}`)
		names := strings.Split(l.own(http.MethodGet, sentinels, "").body, `"name":"`)
		for _, name := range names[1:] {
			if name[:36] != i.Name {
				l.refused("adding", l.own(http.MethodPut, sentinels+"/"+name[:36]+"/relations/rel-1", fmt.Sprintf(`{"properties":{"relatedResourceId":"%s/entities/%s"}}`, insights, alert)), 400, "BadRequest", text)
			}
		}
	}
}

func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}
