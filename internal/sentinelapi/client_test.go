package sentinelapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/azure"
	"github.com/seed-9ff5f8f0/defender-sentinel/internal/sentinel"
)

func TestRequestsAreWhatTheContractSays(t *testing.T) {
	var seen *http.Request
	var sent string
	c, l := clients(t, nil, func(req *http.Request) (*http.Response, error) {
		if seen, sent = req, ""; req.Body != nil {
			text, err := io.ReadAll(req.Body)
			if err != nil {
				return nil, err
			}
			sent = string(text)
		}
		return respond(200, `{"value":[]}`), nil
	})
	for _, k := range calls() {
		t.Run(k.operation+" "+k.query, func(t *testing.T) {
			answer, err := k.send(t.Context(), c, l)
			require.NoError(t, err)
			require.Equal(t, k.method, seen.Method)
			require.Equal(t, "cloud.test", seen.URL.Host)
			if k.logs {
				require.Equal(t, "/v1"+workspace().String()+"/query", seen.URL.RequestURI())
			} else {
				require.Equal(t, root+k.path, seen.URL.EscapedPath())
				query, err := url.PathUnescape(seen.URL.RawQuery)
				require.NoError(t, err)
				require.NotContains(t, seen.URL.RawQuery, "+")
				require.Equal(t, strings.TrimSuffix("api-version=2025-09-01&"+k.query, "&"), query)
			}
			require.Equal(t, "gzip", seen.Header.Get("Accept-Encoding"))
			require.Equal(t, "application/json", seen.Header.Get("Accept"))
			require.Len(t, seen.Header.Get("X-Ms-Client-Request-Id"), 36)
			require.True(t, strings.HasPrefix(seen.Header.Get("Authorization"), "Bearer "))
			require.Empty(t, seen.Header.Get("If-Match"), "the etag is in the body")
			if k.write {
				require.JSONEq(t, `{"a":1}`, sent)
				require.Equal(t, "application/json", seen.Header.Get("Content-Type"))
			} else {
				require.Empty(t, sent)
			}
			require.JSONEq(t, `{"value":[]}`, string(answer.Body))
		})
	}
}

func TestANameStaysOneSegment(t *testing.T) {
	var seen *http.Request
	c, _ := clients(t, nil, func(req *http.Request) (*http.Response, error) {
		seen = req
		return respond(200, `{}`), nil
	})
	_, err := c.PutComment(t.Context(), "../a?b", "c/d#e", []byte(`{}`))
	require.NoError(t, err)
	require.Equal(t, root+"/incidents/..%2Fa%3Fb/comments/c%2Fd%23e?api-version=2025-09-01", seen.URL.RequestURI())
	seen = nil
	for _, bad := range []string{"", ".", ".."} {
		for operation, send := range map[string]func() (Answer, error){
			"get incident":  func() (Answer, error) { return c.GetIncident(t.Context(), bad) },
			"put comment":   func() (Answer, error) { return c.PutComment(t.Context(), name, bad, nil) },
			"list comments": func() (Answer, error) { return c.NextComments(t.Context(), bad, origin+root+"/incidents") },
		} {
			_, err := send()
			require.EqualError(t, err, operation+": not a name")
			require.Equal(t, azure.ClassPermanent, azure.ClassOf(err))
		}
	}
	require.Nil(t, seen)
}

func TestEveryStatusOfEveryRequestHasItsClass(t *testing.T) {
	for _, tt := range []struct {
		status int
		header []string
		class  azure.Class
		retry  time.Duration
	}{
		{status: 202, class: azure.ClassRetryable},
		{status: 204, class: azure.ClassRetryable},
		{status: 302, class: azure.ClassMisconfigured},
		{status: 400, class: azure.ClassPermanent},
		{status: 401, class: azure.ClassMisconfigured},
		{status: 403, class: azure.ClassMisconfigured},
		{status: 404, class: azure.ClassPermanent},
		{status: 405, class: azure.ClassPermanent},
		{status: 408, class: azure.ClassRetryable},
		{status: 409, class: azure.ClassConflictETag},
		{status: 412, class: azure.ClassConflictETag},
		{status: 413, class: azure.ClassSplit},
		{status: 415, class: azure.ClassPermanent},
		{status: 429, class: azure.ClassThrottled},
		{status: 429, header: []string{"Retry-After", "240"}, class: azure.ClassThrottled, retry: 4 * time.Minute},
		{status: 500, class: azure.ClassRetryable},
		{status: 502, class: azure.ClassRetryable},
		{status: 503, class: azure.ClassRetryable},
		{status: 503, header: []string{"Retry-After", "5"}, class: azure.ClassThrottled, retry: 5 * time.Second},
		{status: 504, class: azure.ClassRetryable},
	} {
		t.Run(fmt.Sprint(tt.status, tt.header), func(t *testing.T) {
			sent := 0
			c, l := clients(t, nil, func(*http.Request) (*http.Response, error) {
				sent++
				return respond(tt.status, `{"error":{"code":"Odd","message":"geheim"}}`, append(tt.header, "x-ms-request-id", "r-1")...), nil
			})
			for _, k := range calls() {
				before := sent
				_, err := k.send(t.Context(), c, l)
				want := tt.class
				if tt.status == 404 && (k.logs || k.operation == "list incidents" || k.operation == "list connectors") {
					want = azure.ClassMisconfigured
				}
				require.Equal(t, want, azure.ClassOf(err), "%s: %v", k.operation, err)
				require.Equal(t, tt.retry, azure.RetryAfterOf(err))
				require.NotContains(t, err.Error(), "geheim")
				var e *azure.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, tt.status, e.Status)
				require.Equal(t, "r-1", e.RequestID)
				require.Equal(t, k.operation, e.Operation)
				if tt.status != 401 {
					require.Equal(t, before+1, sent, "once")
				}
			}
		})
	}
}

func TestWhatAPersonCanMendHasItsRemedy(t *testing.T) {
	for _, tt := range []struct {
		status       int
		code         string
		ofLists, of1 azure.Reason
		ofLogs       azure.Reason
	}{
		{403, "AuthorizationFailed", azure.ReasonNoSentinelAccess, azure.ReasonNoSentinelAccess, azure.ReasonNoQueryAccess},
		{404, "ResourceGroupNotFound", azure.ReasonNoWorkspace, azure.ReasonNoWorkspace, azure.ReasonNoWorkspace},
		{404, "NotFound", azure.ReasonNoWorkspace, "", azure.ReasonNoWorkspace},
		{409, "Conflict", "", "", ""},
		{400, "BadRequest", "", "", ""},
	} {
		c, l := clients(t, nil, always(func() *http.Response {
			return respond(tt.status, `{"error":{"code":"`+tt.code+`","message":"m"}}`)
		}))
		for _, k := range calls() {
			_, err := k.send(t.Context(), c, l)
			var e *azure.Error
			require.ErrorAs(t, err, &e)
			want := tt.of1
			switch {
			case k.logs:
				want = tt.ofLogs
			case k.operation == "list incidents" || k.operation == "list connectors":
				want = tt.ofLists
			}
			require.Equal(t, want, e.Reason, "%d %s", tt.status, k.operation)
			require.Equal(t, tt.code, e.Code)
			require.Equal(t, want != "", azure.Remedy(err) != "")
		}
	}
}

func TestANetworkErrorIsRetryable(t *testing.T) {
	c, l := clients(t, nil, func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, k := range calls() {
		_, err := k.send(t.Context(), c, l)
		require.EqualError(t, err, k.operation+": unexpected EOF")
		require.Equal(t, azure.ClassRetryable, azure.ClassOf(err))
		_, err = k.send(ctx, c, l)
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestALoginPageIsNotAnAnswer(t *testing.T) {
	for _, kind := range []string{"text/html", "", "application/json-seq", "nonsense/"} {
		c, _ := clients(t, nil, always(func() *http.Response { return respond(200, "<html>", "Content-Type", kind) }))
		_, err := c.PutIncident(t.Context(), name, []byte(`{}`))
		require.EqualError(t, err, "put incident: 200 NotJSON")
		require.Equal(t, azure.ClassRetryable, azure.ClassOf(err))
		require.NotEmpty(t, azure.Remedy(err))
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

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestBrokenAnswersAreRetryable(t *testing.T) {
	whole := zipped(t, `{"value":[]}`+strings.Repeat(" ", 1<<16))
	wrongSum := []byte(whole)
	wrongSum[len(wrongSum)-8]++
	for _, tt := range []struct{ name, encoding, body, want string }{
		{"torn", "", `{"value":[`, "unexpected EOF"},
		{"torn gzip", "gzip", whole[:len(whole)-20], "unexpected EOF"},
		{"torn before the gzip header", "gzip", "", "unexpected EOF"},
		{"said to be gzip, is not", "gzip", `{"value":[]}`, "gzip: invalid header"},
		{"a wrong checksum", "gzip", string(wrongSum), "gzip: invalid checksum"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := clients(t, nil, always(func() *http.Response {
				resp := respond(200, tt.body, "Content-Encoding", tt.encoding, "x-ms-request-id", "r-3")
				if tt.encoding == "" {
					resp.Body = io.NopCloser(io.MultiReader(resp.Body, failing{io.ErrUnexpectedEOF}))
				}
				return resp
			}))
			_, err := c.ListIncidents(t.Context(), Query{})
			require.EqualError(t, err, "list incidents: "+tt.want+", request r-3")
			require.Equal(t, azure.ClassRetryable, azure.ClassOf(err))
		})
	}
	c, _ := clients(t, nil, always(func() *http.Response { return respond(200, `{"value":[tru]}`) }))
	answer, err := c.ListIncidents(t.Context(), Query{})
	require.NoError(t, err)
	_, err = sentinel.ReadPage(answer.Body)
	require.Error(t, err)
	require.Equal(t, azure.ClassRetryable, azure.ClassOf(err), "what is no JSON costs a repetition")
}

func TestAnAnswerOverItsBoundAsksForLess(t *testing.T) {
	for _, encoding := range []string{"", "gzip"} {
		const bound = 100
		body := strings.Repeat(" ", bound+1)
		if encoding != "" {
			body = zipped(t, body)
		}
		_, err := readBody(respond(200, body, "Content-Encoding", encoding), bound)
		require.ErrorIs(t, err, errTooLong)
		got, err := readBody(respond(200, strings.Repeat(" ", bound)), bound)
		require.NoError(t, err)
		require.Len(t, got, bound)
	}
	c, _ := clients(t, nil, always(func() *http.Response {
		return respond(200, zipped(t, strings.Repeat(" ", BodyBytesMax+1)), "Content-Encoding", "gzip")
	}))
	_, err := c.ListIncidents(t.Context(), Query{})
	require.EqualError(t, err, "list incidents: answer is longer than its bound")
	require.Equal(t, azure.ClassSplit, azure.ClassOf(err))
}

func TestAnAnswerSaysWhatItMadeAndWhen(t *testing.T) {
	c, _ := clients(t, nil, always(func() *http.Response {
		return respond(201, `{}`, "Date", "Mon, 23 Nov 2026 12:00:00 GMT", "x-ms-request-id", "r-2")
	}))
	answer, err := c.PutIncident(t.Context(), name, []byte(`{}`))
	require.NoError(t, err)
	require.True(t, answer.Created)
	require.Equal(t, at("2026-11-23T12:00:00Z"), answer.Date.UTC())
	require.Equal(t, "r-2", answer.RequestID)
}
