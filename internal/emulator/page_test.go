package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestThePageIsServedWithNothingFromElsewhere(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for path, media := range map[string]string{"/": "text/html", "/page.css": "text/css", "/page.js": "text/javascript", "/editor.js": "text/javascript", "/words.js": "text/javascript"} {
		a := l.control("GET", path, "")
		l.equal(path, a.status, 200)
		l.contains(path, a.header.Get("Content-Type"), media, "charset=utf-8")
		l.contains(path, a.header.Get("Content-Security-Policy"), "default-src 'none'", "script-src 'self'")
		for _, link := range regexp.MustCompile(`https?://[^'"\s)]+`).FindAllString(a.body, -1) {
			if link != "http://www.w3.org/2000/svg" {
				t.Errorf("%s leads to %s", path, link)
			}
		}
		if strings.Contains(a.body, "innerHTML") || strings.Contains(a.body, " style=") {
			t.Errorf("%s writes text as markup, or style that the policy refuses", path)
		}
	}
	l.equal("nothing else", l.control("GET", "/other", "").status, 404)
	l.equal("only to be read", l.control("POST", "/", "").status, 405)
}

func TestThePagesScriptFindsItsElements(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile("page/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	page := read("index.html")
	for _, script := range []string{"page.js", "editor.js"} {
		found := regexp.MustCompile(`(?:\$|getElementById)\("([a-z-]+)"\)`).FindAllStringSubmatch(read(script), -1)
		if len(found) < 8 {
			t.Fatalf("%s: only %d elements", script, len(found))
		}
		for _, id := range found {
			if !strings.Contains(page, `id="`+id[1]+`"`) {
				t.Errorf("%s wants #%s", script, id[1])
			}
		}
	}
}

func TestControlIsForItsOwnPageOnLoopback(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.put(`{"id":"1"}`)
	for origin, status := range map[string]int{
		"": 200, "http://127.0.0.1:18080": 200, "http://127.0.0.1:9999": 403, "https://evil.example": 403, "null": 403,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		a := l.do(l.e.Control(), "POST", "http://127.0.0.1:18080/control/defender/incidents/1", header, strings.NewReader(`{}`))
		l.equal("from "+origin, a.status, status)
	}
	for host, status := range map[string]int{"localhost:18080": 200, "[::1]:18080": 200, "rebound.example:18080": 403} {
		a := l.do(l.e.Control(), "POST", "http://"+host+"/control/defender/incidents/1", http.Header{"Origin": {"http://" + host}}, strings.NewReader(`{}`))
		l.equal("a name that leads here: "+host, a.status, status)
	}
}

// shownQueues is the page's data, as far as the tests look.
type shownQueues struct {
	Version            uint64
	Whole, Paused      bool
	Tenant, Workspace  string
	Tenants            []string
	Workspaces         []map[string]string
	Defender, Sentinel []shownRow
	Writes             []struct {
		N             uint64
		Side, ID      string
		Before, After map[string]any
		Changed       []string
	}
}

type shownRow struct {
	ID, Title, Status, Severity, Class, Reason, Note, Owner, Redirect, By string
	Tags                                                                  []string
	Comments                                                              []map[string]string
	Alerts, Number                                                        int
	Deleted                                                               bool
	Link                                                                  *struct{ Tenant, ID string }
}

func (l *lab) queues(query string) (q shownQueues) {
	l.Helper()
	a := l.control("GET", "/control/queues?"+query, "")
	if err := json.Unmarshal([]byte(a.body), &q); err != nil || a.status != 200 {
		l.Fatalf("queues: %d %s %v", a.status, a.body, err)
	}
	return q
}

func TestQueuesShowBothSidesOnce(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	l.twoAlerts("4711")
	l.edit("4711", `{"status":"resolved","assignedTo":"p","classification":"truePositive","determination":"malware","resolvingComment":"r","customTags":["x"],"comment":"c"}`)
	l.control("PUT", "/control/sentinel/incidents", `{"name":"0A","properties":{"title":"n","severity":"High","status":"New","labels":[{"labelName":"defender:4711@00000000-0000-4000-8000-000000000001"},{"labelName":"y"}],"owner":{"userPrincipalName":"q"}},"comments":[{"message":"hello"}]}`)
	q := l.queues("")
	l.equal("whole", []any{q.Whole, q.Version, q.Paused, q.Tenant, q.Workspace, q.Tenants, len(q.Workspaces)},
		[]any{true, l.number(), false, emulator.DefaultTenant, emulator.DefaultWorkspace, []string{emulator.DefaultTenant}, 1})
	d := q.Defender[0]
	l.equal("Defender", fmt.Sprintf("%+v", d), fmt.Sprintf("%+v", shownRow{
		ID: "4711", Title: "n", Status: "resolved", Severity: "medium", Class: "truePositive", Reason: "malware", Note: "r", Owner: "p", By: "analyst@contoso.com",
		Tags: []string{"x"}, Comments: []map[string]string{{"by": "analyst@contoso.com", "at": "2026-01-02T12:00:00Z", "text": "c"}}, Alerts: 2,
	}))
	s := q.Sentinel[0]
	l.equal("Sentinel", []any{s.ID, s.Number, s.Title, s.Status, s.Owner, s.Tags, s.Comments[0]["text"], *s.Link},
		[]any{"0A", 1, "n", "New", "q", []string{"defender:4711@" + emulator.DefaultTenant, "y"}, "hello", struct{ Tenant, ID string }{emulator.DefaultTenant, "4711"}})
}

func TestQueuesSayWhoIsWho(t *testing.T) {
	l := newLab(t, emulator.Settings{Owners: map[string]string{"r@contoso.com": "a@provider.com"}})
	l.contains("owners", l.control("GET", "/control/queues", "").body, `"owners":{"r@contoso.com":"a@provider.com"}`)
}

func TestQueuesShowOnlyWhatChangedSince(t *testing.T) {
	l := newLab(t, emulator.Settings{})
	for _, id := range []string{"1", "2", "3"} {
		l.twoAlerts(id)
	}
	l.control("PUT", "/control/sentinel/incidents", `[{"name":"a","properties":{"title":"a","severity":"Low","status":"New"}},{"name":"b","properties":{"title":"b","severity":"Low","status":"New"}}]`)
	since := func() string { return fmt.Sprint("since=", l.number()) }
	at := since()
	q := l.queues(at)
	l.equal("nothing", []any{q.Whole, len(q.Defender), len(q.Sentinel), len(q.Writes)}, []any{false, 0, 0, 0})
	l.edit("2", `{"assignedTo":"p"}`)
	l.control("POST", "/control/sentinel/incidents/b", `{"properties":{"status":"Active"}}`)
	q = l.queues(at)
	l.equal("one row each; the alert that cascaded is no row", []any{len(q.Defender), q.Defender[0].Owner, len(q.Sentinel), q.Sentinel[0].Status}, []any{1, "p", 1, "Active"})
	l.equal("writes", len(q.Writes), 3)
	l.equal("with what changed", []any{q.Writes[0].Changed, q.Writes[0].Before, q.Writes[0].After}, []any{[]string{"assignedTo"}, map[string]any{"assignedTo": nil}, map[string]any{"assignedTo": "p"}})
	at = since()
	l.edit("1", `{"comment":"hello"}`)
	l.control("DELETE", "/control/sentinel/incidents/a", "")
	q = l.queues(at)
	l.equal("a comment is whole", q.Writes[0].After["comment"], "hello")
	l.equal("a deleted one says so", []any{q.Sentinel[0].ID, q.Sentinel[0].Deleted}, []any{"a", true})
	l.control("POST", "/control/scenario", `{"paused":true}`)
	l.equal("beyond the newest write: whole", []any{l.queues("since=999999").Whole, l.queues("since=999999").Paused}, []any{true, true})
	l.control("POST", "/control/reset", "")
	l.equal("after a reset", []any{l.queues(at).Whole, l.queues(at).Version, len(l.queues(at).Defender)}, []any{true, 0, 0})
	l.equal("since nonsense", l.control("GET", "/control/queues?since=x", "").status, 400)
	l.equal("tenant", l.control("GET", "/control/queues?tenant=x", "").status, 400)
	l.equal("workspace", l.control("GET", "/control/queues?workspace=nope", "").status, 404)
}

func TestQueuesAreWholeWhenWritesWereForgotten(t *testing.T) {
	l := newLab(t, emulator.Settings{WritesKeep: 3})
	l.twoAlerts("1")
	for range 5 {
		l.edit("1", `{}`)
	}
	l.equal("kept", []any{l.queues("since=3").Whole, len(l.queues("since=3").Writes)}, []any{false, 3})
	l.equal("forgotten", []any{l.queues("since=2").Whole, len(l.queues("since=2").Writes)}, []any{true, 3})
}

func TestLinksAreReadFromLabels(t *testing.T) {
	other := "00000000-0000-4000-8000-00000000000b"
	l := newLab(t, emulator.Settings{})
	l.put(`{"id":"7","displayName":"ours"}`)
	l.control("PUT", "/control/defender/incidents?tenant="+other, `[{"id":"7","displayName":"theirs"},{"id":"8","displayName":"only theirs"}]`)
	said := map[string]string{
		"a": "defender:7@" + strings.ToUpper(other), "b": "defender:7@" + emulator.DefaultTenant, "c": "defender:9@" + other, "d": "defender:7@contoso",
		"e": "defender:7", "f": "defender:nine@" + other, "g": "Defender:7@" + other, "h": "defender:@" + other,
	}
	for name, label := range said {
		l.control("PUT", "/control/sentinel/incidents", fmt.Sprintf(`{"name":%q,"properties":{"title":"ours","severity":"Low","status":"New","labels":[{"labelName":"x"},{"labelName":%q}]}}`, name, label))
	}
	got := map[string]string{}
	for _, s := range l.queues("tenant=" + other).Sentinel {
		if s.Link != nil {
			got[s.ID] = s.Link.Tenant + " " + s.Link.ID
		}
	}
	l.equal("links", got, map[string]string{"a": other + " 7", "b": emulator.DefaultTenant + " 7", "c": other + " 9"})
	q := l.queues("tenant=" + other)
	l.equal("tenants, the usual one first", []any{q.Tenants, len(q.Defender)}, []any{[]string{emulator.DefaultTenant, other}, 2})
}
