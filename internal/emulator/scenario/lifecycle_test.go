package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// key names an incident among all tenants.
func key(s Step) string { return s.Tenant + "/" + id(s.Incident) }

func TestEachStepIsDatedByTheClock(t *testing.T) {
	for _, name := range []string{"life", "burst", "sizes", "every-type"} {
		now := start()
		for _, step := range play(t, name, some(name, 30)) {
			if step.After < 0 {
				t.Fatalf("%s: time runs back by %v", name, step.After)
			}
			now = now.Add(step.After)
			if got := moment(t, step.Incident["lastUpdateDateTime"]); !got.Equal(now.Truncate(100)) {
				t.Fatalf("%s: %s is dated %v at %v", name, step.Note, got, now)
			}
		}
	}
}

func TestReferencesHold(t *testing.T) {
	for _, name := range Names() {
		latest := map[string]object{}
		for _, step := range play(t, name, some(name, 80)) {
			latest[key(step)] = step.Incident
			i := step.Incident
			want := portal + "/incident2/" + id(i) + "/overview?tid=" + step.Tenant
			if i["tenantId"] != step.Tenant || i["incidentWebUrl"] != want {
				t.Errorf("%s: tenant %v, url %v", name, i["tenantId"], i["incidentWebUrl"])
			}
			for _, a := range alertsOf(i) {
				if a["incidentId"] != i["id"] || a["incidentWebUrl"] != want || a["tenantId"] != step.Tenant || a["alertWebUrl"] != portal+"/alerts/"+id(a)+"?tid="+step.Tenant {
					t.Errorf("%s: alert %v of incident %v points elsewhere", name, a["id"], i["id"])
				}
			}
		}
		home := map[any]string{}
		for k, i := range latest {
			for _, a := range alertsOf(i) {
				if other, ok := home[a["id"]]; ok {
					t.Errorf("%s: alert %v is in %s and %s", name, a["id"], k, other)
				}
				home[a["id"]] = k
			}
		}
	}
}

func TestMerges(t *testing.T) {
	latest, chains, merges := map[string]object{}, 0, 0
	for _, step := range lifeOf(t) {
		i, before := step.Incident, latest[key(step)]
		if (i["status"] == "redirected") != (i["redirectIncidentId"] != nil) {
			t.Errorf("status %v, redirected to %v", i["status"], i["redirectIncidentId"])
		}
		latest[key(step)] = i
		if i["status"] != "redirected" {
			continue
		}
		merges++
		tags, _ := i["systemTags"].(list)
		target := latest[step.Tenant+"/"+text(i["redirectIncidentId"])]
		if !slices.Contains(tags, any("Redirected")) || len(alertsOf(i)) != 0 || target == nil || target["status"] == "redirected" {
			t.Errorf("incident %v redirected to %v with tags %v and %d alerts", i["id"], i["redirectIncidentId"], tags, len(alertsOf(i)))
		}
		if strings.Contains(fmt.Sprint(before["displayName"]), "nil") || len(alertsOf(before)) == 0 {
			t.Errorf("incident %v had nothing to merge", i["id"])
		}
	}
	for k, i := range latest {
		tenant, _, _ := strings.Cut(k, "/")
		if i["status"] == "redirected" && latest[tenant+"/"+text(i["redirectIncidentId"])]["status"] == "redirected" {
			chains++
		}
	}
	if merges < 10 || chains < 1 {
		t.Errorf("%d merges and %d chains in a long life", merges, chains)
	}
}

// What a merge moves arrives: the target holds the source's alerts in the very next step.
func TestMergeMovesAlerts(t *testing.T) {
	steps := lifeOf(t)
	latest := map[string]object{}
	for n, step := range steps {
		if step.Incident["status"] == "redirected" {
			next := steps[n+1]
			if next.After != 0 || id(next.Incident) != step.Incident["redirectIncidentId"] {
				t.Fatalf("after %q came %q", step.Note, next.Note)
			}
			have := map[any]bool{}
			for _, a := range alertsOf(next.Incident) {
				have[a["id"]] = a["lastUpdateDateTime"] == next.Incident["lastUpdateDateTime"]
			}
			for _, a := range alertsOf(latest[key(step)]) {
				if !have[a["id"]] {
					t.Errorf("alert %v was lost or not stamped", a["id"])
				}
			}
		}
		latest[key(step)] = step.Incident
	}
}

// A document changes if and only if its lastUpdateDateTime does: readers rely on that field.
func TestNoChangeWithoutAStamp(t *testing.T) {
	type version struct{ stamp, text string }
	latest := map[string]version{}
	seen := func(kind, k string, o object) {
		now := version{text(o["lastUpdateDateTime"]), encode(t, o)}
		before, ok := latest[kind+k]
		latest[kind+k] = now
		if changed, stamped := before.text != now.text, before.stamp != now.stamp; ok && changed != stamped {
			t.Errorf("%s %s: changed %v, stamped %v", kind, k, changed, stamped)
		}
	}
	for _, step := range lifeOf(t) {
		for _, a := range alertsOf(step.Incident) {
			seen("alert", step.Tenant+id(a), a)
		}
		bare := cloneObject(step.Incident)
		delete(bare, "alerts")
		seen("incident", key(step), bare)
	}
}

func TestVerdictsAndCascade(t *testing.T) {
	suits := map[string]string{
		"truePositive":                  "multiStagedAttack maliciousUserActivity compromisedAccount malware phishing unwantedSoftware other",
		"informationalExpectedActivity": "securityTesting lineOfBusinessApplication confirmedActivity other",
		"falsePositive":                 "notMalicious notEnoughDataToValidate other",
		"unknown":                       "unknown", "": "",
	}
	resolved := map[string]bool{}
	met := map[string]bool{}
	for _, step := range lifeOf(t) {
		i := step.Incident
		class, determination := text(i["classification"]), text(i["determination"])
		if want, ok := suits[class]; !ok || !slices.Contains(strings.Split(want, " "), determination) {
			t.Errorf("%q with %q", class, determination)
		}
		met[class] = true
		if i["status"] != "resolved" {
			continue
		}
		for _, a := range alertsOf(i) {
			if a["status"] != "resolved" || a["resolvedDateTime"] == nil || a["classification"] != i["classification"] || a["determination"] != i["determination"] {
				t.Errorf("incident %v is resolved, its alert %v %v as %v", i["id"], a["id"], a["status"], a["classification"])
			}
			if !resolved[key(step)] && a["lastUpdateDateTime"] != i["lastUpdateDateTime"] {
				t.Errorf("resolving incident %v did not stamp alert %v", i["id"], a["id"])
			}
		}
		resolved[key(step)] = true
	}
	if len(met) != len(suits) || len(resolved) < 100 {
		t.Errorf("met verdicts %v, %d resolved", met, len(resolved))
	}
}

func TestLifeIsVaried(t *testing.T) {
	statuses, writers, names, alerts := map[any]int{}, map[string]int{}, map[any]int{}, map[int]int{}
	var wide, joins, opened int
	known := map[string]int{}
	for _, step := range lifeOf(t) {
		i := step.Incident
		statuses[i["status"]]++
		by := text(i["lastModifiedBy"])
		if strings.Contains(by, "@") {
			by = "API-App:person"
		}
		writers[by]++
		n := len(alertsOf(i))
		if before, ok := known[key(step)]; ok && n > before {
			joins++
		} else if !ok {
			opened++
			names[i["displayName"]]++
			if number, _ := strconv.ParseInt(id(i), 10, 64); number > 1<<31 {
				wide++
			}
		}
		known[key(step)] = n
		alerts[n]++
	}
	for _, status := range []any{"active", "inProgress", "resolved", "redirected", "awaitingAction"} {
		if statuses[status] == 0 {
			t.Errorf("no incident is ever %v", status)
		}
	}
	for _, by := range []string{byCreation, byAction, byAutomation, "API-App:person"} {
		if writers[by] == 0 {
			t.Errorf("%s never wrote", by)
		}
	}
	if opened != lifeIncidents || joins < 100 || wide < 100 || len(names) < 20 || len(writers) != 4 {
		t.Errorf("%d opened, %d joins, %d wide ids, %d names, writers %v", opened, joins, wide, len(names), writers)
	}
	for n := 1; n <= 8; n++ {
		if alerts[n] == 0 {
			t.Errorf("no incident ever had %d alerts: %v", n, alerts)
		}
	}
}

func TestArrivalsAreASecondOrTwoApart(t *testing.T) {
	known, now, last := map[string]bool{}, start(), start()
	for _, step := range play(t, "life", settings(40)) {
		now = now.Add(step.After)
		if known[key(step)] {
			continue
		}
		known[key(step)] = true
		if gap := now.Sub(last); gap < 900*time.Millisecond || gap > 3100*time.Millisecond {
			t.Errorf("%s came %v after the one before", step.Note, gap)
		}
		last = now
	}
}

func TestAlertNamesAgree(t *testing.T) {
	sources := map[string]string{
		"da": mde, "ed": mde, "fa": "microsoftDefenderForOffice365", "aa": "microsoftDefenderForIdentity", "ca": "microsoftDefenderForCloudApps",
		"ad": "azureAdIdentityProtection", "ma": "microsoftAppGovernance", "dl": "dataLossPrevention", "dc": mdc, "sn": "microsoftSentinel",
		"ir": "microsoftInsiderRiskManagement", "ra": "microsoft365Defender",
	}
	met := map[string]bool{}
	for _, step := range play(t, "every-type", settings(0)) {
		for _, a := range alertsOf(step.Incident) {
			prefix := id(a)[:2]
			met[prefix] = true
			if a["serviceSource"] != sources[prefix] || a["providerAlertId"] != id(a)[2:] || a["productName"] == "" {
				t.Errorf("alert %v of %v, provider's id %v", a["id"], a["serviceSource"], a["providerAlertId"])
			}
		}
	}
	if len(met) != len(sources) {
		t.Errorf("only prefixes %v met", met)
	}
}
