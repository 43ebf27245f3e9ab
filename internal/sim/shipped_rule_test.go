package sim

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/scenario"
)

// Rows go through the deployed data collection rule, the shipped rules find
// them, and what they raise is one alert for each Defender alert, with the ids
// that lead back and the entities of the row. The emulator's own alerts, which
// share no code with any of this, say the same.
func TestTheShippedRulesRaiseEachAlertOnce(t *testing.T) {
	for alerts, names := range map[string][]string{
		"scheduled": {"every-type", "life"},
		// In life alerts change within seconds; an NRT rule, which remembers
		// nothing, raises such twice, as its README says.
		"nearRealTime": {"every-type"},
	} {
		t.Run(alerts, func(t *testing.T) {
			rules := raising(t, alerts)
			synctest.Test(t, func(t *testing.T) {
				w := deployedWorld(t)
				s := newWorkspace(t, w)
				w.start()
				done := make(chan struct{})
				go func() {
					defer close(done)
					for _, name := range names {
						s.play(name)
					}
					time.Sleep(20 * time.Minute)
					s.touchAll()
				}()
				for playing := true; playing; {
					select {
					case <-done:
						playing = false
					default:
						s.turn(rules)
					}
				}
				for range 2 * 12 { // two hours
					s.turn(rules)
				}
				w.stop()
				s.requireOneOfEach()
				s.requireIDsAndWords()
				s.requireEntities()
				s.requireInSentinel()
			})
		})
	}
}

// stepsOfLife is how much is told of a scenario without end.
const stepsOfLife = 80

func (s *workspace) play(name string) {
	steps, err := scenario.New(name, scenario.Settings{Seed: seed(), Start: time.Now(), Tenants: []string{tenant}})
	require.NoError(s.t, err)
	n := 0
	for step := range steps {
		time.Sleep(step.After)
		s.world.put(step.Incident)
		if n++; n == stepsOfLife {
			return
		}
	}
}

// touchAll makes a new revision of every alert.
func (s *workspace) touchAll() {
	var stored struct{ Value []map[string]any }
	require.NoError(s.t, json.Unmarshal(s.world.control(http.MethodGet, "/control/defender/incidents", nil), &stored))
	for _, incident := range stored.Value {
		now := time.Now().UTC().Format(time.RFC3339Nano)
		incident["lastUpdateDateTime"] = now
		for _, alert := range incident["alerts"].([]any) {
			alert.(map[string]any)["lastUpdateDateTime"] = now
			alert.(map[string]any)["assignedTo"] = "jane@contoso.com"
		}
		s.world.put(incident)
	}
}

// turn is five minutes: rules run, NRT rules each minute.
func (s *workspace) turn(rules []shippedRule) {
	for minute := range 5 {
		time.Sleep(time.Minute)
		before := len(s.rows["DefenderAlert_CL"])
		s.look()
		for _, r := range rules {
			switch {
			case r.Kind == "Scheduled" && minute == 4:
				require.LessOrEqual(s.t, s.raise(r), 50)
			case r.Kind == "NRT":
				all := s.rows["DefenderAlert_CL"]
				s.rows["DefenderAlert_CL"] = all[before:]
				require.LessOrEqual(s.t, s.raise(r), 29)
				s.rows["DefenderAlert_CL"] = all
			}
		}
	}
}
