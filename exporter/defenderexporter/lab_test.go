package defenderexporter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/incident"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/ledger"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/reconcile"
)

const (
	contoso   = "00000000-0000-4000-8000-0000000000c0"
	fabrikam  = "00000000-0000-4000-8000-0000000000fa"
	cloud     = "custom"
	workspace = "/subscriptions/00000000-0000-4000-8000-0000000000aa/resourcegroups/soc/providers/microsoft.operationalinsights/workspaces/soc"
	settle    = 2 * time.Minute
)

var ledgerID = component.MustNewID("incident_ledger")

// lab is an exporter between a ledger and an emulator of Graph, without a
// network, in a synctest bubble. Sentinel's side is played by twins.
type lab struct {
	t         *testing.T
	emulator  *emulator.Emulator
	wire      *wire
	config    *Config
	settings  ledger.Settings
	disk      *disk
	ledger    *ledger.Ledger
	host      *collectortest.Host
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
	running   exporter.Logs

	mu        sync.Mutex
	decisions []ledger.Decision
	// unbound leaves it out that contoso lives in the workspace.
	unbound bool
	twins   map[string]*twin
}

func newLab(t *testing.T, settings emulator.Settings) *lab {
	t.Helper()
	e, err := emulator.New(settings)
	require.NoError(t, err)
	l := &lab{
		t: t, emulator: e, wire: &wire{to: emulator.NewTransport(e)}, config: labConfig(), disk: newDisk(),
		settings:  ledger.Settings{Policy: reconcile.DefaultPolicy(), SettleTime: settle},
		telemetry: componenttest.NewTelemetry(), twins: map[string]*twin{},
	}
	t.Cleanup(func() {
		l.stop()
		require.NoError(t, l.telemetry.Shutdown(context.Background()))
	})
	return l
}

// labConfig is the default configuration, pointed at the emulator.
func labConfig() *Config {
	c := createDefaultConfig().(*Config)
	const origin = "https://emulator.test"
	c.Azure.Cloud = azure.CloudCustom
	c.Azure.Hosts = azure.Hosts{Login: origin, Graph: origin}
	c.Azure.Credential.ClientSecret = configoptional.Some(azure.ClientSecretConfig{
		ClientID: "00000000-0000-4000-8000-00000000c11e", Secret: "emulator",
	})
	c.Ledger = ledgerID
	c.Tenants = []azure.TenantConfig{{TenantID: contoso, Name: "contoso"}}
	c.RequestsPerMinute = 0
	c.ResyncInterval = 0
	return c
}

func (l *lab) decided(_ ledger.Subject, d ledger.Decision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.decisions = append(l.decisions, d)
}

// told is all that was decided so far.
func (l *lab) told() []ledger.Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.decisions)
}

// start opens the ledger and starts the exporter.
func (l *lab) start() {
	l.t.Helper()
	var err error
	l.ledger, err = ledger.Open(l.t.Context(), ledger.OpenSettings{
		Settings: l.settings, Client: l.disk, Now: time.Now,
		OnDecision: l.decided,
	})
	require.NoError(l.t, err)
	l.host = &collectortest.Host{Extensions: map[component.ID]component.Component{ledgerID: &keeper{ledger: l.ledger}}}
	if !l.unbound {
		l.ledger.Bind(ledger.Binding{Tenant: "contoso", Workspace: workspace}, ledger.Binding{Tenant: fabrikam, Workspace: workspace})
	}
	core, logs := observer.New(zap.InfoLevel)
	l.logs = logs
	set := exportertest.NewNopSettings(component.MustNewType(Type))
	set.TelemetrySettings = l.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	made, err := NewFactory(WithTransport(l.wire)).CreateLogs(l.t.Context(), set, l.config)
	require.NoError(l.t, err)
	require.NoError(l.t, made.Start(l.t.Context(), l.host))
	l.running = made
}

func (l *lab) stop() {
	l.t.Helper()
	if l.running == nil {
		return
	}
	require.NoError(l.t, l.running.Shutdown(context.Background()))
	require.NoError(l.t, l.ledger.Close(context.Background()))
	l.running = nil
}

// kill ends the exporter as SIGKILL would: nothing is sent or stored any more.
func (l *lab) kill() {
	l.t.Helper()
	l.disk.Freeze()
	l.wire.cut(true)
	ended, end := context.WithCancel(context.Background())
	end()
	require.NoError(l.t, l.running.Shutdown(ended))
	l.running = nil
	l.disk.Thaw()
	l.wire.cut(false)
}

// run lets time pass until everything waits.
func (l *lab) run(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// put stores a Graph incident.
func (l *lab) put(tenant string, fields map[string]any) {
	l.t.Helper()
	document := map[string]any{
		"status": "active", "severity": "high", "displayName": "an incident", "classification": "unknown", "determination": "unknown",
		"createdDateTime": "2000-01-01T00:00:00Z", "lastUpdateDateTime": time.Now().UTC().Format(time.RFC3339Nano),
		"assignedTo": nil, "customTags": []string{}, "systemTags": []string{}, "comments": []any{}, "redirectIncidentId": nil, "alerts": []any{},
	}
	for k, v := range fields {
		document[k] = v
	}
	text, err := json.Marshal(document)
	require.NoError(l.t, err)
	_, err = l.emulator.Put(tenant, bytes.NewReader(text))
	require.NoError(l.t, err)
}

// edit is a person's edit in Defender.
func (l *lab) edit(id, change string) {
	l.t.Helper()
	require.NoError(l.t, l.emulator.EditIncident(contoso, id, "", []byte(change)))
}

// defender is an incident as Graph holds it now.
func (l *lab) defender(tenant, id string) incident.Snapshot {
	l.t.Helper()
	s, err := graph.ReadSnapshot(strings.NewReader(l.documentOf(tenant, id)))
	require.NoError(l.t, err)
	return s
}

// document is contoso's incident as Graph holds it now.
func (l *lab) document(id string) string { return l.documentOf(contoso, id) }

func (l *lab) documentOf(tenant, id string) string {
	l.t.Helper()
	request, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, "http://control/control/defender/incidents/"+id+"?tenant="+tenant, nil)
	require.NoError(l.t, err)
	answer, err := emulator.Transport(l.emulator.Control()).RoundTrip(request)
	require.NoError(l.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(l.t, err)
	require.Equal(l.t, http.StatusOK, answer.StatusCode, string(text))
	return string(text)
}

// value is one field of contoso's incident in Defender.
func (l *lab) value(id string, f incident.Field) incident.Value {
	return l.defender(contoso, id).Values[f]
}

// poll brings what Defender holds to the ledger, as the forward pipeline does.
func (l *lab) poll(id string) {
	l.t.Helper()
	l.pollInto(id, workspace)
}

// pollInto is poll for an incident that lives in some workspace.
func (l *lab) pollInto(id, workspace string) {
	l.t.Helper()
	began := time.Now()
	s := l.defender(contoso, id)
	require.NoError(l.t, l.ledger.Observe(l.t.Context(), ledger.News{
		Side: incident.SideDefender, Link: linkOf(id), Workspace: workspace, Snapshot: &s, Began: began, Admit: true,
	}))
}

// pair puts an incident into Defender and its twin into Sentinel, in step, and
// lets both rest.
func (l *lab) pair(id string, fields map[string]any) *twin {
	l.t.Helper()
	document := map[string]any{"id": id}
	for k, v := range fields {
		document[k] = v
	}
	l.put(contoso, document)
	l.poll(id)
	t := newTwin(l, linkOf(id))
	l.twins[id] = t
	t.work()
	t.deliver()
	l.run(time.Second)
	return t
}

func linkOf(id string) incident.Link {
	return incident.Link{Cloud: cloud, TenantID: contoso, IncidentID: id}
}

// writes are what our app did in Defender, the service's own cascades apart.
func (l *lab) writes() []emulator.Write {
	var ours []emulator.Write
	for _, w := range l.emulator.Writes(0) {
		if w.Side == emulator.SideDefender && w.Actor == emulator.ActorApp {
			ours = append(ours, w)
		}
	}
	return ours
}

// entry is an incident's entry as it is now.
func (l *lab) entry(id string) *ledger.Entry {
	l.t.Helper()
	e, err := l.ledger.Find(l.t.Context(), ledger.IDOf(linkOf(id), workspace))
	require.NoError(l.t, err)
	require.NotNil(l.t, e)
	return e
}

func (l *lab) faults(faults ...emulator.Fault) {
	l.t.Helper()
	require.NoError(l.t, l.emulator.SetFaults(emulator.Plan{Seed: 7, Faults: faults}))
}

// consume gives records to the exporter.
func (l *lab) consume(ld plog.Logs) {
	l.t.Helper()
	require.NoError(l.t, l.running.ConsumeLogs(l.t.Context(), ld))
}

// requests counts those of an operation that the emulator met.
func (l *lab) requests(method, part string) int {
	n := 0
	for _, r := range l.emulator.Requests(0) {
		if r.Method == method && strings.Contains(r.Path, part) {
			n++
		}
	}
	return n
}

func (l *lab) String() string {
	var b strings.Builder
	for _, w := range l.writes() {
		fmt.Fprintf(&b, "%d %s %s %s\n", w.N, w.ID, w.Kind, w.After)
	}
	return b.String()
}

// sentence is what the last status says, "" if it is well.
func (l *lab) sentence() string {
	if err := l.host.StatusError(); err != nil {
		return err.Error()
	}
	return ""
}

// metric sums a metric's points that have all the given attributes, as
// key=value.
func (l *lab) metric(name string, attributes ...string) int {
	l.t.Helper()
	got, err := l.telemetry.GetMetric("otelcol_exporter_defender_" + name)
	if err != nil {
		return 0
	}
	sum := 0.0
	add := func(set attribute.Set, value float64) {
		for _, a := range attributes {
			key, want, _ := strings.Cut(a, "=")
			if v, _ := set.Value(attribute.Key(key)); v.AsString() != want {
				return
			}
		}
		sum += value
	}
	switch data := got.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			add(p.Attributes, float64(p.Value))
		}
	case metricdata.Sum[float64]:
		for _, p := range data.DataPoints {
			add(p.Attributes, p.Value)
		}
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			add(p.Attributes, float64(p.Value))
		}
	default:
		require.Fail(l.t, "unexpected metric", "%T", data)
	}
	return int(sum)
}
