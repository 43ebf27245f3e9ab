package sentinelreceiver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/collectortest"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/record"
)

const (
	provider = "00000000-0000-4000-8000-0000000000a0"
	soc      = "/subscriptions/00000000-0000-4000-8000-0000000000aa/resourceGroups/soc/providers/Microsoft.OperationalInsights/workspaces/soc"
)

var storageID = component.MustNewID("memory_storage")

// lab is a receiver in front of an emulator, without a network. It lives in a
// synctest bubble, so an hour takes milliseconds.
type lab struct {
	t         *testing.T
	emulator  *emulator.Emulator
	transport http.RoundTripper
	config    *Config
	disk      *collectortest.Disk
	out       *collectortest.Consumed
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
	host      *collectortest.Host
	running   receiver.Logs
	// newest is the title that each incident of the first workspace got last.
	newest map[string]string
}

func newLab(t *testing.T, settings emulator.Settings) *lab {
	t.Helper()
	e, err := emulator.New(settings)
	require.NoError(t, err)
	l := &lab{
		t: t, emulator: e, transport: emulator.NewTransport(e), config: labConfig(), newest: map[string]string{},
		disk: collectortest.NewDisk(), out: collectortest.NewConsumed(), telemetry: componenttest.NewTelemetry(),
	}
	l.host = &collectortest.Host{Extensions: map[component.ID]component.Component{storageID: l.disk}}
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
	c.Azure.Hosts = azure.Hosts{Login: origin, ARM: origin}
	c.Azure.Credential.ClientSecret = configoptional.Some(azure.ClientSecretConfig{
		ClientID: "00000000-0000-4000-8000-00000000c11e", Secret: "emulator",
	})
	c.TenantID, c.Scope = provider, scopeAll
	c.Workspaces = []WorkspaceConfig{{ResourceID: soc}}
	c.Storage = configoptional.Some(storageID)
	return c
}

func (l *lab) start() {
	l.t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	l.logs = logs
	set := receivertest.NewNopSettings(component.MustNewType(Type))
	set.TelemetrySettings = l.telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	made, err := NewFactory(WithTransport(l.transport)).CreateLogs(l.t.Context(), set, l.config, l.out)
	require.NoError(l.t, err)
	require.NoError(l.t, made.Start(l.t.Context(), l.host))
	l.running = made
}

func (l *lab) stop() {
	l.t.Helper()
	if l.running != nil {
		require.NoError(l.t, l.running.Shutdown(context.Background()))
	}
	l.running = nil
}

// kill ends the receiver as SIGKILL would: nothing is stored any more.
func (l *lab) kill() {
	l.t.Helper()
	l.disk.Freeze()
	l.stop()
	l.disk.Thaw()
}

// put stores new incidents in the first workspace.
func (l *lab) put(names ...string) {
	l.t.Helper()
	var all []any
	for _, name := range names {
		l.newest[name] = "incident " + name
		all = append(all, map[string]any{"name": name, "properties": map[string]any{"title": "incident " + name}})
	}
	text, err := json.Marshal(all)
	require.NoError(l.t, err)
	_, err = l.emulator.PutSentinel("soc", "", strings.NewReader(string(text)))
	require.NoError(l.t, err)
}

// edit gives an incident another title and whatever else is said, as a person.
func (l *lab) edit(name, title string, more ...string) {
	l.t.Helper()
	l.newest[name] = title
	change := fmt.Sprintf(`{"title":%q`, title)
	for _, m := range more {
		change += "," + m
	}
	require.NoError(l.t, l.emulator.EditSentinel("soc", name, "", []byte(change+"}")))
}

// faults replaces the plan of faults.
func (l *lab) faults(faults ...emulator.Fault) {
	l.t.Helper()
	require.NoError(l.t, l.emulator.SetFaults(emulator.Plan{Seed: 7, Faults: faults}))
}

// names counts the records of each incident.
func (l *lab) names() map[string]int {
	return l.out.Times(record.EventSentinelIncident, record.SentinelIncidentName)
}

// metric sums a metric's points that have all the given attributes, as
// key=value.
func (l *lab) metric(name string, attributes ...string) float64 {
	l.t.Helper()
	got, err := l.telemetry.GetMetric("otelcol_receiver_sentinel_" + name)
	require.NoError(l.t, err)
	sum := 0.0
	add := func(value float64, set attribute.Set) {
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
			add(float64(p.Value), p.Attributes)
		}
	case metricdata.Sum[float64]:
		for _, p := range data.DataPoints {
			add(p.Value, p.Attributes)
		}
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			add(float64(p.Value), p.Attributes)
		}
	case metricdata.Gauge[float64]:
		for _, p := range data.DataPoints {
			add(p.Value, p.Attributes)
		}
	default:
		require.Fail(l.t, "unexpected metric", "%T", data)
	}
	return sum
}

// comments are those of the newest record of an incident that has any, by their
// text; the second is whether one has.
func (l *lab) comments(name string) (texts []string, ok bool) {
	records := l.out.After(0)
	for _, r := range slices.Backward(records) {
		if titleOf(r, "name") != name {
			continue
		}
		list, found := r.Body().Map().Get("comments")
		if !found {
			continue
		}
		texts = []string{}
		for _, c := range list.Slice().All() {
			p, _ := c.Map().Get("properties")
			text, _ := p.Map().Get("message")
			texts = append(texts, text.Str())
		}
		slices.Sort(texts)
		return texts, true
	}
	return nil, false
}

// titleOf is a member of a record's body, or of its properties.
func titleOf(r plog.LogRecord, member string) string {
	if v, ok := r.Body().Map().Get(member); ok {
		return v.AsString()
	}
	p, ok := r.Body().Map().Get("properties")
	if !ok {
		return ""
	}
	v, _ := p.Map().Get(member)
	return v.AsString()
}

// whole requires that the newest state of each incident arrived.
func (l *lab) whole() {
	l.t.Helper()
	got := map[string]bool{}
	for _, r := range l.out.After(0) {
		got[titleOf(r, "name")+" "+titleOf(r, "title")] = true
	}
	var missing []string
	for name, title := range l.newest {
		if !got[name+" "+title] {
			missing = append(missing, name)
		}
	}
	require.Empty(l.t, missing)
}

// asked counts the requests of one operation that the emulator saw.
func (l *lab) asked(part string) (n int) {
	for _, r := range l.emulator.Requests(0) {
		if r.Service == "arm" && strings.HasSuffix(r.Path, part) {
			n++
		}
	}
	return n
}

// guid is the name of incident number n.
func guid(n int) string { return fmt.Sprintf("10000000-0000-4000-8000-%012d", n) }

// guids are the names of the first n incidents.
func guids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = guid(i)
	}
	return out
}

// delete deletes an incident as a person would.
func (l *lab) delete(name string) {
	l.t.Helper()
	delete(l.newest, name)
	req := httptest.NewRequestWithContext(l.t.Context(), http.MethodDelete, "http://127.0.0.1/control/sentinel/incidents/"+name, http.NoBody)
	answer := httptest.NewRecorder()
	l.emulator.Control().ServeHTTP(answer, req)
	require.Less(l.t, answer.Code, 300, answer.Body.String())
}
