package sentinelexporter

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pipeline"
	"go.opentelemetry.io/collector/receiver"
)

// service is the whole of Azure that the exporter meets, token endpoint
// included, in front of the contract checker's consumer.
type service struct {
	t    *testing.T
	next consumer.Logs
}

// RoundTrip implements http.RoundTripper.
func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
		base := "https://" + r.URL.Host + "/" + tenantA
		return say(r, http.StatusOK, `{"authorization_endpoint":"`+base+`/oauth2/v2.0/authorize","token_endpoint":"`+base+`/oauth2/v2.0/token","issuer":"`+base+`/v2.0"}`), nil
	case strings.HasSuffix(r.URL.Path, "/token"):
		return say(r, http.StatusOK, `{"token_type":"Bearer","expires_in":3600,"access_token":"t"}`), nil
	}
	err := s.next.ConsumeLogs(r.Context(), s.rows(r))
	switch {
	case err == nil:
		return say(r, http.StatusNoContent, ""), nil
	case consumererror.IsPermanent(err):
		return say(r, http.StatusBadRequest, `{"error":{"code":"InvalidPayload"}}`), nil
	default:
		return say(r, http.StatusServiceUnavailable, ""), nil
	}
}

func say(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}
}

// rows turns a request's rows back into records with their test id.
func (s *service) rows(r *http.Request) plog.Logs {
	wire, err := io.ReadAll(r.Body)
	require.NoError(s.t, err)
	unzip, err := gzip.NewReader(bytes.NewReader(wire))
	require.NoError(s.t, err)
	var rows []struct{ Attributes map[string]any }
	require.NoError(s.t, json.NewDecoder(unzip).Decode(&rows))
	ld := plog.NewLogs()
	for _, row := range rows {
		lr := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		require.NoError(s.t, lr.Attributes().FromRaw(row.Attributes))
		_, has := lr.Attributes().Get("test_id")
		require.True(s.t, has)
	}
	return ld
}

// customCloud is a configuration that needs no extension.
func customCloud(t *testing.T) *Config {
	cfg, err := load(t, `
cloud: custom
hosts: {login: "https://login.test", ingestion: "https://ingestion.test"}
credential: {client_secret: {client_id: app, secret: s}}
tenant_id: `+tenantA+`
destinations:
  - rules: [{endpoint: "https://dce.test", immutable_id: `+dcr1+`, streams: [Microsoft-OTelLogs]}]
`)
	require.NoError(t, err)
	return cfg
}

func TestConsumeContract(t *testing.T) {
	cfg := customCloud(t)
	// The checker looks once ConsumeLogs returned.
	cfg.Queue = configoptional.None[exporterhelper.QueueBatchConfig]()
	cfg.Retry.InitialInterval, cfg.Retry.MaxInterval = time.Millisecond, time.Millisecond
	s := &service{t: t}
	exportertest.CheckConsumeContract(exportertest.CheckConsumeContractParams{
		T: t, NumberOfTestElements: 20, Signal: pipeline.SignalLogs,
		ExporterFactory: NewFactory(WithTransport(s)), ExporterConfig: cfg,
		ReceiverFactory: receiver.NewFactory(component.MustNewType("behind"), func() component.Config { return nil },
			receiver.WithLogs(func(_ context.Context, _ receiver.Settings, _ component.Config, next consumer.Logs) (receiver.Logs, error) {
				s.next = next
				return behind{}, nil
			}, component.StabilityLevelDevelopment)),
	})
}

// behind is the receiver that the checker wants; the round tripper is in its
// place.
type behind struct {
	component.StartFunc
	component.ShutdownFunc
}

func TestLifecycle(t *testing.T) {
	f := NewFactory(WithTransport(&service{t: t}))
	require.Equal(t, component.MustNewType("sentinel"), f.Type())
	set := exportertest.NewNopSettings(f.Type())
	host := componenttest.NewNopHost()

	unstarted, err := f.CreateLogs(t.Context(), set, customCloud(t))
	require.NoError(t, err)
	require.False(t, unstarted.Capabilities().MutatesData)
	require.NoError(t, unstarted.Shutdown(t.Context()), "shut down without a start")

	for _, batches := range []bool{false, true} {
		cfg := customCloud(t)
		if batches {
			cfg, err = load(t, destination1+"sending_queue: {batch: {}}")
			require.NoError(t, err)
		}
		e, err := f.CreateLogs(t.Context(), set, cfg)
		require.NoError(t, err)
		require.Equal(t, batches, e.(interface{ ExporterHelperBatchingEnabled() bool }).ExporterHelperBatchingEnabled())
		require.NoError(t, e.Start(t.Context(), host))
		require.NoError(t, e.Shutdown(t.Context()))
	}
}

func TestStartTellsWhatCannotHeal(t *testing.T) {
	cfg, err := load(t, destination1+"auth: absent")
	require.NoError(t, err)
	f := NewFactory()
	e, err := f.CreateLogs(t.Context(), exportertest.NewNopSettings(f.Type()), cfg)
	require.NoError(t, err)
	require.ErrorContains(t, e.Start(t.Context(), componenttest.NewNopHost()), `"absent"`)
	require.NoError(t, e.Shutdown(t.Context()))
}
