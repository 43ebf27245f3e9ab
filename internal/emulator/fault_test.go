package emulator_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestStatusFaultsInEachServicesForm(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.token(emulator.DefaultTenant, logsScope)
	for _, status := range []int{429, 500, 503, 504} {
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: status, Service: "graph"})
		a := l.get(incidents)
		l.equal("graph", a.status, status)
		l.contains("graph", a.body, `"error":{"code":"`, `"innerError"`)
		l.equal("no Retry-After", a.header.Get("Retry-After"), "")
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: status, Service: "ingestion", RetryAfter: "17"})
		a = l.upload("Custom-DefenderOriginal", `[{"Part":1}]`)
		l.equal("ingestion", a.status, status)
		l.contains("ingestion", a.body, `{"error":{"code":"`)
		l.equal("Retry-After", a.header.Get("Retry-After"), "17")
		l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: status, Service: "login", RetryAfter: "date:30"})
		a = l.form(emulator.DefaultTenant, secretForm(graphScope))
		l.equal("login", a.status, status)
		l.contains("login", a.body, `"error":"temporarily_unavailable"`, "AADSTS90033")
		l.equal("Retry-After as a date", a.header.Get("Retry-After"), l.now.Add(30*time.Second).Format(http.TimeFormat))
	}
	l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 503, Body: "html"})
	l.contains("html", l.get(incidents).body, "<html>")
	l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 503, Body: "empty"})
	l.equal("empty", l.get(incidents).body, "")
}

func TestFaultsKeepToTheirPlaceAndCount(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	other := "00000000-0000-4000-8000-00000000000b"
	l.token(other, graphScope)
	l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 500, Tenant: strings.ToUpper(other), Operation: "list_alerts", Count: 2})
	l.equal("another tenant", l.get(alerts).status, 200)
	l.equal("another operation", l.getAs(other, incidents).status, 200)
	for i, want := range []int{500, 500, 200} {
		l.equal(fmt.Sprint("request ", i), l.getAs(other, alerts).status, want)
	}
	l.equal("played", l.e.FaultState().Played, []int{2})
	l.equal("by kind", l.e.Summary().Faults, map[string]int{"500": 2})
	lines := l.e.Requests(0)
	l.equal("named in the log", lines[len(lines)-2].Fault, "status")
}

// luck records which of n requests fail at a rate.
func luck(t *testing.T, seed uint64, noise bool) string {
	l := newLab(t, emulator.Settings{})
	other := "00000000-0000-4000-8000-00000000000b"
	l.token(other, graphScope)
	l.token(emulator.DefaultTenant, graphScope)
	if err := l.e.SetFaults(emulator.Plan{Seed: seed, Faults: []emulator.Fault{{Kind: emulator.FaultStatus, Status: 500, Rate: share(0.3)}}}); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for range 400 {
		if noise {
			l.getAs(other, incidents)
		}
		got.WriteString(map[int]string{200: ".", 500: "x"}[l.get(incidents).status])
	}
	return got.String()
}

func TestChancesComeFromTheSeedAndKeepTheirRate(t *testing.T) {
	first := luck(t, 7, false)
	if again := luck(t, 7, false); again != first {
		t.Errorf("another run of one seed:\n%s\n%s", first, again)
	}
	if noisy := luck(t, 7, true); noisy != first {
		t.Errorf("another tenant's traffic changed the luck:\n%s\n%s", first, noisy)
	}
	if luck(t, 8, false) == first {
		t.Error("two seeds, one luck")
	}
	if n := strings.Count(first, "x"); n < 85 || n > 155 {
		t.Errorf("%d of 400 failed at a rate of 0.3", n)
	}
	never := newLab(t, emulator.Settings{Faults: emulator.Plan{Faults: []emulator.Fault{{Kind: emulator.FaultStatus, Status: 500, Rate: share(0)}}}})
	never.equal("rate 0", never.get(incidents).status, 200)
}

func TestConnectionsAreCut(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	fill(l, 50)
	whole := l.get(incidents).body
	l.faults(emulator.Fault{Kind: emulator.FaultCut, Service: "graph"})
	a := l.get(incidents)
	if a.err == nil || a.status != 0 {
		t.Errorf("cut before the answer: %d %v", a.status, a.err)
	}
	for _, n := range []int{1, 700, 1_000_000} {
		l.faults(emulator.Fault{Kind: emulator.FaultCut, Bytes: n})
		a = l.get(incidents)
		if !errors.Is(a.err, io.ErrUnexpectedEOF) || a.body != whole[:min(n, len(whole))] {
			t.Errorf("cut after %d bytes: got %d bytes, %v", n, len(a.body), a.err)
		}
	}
	l.token(emulator.DefaultTenant, graphScope)
	l.faults()
	l.token(emulator.DefaultTenant, logsScope)
	l.faults(emulator.Fault{Kind: emulator.FaultCut, Bytes: 1, Operation: "upload"})
	a = l.upload("Custom-DefenderOriginal", `[{"Part":1}]`)
	l.equal("the 204 is lost", []any{a.status, a.err != nil}, []any{0, true})
	l.equal("its rows are not", len(l.e.Rows("Custom-DefenderOriginal", "")), 1)
	l.faults(emulator.Fault{Kind: emulator.FaultLostAnswer, Count: 2})
	a = l.get(incidents)
	l.equal("a lost answer", []any{a.status, a.body, a.err != nil}, []any{0, "", true})
	a = l.upload("Custom-DefenderOriginal", `[{"Part":2}]`)
	l.equal("a lost 204", []any{a.status, a.err != nil, len(l.e.Rows("Custom-DefenderOriginal", ""))}, []any{0, true, 2})
}

func TestSlowAnswersAndAClientThatGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{Now: time.Now})
		l.token(emulator.DefaultTenant, graphScope)
		l.faults(emulator.Fault{Kind: emulator.FaultSlow, Delay: emulator.Duration(30 * time.Second)})
		start := time.Now()
		l.equal("status", l.get(incidents).status, 200)
		l.equal("waited", time.Since(start), 30*time.Second)
	})
}

func TestTokensExpireEarly(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.token(emulator.DefaultTenant, graphScope)
	l.faults(emulator.Fault{Kind: emulator.FaultExpireTokens, Delay: emulator.Duration(5 * time.Minute)})
	l.equal("young", l.get(incidents).status, 200)
	l.now = l.now.Add(5 * time.Minute)
	l.contains("old", l.get(incidents).body, "Lifetime validation failed")
	clear(l.tokens)
	l.equal("fresh", l.get(incidents).status, 200)
	l.faults(emulator.Fault{Kind: emulator.FaultExpireTokens, Count: 1})
	l.equal("at once", l.get(incidents).status, 401)
	l.equal("once", l.get(incidents).status, 200)
}

func TestWithdrawnRolesAndUnprovisionedTenants(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.token(emulator.DefaultTenant, logsScope)
	l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles, Roles: []string{"SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All"}})
	a := l.get(incidents)
	l.equal("incidents", a.status, 403)
	l.contains("incidents", a.body, `"code":"Forbidden"`,
		"Missing application roles. API required roles: SecurityIncident.Read.All,SecurityIncident.ReadWrite.All, application roles: SecurityAlert.Read.All,SecurityAlert.ReadWrite.All,SecurityData.Manage.All.")
	l.equal("alerts", l.get(alerts).status, 200)
	l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles, Roles: []string{"SecurityIncident.ReadWrite.All"}})
	l.equal("reading needs no write", l.get(incidents).status, 200)
	l.faults(emulator.Fault{Kind: emulator.FaultWithdrawRoles})
	a = l.get(alerts)
	l.equal("alerts without any", a.status, 403)
	l.contains("alerts without any", a.body, "SecurityAlert.Read.All,SecurityAlert.ReadWrite.All,SecurityIncident.Read.All,SecurityIncident.ReadWrite.All, application roles: .")
	a = l.upload("Custom-DefenderOriginal", `[{"Part":1}]`)
	l.equal("ingestion", a.status, 403)
	l.contains("ingestion", a.body, `"code":"OperationFailed"`, "does not have access to ingest data for the data collection rule with immutable Id '"+rule+"'",
		"PipelineAccessResult: AccessGranted: False, IsRbacPresent: False, IsDcrDceBindingValid: ")
	l.faults(emulator.Fault{Kind: emulator.FaultUnprovisioned, Tenant: emulator.DefaultTenant})
	l.equal("incidents, unprovisioned", l.get(incidents).status, 403)
	l.contains("incidents, unprovisioned", l.get(incidents).body, "not provisioned")
	l.equal("alerts, unprovisioned", l.get(alerts).status, 404)
	l.equal("another tenant", l.getAs("00000000-0000-4000-8000-00000000000b", incidents).status, 200)
	l.faults(emulator.Fault{Kind: emulator.FaultUnprovisioned, Status: 401})
	l.equal("the other status seen", l.get(incidents).status, 401)
}

func TestEveryKindIsSaidInWords(t *testing.T) {
	all := []emulator.Fault{
		{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "5"},
		{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "date:5"},
		{Kind: emulator.FaultCut},
		{Kind: emulator.FaultCut, Bytes: 5},
		{Kind: emulator.FaultSlow, Delay: 1},
		{Kind: emulator.FaultTinyPages},
		{Kind: emulator.FaultLate, Delay: 1},
		{Kind: emulator.FaultTies},
		{Kind: emulator.FaultShuffle},
		{Kind: emulator.FaultNoNextLink},
		{Kind: emulator.FaultNextLinkLast},
		{Kind: emulator.FaultSkipLimit},
		{Kind: emulator.FaultRefuseNextLink},
		{Kind: emulator.FaultForeignNextLink, Host: "h"},
		{Kind: emulator.FaultExpandFails},
		{Kind: emulator.FaultPoison, IDs: []string{"1"}},
		{Kind: emulator.FaultPoison, IDs: []string{"1"}, ExpandOnly: true},
		{Kind: emulator.FaultIgnoreOrderBy},
		{Kind: emulator.FaultPartial},
		{Kind: emulator.FaultExpireTokens},
		{Kind: emulator.FaultWithdrawRoles},
		{Kind: emulator.FaultWithdrawRoles, Roles: []string{"r"}},
		{Kind: emulator.FaultUnprovisioned},
		{Kind: emulator.FaultBodyLimit, Bytes: 1},
		{Kind: emulator.FaultBodyLimit, Bytes: 1, AppliesTo: "compressed"},
		{Kind: emulator.FaultLostAnswer},
		{Kind: emulator.FaultStaleAnswer},
		{Kind: emulator.FaultStaleRead, Delay: 1},
		{Kind: emulator.FaultNoEffect},
		{Kind: emulator.FaultRewrite},
		{Kind: emulator.FaultEtagConflict},
	}
	plan := emulator.Plan{Faults: all}
	if err := plan.Validate(); err != nil {
		t.Fatal(err)
	}
	words := plan.Words()
	if len(slices.Compact(sorted(words))) != len(all) {
		t.Errorf("not one line each: %q", words)
	}
	for i, line := range words {
		if line == string(all[i].Kind) || !strings.Contains(line, " ") {
			t.Errorf("%s is not said in words: %q", all[i].Kind, line)
		}
	}
}
