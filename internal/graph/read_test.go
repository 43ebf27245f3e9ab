package graph

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

var (
	origin   = record.Origin{Cloud: "public", TenantID: "00000000-0000-4000-8000-000000000001"}
	observed = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// shown is what a visit saw of an object, kept beyond the visit.
type shown struct {
	Object
	ids    []string
	body   string
	record plog.LogRecord
}

// collect is a visit that keeps everything.
func collect(list *[]shown) Visit {
	records := plog.NewLogRecordSlice()
	return func(o *Object) error {
		rec := o.AppendTo(records, origin, observed)
		kept := plog.NewLogRecord()
		rec.CopyTo(kept)
		*list = append(*list, shown{Object: *o, ids: append([]string(nil), o.AlertIDs...), record: kept, body: string(record.AppendJSON(nil, kept.Body()))})
		return nil
	}
}

// brief is the objects in the order they were shown: kind, id, incident.
func brief(list []shown) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, s.Kind.String()+" "+s.ID+" of "+s.IncidentID)
	}
	return out
}

func TestReadPageTakesEveryShape(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		page Page
		want []string
	}{
		"nothing":          {`{"value":[]}`, Page{Count: -1}, []string{}},
		"context first":    {`{"@odata.context":"c","value":[{"id":"1"}]}`, Page{Objects: 1, Count: -1}, []string{"incident 1 of 1"}},
		"link before":      {`{"@odata.nextLink":"https://x/?a=1\u0026b=2","@odata.count":2,"value":[{"id":"1"},{"id":"2"}]}`, Page{NextLink: "https://x/?a=1&b=2", Objects: 2, Count: 2}, []string{"incident 1 of 1", "incident 2 of 2"}},
		"link behind":      {`{"value":[{"id":"1"}],"@odata.nextLink":"l"}`, Page{NextLink: "l", Objects: 1, Count: -1}, []string{"incident 1 of 1"}},
		"link null":        {`{"value":[],"@odata.nextLink":null}`, Page{Count: -1}, []string{}},
		"last link":        {`{"value":[],"@odata.nextLink":"a","@odata.nextLink":"b"}`, Page{NextLink: "b", Count: -1}, []string{}},
		"unknown members":  {`{"@odata.deltaLink":{"a":[1]},"value":[],"x":1.5}`, Page{Count: -1}, []string{}},
		"count no number":  {`{"@odata.count":"7","value":[]}`, Page{Count: -1}, []string{}},
		"count a fraction": {`{"@odata.count":7,"@odata.count":1.5,"value":[]}`, Page{Count: -1}, []string{}},
		"value twice":      {`{"value":[{"id":"1"}],"value":[{"id":"2"}]}`, Page{Objects: 2, Count: -1}, []string{"incident 1 of 1", "incident 2 of 2"}},
		"value escaped":    {`{"v\u0061lue":[{"id":"1"}]}`, Page{Objects: 1, Count: -1}, []string{"incident 1 of 1"}},
		"white space":      {" {\n\"value\" :\t[ { \"id\" : \"1\" , \"alerts\" : [ { \"id\" : \"a\" } ] } ] } \r\n", Page{Objects: 1, Count: -1}, []string{"alert a of 1", "incident 1 of 1"}},
		"alerts first":     {`{"value":[{"alerts":[{"id":"a"},{"id":"b","incidentId":"7"}],"id":"1"}]}`, Page{Objects: 1, Count: -1}, []string{"alert a of ", "alert b of 7", "incident 1 of 1"}},
		"alerts between":   {`{"value":[{"id":"1","alerts":[{"id":"a","incidentId":null}],"x":1},{"id":"2"}]}`, Page{Objects: 2, Count: -1}, []string{"alert a of 1", "incident 1 of 1", "incident 2 of 2"}},
		"alerts null":      {`{"value":[{"id":"1","alerts":null}]}`, Page{Objects: 1, Count: -1}, []string{"incident 1 of 1"}},
		"no id":            {`{"value":[{"status":"new"},{"id":null}]}`, Page{Objects: 2, Count: -1}, []string{"incident  of ", "incident  of "}},
		"id a number":      {`{"value":[{"id":12345678901234567890}]}`, Page{Objects: 1, Count: -1}, []string{"incident 12345678901234567890 of 12345678901234567890"}},
		"id far too long":  {`{"value":[{"id":"` + strings.Repeat("x", wordBytesMax+1) + `","alerts":[{"id":"a"}]}]}`, Page{Objects: 1, Count: -1}, []string{"alert a of ", "incident  of "}},
		"empty object":     {`{"value":[{}]}`, Page{Objects: 1, Count: -1}, []string{"incident  of "}},
		"last id":          {`{"value":[{"id":"1","id":"2"}]}`, Page{Objects: 1, Count: -1}, []string{"incident 2 of 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text)), iotest.DataErrReader(strings.NewReader(c.text))} {
				var list []shown
				page, err := ReadPage(r, KindIncident, collect(&list))
				require.NoError(t, err)
				require.Equal(t, c.page, page)
				require.Equal(t, c.want, brief(list))
			}
		})
	}
}

func TestAnIncidentKnowsItsAlertsAndLosesThem(t *testing.T) {
	for name, c := range map[string]struct {
		text, body string
		expanded   bool
		ids        []string
		link       string
		attributes map[string]any
	}{
		"not expanded": {
			text: `{"id":"1","incidentWebUrl":"https://p/1","a":1}`, body: `{"id":"1","incidentWebUrl":"https://p/1","a":1}`,
			attributes: map[string]any{record.DefenderIncidentID: "1", record.DefenderIncidentURL: "https://p/1"},
		},
		"expanded": {
			text: `{"id":"1","alerts@odata.context":"c","alerts":[{"id":"a"},{"id":"b"}],"alerts@odata.count":2,"z":"\u0041"}`, body: `{"id":"1","z":"A"}`,
			expanded: true, ids: []string{"a", "b"}, attributes: map[string]any{record.DefenderIncidentID: "1", record.DefenderAlertIDs: []any{"a", "b"}},
		},
		"expanded to none": {
			text: `{"alerts":[],"id":"1"}`, body: `{"id":"1"}`, expanded: true,
			attributes: map[string]any{record.DefenderIncidentID: "1", record.DefenderAlertIDs: []any{}},
		},
		"truncated": {
			text: `{"id":"1","alerts":[{"id":"a"}],"alerts@odata.nextLink":"https:\/\/g\/next"}`, body: `{"id":"1"}`, expanded: true, ids: []string{"a"},
			link: "https://g/next", attributes: map[string]any{record.DefenderIncidentID: "1", record.DefenderAlertIDs: []any{"a"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var list []shown
			_, err := ReadPage(strings.NewReader(`{"value":[{"id":"before","alerts":[{"id":"z"}],"alerts@odata.nextLink":"x"},`+c.text+`]}`), KindIncident, collect(&list))
			require.NoError(t, err)
			got := list[len(list)-1]
			require.Equal(t, c.body, got.body)
			require.Equal(t, c.expanded, got.Expanded)
			require.Equal(t, c.ids, got.ids)
			require.Equal(t, c.link, got.AlertsNextLink)
			attributes := got.record.Attributes().AsRaw()
			delete(attributes, record.UIDKey)
			require.Equal(t, c.attributes, attributes)
		})
	}
}

func TestReadObjectLeavesOutTheResponsesContext(t *testing.T) {
	var list []shown
	require.NoError(t, ReadObject(strings.NewReader(`{"@odata.context":"c","id":"1","b":{"@odata.context":"kept"},"alerts":[{"id":"a","@odata.context":"kept"}]} `), KindIncident, collect(&list)))
	require.Equal(t, []string{"alert a of 1", "incident 1 of 1"}, brief(list))
	require.Equal(t, `{"id":"a","@odata.context":"kept"}`, list[0].body)
	require.Equal(t, `{"id":"1","b":{"@odata.context":"kept"}}`, list[1].body)

	list = nil
	require.NoError(t, ReadObject(strings.NewReader(`{"@odata.context":"c","id":"a","incidentId":"1","alerts":"an alert may have this"}`), KindAlert, collect(&list)))
	require.Equal(t, []string{"alert a of 1"}, brief(list))
	require.Equal(t, `{"id":"a","incidentId":"1","alerts":"an alert may have this"}`, list[0].body)
}

func TestOneAlertHasOneUIDByListGetAndExpand(t *testing.T) {
	const members = `"id":"a","incidentId":"1","severity":"high","x":[1.10],"lastUpdateDateTime":"2026-01-02T03:04:05.6Z"`
	var list []shown
	read := func(text string, kind Kind) {
		_, err := ReadPage(strings.NewReader(text), kind, collect(&list))
		require.NoError(t, err)
	}
	read(`{"value":[{`+members+`}]}`, KindAlert)
	read(`{"value":[{"id":"1","alerts@odata.context":"c","alerts":[{`+members+`,"comments":[],"customDetails":{},"assignedTo":null}]}]}`, KindIncident)
	require.NoError(t, ReadObject(strings.NewReader(`{"@odata.context":"c",`+members+`,"evidence@odata.count":0}`), KindAlert, collect(&list)))
	uids := map[string]bool{}
	for _, s := range list {
		if s.Kind == KindAlert {
			uid, _ := s.record.Attributes().Get(record.UIDKey)
			uids[uid.Str()] = true
			require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC), s.LastUpdate)
		}
	}
	require.Len(t, list, 4)
	require.Len(t, uids, 1)
}

func TestAnIncidentHasOneHashWithAndWithoutItsAlerts(t *testing.T) {
	hash := func(text string) record.Hash {
		var list []shown
		_, err := ReadPage(strings.NewReader(`{"value":[`+text+`]}`), KindIncident, collect(&list))
		require.NoError(t, err)
		return list[len(list)-1].Hash
	}
	plain := hash(`{"id":"1","a":1}`)
	require.Equal(t, plain, hash(`{"id":"1","alerts":[{"id":"x"}],"alerts@odata.nextLink":"n","a":1}`))
	require.Equal(t, plain, hash(`{"a":1,"alerts@odata.count":1,"alerts":[],"id":"1"}`))
	require.NotEqual(t, plain, hash(`{"id":"1","a":2}`))
}

func TestAVisitThatBuildsNothingCostsNoTree(t *testing.T) {
	var summary Object
	_, err := ReadPage(strings.NewReader(`{"value":[{"id":"1","status":"active","createdDateTime":"2026-01-01T00:00:00Z","lastUpdateDateTime":"bad"}]}`), KindIncident,
		func(o *Object) error { summary = *o; return nil })
	require.NoError(t, err)
	require.Equal(t, "1", summary.ID)
	require.Equal(t, "active", summary.Status)
	require.Equal(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), summary.Created)
	require.True(t, summary.LastUpdate.IsZero())
	require.NotZero(t, summary.Hash)
}

func TestErrorsOfOthersComeBackAsTheyAre(t *testing.T) {
	broken, enough := errors.New("connection reset"), errors.New("enough")
	_, err := ReadPage(io.MultiReader(strings.NewReader(`{"value":[`), iotest.ErrReader(broken)), KindAlert, func(*Object) error { return nil })
	require.ErrorIs(t, err, broken)

	_, err = ReadPage(strings.NewReader(`{"value":[{},{}]}`), KindAlert, func(*Object) error { return enough })
	require.Same(t, enough, err)
	require.Same(t, enough, ReadObject(strings.NewReader(`{}`), KindAlert, func(*Object) error { return enough }))

	_, err = ReadPage(io.MultiReader(strings.NewReader(`{"value":[]}`), iotest.ErrReader(broken)), KindAlert, func(*Object) error { return nil })
	require.ErrorIs(t, err, broken, "an error behind a whole page is one: it may hide more")

	_, err = ReadPage(idle{}, KindAlert, func(*Object) error { return nil })
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// idle gives neither bytes nor an error.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }
