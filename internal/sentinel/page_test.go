package sentinel

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

func TestThePublishedListIsRead(t *testing.T) {
	page, err := ReadPage([]byte(published(t, "incidents-list.json", "200")))
	require.NoError(t, err)
	require.Empty(t, page.NextLink)
	require.Len(t, page.Incidents, 1)
	i := page.Incidents[0]
	require.Equal(t, "73e01a99-5cd7-4139-a149-9f2736ff2ab5", i.Name)
	require.Equal(t, `"0300bf09-0000-0000-0000-5c37296e0000"`, i.Etag)
	require.Equal(t, "Closed", i.Status)
	require.Equal(t, 3, i.CommentCount)
	require.Equal(t, time.Date(2019, 1, 1, 13, 15, 30, 0, time.UTC), i.Updated)
}

func TestAPageKeepsItsOrderAndItsOddOnes(t *testing.T) {
	page, err := ReadPage([]byte(`{"nextLink":"https://x/incidents?$skipToken=a b","value":[` + full + `,{},{"name":7,"properties":[]},` + least("") + `]}`))
	require.NoError(t, err)
	require.Equal(t, "https://x/incidents?$skipToken=a b", page.NextLink)
	require.Len(t, page.Incidents, 4)
	require.Equal(t, "N-1", page.Incidents[0].Name)
	require.Equal(t, []string{"zeta", "defender:4711@t", "Auto", "Alpha"}, page.Incidents[0].Labels)
	require.Equal(t, -1, page.Incidents[1].CommentCount)
	require.Zero(t, page.Incidents[1].Updated)
	require.Equal(t, "7", page.Incidents[2].Name)
	require.NotEqual(t, page.Incidents[1].Revision(), page.Incidents[2].Revision(), "without an etag the content tells")
	_, err = ReadPage([]byte(`{"value":[1]}`))
	require.EqualError(t, err, "read incident: value: holds something else than objects")
}

func read(t *testing.T, text string) Incident {
	t.Helper()
	i, err := ReadIncident([]byte(text))
	require.NoError(t, err)
	return i
}

// recordOf is the record of an incident.
func recordOf(i Incident, comments [][]byte) plog.LogRecord {
	return i.AppendTo(plog.NewLogRecordSlice(), origin, at(30), comments)
}

func TestARecordHoldsTheIncidentAsItWasSent(t *testing.T) {
	r := recordOf(read(t, full), nil)
	require.Equal(t, record.EventSentinelIncident, r.EventName())
	require.Equal(t, at(4).Add(123456700), r.Timestamp().AsTime())
	require.Equal(t, at(30), r.ObservedTimestamp().AsTime())
	require.Equal(t, plog.SeverityNumberError, r.SeverityNumber())
	require.Equal(t, "High", r.SeverityText())
	require.JSONEq(t, full, string(record.AppendJSON(nil, r.Body())))
	attributes := r.Attributes().AsRaw()
	require.Len(t, attributes[record.UIDKey], 36)
	delete(attributes, record.UIDKey)
	require.Equal(t, map[string]any{
		record.SentinelIncidentName: "N-1",
		record.CloudResourceID:      "/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc",
	}, attributes, "a label alone proves no link")
}

func TestCommentsGoIntoTheBodyAndIntoTheSnapshot(t *testing.T) {
	raw, next, err := RawComments([]byte(`{"value":` + someComments + `,"nextLink":"n"}`))
	require.NoError(t, err)
	require.Equal(t, "n", next)
	require.Len(t, raw, 3)
	for _, text := range []string{full, least(""), "{}", " { } "} {
		var want map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &want))
		require.NoError(t, json.Unmarshal([]byte(`{"comments":`+someComments+`}`), &want))
		var got map[string]any
		require.NoError(t, json.Unmarshal(record.AppendJSON(nil, recordOf(read(t, text), raw).Body()), &got))
		require.Equal(t, want, got)
	}
	s, err := Snapshot(recordOf(read(t, full), raw).Body().Map())
	require.NoError(t, err)
	require.Len(t, s.Comments, 2)
	s, err = Snapshot(recordOf(read(t, full), [][]byte{}).Body().Map())
	require.NoError(t, err)
	require.True(t, s.CommentsKnown)
	require.Empty(t, s.Comments)
	s, err = Snapshot(recordOf(read(t, full), nil).Body().Map())
	require.NoError(t, err)
	require.False(t, s.CommentsKnown)
}

func TestTheUIDNamesTheRevision(t *testing.T) {
	uid := func(r plog.LogRecord) string {
		v, _ := r.Attributes().Get(record.UIDKey)
		return v.Str()
	}
	i := read(t, full)
	require.Equal(t, uid(recordOf(i, nil)), uid(recordOf(read(t, strings.Replace(full, `"A title"`, `"B"`, 1)), nil)), "the etag is the revision")
	require.Equal(t, uid(recordOf(i, nil)), uid(recordOf(read(t, strings.Replace(full, `"N-1"`, `"n-1"`, 1)), nil)), "names have no case")
	elsewhere := origin
	elsewhere.Workspace.Name = "other"
	all := map[string]bool{
		uid(recordOf(i, nil)):        true,
		uid(recordOf(i, [][]byte{})): true,
		uid(recordOf(read(t, strings.Replace(full, "6e0000", "6e0001", 1)), nil)): true,
		uid(recordOf(read(t, strings.Replace(full, `"N-1"`, `"N-2"`, 1)), nil)):   true,
		uid(i.AppendTo(plog.NewLogRecordSlice(), elsewhere, at(1), nil)):          true,
		uid(recordOf(read(t, strings.Replace(full, `"etag"`, `"e"`, 1)), nil)):    true,
	}
	require.Len(t, all, 6)
}

// linked is an incident whose name and labels are given.
func linked(t *testing.T, name string, labels ...string) Incident {
	t.Helper()
	list := make([]map[string]string, len(labels))
	for i, label := range labels {
		list[i] = map[string]string{"labelName": label}
	}
	text, err := json.Marshal(map[string]any{"name": name, "properties": map[string]any{"labels": list}})
	require.NoError(t, err)
	return read(t, string(text))
}

func TestALinkIsBelievedOnlyWhenTheNameProvesIt(t *testing.T) {
	link := incident.Link{Cloud: "public", TenantID: "00000000-0000-4000-8000-000000000001", IncidentID: "4711"}
	other := incident.Link{Cloud: "public", TenantID: "00000000-0000-4000-8000-000000000002", IncidentID: "4711"}
	name := link.SentinelName()
	for _, tt := range []struct {
		name         string
		incident     Incident
		is, mayBe    bool
		cloudOfOther bool
	}{
		{"as we made it", linked(t, name, "a", link.Label()), true, true, false},
		{"in another case", linked(t, strings.ToUpper(name), strings.ToUpper(link.Label()[9:])), false, true, false},
		{"the name in another case", linked(t, strings.ToUpper(name), link.Label()), true, true, false},
		{"a forged label before ours", linked(t, name, other.Label(), link.Label()), true, true, false},
		{"the label gone", linked(t, name), false, true, false},
		{"a copied label", linked(t, "73e01a99-5cd7-4139-a149-9f2736ff2ab5", link.Label()), false, true, false},
		{"another tenant's name", linked(t, other.SentinelName(), link.Label()), false, true, false},
		{"a stranger", linked(t, "73e01a99-5cd7-4139-a149-9f2736ff2ab5", "a"), false, false, false},
	} {
		got, is := tt.incident.Link("public")
		require.Equal(t, tt.is, is, tt.name)
		require.Equal(t, tt.mayBe, tt.incident.MayBeLinked("public"), tt.name)
		attributes := recordOf(tt.incident, nil).Attributes().AsRaw()
		if tt.is {
			require.Equal(t, link, got, tt.name)
			require.Equal(t, "4711", attributes[record.DefenderIncidentID], tt.name)
			require.Equal(t, link.TenantID, attributes[record.DefenderTenantID], tt.name)
		} else {
			require.NotContains(t, attributes, record.DefenderIncidentID, tt.name)
		}
		_, is = tt.incident.Link("usgov")
		require.False(t, is, "another cloud's incident is another one")
	}
}

// FuzzSentinel: no panic; what is read whole is written whole and reads back.
func FuzzSentinel(f *testing.F) {
	for _, file := range []string{"incident-put.json", "incidents-list.json", "incident-comment-put.json"} {
		text, err := os.ReadFile("testdata/" + file)
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Add(full)
	f.Add(least(`"labels":[{"labelName":"\ud800\u001f"},{"labelName":"x","labelName":"y"}],"owner":{"email":"@"},"title":"\u0000"`))
	f.Add(`{"value":` + someComments + `}`)
	f.Add(`{"tables":[{"columns":[{"name":"SystemAlertId"}],"rows":[["a"]]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		_, _, _ = ReadComments([]byte(text))
		_, _, _ = RawComments([]byte(text))
		_, _, _ = ReadRelations([]byte(text))
		_, _, _ = ReadConnectors([]byte(text))
		_, _ = ReadRuleAlerts([]byte(text))
		page, _ := ReadPage([]byte(text))
		for _, i := range page.Incidents {
			recordOf(i, nil)
		}
		before, err := ReadSnapshot([]byte(text))
		if err != nil {
			return
		}
		i, err := ReadIncident([]byte(text))
		require.NoError(t, err)
		require.True(t, json.Valid(record.AppendJSON(nil, recordOf(i, [][]byte{[]byte(`{}`)}).Body())))
		body, err := IncidentBody([]byte(text), Change{Labels: []string{"defender:1@t"}})
		if err != nil {
			return
		}
		require.True(t, json.Valid(body))
		after, err := ReadSnapshot(body)
		require.ErrorContains(t, err, "lastModifiedTimeUtc: missing")
		require.Zero(t, after)
		again, err := ReadSnapshot([]byte(strings.Replace(string(body), `"properties":{`, `"properties":{"lastModifiedTimeUtc":"2026-01-02T03:04:04Z",`, 1)))
		require.NoError(t, err)
		before.Values[incident.FieldVerdict] = again.Values[incident.FieldVerdict] // it is mended
		require.Equal(t, before.Values, again.Values)
	})
}
