package scenario

import (
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		scenario string
		change   func(*Settings)
		want     string
	}{
		"a name nobody knows":  {"lif", func(*Settings) {}, `scenario "lif": unknown, have backfill, burst, every-type, life, sizes`},
		"a missing start":      {"life", func(s *Settings) { s.Start = time.Time{} }, `scenario "life": start must be set`},
		"no tenant":            {"life", func(s *Settings) { s.Tenants = nil }, `scenario "life": at least one tenant needed`},
		"an empty tenant":      {"life", func(s *Settings) { s.Tenants = []string{""} }, `scenario "life": tenants must be distinct and not empty, got ""`},
		"a tenant twice":       {"life", func(s *Settings) { s.Tenants = []string{"a", "a"} }, `scenario "life": tenants must be distinct and not empty, got "a"`},
		"less than nothing":    {"life", func(s *Settings) { s.Incidents = -1 }, `scenario "life": incidents must be at least 0, got -1`},
		"several faults, each": {"lif", func(s *Settings) { s.Tenants = nil; s.Incidents = -2 }, "unknown, have backfill, burst, every-type, life, sizes\nscenario \"lif\": incidents must be at least 0, got -2\nscenario \"lif\": at least one tenant needed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(1)
			c.change(&s)
			if seq, err := New(c.scenario, s); err == nil || seq != nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestEqualSettingsGiveEqualSteps(t *testing.T) {
	for _, name := range Names() {
		s := some(name, 25)
		seq, err := New(name, s)
		if err != nil {
			t.Fatal(err)
		}
		first := slices.Collect(seq)
		if !reflect.DeepEqual(slices.Collect(seq), first) || !reflect.DeepEqual(play(t, name, s), first) {
			t.Errorf("%s differs from itself", name)
		}
		s.Seed++
		if reflect.DeepEqual(play(t, name, s), first) {
			t.Errorf("%s does not heed the seed", name)
		}
	}
}

func TestOneSequenceServesManyReaders(t *testing.T) {
	seq, err := New("life", settings(10))
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Collect(seq)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			if !reflect.DeepEqual(slices.Collect(seq), want) {
				t.Error("readers disturb each other")
			}
		})
	}
	readers.Wait()
}

// The receiver may keep and change a step's document.
func TestStepsShareNothing(t *testing.T) {
	want := play(t, "life", settings(20))
	seq, err := New("life", settings(20))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for step := range seq {
		if got := encode(t, step.Incident); got != encode(t, want[n].Incident) {
			t.Fatalf("step %d was changed from outside: %s", n, got)
		}
		spoil(step.Incident)
		n++
	}
}

// spoil overwrites everything within v.
func spoil(v any) {
	switch v := v.(type) {
	case object:
		for k, inner := range v {
			spoil(inner)
			v[k] = "spoilt"
		}
	case list:
		for i, inner := range v {
			spoil(inner)
			v[i] = "spoilt"
		}
	}
}

func TestReaderMayStop(t *testing.T) {
	for _, name := range Names() {
		s := settings(5)
		if name == "life" || name == "burst" {
			s.Incidents = 0 // without end
		}
		seq, err := New(name, s)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for range seq {
			if n++; n == 3 {
				break
			}
		}
		if n != 3 {
			t.Errorf("%s gave %d steps", name, n)
		}
	}
}

func TestIncidentsAreCounted(t *testing.T) {
	for name, own := range map[string]int{"backfill": backfillIncidents, "every-type": len(stories()), "sizes": sizesIncidents} {
		for asked, want := range map[int]int{0: own, 3: 3} {
			if got := distinct(play(t, name, settings(asked))); got != want {
				t.Errorf("%s with %d asked gave %d incidents, want %d", name, asked, got, want)
			}
		}
	}
	for _, name := range []string{"life", "burst"} {
		if got := distinct(play(t, name, settings(230))); got != 230 {
			t.Errorf("%s gave %d incidents of 230", name, got)
		}
		seq, err := New(name, settings(0))
		if err != nil {
			t.Fatal(err)
		}
		if got := distinct(first(seq, 1500)); got < stormIncidents {
			t.Errorf("%s without end gave %d incidents in 1500 steps", name, got)
		}
	}
}

func first(seq iter.Seq[Step], n int) []Step {
	var out []Step
	for step := range seq {
		if out = append(out, step); len(out) == n {
			break
		}
	}
	return out
}

func distinct(steps []Step) int {
	seen := map[string]bool{}
	for _, s := range steps {
		seen[key(s)] = true
	}
	return len(seen)
}

func TestBurstTies(t *testing.T) {
	same, opened := map[any]int{}, map[string]bool{}
	for _, step := range play(t, "burst", settings(450)) {
		same[step.Incident["lastUpdateDateTime"]]++
		opened[key(step)] = true
	}
	if len(opened) != 450 || len(same) != 9 || slices.Max(values(same)) != stormIncidents {
		t.Errorf("%d incidents share %d moments: %v", len(opened), len(same), same)
	}
}

func values(m map[any]int) []int {
	var out []int
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func TestBackfillIsThePast(t *testing.T) {
	statuses := map[any]int{}
	oldest, newest := start(), time.Time{}
	for _, step := range play(t, "backfill", settings(400)) {
		if step.After != 0 {
			t.Fatalf("%s came late by %v", step.Note, step.After)
		}
		statuses[step.Incident["status"]]++
		made, changed := moment(t, step.Incident["createdDateTime"]), moment(t, step.Incident["lastUpdateDateTime"])
		if changed.After(start()) || changed.Before(made) {
			t.Errorf("created %v, changed %v", made, changed)
		}
		if made.Before(oldest) {
			oldest = made
		}
		if changed.After(newest) {
			newest = changed
		}
	}
	day := 24 * time.Hour
	if oldest.Before(start().Add(-30*day)) || oldest.After(start().Add(-29*day)) || newest.Before(start().Add(-day)) {
		t.Errorf("history from %v to %v", oldest, newest)
	}
	if statuses["resolved"] < 200 || statuses["active"] == 0 || statuses["inProgress"] == 0 || statuses["redirected"] == 0 {
		t.Errorf("statuses %v", statuses)
	}
}

func TestSizes(t *testing.T) {
	var alerts, evidence, longest, command int
	for _, step := range play(t, "sizes", settings(0)) {
		alerts = max(alerts, len(alertsOf(step.Incident)))
		for _, a := range alertsOf(step.Incident) {
			items, _ := a["evidence"].(list)
			evidence = max(evidence, len(items))
			longest = max(longest, len(encode(t, a)))
		}
		for _, p := range evidenceOf(step.Incident, "processEvidence") {
			command = max(command, len(text(p["processCommandLine"])))
		}
	}
	if alerts != 1000 || evidence != 400 || longest < 3_000_000 || command < 65_537 {
		t.Errorf("most alerts %d, most evidence %d, longest alert %d bytes, longest value %d", alerts, evidence, longest, command)
	}
}

func TestTenantsAreApart(t *testing.T) {
	hosts := map[any]string{}
	for _, step := range lifeOf(t) {
		for _, d := range evidenceOf(step.Incident, "deviceEvidence") {
			if other, ok := hosts[d["mdeDeviceId"]]; ok && other != step.Tenant {
				t.Fatalf("host %v is in both tenants", d["hostName"])
			}
			hosts[d["mdeDeviceId"]] = step.Tenant
		}
	}
}
