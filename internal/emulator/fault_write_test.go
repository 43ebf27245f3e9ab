package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// graphWrites are one good request for each operation that writes.
func graphWrites() map[string][3]string {
	return map[string][3]string{
		"patch_incident":   {"PATCH", incidents + "/1", `{"status":"inProgress"}`},
		"comment_incident": {"POST", incidents + "/1/comments", `{"comment":"c"}`},
		"merge_incidents":  {"POST", incidents + "/mergeIncidents", `{"incidentIds":["1","2"]}`},
		"patch_alert":      {"PATCH", alerts + "/a1", `{"status":"inProgress"}`},
		"comment_alert":    {"POST", alerts + "/a1/comments", `{"comment":"c"}`},
		"move_alerts":      {"POST", alerts + "/moveAlerts", `{"alertIds":["a1"],"incidentId":"2"}`},
	}
}

func TestFaultsStrikeEachWrite(t *testing.T) {
	for op, request := range graphWrites() {
		l := newLab(t, emulator.Settings{})
		l.twoAlerts("1")
		l.twoAlerts("2")
		n := l.number()
		send := func() answer { return l.send(request[0], request[1], request[2]) }
		l.token(emulator.DefaultTenant, graphScope)
		for _, f := range []emulator.Fault{
			{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "9"},
			{Kind: emulator.FaultStatus, Status: 503},
			{Kind: emulator.FaultStatus, Status: 500},
			{Kind: emulator.FaultUnprovisioned},
			{Kind: emulator.FaultExpireTokens},
			{Kind: emulator.FaultCut},
		} {
			f.Operation = op
			l.faults(f)
			a := send()
			if a.err == nil && a.status < 400 {
				t.Errorf("%s: %s was not played: %d", op, f.Kind, a.status)
			}
			if f.Status == 429 {
				l.equal(op+" Retry-After", a.header.Get("Retry-After"), "9")
			}
			l.equal(op+", another operation", l.get(incidents+"/1").status, 200)
		}
		l.equal(op+" before any work", l.writes(n), []string{})
		l.faults(emulator.Fault{Kind: emulator.FaultLostAnswer, Operation: op, Count: 1})
		if a := send(); a.err == nil {
			t.Errorf("%s: the answer was not lost: %d %s", op, a.status, a.body)
		}
		if len(l.writes(n)) == 0 {
			t.Errorf("%s: the work was not done", op)
		}
	}
}

func TestAnAnswerMayBreakOffAfterTheWork(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	n := l.number()
	l.token(emulator.DefaultTenant, graphScope)
	l.faults(emulator.Fault{Kind: emulator.FaultCut, Bytes: 20, Operation: "patch_incident"})
	a := l.patch(incidents+"/1", `{"status":"inProgress"}`)
	l.equal("got", []any{a.err != nil, len(a.body)}, []any{true, 20})
	l.equal("done", l.writes(n), []string{"app update incident 1 [status]"})
}

func TestStaleAnswersShowTheStateBefore(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.faults(emulator.Fault{Kind: emulator.FaultStaleAnswer})
	before := l.get(incidents + "/1").body
	l.equal("a PATCH", l.patch(incidents+"/1", `{"status":"inProgress"}`).body, before)
	l.contains("done all the same", l.get(incidents+"/1").body, `"status":"inProgress"`)
	l.contains("a comment", l.send("POST", incidents+"/1/comments", `{"comment":"c"}`).body, `"value":[]`)
	l.contains("added all the same", l.get(incidents+"/1").body, `"comment":"c"`)
	l.contains("an alert", l.patch(alerts+"/a1", `{"status":"resolved"}`).body, `"status":"new"`)
}

func TestNoEffectAnswersAndChangesNothing(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.faults(emulator.Fault{Kind: emulator.FaultNoEffect, Count: 2})
	n := l.number()
	before := l.get(incidents + "/1?$expand=alerts").body
	a := l.patch(incidents+"/1", `{"status":"resolved","customTags":["z"]}`)
	l.equal("incident", []any{a.status, a.object()["status"], a.object()["lastUpdateDateTime"]}, []any{200, "active", "2026-01-02T11:00:00Z"})
	l.contains("alert", l.patch(alerts+"/a1", `{"status":"resolved"}`).body, `"status":"new"`)
	l.equal("unchanged", l.get(incidents+"/1?$expand=alerts").body, before)
	l.equal("listed as lost", l.writes(n), []string{"app update incident 1 [] no_effect", "app update alert a1 [] no_effect"})
	l.contains("then as ever", l.patch(incidents+"/1", `{"status":"resolved"}`).body, `"status":"resolved"`)
	l.faults(emulator.Fault{Kind: emulator.FaultNoEffect, Count: 1})
	l.contains("comments are added", l.send("POST", incidents+"/1/comments", `{"comment":"c"}`).body, `"comment":"c"`)
}

func TestStaleReadsShowTheStateOfAWhileAgo(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.faults(emulator.Fault{Kind: emulator.FaultStaleRead, Delay: emulator.Duration(time.Minute)})
	l.contains("what is new altogether shows at once", l.get(incidents+"/1").body, `"status":"active"`)
	l.contains("the answer of a write is no read", l.patch(incidents+"/1", `{"status":"inProgress","customTags":["z"]}`).body, `"status":"inProgress"`)
	reads := map[string]string{"get": incidents + "/1", "list": incidents, "expanded": incidents + "/1?$expand=alerts", "by status": filter("status eq 'active'")}
	for name, target := range reads {
		l.contains(name, l.get(target).body, `"status":"active"`, `"customTags":["old"]`, `"lastUpdateDateTime":"2026-01-02T11:00:00Z"`)
	}
	l.equal("not under its new status", len(l.list(filter("status eq 'inProgress'")).Value), 0)
	l.now = l.now.Add(59 * time.Second)
	l.contains("still", l.get(incidents+"/1").body, `"status":"active"`)
	l.patch(incidents+"/1", `{"status":"resolved"}`)
	l.now = l.now.Add(time.Second)
	l.contains("the change before", l.get(incidents+"/1").body, `"status":"inProgress"`)
	l.contains("alerts too", l.get(alerts+"/a1").body, `"status":"new"`)
	l.contains("whoever looks from outside sees it at once", l.control("GET", "/control/defender/incidents/1", "").body, `"status":"resolved"`)
	l.now = l.now.Add(time.Minute)
	l.contains("in the end", l.get(incidents+"/1").body, `"status":"resolved"`)
	l.contains("its alerts", l.get(alerts+"/a1").body, `"status":"resolved"`)
}

func TestStaleReadsOfOldDocumentsGoBackToWhatWasStored(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.put(`{"id":"1","lastUpdateDateTime":"2025-01-01T00:00:00Z","status":"active"}`)
	l.put(`{"id":"1","lastUpdateDateTime":"2025-01-01T00:00:01Z","status":"inProgress"}`)
	l.put(`{"id":"1","lastUpdateDateTime":"2025-01-01T00:00:02Z","status":"resolved"}`)
	l.faults(emulator.Fault{Kind: emulator.FaultStaleRead, Delay: emulator.Duration(time.Minute)})
	l.contains("as it was before all of this", l.get(incidents+"/1").body, `"status":"active"`)
}

func TestLateEditsAreLateInListsOnly(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.faults(emulator.Fault{Kind: emulator.FaultLate, Delay: emulator.Duration(90 * time.Second)})
	l.patch(incidents+"/1", `{"status":"resolved"}`)
	l.edit("1", `{"assignedTo":"p"}`)
	l.contains("list", l.get(incidents+"?$expand=alerts").body, `"status":"active"`, `"assignedTo":null`, `{"id":"a1","status":"new"`)
	l.contains("alerts", l.get(alerts).body, `{"id":"a1","status":"new"`)
	l.contains("get", l.get(incidents+"/1").body, `"status":"resolved"`, `"assignedTo":"p"`)
	l.now = l.now.Add(90*time.Second + time.Microsecond)
	l.contains("list, later", l.get(incidents+"?$expand=alerts").body, `"status":"resolved"`, `"assignedTo":"p"`, `{"id":"a1","status":"resolved"`)
}

func TestTiesMakeTimesOfEditsEqual(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.twoAlerts("2")
	l.faults(emulator.Fault{Kind: emulator.FaultTies})
	var times []string
	for i, id := range []string{"1", "1", "2"} {
		l.now = l.now.Add(100 * time.Millisecond)
		times = append(times, fmt.Sprint(l.patch(incidents+"/"+id, fmt.Sprintf(`{"summary":"%d"}`, i)).object()["lastUpdateDateTime"]))
	}
	l.equal("times", times, []string{"2026-01-02T12:00:00Z", "2026-01-02T12:00:00Z", "2026-01-02T12:00:00Z"})
	l.contains("the newest content is there", l.get(incidents+"/1").body, `"summary":"1"`)
	l.faults()
	l.patch(incidents+"/1", `{}`)
	l.faults(emulator.Fault{Kind: emulator.FaultTies})
	l.equal("never back", l.patch(incidents+"/1", `{"summary":"x"}`).object()["lastUpdateDateTime"], "2026-01-02T12:00:00.3Z")
}

func TestPoisonSpoilsTheAnswerNotTheWork(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	n := l.number()
	l.faults(emulator.Fault{Kind: emulator.FaultPoison, IDs: []string{"1"}})
	l.equal("status", l.patch(incidents+"/1", `{"status":"inProgress"}`).status, 500)
	l.equal("done", l.writes(n), []string{"app update incident 1 [status]"})
	l.equal("expand only", strings.Contains(l.e.FaultState().Words[0], "incident 1"), true)
}

func TestEditsAreRevisionsThatWantARow(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.patch(incidents+"/1", `{"status":"resolved"}`)
	s := l.e.Summary()
	l.equal("revisions", []int{s.IncidentRevisions, s.AlertRevisions, s.SupersededIncidentRevisions, s.UnwrittenIncidentRevisions, s.UnwrittenAlertRevisions}, []int{2, 3, 1, 1, 2})
	l.incidentRow("1", "2026-01-02T12:00:00Z", "u")
	l.equal("written", l.e.Summary().UnwrittenIncidentRevisions, 0)
}

func TestRewriteStoresOtherThanWasSent(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("1")
	l.faults(emulator.Fault{Kind: emulator.FaultRewrite, Count: 2})
	l.contains("incident", l.patch(incidents+"/1", `{"customTags":[" VIP","vip ","Other"],"assignedTo":" Jane@Contoso.com","displayName":" As Sent "}`).body,
		`"customTags":["vip","other"]`, `"assignedTo":"jane@contoso.com"`, `"displayName":" As Sent "`)
	l.contains("null stays", l.patch(incidents+"/1", `{"assignedTo":null,"customTags":[]}`).body, `"assignedTo":null`, `"customTags":[]`)
	l.contains("as sent again", l.patch(incidents+"/1", `{"customTags":["VIP"]}`).body, `"customTags":["VIP"]`)
}
