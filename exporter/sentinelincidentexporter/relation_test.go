package sentinelincidentexporter

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

func TestAlertsAreRelatedOnceTheRuleHasMadeThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.open("1", "", "a1", "a2")
		l.upload("1", "a1", "a2")
		time.Sleep(4 * time.Minute)
		require.Empty(t, l.twin("1").Relations)
		require.EqualValues(t, 2, l.metric("waiting_alerts", "tenant=contoso"))
		time.Sleep(6 * time.Minute)
		require.Len(t, l.twin("1").Relations, 2)
		require.Zero(t, l.metric("waiting_alerts"))
		require.EqualValues(t, 2, l.metric("related_alerts", "tenant=contoso"))

		l.upload("1", "a3")
		l.put("1", "", "a1", "a2", "a3")
		l.edit("1", `{"severity":"low"}`)
		time.Sleep(time.Hour)
		require.Len(t, l.twin("1").Relations, 3)
		n := len(l.emulator.Requests(0))
		time.Sleep(5 * time.Hour)
		for _, r := range l.emulator.Requests(0)[n:] {
			require.NotContains(t, r.Path, "/query", "there is nothing left to look for")
		}
	})
}

func TestAnIncidentTakesOneHundredAndFiftyAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		var alerts []string
		for n := range 170 {
			alerts = append(alerts, fmt.Sprintf("a%d", n))
		}
		l.upload("1", alerts...)
		l.open("1", "", alerts...)
		time.Sleep(3 * time.Hour)
		require.Len(t, l.twin("1").Relations, 150)
		require.Equal(t, 20, l.entry("1").Alerts.Over)
		require.Equal(t, 150, l.entry("1").Alerts.Related)
		require.LessOrEqual(t, l.emulator.Summary().ARM.Limits["put_relation"].Largest, 75)
		require.Zero(t, l.emulator.Summary().ARM.Limits["put_relation"].Refused)
	})
}

// TestAPersonsRelationIsNoReasonToComplain relates alerts by hand before the
// exporter does, under another name, and fills an incident.
func TestAPersonsRelationIsNoReasonToComplain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.upload("1", "a1", "a2")
		time.Sleep(6 * time.Minute)
		l.open("1", "", "a1", "a2")
		first := true
		l.wire.intercept(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/relations/") && first {
				first = false
				mine := r.Clone(r.Context())
				mine.Body = http.NoBody
				body := bodyOf(t, r)
				mine.Body = sayBody(body)
				at := strings.LastIndex(r.URL.Path, "/")
				mine.URL.Path = r.URL.Path[:at] + "/by-hand"
				mine.URL.RawPath = ""
				resp, err := next.RoundTrip(mine)
				if err == nil {
					_ = resp.Body.Close()
				}
			}
			return next.RoundTrip(r)
		})
		time.Sleep(time.Hour)
		require.Len(t, l.twin("1").Relations, 2)
		require.Equal(t, 2, l.decision("relation", ledger.ResultWritten))
		require.Zero(t, l.decision("relation", ledger.ResultParked))
	})
}

func TestAnAlertThatCannotBeRelatedIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.upload("1", "a1", "a2")
		l.open("1", "", "a1", "a2")
		synctest.Wait()
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 400, Operation: "put_relation", Count: 1})
		time.Sleep(24 * time.Hour)
		require.Len(t, l.twin("1").Relations, 1)
		require.Equal(t, 1, l.decision("relation", ledger.ResultParked))
	})
}

// TestManyIncidentsAskFewQueries lets the alerts of many incidents be looked for
// together.
func TestManyIncidentsAskFewQueries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		for n := range 60 {
			alert := fmt.Sprintf("a%d", n)
			l.upload(fmt.Sprint(n), alert)
			l.open(fmt.Sprint(n), "", alert)
		}
		time.Sleep(4 * time.Hour)
		queries := 0
		for _, r := range l.emulator.Requests(0) {
			if strings.HasSuffix(r.Path, "/query") {
				queries++
			}
		}
		for n := range 60 {
			require.Len(t, l.twin(fmt.Sprint(n)).Relations, 1)
		}
		require.Less(t, queries, 30)
	})
}

func TestAnAlertOfAnotherTenantIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.upload("1", "a1")
		l.open("1", "", "a1", "x or 1 == 1")
		l.wire.intercept(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
			if strings.HasSuffix(r.URL.Path, "/query") {
				return say(r, http.StatusOK, `{"tables":[{"name":"t","columns":[{"name":"SystemAlertId"},{"name":"DefenderTenantId"},{"name":"DefenderIncidentId"},{"name":"DefenderAlertId"}],
					"rows":[["11111111-0000-4000-8000-000000000001","99999999-0000-4000-8000-000000000001","1","a1"],["11111111-0000-4000-8000-000000000002","`+contoso+`","1","a9"]]}]}`), nil
			}
			return next.RoundTrip(r)
		})
		time.Sleep(time.Hour)
		require.Empty(t, l.twin("1").Relations)
		require.Equal(t, []string{"a1"}, l.entry("1").Alerts.Waiting, "what cannot be an id is left out")
	})
}

func TestWithoutTheRoleForQueriesTheRestGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, onEmulator)
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 403, Operation: "query"})
		l.upload("1", "a1")
		l.open("1", "", "a1")
		time.Sleep(time.Hour)
		l.edit("1", `{"severity":"low"}`)
		synctest.Wait()
		require.Equal(t, "Low", l.twin("1").Properties.Severity)
		require.ErrorContains(t, l.host.StatusError(), "alerts of workspace soc are not related with their incidents. Assign the role Log Analytics Reader")
		l.faults()
		time.Sleep(time.Hour)
		require.Len(t, l.twin("1").Relations, 1)
		require.NoError(t, l.host.StatusError())
	})
}

func TestAnAnswerThatAnAlertIsAbsentAgesSoon(t *testing.T) {
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	b := alertBatch{tenantID: "t", at: at, asked: map[string]bool{"here": true, "absent": true}, found: map[string]string{"here": "s"}}
	for _, c := range []struct {
		tenant string
		alerts []string
		age    time.Duration
		want   bool
	}{
		{"t", []string{"here", "absent"}, absentFresh - 1, true},
		{"t", []string{"here", "absent"}, absentFresh, false},
		{"t", []string{"here"}, absentFresh, true},
		{"t", []string{"here"}, alertsFresh, false},
		{"t", []string{"never asked"}, 0, false},
		{"another", []string{"here"}, 0, false},
	} {
		require.Equal(t, c.want, b.covers(c.tenant, c.alerts, at.Add(c.age)), "%+v", c)
	}
}
