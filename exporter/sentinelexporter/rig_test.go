package sentinelexporter

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// answer is what the fake service says to one request. The zero value is 204.
type answer struct {
	status     int
	code       string
	retryAfter string
}

// request is what the fake service saw.
type request struct {
	ctx         context.Context //nolint:containedctx // for answers that take time
	at          time.Time
	rule        string
	stream      string
	wire, bytes int
	rows        []map[string]any
	answered    int
}

// fakeAzure is the Logs Ingestion API as a round tripper. decide is asked for
// every request; nil accepts all.
type fakeAzure struct {
	t      testing.TB
	decide func(request) answer

	mu       sync.Mutex
	requests []request
}

// RoundTrip implements http.RoundTripper.
func (f *fakeAzure) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	seen := f.read(r)
	var a answer
	if f.decide != nil {
		a = f.decide(seen)
	}
	if err := r.Context().Err(); err != nil { // decide took the request's time
		return nil, err
	}
	if a.status == 0 {
		a.status = http.StatusNoContent
	}
	seen.answered = a.status
	f.mu.Lock()
	f.requests = append(f.requests, seen)
	f.mu.Unlock()
	resp := &http.Response{StatusCode: a.status, Header: http.Header{"X-Ms-Request-Id": {"r-1"}}, Body: http.NoBody, Request: r}
	if a.code != "" {
		resp.Header.Set("Content-Type", "application/json")
		resp.Body = io.NopCloser(strings.NewReader(fmt.Sprintf(`{"error":{"code":%q,"message":"secret words"}}`, a.code)))
	}
	if a.retryAfter != "" {
		resp.Header.Set("Retry-After", a.retryAfter)
	}
	return resp, nil
}

func (f *fakeAzure) read(r *http.Request) request {
	parts := strings.Split(r.URL.Path, "/") // "", dataCollectionRules, dcr, streams, stream
	require.Len(f.t, parts, 5)
	wire, err := io.ReadAll(r.Body)
	require.NoError(f.t, err)
	require.NotEmpty(f.t, wire)
	unzip, err := gzip.NewReader(bytes.NewReader(wire))
	require.NoError(f.t, err)
	plain, err := io.ReadAll(unzip)
	require.NoError(f.t, err)
	seen := request{ctx: r.Context(), at: time.Now(), rule: parts[2], stream: parts[4], wire: len(wire), bytes: len(plain)}
	require.NoError(f.t, json.Unmarshal(plain, &seen.rows))
	require.NotEmpty(f.t, seen.rows)
	return seen
}

// all returns the requests so far.
func (f *fakeAzure) all() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}

// accepted returns the rows of a stream that were answered 204.
func (f *fakeAzure) accepted(stream string) []map[string]any {
	var rows []map[string]any
	for _, r := range f.all() {
		if r.stream == stream && r.answered == http.StatusNoContent {
			rows = append(rows, r.rows...)
		}
	}
	return rows
}

// uids returns the RecordUid of each row, in order.
func uids(rows []map[string]any) []string {
	var ids []string
	for _, row := range rows {
		ids = append(ids, fmt.Sprint(row["RecordUid"]))
	}
	return ids
}

// tokens is an auth extension that hands out tokens without asking anyone.
type tokens struct {
	component.StartFunc
	component.ShutdownFunc
}

// GetToken implements azcore.TokenCredential.
func (tokens) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(24 * time.Hour)}, nil
}

// host has the extension, others that a test adds, and keeps the statuses it
// is told.
type host struct {
	more map[component.ID]component.Component

	mu       sync.Mutex
	statuses []*componentstatus.Event
}

// GetExtensions implements component.Host.
func (h *host) GetExtensions() map[component.ID]component.Component {
	all := map[component.ID]component.Component{component.MustNewID("tokens"): tokens{}}
	maps.Copy(all, h.more)
	return all
}

// Report implements componentstatus.Reporter.
func (h *host) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.statuses = append(h.statuses, e)
}

// told returns every status so far as "status: sentence".
func (h *host) told() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for _, e := range h.statuses {
		text := e.Status().String()
		if e.Err() != nil {
			text += ": " + e.Err().Error()
		}
		all = append(all, text)
	}
	return all
}

// rig is the real exporter, exporterhelper included, over the fake service.
type rig struct {
	exporter.Logs
	azure *fakeAzure
	host  *host
	logs  *observer.ObservedLogs
	meter *componenttest.Telemetry
}

// unqueued makes ConsumeLogs return what the push returned.
const unqueued = `
sending_queue: {enabled: false}
retry_on_failure: {enabled: false}
`

// everyStream is one destination for every tenant, with two rules.
const everyStream = `
auth: tokens
destinations:
  - rules:
      - endpoint: ` + endpoint + `
        immutable_id: ` + dcr1 + `
        streams: [Custom-DefenderIncident, Custom-DefenderAlert, Custom-DefenderEntity, Custom-DefenderOriginal]
      - endpoint: ` + endpoint + `
        immutable_id: ` + dcr2 + `
        streams: [Microsoft-OTelLogs, Custom-Audit]
streams:
  - {event_name: audit, stream: Custom-Audit, row: body}
`

// newRig starts an exporter from YAML.
func newRig(t testing.TB, yaml string, decide func(request) answer) *rig {
	t.Helper()
	r := newStoppedRig(t, yaml, decide)
	require.NoError(t, r.Start(t.Context(), r.host))
	return r
}

func newStoppedRig(t testing.TB, yaml string, decide func(request) answer) *rig {
	t.Helper()
	cfg, err := load(t, yaml)
	require.NoError(t, err)
	core, logs := observer.New(zap.InfoLevel)
	r := &rig{azure: &fakeAzure{t: t, decide: decide}, host: &host{}, logs: logs, meter: componenttest.NewTelemetry()}
	set := exportertest.NewNopSettings(component.MustNewType(Type))
	set.ID = component.MustNewID(Type) // the queue's storage is found by it
	set.TelemetrySettings = r.meter.NewTelemetrySettings()
	set.Logger = zap.New(core)
	f := NewFactory(WithTransport(r.azure))
	r.Logs, err = f.CreateLogs(t.Context(), set, cfg)
	require.NoError(t, err)
	return r
}

// stop ends the exporter and its metrics.
func (r *rig) stop(t testing.TB) {
	t.Helper()
	require.NoError(t, r.Shutdown(context.Background()))
	require.NoError(t, r.meter.Shutdown(context.Background()))
}

// count is a counter's sum over the points that have all the attributes.
func (r *rig) count(t testing.TB, name string, attrs ...attribute.KeyValue) int64 {
	t.Helper()
	m, err := r.meter.GetMetric("otelcol_exporter_sentinel_" + name)
	if err != nil {
		return 0 // nothing was counted yet
	}
	var sum int64
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		if !slices.ContainsFunc(attrs, func(a attribute.KeyValue) bool {
			v, ok := p.Attributes.Value(a.Key)
			return !ok || v != a.Value
		}) {
			sum += p.Value
		}
	}
	return sum
}
