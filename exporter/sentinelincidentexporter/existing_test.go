package sentinelincidentexporter

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

const fabrikam = "00000000-0000-4000-8000-0000000000fa"

// inWorkspace is a lab whose workspace of a tenant is in a state.
func inWorkspace(t *testing.T, tenant string, state emulator.WorkspaceState, mode string, faults ...emulator.Fault) *lab {
	t.Helper()
	yaml := strings.Replace(onEmulator, "tenant_id: "+provider, "tenant_id: "+tenant, 1)
	yaml = strings.Replace(yaml, "links: [{tenant: contoso,", "links: [{mode: "+mode+", tenant: "+contoso+",", 1)
	l := newStoppedLab(t, emulator.Settings{
		Workspaces: []emulator.Workspace{{ResourceID: soc, TenantID: tenant, State: state}}, Faults: emulator.Plan{Faults: faults},
	}, yaml)
	if state != emulator.WorkspaceStandalone { // it has incidents of its own tenant
		l.control("PUT", "/control/defender/incidents?tenant="+tenant,
			`{"id":"900","displayName":"theirs","status":"active","severity":"low","createdDateTime":"`+stamp()+`","lastUpdateDateTime":"`+stamp()+`","alerts":[]}`)
	}
	l.start()
	t.Cleanup(l.stop)
	return l
}

func TestNothingIsWrittenWhereMicrosoftsOwnSyncIs(t *testing.T) {
	denied := emulator.Fault{Kind: emulator.FaultStatus, Status: 403, Operation: "list_connectors"}
	for _, c := range []struct {
		name   string
		tenant string
		state  emulator.WorkspaceState
		mode   string
		faults []emulator.Fault
		want   string // "" = it is written
	}{
		{"onboarded, of the same tenant", contoso, emulator.WorkspaceOnboarded, modeAuto, nil, "already has Microsoft's own sync with tenant"},
		{"connected, of the same tenant", contoso, emulator.WorkspaceConnected, modeAuto, nil, "already has Microsoft's own sync with tenant"},
		{"onboarded, of the same tenant, with mode arm", contoso, emulator.WorkspaceOnboarded, modeARM, nil, "already has Microsoft's own sync with tenant"},
		{"connected, of the same tenant, with mode arm", contoso, emulator.WorkspaceConnected, modeARM, nil, "already has Microsoft's own sync with tenant"},
		{"onboarded, of another tenant", fabrikam, emulator.WorkspaceOnboarded, modeAuto, nil, "is onboarded to the Defender portal of another tenant"},
		{"connected, of another tenant", fabrikam, emulator.WorkspaceConnected, modeAuto, nil, "is onboarded to the Defender portal of another tenant"},
		{"onboarded, of another tenant, with mode arm", fabrikam, emulator.WorkspaceOnboarded, modeARM, nil, ""},
		{"standalone", fabrikam, emulator.WorkspaceStandalone, modeAuto, nil, ""},
		{"the same tenant's incidents, and nobody may list connectors", contoso, emulator.WorkspaceConnected, modeAuto, []emulator.Fault{denied}, "already has Microsoft's own sync with tenant"},
		{"another tenant's incidents, and nobody may list connectors", fabrikam, emulator.WorkspaceOnboarded, modeAuto, []emulator.Fault{denied}, "is onboarded to the Defender portal of another tenant"},
		{"standalone, and nobody may list connectors", fabrikam, emulator.WorkspaceStandalone, modeAuto, []emulator.Fault{denied}, ""},
		{"standalone, and connectors never answer", fabrikam, emulator.WorkspaceStandalone, modeAuto, []emulator.Fault{{Kind: emulator.FaultStatus, Status: 500, Operation: "list_connectors"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := inWorkspace(t, c.tenant, c.state, c.mode, c.faults...)
				l.open("1", "")
				time.Sleep(3 * time.Hour)
				l.edit("1", `{"severity":"low"}`)
				time.Sleep(3 * time.Hour)
				if c.want == "" {
					require.Equal(t, "Low", l.twin("1").Properties.Severity)
					require.NoError(t, l.host.StatusError())
					return
				}
				require.Empty(t, l.writes())
				require.ErrorContains(t, l.host.StatusError(), c.want)
				require.NotContains(t, strings.TrimSuffix(l.host.StatusError().Error(), "."), ". ", "it is one sentence")
				require.Equal(t, 1, l.logs.FilterMessageSnippet(c.want).Len(), "it is said once")
				state := "other_tenant"
				if c.tenant == contoso {
					state = "same_tenant"
				}
				require.EqualValues(t, 1, l.metric("existing_sync", "state="+state))
			})
		})
	}
}

func TestOneTenantsSyncDoesNotStopAnothers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newStoppedLab(t, emulator.Settings{Workspaces: []emulator.Workspace{{ResourceID: soc, TenantID: contoso, State: emulator.WorkspaceConnected}}},
			strings.Replace(strings.Replace(onEmulator, provider, contoso, 1), "links: [", "links: [{tenant: "+fabrikam+", workspace: "+soc+", mode: arm}, ", 1))
		l.start()
		defer l.stop()
		l.open("1", "")
		l.control("PUT", "/control/defender/incidents?tenant="+fabrikam,
			`{"id":"1","displayName":"fabrikam's","status":"active","severity":"low","createdDateTime":"`+stamp()+`","lastUpdateDateTime":"`+stamp()+`","alerts":[]}`)
		require.NoError(t, l.running.ConsumeLogs(context.Background(), l.records(fabrikam, "", "1")))
		time.Sleep(time.Hour)
		writes := l.writes()
		require.Len(t, writes, 1)
		other := link("1")
		other.TenantID = fabrikam
		require.Contains(t, writes[0], other.SentinelName())
	})
}

// TestTheAnswerIsAskedForAgainEveryHour connects a workspace while the exporter
// runs, and disconnects it.
func TestTheAnswerIsAskedForAgainEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := inWorkspace(t, contoso, emulator.WorkspaceStandalone, modeAuto)
		l.open("1", "")
		synctest.Wait()
		require.Len(t, l.writes(), 1)
		require.NoError(t, l.emulator.PutWorkspaces(emulator.Workspace{ResourceID: soc, TenantID: contoso, State: emulator.WorkspaceConnected}))
		time.Sleep(61 * time.Minute)
		require.ErrorContains(t, l.host.StatusError(), "already has")
		l.edit("1", `{"severity":"low"}`)
		l.open("2", "")
		time.Sleep(3 * time.Hour)
		require.Len(t, l.writes(), 1, "neither an old one nor a new one is written")
		require.NoError(t, l.emulator.PutWorkspaces(emulator.Workspace{ResourceID: soc, TenantID: contoso, State: emulator.WorkspaceStandalone}))
		time.Sleep(26 * time.Hour) // what it brought is old by then
		require.NoError(t, l.host.StatusError())
		require.Len(t, l.writes(), 2, "the edit that waited is made")
		l.deliver("2")
		synctest.Wait()
		require.Len(t, l.writes(), 3)
	})
}

func TestNothingIsWrittenBeforeItIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := inWorkspace(t, contoso, emulator.WorkspaceConnected, modeAuto, emulator.Fault{Kind: emulator.FaultStatus, Status: 500, Operation: "list_connectors", Count: 5},
			emulator.Fault{Kind: emulator.FaultStatus, Status: 500, Operation: "list_sentinel", Count: 9})
		l.open("1", "")
		time.Sleep(24 * time.Hour)
		require.Empty(t, l.writes())
	})
}

func TestAForgedLabelIsNotWrittenToAndToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newStoppedLab(t, emulator.Settings{}, onEmulator)
		stranger := link("1")
		stranger.TenantID = fabrikam
		l.control("PUT", "/control/sentinel/incidents", fmt.Sprintf(`[
			{"name":"forged","properties":{"title":"forged","severity":"High","status":"New","labels":[{"labelName":%q}]}},
			{"name":%q,"properties":{"title":"a stranger's","severity":"High","status":"New","labels":[{"labelName":%q}]}}]`,
			link("1").Label(), stranger.SentinelName(), stranger.Label()))
		l.start()
		defer l.stop()
		l.open("1", "")
		time.Sleep(2 * time.Hour)
		l.edit("1", `{"severity":"low","status":"resolved"}`)
		time.Sleep(5 * time.Hour)
		all := l.twins(soc)
		require.Equal(t, []string{"New", "High"}, []string{all["forged"].Properties.Status, all["forged"].Properties.Severity})
		require.Equal(t, "New", all[stranger.SentinelName()].Properties.Status)
		require.Equal(t, "Closed", l.twin("1").Properties.Status)
		require.Equal(t, 2, l.decision("link", "refused"), "one for each")
	})
}

// TestALabelThatWasMovedIsPutBack takes the label from a twin and gives it to
// another incident: the name proves the link.
func TestALabelThatWasMovedIsPutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "")
		synctest.Wait()
		l.control("POST", "/control/sentinel/incidents/"+link("1").SentinelName(), `{"labels":[]}`)
		l.control("PUT", "/control/sentinel/incidents", `{"name":"other","properties":{"title":"t","severity":"High","status":"New","labels":[{"labelName":"`+link("1").Label()+`"}]}}`)
		l.edit("1", `{"severity":"low"}`)
		time.Sleep(2 * time.Hour)
		require.Equal(t, []string{link("1").Label()}, l.twin("1").labels())
		require.Equal(t, "High", l.twins(soc)["other"].Properties.Severity)
		require.Equal(t, 1, l.decision("link", "refused"))
	})
}
