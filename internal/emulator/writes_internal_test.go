package emulator

import (
	"encoding/json"
	"slices"
	"testing"
	"time"
)

func TestWritesAreNumberedTimedAndBounded(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.FixedZone("east", 3600))
	e, err := New(Settings{WritesKeep: 3, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		e.wroteLocked(Write{Side: SideDefender, Kind: WriteIncident, Actor: ActorApp})
	}
	kept := e.Writes(0)
	if len(kept) != 3 || kept[0].N != 3 || kept[2].N != 5 || !kept[0].Time.Equal(now) || kept[0].Time.Location() != time.UTC {
		t.Errorf("kept %+v", kept)
	}
	if late := e.Writes(4); len(late) != 1 || late[0].N != 5 {
		t.Errorf("since 4: %+v", late)
	}
	if none := e.Writes(5); none == nil || len(none) != 0 {
		t.Errorf("since the last: %v", none)
	}
	if got := e.writes.counts[writeCount{SideDefender, WriteIncident, ActorApp}]; got != 5 {
		t.Errorf("counted %d of 5", got)
	}
	e.Reset()
	if left := e.Writes(0); len(left) != 0 {
		t.Errorf("after a reset: %v", left)
	}
}

func TestChangedMembersAreThoseWhoseValuesDiffer(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		want          []string
	}{
		"created":           {"", `{"a":1,"b":2}`, []string{"a", "b"}},
		"deleted":           {`{"a":1}`, "", []string{"a"}},
		"nothing":           {`{"a":1,"b":null}`, `{"b":null,"a":1}`, []string{}},
		"one of two":        {`{"a":1,"b":"x"}`, `{"a":1,"b":"y"}`, []string{"b"}},
		"one gone, one new": {`{"a":1}`, `{"b":1}`, []string{"b", "a"}},
		"null is a value":   {`{}`, `{"a":null}`, []string{"a"}},
	} {
		if got := changedMembers(json.RawMessage(c.before), json.RawMessage(c.after)); !slices.Equal(got, c.want) || got == nil {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
