package defenderexporter

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// twoTenants is a lab that writes contoso and fabrikam.
func twoTenants(t *testing.T, settings emulator.Settings, test func(l *lab, ours, theirs *twin)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, settings)
		l.config.Tenants = []azure.TenantConfig{{TenantID: contoso, Name: "contoso"}, {TenantID: strings.ToUpper(fabrikam)}}
		l.start()
		test(l, l.pair("1", nil), l.pairOf(incident.Link{Cloud: cloud, TenantID: fabrikam, IncidentID: "1"}))
	})
}

// pairOf is pair for an incident of any tenant.
func (l *lab) pairOf(link incident.Link) *twin {
	l.t.Helper()
	l.put(link.TenantID, map[string]any{"id": link.IncidentID})
	s := l.defender(link.TenantID, link.IncidentID)
	require.NoError(l.t, l.ledger.Observe(l.t.Context(), ledger.News{
		Side: incident.SideDefender, Link: link, Workspace: workspace, Snapshot: &s, Began: time.Now(), Admit: true,
	}))
	t := newTwin(l, link)
	t.work()
	t.deliver()
	return t
}

func TestOneTenantsTroubleDoesNotSlowAnothers(t *testing.T) {
	for name, fault := range map[string]emulator.Fault{
		"no consent":    {Kind: emulator.FaultWithdrawRoles},
		"a storm":       {Kind: emulator.FaultStatus, Status: 429, RetryAfter: "3600"},
		"an outage":     {Kind: emulator.FaultStatus, Status: 503},
		"silence":       {Kind: emulator.FaultSlow, Delay: emulator.Duration(5 * time.Minute)},
		"no connection": {Kind: emulator.FaultCut},
	} {
		t.Run(name, func(t *testing.T) {
			twoTenants(t, emulator.Settings{}, func(l *lab, ours, theirs *twin) {
				fault.Service, fault.Tenant = "graph", fabrikam
				l.faults(fault)
				theirs.edit(incident.FieldStatus, "Active").deliver()
				l.run(time.Second)
				for _, status := range []incident.Value{"Active", "Closed", "New"} {
					ours.edit(incident.FieldStatus, status).deliver()
					l.run(time.Second)
					ours.agrees()
				}
				l.faults()
				l.run(2 * time.Hour)
				theirs.agrees()
			})
		})
	}
}

func TestTheIncidentsOfTenantsDoNotMix(t *testing.T) {
	twoTenants(t, emulator.Settings{}, func(l *lab, ours, theirs *twin) {
		ours.edit(incident.FieldStatus, "Active").deliver()
		theirs.edit(incident.FieldStatus, "Closed").deliver()
		l.run(time.Second)
		require.Equal(l.t, incident.DefenderInProgress, l.defender(contoso, "1").Values[incident.FieldStatus])
		require.Equal(l.t, incident.DefenderResolved, l.defender(fabrikam, "1").Values[incident.FieldStatus])
		require.Len(l.t, l.writes(), 2)
	})
}

func TestATenantsOwnCredentialIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{})
		own := l.config.Azure.Credential
		l.config.Azure.Credential = azure.CredentialConfig{}
		l.config.Azure.Credential.ClientSecret = own.ClientSecret
		wrong := *own.ClientSecret.Get()
		wrong.Secret = "not the emulator's"
		l.config.Azure.Credential.ClientSecret.GetOrInsertDefault().Secret = wrong.Secret
		right := *own.ClientSecret.Get()
		right.Secret = emulator.Secret
		l.config.Tenants[0].Credential.ClientSecret.GetOrInsertDefault().ClientID = right.ClientID
		l.config.Tenants[0].Credential.ClientSecret.GetOrInsertDefault().Secret = right.Secret
		l.start()
		twin := l.pair("1", nil)
		twin.edit(incident.FieldStatus, "Active").deliver()
		l.run(time.Second)
		twin.agrees()
	})
}

func TestWhatAPersonMustMendIsSaidWithItsRemedyAndTakenBack(t *testing.T) {
	for name, c := range map[string]struct {
		fault  emulator.Fault
		remedy string
	}{
		"consent to read only": {
			emulator.Fault{Kind: emulator.FaultWithdrawRoles, Roles: []string{"SecurityIncident.ReadWrite.All"}, Operation: "patch_incident"},
			"Grant the application the role SecurityIncident.ReadWrite.All on Microsoft Graph in this tenant, and have an administrator consent.",
		},
		"no Defender there": {emulator.Fault{Kind: emulator.FaultUnprovisioned}, "Open the Microsoft Defender portal once in this tenant"},
		"refused tokens":    {emulator.Fault{Kind: emulator.FaultStatus, Status: 401, Service: "graph"}, "Check that `cloud`, `tenant_id` and the application belong together"},
		"a 403 without why": {emulator.Fault{Kind: emulator.FaultStatus, Status: 403, Operation: "patch_incident"}, "SecurityIncident.ReadWrite.All"},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
				twin := l.pair("1", nil)
				l.faults(c.fault)
				twin.edit(incident.FieldStatus, "Active").deliver()
				l.run(10 * time.Minute)
				status, sentence := l.host.Status(), l.sentence()
				require.Equal(t, componentstatus.StatusRecoverableError, status)
				require.Contains(t, sentence, "incidents of tenant contoso are not written to Defender, and wait.")
				require.Contains(t, sentence, c.remedy)
				require.Equal(t, 1, l.logs.FilterMessageSnippet("not written").Len(), "said once")
				require.Equal(t, 0, l.metric("tenant_up"))
				l.faults()
				l.run(10 * time.Minute)
				twin.agrees()
				status = l.host.Status()
				require.Equal(t, componentstatus.StatusOK, status)
				require.Equal(t, 1, l.metric("tenant_up"))
			})
		})
	}
}

func TestAnExpiredSecretIsSaidAndNothingIsThoughtWritten(t *testing.T) {
	inLab(t, emulator.Settings{TokenFor: 10 * time.Minute}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.run(time.Hour) // the token is old
		l.wire.listen(func(r *http.Request, _ string) (*http.Response, error) {
			if strings.Contains(r.URL.Path, "/oauth2/") {
				return page(r, http.StatusUnauthorized, "application/json", `{"error":"invalid_client","error_codes":[7000222],"error_description":"AADSTS7000222: The provided client secret keys for app are expired."}`), nil
			}
			return nil, nil
		}, nil)
		twin.edit(incident.FieldStatus, "Active").comment("only once").deliver()
		l.run(10 * time.Minute)
		sentence := l.sentence()
		require.Contains(t, sentence, "Make a new client secret")
		require.Nil(t, l.entry("1").Intent)
		l.wire.listen(nil, nil)
		l.run(10 * time.Minute)
		twin.agrees()
		require.Equal(t, 1, l.said("1", "only once"))
	})
}

func TestThrottlingIsObeyedAtAnyLengthAndIsNobodysFault(t *testing.T) {
	for name, c := range map[string]struct {
		retryAfter string
		wait       time.Duration
	}{
		"seconds": {"3600", time.Hour},
		"a date":  {"date:3600", time.Hour},
		"a day":   {"86400", 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
				twin := l.pair("1", nil)
				l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 429, RetryAfter: c.retryAfter, Service: "graph", Count: 1})
				twin.edit(incident.FieldStatus, "Active").deliver()
				l.run(c.wait - time.Second)
				require.Equal(t, 1, l.requests(http.MethodGet, "/incidents/1"))
				l.run(2 * time.Second)
				twin.agrees()
				status := l.host.Status()
				require.NotEqual(t, componentstatus.StatusRecoverableError, status)
				require.InDelta(t, c.wait.Seconds(), l.metric("throttled_seconds"), 1)
			})
		})
	}
}

func TestThrottlingWithoutAWordBacksOff(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 429, Service: "graph"})
		twin.edit(incident.FieldStatus, "Active").deliver()
		l.run(time.Hour)
		n := l.requests(http.MethodGet, "/incidents/1")
		require.Greater(t, n, 8)
		require.Less(t, n, 40)
		l.faults()
		l.run(6 * time.Minute)
		twin.agrees()
	})
}

func TestAStormKeepsToTheBudgetClosingsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, incidents = 45, 90
		l := newLab(t, emulator.Settings{GraphRPM: limit})
		l.config.RequestsPerMinute = limit
		l.start()
		for id := range incidents {
			l.pair(fmt.Sprint(id), map[string]any{"severity": []string{"low", "medium", "high"}[id%3]})
		}
		for id := range incidents { // owners first, closings last: the order is ours to make
			if id%2 == 0 {
				l.twins[fmt.Sprint(id)].edit(incident.FieldOwner, "jane@provider.test")
			} else {
				l.twins[fmt.Sprint(id)].edit(incident.FieldStatus, "Closed")
			}
		}
		all := plog.NewLogs()
		for id := range incidents {
			l.twins[fmt.Sprint(id)].comment("noted").record().ResourceLogs().MoveAndAppendTo(all.ResourceLogs())
		}
		l.consume(all)
		l.run(30 * time.Second)
		require.InDelta(t, (5 * time.Minute).Seconds(), l.metric("remaining_time"), 61, "90 edits and 90 comments at 45 requests a minute")
		l.run(20 * time.Minute)
		for _, twin := range l.twins {
			twin.agrees()
			require.Equal(t, 1, l.said(twin.link.IncidentID, "noted"))
		}
		for _, r := range l.emulator.Requests(0) {
			require.NotEqual(t, http.StatusTooManyRequests, r.Status)
		}
		var rank []int
		for _, w := range l.writes() {
			if w.Kind == emulator.WriteComment {
				rank = append(rank, 2)
			} else if strings.Contains(string(w.After), "resolved") {
				rank = append(rank, 0)
			} else {
				rank = append(rank, 1)
			}
		}
		sorted := 0
		for i := 1; i < len(rank); i++ {
			if rank[i] < rank[i-1] {
				sorted++
			}
		}
		require.LessOrEqual(t, sorted, 3*workersPerTenant, "closings, then edits, then comments")
		for _, w := range l.writes()[:15-workersPerTenant] {
			require.Contains(t, string(w.After), `"severity":"high"`, "the severest first")
		}
	})
}
