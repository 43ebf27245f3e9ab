package graphapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

// first is when the first incident of emulatorWith was made and changed.
var first = at("2026-01-01T00:00:00Z")

// emulatorWith holds n incidents of tenantID, a second apart, each with one
// alert; the last one is resolved.
func emulatorWith(t *testing.T, n int, faults ...emulator.Fault) *emulator.Emulator {
	t.Helper()
	e, err := emulator.New(emulator.Settings{Faults: emulator.Plan{Faults: faults}})
	require.NoError(t, err)
	for i := range n {
		status := "active"
		if i == n-1 {
			status = "resolved"
		}
		when := first.Add(time.Duration(i) * time.Second).Format(time.RFC3339)
		_, err := e.Put(tenantID, strings.NewReader(fmt.Sprintf(
			`{"id":"%[1]d","status":%[2]q,"lastUpdateDateTime":%[3]q,"createdDateTime":%[3]q,
			  "alerts":[{"id":"da%[1]d","incidentId":"%[1]d","lastUpdateDateTime":%[3]q,"status":"new"}]}`,
			i+1, status, when)))
		require.NoError(t, err)
	}
	return e
}

type list struct {
	Next  string `json:"@odata.nextLink"`
	Count *int   `json:"@odata.count"`
	Value []struct {
		ID     string            `json:"id"`
		Alerts []json.RawMessage `json:"alerts"`
	} `json:"value"`
}

func decode(t *testing.T, page *Page, err error) list {
	t.Helper()
	require.NoError(t, err)
	defer page.Body.Close()
	var l list
	require.NoError(t, json.NewDecoder(page.Body).Decode(&l))
	return l
}

func (l list) ids() []string {
	var ids []string
	for _, v := range l.Value {
		ids = append(ids, v.ID)
	}
	return ids
}

func TestTheEmulatorUnderstandsEveryQuery(t *testing.T) {
	c := client(t, emulatorWith(t, 10), nil)
	ctx := t.Context()
	from := first
	for _, tt := range []struct {
		name  string
		query Query
		want  int
	}{
		{"everything", Query{}, 10},
		{"a window", Query{From: from.Add(2e9), To: from.Add(5e9)}, 3},
		{"a window and creation", Query{From: from, CreatedFrom: from.Add(3e9), CreatedTo: from.Add(5e9)}, 2},
		{"open ones", Query{OpenOnly: true}, 9},
		{"a page", Query{Top: 4}, 4},
		{"past the first", Query{Skip: 7}, 3},
	} {
		page, err := c.ListIncidents(ctx, tt.query)
		require.Len(t, decode(t, page, err).Value, tt.want, tt.name)
	}
	page, err := c.ListIncidents(ctx, Query{Top: 1, Count: true, ExpandAlerts: true})
	l := decode(t, page, err)
	require.Equal(t, 10, *l.Count)
	require.Len(t, l.Value[0].Alerts, 1)
	page, err = c.ListAlerts(ctx, Query{From: from.Add(2e9), To: from.Add(5e9), OpenOnly: true, Top: 1000})
	require.Len(t, decode(t, page, err).Value, 3)
	require.False(t, page.Date.IsZero())
	require.NotEmpty(t, page.RequestID)
}

func TestPagesAreFollowedToTheEnd(t *testing.T) {
	c := client(t, emulatorWith(t, 10, emulator.Fault{Kind: emulator.FaultTinyPages}), nil)
	var ids []string
	page, err := c.ListIncidents(t.Context(), Query{Top: 50})
	l := decode(t, page, err)
	for {
		ids = append(ids, l.ids()...)
		if l.Next == "" {
			break
		}
		page, err = c.NextIncidents(t.Context(), l.Next)
		l = decode(t, page, err)
	}
	require.ElementsMatch(t, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, ids)

	page, err = c.ListAlerts(t.Context(), Query{})
	l = decode(t, page, err)
	require.Len(t, l.Value, 3)
	page, err = c.NextAlerts(t.Context(), l.Next)
	require.Len(t, decode(t, page, err).Value, 3)
}

func TestOneObjectIsFetched(t *testing.T) {
	c := client(t, emulatorWith(t, 2), nil)
	get := func(page *Page, err error) map[string]json.RawMessage {
		require.NoError(t, err)
		text, err := read(page)
		require.NoError(t, err)
		var object map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(text), &object))
		return object
	}
	require.NotContains(t, get(c.GetIncident(t.Context(), "1")), "alerts")
	require.Contains(t, get(c.GetIncidentWithAlerts(t.Context(), "1")), "alerts")
	require.JSONEq(t, `"da2"`, string(get(c.GetAlert(t.Context(), "da2"))["id"]))
	_, err := c.GetIncident(t.Context(), "99")
	var e *azure.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, 404, e.Status)
	require.Equal(t, azure.ClassPermanent, e.Class)
}

func TestTheEmulatorsFaultsAreUnderstood(t *testing.T) {
	for _, tt := range []struct {
		fault  emulator.Fault
		class  azure.Class
		status int
		remedy string
	}{
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 500, Service: "graph"}, azure.ClassRetryable, 500, ""},
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "30", Service: "graph"}, azure.ClassThrottled, 429, ""},
		{emulator.Fault{Kind: emulator.FaultStatus, Status: 503, Body: "html", Service: "graph"}, azure.ClassRetryable, 503, ""},
		{emulator.Fault{Kind: emulator.FaultCut, Service: "graph"}, azure.ClassRetryable, 0, ""},
		{emulator.Fault{Kind: emulator.FaultWithdrawRoles}, azure.ClassMisconfigured, 403, "SecurityIncident.Read.All"},
		{emulator.Fault{Kind: emulator.FaultUnprovisioned}, azure.ClassMisconfigured, 403, "Defender portal"},
		{emulator.Fault{Kind: emulator.FaultExpandFails, Rows: 0}, azure.ClassRetryable, 500, ""},
	} {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			c := client(t, emulatorWith(t, 2, tt.fault), nil)
			_, err := c.ListIncidents(t.Context(), Query{ExpandAlerts: true})
			var e *azure.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.class, e.Class, err)
			require.Equal(t, tt.status, e.Status)
			require.Contains(t, azure.Remedy(err), tt.remedy)
		})
	}
}

func TestAForeignLinkOfTheEmulatorIsRefused(t *testing.T) {
	c := client(t, emulatorWith(t, 10, emulator.Fault{Kind: emulator.FaultForeignNextLink, Host: "evil.test"},
		emulator.Fault{Kind: emulator.FaultTinyPages}), nil)
	page, err := c.ListIncidents(t.Context(), Query{})
	l := decode(t, page, err)
	require.Contains(t, l.Next, "evil.test")
	_, err = c.NextIncidents(t.Context(), l.Next)
	require.ErrorContains(t, err, "nextLink leaves the configured host")
}
