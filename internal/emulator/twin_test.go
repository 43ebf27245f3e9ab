package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// The labels of incidents of the usual tenant.
const (
	of7  = "defender:7@" + emulator.DefaultTenant
	of77 = "defender:77@" + emulator.DefaultTenant
)

// twin puts a Sentinel incident in that says it stands for a Defender incident.
func (l *lab) twin(name, title, label string) {
	l.Helper()
	a := l.control("PUT", "/control/sentinel/incidents", fmt.Sprintf(`{"name":%q,"properties":{"title":%q,"severity":"Low","status":"New","labels":[{"labelName":%q},{"labelName":"Old","labelType":"AutoAssigned"}]}}`, name, title, label))
	l.equal("twin", a.status, 200)
}

func (l *lab) editTwin(tenant, id, change string) bool {
	l.Helper()
	found, err := l.e.EditTwin(tenant, id, "kim@provider.com", []byte(change))
	if err != nil {
		l.Errorf("edit twin of %s: %v", id, err)
	}
	return found
}

func TestEditTwinFindsWhatStandsForTheIncident(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("7")
	l.equal("not there yet", l.editTwin(emulator.DefaultTenant, "7", `{"status":"Active"}`), false)
	l.twin("a", "n", of7)
	l.twin("b", "n", of77)
	n := l.number()
	l.equal("there", l.editTwin(emulator.DefaultTenant, "7", `{"status":"Active","owner":{"userPrincipalName":"kim@provider.com"},"comment":"c"}`), true)
	l.equal("writes", l.writes(n), []string{"person update incident a [status owner]", "person create comment a [comments]"})
	l.contains("it", l.control("GET", "/control/sentinel/incidents/a", "").body, `"status": "Active"`, `kim@provider.com`)
	if _, err := l.e.EditTwin(emulator.DefaultTenant, "7", "k", []byte(`{"status":"Nope"}`)); err == nil {
		t.Error("a status that is none: no error")
	}
	for _, bad := range []string{``, `[]`, `{"addTags":1}`, `{"removeTags":[""]}`} {
		if _, err := l.e.EditTwin(emulator.DefaultTenant, "7", "k", []byte(bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	l.control("POST", "/control/sentinel/incidents/a", `{"properties":{"labels":[]}}`)
	l.equal("no longer", l.editTwin(emulator.DefaultTenant, "7", `{"status":"New"}`), false)
	l.twin("a", "n", of7)
	l.control("DELETE", "/control/sentinel/incidents/a", "")
	l.equal("deleted", l.editTwin(emulator.DefaultTenant, "7", `{"status":"New"}`), false)
}

func TestEditTwinTellsTenantsApart(t *testing.T) {
	other := "00000000-0000-4000-8000-00000000000b"
	l := newLab(t, emulator.Settings{})
	l.put(`{"id":"7","displayName":"ours"}`)
	l.control("PUT", "/control/defender/incidents?tenant="+other, `{"id":"7","displayName":"theirs"}`)
	l.twin("a", "ours", "defender:7@"+strings.ToUpper(other))
	l.equal("ours", l.editTwin(emulator.DefaultTenant, "7", `{"status":"Active"}`), false)
	l.equal("theirs", l.editTwin(other, "7", `{"status":"Active"}`), true)
	l.twin("b", "theirs", of7)
	l.equal("now ours", l.editTwin(emulator.DefaultTenant, "7", `{"status":"Active"}`), true)
}

func TestTheTwinOfABroughtIncidentIsOfTheWorkspacesTenant(t *testing.T) {
	l := inState(t, emulator.WorkspaceConnected)
	l.put(`{"id":"7"}`)
	l.equal("on the page", *l.queues("").Sentinel[0].Link, struct{ Tenant, ID string }{emulator.DefaultTenant, "7"})
	l.equal("found without a label", l.editTwin(emulator.DefaultTenant, "7", `{"status":"Active"}`), true)
	l.equal("not for another tenant", l.editTwin(emulator.DefaultWorkspaceTenant, "7", `{"status":"New"}`), false)
}

func TestTagsAreAddedToThoseThatAreThere(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("7")
	l.twin("a", "n", of7)
	for change, want := range map[string][2]string{
		`{"addTags":["x","OLD"]}`:                      {`["old","x"]`, `[{"labelName":"LINK","labelType":"User"},{"labelName":"Old","labelType":"AutoAssigned"},{"labelName":"x","labelType":"User"}]`},
		`{"removeTags":["old"]}`:                       {`[]`, `[{"labelName":"LINK","labelType":"User"}]`},
		`{"removeTags":["nope"],"addTags":["y"]}`:      {`["old","y"]`, `[{"labelName":"LINK","labelType":"User"},{"labelName":"Old","labelType":"AutoAssigned"},{"labelName":"y","labelType":"User"}]`},
		`{"removeTags":["y"],"addTags":["y","y","z"]}`: {`["old","z"]`, `[{"labelName":"LINK","labelType":"User"},{"labelName":"Old","labelType":"AutoAssigned"},{"labelName":"z","labelType":"User"}]`},
	} {
		l.edit("7", `{"customTags":["old"]}`)
		l.control("POST", "/control/sentinel/incidents/a", `{"properties":{"labels":[{"labelName":"`+of7+`"},{"labelName":"Old","labelType":"AutoAssigned"}]}}`)
		l.equal("status", l.edit("7", change).status, 200)
		l.contains(change, l.get(incidents+"/7").body, `"customTags":`+want[0])
		n := l.number()
		l.equal("found", l.editTwin(emulator.DefaultTenant, "7", change), true)
		l.contains(change, string(l.e.Writes(n)[0].After), `"labels":`+strings.ReplaceAll(want[1], "LINK", of7))
	}
	l.equal("refused", l.edit("7", `{"addTags":[1]}`).status, 400)
}
