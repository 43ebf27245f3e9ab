package sentinelincidentexporter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"go.yaml.in/yaml/v3"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const (
	contoso  = emulator.DefaultTenant
	provider = emulator.DefaultWorkspaceTenant
	soc      = emulator.DefaultWorkspace
	// onEmulator is one tenant and the emulator's workspace.
	onEmulator = `
cloud: custom
hosts: {login: "https://emulator.test", arm: "https://emulator.test", log_analytics: "https://emulator.test"}
credential: {client_secret: {client_id: 00000000-0000-4000-8000-00000000c11e, secret: emulator}}
tenant_id: ` + provider + `
ledger: incident_ledger
links: [{tenant: contoso, workspace: ` + soc + `}]
`
)

// load reads YAML over the defaults, as the collector does, and validates it.
func load(t testing.TB, text string) (*Config, error) {
	t.Helper()
	var raw map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(text), &raw))
	cfg := createDefaultConfig().(*Config)
	if err := confmap.NewFromStringMap(raw).Unmarshal(cfg); err != nil {
		return nil, err
	}
	return cfg, confmap.Validate(cfg)
}

// holder is an extension that has a ledger.
type holder struct {
	component.StartFunc
	component.ShutdownFunc
	ledger *ledger.Ledger
}

// Ledger implements ledger.Provider.
func (h *holder) Ledger() *ledger.Ledger { return h.ledger }

// lab is the exporter in front of an emulator, without a network. It lives in a
// synctest bubble.
type lab struct {
	testing.TB
	emulator *emulator.Emulator
	wire     *wire
	config   *Config
	disk     *collectortest.Disk
	holder   *holder
	host     *collectortest.Host
	meter    *componenttest.Telemetry
	logs     *observer.ObservedLogs
	running  exporter.Logs
	storage  storage.Client // nil = disk
	service  *stubSide      // nil = the emulator

	mu        sync.Mutex
	decisions []ledger.Decision
}

// wire is the network: a test may stand in between.
type wire struct {
	next http.RoundTripper

	mu      sync.Mutex
	between func(r *http.Request, next http.RoundTripper) (*http.Response, error)
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	between := w.between
	w.mu.Unlock()
	if between == nil {
		return w.next.RoundTrip(r)
	}
	return between(r, w.next)
}

func (w *wire) intercept(between func(*http.Request, http.RoundTripper) (*http.Response, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.between = between
}

// newStoppedLab makes everything and starts nothing.
func newStoppedLab(t testing.TB, settings emulator.Settings, yaml string) *lab {
	t.Helper()
	e, err := emulator.New(settings)
	require.NoError(t, err)
	cfg, err := load(t, yaml)
	require.NoError(t, err)
	l := &lab{
		TB: t, emulator: e, wire: &wire{next: emulator.NewTransport(e)}, config: cfg, disk: collectortest.NewDisk(), holder: &holder{},
		meter: componenttest.NewTelemetry(),
	}
	l.host = &collectortest.Host{Extensions: map[component.ID]component.Component{component.MustNewID("incident_ledger"): l.holder}}
	return l
}

// newLab starts an exporter from YAML.
func newLab(t testing.TB, yaml string) *lab {
	t.Helper()
	l := newStoppedLab(t, emulator.Settings{}, yaml)
	l.start()
	t.Cleanup(l.stop)
	return l
}

// openLedger opens the ledger on the disk.
func (l *lab) openLedger() {
	l.Helper()
	client := storage.Client(l.disk)
	if l.storage != nil {
		client = l.storage
	}
	opened, err := ledger.Open(context.Background(), ledger.OpenSettings{
		Client:     client,
		Settings:   ledger.Settings{Policy: reconcile.DefaultPolicy(), SettleTime: 2 * time.Minute},
		OnDecision: l.decided,
		OnUnusable: func(err error) { l.Error(err) },
	})
	require.NoError(l, err)
	l.holder.ledger = opened
}

func (l *lab) decided(_ ledger.Subject, d ledger.Decision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.decisions = append(l.decisions, d)
}

// decision counts decisions of a field with a result.
func (l *lab) decision(field string, result ledger.Result) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, d := range l.decisions {
		if d.Field == field && d.Result == result {
			n++
		}
	}
	return n
}

// start opens the ledger and starts the exporter.
func (l *lab) start() {
	l.Helper()
	l.openLedger()
	l.startExporter()
}

func (l *lab) startExporter() {
	l.Helper()
	set := exportertest.NewNopSettings(component.MustNewType(Type))
	set.TelemetrySettings = l.meter.NewTelemetrySettings()
	core, logs := observer.New(zap.InfoLevel)
	l.logs = logs
	set.Logger = zap.New(core)
	with := []Option{WithTransport(l.wire)}
	if l.service != nil {
		with = append(with, func(o *options) { o.side = l.service })
	}
	x, err := NewFactory(with...).CreateLogs(context.Background(), set, l.config)
	require.NoError(l, err)
	require.NoError(l, x.Start(context.Background(), l.host))
	l.running = x
}

// stop ends the exporter and the ledger.
func (l *lab) stop() {
	l.Helper()
	if l.running == nil {
		return
	}
	// Not at the very moment of an hourly request for a token: the library that
	// asks for it leaves an answer open when it is called off just then.
	time.Sleep(10 * time.Second)
	require.NoError(l, l.running.Shutdown(context.Background()))
	require.NoError(l, l.holder.ledger.Close(context.Background()))
	l.running = nil
}

// control asks the emulator's control interface.
func (l *lab) control(method, target, body string) []byte {
	l.Helper()
	w := httptest.NewRecorder()
	l.emulator.Control().ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), method, target, strings.NewReader(body)))
	require.Less(l, w.Code, 300, "%s %s: %s", method, target, w.Body)
	return w.Body.Bytes()
}

// open puts a Defender incident with alerts into contoso and delivers it.
func (l *lab) open(id string, members string, alerts ...string) {
	l.Helper()
	l.put(id, members, alerts...)
	l.deliver(id)
}

// put puts a Defender incident with alerts into contoso.
func (l *lab) put(id string, members string, alerts ...string) {
	l.Helper()
	var list []string
	for _, a := range alerts {
		list = append(list, fmt.Sprintf(`{"id":%q,"incidentId":%q,"title":"alert %s","severity":"low","serviceSource":"microsoftDefenderForEndpoint",
			"createdDateTime":"2026-01-01T00:00:00Z","lastUpdateDateTime":%q,"evidence":[]}`, a, id, a, stamp()))
	}
	text := fmt.Sprintf(`{"id":%q,"displayName":"incident %s","description":"what %s is","status":"active","severity":"high","classification":"unknown",
		"determination":"unknown","assignedTo":null,"customTags":[],"comments":[],"createdDateTime":"2026-01-01T00:00:00Z","lastUpdateDateTime":%q,
		"incidentWebUrl":"https://security.example/incidents/%s","redirectIncidentId":null,"alerts":[%s]}`, id, id, id, stamp(), id, strings.Join(list, ","))
	if members != "" {
		text = merged(l, text, members)
	}
	l.control(http.MethodPut, "/control/defender/incidents", text)
}

func stamp() string { return time.Now().UTC().Format("2006-01-02T15:04:05.9999999Z") }

// merged puts members over those of an object.
func merged(t testing.TB, text, members string) string {
	t.Helper()
	all := map[string]json.RawMessage{}
	require.NoError(t, json.Unmarshal([]byte(text), &all))
	require.NoError(t, json.Unmarshal([]byte(members), &all))
	out, err := json.Marshal(all)
	require.NoError(t, err)
	return string(out)
}

// edit is a person's edit in Defender, delivered.
func (l *lab) edit(id, members string) {
	l.Helper()
	time.Sleep(time.Second)
	l.control(http.MethodPost, "/control/defender/incidents/"+id, members)
	l.deliver(id)
}

// records are an incident's records as the receiver makes them.
func (l *lab) records(tenant, name, id string) plog.Logs {
	l.Helper()
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	origin := record.Origin{Cloud: "custom", TenantID: tenant, TenantName: name}
	origin.Fill(rl.Resource())
	records := rl.ScopeLogs().AppendEmpty().LogRecords()
	now := time.Now()
	body := l.control(http.MethodGet, "/control/defender/incidents/"+id+"?tenant="+tenant, "")
	require.NoError(l, graph.ReadObject(bytes.NewReader(body), graph.KindIncident, func(o *graph.Object) error {
		o.AppendTo(records, origin, now)
		return nil
	}))
	return ld
}

// deliver gives the exporter the records of an incident of contoso.
func (l *lab) deliver(id string) {
	l.Helper()
	require.NoError(l, l.running.ConsumeLogs(context.Background(), l.records(contoso, "contoso", id)))
}

// twin is a Sentinel incident as it stands.
type twin struct {
	Name, Etag string
	Properties struct {
		Title, Description, Severity, Status, Classification, ClassificationReason string
		FirstActivityTimeUtc, LastActivityTimeUtc                                  string
		Labels                                                                     []struct{ LabelName string }
		Owner                                                                      struct{ UserPrincipalName string }
	}
	Comments []struct {
		Name       string
		Properties struct{ Message string }
	}
	Relations []struct{ Name string }
}

func (t twin) labels() []string {
	all := []string{}
	for _, label := range t.Properties.Labels {
		all = append(all, label.LabelName)
	}
	return all
}

// link is the Defender incident of contoso.
func link(id string) incident.Link {
	return incident.Link{Cloud: "custom", TenantID: contoso, IncidentID: id}
}

// twins are all Sentinel incidents of a workspace by name.
func (l *lab) twins(workspace string) map[string]twin {
	l.Helper()
	var list struct{ Value []twin }
	require.NoError(l, json.Unmarshal(l.control(http.MethodGet, "/control/sentinel/incidents?workspace="+workspace, ""), &list))
	all := map[string]twin{}
	for _, t := range list.Value {
		all[t.Name] = t
	}
	return all
}

// twin is that of an incident of contoso.
func (l *lab) twin(id string) twin {
	l.Helper()
	t, there := l.twins(soc)[link(id).SentinelName()]
	require.True(l, there, "incident %s has no twin", id)
	return t
}

// writes are the accepted writes of ours since the start, as "kind op name".
func (l *lab) writes() []string {
	all := []string{}
	for _, w := range l.emulator.Writes(0) {
		if w.Actor == emulator.ActorApp {
			all = append(all, fmt.Sprintf("%s %s %s %v", w.Kind, w.Op, w.ID, w.Changed))
		}
	}
	return all
}

// faults replaces the plan of faults.
func (l *lab) faults(faults ...emulator.Fault) {
	l.Helper()
	require.NoError(l, l.emulator.SetFaults(emulator.Plan{Seed: 7, Faults: faults}))
}

// metric sums a metric's points that have all the attributes, as key=value.
func (l *lab) metric(name string, attributes ...string) int64 {
	l.Helper()
	m, err := l.meter.GetMetric(metricName(name))
	if err != nil {
		return 0 // nothing was counted yet
	}
	var points []metricdata.DataPoint[int64]
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		points = data.DataPoints
	case metricdata.Gauge[int64]:
		points = data.DataPoints
	}
	sum := int64(0)
	for _, p := range points {
		has := true
		for _, a := range attributes {
			key, want, _ := strings.Cut(a, "=")
			v, ok := p.Attributes.Value(attribute.Key(key))
			has = has && ok && v.AsString() == want
		}
		if has {
			sum += p.Value
		}
	}
	return sum
}

// entry is what the ledger knows of an incident of contoso.
func (l *lab) entry(id string) *ledger.Entry {
	l.Helper()
	e, err := l.holder.ledger.Find(context.Background(), ledger.IDOf(link(id), strings.ToLower(soc)))
	require.NoError(l, err)
	require.NotNil(l, e)
	return e
}

// upload writes rows of contoso's alerts, of which the rule makes alerts.
func (l *lab) upload(incident string, alerts ...string) {
	l.Helper()
	rows := []map[string]string{}
	for _, a := range alerts {
		rows = append(rows, map[string]string{
			"TimeGenerated": stamp(), "SourceCloud": "custom", "SourceTenantId": contoso, "IncidentId": incident, "AlertId": a, "AlertName": "alert " + a, "AlertSeverity": "low",
		})
	}
	text, err := json.Marshal(rows)
	require.NoError(l, err)
	transport := emulator.NewTransport(l.emulator)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"00000000-0000-4000-8000-00000000c11e"}, "client_secret": {emulator.Secret}, "scope": {"https://monitor.azure.com/.default"}}
	ask := func(target, kind, authorization string, body []byte) []byte {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "https://emulator.test"+target, bytes.NewReader(body))
		require.NoError(l, err)
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Authorization", authorization)
		resp, err := transport.RoundTrip(r)
		require.NoError(l, err)
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		require.NoError(l, err)
		require.Less(l, resp.StatusCode, 300, "%s: %s", target, answer)
		return answer
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(l, json.Unmarshal(ask("/"+provider+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", "", []byte(form.Encode())), &token))
	ask("/dataCollectionRules/dcr-00000000000000000000000000000001/streams/Custom-DefenderAlert?api-version=2023-01-01",
		"application/json", "Bearer "+token.AccessToken, text)
}

func newDisk() *collectortest.Disk { return collectortest.NewDisk() }

// bodyOf is a request's body, which stays readable.
func bodyOf(t testing.TB, r *http.Request) string {
	t.Helper()
	if r.Body == nil {
		return ""
	}
	text, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	r.Body = io.NopCloser(bytes.NewReader(text))
	return string(text)
}

func contains(text, part string) bool { return strings.Contains(text, part) }

// say is an answer of the service.
func say(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}
}

// asked counts requests for incidents' own paths, by method.
func (l *lab) asked(method string) int {
	n := 0
	for _, r := range l.emulator.Requests(0) {
		if r.Method == method && contains(r.Path, "/incidents/") {
			n++
		}
	}
	return n
}

func sayBody(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
