package scenario

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Step is one change in a tenant's life.
//
// Start plus the sum of all After up to and including this step is the moment of the change; the
// incident's lastUpdateDateTime says that moment, cut to 100 ns (backfill, whose incidents lie in
// the past, excepted).
type Step struct {
	After    time.Duration  // since the previous step, never negative
	Tenant   string         // one of Settings.Tenants
	Incident map[string]any // a whole Graph incident with "alerts"; the receiver may keep and change it
	Note     string         // one plain line for people
}

// Settings is what a scenario starts from. Equal settings give equal steps.
type Settings struct {
	Seed      uint64
	Start     time.Time // the moment before the first step; must be set
	Tenants   []string  // tenant ids, at least one; each gets its own cast
	Incidents int       // how many to open; 0 = the scenario's own measure, see Names
}

// What a scenario opens when Settings.Incidents is 0. life and burst then never end, every-type
// tells each story once.
const (
	backfillIncidents = 500
	sizesIncidents    = 8
	stormIncidents    = 200 // in each storm of burst
)

// Names lists the scenarios of whole documents, sorted. [BothWays] tells
// another one.
//
//   - backfill: a history of 30 days before Start, delivered at once (500 incidents)
//   - burst: storms of incidents that change at one and the same instant (200 each, without end)
//   - every-type: each story once, so each of the 48 evidence types, all properties filled, no oddities
//   - life: a lively tenant, an incident every second or two, in each tenant in turn, worked on,
//     merged, resolved (without end)
//   - sizes: incidents of hundreds of alerts, alerts of hundreds of evidence, megabytes (8 incidents)
func Names() []string {
	return []string{"backfill", "burst", "every-type", "life", "sizes"}
}

// New returns the steps of the named scenario. The sequence may be ranged over any number of times,
// also at once from several goroutines, and gives the same steps each time. It reports an unknown
// name, a missing Start, no or an empty tenant, and a negative number of incidents, all at once.
func New(name string, s Settings) (iter.Seq[Step], error) {
	play := scriptOf(name)
	var faults []error
	if play == nil {
		faults = append(faults, fmt.Errorf("scenario %q: unknown, have %s", name, strings.Join(Names(), ", ")))
	}
	if err := errors.Join(append(faults, checkSettings(name, s)...)...); err != nil {
		return nil, err
	}
	s = s.own()
	return func(yield func(Step) bool) { play(newStage(s, yield)) }, nil
}

// own is a copy that shares nothing with the caller.
func (s Settings) own() Settings {
	s.Start = s.Start.Round(0).UTC()
	s.Tenants = append([]string(nil), s.Tenants...)
	return s
}

func checkSettings(name string, s Settings) []error {
	var faults []error
	if s.Start.IsZero() {
		faults = append(faults, fmt.Errorf("scenario %q: start must be set", name))
	}
	if s.Incidents < 0 {
		faults = append(faults, fmt.Errorf("scenario %q: incidents must be at least 0, got %d", name, s.Incidents))
	}
	return append(faults, checkTenants(name, s.Tenants))
}

func checkTenants(name string, tenants []string) error {
	if len(tenants) == 0 {
		return fmt.Errorf("scenario %q: at least one tenant needed", name)
	}
	seen := map[string]bool{}
	for _, t := range tenants {
		if t == "" || seen[t] {
			return fmt.Errorf("scenario %q: tenants must be distinct and not empty, got %q", name, t)
		}
		seen[t] = true
	}
	return nil
}

// scriptOf returns what plays the named scenario, nil if there is none.
func scriptOf(name string) func(*stage) {
	switch name {
	case "backfill":
		return playBackfill
	case "burst":
		return playBurst
	case "every-type":
		return playEveryType
	case "life":
		return playLife
	case "sizes":
		return playSizes
	}
	return nil
}
