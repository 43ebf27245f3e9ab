package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func moves(t *testing.T, s Settings) []Move {
	t.Helper()
	seq, err := BothWays(s)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(seq)
}

func TestBothWaysIsTheSameForTheSameSettings(t *testing.T) {
	s := settings(40)
	first := moves(t, s)
	if !reflect.DeepEqual(moves(t, s), first) {
		t.Error("it differs from itself")
	}
	s.Seed++
	if reflect.DeepEqual(moves(t, s), first) {
		t.Error("it does not heed the seed")
	}
	for _, m := range first {
		spoil(m.Story)
		spoil(m.Change)
	}
	s.Seed--
	if again := moves(t, s); reflect.DeepEqual(again, first) || encode(t, again[0].Story) == encode(t, first[0].Story) {
		t.Error("moves share what they hand out")
	}
}

func TestBothWaysRefusesAsNewDoes(t *testing.T) {
	_, err := BothWays(Settings{Incidents: -1})
	want := "scenario \"both-ways\": start must be set\nscenario \"both-ways\": incidents must be at least 0, got -1\nscenario \"both-ways\": at least one tenant needed"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestEachMoveIsOneThingAtItsMoment(t *testing.T) {
	now := start()
	opened := map[string]bool{}
	for _, m := range moves(t, settings(60)) {
		if m.After < 0 {
			t.Fatalf("time runs back by %v", m.After)
		}
		now = now.Add(m.After)
		kinds := 0
		for _, is := range []bool{m.Story != nil, m.Change != nil, m.Merge != nil} {
			if is {
				kinds++
			}
		}
		if kinds != 1 || (m.Story != nil) != (m.By == "") || (m.Story != nil) != (m.Side == "") || m.ID == "" || !strings.Contains(m.Note, m.ID) {
			t.Fatalf("%+v", m)
		}
		switch key := m.Tenant + m.ID; {
		case m.Story != nil:
			opened[key] = true
			if got := moment(t, m.Story["lastUpdateDateTime"]); !got.Equal(now.Truncate(100)) || id(m.Story) != m.ID {
				t.Fatalf("%s is dated %v at %v", m.Note, got, now)
			}
		case !opened[key]:
			t.Fatalf("%s before it opened", m.Note)
		}
	}
}

func TestPeopleSpeakTheWordsOfTheirSide(t *testing.T) {
	words := loadContract(t).Enums
	pairs := map[string]string{
		"truePositive":                  "multiStagedAttack maliciousUserActivity compromisedAccount malware phishing unwantedSoftware other",
		"informationalExpectedActivity": "securityTesting lineOfBusinessApplication confirmedActivity other",
		"falsePositive":                 "notMalicious notEnoughDataToValidate other",
		"TruePositive":                  "SuspiciousActivity", "BenignPositive": "SuspiciousButExpected", "FalsePositive": "IncorrectAlertLogic InaccurateData",
	}
	allowed := map[Side]map[string][]string{
		Defender: {"status": {"inProgress", "resolved"}, "severity": words["alertSeverity"], "assignedTo": nil, "classification": words["alertClassification"], "determination": words["alertDetermination"], "resolvingComment": nil},
		Sentinel: {"status": {"Active", "Closed"}, "severity": {"High", "Medium", "Low"}, "owner": nil, "classification": {"TruePositive", "FalsePositive", "BenignPositive"}, "classificationReason": nil, "classificationComment": nil},
	}
	for _, m := range moves(t, settings(300)) {
		for name, value := range m.Change {
			values, known := allowed[m.Side][name]
			switch {
			case name == "addTags" || name == "removeTags" || name == "comment":
			case !known || values != nil && !slices.Contains(values, text(value)):
				t.Errorf("%s: %s = %v", m.Note, name, value)
			}
		}
		reason := m.Change["determination"]
		if m.Side == Sentinel {
			reason = m.Change["classificationReason"]
		}
		if c := m.Change["classification"]; c != nil && !slices.Contains(strings.Fields(pairs[text(c)]), text(reason)) {
			t.Errorf("%s: %v beside %v", m.Note, reason, c)
		}
		if at := map[Side]string{Defender: "@provider.com", Sentinel: "@contoso.com"}[m.Side]; at != "" && strings.HasSuffix(m.By, at) {
			t.Errorf("%s works on the other side", m.By)
		}
	}
}

func TestPeopleDoAllThatPeopleDo(t *testing.T) {
	did := map[string]int{}
	last := map[string]Move{} // of a person, by incident
	now, when := start(), map[string]time.Time{}
	quarrels := 0
	for _, m := range moves(t, settings(300)) {
		now = now.Add(m.After)
		if m.Story != nil {
			continue
		}
		key := m.Tenant + m.ID
		if old, ok := last[key]; ok && old.Side != m.Side && now.Sub(when[key]) <= 1200*time.Millisecond {
			quarrels++
		}
		last[key], when[key] = m, now
		for name := range m.Change {
			did[fmt.Sprint(m.Side, " ", name)]++
		}
		if m.Merge != nil {
			did["merge"]++
			if len(m.Merge) != 2 || m.Merge[0] == m.Merge[1] {
				t.Errorf("%s: %v", m.Note, m.Merge)
			}
		}
		if s := text(m.Change["status"]); strings.Contains(m.Note, "reopened") {
			did["reopened as "+s]++
		}
	}
	for _, want := range []string{
		"defender assignedTo", "defender status", "defender severity", "defender classification", "defender addTags", "defender removeTags", "defender comment",
		"sentinel owner", "sentinel status", "sentinel severity", "sentinel classification", "sentinel addTags", "sentinel removeTags", "sentinel comment",
		"merge", "reopened as inProgress", "reopened as Active",
	} {
		if did[want] < 3 {
			t.Errorf("%s: %d times in a long life", want, did[want])
		}
	}
	if quarrels < 20 {
		t.Errorf("both sides at one moment only %d times", quarrels)
	}
	t.Log(did, quarrels)
}

func TestNothingJoinsOnceAllIsSaid(t *testing.T) {
	for _, m := range moves(t, settings(100)) {
		if m.Story != nil && m.Story["status"] != "active" {
			t.Errorf("%s: the service itself set %v", m.Note, m.Story["status"])
		}
	}
}

func TestBothWaysEndsWhenAskedToAndElseNever(t *testing.T) {
	ids := func(all []Move) int {
		seen := map[string]bool{}
		for _, m := range all {
			seen[m.Tenant+m.ID] = true
		}
		return len(seen)
	}
	for _, n := range []int{1, 5, 40} {
		if got := ids(moves(t, settings(n))); got != n {
			t.Errorf("%d incidents of %d", got, n)
		}
	}
	seq, err := BothWays(settings(0))
	if err != nil {
		t.Fatal(err)
	}
	var all []Move
	for m := range seq {
		if all = append(all, m); len(all) == 2000 {
			break
		}
	}
	if got := ids(all); len(all) != 2000 || got < 100 {
		t.Errorf("%d moves of %d incidents", len(all), got)
	}
}
