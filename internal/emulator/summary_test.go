package emulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestLagIsFromStoredToAccepted(t *testing.T) {
	for _, rows := range []emulator.Rows{emulator.RowsKeep, emulator.RowsCount} {
		t.Run(string(rows), func(t *testing.T) {
			l := newLab(t, emulator.Settings{Rows: rows})
			l.put(`[{"id":"1","lastUpdateDateTime":"2026-01-02T00:00:00.123456789Z"},{"id":"2","lastUpdateDateTime":"2026-01-02T00:00:00Z"}]`)
			l.equal("nothing out yet", []any{l.e.Lag(), l.e.Summary().UnwrittenIncidentRevisions}, []any{emulator.Lag{}, 2})
			l.now = l.now.Add(1500 * time.Millisecond)
			l.incidentRow("1", "2026-01-02T00:00:00.1234567Z", "u1")
			l.incidentRow("1", "2026-01-02T00:00:00.1234567Z", "u1")
			l.incidentRow("9", "2026-01-02T00:00:00Z", "u9")
			s := l.e.Summary()
			l.equal("one out", s.Lag, emulator.Lag{Count: 1, P50: 1500, P99: 1500, Max: 1500})
			l.equal("once again, and one that fits nothing", []int{s.DuplicateRows, s.UnmatchedRows, s.UnwrittenIncidentRevisions}, []int{1, 1, 1})
			l.put(`{"id":"2","lastUpdateDateTime":"2026-01-02T00:00:05Z"}`)
			s = l.e.Summary()
			l.equal("superseded before it came out", []int{s.UnwrittenIncidentRevisions, s.SupersededIncidentRevisions, s.Lag.Replaced}, []int{1, 1, 1})
			l.equal("unwritten", l.e.Unwritten(), []emulator.Revision{
				{Kind: emulator.KindIncident, Tenant: emulator.DefaultTenant, ID: "2", Updated: time.Date(2026, 1, 2, 0, 0, 5, 0, time.UTC)},
			})
			l.incidentRow("2", "2026-01-02T00:00:05Z", "u2")
			l.incidentRow("2", "2026-01-02T00:00:00Z", "u3")
			s = l.e.Summary()
			l.equal("all out", []any{s.Lag.Count, s.Lag.P99, s.UnwrittenIncidentRevisions, s.SupersededIncidentRevisions}, []any{3, 1500.0, 0, 0})
			l.equal("nothing unwritten", len(l.e.Unwritten()), 0)
		})
	}
}

func (l *lab) incidentRow(id, at, uid string) {
	l.Helper()
	l.equal("upload", l.upload("Custom-DefenderIncident", fmt.Sprintf(`[{"SourceTenantId":%q,"IncidentId":%q,"LastModifiedTime":%q,"RecordUid":%q}]`,
		strings.ToUpper(emulator.DefaultTenant), id, at, uid)).status, 204)
}

func TestLagIsOfAlertsToo(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.put(`{"id":"1","lastUpdateDateTime":"2026-01-02T00:00:00Z","alerts":[{"id":"a","lastUpdateDateTime":"2026-01-02T00:00:01Z"},{"id":"b"}]}`)
	l.incidentRow("1", "2026-01-02T00:00:00Z", "u")
	l.equal("alerts wait", []any{l.e.Summary().UnwrittenAlertRevisions, l.e.Unwritten()}, []any{2, []emulator.Revision{
		{Kind: emulator.KindAlert, Tenant: emulator.DefaultTenant, ID: "b"},
		{Kind: emulator.KindAlert, Tenant: emulator.DefaultTenant, ID: "a", Updated: time.Date(2026, 1, 2, 0, 0, 1, 0, time.UTC)},
	}})
	l.now = l.now.Add(time.Second)
	for _, row := range []string{`"AlertId":"a","LastModifiedTime":"2026-01-02T00:00:01Z","RecordUid":"u"`, `"AlertId":"b","RecordUid":"v"`} {
		l.equal("upload", l.upload("Custom-DefenderAlert", `[{"SourceTenantId":"`+emulator.DefaultTenant+`",`+row+`}]`).status, 204)
	}
	s := l.e.Summary()
	l.equal("all out; a uid is of its table only", []any{s.Lag.Count, s.Lag.P50, s.Lag.Max, s.UnwrittenAlertRevisions, s.DuplicateRows}, []any{3, 1000.0, 1000.0, 0, 0})
	l.put(`{"id":"1","lastUpdateDateTime":"2026-01-02T00:00:00Z","alerts":[{"id":"a","lastUpdateDateTime":"2026-01-02T00:00:02Z"}]}`)
	l.put(`{"id":"1","lastUpdateDateTime":"2026-01-02T00:00:00Z","alerts":[{"id":"a","lastUpdateDateTime":"2026-01-02T00:00:03Z"}]}`)
	s = l.e.Summary()
	l.equal("overtaken", []int{s.AlertRevisions, s.UnwrittenAlertRevisions, s.SupersededAlertRevisions}, []int{4, 1, 1})
}

func TestSummarySpeaksTheNamesItPromises(t *testing.T) {
	l := newLab(t, emulator.Settings{GraphRPM: 1})
	l.token(emulator.DefaultTenant, graphScope)
	l.faults(emulator.Fault{Kind: emulator.FaultStatus, Status: 429, Count: 1}, emulator.Fault{Kind: emulator.FaultCut, Count: 1})
	for range 4 {
		l.get(incidents)
	}
	var s map[string]any
	if err := json.Unmarshal([]byte(l.control("GET", "/control/summary", "").body), &s); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"incidents", "alerts", "incident_revisions", "alert_revisions", "unwritten_incident_revisions", "unwritten_alert_revisions",
		"superseded_incident_revisions", "superseded_alert_revisions", "duplicate_rows", "requests",
	} {
		if _, ok := s[name].(float64); !ok {
			t.Errorf("%s is %v", name, s[name])
		}
	}
	for _, name := range []string{"count", "p50_ms", "p99_ms", "max_ms"} {
		if lag, _ := s["lag"].(map[string]any); lag[name] != 0.0 {
			t.Errorf("lag %s is %v", name, lag[name])
		}
	}
	l.equal("faults by number or kind", s["faults"], map[string]any{"429": 1, "cut": 1, "graph_rpm": 2})
}

func TestScenarioPausesAndTakesNotes(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for _, bad := range []string{``, `{}`, `{"paused":"yes"}`} {
		l.equal("status of "+bad, l.control("POST", "/control/scenario", bad).status, 400)
	}
	if err := l.e.Playing(t.Context()); err != nil {
		t.Errorf("not paused: %v", err)
	}
	for range 2 { // a second time changes nothing
		l.contains("paused", l.control("POST", "/control/scenario", `{"paused":true}`).body, `"paused": true`)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.e.Playing(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped while paused: %v", err)
	}
	for range 2 {
		l.contains("resumed", l.control("POST", "/control/scenario", `{"paused":false}`).body, `"paused": false`)
	}
	if err := l.e.Playing(t.Context()); err != nil {
		t.Errorf("resumed: %v", err)
	}
	l.equal("no notes", l.control("GET", "/control/notes", "").body, "[]\n")
	for i := range 1010 {
		l.e.Note(fmt.Sprint("note ", i+1))
	}
	notes := l.e.Notes(0)
	l.equal("bounded", []any{len(notes), notes[0].Seq, notes[999].Text}, []any{1000, 11, "note 1010"})
	l.contains("since", l.control("GET", "/control/notes?since=1009", "").body, `"seq": 1010`, `"text": "note 1010"`, `"time": "2026-01-02T12:00:00Z"`)
	l.equal("since nonsense", l.control("GET", "/control/notes?since=-1", "").status, 400)
	l.e.AddNote(emulator.Note{Seq: 1, Text: "closed", Side: emulator.SideSentinel, By: "kim@provider.com"})
	l.contains("who and where", l.control("GET", "/control/notes?since=1010", "").body, `"seq": 1011`, `"side": "sentinel"`, `"by": "kim@provider.com"`)
	l.e.Reset()
	l.equal("a reset keeps them", len(l.e.Notes(0)), 1000)
}

func TestPlayingWaitsForTheEndOfAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, emulator.Settings{Now: time.Now})
		l.e.SetPaused(true)
		start, waited := time.Now(), make(chan time.Duration, 1)
		go func() {
			if err := l.e.Playing(t.Context()); err != nil {
				t.Error(err)
			}
			waited <- time.Since(start)
		}()
		time.Sleep(time.Minute)
		l.e.SetPaused(false)
		l.equal("waited", <-waited, time.Minute)
	})
}
