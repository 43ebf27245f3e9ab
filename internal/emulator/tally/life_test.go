package tally

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	tenant = "00000000-0000-4000-8000-000000000001"
	twin   = "aaaaaaaa-0000-5000-8000-000000000001"
)

// script writes lives by hand: one incident, 4711, and its twin.
type script struct {
	*testing.T
	life             *Life
	now              time.Time
	defender, shadow map[string]any
	carried          Carried
}

func newScript(t *testing.T) *script {
	return &script{
		T: t, now: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC),
		life: NewLife(People{"r.medina@contoso.com": "alex.reed@provider.com"}),
	}
}

func (s *script) after(d time.Duration) *script {
	s.now = s.now.Add(d)
	return s
}

func encode(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// writes lets an actor set members of one side; the first time makes it.
func (s *script) writes(actor string, side Side, members string) *script {
	s.Helper()
	doc, id, name := &s.defender, "4711", "defender"
	if side == Sentinel {
		doc, id, name = &s.shadow, twin, "sentinel"
	}
	w := Write{N: s.life.Last + 1, Time: s.now, Side: name, Tenant: tenant, ID: id, Kind: "incident", Op: "update", Actor: actor, Before: encode(s.T, *doc)}
	if *doc == nil {
		*doc, w.Op = map[string]any{}, "create"
		if side == Sentinel {
			(*doc)["labels"] = []any{map[string]any{"labelName": "defender:4711@" + tenant}}
		}
	}
	var change map[string]any
	if err := json.Unmarshal([]byte(members), &change); err != nil {
		s.Fatal(err)
	}
	for member, value := range change {
		if !reflect.DeepEqual((*doc)[member], value) {
			w.Changed = append(w.Changed, member)
		}
		(*doc)[member] = value
	}
	w.After = encode(s.T, *doc)
	s.carried = s.life.Add(w)
	return s
}

func (s *script) comments(actor string, side Side, text string) *script {
	w := Write{N: s.life.Last + 1, Time: s.now, Side: "defender", Tenant: tenant, ID: "4711", Kind: "comment", Op: "create", Actor: actor, Changed: []string{"comments"}, After: encode(s.T, map[string]any{"comment": text})}
	if side == Sentinel {
		w.Side, w.ID, w.After = "sentinel", twin, encode(s.T, map[string]any{"message": text})
	}
	s.carried = s.life.Add(w)
	return s
}

// pair has both sides agree on a new incident.
func (s *script) pair() *script {
	return s.writes("service", Defender, `{"status":"active","severity":"low"}`).after(time.Second).writes("app", Sentinel, `{"status":"New","severity":"Low"}`).after(time.Minute)
}

func (s *script) conflicts(want ...string) {
	s.Helper()
	var got []string
	for _, c := range s.life.Report().Conflicts {
		got = append(got, fmt.Sprintf("%s: %s, %s", c.Field, c.Winner, c.Rule))
	}
	if !reflect.DeepEqual(got, want) {
		s.Errorf("conflicts %v, want %v", got, want)
	}
}

func (s *script) echoes(want int) {
	s.Helper()
	if got := s.life.Report().Echoes; len(got) != want {
		s.Errorf("echoes %v, want %d", got, want)
	}
}

func (s *script) lag(side Side, want ...time.Duration) {
	s.Helper()
	if got := s.life.Report().Lag[side]; !reflect.DeepEqual(got, want) {
		s.Errorf("lag to %s %v, want %v", side, got, want)
	}
}

func TestANewIncidentIsCarriedOnceAndAsLateAsItIs(t *testing.T) {
	s := newScript(t).pair()
	s.lag(Sentinel, time.Second)
	s.echoes(0)
	if behind := s.life.Behind(); behind != nil {
		t.Errorf("behind %v", behind)
	}
}

func TestAnEditIsCarried(t *testing.T) {
	s := newScript(t).pair()
	s.writes("person", Sentinel, `{"status":"Active","owner":{"userPrincipalName":"Alex.Reed@provider.com"}}`)
	if behind := s.life.Behind(); !reflect.DeepEqual(behind, []string{"4711"}) {
		t.Errorf("behind %v", behind)
	}
	s.after(700*time.Millisecond).writes("app", Defender, `{"status":"inProgress","assignedTo":"r.medina@contoso.com"}`)
	want := Carried{Incident: "4711", Late: 700 * time.Millisecond, Fields: []Field{Owner, Status}}
	if !reflect.DeepEqual(s.carried, want) {
		t.Errorf("carried %+v, want %+v", s.carried, want)
	}
	s.echoes(0)
	s.conflicts()
	r := s.life.Report()
	if r.People[Sentinel]["status"] != 1 || r.Collector[Defender]["owner"] != 1 || r.Wrote != [3][2]int{{0, 1}, {1, 0}, {1, 1}} {
		t.Errorf("counted %+v", r)
	}
}

func TestTheEldestEditOfAWriteIsItsLag(t *testing.T) {
	s := newScript(t).pair()
	s.writes("person", Defender, `{"status":"inProgress"}`).after(time.Second).writes("person", Defender, `{"severity":"high"}`).
		after(time.Second).writes("app", Sentinel, `{"status":"Active","severity":"High"}`)
	s.lag(Sentinel, time.Second, 2*time.Second)
}

func TestConflictsAndWhoStood(t *testing.T) {
	met := func(apart time.Duration) *script {
		return newScript(t).pair().writes("person", Defender, `{"severity":"high"}`).after(apart).writes("person", Sentinel, `{"severity":"Medium"}`).after(time.Second)
	}
	s := met(300*time.Millisecond).writes("app", Defender, `{"severity":"medium"}`)
	s.conflicts("severity: Sentinel, the later edit stood")
	s.lag(Defender, time.Second)
	met(300*time.Millisecond).writes("app", Sentinel, `{"severity":"High"}`).conflicts("severity: Defender, the earlier edit stood")
	met(0).writes("app", Sentinel, `{"severity":"High"}`).conflicts("severity: Defender, both at one moment, Defender's stood")
	s.after(time.Minute).writes("person", Defender, `{"severity":"low"}`).after(time.Second).writes("app", Sentinel, `{"severity":"Low"}`)
	s.conflicts("severity: Sentinel, the later edit stood") // that one met nobody
	s.echoes(0)
}

func TestAnEditOfTheSameIsNoConflict(t *testing.T) {
	s := newScript(t).pair().writes("person", Defender, `{"status":"resolved","classification":"truePositive"}`).after(time.Second).
		writes("person", Sentinel, `{"status":"Closed","classification":"TruePositive"}`)
	s.conflicts()
	if n := s.life.Report().Alike; n != 2 {
		t.Errorf("alike %d", n)
	}
	s.after(time.Second).writes("app", Sentinel, `{"status":"Closed"}`).echoes(0) // it was under way
	s.after(time.Minute).writes("app", Sentinel, `{"status":"Closed"}`).echoes(1)
}

func TestEachTagIsItsOwnEdit(t *testing.T) {
	label := func(names ...string) string {
		var all []string
		for _, name := range append([]string{"defender:4711@" + tenant}, names...) {
			all = append(all, `{"labelName":"`+name+`"}`)
		}
		return `{"labels":[` + strings.Join(all, ",") + `]}`
	}
	s := newScript(t).pair()
	s.writes("person", Defender, `{"customTags":["a"]}`).writes("person", Sentinel, label("B")).after(time.Second).
		writes("app", Sentinel, label("B", "a")).writes("app", Defender, `{"customTags":["a","b"]}`)
	s.conflicts()
	s.echoes(0)
	if behind := s.life.Behind(); behind != nil {
		t.Errorf("behind %v", behind)
	}
	s.writes("person", Defender, `{"customTags":["b"]}`).writes("person", Sentinel, label("B", "A")).after(time.Second)
	s.writes("app", Sentinel, label("B")).echoes(0)
}

func TestAWriteThatNobodyNeededIsAnEcho(t *testing.T) {
	newScript(t).pair().writes("app", Sentinel, `{"status":"New"}`).echoes(1)
	newScript(t).pair().writes("person", Defender, `{"status":"inProgress"}`).after(time.Second).writes("app", Sentinel, `{"status":"Active"}`).
		after(time.Second).writes("app", Defender, `{"status":"active"}`).echoes(1)
	s := newScript(t).pair().writes("person", Defender, `{"status":"inProgress"}`).writes("person", Defender, `{"status":"active"}`)
	s.after(time.Second).writes("app", Sentinel, `{"status":"Active"}`).echoes(0) // seen in between, and sent already
	if line := newScript(t).pair().writes("app", Sentinel, `{"status":"New"}`).life.Report().Echoes[0].String(); line != "write 3 on Sentinel, incident 4711: it changed nothing" {
		t.Error(line)
	}
}

func TestAStaleValueIsCarriedThenTheNewest(t *testing.T) {
	s := newScript(t).pair().writes("person", Sentinel, `{"severity":"Medium"}`).after(500*time.Millisecond).writes("person", Sentinel, `{"severity":"High"}`)
	s.after(100*time.Millisecond).writes("app", Defender, `{"severity":"medium"}`).after(time.Second).writes("app", Defender, `{"severity":"high"}`)
	s.echoes(0)
	s.conflicts()
	s.lag(Defender, 600*time.Millisecond, 1100*time.Millisecond)
}

func TestCommentsArriveOnce(t *testing.T) {
	s := newScript(t).pair()
	s.comments("person", Defender, "hello").comments("person", Sentinel, "world")
	if len(s.life.Behind()) != 1 {
		t.Error("not behind")
	}
	s.after(time.Second).comments("app", Sentinel, "Rosa, 2026-01-02 12:01:00 UTC, in Defender:\nhello").
		after(time.Second).comments("app", Defender, "world\n\n— Alex, 2026-01-02 12:01:00 UTC, Sentinel comment aaaa-1")
	s.lag(Sentinel, time.Second, time.Second)
	s.lag(Defender, 2*time.Second)
	if behind := s.life.Behind(); behind != nil {
		t.Errorf("behind %v", behind)
	}
	s.echoes(0)
}

func TestAlertsAreRelatedOnce(t *testing.T) {
	s := newScript(t).pair()
	relate := func(op string) {
		w := Write{N: s.life.Last + 1, Time: s.now, Side: "sentinel", ID: twin, Kind: "relation", Op: op, Actor: "app", Changed: []string{"relations"}}
		text := encode(t, map[string]any{"systemAlertId": "x"})
		if w.After = text; op == "delete" {
			w.Before, w.After = text, nil
		}
		s.life.Add(w)
	}
	relate("create")
	relate("delete")
	relate("create")
	s.echoes(0)
	relate("create")
	s.echoes(1)
}

func TestATwinThatAPersonDeletedIsNotMissed(t *testing.T) {
	s := newScript(t).pair()
	s.life.Add(Write{N: 3, Time: s.now, Side: "sentinel", ID: twin, Kind: "incident", Op: "delete", Actor: "person", Before: encode(t, s.shadow)})
	s.writes("person", Defender, `{"status":"inProgress"}`)
	if behind := s.life.Behind(); behind != nil {
		t.Errorf("behind %v", behind)
	}
	a := s.life.Compare(tenant, []json.RawMessage{json.RawMessage(`{"id":"4711","status":"inProgress"}`)}, nil)
	if len(a.Differ()) != 0 || len(a.Findings) != 1 {
		t.Errorf("%+v", a)
	}
}

func TestPercentiles(t *testing.T) {
	var lags []time.Duration
	for i := range 200 {
		lags = append([]time.Duration{time.Duration(i + 1)}, lags...)
	}
	if p50, p99, none := Percentile(lags, 50), Percentile(lags, 99), Percentile(nil, 99); p50 != 100 || p99 != 198 || none != 0 {
		t.Error(p50, p99, none)
	}
}
