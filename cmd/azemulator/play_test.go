package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/scenario"
)

// bothWays plays so many moves, after doing something before each, and returns
// the notes of those that were left out.
func bothWays(t *testing.T, moves int, before func(*emulator.Emulator, scenario.Move)) (*emulator.Emulator, []scenario.Move) {
	t.Helper()
	e, err := emulator.New(emulator.Settings{Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPlayer(options{scenario: "both-ways", seed: 3}, e, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	var left []scenario.Move
	for m := range p.moves {
		before(e, m)
		done, err := p.move(m)
		if err != nil {
			t.Fatalf("%s: %v", m.Note, err)
		}
		if !done {
			left = append(left, m)
		}
		if moves--; moves == 0 {
			break
		}
	}
	return e, left
}

func TestPeopleOfBothSidesFindTheirWork(t *testing.T) {
	known := map[string]bool{}
	e, left := bothWays(t, 1500, func(e *emulator.Emulator, m scenario.Move) {
		if m.Story != nil || known[m.ID] {
			return
		}
		known[m.ID] = true // the sync would have made it by now
		incident := fmt.Sprintf(`{"properties":{"title":"n","severity":"Low","status":"New","labels":[{"labelName":"defender:%s@%s"}]}}`, m.ID, m.Tenant)
		if _, err := e.PutSentinel("", "", strings.NewReader(incident)); err != nil {
			t.Fatal(err)
		}
	})
	for _, m := range left {
		if m.Story == nil && m.Side == scenario.Sentinel { // a Defender incident may have been merged away, Sentinel's is there
			t.Errorf("left out: %s %v", m.Note, m.Change)
		}
	}
	if len(left) > 75 {
		t.Errorf("%d of 1500 moves were left out, as %s", len(left), left[0].Note)
	}
	counts := e.Summary().Sync.Counts
	for _, side := range []emulator.Side{emulator.SideDefender, emulator.SideSentinel} {
		for kind, least := range map[emulator.WriteKind]int{emulator.WriteIncident: 150, emulator.WriteComment: 40} {
			if n := counts[side][kind][emulator.ActorPerson]; n < least {
				t.Errorf("people wrote %d times %s on %s", n, kind, side)
			}
		}
	}
	if counts[emulator.SideDefender][emulator.WriteMerge][emulator.ActorPerson] == 0 {
		t.Error("nobody merged anything")
	}
	t.Log(counts, len(left))
}

func TestPeopleOfSentinelWaitUntilTheIncidentIsThere(t *testing.T) {
	e, left := bothWays(t, 400, func(*emulator.Emulator, scenario.Move) {})
	sentinel := 0
	for _, m := range left {
		if m.Side == scenario.Sentinel {
			sentinel++
		}
	}
	if n := e.Summary().Sync.Counts[emulator.SideSentinel]; sentinel < 30 || len(n) > 0 {
		t.Errorf("left out %d, written %v", sentinel, n)
	}
}
