package template_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ingest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/schema"
)

const (
	deployed = "deploy/azure/azuredeploy.json"
	firstID  = "dcr-00000000000000000000000000000001"
	origin   = "https://emulator.test"
)

// workspace is an emulator that was given the shipped template.
type workspace struct {
	*testing.T
	e     *emulator.Emulator
	http  *http.Client
	token string
}

func newWorkspace(t *testing.T, parameters []byte) *workspace {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, deployed))
	require.NoError(t, err)
	rules, err := emulator.ParseDCRsWith(parameters, text)
	require.NoError(t, err)
	e, err := emulator.New(emulator.Settings{DCRs: rules})
	require.NoError(t, err)
	w := &workspace{T: t, e: e, http: &http.Client{Transport: emulator.NewTransport(e)}}
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"00000000-0000-4000-8000-00000000c11e"},
		"client_secret": {emulator.Secret}, "scope": {origin + "/.default"},
	}
	resp, err := w.http.PostForm(origin+"/"+emulator.DefaultTenant+"/oauth2/v2.0/token", form)
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	w.token = answer.AccessToken
	return w
}

func (w *workspace) upload(stream, encoding string, body []byte) int {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), http.MethodPost,
		origin+"/dataCollectionRules/"+firstID+"/streams/"+stream+"?api-version=2023-01-01", bytes.NewReader(body))
	require.NoError(w, err)
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/json")
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	resp, err := w.http.Do(req)
	require.NoError(w, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

// faults is what became of values that did not fit.
func (w *workspace) faults(stream string) emulator.Faulted {
	w.Helper()
	for _, s := range w.e.Streams() {
		if s.Name == stream {
			return s.Dropped
		}
	}
	w.Fatalf("no stream %s", stream)
	return emulator.Faulted{}
}

// columns is every column that has a value in some row of a stream.
func (w *workspace) columns(stream string) map[string]bool {
	w.Helper()
	found := map[string]bool{}
	for _, text := range w.e.Rows(stream, "") {
		var row map[string]any
		require.NoError(w, json.Unmarshal(text, &row))
		for name, v := range row {
			if v != nil {
				found[name] = true
			}
		}
	}
	return found
}

// sample is a JSON value of a type.
func sample(typ schema.Type, n int) string {
	switch typ {
	case schema.Int, schema.Long:
		return fmt.Sprint(1000 + n)
	case schema.Real:
		return fmt.Sprintf("%d.5", n)
	case schema.Boolean:
		return "true"
	case schema.Datetime:
		return fmt.Sprintf("%q", time.Now().UTC().Add(-time.Duration(n)*time.Second).Format(time.RFC3339Nano))
	case schema.Dynamic:
		return fmt.Sprintf(`[{"n":%d},"x"]`, n)
	case schema.String:
	}
	return fmt.Sprintf(`"value %d"`, n)
}

// records are an incident and an alert in which every source of every column
// has a value, once short and once with a text that is over every limit.
func records(t *testing.T) plog.Logs {
	t.Helper()
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	sl := rl.ScopeLogs().AppendEmpty()
	for _, kind := range []struct {
		event string
		table schema.Table
	}{{record.EventDefenderIncident, schema.Incident()}, {record.EventDefenderAlert, schema.Alert()}} {
		for _, more := range []string{"", strings.Repeat("long ", 20_000)} {
			lr := sl.LogRecords().AppendEmpty()
			lr.SetEventName(kind.event)
			lr.Attributes().PutStr(record.DefenderIncidentID, "42")
			members := map[string]json.RawMessage{}
			for i, c := range kind.table.Columns {
				value := sample(c.Type, i)
				switch c.From {
				case schema.FromBody:
					members[c.Key] = json.RawMessage(value)
				case schema.FromAttribute:
					put(t, lr.Attributes().PutEmpty(c.Key).FromRaw, value)
				case schema.FromResource:
					put(t, rl.Resource().Attributes().PutEmpty(c.Key).FromRaw, value)
				case schema.FromEncoder, schema.FromEntity:
				}
			}
			members["description"] = json.RawMessage(fmt.Sprintf("%q", "text "+more))
			body, err := json.Marshal(members)
			require.NoError(t, err)
			put(t, lr.Body().FromRaw, string(body))
			if kind.event == record.EventDefenderAlert {
				put(t, lr.Attributes().PutEmpty(record.SentinelEntities).FromRaw, entities(more))
			}
		}
	}
	return ld
}

// entities are two, the second with a reference to the first, and a value in
// every member that has a column.
func entities(more string) string {
	entity := map[string]json.RawMessage{
		"$id": json.RawMessage(`"2"`), "Host": json.RawMessage(`{"$ref":"1"}`), "CommandLine": json.RawMessage(fmt.Sprintf("%q", more)),
	}
	for i, c := range schema.Entity().Columns {
		if c.From == schema.FromEntity {
			entity[c.Key] = json.RawMessage(sample(c.Type, i))
		}
	}
	entity["Verdict"] = json.RawMessage(fmt.Sprintf("%q", "malicious "+more))
	text, _ := json.Marshal([]any{map[string]any{"$id": "1", "Type": "host", "HostName": "ws1", "EntityKey": "k1"}, entity})
	return string(text)
}

func put(t *testing.T, into func(any) error, text string) {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal([]byte(text), &v))
	require.NoError(t, into(v))
}

func TestARoundTripThroughTheDeployedRuleDropsNoColumn(t *testing.T) {
	w := newWorkspace(t, nil)
	result := ingest.New(ingest.Settings{}).Encode(ingest.Job{Logs: records(t), Now: time.Now()}, func(b *ingest.Body) {
		require.Equal(t, http.StatusNoContent, w.upload(b.Stream, "gzip", b.Gzip), b.Stream)
		b.Release()
	})
	require.Empty(t, result.Unsendable)
	for _, table := range schema.Tables() {
		t.Run(table.Name, func(t *testing.T) {
			faults := w.faults(table.Stream)
			require.Empty(t, faults.Undeclared)
			require.Empty(t, faults.Mismatched)
			require.Empty(t, faults.Truncated)
			require.Zero(t, faults.Retimed)
			found := w.columns(table.Stream)
			for _, c := range table.Columns {
				require.True(t, found[c.Name], "no row has a value in %s", c.Name)
			}
			require.Len(t, found, len(table.Columns))
		})
	}
}

func TestTheDeployedRuleTakesExactlyTheSchemasStreamsAndColumns(t *testing.T) {
	w := newWorkspace(t, nil)
	want := []string{schema.StreamASimAlert, schema.StreamOTelLogs}
	for _, table := range schema.Tables() {
		want = append(want, table.Stream)
		row := []string{`"ColumnOfTomorrow":1`}
		for i, c := range table.Columns {
			row = append(row, fmt.Sprintf("%q:%s", c.Name, sample(c.Type, i)))
		}
		require.Equal(t, http.StatusNoContent, w.upload(table.Stream, "", []byte("[{"+strings.Join(row, ",")+"}]")))
		faults := w.faults(table.Stream)
		require.Equal(t, map[string]int{"ColumnOfTomorrow": 1}, faults.Undeclared)
		require.Empty(t, faults.Mismatched)
	}
	got := []string{}
	for _, s := range w.e.Streams() {
		got = append(got, s.Name)
		require.Equal(t, firstID, s.Rule)
	}
	require.ElementsMatch(t, want, got)
	require.Equal(t, http.StatusBadRequest, w.upload("Custom-DefenderTomorrow", "", []byte(`[{"A":1}]`)))
}

func TestParametersOfTheTemplateChangeWhatTheRuleTakes(t *testing.T) {
	w := newWorkspace(t, []byte(`{"parameters":{"asimAlertEvents":{"value":false},
		"extraColumns":{"value":{"DefenderIncident_CL":[{"name":"CustomerCode","type":"string"}]}}}}`))
	row := []byte(`[{"IncidentId":"1","CustomerCode":"C-17"}]`)
	require.Equal(t, http.StatusNoContent, w.upload(schema.StreamIncident, "", row))
	require.Empty(t, w.faults(schema.StreamIncident).Undeclared)
	require.Equal(t, http.StatusNoContent, w.upload(schema.StreamAlert, "", row))
	require.Equal(t, map[string]int{"CustomerCode": 1}, w.faults(schema.StreamAlert).Undeclared)
	require.Equal(t, http.StatusBadRequest, w.upload(schema.StreamASimAlert, "", []byte(`[{"AlertId":"1"}]`)))
}
