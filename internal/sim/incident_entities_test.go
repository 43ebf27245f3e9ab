package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The same address and device in two alerts of an incident, and in one of
// another: each thing is one row of the shipped function, with the roles of
// both alerts and the graver verdict, and another incident has its own.
func TestAThingOfTwoAlertsIsOneEntityWithBothRoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := deployedWorld(t)
		s := newWorkspace(t, w)
		w.start()
		at := time.Now().UTC().Format(time.RFC3339)
		alert := func(incident, id, role, verdict, address string) map[string]any {
			evidence := func(kind string, more map[string]any) map[string]any {
				e := map[string]any{"@odata.type": "#microsoft.graph.security." + kind, "roles": []any{role}, "verdict": verdict}
				for name, v := range more {
					e[name] = v
				}
				return e
			}
			return map[string]any{"id": id, "incidentId": incident, "createdDateTime": at, "lastUpdateDateTime": at, "title": id, "evidence": []any{
				evidence("ipEvidence", map[string]any{"ipAddress": address}),
				evidence("deviceEvidence", map[string]any{"mdeDeviceId": "d1", "hostName": "pc-7"}),
			}}
		}
		incident := func(id string, alerts ...any) map[string]any {
			return map[string]any{"id": id, "createdDateTime": at, "lastUpdateDateTime": at, "alerts": alerts}
		}
		w.put(incident("1", alert("1", "a", "source", "suspicious", "10.0.0.5"), alert("1", "b", "destination", "malicious", "10.0.0.5")))
		w.put(incident("2", alert("2", "c", "scanned", "unknown", "10.0.0.5")))
		time.Sleep(10 * time.Minute)
		w.stop()
		s.look()

		found := map[string]map[string]kqlRow{"1": {}, "2": {}}
		for _, row := range s.run("DefenderIncidentEntities") {
			of := found[row["IncidentId"].(string)]
			require.NotContains(t, of, row["EntityType"], "twice")
			of[row["EntityType"].(string)] = row
		}
		for _, kind := range []string{"ip", "host"} {
			one, other := found["1"][kind], found["2"][kind]
			require.ElementsMatch(t, []any{"source", "destination"}, one["Roles"], kind)
			require.Equal(t, []any{"malicious", int64(2)}, []any{one["Verdict"], one["Alerts"]})
			require.ElementsMatch(t, []any{"a", "b"}, one["AlertIds"])
			require.Equal(t, []any{"scanned"}, other["Roles"])
		}
		require.Equal(t, found["1"]["host"]["NodeKey"], found["2"]["host"]["NodeKey"], "one device everywhere")
		require.NotEqual(t, found["1"]["ip"]["NodeKey"], found["2"]["ip"]["NodeKey"], "a private address is one within its incident")
	})
}
