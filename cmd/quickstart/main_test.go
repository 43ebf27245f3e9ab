package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator/tally"
)

// lab is the emulator's control interface without a network.
type lab struct {
	*testing.T
	emulator *emulator.Emulator
	follower *follower
	asked    func(*http.Request) // before each answer
}

func newLab(t *testing.T) *lab {
	t.Helper()
	e, err := emulator.New(emulator.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{T: t, emulator: e}
	l.follower = &follower{control: newControl("http://127.0.0.1:18080"), life: tally.NewLife(nil)}
	l.follower.control.client.Transport = l
	return l
}

func (l *lab) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if l.asked != nil {
		l.asked(r)
	}
	answer := httptest.NewRecorder()
	l.emulator.Control().ServeHTTP(answer, r)
	return answer.Result(), nil
}

// incident puts one into Defender, twin one into Sentinel that stands for it.
func (l *lab) incident(id, members string) {
	l.Helper()
	if _, err := l.emulator.Put(emulator.DefaultTenant, strings.NewReader(fmt.Sprintf(`{"id":%q,"displayName":"t",%s}`, id, members))); err != nil {
		l.Fatal(err)
	}
}

func (l *lab) twin(id, members string) {
	l.Helper()
	body := fmt.Sprintf(`{"properties":{"title":"t",%s,"labels":[{"labelName":"defender:%s@%s"}]}}`, members, id, emulator.DefaultTenant)
	if _, err := l.emulator.PutSentinel("", "", strings.NewReader(body)); err != nil {
		l.Fatal(err)
	}
}

func TestSettingsOfTheShippedConfigurations(t *testing.T) {
	s, err := readSettings("../../config/both-ways.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := "r.medina@contoso.com=alex.reed@provider.com,s.ekberg@contoso.com=kim.sato@provider.com,t.quinn@contoso.com=noor.aziz@provider.com"
	if !s.bothWays() || s.owners() != want || s.Extensions.Ledger.Endpoint != "127.0.0.1:1788" {
		t.Errorf("both ways: %t %s %+v", s.bothWays(), s.owners(), s.Extensions.Ledger)
	}
	if s, err = readSettings("../../config/quickstart.yaml"); err != nil || s.bothWays() || s.owners() != "" {
		t.Errorf("one way: %v %+v", err, s)
	}
	if _, err := readSettings("missing.yaml"); err == nil {
		t.Error("no file: no error")
	}
}

func TestWhoDidWhatIsToldInOrder(t *testing.T) {
	l := newLab(t)
	start := time.Now()
	l.emulator.AddNote(emulator.Note{Text: "contoso: incident 7 opened with 1 of 2 alerts: Bad: very"})
	l.emulator.AddNote(emulator.Note{Text: "contoso: incident 7 taken", Side: emulator.SideSentinel, By: "kim@provider.com"})
	var out bytes.Buffer
	n := &narrator{follower: l.follower, out: &out, started: start.Add(-65 * time.Second), bothWays: true}
	n.tick(t.Context())
	want := "  01:05    Defender  the service             incident 7 opened with 1 of 2 alerts: Bad: very\n" +
		"  01:05    Sentinel  kim@provider.com        incident 7 taken\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	out.Reset()
	if n.tick(t.Context()); out.Len() > 0 {
		t.Errorf("told twice: %s", out.String())
	}
	l.emulator.AddNote(emulator.Note{Text: "contoso: incident 7 scored 55 of 100"}) // not what there is to see
	for i := range 20 {
		l.emulator.AddNote(emulator.Note{Text: fmt.Sprint("contoso: ", strings.Repeat("long ", 30), i), Side: emulator.SideDefender, By: "rosa@contoso.com"})
	}
	n.tick(t.Context())
	for line := range strings.Lines(out.String()) {
		if len([]rune(strings.TrimSuffix(line, "\n"))) > widthMax {
			t.Errorf("too long: %s", line)
		}
	}
	if !strings.HasSuffix(out.String(), "… and 8 more\n") {
		t.Errorf("a burst: %s", out.String())
	}
}

func TestTheCollectorsWritesAreTold(t *testing.T) {
	for want, c := range map[string]struct {
		write   tally.Write
		carried tally.Carried
	}{
		"incident 7 opened, 0.8s after":                       {tally.Write{Kind: "incident", Op: "create"}, tally.Carried{Incident: "7", Late: 800 * time.Millisecond}},
		"incident 7 status, verdict carried over, 1.2s after": {tally.Write{Kind: "incident", Op: "update"}, tally.Carried{Incident: "7", Late: 1200 * time.Millisecond, Fields: []tally.Field{tally.Status, tally.Verdict}}},
		"incident 7 comment copied, 2.0s after":               {tally.Write{Kind: "comment", Op: "create"}, tally.Carried{Incident: "7", Late: 2 * time.Second}},
		"incident 7 told of it in a comment":                  {tally.Write{Kind: "comment", Op: "create"}, tally.Carried{Incident: "7"}},
		"incident 7 labels written":                           {tally.Write{Kind: "incident", Op: "update", Changed: []string{"labels"}}, tally.Carried{Incident: "7"}},
		"incident 7 written without effect":                   {tally.Write{Kind: "incident", Op: "update", Lost: "redirected"}, tally.Carried{Incident: "7"}},
	} {
		if got := tell(c.write, c.carried); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// settled is how long settling takes while something happens before each answer.
func (l *lab) settled(happens func(since time.Duration)) time.Duration {
	l.Helper()
	start := time.Now()
	l.asked = func(*http.Request) { happens(time.Since(start)) }
	ctx, cancel := context.WithTimeout(l.Context(), 30*time.Second)
	defer cancel()
	if _, err := l.follower.settle(ctx, true, io.Discard); err != nil {
		l.Error(err)
	}
	return time.Since(start)
}

func TestSettlingEndsSomeSecondsAfterTheLastWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		took := l.settled(func(since time.Duration) {
			if since < 4*time.Second { // incidents of Sentinel's own
				if _, err := l.emulator.PutSentinel("", "", strings.NewReader(`{"properties":{"title":"t"}}`)); err != nil {
					t.Fatal(err)
				}
			}
		})
		if took < 3*time.Second+quietFor || took > 5*time.Second+quietFor {
			t.Errorf("it took %s", took)
		}
	})
}

func TestSettlingWaitsForRowsNoLongerThanIsAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t)
		l.incident("7", `"status":"active","severity":"low"`)
		l.twin("7", `"status":"New","severity":"Low"`)
		if took := l.settled(func(time.Duration) {}); took != 30*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestSettlingOfOneWayNeedsNoTwins(t *testing.T) {
	l := newLab(t)
	if s, err := l.follower.settle(t.Context(), false, io.Discard); err != nil || s.unwritten() != 0 {
		t.Errorf("%+v %v", s, err)
	}
}

func TestItJudgesByBothQueues(t *testing.T) {
	l := newLab(t)
	l.incident("7", `"status":"active","severity":"low"`)
	l.twin("7", `"status":"New","severity":"Low"`)
	judged := func() (string, error) {
		var out bytes.Buffer
		if _, err := l.follower.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := l.follower.judge(settings{}, summary{}, &out)
		return out.String(), err
	}
	said, err := judged()
	if err != nil || !strings.Contains(said, "Both sides agree on 1 of 1 incidents") {
		t.Errorf("%v\n%s", err, said)
	}
	if err := l.emulator.EditIncident(emulator.DefaultTenant, "7", "rosa@contoso.com", []byte(`{"severity":"high"}`)); err != nil {
		t.Fatal(err)
	}
	said, err = judged()
	if err == nil || !strings.Contains(said, `incident 7 severity is "high" in Defender, "low" in Sentinel`) || !strings.Contains(said, "BOTH SIDES DO NOT AGREE: 1 incident of 1") {
		t.Errorf("%v\n%s", err, said)
	}
	if !strings.Contains(said, "  people                       1          1\n") {
		t.Errorf("people are not counted:\n%s", said)
	}
}

func TestATakenAddressIsSaid(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	address := server.Listener.Addr().String()
	if err := free(address); err == nil || !strings.Contains(err.Error(), address+" is taken") {
		t.Errorf("got %v", err)
	}
}

func TestOnlyWhatIsParkedIsExcused(t *testing.T) {
	parked := `{"parked":[{"side":"defender","what":"owner","reason":"no such user"}],"sides":{"defender":{"trouble":"429"}}}`
	ledger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/incidents/7" {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, parked)
	}))
	defer ledger.Close()
	var s settings
	s.Extensions.Ledger = &ledgerSettings{Endpoint: ledger.Listener.Addr().String()}
	findings := []tally.Finding{
		{Incident: "7", What: "a", Fields: []tally.Field{tally.Owner}},
		{Incident: "7", What: "b", Fields: []tally.Field{tally.Owner, tally.Status}},
		{Incident: "7", What: "is not in Sentinel"},
		{Incident: "8", What: "unknown to it"},
	}
	explain(t.Context(), s, findings)
	because := "; owner is parked: no such user; writing to defender waits: 429"
	for i, want := range []tally.Finding{{Excused: true, What: "a" + because}, {What: "b" + because}, {What: "is not in Sentinel" + because}, {What: "unknown to it"}} {
		if findings[i].Excused != want.Excused || findings[i].What != want.What {
			t.Errorf("%+v, want %+v", findings[i], want)
		}
	}
}
