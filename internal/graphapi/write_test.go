package graphapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
)

func TestWritesAreWhatTheContractSays(t *testing.T) {
	var seen *http.Request
	var sent string
	c := client(t, nil, func(req *http.Request) (*http.Response, error) {
		text, err := io.ReadAll(req.Body)
		seen, sent = req, string(text)
		return answer(200, `{"id":"29"}`), err
	})
	ctx := t.Context()
	for _, tt := range []struct {
		name, method, want string
		call               func() (*Page, error)
	}{
		{"update incident", "PATCH", incidentsPath + "/29", func() (*Page, error) { return c.PatchIncident(ctx, "29", []byte(`{"a":1}`)) }},
		{"comment on incident", "POST", incidentsPath + "/29/comments", func() (*Page, error) { return c.CommentIncident(ctx, "29", []byte(`{"a":1}`)) }},
		{"a hostile id stays one segment", "POST", incidentsPath + "/..%2F1%3F/comments", func() (*Page, error) { return c.CommentIncident(ctx, "../1?", []byte(`{"a":1}`)) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page, err := tt.call()
			require.NoError(t, err)
			body, err := read(page)
			require.NoError(t, err)
			require.JSONEq(t, `{"id":"29"}`, body)
			require.Equal(t, tt.method, seen.Method)
			require.Equal(t, tt.want, seen.URL.RequestURI())
			require.JSONEq(t, `{"a":1}`, sent)
			require.Equal(t, int64(7), seen.ContentLength)
			require.Equal(t, "application/json", seen.Header.Get("Content-Type"))
			require.Equal(t, "include-unknown-enum-members", seen.Header.Get("Prefer"))
			require.True(t, strings.HasPrefix(seen.Header.Get("Authorization"), "Bearer "))
		})
	}
	seen = nil
	for _, id := range []string{"", ".", ".."} {
		_, err := c.PatchIncident(ctx, id, []byte(`{}`))
		require.EqualError(t, err, "update incident: not an id")
		_, err = c.CommentIncident(ctx, id, []byte(`{}`))
		require.EqualError(t, err, "comment on incident: not an id")
		require.Equal(t, azure.ClassPermanent, azure.ClassOf(err))
	}
	require.Nil(t, seen)
}

// TestEveryStatusOfAWriteHasItsClass holds for both writes.
func TestEveryStatusOfAWriteHasItsClass(t *testing.T) {
	for _, tt := range []struct {
		status int
		header []string
		class  azure.Class
		retry  time.Duration
	}{
		{status: 204, class: azure.ClassRetryable},
		{status: 302, class: azure.ClassMisconfigured},
		{status: 400, class: azure.ClassPermanent},
		{status: 401, class: azure.ClassMisconfigured},
		{status: 403, class: azure.ClassMisconfigured},
		{status: 404, class: azure.ClassPermanent},
		{status: 405, class: azure.ClassPermanent},
		{status: 409, class: azure.ClassConflictETag},
		{status: 413, class: azure.ClassSplit},
		{status: 429, class: azure.ClassThrottled},
		{status: 429, header: []string{"Retry-After", "600"}, class: azure.ClassThrottled, retry: 10 * time.Minute},
		{status: 500, class: azure.ClassRetryable},
		{status: 503, header: []string{"Retry-After", "5"}, class: azure.ClassThrottled, retry: 5 * time.Second},
		{status: 504, class: azure.ClassRetryable},
	} {
		t.Run(fmt.Sprint(tt.status, tt.header), func(t *testing.T) {
			sent := 0
			c := client(t, nil, func(*http.Request) (*http.Response, error) {
				sent++
				return answer(tt.status, `{"error":{"code":"Odd","message":"geheim"}}`, append(tt.header, "request-id", "r-1")...), nil
			})
			for operation, call := range map[string]func(context.Context, string, []byte) (*Page, error){
				"update incident": c.PatchIncident, "comment on incident": c.CommentIncident,
			} {
				_, err := call(t.Context(), "1", []byte(`{}`))
				require.Equal(t, tt.class, azure.ClassOf(err), err)
				require.Equal(t, tt.retry, azure.RetryAfterOf(err))
				require.NotContains(t, err.Error(), "geheim")
				var e *azure.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, tt.status, e.Status)
				require.Equal(t, operation, e.Operation)
			}
			if tt.status != 401 {
				require.Equal(t, 2, sent, "each once: the ledger retries, not we")
			}
		})
	}
}

func TestALostAnswerToAWriteHasNoStatus(t *testing.T) {
	for name, resp := range map[string]func() (*http.Response, error){
		"cut before the answer": func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"cut within it": func() (*http.Response, error) {
			r := answer(200, "")
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"id":"1",`), failing{io.ErrUnexpectedEOF}))
			return r, nil
		},
	} {
		c := client(t, nil, func(*http.Request) (*http.Response, error) { return resp() })
		page, err := c.PatchIncident(t.Context(), "1", []byte(`{}`))
		if err == nil {
			_, err = graph.ReadSnapshot(page.Body)
			require.NoError(t, page.Body.Close())
		}
		var e *azure.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, azure.ClassRetryable, e.Class)
		require.Zero(t, e.Status)
	}
}

// change sends a PATCH and reads its answer.
func change(t *testing.T, c *Client, id string, changes map[incident.Field]incident.Value) (incident.Snapshot, error) {
	t.Helper()
	body, err := graph.PatchBody(changes)
	require.NoError(t, err)
	page, err := c.PatchIncident(t.Context(), id, body)
	if err != nil {
		return incident.Snapshot{}, err
	}
	defer page.Body.Close()
	return graph.ReadSnapshot(page.Body)
}

func TestTheEmulatorTakesEveryField(t *testing.T) {
	c := client(t, emulatorWith(t, 2), nil)
	want := map[incident.Field]incident.Value{
		incident.FieldStatus: "inProgress", incident.FieldVerdict: "truePositive/malware", incident.FieldOwner: "jane@contoso.com",
		incident.FieldSeverity: "low", incident.FieldTags: "a\x1fb", incident.FieldTitle: "t", incident.FieldDescription: "d",
	}
	for field, value := range want {
		got, err := change(t, c, "1", map[incident.Field]incident.Value{field: value})
		require.NoError(t, err, field)
		require.Equal(t, value, got.Values[field])
	}
	unset, err := change(t, c, "1", map[incident.Field]incident.Value{incident.FieldVerdict: "", incident.FieldOwner: "", incident.FieldTags: ""})
	require.NoError(t, err)
	require.Equal(t, incident.Values{"inProgress", "", "", "low", "", "t", "d"}, unset.Values)

	page, err := c.GetIncident(t.Context(), "1")
	require.NoError(t, err)
	defer page.Body.Close()
	read, err := graph.ReadSnapshot(page.Body)
	require.NoError(t, err)
	require.Equal(t, unset.Values, read.Values)
}

func TestTheEmulatorTakesCommentsAndShowsThemAll(t *testing.T) {
	c := client(t, emulatorWith(t, 1), nil)
	for i, text := range []string{"one", "two"} {
		body, err := graph.CommentBody(text)
		require.NoError(t, err)
		page, err := c.CommentIncident(t.Context(), "1", body)
		require.NoError(t, err)
		list, err := graph.ReadComments(page.Body)
		require.NoError(t, err)
		require.NoError(t, page.Body.Close())
		require.Len(t, list, i+1)
		require.Equal(t, text, list[i].Text)
		require.NotEmpty(t, list[i].Author)
	}
}

func TestTheEmulatorsFaultsOfAWriteAreUnderstood(t *testing.T) {
	for _, tt := range []struct {
		fault  emulator.Fault
		class  azure.Class
		status int
	}{
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 500, Service: "graph"}, azure.ClassRetryable, 500},
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "30", Service: "graph"}, azure.ClassThrottled, 429},
		{emulator.Fault{Kind: emulator.FaultCut, Service: "graph"}, azure.ClassRetryable, 0},
		{emulator.Fault{Kind: emulator.FaultWithdrawRoles}, azure.ClassMisconfigured, 403},
	} {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			c := client(t, emulatorWith(t, 2, tt.fault), nil)
			_, err := change(t, c, "1", map[incident.Field]incident.Value{incident.FieldStatus: "resolved"})
			var e *azure.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.class, e.Class, err)
			require.Equal(t, tt.status, e.Status)
		})
	}
	c := client(t, emulatorWith(t, 1), nil)
	_, err := change(t, c, "99", map[incident.Field]incident.Value{incident.FieldStatus: "resolved"})
	var e *azure.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, 404, e.Status)
	_, err = c.PatchIncident(t.Context(), "1", []byte(`{"status":"redirected"}`))
	require.ErrorAs(t, err, &e)
	require.Equal(t, 400, e.Status)
	require.Equal(t, azure.ClassPermanent, e.Class)
}
