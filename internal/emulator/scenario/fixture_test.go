package scenario

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	tenantA = "00000000-0000-4000-8000-00000000000a"
	tenantB = "00000000-0000-4000-8000-00000000000b"
)

// start has nanoseconds that a document cannot say, as a real clock would.
func start() time.Time { return time.Date(2026, 11, 20, 9, 30, 0, 123456789, time.UTC) }

func settings(incidents int) Settings {
	return Settings{Seed: 7, Start: start(), Tenants: []string{tenantA, tenantB}, Incidents: incidents}
}

// play collects the steps of a scenario that ends.
func play(t *testing.T, name string, s Settings) []Step {
	t.Helper()
	seq, err := New(name, s)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(seq)
}

// some is n, or fewer where each incident weighs megabytes.
func some(name string, n int) Settings {
	if name == "sizes" {
		n = min(n, 2)
	}
	return settings(n)
}

// contract is the service's own schema, kept small.
type contract struct {
	Source                            string
	Base, Evidence, Complex, Entities map[string]map[string]string
	Enums                             map[string][]string
}

func loadContract(t *testing.T) contract {
	t.Helper()
	text, err := os.ReadFile("testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	var c contract
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Evidence) != 48 {
		t.Fatalf("contract has %d evidence types, want 48", len(c.Evidence))
	}
	return c
}

// properties are what an evidence subtype declares, with what all evidence has.
func (c contract) properties(subtype string) map[string]string {
	own, ok := c.Evidence[subtype]
	if !ok {
		return nil
	}
	all := map[string]string{}
	for _, from := range []map[string]string{own, c.Base["alertEvidence"]} {
		for name, kind := range from {
			all[name] = kind
		}
	}
	return all
}

func alertsOf(incident object) []object {
	items, _ := incident["alerts"].(list)
	out := make([]object, len(items))
	for i, item := range items {
		out[i], _ = item.(object)
	}
	return out
}

// evidenceOf returns the evidence of a subtype in v, at whatever depth.
func evidenceOf(v any, subtype string) []object {
	var out []object
	walk(v, func(o object) {
		if subtypeOf(o) == subtype {
			out = append(out, o)
		}
	})
	return out
}

// ends keeps the last step of each incident.
func ends(steps []Step) []Step {
	last := map[string]int{}
	for n, step := range steps {
		last[key(step)] = n
	}
	var out []Step
	for n, step := range steps {
		if last[key(step)] == n {
			out = append(out, step)
		}
	}
	return out
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func moment(t *testing.T, v any) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text(v))
	if err != nil {
		t.Fatalf("not a time: %v", v)
	}
	return at
}

func encode(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// lifeIncidents is enough for every quirk and every turn to occur.
const lifeIncidents = 200

// lifeOf is a long life, quirks and all; every test of whole lives reads the same one.
func lifeOf(t *testing.T) []Step {
	t.Helper()
	return play(t, "life", settings(lifeIncidents))
}
