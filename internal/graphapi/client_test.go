package graphapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
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
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/graph"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const tenantID = "aaaaaaaa-0000-4000-8000-000000000001"

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// client is one of the emulator's tenant; graph requests go to handle instead,
// unless it is nil.
func client(t *testing.T, e *emulator.Emulator, handle tripper) *Client {
	t.Helper()
	if e == nil {
		var err error
		e, err = emulator.New(emulator.Settings{})
		require.NoError(t, err)
	}
	all := emulator.Transport(e.Handler())
	config := azure.NewDefaultConfig()
	config.Cloud = azure.CloudCustom
	config.Hosts = azure.Hosts{Login: "https://cloud.test", Graph: "https://cloud.test"}
	config.Credential = azure.CredentialConfig{ClientSecret: configoptional.Some(azure.ClientSecretConfig{
		ClientID: tenantID, Secret: emulator.Secret,
	})}
	k, err := azure.Connect(t.Context(), azure.ConnectSettings{
		Config: config, Telemetry: componenttest.NewNopTelemetrySettings(), Version: "1.2.3",
		RoundTripper: tripper(func(req *http.Request) (*http.Response, error) {
			if handle != nil && strings.HasPrefix(req.URL.Path, "/v1.0/") {
				return handle(req)
			}
			return all.RoundTrip(req)
		}),
	})
	require.NoError(t, err)
	c, err := k.Graph(tenantID, azure.CredentialConfig{})
	require.NoError(t, err)
	return NewClient(c)
}

func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json;odata.metadata=minimal;charset=utf-8"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func always(resp func() *http.Response) tripper {
	return func(*http.Request) (*http.Response, error) { return resp(), nil }
}

func read(page *Page) (string, error) {
	defer page.Body.Close()
	body, err := io.ReadAll(page.Body)
	return string(body), err
}

func TestRequestsAreWhatTheContractSays(t *testing.T) {
	var seen *http.Request
	c := client(t, nil, func(req *http.Request) (*http.Response, error) {
		seen = req
		return answer(200, `{"value":[]}`), nil
	})
	ctx := t.Context()
	for _, tt := range []struct {
		name string
		call func() (*Page, error)
		want string
	}{
		{"list incidents", func() (*Page, error) { return c.ListIncidents(ctx, Query{Top: 50, ExpandAlerts: true}) }, incidentsPath + "?$top=50&$expand=alerts"},
		{"list alerts", func() (*Page, error) { return c.ListAlerts(ctx, Query{Top: 1000}) }, alertsPath + "?$top=1000"},
		{"next incidents", func() (*Page, error) { return c.NextIncidents(ctx, "https://cloud.test"+incidentsPath+"?$skip=50") }, incidentsPath + "?$skip=50"},
		{"next alerts", func() (*Page, error) { return c.NextAlerts(ctx, "https://cloud.test"+alertsPath+"?$skip=50") }, alertsPath + "?$skip=50"},
		{"get incident", func() (*Page, error) { return c.GetIncident(ctx, "29") }, incidentsPath + "/29"},
		{"get incident with alerts", func() (*Page, error) { return c.GetIncidentWithAlerts(ctx, "29") }, incidentsPath + "/29?$expand=alerts"},
		{"get alert", func() (*Page, error) { return c.GetAlert(ctx, "da1_2-3") }, alertsPath + "/da1_2-3"},
		{"a hostile id stays one segment", func() (*Page, error) { return c.GetAlert(ctx, "../users?$top=1#x") }, alertsPath + "/..%2Fusers%3F$top=1%23x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page, err := tt.call()
			require.NoError(t, err)
			body, err := read(page)
			require.NoError(t, err)
			require.JSONEq(t, `{"value":[]}`, body)
			require.Equal(t, http.MethodGet, seen.Method)
			require.Equal(t, "cloud.test", seen.URL.Host)
			require.Equal(t, tt.want, seen.URL.RequestURI())
			require.Equal(t, "include-unknown-enum-members", seen.Header.Get("Prefer"))
			require.Equal(t, "gzip", seen.Header.Get("Accept-Encoding"))
			require.Equal(t, "application/json", seen.Header.Get("Accept"))
			require.Len(t, seen.Header.Get("Client-Request-Id"), 36)
			require.True(t, strings.HasPrefix(seen.Header.Get("Authorization"), "Bearer "))
		})
	}
	seen = nil
	for _, id := range []string{"", ".", ".."} {
		_, err := c.GetIncident(ctx, id)
		require.EqualError(t, err, "get incident: not an id")
		require.Equal(t, azure.ClassPermanent, azure.ClassOf(err))
	}
	require.Nil(t, seen)
}

func TestEveryStatusHasItsClass(t *testing.T) {
	retryDate := time.Now().Add(time.Hour)
	for _, tt := range []struct {
		status int
		header []string
		class  azure.Class
		retry  time.Duration
	}{
		{status: 201, class: azure.ClassRetryable},
		{status: 204, class: azure.ClassRetryable},
		{status: 302, class: azure.ClassMisconfigured},
		{status: 400, class: azure.ClassPermanent},
		{status: 401, class: azure.ClassMisconfigured},
		{status: 403, class: azure.ClassMisconfigured},
		{status: 404, class: azure.ClassPermanent},
		{status: 408, class: azure.ClassRetryable},
		{status: 409, class: azure.ClassConflictETag},
		{status: 412, class: azure.ClassConflictETag},
		{status: 413, class: azure.ClassSplit},
		{status: 429, class: azure.ClassThrottled},
		{status: 429, header: []string{"Retry-After", "600"}, class: azure.ClassThrottled, retry: 10 * time.Minute},
		{status: 429, header: []string{"Retry-After", retryDate.UTC().Format(http.TimeFormat), "Date", retryDate.Add(-time.Minute).UTC().Format(http.TimeFormat)}, class: azure.ClassThrottled, retry: time.Minute},
		{status: 500, class: azure.ClassRetryable},
		{status: 501, class: azure.ClassPermanent},
		{status: 502, class: azure.ClassRetryable},
		{status: 503, class: azure.ClassRetryable},
		{status: 503, header: []string{"Retry-After", "5"}, class: azure.ClassThrottled, retry: 5 * time.Second},
		{status: 504, class: azure.ClassRetryable},
	} {
		t.Run(fmt.Sprint(tt.status, tt.header), func(t *testing.T) {
			c := client(t, nil, always(func() *http.Response {
				return answer(tt.status, `{"error":{"code":"Odd","message":"geheim"}}`, append(tt.header, "request-id", "r-1")...)
			}))
			_, err := c.ListIncidents(t.Context(), Query{})
			require.Equal(t, tt.class, azure.ClassOf(err), err)
			require.Equal(t, tt.retry, azure.RetryAfterOf(err))
			require.NotContains(t, err.Error(), "geheim")
			var e *azure.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.status, e.Status)
			require.Equal(t, "r-1", e.RequestID)
			require.Equal(t, "list incidents", e.Operation)
		})
	}
}

func TestANetworkErrorIsRetryable(t *testing.T) {
	c := client(t, nil, func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
	_, err := c.ListAlerts(t.Context(), Query{})
	require.EqualError(t, err, "list alerts: unexpected EOF")
	require.Equal(t, azure.ClassRetryable, azure.ClassOf(err))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.ListAlerts(ctx, Query{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestALoginPageIsNotAPage(t *testing.T) {
	for _, kind := range []string{"text/html", "", "application/json-seq", "nonsense/"} {
		c := client(t, nil, always(func() *http.Response { return answer(200, "<html>", "Content-Type", kind) }))
		_, err := c.ListIncidents(t.Context(), Query{})
		require.EqualError(t, err, "list incidents: 200 NotJSON")
		require.Equal(t, azure.ClassRetryable, azure.ClassOf(err))
		require.NotEmpty(t, azure.Remedy(err))
	}
}

func TestAPartialAnswerSaysSo(t *testing.T) {
	c := client(t, nil, always(func() *http.Response {
		return answer(206, `{"value":[]}`, "Warning", `199 - "Microsoft/WDATP/503/1200"`+strings.Repeat("!", 500),
			"Date", "Mon, 23 Nov 2026 12:00:00 GMT", "request-id", "r-2")
	}))
	page, err := c.ListAlerts(t.Context(), Query{})
	require.NoError(t, err)
	_, err = read(page)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(page.Warning, `199 - "Microsoft/WDATP/503/1200"!`))
	require.Len(t, page.Warning, warningCharsMax)
	require.Equal(t, at("2026-11-23T12:00:00Z"), page.Date.UTC())
	require.Equal(t, "r-2", page.RequestID)
}

func TestAForeignLinkIsRefusedUnsent(t *testing.T) {
	c := client(t, nil, func(*http.Request) (*http.Response, error) {
		t.Error("a request left")
		return nil, errors.New("no")
	})
	for _, link := range []string{"https://evil.test" + incidentsPath, "https://cloud.test" + alertsPath} {
		_, err := c.NextIncidents(t.Context(), link)
		var e *azure.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, azure.ReasonForeignHost, e.Reason)
		require.Equal(t, azure.ClassPermanent, e.Class)
		require.NotContains(t, err.Error(), "evil")
	}
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func TestBrokenBodiesAreRetryable(t *testing.T) {
	whole := zipped(t, `{"value":[{"id":"1"}]}`+strings.Repeat(" ", 1<<16))
	wrongSum := []byte(whole)
	wrongSum[len(wrongSum)-8]++
	for _, tt := range []struct {
		name, encoding, body, want string
		tear                       bool
	}{
		{name: "torn", body: `{"value":[{"id"`, tear: true, want: "unexpected EOF"},
		{name: "torn gzip", encoding: "gzip", body: whole[:len(whole)-20], want: "unexpected EOF"},
		{name: "torn before the gzip header", encoding: "gzip", body: "", want: "unexpected EOF"},
		{name: "torn in the gzip header", encoding: "gzip", body: whole[:5], want: "unexpected EOF"},
		{name: "said to be gzip, is not", encoding: "gzip", body: `{"value":[]}`, want: "gzip: invalid header"},
		{name: "a wrong checksum", encoding: "gzip", body: string(wrongSum), want: "gzip: invalid checksum"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, nil, always(func() *http.Response {
				resp := answer(200, tt.body, "Content-Encoding", tt.encoding, "request-id", "r-3")
				if tt.tear {
					resp.Body = io.NopCloser(io.MultiReader(resp.Body, failing{io.ErrUnexpectedEOF}))
				}
				return resp
			}))
			page, err := c.ListIncidents(t.Context(), Query{})
			require.NoError(t, err)
			_, err = read(page)
			require.EqualError(t, err, "list incidents: "+tt.want+", request r-3")
			require.Equal(t, azure.ClassRetryable, azure.ClassOf(err))
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestATornOrMeaninglessPageIsRetryableThroughTheDecoder(t *testing.T) {
	for name, body := range map[string]io.Reader{
		"torn":        io.MultiReader(strings.NewReader(`{"value":[{"id":"1",`), failing{io.ErrUnexpectedEOF}),
		"meaningless": strings.NewReader(`{"value":[{"id":tru}]}`),
	} {
		c := client(t, nil, always(func() *http.Response {
			resp := answer(200, "")
			resp.Body = io.NopCloser(body)
			return resp
		}))
		page, err := c.ListIncidents(t.Context(), Query{})
		require.NoError(t, err)
		_, err = graph.ReadPage(page.Body, graph.KindIncident, func(*graph.Object) error { return nil })
		require.Error(t, err, name)
		require.Equal(t, azure.ClassRetryable, azure.ClassOf(err), name)
		require.NoError(t, page.Body.Close())
	}
}

func TestACancelledReadShowsAsSuch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := client(t, nil, always(func() *http.Response {
		resp := answer(200, "")
		resp.Body = io.NopCloser(failing{context.Canceled})
		return resp
	}))
	page, err := c.ListIncidents(ctx, Query{})
	require.NoError(t, err)
	cancel()
	_, err = read(page)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorAs(t, err, new(*azure.Error))
}
