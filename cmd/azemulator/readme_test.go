package main

import (
	"errors"
	"flag"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestReadmeNamesEveryFlagFaultAndScenario(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	var help strings.Builder
	if _, err := parseFlags([]string{"-h"}, &help); !errors.Is(err, flag.ErrHelp) {
		t.Fatal(err)
	}
	var want []string
	for _, found := range regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(help.String(), -1) {
		want = append(want, "| `--"+found[1])
	}
	for _, name := range append(scenarioNames(), "none") {
		want = append(want, "`"+name+"`")
	}
	for _, kind := range kinds(t) {
		want = append(want, "| `"+kind+"` |")
	}
	if len(want) < 30 {
		t.Fatalf("only %d names to look for: %v", len(want), want)
	}
	for _, part := range want {
		if !strings.Contains(readme, part) {
			t.Errorf("README.md does not name %s", part)
		}
	}
}

// kinds reads the names of all faults from the refusal of one that is none.
func kinds(t *testing.T) []string {
	t.Helper()
	err := emulator.Plan{Faults: []emulator.Fault{{Kind: "?"}}}.Validate()
	list := regexp.MustCompile(`\[(.*)\]`).FindStringSubmatch(err.Error())
	if list == nil {
		t.Fatal(err)
	}
	return strings.Fields(list[1])
}

func TestReadmesExamplePlanIsGood(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(text), "## Fault plans\n\n")
	example, _, ended := strings.Cut(example, "\n\nWhere:")
	plan, err := emulator.ParsePlan([]byte(example))
	if !found || !ended || err != nil || len(plan.Faults) != 5 {
		t.Errorf("%v %+v", err, plan)
	}
}

func TestDefaultsAreTheDocumentedOnes(t *testing.T) {
	o, err := parseFlags(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{o.listen, o.control, o.scenario, o.seed, o.graphRPM, o.rows, o.ruleDelay, o.armLimits, o.armBuckets}
	if want := []any{"127.0.0.1:18443", "127.0.0.1:18080", "none", uint64(1), 0, "keep", 5 * time.Minute, true, false}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
