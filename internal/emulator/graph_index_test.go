package emulator_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// Whatever was put in, and in whatever order of time, a filter by time gives
// what a look at everything gives.
func TestFilteringByTimeMissesNothing(t *testing.T) {
	for seed := range uint64(10) {
		dice := rand.New(rand.NewPCG(seed, 1))
		l := newLab(t, emulator.Settings{})
		if seed%2 == 1 {
			l.faults(emulator.Fault{Kind: emulator.FaultLate, Delay: emulator.Duration(5 * time.Minute), Rate: share(0.5)},
				emulator.Fault{Kind: emulator.FaultStaleRead, Delay: emulator.Duration(3 * time.Minute), Rate: share(0.5)})
		}
		for range 150 {
			l.now = l.now.Add(time.Duration(dice.IntN(20)) * time.Second)
			id := fmt.Sprint(dice.IntN(25))
			if dice.IntN(3) == 0 {
				l.patch(incidents+"/"+id, fmt.Sprintf(`{"summary":"%d"}`, dice.IntN(1000)))
			} else {
				l.incident(id, time.Duration(dice.IntN(1200)-100)*time.Second, fmt.Sprintf(`,"summary":"%d","alerts":[{"id":"a%s","x":%d,"lastUpdateDateTime":%q}]`,
					dice.IntN(1000), id, dice.IntN(5), l.now.Add(-time.Duration(dice.IntN(900))*time.Second).Format(time.RFC3339)))
			}
			since := l.now.Add(-time.Duration(dice.IntN(1000)) * time.Second)
			for _, path := range []string{incidents, alerts} {
				got, _ := l.walk(path + filter("lastUpdateDateTime ge " + since.Format(time.RFC3339))[len(incidents):])
				l.equal(fmt.Sprintf("seed %d, %s since %v", seed, path, since), sorted(got), sorted(l.allSince(path, since)))
			}
		}
		if t.Failed() {
			return
		}
	}
}

// allSince lists everything and filters by hand.
func (l *lab) allSince(path string, since time.Time) []string {
	l.Helper()
	found := []string{}
	for target := path; target != ""; {
		page := l.list(target)
		for _, text := range page.Value {
			var object struct {
				ID string    `json:"id"`
				At time.Time `json:"lastUpdateDateTime"`
			}
			if err := json.Unmarshal(text, &object); err != nil {
				l.Fatal(err)
			}
			if !object.At.Before(since) {
				found = append(found, object.ID)
			}
		}
		target = page.Next
	}
	return found
}
