package defenderexporter

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// moments are when a collector may be killed: around the number-th request to
// Graph, and around the number-th save of the ledger.
func moments() []moment {
	var all []moment
	for number := 1; number <= 8; number++ {
		for _, when := range []string{"before request", "after request", "before save", "after save"} {
			all = append(all, moment{when, number})
		}
	}
	return all
}

type moment struct {
	when   string
	number int
}

// arm has the collector die at a moment. It reports whether it did.
func (l *lab) arm(m moment) (died func() bool) {
	requests, saves, dead := 0, 0, false
	die := func(when string, n int) bool {
		if dead || when != m.when || n != m.number {
			return false
		}
		dead = true
		l.disk.Freeze()
		l.wire.cut(true)
		return true
	}
	isGraph := func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/security/incidents/") }
	l.wire.listen(func(r *http.Request, _ string) (*http.Response, error) {
		if isGraph(r) {
			requests++
			if die("before request", requests) {
				return nil, errors.New("killed")
			}
		}
		return nil, nil
	}, func(r *http.Request, _ *http.Response) error {
		if isGraph(r) {
			die("after request", requests)
		}
		return nil
	})
	l.disk.watch(func(before bool) {
		if before {
			saves++
			die("before save", saves)
			return
		}
		die("after save", saves)
	})
	return func() bool { return dead }
}

func TestAKillAtAnyMomentLosesNothingAndDoublesNothing(t *testing.T) {
	met := 0
	for _, m := range moments() {
		t.Run(fmt.Sprintf("%s %d", m.when, m.number), func(t *testing.T) {
			inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
				twin := l.pair("1", map[string]any{"classification": "truePositive", "determination": "malware"})
				died := l.arm(m)
				twin.comment("first").comment("second").edit(incident.FieldStatus, "Closed").edit(incident.FieldOwner, "jane@provider.test")
				consumed := l.running.ConsumeLogs(t.Context(), twin.record())
				l.run(10 * time.Second)
				if died() {
					met++
				}
				l.wire.listen(nil, nil)
				l.disk.watch(nil)
				l.kill()
				l.start()
				if consumed != nil || died() {
					twin.deliver() // its receiver had not moved its cursor, or reads again what overlaps
				}
				l.run(time.Hour)
				twin.agrees()
				require.Equal(t, 1, l.said("1", "first"))
				require.Equal(t, 1, l.said("1", "second"))
				require.Equal(t, 1, l.effective(emulator.WriteIncident), l.String())
				require.Equal(t, incident.Value("truePositive/malware"), l.value("1", incident.FieldVerdict))
				l.poll("1")
				twin.work()
				twin.deliver()
				l.run(24 * time.Hour)
				require.Equal(t, 1, l.effective(emulator.WriteIncident))
				require.Len(t, l.defender(contoso, "1").Comments, 2)
			})
		})
	}
	require.Greater(t, met, 20, "most moments were met")
}

func TestAConflictThatWasDecidedBeforeAKillIsRecorded(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.edit("1", `{"severity":"low"}`)
		l.run(time.Minute)
		l.arm(moment{"after request", 2}) // the PATCH is done, its answer never heard
		twin.edit(incident.FieldSeverity, "Medium").deliver()
		l.run(time.Second)
		l.wire.listen(nil, nil)
		l.disk.watch(nil)
		l.kill()
		l.start()
		l.run(10 * time.Minute)
		twin.agrees()
		won := 0
		for _, d := range l.entry("1").Decisions {
			if d.Conflict() && d.Result == ledger.ResultWritten && d.Defender == "low" && d.Sentinel == "Medium" {
				won++
			}
		}
		require.Equal(t, 1, won)
		require.Equal(t, 1, l.effective(emulator.WriteIncident))
	})
}

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		l.faults(emulator.Fault{Kind: emulator.FaultSlow, Delay: emulator.Duration(5 * time.Second), Operation: "patch_incident"})
		twin.edit(incident.FieldStatus, "Active").deliver()
		time.Sleep(time.Second)
		l.stop()
		require.Equal(t, incident.DefenderInProgress, l.value("1", incident.FieldStatus))
		l.faults()
		l.start()
		require.Nil(t, l.entry("1").Intent, "its answer was waited for")
	})
}

func TestALedgerThatCannotSaveStopsWritesAndSaysSo(t *testing.T) {
	inLab(t, emulator.Settings{}, func(t *testing.T, l *lab) {
		twin := l.pair("1", nil)
		record := twin.edit(incident.FieldStatus, "Active").record()
		l.disk.BreakDown(errors.New("no space"))
		require.ErrorContains(t, l.running.ConsumeLogs(t.Context(), record), "no space")
		l.disk.BreakDown(nil)

		twin.deliver()
		saves := 0
		l.disk.watch(func(before bool) {
			if saves++; before && saves == 1 {
				l.disk.BreakDown(errors.New("no space"))
			}
		})
		l.run(time.Minute)
		require.Empty(t, l.wire.sent, "what cannot be saved is not sent")
		sentence := l.sentence()
		require.Contains(t, sentence, "the ledger incident_ledger cannot save")
		l.disk.watch(nil)
		l.disk.BreakDown(nil)
		l.run(10 * time.Minute)
		twin.agrees()
		sentence = l.sentence()
		require.Empty(t, sentence)
	})
}
