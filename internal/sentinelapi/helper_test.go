package sentinelapi

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.uber.org/goleak"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const origin = "https://cloud.test"

// root is the path of the default workspace's SecurityInsights, as we spell it.
var root = workspace().String() + "/providers/Microsoft.SecurityInsights"

func workspace() sentinel.Workspace {
	w, err := sentinel.ParseWorkspace(emulator.DefaultWorkspace)
	if err != nil {
		panic(err)
	}
	return w
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// clients are of the emulator's default workspace; requests to the two services
// go to handle instead, unless it is nil.
func clients(t *testing.T, e *emulator.Emulator, handle tripper) (*Client, *Logs) {
	t.Helper()
	if e == nil {
		e = emulatorWith(t)
	}
	all := emulator.Transport(e.Handler())
	config := azure.NewDefaultConfig()
	config.Cloud = azure.CloudCustom
	config.Hosts = azure.Hosts{Login: origin, ARM: origin, LogAnalytics: origin}
	config.Credential = azure.CredentialConfig{ClientSecret: configoptional.Some(azure.ClientSecretConfig{
		ClientID: emulator.DefaultWorkspaceTenant, Secret: emulator.Secret,
	})}
	k, err := azure.Connect(t.Context(), azure.ConnectSettings{
		Config: config, Telemetry: componenttest.NewNopTelemetrySettings(), Version: "1.2.3",
		RoundTripper: tripper(func(req *http.Request) (*http.Response, error) {
			if handle != nil && strings.Contains(req.URL.Path, "/subscriptions/") {
				return handle(req)
			}
			return all.RoundTrip(req)
		}),
	})
	require.NoError(t, err)
	arm, err := k.ARM(emulator.DefaultWorkspaceTenant, azure.CredentialConfig{})
	require.NoError(t, err)
	logs, err := k.LogAnalytics(emulator.DefaultWorkspaceTenant, azure.CredentialConfig{})
	require.NoError(t, err)
	return NewClient(arm, workspace()), NewLogs(logs, workspace())
}

func emulatorWith(t *testing.T, faults ...emulator.Fault) *emulator.Emulator {
	t.Helper()
	e, err := emulator.New(emulator.Settings{Faults: emulator.Plan{Faults: faults}})
	require.NoError(t, err)
	return e
}

func respond(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func always(resp func() *http.Response) tripper {
	return func(*http.Request) (*http.Response, error) { return resp(), nil }
}

// call is one of the requests there are.
type call struct {
	operation, method, path, query string
	write, logs                    bool
	send                           func(ctx context.Context, c *Client, l *Logs) (Answer, error)
}

const (
	name  = "0b6f1c52-9a4e-5d17-8e63-2f7041d8a935"
	other = "0b6f1c52-9a4e-5d17-8e63-2f7041d8a936"
)

func calls() []call {
	body := []byte(`{"a":1}`)
	return []call{
		{"list incidents", "GET", "/incidents", "$filter=properties/lastModifiedTimeUtc ge 2026-01-02T03:04:05Z and properties/status eq 'New'&$orderby=properties/lastModifiedTimeUtc asc&$top=1000", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.ListIncidents(ctx, Query{From: at("2026-01-02T04:04:05.9+01:00"), Status: "New", Top: 5000})
		}},
		{"list incidents", "GET", "/incidents", "$orderby=properties/createdTimeUtc desc", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.ListIncidents(ctx, Query{Newest: true, Top: -1})
		}},
		{"list incidents", "GET", "/incidents", "$skipToken=a", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.NextIncidents(ctx, origin+root+"/incidents?"+apiVersion+"&$skipToken=a")
		}},
		{"get incident", "GET", "/incidents/" + name, "", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.GetIncident(ctx, name)
		}},
		{"put incident", "PUT", "/incidents/" + name, "", true, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.PutIncident(ctx, name, body)
		}},
		{"list comments", "GET", "/incidents/" + name + "/comments", "", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.ListComments(ctx, name)
		}},
		{"list comments", "GET", "/incidents/" + name + "/comments", "$skipToken=a", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.NextComments(ctx, name, origin+root+"/incidents/"+name+"/comments?"+apiVersion+"&$skipToken=a")
		}},
		{"put comment", "PUT", "/incidents/" + name + "/comments/" + other, "", true, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.PutComment(ctx, name, other, body)
		}},
		{"list relations", "GET", "/incidents/" + name + "/relations", "", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.ListRelations(ctx, name)
		}},
		{"list relations", "GET", "/incidents/" + name + "/relations", "$skipToken=a", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.NextRelations(ctx, name, origin+root+"/incidents/"+name+"/relations?"+apiVersion+"&$skipToken=a")
		}},
		{"put relation", "PUT", "/incidents/" + name + "/relations/" + other, "", true, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.PutRelation(ctx, name, other, body)
		}},
		{"list connectors", "GET", "/dataConnectors", "", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.ListConnectors(ctx)
		}},
		{"list connectors", "GET", "/dataConnectors", "$skipToken=a", false, false, func(ctx context.Context, c *Client, _ *Logs) (Answer, error) {
			return c.NextConnectors(ctx, origin+root+"/dataConnectors?"+apiVersion+"&$skipToken=a")
		}},
		{"query logs", "POST", "", "", true, true, func(ctx context.Context, _ *Client, l *Logs) (Answer, error) {
			return l.Query(ctx, body)
		}},
	}
}
