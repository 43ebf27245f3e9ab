package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// settings are what this program needs to know of the collector's configuration.
type settings struct {
	Extensions struct {
		Ledger *ledgerSettings `yaml:"incident_ledger"`
	} `yaml:"extensions"`
}

type ledgerSettings struct {
	Owners   map[string]string `yaml:"owners"`
	Endpoint string            `yaml:"endpoint"`
}

func readSettings(file string) (s settings, err error) {
	text, err := os.ReadFile(file) //nolint:gosec // the path is this program's own flag
	if err != nil {
		return s, err
	}
	if err := yaml.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// bothWays reports whether incidents are kept in step, and not only copied.
func (s settings) bothWays() bool { return s.Extensions.Ledger != nil }

// people are who is who on the two sides.
func (s settings) people() tally.People {
	people := tally.People{}
	if s.bothWays() {
		for defender, sentinel := range s.Extensions.Ledger.Owners {
			people[strings.ToLower(defender)] = strings.ToLower(sentinel)
		}
	}
	return people
}

// owners are people as the emulator takes them.
func (s settings) owners() string {
	people := s.people()
	var pairs []string
	for _, defender := range slices.Sorted(maps.Keys(people)) {
		pairs = append(pairs, defender+"="+people[defender])
	}
	return strings.Join(pairs, ",")
}
