package incidentledgerextension

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
)

// ask sends a request to the endpoint as its server would get it.
func ask(t *testing.T, r *rig, method, path, body string, header ...string) (int, map[string]any) {
	t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Host = "localhost:1788"
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	guard(newAPI(r.ledgerExtension), true).ServeHTTP(w, request)
	require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
	for key, value := range headers {
		require.Equal(t, value, w.Header().Get(key))
	}
	require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
	var answer map[string]any
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
	return w.Code, answer
}

func get(t *testing.T, r *rig, path string) map[string]any {
	t.Helper()
	status, answer := ask(t, r, http.MethodGet, path, "")
	require.Equal(t, http.StatusOK, status, answer)
	return answer
}

// at looks into a document.
func dig(t *testing.T, document any, path ...string) any {
	t.Helper()
	for _, key := range path {
		m, ok := document.(map[string]any)
		require.True(t, ok, path)
		document = m[key]
	}
	return document
}

func TestIncidentsAreListedInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `{}`, nil)
		l := r.start(t)
		require.Equal(t, map[string]any{"incidents": []any{}}, get(t, r, "/incidents"))
		for n := range 5 {
			observe(t, l, link(fmt.Sprint(n)), values(), time.Now())
		}
		seen := map[string]bool{}
		path := "/incidents?limit=2"
		for pages := 1; ; pages++ {
			answer := get(t, r, path)
			for _, i := range answer["incidents"].([]any) {
				seen[dig(t, i, "link", "incident").(string)] = true
				require.Equal(t, []any{"create"}, dig(t, i, "pending", "sentinel"))
			}
			if answer["next"] == nil {
				require.Equal(t, 3, pages)
				break
			}
			path = "/incidents?limit=2&after=" + answer["next"].(string)
		}
		require.Len(t, seen, 5)
		require.Len(t, get(t, r, "/incidents")["incidents"], 5)
	})
}

// TestAnIncidentIsExplained: whole, by names of fields and sides, with its
// decisions; found by ledger id, number and name.
func TestAnIncidentIsExplained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `conflict: defender`, nil)
		conflicted(t, r.start(t))
		e := get(t, r, "/incidents/1")
		for _, path := range []string{"/incidents/" + link("1").SentinelName(), "/incidents/" + string(ledger.IDOf(link("1"), workspace))} {
			require.Equal(t, e, get(t, r, path))
		}
		require.Equal(t, "contoso.com", strings.Split(dig(t, e, "fields", "owner", "defender").(string), "@")[1])
		require.Equal(t, map[string]any{"defender": "resolved", "sentinel": "Closed", "base": map[string]any{"defender": "resolved", "sentinel": "Closed"}}, dig(t, e, "fields", "status"))
		require.Equal(t, []any{"red", "tier2"}, dig(t, e, "fields", "tags", "sentinel"))
		require.Equal(t, true, dig(t, e, "sides", "defender", "known"))
		decisions := e["decisions"].([]any)
		require.Greater(t, len(decisions), 5)
		var status map[string]any
		for _, d := range decisions {
			if dig(t, d, "field") == "status" {
				status = d.(map[string]any)
			}
		}
		require.NotEmpty(t, status["at"])
		delete(status, "at")
		require.Equal(t, map[string]any{
			"field": "status", "rule": "conflict", "result": "written", "side": "sentinel", "value": "Closed", "winner": "defender",
			"defender": "resolved", "sentinel": "Active", "base": map[string]any{"defender": "active", "sentinel": "New"},
		}, status)
	})
}

func TestAClosedIncidentIsExplainedWithoutItsTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `{}`, nil)
		l := r.start(t)
		closed := values()
		closed[incident.FieldStatus] = "resolved"
		observe(t, l, link("1"), closed, time.Now())
		write(t, l, same)
		require.Zero(t, l.Open())
		e := get(t, r, "/incidents/1")
		require.NotEmpty(t, e["closed_at"])
		require.Equal(t, notKept, dig(t, e, "fields", "description", "defender"))
		require.Equal(t, "jane@contoso.com", dig(t, e, "fields", "owner", "defender"))
		require.NotEmpty(t, e["decisions"])
		require.Empty(t, get(t, r, "/incidents")["incidents"], "the list is of open ones")
	})
}

func TestANumberOfTwoTenantsIsNotGuessed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `{}`, nil)
		l := r.start(t)
		other := link("1")
		other.TenantID = "00000000-0000-4000-8000-000000000002"
		observe(t, l, link("1"), values(), time.Now())
		observe(t, l, other, values(), time.Now())
		status, answer := ask(t, r, http.MethodGet, "/incidents/1", "")
		require.Equal(t, http.StatusMultipleChoices, status)
		require.ElementsMatch(t, []any{string(ledger.IDOf(link("1"), workspace)), string(ledger.IDOf(other, workspace))}, answer["ids"])
		status, _ = ask(t, r, http.MethodPost, "/approve", `{"id": "1"}`)
		require.Equal(t, http.StatusMultipleChoices, status)
	})
}

func TestHeldClosingsAreApproved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `{}`, nil)
		l := r.start(t)
		closed := values()
		closed[incident.FieldStatus] = "resolved"
		for _, id := range []string{"1", "2", "3"} {
			observe(t, l, link(id), values(), time.Now())
			write(t, l, same)
		}
		time.Sleep(time.Second)
		for _, id := range []string{"1", "2", "3"} {
			observe(t, l, link(id), closed, time.Now())
			work, _ := l.Next(ledger.Lane{Side: incident.SideSentinel, Name: workspace}, ledger.AllKinds)
			require.NoError(t, work.Update(t.Context(), func(e *ledger.Entry) {
				e.Restrain(incident.SideSentinel, time.Now().Add(time.Hour), time.Now())
			}))
			work.Done()
		}
		require.NotNil(t, get(t, r, "/incidents/2")["held"])
		for _, c := range []struct {
			body   string
			status int
			want   any
		}{
			{`{"id": "2"}`, http.StatusOK, 1.0},
			{`{"id": "2"}`, http.StatusOK, 0.0},
			{`{"id": "4"}`, http.StatusNotFound, nil},
			{`{"id": "` + string(ledger.IDOf(link("1"), workspace)) + `"}`, http.StatusOK, 1.0},
			{`{"all": true}`, http.StatusOK, 1.0},
			{`{"all": true}`, http.StatusOK, 0.0},
		} {
			status, answer := ask(t, r, http.MethodPost, "/approve", c.body)
			require.Equal(t, c.status, status, c.body)
			require.Equal(t, c.want, answer["approved"], c.body)
		}
		require.Equal(t, 5, r.logs.FilterMessageSnippet("held closings approved").Len(), "who approves is in the log")
		for range 3 {
			write(t, l, same)
		}
		require.Zero(t, l.Open())
	})
}

func TestRequestsThatAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, `{}`, nil)
		r.start(t)
		for _, c := range []struct {
			name, method, path, body string
			status                   int
			want                     string
			header                   []string
		}{
			{"another path", "GET", "/", "", 404, "there are GET /incidents", nil},
			{"another path below", "GET", "/metrics", "", 404, "there are GET /incidents", nil},
			{"a write to the list", "POST", "/incidents", "{}", 405, "/incidents is asked for by GET, not POST", nil},
			{"a delete", "DELETE", "/incidents/1", "", 405, "by GET, not DELETE", nil},
			{"an approval by GET", "GET", "/approve", "", 405, "by POST, not GET", nil},
			{"a preflight", "OPTIONS", "/approve", "", 403, "another origin", []string{"Origin", "https://evil.example"}},
			{"too long a page", "GET", "/incidents?limit=1001", "", 400, `"limit" must be between 1 and 1000`, nil},
			{"no page", "GET", "/incidents?limit=0", "", 400, `"limit" must be`, nil},
			{"a page of words", "GET", "/incidents?limit=all", "", 400, `"limit" must be`, nil},
			{"two limits", "GET", "/incidents?limit=1&limit=2", "", 400, "each once", nil},
			{"an unknown key", "GET", "/incidents?before=1", "", 400, `the query takes "limit" and "after"`, nil},
			{"an unknown incident", "GET", "/incidents/99", "", 404, `the ledger has no incident "99"`, nil},
			{"an unknown id", "GET", "/incidents/a/b", "", 404, `the ledger has no incident "a/b"`, nil},
			{"no incident", "GET", "/incidents/", "", 400, "an incident is named by", nil},
			{"an endless name", "GET", "/incidents/" + strings.Repeat("9", 300), "", 400, "an incident is named by", nil},
			{"no body", "POST", "/approve", "", 400, "the body must be", nil},
			{"an empty body", "POST", "/approve", "{}", 400, "the body must be", nil},
			{"both", "POST", "/approve", `{"id": "1", "all": true}`, 400, "the body must be", nil},
			{"not all", "POST", "/approve", `{"all": false}`, 400, "the body must be", nil},
			{"an empty id", "POST", "/approve", `{"id": ""}`, 400, "an incident is named by", nil},
			{"another key", "POST", "/approve", `{"ids": ["1"]}`, 400, "the body must be", nil},
			{"two bodies", "POST", "/approve", `{"all": true}{"all": true}`, 400, "the body must be", nil},
			{"an endless body", "POST", "/approve", `{"id": "` + strings.Repeat("1", approveBytesMax) + `"}`, 400, "the body must be", nil},
			{"a page of another origin", "POST", "/approve", `{"all": true}`, 403, "another origin", []string{"Origin", "https://evil.example"}},
			{"a page without origin", "POST", "/approve", `{"all": true}`, 403, "another origin", []string{"Origin", "null"}},
			{"a page's own word", "GET", "/incidents", "", 403, "another origin", []string{"Sec-Fetch-Site", "cross-site"}},
		} {
			status, answer := ask(t, r, c.method, c.path, c.body, c.header...)
			require.Equal(t, c.status, status, c.name)
			require.Contains(t, answer["error"], c.want, c.name)
		}
	})
}

// TestANameThatLeadsToLoopbackIsNoLoopback: a page may give itself a name that
// resolves to 127.0.0.1, and would be of the same origin.
func TestANameThatLeadsToLoopbackIsNoLoopback(t *testing.T) {
	for host, want := range map[string]int{
		"localhost:1788": 204, "127.0.0.1:1788": 204, "[::1]:1788": 204, "localhost": 204,
		"evil.example:1788": 421, "127.0.0.1.evil.example": 421, "": 421,
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/incidents", nil)
		r.Host = host
		guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), true).ServeHTTP(w, r)
		require.Equal(t, want, w.Code, host)
	}
}

func TestAStorageThatIsAwayIsNoMissingIncident(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDisk()
		r := newRig(t, stored, over(m))
		observe(t, r.start(t), link("1"), values(), time.Now())
		m.BreakDown(fmt.Errorf("disk is gone"))
		status, answer := ask(t, r, http.MethodGet, "/incidents/2", "")
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.NotContains(t, answer["error"], "disk is gone")
		m.BreakDown(nil)
	})
}

// TestTheEndpointListensFromStartToShutdown is the one that uses a network.
func TestTheEndpointListensFromStartToShutdown(t *testing.T) {
	r := newRig(t, `endpoint: localhost:0`, nil)
	l := r.start(t)
	observe(t, l, link("1"), values(), time.Now())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	url := "http://" + r.server.at.String() + "/incidents/1"
	answer, err := client.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode, string(body))
	require.Contains(t, string(body), `"jane@contoso.com"`)
	require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))

	second := newRig(t, "endpoint: "+r.server.at.String(), nil)
	require.ErrorContains(t, second.Start(t.Context(), second.host), `listen on "endpoint"`)
	r.stop(t)
	_, err = client.Get(url) //nolint:bodyclose // there is none
	require.Error(t, err)
}

// doorkeeper is an authenticating extension that wants a word.
type doorkeeper struct {
	component.StartFunc
	component.ShutdownFunc
}

func (doorkeeper) Authenticate(ctx context.Context, sources map[string][]string) (context.Context, error) {
	if !slices.Contains(sources["Authorization"], "the word") {
		return ctx, errors.New("he says that he is jane@contoso.com")
	}
	return ctx, nil
}

// TestWithAuthNobodyAsksWithoutTheWord: neither for values nor for approvals.
func TestWithAuthNobodyAsksWithoutTheWord(t *testing.T) {
	r := newRig(t, `{endpoint: "localhost:0", auth: {authenticator: doorkeeper}}`, map[component.ID]component.Component{component.MustNewID("doorkeeper"): doorkeeper{}})
	r.start(t)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(method, path, word string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+r.server.at.String()+path, strings.NewReader(`{"all": true}`))
		require.NoError(t, err)
		request.Host = "ledger.example" // with auth any name will do
		request.Header.Set("Authorization", word)
		answer, err := client.Do(request)
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
		return answer.StatusCode, string(body)
	}
	for path, method := range map[string]string{"/incidents": http.MethodGet, "/incidents/1": http.MethodGet, "/approve": http.MethodPost, "/": http.MethodGet} {
		status, body := ask(method, path, "another")
		require.Equal(t, http.StatusUnauthorized, status)
		require.JSONEq(t, `{"error": "Unauthorized"}`, body)
	}
	status, body := ask(http.MethodPost, "/approve", "the word")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"approved": 0}`, body)
	r.stop(t)

	r = newRig(t, `{endpoint: "localhost:0", auth: {authenticator: nobody}}`, nil)
	require.ErrorContains(t, r.Start(t.Context(), r.host), `make "endpoint"`)
	r.stop(t)
}
