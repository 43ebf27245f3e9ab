package ingestapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.uber.org/goleak"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/emulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	tenantID = "aaaaaaaa-0000-4000-8000-000000000001"
	dcr      = "dcr-00000000000000000000000000000001"
	stream   = "Custom-DefenderIncident"
)

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func config(origin string) azure.Config {
	c := azure.NewDefaultConfig()
	c.Cloud = azure.CloudCustom
	c.Hosts = azure.Hosts{Login: origin, Ingestion: origin}
	c.Credential = azure.CredentialConfig{ClientSecret: configoptional.Some(azure.ClientSecretConfig{
		ClientID: tenantID, Secret: emulator.Secret,
	})}
	return c
}

func connect(t *testing.T, config azure.Config, rt http.RoundTripper, endpoints ...string) *Client {
	t.Helper()
	k, err := azure.Connect(t.Context(), azure.ConnectSettings{
		Config: config, Telemetry: componenttest.NewNopTelemetrySettings(), Version: "1.2.3", RoundTripper: rt,
	})
	require.NoError(t, err)
	t.Cleanup(k.Close)
	c, err := k.Ingestion(tenantID, azure.CredentialConfig{}, endpoints...)
	require.NoError(t, err)
	return NewClient(c)
}

// client uploads to an emulator with the given faults; uploads go to handle
// instead, unless it is nil.
func client(t *testing.T, handle tripper, faults ...emulator.Fault) (*Client, *emulator.Emulator) {
	t.Helper()
	e, err := emulator.New(emulator.Settings{Faults: emulator.Plan{Faults: faults}})
	require.NoError(t, err)
	all := emulator.Transport(e.Handler())
	return connect(t, config("https://cloud.test"), tripper(func(req *http.Request) (*http.Response, error) {
		if handle != nil && strings.HasPrefix(req.URL.Path, "/dataCollectionRules/") {
			return handle(req)
		}
		return all.RoundTrip(req)
	}), "https://cloud.test"), e
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func request(body []byte) Request {
	return Request{Endpoint: "https://cloud.test", DCR: dcr, Stream: stream, Body: body}
}

func answer(status int, code string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	body := ""
	if code != "" {
		body = fmt.Sprintf(`{"error":{"code":%q,"message":"geheim"}}`, code)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func TestARowArrives(t *testing.T) {
	c, e := client(t, nil)
	body := zipped(t, `[{"IncidentId":"29"}]`)
	for _, endpoint := range []string{"https://cloud.test", "https://CLOUD.test/", "https://cloud.test:443"} {
		require.NoError(t, c.Upload(t.Context(), Request{Endpoint: endpoint, DCR: dcr, Stream: stream, Body: body}))
	}
	require.Len(t, e.Rows(stream, dcr), 3)
	require.Contains(t, string(e.Rows(stream, dcr)[0]), `"29"`)
}

func TestEveryAnswerHasItsClass(t *testing.T) {
	small, large := 100, abortBytesMin
	for _, tt := range []struct {
		status int
		code   string
		body   int // 0 = small
		header []string
		class  azure.Class
		reason azure.Reason
		retry  time.Duration
	}{
		{status: 200, class: azure.ClassRetryable, reason: azure.ReasonNotMicrosoft},
		{status: 202, class: azure.ClassRetryable, reason: azure.ReasonNotMicrosoft},
		{status: 302, class: azure.ClassMisconfigured, reason: azure.ReasonNotMicrosoft},
		{status: 400, class: azure.ClassPermanent},
		{status: 400, code: "InvalidStream", class: azure.ClassMisconfigured, reason: azure.ReasonNoStream},
		{status: 400, code: "InvalidTransformOutput", class: azure.ClassPermanent},
		{status: 400, code: "RecordsTimeRangeIsMoreThan30Minutes", class: azure.ClassSplit, reason: azure.ReasonTimeRange},
		{status: 401, code: "InvalidAuthenticationToken", class: azure.ClassMisconfigured},
		{status: 403, code: "OperationFailed", class: azure.ClassMisconfigured, reason: azure.ReasonNoDCRAccess},
		{status: 404, code: "NotFound", class: azure.ClassPermanent, reason: azure.ReasonNoDCR},
		{status: 408, class: azure.ClassRetryable},
		{status: 408, code: "TimeoutExpired", class: azure.ClassRetryable, body: small},
		{status: 408, code: "TimeoutExpired", class: azure.ClassSplit, body: large, reason: azure.ReasonAborted},
		{status: 400, code: "ReadyBody_ClientConnectionAbort", class: azure.ClassSplit, body: large, reason: azure.ReasonAborted},
		{status: 411, class: azure.ClassPermanent},
		{status: 413, code: "ContentLengthLimitExceeded", class: azure.ClassSplit},
		{status: 413, code: "PayloadSizeLimitExceeded", class: azure.ClassSplit},
		{status: 400, code: "PayloadSizeLimitExceeded", class: azure.ClassSplit},
		{status: 415, class: azure.ClassPermanent},
		{status: 429, code: "TooManyRequests", class: azure.ClassThrottled},
		{status: 429, header: []string{"Retry-After", "90"}, class: azure.ClassThrottled, retry: 90 * time.Second},
		{status: 429, header: []string{"x-ms-retry-after-ms", "90"}, class: azure.ClassThrottled, retry: 90 * time.Millisecond},
		{status: 500, class: azure.ClassRetryable},
		{status: 502, class: azure.ClassRetryable},
		{status: 503, class: azure.ClassRetryable},
		{status: 503, header: []string{"Retry-After", "5"}, class: azure.ClassThrottled, retry: 5 * time.Second},
		{status: 504, class: azure.ClassRetryable},
	} {
		t.Run(fmt.Sprint(tt.status, tt.code, tt.body, tt.header), func(t *testing.T) {
			c, _ := client(t, func(*http.Request) (*http.Response, error) {
				return answer(tt.status, tt.code, append(tt.header, "x-ms-request-id", "r-1")...), nil
			})
			err := c.Upload(t.Context(), request(make([]byte, max(tt.body, small))))
			var e *azure.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.class, azure.ClassOf(err), err)
			require.Equal(t, tt.reason, e.Reason)
			require.Equal(t, tt.retry, azure.RetryAfterOf(err))
			require.Equal(t, tt.status, e.Status)
			require.ErrorContains(t, err, "upload rows: ")
			require.ErrorContains(t, err, "request r-1")
			require.NotContains(t, err.Error(), "geheim")
		})
	}
}

func TestABrokenConnectionMayMeanTooLarge(t *testing.T) {
	for _, tt := range []struct {
		err   error
		body  int
		class azure.Class
	}{
		{os.NewSyscallError("write", syscall.EPIPE), abortBytesMin, azure.ClassSplit},
		{os.NewSyscallError("read", syscall.ECONNRESET), abortBytesMin, azure.ClassSplit},
		{os.NewSyscallError("read", syscall.ECONNRESET), abortBytesMin - 1, azure.ClassRetryable},
		{os.NewSyscallError("connect", syscall.ECONNREFUSED), abortBytesMin, azure.ClassRetryable},
		{io.EOF, abortBytesMin, azure.ClassRetryable},
		{os.ErrDeadlineExceeded, abortBytesMin, azure.ClassRetryable},
	} {
		c, _ := client(t, func(*http.Request) (*http.Response, error) { return nil, tt.err })
		err := c.Upload(t.Context(), request(make([]byte, tt.body)))
		require.Equal(t, tt.class, azure.ClassOf(err), err)
		var e *azure.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, tt.class == azure.ClassSplit, e.Reason == azure.ReasonAborted, "which tells it from a 413")
	}
}

func TestNoTokenIsNotTheRequestsFault(t *testing.T) {
	e, err := emulator.New(emulator.Settings{})
	require.NoError(t, err)
	broken := config("https://cloud.test")
	broken.Credential.ClientSecret.Get().Secret = "wrong"
	c := connect(t, broken, emulator.Transport(e.Handler()), "https://cloud.test")
	err = c.Upload(t.Context(), request(make([]byte, abortBytesMin)))
	require.ErrorContains(t, err, "upload rows: get token: 401 AADSTS7000215")
	require.Equal(t, azure.ClassRetryable, azure.ClassOf(err), "rows wait for a new secret")
	require.Contains(t, azure.Remedy(err), "secret")

	reset := tripper(func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNRESET })
	err = connect(t, config("https://cloud.test"), reset, "https://cloud.test").Upload(t.Context(), request(make([]byte, abortBytesMin)))
	require.ErrorContains(t, err, "upload rows: get token: ")
	require.Equal(t, azure.ClassRetryable, azure.ClassOf(err), "the login's reset says nothing about the body")
}

func TestARequestThatCannotBeIsNotSent(t *testing.T) {
	c, _ := client(t, func(*http.Request) (*http.Response, error) {
		t.Error("a request left")
		return nil, errors.New("no")
	})
	body := []byte("x")
	for _, r := range []Request{
		{Endpoint: "https://cloud.test", DCR: dcr, Stream: stream},
		{Endpoint: "https://cloud.test", DCR: dcr, Body: body},
		{Endpoint: "https://cloud.test", Stream: stream, Body: body},
		{Endpoint: "http://cloud.test", DCR: dcr, Stream: stream, Body: body},
		{Endpoint: "https://evil.test", DCR: dcr, Stream: stream, Body: body},
	} {
		err := c.Upload(t.Context(), r)
		require.ErrorContains(t, err, "upload rows: ")
		require.Equal(t, azure.ClassPermanent, azure.ClassOf(err), err)
	}
}

func TestACancelledUploadShowsAsSuch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := client(t, func(req *http.Request) (*http.Response, error) {
		cancel()
		return nil, req.Context().Err()
	})
	err := c.Upload(ctx, request([]byte("x")))
	require.EqualError(t, err, "upload rows: context canceled")
	require.ErrorIs(t, err, context.Canceled)
}

func TestTheEmulatorsRefusalsAreUnderstood(t *testing.T) {
	body := zipped(t, `[{"IncidentId":"29"}]`)
	for _, tt := range []struct {
		name   string
		fault  emulator.Fault
		change func(*Request)
		class  azure.Class
		want   string
	}{
		{name: "unknown stream", change: func(r *Request) { r.Stream = "Custom-None" }, class: azure.ClassMisconfigured, want: "400 InvalidStream"},
		{name: "unknown rule", change: func(r *Request) { r.DCR = "dcr-ffffffffffffffffffffffffffffffff" }, class: azure.ClassPermanent, want: "404 NotFound"},
		{name: "no role", fault: emulator.Fault{Kind: emulator.FaultWithdrawRoles, Service: "ingestion"}, class: azure.ClassMisconfigured, want: "403 OperationFailed"},
		{name: "too large", fault: emulator.Fault{Kind: emulator.FaultBodyLimit, Bytes: 10}, class: azure.ClassSplit, want: "413 ContentLengthLimitExceeded"},
		{name: "throttled", fault: emulator.Fault{Kind: emulator.FaultStatus, Status: 429, RetryAfter: "30", Service: "ingestion"}, class: azure.ClassThrottled, want: "retry in 30s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var faults []emulator.Fault
			if tt.fault.Kind != "" {
				faults = append(faults, tt.fault)
			}
			c, e := client(t, nil, faults...)
			r := request(body)
			if tt.change != nil {
				tt.change(&r)
			}
			err := c.Upload(t.Context(), r)
			require.ErrorContains(t, err, tt.want)
			require.Equal(t, tt.class, azure.ClassOf(err))
			require.Empty(t, e.Rows(stream, dcr))
		})
	}
}
